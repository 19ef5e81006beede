//! Links to explanations: those that were released, their sizes, the laws, and any bytes at all.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_figure::drawings;
use vitrine_figure::svg::svg;
use vitrine_schema::generation::Finish;
use vitrine_schema::protocol::DeviceKind;
use vitrine_schema::recipe::Steer;
use vitrine_schema::recomputed::Chains;
use vitrine_schema::{
    Ask, Diagnostic, Explanation, Finding, GeneratedToken, Generation, Hearing, Input, Outcome, Players, Recipe,
    Recomputed, Token, Voting,
};
use vitrine_share::View;
use vitrine_share::link::{Link, LinkError, MOST_BYTES, Sender, Sent, Shown, Summarized, sealed, unsealed};
use vitrine_words as words;

const REFERENCES: [(&str, &str); 13] = [
    ("ablation", include_str!("../../../tests/reference/ablation.json")),
    ("attention", include_str!("../../../tests/reference/attention.json")),
    ("comparison", include_str!("../../../tests/reference/comparison.json")),
    ("courtroom", include_str!("../../../tests/reference/courtroom.json")),
    ("failed", include_str!("../../../tests/reference/failed.json")),
    ("hostile", include_str!("../../../tests/reference/hostile.json")),
    ("integrated-gradients", include_str!("../../../tests/reference/integrated-gradients.json")),
    ("long", include_str!("../../../tests/reference/long.json")),
    ("patch", include_str!("../../../tests/reference/patch.json")),
    ("prediction", include_str!("../../../tests/reference/prediction.json")),
    ("stream", include_str!("../../../tests/reference/stream.json")),
    ("stream-deep", include_str!("../../../tests/reference/stream-deep.json")),
    ("stream-post-norm", include_str!("../../../tests/reference/stream-post-norm.json")),
];

fn reference(name: &str) -> Finding {
    let (_, json) = REFERENCES.iter().find(|(known, _)| *known == name).unwrap();
    Finding::from_json(json).unwrap()
}

/// Findings of the Story, by its files and their names there.
const TOLD: [(&str, &str, &str); 7] = [
    ("aloud", "chain", include_str!("../../../web/story/aloud.json")),
    ("aloud", "wrong", include_str!("../../../web/story/aloud.json")),
    ("aloud", "court", include_str!("../../../web/story/aloud.json")),
    ("votes", "vote", include_str!("../../../web/story/votes.json")),
    ("layers", "probe", include_str!("../../../web/story/layers.json")),
    ("circuit", "map", include_str!("../../../web/story/circuit.json")),
    ("circuit", "heads", include_str!("../../../web/story/circuit.json")),
];

fn told(name: &str) -> Finding {
    let (_, _, json) = TOLD.iter().find(|(_, known, _)| *known == name).unwrap();
    let scene: serde_json::Value = serde_json::from_str(json).unwrap();
    serde_json::from_value(scene["findings"][name].clone()).unwrap()
}

/// A text that was pushed, as the command line makes it.
fn pushed() -> Finding {
    let steer = Steer { toward: "love".into(), away: "hate".into(), layer: Some(3), strength: 2.0 };
    let recipe = Recipe::new("smollm2-135m", "I think that you are", Ask::Steer(steer));
    let token = |token: &&str| GeneratedToken { id: 1, token: (*token).to_owned(), probability: 0.5, logit: 1.0 };
    Finding::Generation(Arc::new(Generation {
        resolved: recipe.clone(),
        recipe,
        model: explanation().model,
        input: read("I think that you are"),
        text: " a good man".into(),
        tokens: [" a", " good", " man"].iter().map(token).collect(),
        finish: Finish::Length,
        stopped_by: None,
        without: Some(" a bad man".into()),
        top: Vec::new(),
        top_without: Vec::new(),
        checks: Vec::new(),
        diagnostics: Vec::new(),
    }))
}

/// Every finding that links are tested with, under its name.
fn all() -> Vec<(&'static str, Finding)> {
    let references = REFERENCES.iter().map(|(name, _)| (*name, reference(name)));
    references.chain(TOLD.iter().map(|(_, name, _)| (*name, told(name)))).chain([("pushed", pushed())]).collect()
}

/// A link to each of them.
static PAYLOADS: LazyLock<Vec<String>> =
    LazyLock::new(|| all().iter().map(|(_, finding)| Link::of(finding).unwrap().write().unwrap()).collect());

fn explanation() -> Explanation {
    reference("integrated-gradients").try_into().unwrap()
}

