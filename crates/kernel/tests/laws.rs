//! A product is what three plain loops say it is, to the last bit, whatever its shape.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use proptest::prelude::*;
use vitrine_kernel::{Matrix, fused};

/// Numbers whose sums depend on the order of their terms.
fn numbers(n: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9) | 1;
    let next = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 8) as f32 / 8_388_608.0 - 1.0
    });
    next.take(n).collect()
}

/// How a term is added.
fn term() -> fn(f32, f32, f32) -> f32 {
    if fused() { |sum, x, w| x.mul_add(w, sum) } else { |sum, x, w| sum + x * w }
}

/// `y + x · W`, term after term, with weights `[d_out, d_in]`.
fn forward(w: &[f32], [d_in, d_out]: [usize; 2], x: &[f32], y: &mut [f32]) {
    let term = term();
    for (x, y) in x.chunks(d_in).zip(y.chunks_mut(d_out)) {
        for (y, w) in y.iter_mut().zip(w.chunks(d_in)) {
            x.iter().zip(w).for_each(|(x, w)| *y = term(*y, *x, *w));
        }
    }
}

/// `dx + dy · Wᵀ`, term after term.
fn backward(w: &[f32], [d_in, d_out]: [usize; 2], dy: &[f32], dx: &mut [f32]) {
    let term = term();
    for (dy, dx) in dy.chunks(d_out).zip(dx.chunks_mut(d_in)) {
        for (dy, w) in dy.iter().zip(w.chunks(d_in)) {
            dx.iter_mut().zip(w).for_each(|(dx, w)| *dx = term(*dx, *dy, *w));
        }
    }
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

/// Both products of `rows` rows, from both packings.
fn check(rows: usize, dims: [usize; 2], seed: u32) {
    let [d_in, d_out] = dims;
    let w = numbers(d_in * d_out, seed);
    let turned: Vec<f32> = (0..d_in * d_out).map(|at| w[at % d_out * d_in + at / d_out]).collect();
    let (x, dy) = (numbers(rows * d_in, seed + 1), numbers(rows * d_out, seed + 2));
    for matrix in [Matrix::from_outputs(dims, &w).unwrap(), Matrix::from_inputs(dims, &turned).unwrap()] {
        let (mut y, mut dx) = (dy.clone(), x.clone());
        let (mut expected, mut expected_dx) = (dy.clone(), x.clone());
        matrix.add_forward(&x, &mut y);
        forward(&w, dims, &x, &mut expected);
        assert_eq!(bits(&y), bits(&expected), "forward, {rows} × {d_in} × {d_out}");
        matrix.add_backward(&dy, &mut dx);
        backward(&w, dims, &dy, &mut expected_dx);
        assert_eq!(bits(&dx), bits(&expected_dx), "backward, {rows} × {d_out} × {d_in}");
        let some = d_out / 3..d_out;
        assert_eq!(bits(&matrix.outputs(some.clone())), bits(&w[some.start * d_in..]), "outputs of {d_in} × {d_out}");
    }
}

/// Around every width at which another path is taken.
const LENGTHS: [usize; 19] = [1, 2, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 48, 63, 64, 96, 128, 129];

#[test]
fn a_module_fuses_where_it_was_made_to() {
    assert_eq!(fused(), std::env::var_os("VITRINE_FUSED").is_some());
}

#[test]
fn all_small_shapes() {
    for d_in in LENGTHS {
        for d_out in LENGTHS {
            (1..=6).for_each(|rows| check(rows, [d_in, d_out], (d_in * 1000 + d_out) as u32));
        }
    }
}

#[test]
fn more_rows_than_are_walked_together() {
    check(29, [4096, 40], 1);
    check(29, [40, 4096], 2);
}

#[test]
fn what_holds_nothing_changes_nothing() {
    let mut y = [1.5; 3];
    Matrix::from_outputs([0, 3], &[]).unwrap().add_forward(&[], &mut y);
    Matrix::from_outputs([0, 3], &[]).unwrap().add_backward(&y, &mut []);
    Matrix::from_outputs([3, 0], &[]).unwrap().add_backward(&[], &mut y);
    Matrix::from_outputs([3, 3], &[1.0; 9]).unwrap().add_forward(&[], &mut []);
    assert_eq!(y, [1.5; 3]);
    assert!(Matrix::from_outputs([2, 3], &[0.0; 5]).is_none() && Matrix::from_inputs([2, 3], &[0.0; 7]).is_none());
}

#[test]
#[should_panic(expected = "no rows")]
fn rows_that_do_not_fit_are_refused() {
    Matrix::from_outputs([2, 3], &[0.0; 6]).unwrap().add_forward(&[0.0; 4], &mut [0.0; 5]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_shape(rows in 1..40usize, d_in in 1..300usize, d_out in 1..300usize, seed in 0..1000u32) {
        check(rows, [d_in, d_out], seed);
    }

    #[test]
    fn a_row_does_not_depend_on_its_companions(
        rows in 2..12usize, d_in in 1..200usize, d_out in 1..200usize, seed in 0..1000u32,
    ) {
        let matrix = Matrix::from_outputs([d_in, d_out], &numbers(d_in * d_out, seed)).unwrap();
        let (x, dy) = (numbers(rows * d_in, seed + 1), numbers(rows * d_out, seed + 2));
        let (mut y, mut dx) = (vec![0.0; rows * d_out], vec![0.0; rows * d_in]);
        matrix.add_forward(&x, &mut y);
        matrix.add_backward(&dy, &mut dx);
        for row in 0..rows {
            let mut alone = vec![0.0; d_out];
            matrix.add_forward(&x[row * d_in..][..d_in], &mut alone);
            prop_assert_eq!(bits(&alone), bits(&y[row * d_out..][..d_out]));
            let mut alone = vec![0.0; d_in];
            matrix.add_backward(&dy[row * d_out..][..d_out], &mut alone);
            prop_assert_eq!(bits(&alone), bits(&dx[row * d_in..][..d_in]));
        }
    }
}
