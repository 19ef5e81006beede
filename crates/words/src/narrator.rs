//! What is said of a figure at three lengths: a line, a paragraph, and everything that a specialist would ask for.
//!
//! One function for each figure, filled with measured numbers; lines and paragraphs are those of the page.

use vitrine_schema::inside::{AttentionMaps, HeadRef, Walk};
use vitrine_schema::{
    Ablation, Ask, Cell, Chaining, Comparison, Explanation, Finding, Generation, Hearing, Input, MethodRef, ModelRef,
    Patching, Prediction, Probing, ProblemType, Ranked, Receipt, Recipe, Summary, Voting,
};

use crate::answer::{name, number, scalar};
use crate::marks::Mark;
use crate::number::{percent, plain, signed};
use crate::phrase::{apart, flat, quoted};
use crate::{
    ablation, attention, chain, comparison, continuation, courtroom, drawn, explanation, patching, probing, receipt,
    steering, stream, trail, vote,
};

/// What is said of a figure.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// One line.
    pub line: String,
    /// A paragraph.
    pub paragraph: String,
    /// With every number that was settled and measured.
    pub technical: String,
}

/// Answers that a paragraph names.
const NAMED: usize = 3;

/// Of the scores of an explanation, as words or as bars.
#[must_use]
pub fn scores(found: &Explanation, marks: &[Mark]) -> Reading {
    Reading {
        line: flat(&explanation::claim(found, marks)),
        paragraph: explanation::paragraph(found, marks),
        technical: explanation::technical(found),
    }
}

/// Of the path from the blank text.
#[must_use]
pub fn path(found: &Explanation) -> Reading {
    let (from, to) = (plain(found.baseline_value), plain(found.value));
    Reading {
        line: format!("Word by word the answer comes about: from {from} at the blank sentence to {to} here."),
        paragraph: explanation::path(found),
        technical: explanation::technical(found),
    }
}

/// Of a continuation, token by token.
#[must_use]
pub fn matrix(found: &Explanation) -> Reading {
    let rows = found.steps.len();
    let each: Vec<String> = (0..rows).map(|row| continuation::rests_on(found, row)).collect();
    Reading {
        line: flat(&continuation::claim(found)),
        paragraph: each.join(" "),
        technical: format!("{rows} tokens explained one by one. {}", explanation::technical(found)),
    }
}

/// Of how the scores came about.
#[must_use]
pub fn trail(found: &Explanation) -> Reading {
    let trail = found.trail.clone().unwrap_or_default();
    let last = trail.moments.last().map(|last| trail::said(found, &trail, last)).unwrap_or_default();
    let summary = trail::summary(found);
    Reading { line: summary.clone(), paragraph: format!("{summary} {last}"), technical: explanation::technical(found) }
}

/// Of a map of what was copied.
#[must_use]
pub fn patching(found: &Patching) -> Reading {
    let line = patching::said(found);
    let checks: Vec<String> =
        patching::checks(found).into_iter().map(|(_, said, number)| format!("{said} ({number})")).collect();
    let [scale, _] = patching::scale(found);
    Reading {
        paragraph: format!(
            "{line} {scale}.{}",
            [patching::outside(found), patching::movers(found), patching::apart(found)]
                .into_iter()
                .flatten()
                .map(|said| format!(" {said}"))
                .collect::<String>()
        ),
        technical: format!("{}. {}.", scalar(&found.target, found.problem_type), checks.join("; ")),
        line,
    }
}

/// Of how the largest cells hang together.
#[must_use]
pub fn joined(found: &Patching) -> Reading {
    let line = patching::joined(found).unwrap_or_else(|| patching::said(found));
    Reading { paragraph: line.clone(), line, ..patching(found) }
}

/// Of one cell that was copied.
#[must_use]
pub fn copied(found: &Patching, cell: Cell) -> Reading {
    Reading { line: patching::cell(found, cell), ..patching(found) }
}