/// A text of film reviews, and its tokens as BERT reads them: words apart, long ones in pieces, marks of the tokenizer around.
fn read(text: &str) -> Input {
    let special = |name: &str| Token { id: 0, text: name.into(), start: 0, end: 0, special: true, continues: false };
    let mut tokens = vec![special("[CLS]")];
    let mut rest = 0;
    while let Some(found) = text[rest..].find(|c: char| !c.is_whitespace()) {
        let start = rest + found;
        let letters = text[start..].chars().take_while(|c| c.is_alphabetic()).count().max(1);
        rest = start;
        for part in 0..letters.div_ceil(9) {
            let length = text[rest..].chars().take((letters - 9 * part).min(9)).map(char::len_utf8).sum::<usize>();
            let (prefix, end) = (if part > 0 { "##" } else { "" }, rest + length);
            let written = prefix.to_owned() + &text[rest..end].to_lowercase();
            tokens.push(Token { id: 0, text: written, start: rest, end, special: false, continues: part > 0 });
            rest = end;
        }
    }
    tokens.push(special("[SEP]"));
    Input { text: text.into(), tokens }
}

/// An explanation of a text with its receipt, its numbers as irregular as measured ones.
fn measured(text: &str) -> Explanation {
    let input = read(text);
    let mut state = 1u32;
    let mut number = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    };
    let scores: Vec<f32> = input.tokens.iter().map(|token| if token.special { 0.0 } else { number() }).collect();
    let removal: Vec<f32> = input.tokens.iter().filter(|token| !token.special).map(|_| number()).collect();
    let base = explanation();
    let mut receipt = base.receipt.clone().unwrap();
    receipt.removal = removal;
    let mut found = Explanation { input, scores, receipt: Some(receipt), path: None, ..base };
    for recipe in [&mut found.recipe, &mut found.resolved] {
        recipe.text = Some(text.to_owned());
    }
    found
}

const SENTENCE: &str = "The plot is thin and rather slow, but the two leads are funny and it really moved me.";
const REVIEW: &str = "I went in expecting very little, and for the first half hour the film gave me exactly that: a tired plot, \
    wooden dialogue and a score that never knew when to stop. Then, almost by accident, it found its heart. The two leads \
    share one long scene in a kitchen that is so quiet and so true that I forgot the rest, and when the lights came up I was \
    surprised to find that I had been crying; I would happily see it twice over";

fn payload(finding: impl Into<Arc<Explanation>>) -> String {
    Link::of(&Finding::Explanation(finding.into())).unwrap().write().unwrap()
}

#[test]
fn a_link_fits_into_a_message() {
    let sentence = measured(SENTENCE);
    assert_eq!(sentence.input.tokens.iter().filter(|token| !token.special).count(), 20);
    let link = payload(sentence);
    assert!(link.len() <= 600, "20 tokens: {}", link.len());
    assert_eq!(REVIEW.chars().count(), 420);
    let review = measured(REVIEW);
    let n_tokens = review.input.tokens.len();
    let link = payload(review);
    assert!(link.len() <= 1500, "{n_tokens} tokens: {}", link.len());
}

/// The shortest of a few runs, for others may be using the machine.
fn shortest(mut run: impl FnMut()) -> Duration {
    let once = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    (0..5).map(once).min().unwrap_or_default()
}

#[test]
fn a_link_is_made_and_opened_at_once() {
    let finding = Finding::Explanation(measured(REVIEW).into());
    let link = Link::of(&finding).unwrap();
    let payload = link.write().unwrap();
    let made = shortest(|| assert!(Link::of(&finding).unwrap().write().is_ok()));
    let opened = shortest(|| assert!(Link::read(&payload).is_ok()));
    assert!(made < Duration::from_millis(50) && opened < Duration::from_millis(20), "{made:?} {opened:?}");
}

#[test]
fn what_was_found_comes_out_of_its_link() {
    for (name, finding) in all() {
        let link = Link::of(&finding).unwrap();
        let opened = Link::read(&link.write().unwrap()).unwrap();
        assert_eq!(opened, link, "{name}");
        assert_eq!(&opened.recipe, finding.resolved(), "{name}");
        assert_eq!(opened.sent.model().sha256, finding.model().sha256[..16], "{name}");
        // What has come in a link can be sent on, as it was.
        if let Sent::Finding(sent) = &opened.sent {
            assert_eq!(Link::of(sent).unwrap().sent, opened.sent, "{name}");
        }
    }
}

