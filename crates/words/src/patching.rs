//! What was copied between two runs, in words. The story of a map is told by the rule of [`Story`].

mod alignment;
mod joined;

use vitrine_schema::inside::HeadScores;
use vitrine_schema::patching::{Mover, Route, Story};
use vitrine_schema::recipe::Patch;
use vitrine_schema::summary::Carried;
use vitrine_schema::{Cell, Check, CheckId, Direction, Input, PatchSite, Patching, Ranked, Target, Verdict};

use crate::answer::{name, number, scalar};
use crate::number::{percent, signed};
use crate::phrase::{Segment, Tone, flat, plain_text, quoted};
use crate::token::labels;

pub use alignment::{Slot, aligned, apart, partner, slots};
pub use joined::{joined, path};

/// By how much an estimate may be off before it is counted.
const OFF: f32 = 0.1;

/// What the model says of A, and of B, with how sure it is.
#[must_use]
pub fn says(found: &Patching) -> Option<[String; 2]> {
    let said = |answers: &Vec<Ranked>| {
        let first = answers.first()?;
        let name = name(first);
        Some(if name.is_empty() { number(first) } else { format!("{}, {}", quoted(&name), number(first)) })
    };
    let [a, b] = found.answers.as_ref()?;
    Some([said(a)?, said(b)?])
}

/// What the map says, in a sentence.
#[must_use]
pub fn claim(found: &Patching) -> Vec<Segment> {
    claim_of(&Carried::from(found), &found.asked().cloned().unwrap_or_default(), &found.input)
}

/// The same in one piece, as the figure is called for those who do not see it.
#[must_use]
pub fn said(found: &Patching) -> String {
    flat(&claim(found))
}

/// The same by the summary of a link, of its question and of the first text.
#[must_use]
pub fn claim_of(carried: &Carried, patch: &Patch, input: &Input) -> Vec<Segment> {
    let places = Places { site: patch.site, causal: carried.causal, n_columns: carried.n_columns, input };
    let mut segments = match carried.story {
        Story::Nothing => vec![plain_text("Copying it changes nothing.")],
        Story::Cells => vec![plain_text(&strongest(carried, places))],
        Story::Along(route) => along(carried, route, places, patch.direction),
        Story::Spread { places, single } => {
            let (of, share) = (if places == 1 { "place" } else { "places" }, 100.0 * single);
            let said =
                format!("The difference spreads over {places} {of}; no single route carries more than {share:.0} %.");
            vec![plain_text(&said)]
        }
    };
    if let Some(first) = segments.first_mut().filter(|_| carried.approximate) {
        let mut letters = first.text.chars();
        let small: String = letters.next().map(char::to_lowercase).into_iter().flatten().collect();
        first.text = format!("By estimate: {small}{}", letters.as_str());
    }
    segments
}

/// The metric of both runs, by the summary of a link.
#[must_use]
pub fn ends(carried: &Carried) -> String {
    let [a, b] = carried.ends.map(signed);
    format!("The {} is {a} in run A and {b} in run B.", scalar(&carried.target, carried.problem_type))
}

fn along(
    carried: &Carried,
    Route { from, through, by_way, to, arrived }: Route,
    places: Places<'_>,
    direction: Direction,
) -> Vec<Segment> {
    let (token, tone) = read_out(&carried.target, carried.ends, direction);
    let (start, end) = (places.place(from), places.place(to));
    let between = by_way.map_or_else(String::new, |column| format!(" by way of the {}", places.place(column)));
    let way = if from == to && by_way.is_none() {
        format!("The difference stays at the {start} through every layer, and is read out there as ")
    } else if from == to {
        format!(
            "The difference waits at the {start} through layer {through}, comes back{between} by layer {arrived}, and is read out there as "
        )
    } else if through >= arrived {
        format!(
            "The difference is at the {start} through layer {through}, from layer {arrived} on at the {end} as well, and is read out there as "
        )
    } else {
        let crosses = match (through + 1, arrived) {
            (first, last) if first == last => format!("at layer {last}"),
            (first, last) => format!("over layers {first} to {last}"),
        };
        format!(
            "The difference waits at the {start} through layer {through}, crosses{between} to the {end} {crosses}, and is read out there as "
        )
    };
    vec![plain_text(&way), Segment { text: quoted(&token), tone }, plain_text(".")]
}