/// Of what can be read off each layer.
#[must_use]
pub fn probing(found: &Probing) -> Reading {
    let line = probing::claim(found);
    let best = probing::best(found).map(|layer| probing::layer(found, layer)).unwrap_or_default();
    let layers: Vec<String> = (0..found.layers.len()).map(|layer| probing::layer(found, layer)).collect();
    Reading { paragraph: format!("{line} {best}"), technical: layers.join(" "), line }
}

/// Of a chain, step by step.
#[must_use]
pub fn chain(found: &Chaining) -> Reading {
    let line = chain::claim(found);
    let along = chain::along(found).map_or_else(String::new, |said| format!(" {said}"));
    let steps: Vec<String> =
        found.steps.iter().map(|step| format!("{} ({})", apart(&step.text), chain::step_of(found, step))).collect();
    let numbers: Vec<String> = found.along.iter().map(|share| format!("{share:.4}")).collect();
    let numbers = if numbers.is_empty() { String::new() } else { format!(" P(answer) along: {}.", numbers.join(", ")) };
    Reading {
        paragraph: format!("{line}{along}"),
        technical: format!("{}{numbers} {}.", steps.join(" "), model(&found.model)).trim().to_owned(),
        line,
    }
}

/// Of a vote.
#[must_use]
pub fn vote(found: &Voting) -> Reading {
    let line = vote::claim(found);
    let count = |one: &vitrine_schema::reasoning::Counted| {
        format!("{} × {}", one.answer.as_deref().map_or_else(|| "no answer".to_owned(), apart), one.count)
    };
    let counts: Vec<String> = found.answers.iter().map(count).collect();
    Reading {
        paragraph: format!("{line} {} {}", vote::agreement(found), vote::checked(found)),
        technical: format!(
            "{}. Share {:.4}, Wilson interval {:.4} to {:.4}, entropy {:.4} bits; {}.",
            counts.join(", "),
            found.share,
            found.interval[0],
            found.interval[1],
            found.entropy,
            model(&found.model)
        ),
        line,
    }
}

/// Of a test of many chains.
#[must_use]
pub fn courtroom(found: &Hearing) -> Reading {
    let line = courtroom::claim(found);
    let counted = courtroom::counted(found);
    Reading {
        paragraph: format!("{line} {}", courtroom::rule(found)),
        technical: format!("{counted} Intervals are Wilson's, of 95 %. {}.", model(&found.model)),
        line,
    }
}

/// Of the scores as a sum.
#[must_use]
pub fn sum(found: &Explanation) -> Reading {
    let change = signed(found.value - found.baseline_value);
    Reading {
        line: format!("The words move the answer by {change} in all."),
        paragraph: format!("{} {}", explanation::arithmetic(found), explanation::receipt_sentence(found)),
        technical: explanation::technical(found),
    }
}

/// Of the curve of a receipt.
#[must_use]
pub fn trust(measured: &Receipt, found: &Explanation) -> Reading {
    let line = receipt::verdict(measured, found);
    let agrees = receipt::agreement(measured).map_or_else(String::new, |said| format!(" {said}"));
    let figures = measured.figures();
    let told = |name: &str, value: Option<f32>| value.map(|value| format!("{name} = {value:.4}"));
    let numbers = [
        told("r", figures.ratio),
        told("Kendall τ-b with leave-one-out", measured.kendall_tau_loo),
        told("mean comprehensiveness", figures.comprehensiveness),
        told("mean sufficiency", figures.sufficiency),
    ];
    let numbers: Vec<String> = numbers.into_iter().flatten().collect();
    let (n_players, n_orders) = (measured.removal.len(), measured.deletion.random.len());
    Reading {
        paragraph: format!("{line} {}{agrees}", receipt::removed_by(measured)),
        technical: format!(
            "Deletion in the order of the scores against {n_orders} random orders, {n_players} players, removed by {}. {}.",
            measured.removed_by,
            if numbers.is_empty() { "Not tested".to_owned() } else { numbers.join(", ") }
        ),
        line,
    }
}