#[test]
fn numbers_come_back_to_the_last_bit_and_what_follows_from_them_is_computed_again() {
    for name in ["integrated-gradients", "failed", "hostile", "long"] {
        let there: Explanation = reference(name).try_into().unwrap();
        let Sent::Finding(sent) = Link::of(&reference(name)).unwrap().sent else { panic!("{name}") };
        let here: Explanation = sent.try_into().unwrap();
        assert_eq!(here.scores, there.scores, "{name}");
        assert_eq!((here.value, here.baseline_value, &here.logits), (there.value, there.baseline_value, &there.logits));
        assert_eq!(
            (&here.target, &here.method, &here.players),
            (&there.target, &there.method, &there.players),
            "{name}"
        );
        assert_eq!(here.trusted(), there.trusted(), "{name}");
        assert_eq!(here.checks[0].verdict, there.checks[0].verdict, "{name}");
        let places = |found: &Explanation| {
            let place = |token: &Token| (token.text.clone(), token.start, token.end, token.special, token.continues);
            found.input.tokens.iter().map(place).collect::<Vec<_>>()
        };
        assert_eq!(places(&here), places(&there), "{name}");
        assert!(here.diagnostics.contains(&Diagnostic::Sent));
        assert_eq!(here.receipt.is_some(), there.receipt.is_some());
    }
}

#[test]
fn a_receipt_is_its_figures_and_its_effects() {
    let there = explanation();
    let Sent::Finding(sent) = Link::of(&Finding::Explanation(there.clone().into())).unwrap().sent else { panic!() };
    let here: Explanation = sent.try_into().unwrap();
    let [there, here] = [there, here].map(|found| found.receipt.unwrap());
    assert_eq!((here.ratio(), here.figures()), (there.ratio(), there.figures()));
    assert_eq!((here.verdict.id, here.kendall_tau_loo), (there.verdict.id, there.kendall_tau_loo));
    let largest = there.removal.iter().map(|effect| effect.abs()).fold(0.0, f32::max);
    for (here, there) in here.removal.iter().zip(&there.removal) {
        assert!((here - there).abs() <= largest / 65_000.0, "{here} {there}");
    }
    let without = Explanation { receipt: None, ..explanation() };
    let Sent::Finding(sent) = Link::of(&Finding::Explanation(without.into())).unwrap().sent else { panic!() };
    assert_eq!(Explanation::try_from(sent).unwrap().receipt, None);
}

#[test]
fn a_device_that_finds_the_same_agrees_with_a_link() {
    for (name, here) in all() {
        let compared = match Link::of(&here).unwrap().sent {
            Sent::Finding(sent) => Recomputed::of(&sent, &here, true),
            Sent::Summary(sent) => Recomputed::of_summary(&sent.model, &sent.input, &sent.summary, &here, true),
        };
        // Effects of removal lost half of a sixteen-bit step.
        assert!(compared.outcome == Outcome::Agrees && compared.difference < 1e-6, "{name}: {compared:?}");
    }
    // A score that is claimed, sealed as if it were measured.
    let lied = forged(|_, capsule| {
        let at = capsule.windows(4).position(|bytes| bytes == (-3.541_917f32).to_le_bytes()).unwrap();
        capsule[at..at + 4].copy_from_slice(&(-1.5f32).to_le_bytes());
    });
    let Sent::Finding(lied) = lied.unwrap().sent else { panic!() };
    let compared = Recomputed::of(&lied, &Finding::Explanation(explanation().into()), false);
    assert_eq!(compared.outcome, Outcome::Forged);
    assert_eq!(compared.furthest.map(|(token, _)| token), Some(4));
    let said = words::recomputed::checked(&compared, lied.input());
    assert!(said.starts_with("Recomputed on your device, and it differs by 2.04 at “dull”."), "{said}");
}

#[test]
fn figures_and_words_are_those_of_the_finding() {
    for (name, _) in REFERENCES {
        let finding = reference(name);
        let Sent::Finding(sent) = Link::of(&finding).unwrap().sent else { continue };
        let there = drawings(&with_effects_of(finding, &sent), 800.0);
        for figure in drawings(&sent, 800.0) {
            let same = there.iter().find(|known| known.name == figure.name).unwrap();
            // A table may have a row for each of the answers there were.
            assert_eq!(
                (&figure.told.says, &figure.drawing),
                (&same.told.says, &same.drawing),
                "{name} {}",
                figure.name
            );
        }
    }
    for (name, finding) in all() {
        let Sent::Summary(sent) = Link::of(&finding).unwrap().sent else { continue };
        let Summarized { model, input, summary } = &*sent;
        let said = words::narrator::summary(summary, model, finding.resolved(), input);
        assert_eq!(said, words::narrator::headline(&finding), "{name}");
        assert_eq!(
            beside(&sent, finding.resolved()).is_empty(),
            matches!(name, "attention" | "stream" | "stream-deep" | "stream-post-norm"),
            "{name}"
        );
    }
    let of = |finding: Finding| {
        let Sent::Summary(sent) = Link::of(&finding).unwrap().sent else { panic!() };
        beside(&sent, finding.resolved())
    };
    let chain = told("chain");
    let Finding::Chaining(found) = &chain else { panic!() };
    let steps: Vec<String> =
        found.steps.iter().map(|step| format!("{} ({})", step.text, words::chain::step(step))).collect();
    assert_eq!(of(chain.clone())[..steps.len()], steps);
    assert_eq!(of(chain.clone()).last(), words::chain::along(found).as_ref());
    let vote = told("vote");
    let Finding::Voting(found) = &vote else { panic!() };
    assert_eq!(of(vote.clone()), [words::vote::agreement(found), words::vote::checked(found)]);
    let court = told("court");
    let Finding::Hearing(found) = &court else { panic!() };
    assert_eq!(of(court.clone()), [words::courtroom::counted(found), words::courtroom::rule(found)]);
    let probe = told("probe");
    let Finding::Probing(found) = &probe else { panic!() };
    // Its interval is computed again, and the Story has it rounded.
    let layer = words::probing::best(found).unwrap();
    let said = words::probing::layer(found, layer);
    assert!(of(probe.clone())[0].starts_with(said.split(" (").next().unwrap()));
}

