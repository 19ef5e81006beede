//! Probes: what can be read off a layer.
//!
//! **Question.** Can a label be read off what a layer holds, better than with nothing to learn?
//!
//! **Definition.** On features standardised on the training part, with `z = W x + b` and `p` their softmax (of two classes the
//! logistic function of one `z`):
//! ```text
//! linear    least of  ½ ‖W‖² + C Σ_i −ln p_i[y_i],   C = 0.1
//! shallow   the same with z = W tanh(V x + c) + b,   16 hidden units, ½ (‖W‖² + ‖V‖²), C = 10
//! control   the same with labels dealt out anew among the things that are labelled
//! ```
//! 70 % of each class are trained on, drawn by the seed, the others are held out. Optimal: no part of the gradient of the mean is
//! above 1e-6; of the shallow probe, which has many bottoms, above 1e-4.
//!
//! Over J draws of what is held out, of accuracies with mean m and variance s², the interval of the mean is
//! `m ± t √((1/J + n_test/n_train) s²)`, t of J − 1 degrees of freedom: draws of one table have rows in common.
//!
//! **Reads as.** Shares of the held-out part that are right. Selectivity is accuracy less control.
//!
//! **Cost.** One forward pass for each text, then a fit for each layer and control.
//!
//! **Limits.** What can be read is not what the model reads: a removal says whether it is used.
//!
//! **Source.** Alain, Bengio 2016, arXiv 1610.01644; Hewitt, Liang 2019, arXiv 1909.03368; Wilson 1927 for the interval; Nadeau, Bengio 2003,
//! doi 10.1023/A:1024068626366, for that over seeds.

use vitrine_schema::ProbeKind;
use vitrine_schema::probing::{LayerProbe, OverSeeds};
use vitrine_schema::reasoning::wilson;

use crate::chance::Chance;
use crate::lbfgs::least;

/// Inverse strength of the penalty.
const C: f64 = 0.1;
/// The same of a shallow probe: penalized as much it would not use its hidden layer.
const C_SHALLOW: f64 = 10.0;
/// Units of the hidden layer.
const HIDDEN: usize = 16;
/// Share that is trained on.
const TRAINED: f64 = 0.7;
/// Steps of a fit, far more than it takes.
const MOST_STEPS: usize = 2000;

/// Which things are trained on and which are held out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    /// Trained on, in order.
    pub train: Vec<usize>,
    /// Held out, in order.
    pub test: Vec<usize>,
}

impl Split {
    /// Of every class as large a share, at least one of each part where it has two.
    #[must_use]
    pub fn stratified(labels: &[usize], n_classes: usize, seed: u64) -> Self {
        let mut chance = Chance::seeded(seed);
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for class in 0..n_classes {
            let of_class: Vec<usize> = (0..labels.len()).filter(|&at| labels.get(at) == Some(&class)).collect();
            let n = of_class.len();
            let n_train = ((TRAINED * n as f64).round() as usize).clamp(1.min(n), n.saturating_sub(1).max(1));
            let drawn = chance.some(n_train, n);
            for (nth, at) in of_class.into_iter().enumerate() {
                if drawn.binary_search(&nth).is_ok() { train.push(at) } else { test.push(at) }
            }
        }
        train.sort_unstable();
        test.sort_unstable();
        Self { train, test }
    }
}

/// Labels dealt out anew: the same thing has the same label wherever it stands, and each label is as common among things.
#[must_use]
pub fn dealt(things: &[String], labels: &[usize], seed: u64) -> Vec<usize> {
    let mut distinct: Vec<(&String, usize)> = Vec::new();
    for (thing, &label) in things.iter().zip(labels) {
        if distinct.iter().all(|(known, _)| *known != thing) {
            distinct.push((thing, label));
        }
    }
    // Fisher and Yates, with a stream of chance of its own.
    let mut chance = Chance::seeded(!seed);
    for last in (1..distinct.len()).rev() {
        let other = chance.below(last + 1);
        let (a, b) = (distinct.get(last).map(|it| it.1), distinct.get(other).map(|it| it.1));
        if let (Some(a), Some(b)) = (a, b) {
            distinct[last].1 = b;
            distinct[other].1 = a;
        }
    }
    let label_of = |thing: &String| distinct.iter().find(|(known, _)| *known == thing).map_or(0, |(_, label)| *label);
    things.iter().map(label_of).collect()
}

