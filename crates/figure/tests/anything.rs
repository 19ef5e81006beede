//! Figures of findings that nobody would ask for: any text, any numbers, any width.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_figure::drawing::{Drawing, Form, Step};
use vitrine_figure::svg::svg;
use vitrine_figure::table::csv;
use vitrine_figure::{at, drawings, patching, river, stream};
use vitrine_schema::inside::{AttentionMaps, HeadScores, Walk};
use vitrine_schema::patching::Path as PatchPath;
use vitrine_schema::probing::{LayerProbe, OverSeeds};
use vitrine_schema::reasoning::{Before, ChainStep, Count, Drawn, StepCheck, StepSource, Trial};
use vitrine_schema::recipe::{Chain, Courtroom, Vote};
use vitrine_schema::trail::{Moment, Trail};
use vitrine_schema::{
    Absence, Agreement, Aligned, Ask, Chaining, Comparison, Curves, Evidence, Explanation, Finding, Grid, Hearing,
    Matrix, Other, PatchSite, Patching, Path as Way, Prediction, Probing, Receipt, Token, Trust, TrustId, Voting,
};

fn stored(name: &str) -> Finding {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/reference").join(name);
    Finding::from_json(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Tokens one after the other; the first is special, every third continues the one before.
fn input(words: &[String]) -> vitrine_schema::Input {
    let mut text = String::new();
    let mut tokens = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let start = text.len();
        text.push_str(word);
        let (special, continues) = (i == 0, i % 3 == 2);
        tokens.push(Token { id: 0, text: word.clone(), start, end: text.len(), special, continues });
    }
    vitrine_schema::Input { text, tokens }
}

fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "[a-z]{1,12}",
        1 => "\\PC{0,40}",
        1 => any::<String>(),
        1 => Just("w".repeat(300)),
        1 => Just("\u{202e}שלום \u{0}]]><b>&amp;\"'".to_owned()),
    ]
}

fn score() -> impl Strategy<Value = f32> {
    prop_oneof![6 => -5.0f32..5.0, 1 => Just(0.0), 1 => any::<f32>(), 1 => -1e9f32..1e9]
}

/// What no drawing may have: a place that is no number, small letters, a text or a shape outside.
fn check(drawing: &Drawing) -> Result<(), TestCaseError> {
    let (width, height) = (drawing.width, drawing.height);
    prop_assert!(width.is_finite() && height.is_finite() && (0.0..100_000.0).contains(&height), "{width} × {height}");
    let inside = |x: f32, y: f32| (-1.5..=width + 1.5).contains(&x) && (-1.5..=height + 1.5).contains(&y);
    for shape in drawing.groups().flat_map(|group| &group.shapes) {
        match &shape.form {
            Form::Text(text) => {
                let (from, to) = text.span();
                prop_assert!(text.letters.size >= 12.0);
                prop_assert!(inside(from, text.y) && inside(to, text.y), "{text:?} spans {from} to {to} of {width}");
            }
            Form::Rect { area, .. } => {
                prop_assert!(inside(area.x, area.y) && inside(area.x + area.width, area.y + area.height), "{area:?}");
            }
            Form::Circle { x, y, .. } => prop_assert!(inside(*x, *y), "{shape:?}"),
            Form::Path(steps) => {
                for step in steps {
                    if let Step::Move(x, y) | Step::Line(x, y) | Step::Cubic([.., x, y]) = step {
                        prop_assert!(inside(*x, *y), "{step:?} of {width} × {height}");
                    }
                }
            }
        }
    }
    Ok(())
}