/// The answer of the run that is copied from, in the tone of that run.
fn read_out(target: &Target, [of_a, of_b]: [f32; 2], direction: Direction) -> (String, Tone) {
    let foil = target.foil.as_ref().map_or_else(|| target.label.clone(), |foil| foil.label.clone());
    let target = target.label.clone();
    let (of_a, of_b) = if of_a >= of_b { (target, foil) } else { (foil, target) };
    match direction {
        Direction::Denoise => (of_a, Tone::Positive),
        Direction::Noise => (of_b, Tone::Negative),
    }
}

/// The cells that go furthest, in words.
fn strongest(carried: &Carried, places: Places<'_>) -> String {
    let cells = &carried.largest;
    let Some((first, share)) = cells.first().copied() else { return "No cell was run yet.".to_owned() };
    let of_way = |share: f32| format!("{} of the way", signed(share));
    let more: Vec<String> =
        cells.iter().skip(1).map(|(cell, share)| format!("{} {}", places.called(*cell), signed(*share))).collect();
    let next = if more.is_empty() { String::new() } else { format!("; next {}", more.join(", ")) };
    format!("{} goes furthest: {}{next}.", capital(&places.called(first)), of_way(share))
}

/// What the places of a map are called by.
#[derive(Clone, Copy)]
struct Places<'a> {
    site: PatchSite,
    causal: bool,
    n_columns: usize,
    input: &'a Input,
}

impl<'a> Places<'a> {
    fn of(found: &'a Patching) -> Self {
        let (site, n_columns) = (found.site(), found.matrix.columns.len());
        Self { site, causal: found.causal, n_columns, input: &found.input }
    }

    /// What a column is, after "the".
    fn place(self, column: usize) -> String {
        match self.site {
            PatchSite::K | PatchSite::V => format!("key/value head {column}"),
            site if site.of_heads() => format!("head {column}"),
            _ if self.causal && column + 1 == self.n_columns => "last word".to_owned(),
            _ => word(self.input, column),
        }
    }

    /// A cell inside a sentence.
    fn called(self, Cell { layer, column }: Cell) -> String {
        match self.site {
            PatchSite::Head => format!("head L{layer}H{column}"),
            PatchSite::Q => format!("the queries of L{layer}H{column}"),
            PatchSite::Pattern => format!("the weights of L{layer}H{column}"),
            PatchSite::K => format!("the keys of key/value head {column} of layer {layer}"),
            PatchSite::V => format!("the values of key/value head {column} of layer {layer}"),
            PatchSite::ResidPre => format!("layer {layer}, {}", self.place(column)),
            PatchSite::AttnOut => format!("attention of layer {layer} at the {}", self.place(column)),
            PatchSite::MlpOut => format!("the MLP of layer {layer} at the {}", self.place(column)),
        }
    }
}

/// A cell inside a sentence.
#[must_use]
pub fn called(found: &Patching, cell: Cell) -> String {
    Places::of(found).called(cell)
}

/// What a column is, after "the": a word of the first text, or a head.
#[must_use]
pub fn place(found: &Patching, column: usize) -> String {
    Places::of(found).place(column)
}

/// A word of a text, after "the".
fn word(input: &Input, column: usize) -> String {
    let word = word_of(input, column);
    if word.starts_with('“') { format!("word {word}") } else { word }
}

/// A word of a text; of one that stands there several times, which of them.
fn word_of(input: &Input, column: usize) -> String {
    let labels = labels(input);
    let Some(label) = labels.get(column) else { return String::new() };
    let places: Vec<usize> = (0..labels.len()).filter(|&at| labels.get(at) == Some(label)).collect();
    let nth = places.iter().position(|&at| at == column).unwrap_or(0);
    match places.len() {
        0 | 1 => quoted(label),
        _ => format!("{} {}", ordinal(nth), quoted(label)),
    }
}

fn ordinal(nth: usize) -> String {
    const WORDS: [&str; 5] = ["first", "second", "third", "fourth", "fifth"];
    WORDS.get(nth).map_or_else(|| format!("{}th", nth + 1), |word| (*word).to_owned())
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().to_string() + letters.as_str())
}

/// The names of the runs: from which into which.
#[must_use]
pub const fn copied_from(direction: Direction) -> &'static str {
    match direction {
        Direction::Denoise => "Copied from A into B",
        Direction::Noise => "Copied from B into A",
    }
}