/// A probe of one layer: its accuracy on what was held out beside the control's and the majority's.
///
/// # Shapes
/// features `[thing, d_model]`.
#[must_use]
pub fn probe(
    features: &[Vec<f32>],
    labels: &[usize],
    control: &[usize],
    n_classes: usize,
    split: &Split,
    kind: ProbeKind,
    seed: u64,
) -> LayerProbe {
    let right = |labels: &[usize]| right(features, labels, n_classes, split, kind, seed);
    let n = split.test.len();
    let (hits, control) = (right(labels), right(control));
    let share = |hits: usize| hits as f32 / n.max(1) as f32;
    let count = |class: usize, part: &[usize]| part.iter().filter(|&&at| labels[at] == class).count();
    let commonest = (0..n_classes).max_by_key(|&class| (count(class, &split.train), n_classes - class)).unwrap_or(0);
    LayerProbe {
        accuracy: share(hits),
        interval: wilson(hits, n),
        control: share(control),
        majority: share(count(commonest, &split.test)),
        selectivity: share(hits) - share(control),
        over: None,
    }
}

/// Held-out rows that a probe of one layer gets right.
///
/// # Shapes
/// features `[thing, d_model]`.
#[must_use]
pub fn right(
    features: &[Vec<f32>],
    labels: &[usize],
    n_classes: usize,
    split: &Split,
    kind: ProbeKind,
    seed: u64,
) -> usize {
    let fitted = Fitted::of(features, labels, n_classes, &split.train, kind, seed);
    let right = |at: &&usize| fitted.answer(&features[**at]) == labels[**at];
    split.test.iter().filter(right).count()
}

/// The mean of accuracies over draws of what is held out, and its interval; of one draw there is none.
#[must_use]
pub fn over_seeds(accuracies: &[f32], split: &Split) -> Option<OverSeeds> {
    /// What 95 % of Student's distribution lie within, of 1 to 19 degrees of freedom.
    const T: [f64; 19] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093,
    ];
    let seeds = accuracies.len();
    let t = *T.get(seeds.checked_sub(2)?)?;
    let n = seeds as f64;
    let mean = accuracies.iter().copied().map(f64::from).sum::<f64>() / n;
    let off = |share: &f32| (f64::from(*share) - mean) * (f64::from(*share) - mean);
    let variance = accuracies.iter().map(off).sum::<f64>() / (n - 1.0);
    let shared = split.test.len() as f64 / split.train.len().max(1) as f64;
    let reach = t * ((1.0 / n + shared) * variance).sqrt();
    let interval = [mean - reach, mean + reach].map(|end| end.clamp(0.0, 1.0) as f32);
    Some(OverSeeds { seeds, mean: mean as f32, interval })
}

/// A fitted probe.
#[derive(Debug, Clone)]
pub struct Fitted {
    shape: Shape,
    /// Mean and deviation of each feature on the training part.
    scales: Vec<(f64, f64)>,
    weights: Vec<f64>,
    /// The largest part of the gradient where it ended.
    pub slope: f64,
}

/// Where the weights stand in their row: `V [hidden, d]`, `c [hidden]`, `W [out, inner]`, `b [out]`.
#[derive(Debug, Clone, Copy)]
struct Shape {
    d: usize,
    hidden: Option<usize>,
    /// One for two classes.
    out: usize,
}

impl Shape {
    fn inner(self) -> usize {
        self.hidden.unwrap_or(self.d)
    }

    /// Where `W` begins.
    fn above(self) -> usize {
        self.hidden.map_or(0, |hidden| hidden * (self.d + 1))
    }

    fn n_weights(self) -> usize {
        self.above() + self.out * (self.inner() + 1)
    }

    /// Whether a weight is shrunk; shifts are not.
    fn shrinks(self, at: usize) -> bool {
        match self.hidden {
            Some(hidden) if at < self.above() => at < hidden * self.d,
            _ => at - self.above() < self.out * self.inner(),
        }
    }

    /// What the last layer reads.
    fn inside(self, weights: &[f64], x: &[f64]) -> Vec<f64> {
        let Some(hidden) = self.hidden else { return x.to_vec() };
        let (v, c) = weights[..self.above()].split_at(hidden * self.d);
        v.chunks(self.d).zip(c).map(|(row, shift)| libm::tanh(dot(row, x) + shift)).collect()
    }

    /// The logits of all classes.
    fn logits(self, weights: &[f64], inside: &[f64]) -> Vec<f64> {
        let (w, b) = weights[self.above()..].split_at(self.out * self.inner());
        let logits = w.chunks(self.inner().max(1)).zip(b).map(|(row, shift)| dot(row, inside) + shift);
        if self.out == 1 { std::iter::once(0.0).chain(logits).collect() } else { logits.collect() }
    }
}