/// Tags nest, attributes are quoted, and nothing stands there that XML forbids.
fn check_xml(file: &str) -> Result<(), TestCaseError> {
    let forbidden =
        |c: char| matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    prop_assert!(!file.contains(forbidden));
    prop_assert!(!file.contains("NaN") && !file.contains("inf\""));
    let mut open = Vec::new();
    let mut rest = file;
    while let Some((before, after)) = rest.split_once('<') {
        prop_assert!(!before.contains('>'), "{before:?}");
        let (tag, after) = after.split_once('>').unwrap();
        prop_assert!(tag.matches('"').count().is_multiple_of(2), "{tag:?}");
        match (tag.strip_prefix('/'), tag.ends_with('/')) {
            (Some(name), _) => prop_assert_eq!(open.pop(), Some(name)),
            (None, true) => {}
            (None, false) => open.push(tag.split(' ').next().unwrap()),
        }
        rest = after;
    }
    prop_assert!(open.is_empty(), "{open:?}");
    for entity in file.split('&').skip(1) {
        prop_assert!(
            ["amp;", "lt;", "gt;", "quot;"].iter().any(|known| entity.starts_with(known)),
            "&{}",
            &entity[..4]
        );
    }
    Ok(())
}

fn check_all(finding: &Finding, width: f32) -> Result<(), TestCaseError> {
    for figure in drawings(finding, width) {
        check(&figure.drawing)?;
        for position in [0.0, 0.37] {
            let moving = at(finding, figure.name, position, width).unwrap();
            check(&moving)?;
            let size = |drawing: &Drawing| (drawing.width, drawing.height);
            prop_assert_eq!(size(&moving), size(&figure.drawing), "{} at {}", figure.name, position);
        }
        for theme in [Theme::Light, Theme::Dark] {
            check_xml(&svg(&figure.drawing, theme, &figure.told.says))?;
        }
        prop_assert!(csv(&figure.told.table).ends_with("\r\n"));
    }
    Ok(())
}

fn explanation() -> Explanation {
    stored("integrated-gradients.json").try_into().unwrap()
}

fn steps() -> impl Strategy<Value = Vec<ChainStep>> {
    let check = prop::sample::select(vec![None, Some(StepCheck::Right), Some(StepCheck::Wrong)]);
    let step = (word(), prop::sample::select(StepSource::ALL), check);
    prop::collection::vec(step.prop_map(|(text, source, check)| ChainStep { text, source, check }), 0..9)
}

