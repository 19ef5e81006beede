//! Five hundred strings that were made to break out, through every field of a link.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::sync::{Arc, LazyLock};

use vitrine_figure::color::Theme;
use vitrine_figure::svg::svg;
use vitrine_figure::{Figure, Told, drawings};
use vitrine_schema::foreign::{line, sets_direction, undirected};
use vitrine_schema::generation::Finish;
use vitrine_schema::reasoning::Before;
use vitrine_schema::recipe::Steer;
use vitrine_schema::{
    Ask, Chaining, ClassRef, Diagnostic, Explanation, Finding, Generation, Input, Outcome, Patching, Prediction,
    Probing, Ranked, Recipe, Recomputed, Token, Voting,
};
use vitrine_share::file::{self, Held};
use vitrine_share::link::{Link, LinkError, Sender, Sent, Shown};
use vitrine_words as words;

/// What is smuggled.
const CORES: [&str; 25] = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "</title><script>alert(1)</script>",
    "\" onmouseover=\"alert(1)",
    "' autofocus onfocus='alert(1)",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "https://example.org/?steal=1",
    "//example.org/x",
    "url(https://example.org/x)",
    "@import 'https://example.org/x.css';",
    "{{constructor.constructor('alert(1)')()}}",
    "${7*7}#{7*7}<%= 7*7 %>",
    "%n%s%x%p",
    "../../../../etc/passwd",
    "'; DROP TABLE findings; --",
    "=HYPERLINK(\"https://example.org\")",
    "\u{1b}[31mred\u{1b}[0m\u{7}",
    "\u{202e}gnp.exe\u{202c}",
    "\u{2067}\u{2068}שלום 123\u{2069}",
    "a\u{0}b\u{8}c\u{7f}",
    "one\r\nX-Injected: yes\r\n\r\ntwo",
    "]]><!--<![CDATA[&amp;&lt;&#x3c;",
    "\u{feff}\u{fffe}\u{200b}\u{1f1e9}\u{1f1ea}Z\u{0301}\u{0301}\u{0301}",
];

/// What stands around it.
const WRAPS: [[&str; 2]; 20] = [
    ["", ""],
    [" ", " "],
    ["\"", "\""],
    ["'>", "<'"],
    ["<b>", "</b>"],
    ["<!--", "-->"],
    ["\\\"", "\\\""],
    ["\n", "\n"],
    ["\u{202e}", ""],
    ["\u{2067}", "\u{2069}"],
    ["v1.", ".A"],
    ["{\"recipe\":", "}"],
    ["&#60;", "&#62;"],
    ["%3C", "%3E"],
    ["+ADw-", "+AD4-"],
    ["\\u003c", "\\u003e"],
    ["`", "`"],
    ["]]>", "<![CDATA["],
    ["a", "b"],
    ["שלום ", " العربية"],
];

fn injections() -> Vec<String> {
    CORES.iter().flat_map(|core| WRAPS.iter().map(move |[before, after]| format!("{before}{core}{after}"))).collect()
}

fn base() -> Explanation {
    let json = include_str!("../../../tests/reference/integrated-gradients.json");
    Explanation { path: None, ..Finding::from_json(json).unwrap().try_into().unwrap() }
}

/// The string in every field of an explanation.
fn explained(text: &str) -> Finding {
    let mut found = base();
    let token = |special| Token { id: 1, text: text.into(), start: 0, end: text.len(), special, continues: false };
    found.input.text = text.to_owned();
    found.input.tokens = vec![Token { start: 0, end: 0, ..token(true) }, token(false)];
    found.scores = vec![0.5, -2.0];
    found.receipt = found.receipt.map(|mut receipt| {
        receipt.removal = vec![1.0];
        receipt
    });
    found.model.architecture = text.to_owned();
    found.target.label = text.to_owned();
    found.target.foil = Some(ClassRef { label: text.to_owned(), index: 0 });
    found.resolved.text = Some(text.to_owned());
    found.resolved.model = text.to_owned();
    found.resolved.target.target = Some(text.to_owned());
    found.method.params.0.insert("baseline".to_owned(), text.into());
    found.method.params.0.insert(text.to_owned(), 1.into());
    let (text, first) = (text.to_owned(), text.to_owned());
    found.diagnostics = vec![
        Diagnostic::SeveralTokens { text: text.clone(), n_tokens: 2, first },
        Diagnostic::NothingLeft { position: Some(1), text },
    ];
    Finding::Explanation(Arc::new(found))
}