/// What one cell did.
#[must_use]
pub fn cell(found: &Patching, cell: Cell) -> String {
    let start = format!("{}.", capital(&Places::of(found).called(cell)));
    if found.is_before(cell.column) {
        return format!(
            "{start} Both texts are the same up to here, and the model cannot look ahead: exactly 0, nothing to run."
        );
    }
    if found.is_apart(cell.column) {
        return format!("{start} No token of B belongs to it, so it is not copied.");
    }
    let Some(share) = found.cell(cell.layer, cell.column) else { return format!("{start} Not run yet.") };
    if share.abs() < Patching::NO_CHANGE {
        return format!("{start} Copying it changes nothing.");
    }
    let copied = found.copied.as_ref().filter(|copied| copied.cell == cell);
    let from_into = copied_from(found.direction());
    if let Some((before, after)) = copied.and_then(|copied| Some((top(&copied.before)?, top(&copied.after)?))) {
        if before.id == after.id {
            let (said, from, to) = (quoted(&name(before)), number(before), number(after));
            return format!("{start} {from_into}, the answer stays {said}, from {from} to {to}.");
        }
        let (before, after) = (quoted(&name(before)), quoted(&name(after)));
        return format!("{start} {from_into}, the answer goes from {before} to {after}.");
    }
    let by = if found.approximate { "by estimate " } else { "" };
    let scalar = scalar(&found.target, found.problem_type);
    format!("{start} {from_into}, the {scalar} {by}goes {} % of the way.", hundredths(share))
}

/// The likeliest of some answers.
fn top(answers: &[Ranked]) -> Option<&Ranked> {
    answers.iter().reduce(|most, next| if next.logit > most.logit { next } else { most })
}

/// The metric without and with a cell, and what an estimate had said.
#[must_use]
pub fn way(found: &Patching, cell: Cell, estimate: Option<&Patching>) -> Option<String> {
    let share = found.cell(cell.layer, cell.column)?;
    let metric = found.matrix.values.get(cell.layer)?.get(cell.column).copied().flatten()?;
    let guess = estimate.and_then(|estimate| estimate.cell(cell.layer, cell.column));
    let guess = guess.map_or_else(String::new, |guess| format!(" The approximation had said {} %.", hundredths(guess)));
    let (before, after) = (signed(found.receiver()), signed(metric));
    Some(format!("Difference {before} before, {after} after: {} % of the way.{guess}", hundredths(share)))
}

/// A share as a whole number of hundredths; what rounds to 0 has no sign.
fn hundredths(share: f32) -> String {
    let whole = (100.0 * share).round();
    if whole < 0.0 { format!("−{:.0}", -whole) } else { format!("{:.0}", whole.abs()) }
}

/// What a colour means, in full, and where there is no room for that in short.
#[must_use]
pub fn scale(found: &Patching) -> [String; 2] {
    let (mut of_a, mut of_b) = (found.target.label.clone(), String::new());
    if let Some(foil) = &found.target.foil {
        of_b.clone_from(&foil.label);
    }
    if found.value < found.baseline_value {
        std::mem::swap(&mut of_a, &mut of_b);
    }
    let (what, ends) = match (found.direction(), of_a.is_empty() || of_b.is_empty()) {
        (Direction::Denoise, true) => ("share of the way from B to A", "0 = as B, 1 = as A".to_owned()),
        (Direction::Noise, true) => ("share of the way from A to B", "0 = as A, 1 = as B".to_owned()),
        (Direction::Denoise, false) => {
            let ends = format!("0 = still {}, 1 = {} again", quoted(&of_b), quoted(&of_a));
            ("share of answer A that comes back in run B", ends)
        }
        (Direction::Noise, false) => {
            let ends = format!("0 = still {}, 1 = {} instead", quoted(&of_a), quoted(&of_b));
            ("share of answer A that run A loses", ends)
        }
    };
    [format!("{what}: {ends}"), ends]
}

/// What it means that cells lie beyond both ends of the scale, where some do by more than a twentieth.
#[must_use]
pub fn outside(found: &Patching) -> Option<String> {
    let beyond = |end: fn(f32) -> bool| {
        let shares = found.cells().filter_map(|Cell { layer, column }| found.cell(layer, column));
        shares.filter(|share| end(*share)).count()
    };
    let (below, above) = (beyond(|share| share < -0.05), beyond(|share| share > 1.05));
    let cells = |n: usize| if n == 1 { "1 cell".to_owned() } else { format!("{n} cells") };
    let below = (below > 0).then(|| format!("below 0: {}, copying which moves the answer the other way", cells(below)));
    let above =
        (above > 0).then(|| format!("above 1: {}, copying which moves it further than the other run is", cells(above)));
    let said: Vec<String> = below.into_iter().chain(above).collect();
    (!said.is_empty()).then(|| format!("{}.", capital(&said.join("; "))))
}