/// Of the answer that is explained.
#[must_use]
pub fn answer(found: &Explanation, marks: &[Mark]) -> Reading {
    let logits: Vec<String> = found.logits.iter().map(|logit| format!("{logit:.4}")).collect();
    let means = match found.problem_type {
        ProblemType::SingleLabel => "classes of which one holds (softmax)",
        ProblemType::MultiLabel => "independent labels (sigmoid)",
        ProblemType::Regression => "one number",
    };
    Reading {
        line: flat(&explanation::claim(found, marks)),
        paragraph: explanation::explained(found),
        technical: format!(
            "Logits: {}; {means}. F = {} = {:.4}. {}.",
            logits.join(", "),
            explanation::quantity(found),
            found.value,
            model(&found.model)
        ),
    }
}

/// Of the likeliest answers.
#[must_use]
pub fn prediction(found: &Prediction) -> Reading {
    let of = format!("{}, {} tokens read", model(&found.model), found.input.tokens.len());
    likeliest(&found.top, drawn::prediction(found), &of)
}

/// Of the likeliest first tokens of a text that was pushed, or of the same text left alone.
#[must_use]
pub fn first(found: &Generation, pushed: bool) -> Reading {
    let (top, how) = if pushed { (&found.top, "pushed") } else { (&found.top_without, "left alone") };
    likeliest(top, drawn::likeliest(top), &format!("{}, {how}. {}", model(&found.model), steering::claim(found)))
}

/// Of the likeliest answers without something.
#[must_use]
pub fn without(found: &Ablation) -> Reading {
    likeliest(&found.top, drawn::likeliest(&found.top), &format!("{}, {}", model(&found.model), removed(found)))
}

fn likeliest(top: &[Ranked], line: String, of: &str) -> Reading {
    let answer = |ranked: &Ranked| format!("{} {}", quoted(&name(ranked)), number(ranked));
    let named: Vec<String> = top.iter().take(NAMED).map(answer).collect();
    let known: f32 = top.iter().filter_map(|ranked| ranked.probability).sum();
    let logits: Vec<String> = top.iter().take(NAMED).map(|ranked| format!("{:.4}", ranked.logit)).collect();
    let paragraph = match top {
        [] => line.clone(),
        [first, ..] if first.probability.is_none() => format!("{line} It is no probability but a number of its own."),
        _ => format!(
            "The likeliest: {}. The {} that are listed have {} together.",
            named.join(", "),
            top.len(),
            percent(known)
        ),
    };
    Reading { line, paragraph, technical: format!("Logits of the first: {}. {of}.", logits.join(", ")) }
}

/// Of what a removal changes.
#[must_use]
pub fn change(found: &Ablation) -> Reading {
    let predicted = found.predicted.map_or_else(String::new, |by| format!(", predicted {by:.4}"));
    Reading {
        line: drawn::ablation(found),
        paragraph: ablation::paragraph(found),
        technical: format!(
            "F = {}. F(x) = {:.4}, without {:.4}, change {:.4}{predicted}. {}, {}.",
            scalar(&found.target, found.problem_type),
            found.value,
            found.without,
            found.change,
            model(&found.model),
            removed(found)
        ),
    }
}

/// Of the neurons that matter most of what was removed.
#[must_use]
pub fn neurons(found: &Ablation) -> Reading {
    let line = ablation::strongest(found).unwrap_or_default();
    Reading { paragraph: line.clone(), line, ..change(found) }
}

/// What was taken out, and how.
fn removed(found: &Ablation) -> String {
    match ablation::taken_out(found) {
        Some((parts, how)) => format!("{} taken out ({how})", ablation::parts(parts)),
        None => "tokens taken out".to_owned(),
    }
}