/// The string as an answer.
fn predicted(text: &str) -> Finding {
    let json = include_str!("../../../tests/reference/prediction.json");
    let mut found: Prediction = Finding::from_json(json).unwrap().try_into().unwrap();
    let ranked =
        Ranked { id: 1, label: Some(text.into()), token: Some(text.into()), probability: Some(0.5), logit: 1.0 };
    found.top = vec![ranked];
    Finding::Prediction(Arc::new(found))
}

/// Nothing but the elements of a figure is opened or closed.
fn holds_only_a_figure(file: &str) -> bool {
    let known =
        ["svg ", "title>", "rect ", "circle ", "path ", "text ", "g ", "g>", "pattern ", "clipPath ", "text>", "svg>"];
    let known = |rest: &str| known.iter().any(|name| rest.trim_start_matches('/').starts_with(name));
    file.split('<').skip(1).all(|rest| known(rest) || rest.starts_with("/pattern>") || rest.starts_with("/clipPath>"))
}

/// What is said turns nothing around: whatever sets a direction was put there in pairs.
#[track_caller]
fn keeps_its_place(said: &str) {
    let mut open = 0;
    for c in said.chars() {
        match c {
            '\u{2068}' => open += 1,
            '\u{2069}' => open -= 1,
            c => assert!(!sets_direction(c), "{said:?}"),
        }
        assert!((0..=1).contains(&open), "{said:?}");
    }
    assert_eq!(open, 0, "{said:?}");
}

#[test]
fn there_are_five_hundred_of_them() {
    let mut all = injections();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 500);
}

#[test]
fn the_sender_s_words_are_words() {
    for text in injections() {
        let cut = |most| Some(text.chars().take(most).collect::<String>());
        let sender = Sender::new(cut(Sender::TITLE), cut(Sender::NOTE), cut(Sender::NAME), None).unwrap();
        let link = Link { sender, ..Link::of(&Finding::Explanation(base().into())).unwrap() };
        let opened = Link::read(&link.write().unwrap()).unwrap().sender;
        assert_eq!(opened, link.sender);
        let Sender { title, note, name, .. } = opened;
        for words in [&title, &name].into_iter().flatten() {
            assert!(!words.contains(char::is_control) && !words.contains(sets_direction), "{words:?}");
            assert_eq!(words, &line(words));
        }
        let note = note.unwrap_or_default();
        assert!(!note.contains(|c: char| c.is_control() && c != '\n' || sets_direction(c)), "{note:?}");
        // Nothing is escaped, cut out or followed: text is text.
        let plain = |text: &str| line(text).chars().take(20).collect::<String>();
        assert!(title.unwrap_or_default().starts_with(plain(&text).trim_end()), "{text:?}");
        assert!(matches!(Sender::new(None, None, None, Some(text.clone())), Err(LinkError::NotADate { .. })));
    }
}

#[test]
fn what_was_measured_is_drawn_and_said_as_it_stands() {
    for text in injections() {
        for finding in [explained(&text), predicted(&text)] {
            let shown =
                Shown { view: None, at: Some(line(&text).chars().take(50).collect::<String>().trim().to_owned()) };
            let link = Link { shown, ..Link::of(&finding).unwrap() };
            let opened = Link::read(&link.write().unwrap()).unwrap();
            assert_eq!(opened, link, "{text:?}");
            // The question is asked again to the letter.
            assert_eq!(&opened.recipe, finding.resolved());
            let Sent::Finding(sent) = &opened.sent else { panic!("{text:?}") };
            is_drawn_and_said(sent);
            if let Finding::Explanation(found) = sent {
                assert_eq!(found.target.label, undirected(&text).chars().take(200).collect::<String>());
            }
        }
    }
}

/// Scenes of the Story, which hold findings.
static SCENES: LazyLock<[serde_json::Value; 4]> = LazyLock::new(|| {
    [
        include_str!("../../../web/story/aloud.json"),
        include_str!("../../../web/story/votes.json"),
        include_str!("../../../web/story/layers.json"),
        include_str!("../../../web/story/circuit.json"),
    ]
    .map(|scene| serde_json::from_str(scene).unwrap())
});