/// What the checks say, each with how it came out and its number.
#[must_use]
pub fn checks(found: &Patching) -> Vec<(Verdict, String, String)> {
    let check = |id: CheckId| found.checks.iter().find(|check| check.id == id);
    let mut lines = Vec::new();
    if let Some(Check { gap, verdict, .. }) = check(CheckId::PatchSelf).cloned() {
        let number = if gap == 0.0 { "0".to_owned() } else { format!("{gap:.0e}") };
        lines.push((verdict, "a run patched with itself changes nothing".to_owned(), number));
    }
    if let Some(Check { gap, verdict, .. }) = check(CheckId::PatchAll).cloned() {
        let (source, other) = match found.direction() {
            Direction::Denoise => (found.value, "A"),
            Direction::Noise => (found.baseline_value, "B"),
        };
        let share = format!("{:.3}", found.share(source + gap));
        let said = match verdict {
            // What has no partner is not copied.
            Verdict::NotPromised => "everything that is aligned, copied together".to_owned(),
            _ => format!("everything copied gives answer {other}"),
        };
        lines.push((verdict, said, share));
    }
    // Runs that are nearer to each other are refused.
    let difference = (found.value - found.baseline_value).abs();
    lines.push((Verdict::Pass, "the two answers differ enough".to_owned(), format!("{difference:.2}")));
    lines
}

/// How well an estimate agrees with the cells that were run, and how many of them it misses.
#[must_use]
pub fn agreement(estimate: &Patching, exact: &Patching) -> Option<String> {
    let cells = exact.largest(usize::MAX).into_iter().filter(|(cell, _)| !exact.is_before(cell.column));
    let both: Vec<(f64, f64)> = cells
        .filter_map(|(cell, share)| Some((f64::from(estimate.cell(cell.layer, cell.column)?), f64::from(share))))
        .collect();
    let correlation = correlation(&both)?;
    let off = off(estimate, exact).count();
    let (n, differ) = (both.len(), if off == 1 { "differs" } else { "differ" });
    Some(format!("Where both are known they correlate at {correlation:.2}; {off} of {n} {differ} by more than {OFF}."))
}

/// The cells that were run of which the estimate misses more than that.
pub fn off(estimate: &Patching, exact: &Patching) -> impl Iterator<Item = Cell> {
    exact.cells().filter(move |cell| {
        let [about, run] = [estimate, exact].map(|found| found.cell(cell.layer, cell.column));
        about.zip(run).is_some_and(|(about, run)| (about - run).abs() > OFF)
    })
}

/// Pearson's correlation; `None` where one side is constant.
fn correlation(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let (mean_a, mean_b) =
        (pairs.iter().map(|pair| pair.0).sum::<f64>() / n, pairs.iter().map(|pair| pair.1).sum::<f64>() / n);
    let sum = |of: &dyn Fn(f64, f64) -> f64| pairs.iter().map(|&(a, b)| of(a - mean_a, b - mean_b)).sum::<f64>();
    let size = (sum(&|a, _| a * a) * sum(&|_, b| b * b)).sqrt();
    (pairs.len() > 2 && size > 0.0).then(|| sum(&|a, b| a * b) / size)
}

/// Heads that read the name which A answers with, and move the answer to it or away from it, with the rule that names them.
#[must_use]
pub fn movers(found: &Patching) -> Option<String> {
    let n_heads = found.matrix.columns.len();
    let cells = (0..found.movers.len()).map(|at| Cell { layer: at / n_heads.max(1), column: at % n_heads.max(1) });
    let heads = |name: &str| {
        let heads = cells.clone().filter(|cell| mover(found, *cell) == Some(name));
        heads.map(|Cell { layer, column }| format!("L{layer}H{column}")).collect::<Vec<_>>().join(", ")
    };
    let list = |name: &str| Some(heads(name)).filter(|heads| !heads.is_empty());
    let to = list("name mover").map(|heads| format!("To the answer move it {heads}"));
    let away = list("negative mover").map(|heads| format!("away from it {heads}"));
    let said: Vec<String> = to.into_iter().chain(away).collect();
    let rule = format!(
        "name movers read {} in A from the last word, with {} of their attention or more, and what they carry from there moves the answer by {} of it or more",
        quoted(&found.target.label),
        percent(HeadScores::NAMED),
        percent(Mover::MOVED),
    );
    (!said.is_empty()).then(|| format!("{}; {rule}.", said.join(", ")))
}

