//! What a layer holds without what a probe reads of it.
//!
//! **Question.** What can be read off a layer: does the model use it?
//!
//! **Definition.** A linear probe reads `z = w · x`. What goes along with it on the training part, of mean `m`, is taken out of a
//! row, one coefficient row of the probe after the other:
//! ```text
//! x − b (w · (x − m)),  b = cov(x, z) / var(z)      so that nothing of x follows z any more
//! x − ‖b‖ (w · (x − m)) r                            beside it: moved as far, in a random direction r
//! ```
//!
//! **Reads as.** How many answers change without it, beside how many change when as much is taken at random.
//!
//! **Cost.** One pass up to the layer for each text, and from there three rows of a batch.
//!
//! **Limits.** What is coded elsewhere too, or not in a line, stays: that no answer changes does not show that nothing is used.
//! Along `w` itself little would be moved: it is where a probe looks, `b` is where the layer writes.
//!
//! **Source.** Haufe et al. 2014, doi 10.1016/j.neuroimage.2013.10.067; Elazar et al. 2021, *Amnesic Probing*, arXiv 2006.00995;
//! Belrose et al. 2023, *LEACE*, arXiv 2306.03819.

use crate::chance::Chance;
use crate::probe::Fitted;

/// Below this share of its first variance a reading follows from those before it.
const DEPENDENT: f64 = 1e-9;

/// What is taken out of a row, and what is taken as far beside it.
#[derive(Debug, Clone)]
pub struct Directions {
    mean: Vec<f64>,
    steps: Vec<Step>,
}

/// One reading of a probe.
#[derive(Debug, Clone)]
struct Step {
    /// Where it looks.
    look: Vec<f64>,
    /// What goes along with it.
    along: Vec<f64>,
    /// As long, in a random direction.
    random: Vec<f64>,
}

impl Directions {
    /// Of a linear probe and what it was trained on.
    ///
    /// # Shapes
    /// features `[thing, d_model]`.
    #[must_use]
    pub fn of(fitted: &Fitted, features: &[Vec<f32>], train: &[usize], seed: u64) -> Self {
        let (mean, looks) = fitted.looks();
        let rows = train.iter().filter_map(|&at| features.get(at));
        let mut rows: Vec<Vec<f64>> =
            rows.map(|row| row.iter().zip(&mean).map(|(value, mean)| f64::from(*value) - mean).collect()).collect();
        let variance = |rows: &[Vec<f64>], look: &[f64]| rows.iter().map(|row| dot(row, look).powi(2)).sum::<f64>();
        let first: Vec<f64> = looks.iter().map(|look| variance(&rows, look)).collect();
        let mut chance = Chance::seeded(seed);
        let mut steps = Vec::new();
        for (look, first) in looks.into_iter().zip(first) {
            let var = variance(&rows, &look);
            if var <= DEPENDENT * first || var == 0.0 {
                continue;
            }
            let mut along = vec![0.0; look.len()];
            for row in &rows {
                let read = dot(row, &look);
                along.iter_mut().zip(row).for_each(|(slot, value)| *slot += read * value / var);
            }
            rows.iter_mut().for_each(|row| take(row, &look, &along));
            let random: Vec<f64> = look.iter().map(|_| chance.normal()).collect();
            let length = (dot(&along, &along) / dot(&random, &random)).sqrt();
            let random = random.into_iter().map(|value| length * value).collect();
            steps.push(Step { look, along, random });
        }
        Self { mean, steps }
    }

    /// A row without what the probe reads of it, and the row moved as far in a random direction.
    ///
    /// # Shapes
    /// `[d_model]` to two of the same.
    #[must_use]
    pub fn without(&self, row: &[f32]) -> [Vec<f32>; 2] {
        let mut erased: Vec<f64> = row.iter().zip(&self.mean).map(|(value, mean)| f64::from(*value) - mean).collect();
        let mut moved = erased.clone();
        for Step { look, along, random } in &self.steps {
            let read = dot(&erased, look);
            moved.iter_mut().zip(random).for_each(|(value, step)| *value -= read * step);
            take(&mut erased, look, along);
        }
        let back = |row: Vec<f64>| row.iter().zip(&self.mean).map(|(value, mean)| (value + mean) as f32).collect();
        [back(erased), back(moved)]
    }
}

/// Takes what goes along with a reading out of a row that is centred.
fn take(row: &mut [f64], look: &[f64], along: &[f64]) {
    let read = dot(row, look);
    row.iter_mut().zip(along).for_each(|(value, step)| *value -= read * step);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use vitrine_schema::ProbeKind;

    use super::*;

    #[test]
    fn without_its_directions_a_probe_reads_the_same_of_every_row() {
        for n_classes in [2, 3] {
            let mut chance = Chance::seeded(4);
            let labels: Vec<usize> = (0..60).map(|at| at % n_classes).collect();
            let noise = |at: usize, chance: &mut Chance| (chance.normal() + if at == 0 { 3.0 } else { 0.0 }) as f32;
            let features: Vec<Vec<f32>> = labels
                .iter()
                .map(|&label| (0..5).map(|i| noise(i + 9 - label * i, &mut chance) * (1 + label) as f32).collect())
                .collect();
            let train: Vec<usize> = (0..60).collect();
            let fitted = Fitted::of(&features, &labels, n_classes, &train, ProbeKind::Linear, 0);
            let directions = Directions::of(&fitted, &features, &train, 1);
            assert_eq!(directions.steps.len(), n_classes - 1);
            let read = |row: &[f32]| {
                let (_, looks) = fitted.looks();
                looks
                    .iter()
                    .map(|look| look.iter().zip(row).map(|(w, x)| w * f64::from(*x)).sum())
                    .collect::<Vec<f64>>()
            };
            let [first, _] = directions.without(&features[0]);
            let first = read(&first);
            let length = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
            for row in &features {
                let [erased, moved] = directions.without(row);
                assert!(read(&erased).iter().zip(&first).all(|(a, b)| (a - b).abs() < 1e-4), "{n_classes}");
                let (own, random) = (length(row, &erased), length(row, &moved));
                assert!(n_classes > 2 || (own - random).abs() < 1e-3 * (1.0 + own), "{own} {random}");
            }
            // A probe that is trained on what is left reads no better than chance.
            let left: Vec<Vec<f32>> = features.iter().map(|row| directions.without(row)[0].clone()).collect();
            let again = Fitted::of(&left, &labels, n_classes, &train, ProbeKind::Linear, 0);
            let right = (0..60).filter(|&at| again.answer(&left[at]) == labels[at]).count();
            let before = (0..60).filter(|&at| fitted.answer(&features[at]) == labels[at]).count();
            assert!(right < before, "{right} of {before}");
        }
    }
}
