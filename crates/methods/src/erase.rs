//! What a layer holds without what a probe reads of it: is what can be read also used?
//!
//! With `u` orthonormal directions that span what a linear probe weighs, `m` the mean of its training part, a row `x` becomes
//! ```text
//! x − Σ_k ((x − m) · u_k) u_k        so that the probe reads the same of every row
//! x − Σ_k ((x − m) · u_k) r_k        beside it: moved as far, along random orthonormal directions r
//! ```
//! Ravfogel et al. 2020, *Null It Out*, arXiv 2004.07667; Elazar et al. 2021, *Amnesic Probing*, arXiv 2006.00995.

use crate::chance::Chance;
use crate::probe::Fitted;

/// Below this share of its length a direction lies in those before it.
const DEPENDENT: f64 = 1e-6;

/// What is taken out of a row, and what the same length is taken along beside it.
#[derive(Debug, Clone)]
pub struct Directions {
    mean: Vec<f64>,
    own: Vec<Vec<f64>>,
    random: Vec<Vec<f64>>,
}

impl Directions {
    /// Of a linear probe.
    #[must_use]
    pub fn of(fitted: &Fitted, seed: u64) -> Self {
        let (mean, rows) = fitted.looks();
        let own = orthonormal(rows);
        let mut chance = Chance::seeded(seed);
        let random = own.iter().map(|row| row.iter().map(|_| chance.normal()).collect()).collect();
        Self { mean, own, random: orthonormal(random) }
    }

    /// A row without what the probe reads of it.
    ///
    /// # Shapes
    /// `[d_model]` to the same.
    #[must_use]
    pub fn erased(&self, row: &[f32]) -> Vec<f32> {
        self.moved(row, &self.own)
    }

    /// A row moved as far in a random direction.
    ///
    /// # Shapes
    /// `[d_model]` to the same.
    #[must_use]
    pub fn shifted(&self, row: &[f32]) -> Vec<f32> {
        self.moved(row, &self.random)
    }

    fn moved(&self, row: &[f32], along: &[Vec<f64>]) -> Vec<f32> {
        let centred: Vec<f64> = row.iter().zip(&self.mean).map(|(value, mean)| f64::from(*value) - mean).collect();
        let mut moved: Vec<f64> = row.iter().map(|&value| f64::from(value)).collect();
        for (own, along) in self.own.iter().zip(along) {
            let length = dot(&centred, own);
            moved.iter_mut().zip(along).for_each(|(value, step)| *value -= length * step);
        }
        moved.into_iter().map(|value| value as f32).collect()
    }
}

/// What the rows span, as directions of length 1 at right angles (Gram, Schmidt).
fn orthonormal(rows: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let mut found: Vec<Vec<f64>> = Vec::new();
    for mut row in rows {
        let whole = dot(&row, &row).sqrt();
        // Twice, as rounding leaves something of the first time.
        for _ in 0..2 {
            for known in &found {
                let length = dot(&row, known);
                row.iter_mut().zip(known).for_each(|(value, step)| *value -= length * step);
            }
        }
        let left = dot(&row, &row).sqrt();
        if left > DEPENDENT * whole && whole > 0.0 {
            row.iter_mut().for_each(|value| *value /= left);
            found.push(row);
        }
    }
    found
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
            let directions = Directions::of(&fitted, 1);
            assert_eq!(directions.own.len(), n_classes - 1);
            let read = |row: &[f32]| {
                let (_, looks) = fitted.looks();
                looks
                    .iter()
                    .map(|look| look.iter().zip(row).map(|(w, x)| w * f64::from(*x)).sum())
                    .collect::<Vec<f64>>()
            };
            let first = read(&directions.erased(&features[0]));
            let length = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt();
            for row in &features {
                let erased = directions.erased(row);
                assert!(read(&erased).iter().zip(&first).all(|(a, b)| (a - b).abs() < 1e-4), "{n_classes}");
                let (own, random) = (length(row, &erased), length(row, &directions.shifted(row)));
                assert!((own - random).abs() < 1e-3 * (1.0 + own), "{own} {random}");
            }
        }
    }
}