fn mover(found: &Patching, Cell { layer, column }: Cell) -> Option<&'static str> {
    found.movers.get(layer * found.matrix.columns.len() + column)?.name(found.value)
}

/// What a head was measured to do, if that has a name: with the name that A answers with, or in any text.
#[must_use]
pub fn role(found: &Patching, cell: Cell) -> Option<&'static str> {
    if !matches!(found.site(), PatchSite::Head | PatchSite::Q | PatchSite::Pattern) {
        return None;
    }
    let Cell { layer, column } = cell;
    let scores = found.heads.get(layer * found.matrix.columns.len() + column);
    mover(found, cell).or_else(|| scores.and_then(HeadScores::name))
}

#[cfg(test)]
mod tests {
    use vitrine_schema::Ask;
    use vitrine_schema::patching::Copied;

    use super::*;
    use crate::example::patching;

    /// Layers from below, three words each, as shares.
    fn map(rows: &[[f32; 3]]) -> Patching {
        patching(rows)
    }

    #[test]
    fn what_lies_beyond_the_scale_is_explained() {
        assert_eq!(outside(&map(&[[0.0, 1.0, 0.0]])), None);
        assert_eq!(
            outside(&map(&[[0.0, 1.4, -0.2], [0.0, 1.2, 0.0]])).as_deref(),
            Some(
                "Below 0: 1 cell, copying which moves the answer the other way; above 1: 2 cells, copying which moves it further than the other run is."
            )
        );
    }

    #[test]
    fn movers_are_named_with_their_rule() {
        let ask = Ask::Patch(Patch { site: PatchSite::Head, ..Patch::default() });
        let mut found = map(&[[0.0, 1.0, 0.0], [0.0, 0.5, 0.5]]);
        found.resolved.ask = ask;
        assert_eq!(movers(&found), None);
        let mover = |attention, effect| Mover { attention, effect };
        let still = mover(0.1, 0.0);
        found.movers = vec![mover(0.7, 1.0), mover(0.7, -1.0), still, still, mover(0.5, 2.0), mover(0.7, 0.01)];
        let said = movers(&found).unwrap();
        assert!(
            said.starts_with("To the answer move it L0H0, L1H1, away from it L0H1; name movers read “Mary” in A"),
            "{said}"
        );
        let cell = |layer, column| role(&found, Cell { layer, column });
        assert_eq!([cell(0, 1), cell(1, 1), cell(1, 2)], [Some("negative mover"), Some("name mover"), None]);
    }

    #[test]
    fn a_single_route_is_told_by_its_layers() {
        let rows = [[0.0, 1.0, 0.0], [0.0, 0.95, 0.0], [0.0, 0.6, 0.3], [0.0, 0.1, 0.9], [0.0, 0.0, 0.95]];
        let found = map(&rows);
        assert_eq!(found.route(), Some(Route { from: 1, through: 1, by_way: None, to: 2, arrived: 3 }));
        assert_eq!(
            said(&found),
            "The difference waits at the second “John” through layer 1, crosses to the last word over layers 2 to 3, and is read out there as “Mary”."
        );
        let estimated = Patching { approximate: true, ..found.clone() };
        assert!(said(&estimated).starts_with("By estimate: the difference waits"), "{}", said(&estimated));
        let tones: Vec<Tone> = claim(&found).iter().map(|segment| segment.tone).collect();
        assert_eq!(tones, [Tone::Plain, Tone::Positive, Tone::Plain]);
        let check =
            |rows: &[[f32; 3]], start: &str| assert!(said(&map(rows)).starts_with(start), "{}", said(&map(rows)));
        check(&[[0.0, 0.0, 1.0], [0.0, 0.0, 1.0]], "The difference stays at the last word through every layer, and");
        check(
            &[[0.0, 0.0, 1.0], [0.0, 0.9, 0.2], [0.0, 0.1, 1.0]],
            "The difference waits at the last word through layer 0, comes back by way of the second “John” by layer 2, and",
        );
        check(
            &[[0.0, 1.0, 0.0], [0.0, 1.0, 0.95], [0.0, 0.95, 1.0]],
            "The difference is at the second “John” through layer 2, from layer 1 on at the last word as well, and",
        );
        check(
            &[[1.0, 0.0, 0.0], [0.2, 0.9, 0.1], [0.0, 0.1, 1.0]],
            "The difference waits at the first “John” through layer 0, crosses by way of the second “John” to the last word over layers 1 to 2, and",
        );
    }