/// Of several methods side by side.
#[must_use]
pub fn methods(found: &Comparison) -> Reading {
    let line = comparison::claim(found);
    let ids = &found.agreement.methods;
    let pairs = found.agreement.kendall_tau.iter().enumerate().flat_map(|(row, taus)| {
        taus.iter().enumerate().skip(row + 1).filter_map(move |(column, tau)| Some((row, column, (*tau)?)))
    });
    let pairs: Vec<(usize, usize, f32)> = pairs.collect();
    let named = |&(row, column, tau): &(usize, usize, f32)| {
        let name = |at: usize| ids.get(at).map_or("", |id| id.declared().name);
        format!("{} and {} (Kendall τ {})", name(row), name(column), signed(tau))
    };
    let most = pairs.iter().max_by(|a, b| a.2.total_cmp(&b.2)).map(named);
    let least = pairs.iter().min_by(|a, b| a.2.total_cmp(&b.2)).map(named);
    let agree = match (most, least) {
        (Some(most), Some(least)) if most != least => format!(" Nearest to each other are {most}, furthest {least}."),
        (Some(only), _) => format!(" They are {only}."),
        _ => String::new(),
    };
    let of = found.explanations.first().map_or_else(String::new, |one| format!("F = {}. ", explanation::quantity(one)));
    let each: Vec<String> = found.explanations.iter().map(|one| params(&one.method)).collect();
    Reading {
        paragraph: format!("{line}{agree}"),
        technical: format!("{of}{}. {}.", each.join("; "), model(&found.model)),
        line,
    }
}

/// Of the pattern of a head.
#[must_use]
pub fn head(found: &AttentionMaps, at: HeadRef, without_first: bool) -> Reading {
    let resting = attention::resting(found).map_or_else(String::new, |said| format!(" {said}"));
    Reading {
        line: drawn::head(found, at, without_first),
        paragraph: format!("{}{resting}", attention::claim(found, at)),
        technical: format!(
            "{}; {} layers of {} heads, {} tokens. Mean weight on the first token {:.4}. {}.",
            attention::title(found, at),
            found.n_layers,
            found.n_heads,
            found.input.tokens.len(),
            found.on_first_token(at),
            model(&found.model)
        ),
    }
}

/// Of the residual stream; `effects` says whether its ribbons are direct effects.
#[must_use]
pub fn walk(found: &Walk, effects: bool) -> Reading {
    let parts: Vec<String> = stream::largest_parts(found, NAMED)
        .iter()
        .map(|(part, effect)| format!("{part} {}", signed(*effect)))
        .collect();
    let sums = if !found.has_effects() {
        "no part has an effect of its own".to_owned()
    } else {
        format!(
            "embeddings {:.4}, constants {:.4}; largest parts {}",
            found.embed_effect,
            found.bias_effect,
            parts.join(", ")
        )
    };
    let gap = found.checks.first().map_or_else(String::new, |check| format!(" {}: gap {:.1e}.", check.id, check.gap));
    Reading {
        line: stream::claim(found),
        paragraph: stream::summary(found, effects),
        technical: format!(
            "F = {} = {:.4} at position {}: {sums}.{gap} {}.",
            scalar(&found.target, found.problem_type),
            found.value,
            found.position,
            model(&found.model)
        ),
    }
}

/// The weights that answered.
#[must_use]
pub fn model(model: &ModelRef) -> String {
    let sha = model.sha256.get(..12).unwrap_or(&model.sha256);
    format!("{} ({}, weights {}…)", apart(&model.id), apart(&model.architecture), apart(sha))
}

/// A method with the parameters that it used.
#[must_use]
pub fn params(method: &MethodRef) -> String {
    let set = method.params.0.iter();
    let params: Vec<String> =
        set.map(|(name, value)| apart(&format!("{name} = {}", value.to_string().trim_matches('"')))).collect();
    let name = method.id.declared().name;
    if params.is_empty() { name.to_owned() } else { format!("{name} ({})", params.join(", ")) }
}