/// A finding of the Story with the string in every field that a summary of it has, and in its question.
fn summarized(text: &str) -> Vec<Finding> {
    let [aloud, votes, layers, circuit] = &*SCENES;
    let told = |scene: &serde_json::Value, name: &str| {
        serde_json::from_value::<Finding>(scene["findings"][name].clone()).unwrap()
    };
    let mut chain: Chaining = told(aloud, "wrong").try_into().unwrap();
    chain.steps.iter_mut().for_each(|step| step.text = text.to_owned());
    chain.answer = Some(text.to_owned());
    chain.before = chain.before.map(|before| Before { answer: Some(format!("{text}!")), ..before });
    if let Ask::Chain(ask) = &mut chain.resolved.ask {
        ask.question = text.to_owned();
    }
    let mut vote: Voting = told(votes, "vote").try_into().unwrap();
    vote.chains.iter_mut().for_each(|drawn| drawn.answer = Some(text.to_owned()));
    let mut probe: Probing = told(layers, "probe").try_into().unwrap();
    probe.labels = vec![text.to_owned(); 2];
    let mut map: Patching = told(circuit, "map").try_into().unwrap();
    map.target.label = text.to_owned();
    map.target.foil = Some(ClassRef { label: text.to_owned(), index: 0 });
    map.input.tokens.iter_mut().for_each(|token| token.text = text.to_owned());
    if let Ask::Patch(ask) = &mut map.resolved.ask {
        ask.corrupt = text.to_owned();
    }
    let steer = Steer { toward: text.into(), away: text.into(), layer: None, strength: 1.0 };
    let recipe = Recipe::new("m", text, Ask::Steer(steer));
    let pushed = Generation {
        resolved: recipe.clone(),
        recipe,
        model: base().model,
        input: Input { text: text.into(), tokens: Vec::new() },
        text: text.to_owned(),
        tokens: Vec::new(),
        finish: Finish::Length,
        stopped_by: None,
        without: Some(format!("{text}!")),
        top: Vec::new(),
        top_without: Vec::new(),
        checks: Vec::new(),
        diagnostics: Vec::new(),
    };
    vec![
        Finding::Chaining(Arc::new(chain)),
        Finding::Voting(Arc::new(vote.counted())),
        Finding::Probing(Arc::new(probe)),
        Finding::Patching(Arc::new(map)),
        Finding::Generation(Arc::new(pushed)),
    ]
}

#[test]
fn a_summary_is_said_as_it_stands() {
    for text in injections() {
        for finding in summarized(&text) {
            let link = Link::of(&finding).unwrap();
            let opened = Link::read(&link.write().unwrap()).unwrap();
            assert_eq!(opened, link, "{text:?}");
            assert_eq!(&opened.recipe, finding.resolved());
            let Sent::Summary(sent) = &opened.sent else { panic!("{text:?}") };
            keeps_its_place(&words::narrator::summary(&sent.summary, &sent.model, &opened.recipe, &sent.input));
            let beside = words::narrator::beside(&sent.summary, &sent.model, &opened.recipe);
            beside.iter().chain(&words::narrator::subject(&opened.recipe)).for_each(|said| keeps_its_place(said));
            let compared = Recomputed::of_summary(&sent.model, &sent.input, &sent.summary, &finding, true);
            assert_eq!(compared.outcome, Outcome::Agrees, "{text:?} {compared:?}");
        }
    }
}

#[test]
fn a_file_is_drawn_and_said_as_it_stands() {
    for text in injections() {
        for finding in [explained(&text), predicted(&text)] {
            let json = serde_json::to_vec(&finding.json()).unwrap();
            let Ok(Held::Finding(opened)) = file::open(&json) else { panic!("{text:?}") };
            assert_eq!(opened, finding);
            is_drawn_and_said(&opened);
        }
    }
}

/// Nothing of a finding is more than a figure and sentences.
fn is_drawn_and_said(finding: &Finding) {
    for Figure { drawing, told: Told { says, reading, .. }, .. } in drawings(finding, 600.0) {
        let file = svg(&drawing, Theme::Light, &says);
        assert!(holds_only_a_figure(&file), "{file}");
        [&says, &reading.line, &reading.paragraph, &reading.technical]
            .into_iter()
            .for_each(|said| keeps_its_place(said));
    }
    if let Finding::Explanation(found) = finding {
        let marks = words::marks::marks(found, words::Grouping::Words);
        keeps_its_place(&words::explanation::one_line(found, &marks));
        found.diagnostics.iter().filter_map(words::remark::remark).for_each(|said| keeps_its_place(&said));
    }
}