    #[test]
    fn without_a_single_route_none_is_told() {
        let spread = map(&[[0.0, 1.0, 0.0], [0.2, 0.4, 0.3], [0.1, 0.3, 0.4]]);
        assert_eq!(spread.route(), None);
        assert_eq!(said(&spread), "The difference spreads over 3 places; no single route carries more than 40 %.");
        assert_eq!(said(&map(&[[0.0; 3]; 2])), "Copying it changes nothing.");
    }

    #[test]
    fn a_cell_says_what_was_copied_and_what_came_of_it() {
        let found = map(&[[0.0, 0.95, 0.0], [0.0, 0.0, 0.5]]);
        let at = |layer, column| Cell { layer, column };
        assert!(cell(&found, at(0, 0)).ends_with("exactly 0, nothing to run."));
        assert_eq!(cell(&found, at(0, 2)), "Layer 0, last word. Copying it changes nothing.");
        assert_eq!(
            cell(&found, at(0, 1)),
            "Layer 0, second “John”. Copied from A into B, the logit of “Mary” minus that of “John” goes 95 % of the way."
        );
        assert_eq!(
            way(&found, at(0, 1), None).as_deref(),
            Some("Difference −5.00 before, +4.50 after: 95 % of the way.")
        );
        assert_eq!([-0.004, 0.004, -0.126, 1.2].map(hundredths), ["0", "0", "−13", "120"]);
        let ranked = |id, token: &str, logit| Ranked {
            id,
            label: None,
            token: Some(token.to_owned()),
            probability: Some(0.5),
            logit,
        };
        let (before, after) = (vec![ranked(1, " Mary", 1.0), ranked(2, " John", 2.0)], vec![ranked(1, " Mary", 3.0)]);
        let copied = Some(Copied { cell: at(0, 1), before, after });
        assert_eq!(
            cell(&Patching { copied, ..found.clone() }, at(0, 1)),
            "Layer 0, second “John”. Copied from A into B, the answer goes from “John” to “Mary”."
        );
        let mut unknown = found;
        unknown.matrix.values[1][1] = None;
        assert_eq!(cell(&unknown, at(1, 1)), "Layer 1, second “John”. Not run yet.");
    }

    #[test]
    fn heads_are_named_by_their_place() {
        let mut found = map(&[[0.1, 0.46, -0.2]]);
        found.resolved.ask = Ask::Patch(Patch { site: PatchSite::Head, ..Patch::default() });
        assert_eq!(said(&found), "Head L0H1 goes furthest: +0.46 of the way; next head L0H2 −0.20, head L0H0 +0.10.");
    }

    #[test]
    fn checks_and_agreement_have_their_numbers() {
        let check = |id, gap| Check { id, gap, relative: 0.0, verdict: Verdict::Pass };
        let mut found = map(&[[0.0, 0.95, 0.0], [0.0, 0.3, 0.5]]);
        found.checks = vec![check(CheckId::PatchSelf, 0.0), check(CheckId::PatchAll, -0.01)];
        let numbers: Vec<String> = checks(&found).into_iter().map(|(_, _, number)| number).collect();
        assert_eq!(numbers, ["0", "0.999", "10.00"]);
        let estimate = map(&[[0.0, 0.8, 0.0], [0.0, 0.28, 0.45]]);
        let said = agreement(&estimate, &found).unwrap_or_default();
        assert!(said.starts_with("Where both are known they correlate at 1.00"), "{said}");
        assert!(said.ends_with("1 of 4 differs by more than 0.1."), "{said}");
        assert_eq!(agreement(&estimate, &map(&[[0.0; 3]; 2])), None);
        let [long, short] = scale(&found);
        assert_eq!(short, "0 = still “John”, 1 = “Mary” again");
        assert_eq!(long, format!("share of answer A that comes back in run B: {short}"));
    }
}