fn beside(sent: &Summarized, recipe: &Recipe) -> Vec<String> {
    words::narrator::beside(&sent.summary, &sent.model, recipe)
}

/// What a link to a finding says against what is found here.
fn against(finding: &Finding, here: &Finding, same_module: bool) -> Recomputed {
    let Sent::Summary(sent) = Link::of(finding).unwrap().sent else { panic!() };
    Recomputed::of_summary(&sent.model, &sent.input, &sent.summary, here, same_module)
}

#[test]
fn chains_agree_when_their_answers_do() {
    let there = told("vote");
    let Finding::Voting(found) = &there else { panic!() };
    let n = found.chains.len();
    let other = |change: &dyn Fn(&mut Voting)| {
        let mut other = Voting::clone(found);
        change(&mut other);
        Finding::Voting(other.counted().into())
    };
    let check = |here: Finding, outcome, same_answer, identical| {
        let compared = against(&there, &here, true);
        assert_eq!((compared.outcome, compared.chains), (outcome, Some(Chains::Each { n, same_answer, identical })));
    };
    check(there.clone(), Outcome::Agrees, n, n);
    // Other words, the same answer.
    check(other(&|vote| vote.chains[1].tokens.push(" so".into())), Outcome::Agrees, n, n - 1);
    let answers_otherwise = |vote: &mut Voting| {
        vote.chains[1].tokens.push(" so".into());
        vote.chains[1].answer = Some("1000".into());
    };
    check(other(&answers_otherwise), Outcome::OtherAnswers, n - 1, n - 1);
    // The same words cannot come to another answer.
    check(other(&|vote| vote.chains[1].answer = Some("1000".into())), Outcome::Forged, n - 1, n - 1);
    let chain = told("chain");
    let Finding::Chaining(found) = &chain else { panic!() };
    let mut here = vitrine_schema::Chaining::clone(found);
    here.steps[0].text.push('!');
    let compared = against(&chain, &Finding::Chaining(here.clone().into()), false);
    assert_eq!(compared.outcome, Outcome::Agrees);
    assert_eq!(compared.chains, Some(Chains::Each { n: 1, same_answer: 1, identical: 0 }));
    here.answer = None;
    assert_eq!(against(&chain, &Finding::Chaining(here.into()), false).outcome, Outcome::OtherAnswers);
}

#[test]
fn a_test_of_many_chains_agrees_when_its_counts_do() {
    let there = told("court");
    let Finding::Hearing(found) = &there else { panic!() };
    let n = found.problems;
    let check = |change: &dyn Fn(&mut Hearing), outcome, apart: Option<usize>| {
        let mut here = Hearing::clone(found);
        change(&mut here);
        let compared = against(&there, &Finding::Hearing(here.into()), false);
        assert_eq!(compared.outcome, outcome);
        assert_eq!(compared.chains, apart.map(|apart| Chains::Counted { n, apart }));
    };
    check(&|_| (), Outcome::Agrees, Some(0));
    // A chain that another device writes another way is no forgery.
    check(&|here| here.follows.count -= 1, Outcome::OtherAnswers, Some(1));
    check(&|here| (here.with.count, here.n) = (here.with.count - 2, here.n - 1), Outcome::OtherAnswers, Some(2));
    check(&|here| here.model.sha256 = "ff".into(), Outcome::OtherModel, Some(0));
    // A hint was given to none of these.
    let compared = {
        let mut here = Hearing::clone(found);
        (here.moved, here.mentions) = (Some(here.follows), Some(here.follows));
        against(&there, &Finding::Hearing(here.into()), false)
    };
    assert_eq!(compared.outcome, Outcome::Forged);
}

