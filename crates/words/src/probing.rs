//! What can be read off each layer, in words.

use vitrine_schema::probing::{LayerProbe, OverSeeds, Used};
use vitrine_schema::{Probing, Verdict};

use crate::number::{percent, signed};

/// The layer that is read best, and whether it is read at all: better than always saying the commonest label, beyond the
/// interval of chance, and better than shuffled labels.
#[must_use]
pub fn best(found: &Probing) -> Option<usize> {
    let layers = found.layers.iter().enumerate();
    let best = layers.reduce(|most, next| if next.1.accuracy > most.1.accuracy { next } else { most })?;
    let LayerProbe { interval: [low, _], majority, selectivity, .. } = *best.1;
    (low > majority && selectivity > 0.0).then_some(best.0)
}

/// Where the labels are easiest to read, and that being readable is not being used.
#[must_use]
pub fn claim(found: &Probing) -> String {
    let labels: Vec<String> = found.labels.iter().map(|label| format!("“{label}”")).collect();
    let labels = match &labels[..] {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        labels => labels.concat(),
    };
    let Some((layer, probe)) = best(found).and_then(|layer| Some((layer, found.layers.get(layer)?))) else {
        return format!("No layer tells {labels} better than chance on {} held-out rows.", found.held_out);
    };
    let used = found.used.map_or_else(|| "whether it is used was not tested".to_owned(), |used| tested(used, layer));
    format!(
        "{labels} is easiest to read at layer {layer}: {} of {} held-out rows{}, {} above shuffled labels; {used}.",
        percent(probe.accuracy),
        found.held_out,
        probe.over.map_or_else(String::new, |over| format!(", {}", drawn(over))),
        signed(probe.selectivity),
    )
}

/// Up to this share chance alone is not believed.
const CHANCE: f64 = 0.05;

/// Whether the model uses what is read, as far as the removal shows: more changes than by a random direction, and more than chance
/// brings about.
fn tested(used: Used, layer: usize) -> String {
    let Used { changed, random, n, .. } = used;
    let at = if used.layer == layer { String::new() } else { format!(" at layer {}", used.layer) };
    let counts = format!("{changed} of {n} answers change when it is removed{at}, {random} for a random direction");
    match changed > random {
        true if used.by_chance() <= CHANCE => format!("the model uses it: {counts}"),
        true => format!("whether the model uses it is open: {counts}, which may be chance"),
        false => format!("the model only carries it: {counts}"),
    }
}

/// How much is right whatever is held out.
fn drawn(OverSeeds { seeds, mean, interval: [low, high] }: OverSeeds) -> String {
    format!("{} over {seeds} draws of them ({} to {})", percent(mean), percent(low), percent(high))
}

/// The line around the end of a bar, in its key.
#[must_use]
pub fn band(found: &Probing) -> Option<String> {
    let over = found.layers.first()?.over?;
    Some(format!("95 % interval, {} draws", over.seeds))
}

/// The numbers of one layer.
#[must_use]
pub fn layer(found: &Probing, layer: usize) -> String {
    let Some(LayerProbe { accuracy, interval: [low, high], control, majority, selectivity, over }) =
        found.layers.get(layer)
    else {
        return format!("Layer {layer} was not read yet.");
    };
    format!(
        "Layer {layer}: {} of {} held-out rows ({} to {}), {} with shuffled labels, {} by always saying the commonest; selectivity {}{}.",
        percent(*accuracy),
        found.held_out,
        percent(*low),
        percent(*high),
        percent(*control),
        percent(*majority),
        signed(*selectivity),
        over.map_or_else(String::new, |over| format!("; {}", drawn(over))),
    )
}

/// What the bars have to stand up to, at the layer that is read best: how it came out, and its number.
#[must_use]
pub fn checks(found: &Probing) -> Vec<(Verdict, String, String)> {
    let layers = found.layers.iter();
    let Some(most) = layers.reduce(|most, next| if next.accuracy > most.accuracy { next } else { most }) else {
        return Vec::new();
    };
    let above = |difference: f32, holds: bool| (if holds { Verdict::Pass } else { Verdict::Fail }, signed(difference));
    let (shuffled, by_shuffled) = above(most.selectivity, most.selectivity > 0.0);
    let (common, by_common) = above(most.accuracy - most.majority, most.interval[0] > most.majority);
    vec![
        (shuffled, "beats shuffled labels".to_owned(), by_shuffled),
        (common, "beats always saying the commonest".to_owned(), by_common),
    ]
}

/// What came of taking out what a probe reads: both counts, each with what it is.
#[must_use]
pub fn taken_out(used: Used) -> [(usize, &'static str); 2] {
    [(used.changed, "what it reads out"), (used.random, "a random one out")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::probing;

    #[test]
    fn the_claim_says_where_it_is_read_and_not_that_it_is_used() {
        let found = probing(&[(0.5, 0.5), (0.9, 0.55), (0.8, 0.5)]);
        assert_eq!(
            claim(&found),
            "“no” or “yes” is easiest to read at layer 1: 90.0 % of 100 held-out rows, +0.35 above shuffled labels; whether it is used was not tested."
        );
        let used = |changed, random| Probing { used: Some(Used { layer: 1, changed, random, n: 20 }), ..found.clone() };
        assert!(claim(&used(12, 1)).ends_with("12 of 20 answers change when it is removed, 1 for a random direction."));
        assert!(claim(&used(1, 1)).contains("; the model only carries it: 1 of 20 answers change"));
        assert!(claim(&used(2, 0)).contains("; whether the model uses it is open: 2 of 20 answers change"));
        assert!(layer(&found, 2).starts_with("Layer 2: 80.0 % of 100 held-out rows"));
    }

    #[test]
    fn several_draws_are_said_with_their_interval() {
        let mut found = probing(&[(0.5, 0.5), (0.9, 0.55)]);
        assert_eq!(band(&found), None);
        for probe in &mut found.layers {
            probe.over = Some(OverSeeds { seeds: 5, mean: 0.88, interval: [0.84, 0.92] });
        }
        let said = "88.0 % over 5 draws of them (84.0 % to 92.0 %)";
        assert!(
            claim(&found).contains(&format!(": 90.0 % of 100 held-out rows, {said}, +0.35 above")),
            "{}",
            claim(&found)
        );
        assert!(layer(&found, 1).ends_with(&format!("selectivity +0.35; {said}.")));
        assert_eq!(band(&found).as_deref(), Some("95 % interval, 5 draws"));
    }

    #[test]
    fn what_chance_reads_as_well_is_not_read() {
        for layers in [[(0.52, 0.4)], [(0.9, 0.95)]] {
            let said = claim(&probing(&layers));
            assert_eq!(said, "No layer tells “no” or “yes” better than chance on 100 held-out rows.");
        }
        assert_eq!((best(&probing(&[])), checks(&probing(&[])).len()), (None, 0));
        let marks = |layers: &[(f32, f32)]| checks(&probing(layers)).iter().map(|line| line.0).collect::<Vec<_>>();
        assert_eq!(marks(&[(0.9, 0.95)]), [Verdict::Fail, Verdict::Pass]);
    }
}
