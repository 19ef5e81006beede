//! GFLOP/s of products by what weights are kept as, natively and, with node as the runner of `wasm32-wasip1`, as a browser's
//! compiler makes them.
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot start should stop")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use vitrine_kernel::{Form, Matrix};

/// Rows, inputs and outputs: the layers of the classifier and of SmolLM2.
const SHAPES: [[usize; 3]; 6] =
    [[11, 384, 1536], [32, 384, 1536], [1024, 1536, 384], [14, 576, 1536], [1, 576, 1536], [1, 576, 8192]];
const FORMS: [(&str, Form); 6] = [
    ("F16", Form::F16),
    ("BF16", Form::Bf16),
    ("Q8_0", Form::Q8_0),
    ("Q4_0", Form::Q4_0),
    ("Q4_1", Form::Q4_1),
    ("scaled", Form::Scaled),
];
/// Turns of all; the best call of each counts.
const TURNS: usize = 15;
const TURN: Duration = Duration::from_millis(10);

fn main() {
    println!("| rows × in × out | F32 | {} |", FORMS.map(|(name, _)| name).join(" | "));
    println!("|{}", "---|".repeat(FORMS.len() + 2));
    for [rows, d_in, d_out] in SHAPES {
        let wave = |n: usize| (0..n).map(|i| (i as f32 * 0.7).sin()).collect::<Vec<f32>>();
        let mut matrices = vec![Matrix::from_outputs([d_in, d_out], &wave(d_in * d_out)).unwrap()];
        matrices.extend(FORMS.map(|(_, form)| {
            let pieces = vec![0x2c; d_in / 32 * d_out * form.piece()];
            Matrix::from_pieces([d_in, d_out], form, &pieces).unwrap()
        }));
        let (x, dy) = (wave(rows * d_in), wave(rows * d_out));
        let flop = 2e-9 * (rows * d_in * d_out) as f64;
        row(&format!("{rows} × {d_in} × {d_out}"), flop, &matrices, |matrix| {
            let mut y = vec![0.0; rows * d_out];
            matrix.add_forward(&x, &mut y);
            black_box(&y);
        });
        row(&format!("backward {rows} × {d_out} × {d_in}"), flop, &matrices, |matrix| {
            let mut dx = vec![0.0; rows * d_in];
            matrix.add_backward(&dy, &mut dx);
            black_box(&dx);
        });
    }
}

fn row(name: &str, flop: f64, matrices: &[Matrix], product: impl Fn(&Matrix)) {
    let mut best = vec![0.0f64; matrices.len()];
    for _ in 0..TURNS {
        for (best, matrix) in best.iter_mut().zip(matrices) {
            let turn = Instant::now();
            while turn.elapsed() < TURN {
                let start = Instant::now();
                product(matrix);
                *best = best.max(flop / start.elapsed().as_secs_f64());
            }
        }
    }
    let best: Vec<String> = best.iter().map(|speed| format!("{speed:.0}")).collect();
    println!("| {name} | {} |", best.join(" | "));
}
