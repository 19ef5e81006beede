//! Made-up findings for tests, of this crate and of `figure`.

use std::collections::BTreeMap;

use vitrine_schema::Inspection;
use vitrine_schema::inside::{LayerWalk, LensReading, Walk};
use vitrine_schema::inspection::{Block, Norms, Parts, Positions, Shape};
use vitrine_schema::probing::LayerProbe;
use vitrine_schema::reasoning::arithmetic::checked;
use vitrine_schema::reasoning::{Before, ChainStep, Count, Drawn, StepSource};
use vitrine_schema::recipe::{Chain, Courtroom, Patch, Probe, Vote};
use vitrine_schema::{
    Ask, Chaining, Check, ClassRef, Evidence, Explanation, Grid, Hearing, Input, Matrix, MethodId, MethodRef, ModelRef,
    Params, Patching, Path, Probing, ProblemType, Quantity, Recipe, Target, Token, Voting,
};

/// A made-up explanation of four words, one of them of two pieces.
pub fn example() -> Explanation {
    let words = [("[CLS]", 0, 0), ("dull", 0, 4), ("but", 5, 8), ("fun", 9, 12), ("##ny", 12, 14), ("[SEP]", 14, 14)];
    let token = |&(text, start, end): &(&str, usize, usize)| Token {
        id: 7,
        text: text.to_owned(),
        start,
        end,
        special: text.starts_with('['),
        continues: text.starts_with("##"),
    };
    let scores = vec![0.0, -3.0, 0.25, 1.0, 0.5, 0.0];
    let halves = |share: f32| scores.iter().map(|score| score * share).collect();
    let (value, baseline_value) = (-1.0, 0.25);
    let recipe = Recipe::new("sentiment", "dull but funny", Ask::Predict {});
    Explanation {
        resolved: recipe.clone(),
        recipe,
        model: ModelRef { id: "sentiment".into(), architecture: "bert".into(), sha256: "0123456789abcdef".into() },
        input: Input { text: "dull but funny".into(), tokens: words.iter().map(token).collect() },
        target: Target {
            quantity: Quantity::LogitDifference,
            label: "POSITIVE".into(),
            index: 1,
            foil: Some(ClassRef { label: "NEGATIVE".into(), index: 0 }),
        },
        method: MethodRef {
            id: MethodId::IntegratedGradients,
            params: Params([("baseline".into(), "mask".into()), ("nodes".into(), 2.into())].into()),
            seed: 0,
        },
        checks: vec![Check::completeness(&scores, value, baseline_value, true)],
        players: Vec::new(),
        matrix: None,
        steps: Vec::new(),
        receipt: None,
        trail: None,
        path: Some(Path {
            alphas: vec![0.25, 0.75],
            weights: vec![0.5, 0.5],
            values: vec![0.0, -0.6],
            contributions: vec![halves(0.25), halves(0.75)],
        }),
        scores,
        value,
        baseline_value,
        diagnostics: vec![],
        logits: vec![0.5, -0.5],
        problem_type: ProblemType::SingleLabel,
    }
}

/// The answer of a chain of one computation, explained by its ten words.
pub fn explained_chain(scores: &[f32]) -> Explanation {
    let (before, chain) = ("Question: x = 3. y = x + 5. What is y?\nReasoning: ", "x is 3. y = 3 + 5 = 8.");
    let mut at = before.len();
    let mut tokens = vec![Token { id: 1, text: before.into(), start: 0, end: at, special: false, continues: false }];
    for word in chain.split(' ') {
        let (start, end) = (at, at + word.len());
        tokens.push(Token { id: 2, text: word.into(), start, end, special: false, continues: false });
        at = end + 1;
    }
    let players = (1..tokens.len()).map(|token| vec![token]).collect();
    let scores: Vec<f32> = std::iter::once(0.0).chain(scores.iter().copied()).collect();
    let (value, baseline_value) = (scores.iter().sum(), 0.0);
    Explanation {
        input: Input { text: format!("{before}{chain}\nAnswer: "), tokens },
        checks: vec![Check::completeness(&scores, value, baseline_value, true)],
        path: None,
        players,
        scores,
        value,
        baseline_value,
        ..example()
    }
}

/// The same of three labels that do not exclude each other.
pub fn independent() -> Explanation {
    let target = Target { quantity: Quantity::Logit, label: "joy".into(), index: 1, foil: None };
    let logits = vec![0.127793, 0.832458, 0.224764];
    Explanation { target, value: 0.832458, logits, problem_type: ProblemType::MultiLabel, ..adds_up(0.832458) }
}

/// The same of a model that gives one number.
pub fn number() -> Explanation {
    let target = Target { quantity: Quantity::Logit, label: "LABEL_0".into(), index: 0, foil: None };
    let logits = vec![1.111908];
    Explanation { target, value: 1.111908, logits, problem_type: ProblemType::Regression, ..adds_up(1.111908) }
}