/// What a whole finding comes to, in a line; the text itself of one that was written.
#[must_use]
pub fn headline(finding: &Finding) -> String {
    match finding {
        Finding::Prediction(found) => drawn::prediction(found),
        Finding::Generation(found) => steering::claim(found),
        Finding::Explanation(found) => {
            flat(&explanation::claim(found, &crate::marks::marks(found, crate::Grouping::Words)))
        }
        Finding::Comparison(found) => comparison::claim(found),
        Finding::Attention(found) => attention::claim(found, found.most_telling()),
        Finding::Stream(found) => stream::claim(found),
        Finding::Ablation(found) => drawn::ablation(found),
        Finding::Patching(found) => patching::said(found),
        Finding::Probing(found) => probing::claim(found),
        Finding::Chaining(found) => chain::claim(found),
        Finding::Voting(found) => vote::claim(found),
        Finding::Hearing(found) => courtroom::claim(found),
    }
}

/// The claim of what a link has a summary of, by its question and what was read.
#[must_use]
pub fn summary(summary: &Summary, model: &ModelRef, recipe: &Recipe, input: &Input) -> String {
    match (summary, &recipe.ask) {
        (Summary::Generation(written), ask) => steering::claim_of(written, ask),
        (Summary::Attention(looks), _) => attention::claim_of(looks, input),
        (Summary::Stream(climb), _) => stream::claim_of(climb),
        (Summary::Patching(carried), Ask::Patch(patch)) => flat(&patching::claim_of(carried, patch, input)),
        (Summary::Patching(carried), _) => patching::ends(carried),
        (Summary::Probing(readable), _) => probing::claim(&readable.found(model, recipe)),
        (Summary::Chaining(reasoned), _) => chain::claim(&reasoned.found(model, recipe)),
        (Summary::Voting(ballots), _) => vote::claim(&ballots.found(model, recipe)),
        (Summary::Hearing(heard), _) => courtroom::claim(&heard.found(model, recipe)),
    }
}

/// What a link says beside that claim, a line each.
#[must_use]
pub fn beside(summary: &Summary, model: &ModelRef, recipe: &Recipe) -> Vec<String> {
    match summary {
        Summary::Attention(_) | Summary::Stream(_) => Vec::new(),
        Summary::Generation(written) => written.pushed.as_ref().map_or_else(Vec::new, |pushed| {
            vec![
                format!("Pushed it writes: {}", quoted(&written.text)),
                format!("Left alone it writes: {}", quoted(&pushed.without)),
            ]
        }),
        Summary::Patching(carried) => vec![patching::ends(carried)],
        Summary::Probing(readable) => {
            let found = readable.found(model, recipe);
            probing::best(&found).map(|layer| probing::layer(&found, layer)).into_iter().collect()
        }
        Summary::Chaining(reasoned) => {
            let found = reasoned.found(model, recipe);
            let step =
                |step: &vitrine_schema::reasoning::ChainStep| format!("{} ({})", apart(&step.text), chain::step(step));
            found.steps.iter().map(step).chain(chain::along(&found)).collect()
        }
        Summary::Voting(ballots) => {
            let found = ballots.found(model, recipe);
            vec![vote::agreement(&found), vote::checked(&found)]
        }
        Summary::Hearing(heard) => {
            let found = heard.found(model, recipe);
            vec![courtroom::counted(&found), courtroom::rule(&found)]
        }
    }
}

/// What a question is about, as a heading: its text, both where there are two, or what is read off how many texts.
#[must_use]
pub fn subject(recipe: &Recipe) -> Option<String> {
    match &recipe.ask {
        Ask::Patch(patch) => Some(format!("A {} · B {}", quoted(&patch.clean), quoted(&patch.corrupt))),
        _ => recipe.subject().map(quoted),
    }
}