#[test]
fn a_map_agrees_with_its_summary_cell_by_cell_and_in_its_story() {
    let there = told("map");
    let Finding::Patching(found) = &there else { panic!() };
    let other = |change: &dyn Fn(&mut vitrine_schema::Patching)| {
        let mut other = vitrine_schema::Patching::clone(found);
        change(&mut other);
        against(&there, &Finding::Patching(other.into()), true).outcome
    };
    assert_eq!(other(&|_| ()), Outcome::Agrees);
    assert_eq!(other(&|map| map.value += 1e-5), Outcome::Agrees);
    assert_eq!(other(&|map| map.value += 0.01), Outcome::Apart);
    assert_eq!(other(&|map| map.target.label = "x".into()), Outcome::Forged);
    assert_eq!(other(&|map| map.matrix.values.iter_mut().flatten().for_each(|cell| *cell = None)), Outcome::Forged);
}

#[test]
fn links_of_maps_and_chains_stay_short() {
    for (name, most) in
        [("map", 900), ("heads", 900), ("probe", 900), ("chain", 900), ("wrong", 900), ("vote", 900), ("court", 600)]
    {
        let length = Link::of(&told(name)).unwrap().write().unwrap().len();
        assert!(length <= most, "{name}: {length}");
    }
}

/// A finding with the effects of removal as a link has them, in sixteen bits.
fn with_effects_of(finding: Finding, sent: &Finding) -> Finding {
    match (finding, sent) {
        (Finding::Explanation(found), Finding::Explanation(sent)) => {
            let mut found = Explanation::clone(&found);
            if let (Some(receipt), Some(sent)) = (&mut found.receipt, &sent.receipt) {
                receipt.removal.clone_from(&sent.removal);
            }
            Finding::Explanation(found.into())
        }
        (other, _) => other,
    }
}

/// Everything that a reader of a link would see, drawn and said.
fn shown(link: &Link) -> Vec<String> {
    let mut seen = Vec::new();
    match &link.sent {
        Sent::Finding(finding) => {
            for figure in drawings(finding, 400.0) {
                seen.push(svg(&figure.drawing, Theme::Light, &figure.told.says));
            }
            if let Finding::Explanation(found) = finding {
                let marks = words::marks::marks(found, words::Grouping::Words);
                seen.push(words::explanation::one_line(found, &marks));
                seen.push(words::explanation::paragraph(found, &marks));
                seen.push(words::explanation::technical(found));
                seen.extend(found.receipt.as_ref().map(|receipt| words::receipt::verdict(receipt, found)));
                seen.extend(found.diagnostics.iter().filter_map(words::remark::remark));
            }
        }
        Sent::Summary(sent) => {
            let Summarized { model, input, summary } = &**sent;
            seen.push(words::narrator::summary(summary, model, &link.recipe, input));
            seen.extend(beside(sent, &link.recipe));
        }
    }
    seen.extend(words::narrator::subject(&link.recipe));
    seen
}

/// The law of the fuzz target `link`: what opens can be drawn, said and sent on as it is; what does not has its sentence.
fn opens(text: &str) -> Result<(), TestCaseError> {
    match Link::read(text) {
        Ok(link) => {
            shown(&link);
            prop_assert_eq!(Link::read(&link.write().map_err(failed)?).map_err(failed)?, link);
        }
        Err(error) => {
            let sentence = error.to_string();
            prop_assert!(sentence.lines().count() == 1 && sentence.len() < 1000, "{}", sentence);
        }
    }
    Ok(())
}

fn failed(error: LinkError) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), "[a-z ,.\n\u{5e9}\u{1f600}\u{202e}]{0,60}", "\\PC{0,40}"]
}

prop_compose! {
    /// An explanation of any text, with or without a receipt, by tokens or words, of a classifier or a model of language.
    fn any_explanation()(
        text in any_text(),
        scores in prop::collection::vec(prop_oneof![4 => -9.0f32..9.0, 1 => Just(0.0), 1 => any::<f32>()], 1..40),
        (words, with_receipt, classifier) in any::<(bool, bool, bool)>(),
        label in any_text(),
        seed in any::<u64>(),
    ) -> Explanation {
        let mut found = measured(&text);
        let number = |at: usize| scores[at % scores.len()];
        (0..found.scores.len()).for_each(|at| found.scores[at] = number(at));
        (found.value, found.baseline_value, found.target.label) = (number(1), number(2), label);
        if !classifier {
            found.logits = Vec::new();
        }
        found.receipt = found.receipt.filter(|_| with_receipt);
        found.resolved.seed = seed;
        found.method.seed = seed;
        if words && let vitrine_schema::Ask::Explain(ask) = &mut found.resolved.ask {
            ask.players = Players::Words;
            found.players = ask.players.of(&found.input).unwrap();
        }
        found
    }
}