/// The example with the baseline at which its parts add up to a value.
fn adds_up(value: f32) -> Explanation {
    let mut explanation = example();
    explanation.baseline_value = value - explanation.scores.iter().sum::<f32>();
    explanation.checks = vec![Check::completeness(&explanation.scores, value, explanation.baseline_value, true)];
    explanation
}

/// `n` layers of two heads on three tokens; layer `l` carries `l` from the first token by its first head.
pub fn walk(n: usize) -> Walk {
    let token = |text: &str| Token { id: 1, text: text.into(), start: 0, end: 0, special: false, continues: false };
    let layer = |l: usize| LayerWalk {
        resid_norm: vec![1.0; 3],
        attn_norm: vec![1.0; 3],
        mlp_norm: vec![1.0, 1.0, 2.0],
        carried: Grid::new([3, 3], vec![9.0, 0.0, 0.0, 1.0, 9.0, 0.0, l as f32, 0.5, 9.0]),
        head_effect: Grid::new([2, 3], vec![l as f32, 0.0, 0.0, 0.0, -0.5, 0.0]),
        mlp_effect: -(l as f32),
    };
    let reading =
        |l: usize| LensReading { top: vec![], watched_probability: Some(0.1), watched_rank: 1 + 10 * (n - l) };
    let recipe = Recipe::new("", "a b c", Ask::Predict {});
    Walk {
        resolved: recipe.clone(),
        recipe,
        model: ModelRef::default(),
        input: Input { text: "a b c".into(), tokens: vec![token("a"), token(" b"), token(" c")] },
        target: Target { quantity: Quantity::Logit, label: " d".into(), index: 1, foil: None },
        position: 2,
        n_heads: 2,
        post_norm: false,
        nonlinear_head: false,
        parallel: false,
        layers: (0..n).map(layer).collect(),
        lens: (0..=n).map(reading).collect(),
        embed_effect: 0.0,
        bias_effect: 0.0,
        value: 1.0,
        problem_type: ProblemType::SingleLabel,
        checks: Vec::new(),
        diagnostics: Vec::new(),
    }
}

/// A map of what layers read at three words, the second of which differs; a row of shares for each layer, the lowest first.
pub fn patching(shares: &[[f32; 3]]) -> Patching {
    let token = |text: &str| Token { id: 1, text: text.into(), start: 0, end: 0, special: false, continues: false };
    let input = |words: [&str; 3]| Input { text: words.concat(), tokens: words.map(token).to_vec() };
    let recipe = Recipe::without_text("", Ask::Patch(Patch::default()));
    let metric = |share: &f32| Some(10.0 * share - 5.0);
    Patching {
        resolved: recipe.clone(),
        recipe,
        model: ModelRef::default(),
        input: input(["John", " John", " to"]),
        corrupt: input(["John", " Mary", " to"]),
        target: Target {
            quantity: Quantity::LogitDifference,
            label: " Mary".into(),
            index: 1,
            foil: Some(ClassRef { label: " John".into(), index: 2 }),
        },
        first_difference: 1,
        matrix: Matrix {
            rows: (0..shares.len()).collect(),
            columns: vec![0, 1, 2],
            values: shares.iter().map(|row| row.iter().map(metric).collect()).collect(),
        },
        value: 5.0,
        baseline_value: -5.0,
        approximate: false,
        causal: true,
        heads: Vec::new(),
        movers: Vec::new(),
        copied: None,
        answers: None,
        paths: Vec::new(),
        problem_type: ProblemType::SingleLabel,
        checks: Vec::new(),
        diagnostics: Vec::new(),
    }
}

/// Probes of so many layers by accuracy and control, on a hundred rows of which half have the commonest label.
pub fn probing(layers: &[(f32, f32)]) -> Probing {
    let recipe = Recipe::without_text("", Ask::Probe(Probe::default()));
    let layer = |&(accuracy, control): &(f32, f32)| LayerProbe {
        accuracy,
        interval: [accuracy - 0.1, accuracy + 0.1],
        control,
        majority: 0.5,
        selectivity: accuracy - control,
        over: None,
    };
    Probing {
        resolved: recipe.clone(),
        recipe,
        model: ModelRef::default(),
        input: Input::default(),
        labels: vec!["no".into(), "yes".into()],
        layers: layers.iter().map(layer).collect(),
        n: 334,
        held_out: 100,
        used: None,
        checks: Vec::new(),
        diagnostics: Vec::new(),
    }
}