impl Fitted {
    /// The least of its function on some of the things.
    ///
    /// # Shapes
    /// features `[thing, d]`.
    #[must_use]
    pub fn of(
        features: &[Vec<f32>],
        labels: &[usize],
        n_classes: usize,
        train: &[usize],
        kind: ProbeKind,
        seed: u64,
    ) -> Self {
        let d = features.first().map_or(0, Vec::len);
        let hidden = (kind == ProbeKind::Shallow).then_some(HIDDEN);
        let shape = Shape { d, hidden, out: if n_classes == 2 { 1 } else { n_classes } };
        let scales = scales(features, train, d);
        let rows: Vec<(Vec<f64>, usize)> =
            train.iter().map(|&at| (standardised(&features[at], &scales), labels[at])).collect();
        let n = rows.len().max(1) as f64;
        let strength = 1.0 / (n * if hidden.is_some() { C_SHALLOW } else { C });
        let value = |weights: &[f64], gradient: &mut [f64]| {
            gradient.fill(0.0);
            let mut loss = 0.0;
            for (x, label) in &rows {
                let inside = shape.inside(weights, x);
                let logits = shape.logits(weights, &inside);
                let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let total: f64 = logits.iter().map(|z| libm::exp(z - top)).sum();
                loss += (libm::log(total) + top - logits[*label]) / n;
                let first = logits.len() - shape.out;
                let mut below = vec![0.0; inside.len()];
                for out in 0..shape.out {
                    let class = out + first;
                    let off = (libm::exp(logits[class] - top) / total - f64::from(u8::from(class == *label))) / n;
                    let start = shape.above() + out * shape.inner();
                    let row = start..start + shape.inner();
                    if hidden.is_some() {
                        below.iter_mut().zip(&weights[row.clone()]).for_each(|(slot, w)| *slot += off * w);
                    }
                    gradient[row].iter_mut().zip(&inside).for_each(|(slot, value)| *slot += off * value);
                    gradient[shape.above() + shape.out * shape.inner() + out] += off;
                }
                for unit in 0..hidden.unwrap_or(0) {
                    let off = below[unit] * (1.0 - inside[unit] * inside[unit]);
                    let row = unit * d..(unit + 1) * d;
                    gradient[row].iter_mut().zip(x).for_each(|(slot, value)| *slot += off * value);
                    gradient[hidden.unwrap_or(0) * d + unit] += off;
                }
            }
            for (at, (slot, weight)) in gradient.iter_mut().zip(weights).enumerate() {
                if shape.shrinks(at) {
                    *slot += strength * weight;
                    loss += 0.5 * strength * weight * weight;
                }
            }
            loss
        };
        let mut chance = Chance::seeded(seed);
        // Hidden units that begin alike would stay alike.
        let start = |at: usize| match hidden {
            Some(_) if at < shape.above() => chance.normal() / (d.max(1) as f64).sqrt(),
            Some(_) => chance.normal() / (HIDDEN as f64).sqrt(),
            None => 0.0,
        };
        let start: Vec<f64> = (0..shape.n_weights()).map(start).collect();
        let found = least(value, start, if hidden.is_some() { 1e-4 } else { 1e-6 }, MOST_STEPS);
        Self { shape, scales, weights: found.at, slope: found.slope }
    }

    /// The class that is read.
    #[must_use]
    pub fn answer(&self, features: &[f32]) -> usize {
        let inside = self.shape.inside(&self.weights, &standardised(features, &self.scales));
        let logits = self.shape.logits(&self.weights, &inside);
        let most = logits.iter().enumerate().reduce(|most, next| if next.1 > most.1 { next } else { most });
        most.map_or(0, |(class, _)| class)
    }

    /// Where a linear probe looks in features as they are: the mean of its training part, and a direction for each row of
    /// its coefficients.
    #[must_use]
    pub fn looks(&self) -> (Vec<f64>, Vec<Vec<f64>>) {
        let raw =
            |row: Vec<f64>| row.iter().zip(&self.scales).map(|(weight, (_, deviation))| weight / deviation).collect();
        let mean = self.scales.iter().map(|(mean, _)| *mean).collect();
        (mean, self.coefficients().into_iter().map(raw).collect())
    }

    /// Coefficients of a linear probe on standardised features, a row for each class; of two classes one row.
    #[must_use]
    pub fn coefficients(&self) -> Vec<Vec<f64>> {
        let w = &self.weights[self.shape.above()..][..self.shape.out * self.shape.inner()];
        w.chunks(self.shape.inner().max(1)).map(<[f64]>::to_vec).collect()
    }
}

/// Mean and deviation of each feature; of one that never changes the deviation is 1.
fn scales(features: &[Vec<f32>], train: &[usize], d: usize) -> Vec<(f64, f64)> {
    let n = train.len().max(1) as f64;
    let of = |column: usize| {
        let values = || train.iter().map(move |&at| f64::from(features[at][column]));
        let mean = values().sum::<f64>() / n;
        let deviation = (values().map(|value| (value - mean) * (value - mean)).sum::<f64>() / n).sqrt();
        (mean, if deviation > 10.0 * f64::EPSILON * mean.abs().max(1e-30) { deviation } else { 1.0 })
    };
    (0..d).map(of).collect()
}