proptest! {
    #[test]
    fn what_is_sent_arrives(
        found in any_explanation(),
        (title, note, name) in (any_text(), any_text(), any_text()),
        at in any_text(),
        view in prop::sample::select(View::ALL.to_vec()),
    ) {
        let is_number = |value: &f32| !value.is_nan();
        let link = match Link::of(&Finding::Explanation(found.clone().into())) {
            Err(error) => {
                prop_assert!(!found.scores.iter().chain([&found.value, &found.baseline_value]).all(is_number), "{}", error);
                return Ok(());
            }
            Ok(link) => link,
        };
        let cut = |words: &str, most| Some(words.chars().take(most).collect());
        let (title, note, name) = (cut(&title, Sender::TITLE), cut(&note, Sender::NOTE), cut(&name, Sender::NAME));
        let sender = Sender::new(title, note, name, Some("2026-11-30".into())).map_err(failed)?;
        let at = vitrine_schema::foreign::line(&at).chars().take(100).collect::<String>().trim().to_owned();
        let link = Link { shown: Shown { view: Some(view), at: Some(at) }, sender, on: Some(DeviceKind::Webgpu), ..link };
        let payload = link.write().map_err(failed)?;
        prop_assert_eq!(&Link::read(&payload).map_err(failed)?, &link);
        opens(&payload)?;
    }

    #[test]
    fn any_text_is_opened_or_refused_in_one_sentence(text in any_text(), letters in "[A-Za-z0-9_-]{0,200}") {
        opens(&text)?;
        opens(&format!("v1.{letters}"))?;
        opens(&format!("#/x/v1.{letters}?{text}"))?;
    }

    /// The body of the fuzz target `link`, from a letter and bytes that are sealed as they should be.
    #[test]
    fn any_letter_and_any_bytes_are_opened_or_refused_in_one_sentence(
        which in 0..PAYLOADS.len(),
        cut in any::<prop::sample::Index>(),
        put in prop_oneof![any::<Vec<u8>>(), any_text().prop_map(String::into_bytes)],
        at in any::<prop::sample::Index>(),
        in_letter in any::<bool>(),
    ) {
        let (mut letter, mut capsule) = unsealed(&PAYLOADS[which]).map_err(failed)?;
        let changed = if in_letter { &mut letter } else { &mut capsule };
        // Some bytes are put in the place of others.
        let (start, n) = (at.index(changed.len()), cut.index(changed.len().min(9)));
        changed.splice(start..(start + n).min(changed.len()), put);
        opens(&sealed(&letter, &capsule))?;
    }
}

#[test]
fn what_is_cut_off_or_changed_on_the_way_is_refused() {
    let payload = payload(explanation());
    for end in 0..payload.len() {
        let error = Link::read(&payload[..end]).unwrap_err();
        assert!(matches!(error, LinkError::Damaged | LinkError::NotALink), "{end}: {error:?}");
    }
    for at in 3..payload.len() {
        let mut changed = payload.clone().into_bytes();
        changed[at] = if changed[at] == b'Q' { b'R' } else { b'Q' };
        assert!(Link::read(std::str::from_utf8(&changed).unwrap()).is_err(), "{at}");
    }
}

#[test]
fn a_payload_is_found_where_people_paste_it() {
    let payload = payload(explanation());
    let link = Link::read(&payload).unwrap();
    for pasted in [
        format!(" {payload}\n"),
        format!("#/x/{payload}"),
        format!("https://example.org/vitrine/#/x/{payload}."),
        format!("https://example.org/vitrine/embed.html#/{payload}?show=claim,figure&theme=dark"),
        format!("<https://example.org/#/x/{payload}>"),
    ] {
        assert_eq!(Link::read(&pasted), Ok(link.clone()), "{pasted}");
    }
    assert!(payload.ends_with('A'));
}

#[test]
fn what_is_no_link_says_so() {
    let check = |text: &str, sentence: &str| {
        let said = Link::read(text).unwrap_err().to_string();
        assert!(said.starts_with(sentence), "{text}: {said}");
    };
    for text in ["", "hello", "v1", "#/lab?text=a.b", "v.AAAA", "vx.AAAA", "https://example.org/"] {
        check(text, "this is no link to an explanation, which begins with v1. after #/x/");
    }
    check("v2.AAAA", "this link is of version v2 and this program reads v1; open it with a newer one");
    check("v1.", "this link was damaged on the way");
    check(&"v".repeat(MOST_BYTES + 1), "a link has at most 65536 letters, this one 65537; shorten the text");
    let long = "word ".repeat(40_000);
    let refused = Link::of(&Finding::Explanation(measured(&long).into())).unwrap().write().unwrap_err();
    assert!(refused.to_string().starts_with("a link has at most 65536 letters, this one "), "{refused}");
}