/// A receipt whose curves are as long as they like.
fn receipt(scores: &[f32], value: f32) -> Receipt {
    let curve: Vec<f32> = [value].into_iter().chain(scores.iter().skip(1).copied()).collect();
    let curves = Curves { random: vec![scores.to_vec(); 2], curve, answers: Vec::new(), reverse: Vec::new() };
    Receipt {
        removed_by: Absence::Mask,
        removal: scores.to_vec(),
        deletion: curves.clone(),
        insertion: curves,
        comprehensiveness: Vec::new(),
        sufficiency: Vec::new(),
        kendall_tau_loo: None,
        baseline_spread: BTreeMap::new(),
        baseline_values: BTreeMap::new(),
        stability: None,
        figures: None,
        verdict: Trust { id: TrustId::Weak, sentence: None },
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn an_explanation_of_anything_can_be_drawn(
        words in prop::collection::vec((word(), score()), 0..30),
        (value, baseline_value) in (score(), score()),
        steps in prop::collection::vec((0.01f32..1.0, score()), 0..6),
        width in 280.0f32..2000.0,
    ) {
        let (texts, scores): (Vec<String>, Vec<f32>) = words.into_iter().unzip();
        let n = steps.len().max(1) as f32;
        let path = Way {
            alphas: (0..steps.len()).map(|i| (i as f32 + 0.5) / n).collect(),
            weights: steps.iter().map(|_| 1.0 / n).collect(),
            values: steps.iter().map(|(_, value)| *value).collect(),
            contributions: steps.iter().map(|(share, _)| scores.iter().map(|score| score * share).collect()).collect(),
        };
        let receipt = Some(Box::new(receipt(&scores, value)));
        let moment = |(number, (share, value)): (usize, &(f32, f32))| Moment {
            number,
            absent: vec![number, 99],
            value: Some(*value),
            scores: scores.iter().map(|score| score * share).collect(),
            level: (number % 2 == 0).then_some(*value),
            together: vec![vec![number, number + 1]],
        };
        let trail = Some(Trail { moments: steps.iter().enumerate().map(moment).collect(), total: steps.len() });
        let n_tokens = texts.len();
        let cells = (0..n_tokens).map(|column| scores.get(column).copied()).collect::<Vec<_>>();
        let rows: Vec<usize> = (n_tokens / 2..n_tokens).collect();
        let matrix = Matrix { values: vec![cells; rows.len()], columns: (0..n_tokens).collect(), rows };
        let found = Explanation { input: input(&texts), scores, value, baseline_value, path: Some(path), trail, receipt, ..explanation() };
        check_all(&Finding::Explanation(found.clone().into()), width)?;
        check_all(&Finding::Explanation(Explanation { matrix: Some(matrix), ..found.clone() }.into()), width)?;
        let mut other = found.clone();
        other.scores.iter_mut().for_each(|score| *score = -*score);
        let (recipe, model, input) = (found.recipe.clone(), found.model.clone(), found.input.clone());
        let comparison = Comparison {
            resolved: recipe.clone(),
            recipe,
            model,
            input,
            // As many as there are methods.
            explanations: vec![[found.clone(), other.clone()]; 6].concat(),
            agreement: Agreement { methods: Vec::new(), kendall_tau: vec![vec![Some(1.0), Some(0.5)], vec![None]] },
            disputed: vec![0, 5, 99],
            other: (width > 900.0).then(|| Other {
                input: other.input.clone(),
                explanations: vec![other],
                alignment: vec![[0, 1], [2, 2], [99, 3], [3, 0]],
            }),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        check_all(&Finding::Comparison(comparison.into()), width)?;
    }

    #[test]
    fn the_maps_of_anything_can_be_drawn(
        words in prop::collection::vec(word(), 0..40),
        weights in prop::collection::vec(prop_oneof![4 => 0.0f32..1.0, 1 => Just(0.0), 1 => any::<f32>()], 64),
        width in 280.0f32..2000.0,
    ) {
        let n = words.len();
        let patterns = weights.iter().copied().cycle().take(2 * n * n).collect();
        let base: AttentionMaps = stored("attention.json").try_into().unwrap();
        let found = AttentionMaps {
            input: input(&words),
            n_layers: 1,
            n_heads: 2,
            patterns: Grid::new([1, 2, n, n], patterns),
            heads: vec![HeadScores::default(); 2],
            rollout: vec![0.0; n],
            ..base
        };
        check_all(&Finding::Attention(found.into()), width)?;
    }

    #[test]
    fn the_stream_of_anything_can_be_drawn(
        words in prop::collection::vec(word(), 1..60),
        numbers in prop::collection::vec(score(), 64),
        (n_layers, rank, post_norm) in (0usize..40, 1usize..200_000, any::<bool>()),
        width in 280.0f32..2000.0,
    ) {
        let n = words.len();
        let base: Walk = stored("stream.json").try_into().unwrap();
        let mut layer = base.layers[0].clone();
        let some = |n: usize| numbers.iter().copied().cycle().take(n).collect::<Vec<f32>>();
        (layer.resid_norm, layer.attn_norm, layer.mlp_norm) = (some(n), some(n), some(n));
        (layer.carried, layer.head_effect) = (Grid::new([n, n], some(n * n)), Grid::new([2, n], some(2 * n)));
        layer.mlp_effect = numbers[0];
        let mut reading = base.lens[0].clone();
        reading.watched_rank = rank;
        reading.top[0].token = Some(words[0].clone());
        reading.top[0].probability = Some(numbers[1]);
        let found = Walk {
            input: input(&words),
            position: n - 1,
            n_heads: 2,
            post_norm,
            nonlinear_head: rank % 2 == 0,
            layers: vec![layer; n_layers],
            lens: vec![reading; n_layers + 1],
            ..base
        };
        for climbed in [0.0, 0.37] {
            check(&stream::drawing(&found, stream::Width::Effect, width, climbed))?;
        }
        check_all(&Finding::Stream(found.into()), width)?;
    }

    #[test]
    fn a_map_of_anything_that_was_copied_can_be_drawn(
        words in prop::collection::vec(word(), 1..60),
        metrics in prop::collection::vec(prop_oneof![8 => score().prop_map(Some), 1 => Just(None)], 64),
        (n_layers, n_heads, first, of_heads) in (0usize..40, 1usize..20, 0usize..60, any::<bool>()),
        (value, baseline_value, causal, approximate) in (score(), score(), any::<bool>(), any::<bool>()),
        align in prop::collection::vec((0usize..60, 0usize..60), 0..8),
        width in 280.0f32..2000.0,
    ) {
        let base: Patching = stored("patch.json").try_into().unwrap();
        let n_columns = if of_heads { n_heads } else { words.len() };
        let cells: Vec<Option<f32>> = metrics.iter().copied().cycle().take(n_layers * n_columns).collect();
        let matrix = Matrix {
            rows: (0..n_layers).collect(),
            columns: (0..n_columns).collect(),
            values: cells.chunks(n_columns).map(<[Option<f32>]>::to_vec).collect(),
        };
        let mut found = Patching { input: input(&words), matrix, first_difference: first, value, baseline_value, causal, approximate, ..base };
        if let Ask::Patch(patch) = &mut found.resolved.ask {
            patch.site = if of_heads { PatchSite::Head } else { patch.site };
            patch.align = align.into_iter().map(|(clean, corrupt)| Aligned { clean, corrupt }).collect();
        }
        found.heads = vec![HeadScores { induction: 0.9, ..HeadScores::default() }; n_layers * n_columns];
        let cells: Vec<_> = found.largest(6).into_iter().map(|(cell, _)| cell).collect();
        found.paths = found.pairs(&cells).into_iter().map(|[from, to]| PatchPath { from, to, metric: value }).collect();
        let exact = Patching { approximate: false, ..found.clone() };
        check(&patching::drawing(&found, Some(&exact), width))?;
        check_all(&Finding::Patching(found.into()), width)?;
    }

    #[test]
    fn probes_of_anything_can_be_drawn(
        layers in prop::collection::vec((score(), score()), 0..60),
        (labels, majority) in (prop::collection::vec(word(), 0..12), score()),
        width in 280.0f32..2000.0,
    ) {
        let base: Patching = stored("patch.json").try_into().unwrap();
        let layer = |(accuracy, control): (f32, f32)| {
            let (interval, selectivity) = ([control, accuracy], accuracy - control);
            let over = Some(OverSeeds { seeds: 5, mean: accuracy, interval });
            LayerProbe { accuracy, control, majority, interval, selectivity, over }
        };
        let found = Probing {
            resolved: base.recipe.clone(),
            recipe: base.recipe,
            model: base.model,
            input: base.input,
            labels,
            layers: layers.into_iter().map(layer).collect(),
            n: 9,
            held_out: 3,
            used: None,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        check_all(&Finding::Probing(found.into()), width)?;
    }

    #[test]
    fn a_chain_of_anything_can_be_drawn(
        (question, steps, before) in (word(), steps(), prop::option::of((steps(), prop::option::of(word()), prop::collection::vec(score(), 0..9)))),
        (answer, expected) in (prop::option::of(word()), prop::option::of(word())),
        along in prop::collection::vec(score(), 0..9),
        width in 280.0f32..2000.0,
    ) {
        let base: Patching = stored("patch.json").try_into().unwrap();
        let mut resolved = base.resolved;
        resolved.ask = Ask::Chain(Chain { question, ..Chain::default() });
        let before = before.map(|(steps, answer, along)| Before { steps, answer, along_changed: along.clone(), along });
        let found = Chaining {
            recipe: base.recipe,
            resolved,
            model: base.model,
            input: base.input,
            prompt: String::new(),
            steps,
            correct: answer.as_ref().zip(expected.as_ref()).map(|(answer, expected)| answer == expected),
            answer,
            expected,
            along,
            before,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        check_all(&Finding::Chaining(found.into()), width)?;
    }

    #[test]
    fn a_vote_of_anything_can_be_drawn(
        chains in prop::collection::vec((steps(), prop::option::of(word()), any::<bool>()), 0..60),
        question in word(),
        width in 280.0f32..2000.0,
    ) {
        let base: Patching = stored("patch.json").try_into().unwrap();
        let mut resolved = base.resolved;
        resolved.ask = Ask::Vote(Vote { question, ..Vote::default() });
        let drawn = |(steps, answer, ended): (Vec<ChainStep>, Option<String>, bool)| {
            Drawn { seed: 0, tokens: Vec::new(), steps, answer: answer.filter(|_| ended), ended, along: Vec::new() }
        };
        let found = Voting {
            input: base.input,
            chains: chains.into_iter().map(drawn).collect(),
            ..Voting::begun(base.recipe, resolved, base.model)
        };
        check_all(&Finding::Voting(found.counted().into()), width)?;
    }

    #[test]
    fn a_courtroom_of_anything_can_be_drawn(
        test in prop::sample::select(Evidence::ALL),
        counts in prop::array::uniform6(0usize..40),
        curve in prop::collection::vec(score(), 0..9),
        width in 280.0f32..2000.0,
    ) {
        let base: Patching = stored("patch.json").try_into().unwrap();
        let mut resolved = base.resolved;
        resolved.ask = Ask::Courtroom(Courtroom { test, ..Courtroom::default() });
        let [with, without, follows, repairs, ignores, other] = counts.map(|count| Count::of(count, 40));
        let found = Hearing {
            recipe: base.recipe,
            resolved,
            model: base.model,
            input: base.input,
            n: counts[2] + counts[3] + counts[4] + counts[5],
            with,
            without,
            problems: 40,
            follows,
            repairs,
            ignores,
            other,
            kept: curve.clone(),
            same: curve.clone(),
            aoc: curve.first().copied(),
            moved: None,
            mentions: Some(other),
            trials: vec![Trial::default()],
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        check_all(&Finding::Hearing(found.into()), width)?;
    }

    #[test]
    fn any_answers_can_be_drawn(
        answers in prop::collection::vec((word(), prop::option::of(score()), score()), 0..30),
        width in 280.0f32..2000.0,
    ) {
        let mut found: Prediction = stored("prediction.json").try_into().unwrap();
        let first = found.top[0].clone();
        found.top = answers
            .into_iter()
            .map(|(token, probability, logit)| vitrine_schema::Ranked { token: Some(token), probability, logit, ..first.clone() })
            .collect();
        check_all(&Finding::Prediction(found.into()), width)?;
    }

    #[test]
    fn only_what_moves_changes_between_frames(a in 0.0f32..0.99, b in 0.0f32..0.99) {
        let found = explanation();
        let marks = vitrine_words::marks::marks(&found, vitrine_words::Grouping::Words);
        let [a, b] = [a, b].map(|alpha| river::drawing(&found, &marks, 800.0, alpha).unwrap());
        check(&a)?;
        let groups = |drawing: &Drawing| drawing.layers[..2].iter().map(|layer| layer.groups.clone()).collect::<Vec<_>>();
        prop_assert_eq!(groups(&a), groups(&b), "grid and bands stay");
        let walk: Walk = stored("stream-deep.json").try_into().unwrap();
        let [low, high] = [0.2, 0.8].map(|climbed| stream::drawing(&walk, stream::Width::Effect, 800.0, climbed));
        prop_assert_eq!(groups(&low), groups(&high));
    }
}