fn standardised(features: &[f32], scales: &[(f64, f64)]) -> Vec<f64> {
    features.iter().zip(scales).map(|(&value, (mean, deviation))| (f64::from(value) - mean) / deviation).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn linear_probes_equal_scikit_learn() {
        let json = include_str!("../../../tests/golden/probe/probe.json");
        let cases: Vec<Value> = serde_json::from_str(json).unwrap();
        for (nth, case) in cases.iter().enumerate() {
            let features: Vec<Vec<f32>> = serde_json::from_value(case["features"].clone()).unwrap();
            let labels: Vec<usize> = serde_json::from_value(case["labels"].clone()).unwrap();
            let train: Vec<usize> = serde_json::from_value(case["train"].clone()).unwrap();
            let expected: Vec<Vec<f64>> = serde_json::from_value(case["coefficients"].clone()).unwrap();
            let n_classes = labels.iter().max().unwrap() + 1;
            let fitted = Fitted::of(&features, &labels, n_classes, &train, ProbeKind::Linear, 0);
            assert!(fitted.slope <= 1e-6, "{nth}: {}", fitted.slope);
            for (row, expected) in fitted.coefficients().iter().zip(&expected) {
                for (found, expected) in row.iter().zip(expected) {
                    assert!((found - expected).abs() < 1e-3, "{nth}: {found} instead of {expected}");
                }
            }
            let test: Vec<usize> = (0..labels.len()).filter(|at| !train.contains(at)).collect();
            let right = test.iter().filter(|&&at| fitted.answer(&features[at]) == labels[at]).count();
            let accuracy = right as f64 / test.len() as f64;
            assert!((accuracy - case["accuracy"].as_f64().unwrap()).abs() < 1e-3, "{nth}: {accuracy}");
        }
    }

    #[test]
    fn a_hidden_layer_reads_what_no_line_divides() {
        // The sign of a product.
        let mut chance = Chance::seeded(4);
        let features: Vec<Vec<f32>> = (0..120).map(|_| vec![chance.normal() as f32, chance.normal() as f32]).collect();
        let labels: Vec<usize> = features.iter().map(|x| usize::from(x[0] * x[1] > 0.0)).collect();
        let split = Split::stratified(&labels, 2, 1);
        let read = |kind| probe(&features, &labels, &labels, 2, &split, kind, 1);
        let [linear, shallow] = [ProbeKind::Linear, ProbeKind::Shallow].map(read);
        assert!(linear.accuracy < 0.7 && shallow.accuracy > 0.75, "{linear:?} {shallow:?}");
        assert_eq!(shallow, read(ProbeKind::Shallow));
        assert_eq!((shallow.selectivity, shallow.control), (0.0, shallow.accuracy));
    }

    #[test]
    fn an_interval_over_seeds_allows_for_rows_in_common() {
        let split = Split { train: (0..70).collect(), test: (70..100).collect() };
        let over = over_seeds(&[0.8, 0.9, 0.85, 0.75, 0.9], &split).unwrap();
        // 0.84 ± 2.776 √((1/5 + 3/7) 0.004250)
        assert_eq!((over.seeds, (1e4 * over.mean).round()), (5, 8400.0));
        assert_eq!(over.interval.map(|end| (1e4 * end).round()), [6965.0, 9835.0]);
        assert_eq!(over_seeds(&[1.0, 1.0], &split).map(|over| over.interval), Some([1.0, 1.0]));
        assert_eq!((over_seeds(&[0.8], &split), over_seeds(&[], &split)), (None, None));
    }

    #[test]
    fn every_class_is_split_alike_and_things_keep_their_label() {
        let labels: Vec<usize> = (0..40).map(|at| usize::from(at % 4 == 0)).collect();
        let split = Split::stratified(&labels, 2, 7);
        let of_first = |part: &[usize]| part.iter().filter(|&&at| labels[at] == 1).count();
        assert_eq!(
            (split.train.len(), split.test.len(), of_first(&split.train), of_first(&split.test)),
            (28, 12, 7, 3)
        );
        assert_ne!(split, Split::stratified(&labels, 2, 8));
        let things: Vec<String> = (0..40).map(|at| format!("word {}", at % 8)).collect();
        let labels: Vec<usize> = (0..40).map(|at| at % 8 % 2).collect();
        let control = dealt(&things, &labels, 3);
        assert!((0..40).all(|at| control[at] == control[at % 8]));
        assert_eq!(control.iter().sum::<usize>(), 20);
        assert_ne!(control, labels);
    }
}