/// What is said of a link whose letter was changed by its forger, who sealed it again.
fn forged(change: impl Fn(&mut serde_json::Value, &mut Vec<u8>)) -> Result<Link, String> {
    let (letter, mut capsule) = unsealed(&payload(explanation())).unwrap();
    let mut letter = serde_json::from_slice(&letter).unwrap();
    change(&mut letter, &mut capsule);
    Link::read(&sealed(letter.to_string().as_bytes(), &capsule)).map_err(|error| error.to_string())
}

#[test]
fn what_no_program_writes_is_refused() {
    let in_letter = |place: &str, value: serde_json::Value, sentence: &str| {
        let (parent, key) = place.rsplit_once('/').unwrap();
        let said = forged(|letter, _| letter.pointer_mut(parent).unwrap()[key] = value.clone()).unwrap_err();
        assert!(said.contains(sentence), "{place} {value}: {said}");
    };
    let told = "/result/found/explanation";
    in_letter("/colour", 1.into(), "unknown field `colour`");
    in_letter("/title", "é".repeat(81).into(), "a title has at most 80 characters, this one 81");
    in_letter("/note", "é".repeat(281).into(), "a note has at most 280 characters");
    in_letter("/name", "é".repeat(61).into(), "a name has at most 60 characters");
    in_letter("/date", "soon".into(), "\"soon\" is no date; write it like 2026-11-30");
    in_letter("/shown", serde_json::json!({"view": "cellar"}), "unknown variant `cellar`");
    in_letter("/on", "abacus".into(), "unknown variant `abacus`");
    in_letter("/recipe/schema", "vitrine.recipe/9".into(), "this is \"vitrine.recipe/9\"");
    in_letter("/recipe/ask/id", "dance".into(), "nothing can be asked by the name \"dance\"");
    in_letter("/recipe/ask/method", "blur".into(), "there is no method \"blur\"");
    in_letter("/recipe/ask/method", "occlusion".into(), "an answer to another question");
    in_letter("/recipe/ask", serde_json::json!({"id": "predict"}), "an answer to another question");
    in_letter("/recipe/ask/players", serde_json::json!([[0, 900]]), "players that are not in its text");
    in_letter("/recipe/text", "other".into(), "tokens that stand outside of their text");
    in_letter("/result/found", serde_json::json!({"riddle": 1}), "unknown variant `riddle`");
    in_letter(&format!("{told}/target/index"), 7.into(), "a class that its model does not have");
    in_letter(&format!("{told}/players"), serde_json::json!([[99]]), "a token that is not in its text");
    in_letter(&format!("{told}/players"), serde_json::json!([[]]), "a token that is not in its text");
    in_letter(&format!("{told}/removed_by"), serde_json::Value::Null, "half a receipt");
    in_letter(&format!("{told}/method"), "blur".into(), "unknown variant `blur`");
    let in_capsule = |change: &dyn Fn(&mut Vec<u8>), sentence: &str| {
        let said = forged(|_, capsule| change(capsule)).unwrap_err();
        assert!(said.contains(sentence), "{said}");
    };
    in_capsule(&|capsule| capsule.push(0), "damaged on the way");
    in_capsule(&|capsule| capsule.truncate(40), "damaged on the way");
    in_capsule(&|capsule| capsule[8] = 0xff, "damaged on the way");
    // The value of the text stands behind the hash, eight tokens and the byte that says what follows.
    let value = |capsule: &[u8]| capsule.windows(4).position(|bytes| bytes == (-2.830_037_6f32).to_le_bytes()).unwrap();
    in_capsule(
        &|capsule| {
            let at = value(capsule);
            capsule[at..at + 4].copy_from_slice(&f32::NAN.to_le_bytes());
        },
        "this holds a number that is none, as no result does",
    );
    let clamped = forged(|_, capsule| {
        let at = value(capsule);
        capsule[at..at + 4].copy_from_slice(&f32::INFINITY.to_le_bytes());
    });
    let Sent::Finding(Finding::Explanation(found)) = clamped.unwrap().sent else { panic!() };
    assert_eq!(found.value, 1e9);
}

