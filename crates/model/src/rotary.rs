//! Rotary positions (Su et al. 2021, arXiv 2104.09864): pairs of numbers of queries and keys, turned by an angle that grows with
//! the position. The pairs are `(i, i + width / 2)`, halves as Hugging Face turns them; what lies behind `width` stays.

use std::f32::consts::TAU;

use burn::tensor::{Device, Tensor, TensorData};
use vitrine_weights::{Rope, RopeScaling};

/// Tables of one run, `[1, pos, 1, width]`.
#[derive(Debug, Clone)]
pub(crate) struct Rotation {
    cos: Tensor<4>,
    sin: Tensor<4>,
}

impl Rotation {
    /// For the positions after `past` others.
    pub fn new(rope: &Rope, divisors: &[f32], past: usize, pos: usize, device: &Device) -> Self {
        let (frequencies, amplitude) = frequencies(rope);
        let n_pairs = frequencies.len();
        let angle = |position: usize, i: usize| {
            let divisor = divisors.get(i).copied().unwrap_or(1.0);
            position as f32 * (frequencies.get(i).copied().unwrap_or(0.0) / divisor)
        };
        let table = |f: fn(f32) -> f32| {
            let angles =
                (past..past + pos).flat_map(|position| (0..2 * n_pairs).map(move |i| angle(position, i % n_pairs)));
            let values: Vec<f32> = angles.map(|angle| f(angle) * amplitude).collect();
            Tensor::<4>::from_data(TensorData::new(values, [1, pos, 1, 2 * n_pairs]), device)
        };
        Self { cos: table(f32::cos), sin: table(f32::sin) }
    }

    /// # Shapes
    /// `[batch, pos, head, d_head]` to the same.
    pub fn apply(&self, x: Tensor<4>) -> Tensor<4> {
        let [batch, pos, head, d_head] = x.dims();
        let [_, _, _, width] = self.cos.dims();
        let part = |from: usize, to: usize| x.clone().slice([0..batch, 0..pos, 0..head, from..to]);
        let (first, second) = (part(0, width / 2), part(width / 2, width));
        let across = Tensor::cat(vec![second.neg(), first], 3);
        if width == d_head {
            return x * self.cos.clone() + across * self.sin.clone();
        }
        let turned = part(0, width) * self.cos.clone() + across * self.sin.clone();
        Tensor::cat(vec![turned, part(width, d_head)], 3)
    }
}

/// The angle of one position for each pair, and what queries and keys are multiplied by.
///
/// Computed in 32 bits, in the order of `modeling_rope_utils.py` of transformers, so that long positions round alike.
fn frequencies(rope: &Rope) -> (Vec<f32>, f32) {
    let Rope { base, scaling, width } = *rope;
    let turns: Vec<f32> = (0..width / 2).map(|i| (base as f32).powf((2 * i) as f32 / width as f32)).collect();
    let plain = turns.iter().map(|turn| 1.0 / turn);
    match scaling {
        RopeScaling::Linear(factor) => (plain.map(|frequency| frequency / factor as f32).collect(), 1.0),
        RopeScaling::Llama3 { factor, low, high, first_length } => {
            let [factor, low, high, first_length] = [factor, low, high, first_length].map(|number| number as f32);
            let scaled = |frequency: f32| {
                let length = TAU / frequency;
                if length > first_length / low {
                    return frequency / factor;
                }
                if length < first_length / high {
                    return frequency;
                }
                let share = (first_length / length - low) / (high - low);
                (1.0 - share) * frequency / factor + share * frequency
            };
            (plain.map(scaled).collect(), 1.0)
        }
        RopeScaling::Yarn { factor, slow, fast, first_length, amplitude, whole } => {
            let pair =
                |turns: f64| width as f64 * (first_length / (turns * std::f64::consts::TAU)).ln() / (2.0 * base.ln());
            let (low, high) = (pair(fast), pair(slow));
            let (low, high) = if whole { (low.floor(), high.ceil()) } else { (low, high) };
            let (low, high) = (low.max(0.0), high.min(width as f64 - 1.0));
            let high = if low == high { high + 0.001 } else { high };
            let scaled = |(i, turn): (usize, &f32)| {
                let kept = 1.0 - ((i as f32 - low as f32) / (high - low) as f32).clamp(0.0, 1.0);
                1.0 / (factor as f32 * turn) * (1.0 - kept) + 1.0 / turn * kept
            };
            (turns.iter().enumerate().map(scaled).collect(), amplitude as f32)
        }
    }
}
