//! GFLOP/s of the products of the classifier and of SmolLM2, beside those of burn's CPU path.

use std::hint::black_box;
use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor, TensorData};
use vitrine_kernel::Matrix;

/// Rows, inputs, outputs.
const FORWARD: [[usize; 3]; 6] =
    [[11, 384, 1536], [32, 384, 1536], [1024, 1536, 384], [14, 576, 1536], [1, 576, 1536], [1, 576, 8192]];
/// Rows, outputs, inputs.
const BACKWARD: [[usize; 3]; 3] = [[256, 1536, 384], [14, 1536, 576], [1, 1536, 576]];

/// Turns of one and the other; the best call of each counts.
const TURNS: usize = 30;
const TURN: Duration = Duration::from_millis(10);

fn main() {
    println!("| product | ours, GFLOP/s | burn | ratio |\n|---|---|---|---|");
    for shape in FORWARD {
        row("", shape, true);
    }
    for shape in BACKWARD {
        row("backward ", shape, false);
    }
}

fn row(what: &str, [rows, from, to]: [usize; 3], forward: bool) {
    let numbers = |n: usize| (0..n).map(|i| (i as f32 * 0.7).sin()).collect::<Vec<f32>>();
    let (x, w) = (numbers(rows * from), numbers(from * to));
    let device = Device::flex();
    let tensor =
        |values: &[f32], shape: [usize; 2]| Tensor::<2>::from_data(TensorData::new(values.to_vec(), shape), &device);
    let theirs = tensor(&x, [rows, from]);
    let (matrix, weights) = if forward {
        (Matrix::from_inputs([from, to], &w), tensor(&w, [from, to]))
    } else {
        (Matrix::from_inputs([to, from], &w), tensor(&w, [to, from]).transpose())
    };
    let Some(matrix) = matrix else { return };
    let mut best = [f64::INFINITY; 2];
    for _ in 0..TURNS {
        let ours = seconds(|| {
            let mut y = vec![0.0; rows * to];
            if forward {
                matrix.add_forward(&x, &mut y)
            } else {
                matrix.add_backward(&x, &mut y)
            }
            black_box(&y);
        });
        let theirs = seconds(|| drop(black_box(theirs.clone().matmul(weights.clone()))));
        best = [best[0].min(ours), best[1].min(theirs)];
    }
    let [ours, theirs] = best.map(|seconds| 2e-9 * (rows * from * to) as f64 / seconds);
    println!("| {what}{rows} × {from} × {to} | {ours:.1} | {theirs:.1} | {:.2} |", ours / theirs);
}

/// Of the best call of a turn.
fn seconds(mut call: impl FnMut()) -> f64 {
    let turn = Instant::now();
    let mut best = f64::INFINITY;
    while turn.elapsed() < TURN {
        let start = Instant::now();
        call();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best
}
