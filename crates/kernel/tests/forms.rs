//! What is widened in a product is what a reader of the file finds, to the last bit.

use proptest::prelude::*;
use vitrine_kernel::{Form, Matrix};

const FORMS: [Form; 6] = [Form::F16, Form::Bf16, Form::Q8_0, Form::Q4_0, Form::Q4_1, Form::Scaled];

/// By its definition: sign, exponent, fraction.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    let magnitude = match exponent {
        0 => fraction * 2f32.powi(-24),
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

fn at(bytes: &[u8], index: usize) -> u16 {
    u16::from_le_bytes([bytes[2 * index], bytes[2 * index + 1]])
}

/// The 32 numbers of a piece, by the definition of its form.
fn numbers(form: Form, piece: &[u8]) -> Vec<f32> {
    let signed = |first: usize| piece[first..].iter().map(|&byte| f32::from(byte.cast_signed()));
    let nibbles = |first: usize| {
        let low = piece[first..].iter().map(|byte| byte & 0xf);
        low.chain(piece[first..].iter().map(|byte| byte >> 4)).map(f32::from)
    };
    match form {
        Form::F16 => (0..32).map(|i| half(at(piece, i))).collect(),
        Form::Bf16 => (0..32).map(|i| f32::from_bits(u32::from(at(piece, i)) << 16)).collect(),
        Form::Q8_0 => signed(2).map(|q| half(at(piece, 0)) * q).collect(),
        Form::Q4_0 => nibbles(2).map(|q| half(at(piece, 0)) * (q - 8.0)).collect(),
        Form::Scaled => {
            let float = |i: usize| f32::from_bits(u32::from(at(piece, 2 * i)) | u32::from(at(piece, 2 * i + 1)) << 16);
            signed(16).enumerate().map(|(i, q)| float(i / 16) * q + float(2 + i / 16)).collect()
        }
        Form::Q4_1 => nibbles(4).map(|q| half(at(piece, 0)) * q + half(at(piece, 1))).collect(),
    }
}

/// Random pieces whose numbers are finite.
fn pieces(form: Form, n: usize, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let bytes = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u8
    });
    let mut bytes: Vec<u8> = bytes.take(n * form.piece()).collect();
    for piece in bytes.chunks_mut(form.piece()) {
        // An exponent that ends in 0 belongs to a number.
        let (high, bit) = match form {
            Form::F16 => ((1..64).step_by(2).collect(), 0x04),
            Form::Bf16 => ((1..64).step_by(2).collect(), 0x01),
            Form::Q8_0 | Form::Q4_0 => (vec![1], 0x04),
            Form::Q4_1 => (vec![1, 3], 0x04),
            Form::Scaled => (vec![2, 6, 10, 14], 0x80),
        };
        high.into_iter().for_each(|at: usize| piece[at] &= !bit);
        if form == Form::Scaled {
            // Nor one of which a product or a sum is infinite.
            [3, 7, 11, 15].into_iter().for_each(|at: usize| piece[at] &= !0x40);
        }
    }
    bytes
}

fn bits(numbers: &[f32]) -> Vec<u32> {
    numbers.iter().map(|number| number.to_bits()).collect()
}

#[test]
fn every_half_is_widened_exactly() {
    let finite: Vec<u16> = (0..=u16::MAX).filter(|bits| bits & 0x7c00 != 0x7c00).collect();
    let bytes: Vec<u8> = finite.iter().flat_map(|bits| bits.to_le_bytes()).collect();
    let matrix = Matrix::from_pieces([32, finite.len() / 32], Form::F16, &bytes).unwrap();
    let expected: Vec<f32> = finite.iter().map(|&bits| half(bits)).collect();
    assert_eq!(bits(&matrix.outputs(0..finite.len() / 32)), bits(&expected));
}

#[test]
fn what_is_no_number_or_does_not_fit_is_refused() {
    for form in FORMS {
        let whole = pieces(form, 6, 7);
        assert!(Matrix::from_pieces([64, 3], form, &whole).is_some(), "{form:?}");
        assert!(Matrix::from_pieces([64, 3], form, &whole[1..]).is_none(), "{form:?}");
        assert!(Matrix::from_pieces([63, 3], form, &whole).is_none(), "{form:?}");
        assert!(Matrix::from_pieces([64, usize::MAX], form, &whole).is_none(), "{form:?}");
        let mut infinite = whole;
        (infinite[0], infinite[1], infinite[2], infinite[3]) = (0x80, 0x7f, 0x80, 0x7f);
        assert!(Matrix::from_pieces([64, 3], form, &infinite).is_none(), "{form:?}");
    }
}

#[test]
fn a_file_is_no_larger_than_what_is_kept_of_it() {
    for form in FORMS {
        let file = pieces(form, 64 * 4, 3);
        assert_eq!(Matrix::from_pieces([128, 64], form, &file).unwrap().bytes(), file.len(), "{form:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn products_are_those_of_the_widened_numbers(
        form in proptest::sample::select(&FORMS[..]), rows in 1..7usize, length in 1..7usize, d_out in 1..70usize, seed: u64,
    ) {
        let dims @ [d_in, _] = [32 * length, d_out];
        let file = pieces(form, length * d_out, seed);
        let wide: Vec<f32> = file.chunks(form.piece()).flat_map(|piece| numbers(form, piece)).collect();
        let kept = Matrix::from_pieces(dims, form, &file).unwrap();
        let expected = Matrix::from_outputs(dims, &wide).unwrap();
        prop_assert_eq!(bits(&kept.outputs(0..d_out)), bits(&wide));
        let x: Vec<f32> = (0..rows * d_in).map(|i| (i as f32 * 0.7 + seed as f32 * 1e-18).sin()).collect();
        let run = |matrix: &Matrix| {
            let (mut y, mut dx) = (vec![0.0; rows * d_out], vec![0.0; rows * d_in]);
            matrix.add_forward(&x, &mut y);
            matrix.add_backward(&y.iter().map(|y| y.clamp(-1.0, 1.0)).collect::<Vec<_>>(), &mut dx);
            (bits(&y), bits(&dx))
        };
        prop_assert_eq!(run(&kept), run(&expected));
    }
}