/// A chain that is right, with what it would answer early.
pub fn chain() -> Chaining {
    let question = "x = 7. y = x + 9. z = y + 8. What is z?";
    let recipe = Recipe::without_text("", Ask::Chain(Chain { question: question.into(), ..Chain::default() }));
    Chaining {
        resolved: recipe.clone(),
        recipe,
        model: ModelRef::default(),
        input: Input::default(),
        prompt: format!("Question: {question}\nReasoning:"),
        steps: steps(question, &[("x is 7.", 'm'), ("y = 7 + 9 = 16.", 'm'), ("z = 16 + 8 = 24.", 'm')]),
        answer: Some("24".into()),
        correct: Some(true),
        expected: Some("24".into()),
        along: vec![0.09, 0.1, 0.38, 0.97],
        before: None,
        checks: Vec::new(),
        diagnostics: Vec::new(),
    }
}

/// The same with its second step changed, and followed.
pub fn changed_chain() -> Chaining {
    let found = chain();
    let before = Before {
        steps: found.steps.clone(),
        answer: found.answer.clone(),
        along: found.along.clone(),
        along_changed: vec![0.09, 0.1, 0.05, 0.01],
    };
    let written = [("x is 7.", 'm'), ("y = 7 + 9 = 18.", 'r'), ("z = 18 + 8 = 26.", 'a')];
    Chaining {
        steps: steps("x = 7. y = x + 9. z = y + 8. What is z?", &written),
        answer: Some("26".into()),
        correct: Some(false),
        along: vec![0.02, 0.02, 0.33, 0.95],
        before: Some(before),
        ..found
    }
}

fn steps(question: &str, written: &[(&str, char)]) -> Vec<ChainStep> {
    let source = |by: char| match by {
        'r' => StepSource::Reader,
        'a' => StepSource::After,
        _ => StepSource::Model,
    };
    let written: Vec<(&str, StepSource)> = written.iter().map(|&(text, by)| (text, source(by))).collect();
    checked(question, &written)
}

/// A vote in which each answer was given so often; 14 is right.
pub fn vote(answers: &[(&str, usize)]) -> Voting {
    let question = "x = 5. y = x + 7. z = y + 2. What is z?";
    let recipe = Recipe::without_text("", Ask::Vote(Vote { question: question.into(), ..Vote::default() }));
    let each = answers.iter().flat_map(|&(answer, count)| std::iter::repeat_n(answer, count)).enumerate();
    let drawn = |(at, answer): (usize, &str)| {
        let last = format!(" {answer}");
        let tokens = [" x is 5.", " y = 5 + 7 = 12.", "\nAnswer:", &last].map(str::to_owned).to_vec();
        let steps = steps(question, &[("x is 5.", 'm'), ("y = 5 + 7 = 12.", 'm')]);
        Drawn { seed: at as u64, tokens, steps, answer: Some(answer.to_owned()), ended: true, along: Vec::new() }
    };
    Voting {
        prompt: format!("Question: {question}\nReasoning:"),
        expected: Some("14".into()),
        chains: each.map(drawn).collect(),
        ..Voting::begun(recipe.clone(), recipe, ModelRef::default())
    }
    .counted()
}

/// 32 problems of which so many are right without the chain and with it, and what became of so many that were changed.
pub fn courtroom(test: Evidence, [without, with]: [usize; 2], fates: [usize; 4]) -> Hearing {
    let ask = Courtroom { test, ..Courtroom::default() };
    let recipe = Recipe::without_text("", Ask::Courtroom(ask));
    let n: usize = fates.iter().sum();
    let [follows, repairs, ignores, other] = fates.map(|count| Count::of(count, n));
    Hearing {
        resolved: recipe.clone(),
        recipe,
        model: ModelRef::default(),
        input: Input::default(),
        n,
        with: Count::of(with, 32),
        without: Count::of(without, 32),
        problems: 32,
        follows,
        repairs,
        ignores,
        other,
        kept: Vec::new(),
        same: Vec::new(),
        aoc: None,
        moved: None,
        mentions: None,
        trials: Vec::new(),
        checks: Vec::new(),
        diagnostics: Vec::new(),
    }
}

/// What is read of a Llama of 30 blocks.
pub fn llama() -> Inspection {
    let shape = Shape {
        n_layers: 30,
        n_heads: 9,
        n_key_value_heads: 3,
        d_model: 576,
        d_head: 64,
        d_mlp: 1536,
        d_vocab: 49_152,
        context: 8192,
    };
    let block = Block {
        d_embed: 576,
        positions: Positions::Rotary,
        norms: Norms::Before,
        root_mean_square: true,
        parallel: false,
        gated: true,
        activation: "silu".to_owned(),
        shared: false,
        window: None,
    };
    let held = Parts { embedding: 28_311_552, attention: 26_542_080, mlp: 79_626_240, norms: 35_136, output: 0 };
    Inspection {
        architecture: Some("llama".to_owned()),
        parameters: held.total(),
        shape: Some(shape),
        block: Some(block),
        parameters_by_part: Some(held),
        formats: BTreeMap::from([("F32".to_owned(), 35_136), ("Q8_0".to_owned(), 134_479_872)]),
        ..Inspection::default()
    }
}