#[test]
fn a_summary_that_cannot_be_is_refused() {
    let forged = |name: &str, place: &str, value: serde_json::Value| {
        let payload = Link::of(&told(name)).unwrap().write().unwrap();
        let (letter, capsule) = unsealed(&payload).unwrap();
        let mut letter: serde_json::Value = serde_json::from_slice(&letter).unwrap();
        let (parent, key) = place.rsplit_once('/').unwrap();
        let parent = letter.pointer_mut(&format!("/result/found/summary{parent}")).unwrap();
        match parent.as_array_mut() {
            Some(items) => items[key.parse::<usize>().unwrap()] = value,
            None => parent[key] = value,
        }
        Link::read(&sealed(letter.to_string().as_bytes(), &capsule)).unwrap_err().to_string()
    };
    let check = |name: &str, place: &str, value: serde_json::Value| {
        let said = forged(name, place, value);
        assert!(said.contains("an answer to another question"), "{name} {place}: {said}");
    };
    check("map", "/n_columns", 4000.into());
    check("map", "/largest/0/0", "999:0".into());
    check("map", "/story", serde_json::json!({"along": {"from": 0, "through": 900, "to": 1, "arrived": 2}}));
    check("map", "/story", serde_json::json!({"spread": {"places": 900, "single": 0.5}}));
    check("map", "/story", serde_json::json!({"spread": {"places": 2, "single": 7.5}}));
    check("heads", "/n_columns", 0.into());
    check("probe", "/majority", 2.into());
    check("probe", "/held_out", 4_000_000.into());
    check("probe", "/used", serde_json::json!({"layer": 900, "changed": 0, "random": 0, "n": 1}));
    check("probe", "/seeds", 3.into());
    check("probe", "/over", serde_json::json!([[0.5, 0.4, 0.6]]));
    check("chain", "/along", serde_json::json!([0.5, 1.5]));
    check("chain", "/steps/0", serde_json::json!({"text": "1 + 1 = 2. ".repeat(4000)}));
    check("vote", "/chains", serde_json::json!(vec![serde_json::json!({"answer": "1", "mark": 7}); 500]));
    check("court", "/with", 4_000_000.into());
    check("court", "/fates/0", 4_000_000.into());
    let said = forged("vote", "/of", "riddle".into());
    assert!(said.contains("unknown variant `riddle`"), "{said}");
    let question = |letter: &mut serde_json::Value| letter["recipe"]["ask"] = serde_json::json!({"id": "predict"});
    let (letter, capsule) = unsealed(&Link::of(&told("court")).unwrap().write().unwrap()).unwrap();
    let mut letter = serde_json::from_slice(&letter).unwrap();
    question(&mut letter);
    let said = Link::read(&sealed(letter.to_string().as_bytes(), &capsule)).unwrap_err().to_string();
    assert!(said.contains("an answer to another question"), "{said}");
}

#[test]
fn a_verdict_that_is_claimed_is_not_believed() {
    // The parts are made to miss the answer: then neither check nor receipt can pass, whatever the ratio says.
    let lied = forged(|_, capsule| {
        let value = capsule.windows(4).position(|bytes| bytes == (-2.830_037_6f32).to_le_bytes()).unwrap();
        capsule[value..value + 4].copy_from_slice(&9f32.to_le_bytes());
    });
    let Sent::Finding(Finding::Explanation(found)) = lied.unwrap().sent else { panic!() };
    assert_eq!(found.checks[0].verdict, vitrine_schema::Verdict::Fail);
    assert_eq!(found.receipt.as_ref().unwrap().verdict.id, vitrine_schema::TrustId::Fails);
    assert!(!found.trusted());
}

const RELEASED: &str = include_str!("links.txt");

/// What a payload opens, in the words of `links.txt`.
fn described(payload: &str) -> Vec<String> {
    let Link { recipe, sent, on, shown, sender } = match Link::read(payload) {
        Ok(link) => link,
        Err(error) => return vec![format!("fault {error}")],
    };
    let mut lines = vec![format!("recipe {}", serde_json::to_string(&recipe).unwrap())];
    lines.push(match &sent {
        Sent::Finding(finding) => format!("finding {}", serde_json::to_string(&finding.json()).unwrap()),
        Sent::Summary(sent) => format!(
            "summary {} {} {}",
            serde_json::to_string(&sent.model).unwrap(),
            serde_json::to_string(&sent.input).unwrap(),
            serde_json::to_string(&sent.summary).unwrap()
        ),
    });
    lines.extend(on.map(|on| format!("on {}", on.name())));
    if shown != Shown::default() {
        lines.push(format!("shown {}", serde_json::to_string(&shown).unwrap()));
    }
    if sender != Sender::default() {
        lines.push(format!("sender {}", serde_json::to_string(&sender).unwrap()));
    }
    lines
}

#[test]
fn every_link_that_was_released_opens_as_it_did() {
    let mut n_links = 0;
    let mut lines = RELEASED.lines().peekable();
    while let Some(payload) = lines.next() {
        if !payload.starts_with('v') {
            continue;
        }
        let mut expected = Vec::new();
        while let Some(line) = lines.next_if(|line| line.starts_with("  ")) {
            expected.push(line.trim_start().to_owned());
        }
        assert_eq!(described(payload), expected, "{payload}");
        n_links += 1;
    }
    assert!(n_links >= 22, "{n_links}");
}
