//! The numbers in GGUF blocks are those that the `gguf` package finds, to the last bit; the file is made by
//! `tests/golden/make_blocks.py`.

use std::collections::BTreeMap;

use proptest::prelude::*;
use vitrine_weights::blocks::{Part, parts};
use vitrine_weights::{Dtype, Tensor, safetensors};

const KINDS: [(&str, Dtype); 10] = [
    ("Q4_0", Dtype::Q4_0),
    ("Q4_1", Dtype::Q4_1),
    ("Q5_0", Dtype::Q5_0),
    ("Q5_1", Dtype::Q5_1),
    ("Q8_0", Dtype::Q8_0),
    ("Q2_K", Dtype::Q2K),
    ("Q3_K", Dtype::Q3K),
    ("Q4_K", Dtype::Q4K),
    ("Q5_K", Dtype::Q5K),
    ("Q6_K", Dtype::Q6K),
];

fn tensor(dtype: Dtype, bytes: Vec<u8>) -> Tensor {
    let (elements, size) = dtype.piece();
    let numbers = bytes.len() / size as usize * elements as usize;
    Tensor { name: "w".into(), dtype, shape: vec![1, numbers], bytes }
}

fn bits(numbers: impl IntoIterator<Item = f32>) -> Vec<u32> {
    numbers.into_iter().map(f32::to_bits).collect()
}

#[test]
fn every_kind_is_what_the_reference_package_finds() {
    let file = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/blocks.safetensors")).unwrap();
    let golden: BTreeMap<String, Tensor> =
        safetensors::read_all(&file).unwrap().into_iter().map(|tensor| (tensor.name.clone(), tensor)).collect();
    for (name, dtype) in KINDS {
        let found = tensor(dtype, golden[&format!("{name}.bytes")].bytes.clone()).to_f32().unwrap();
        let expected = golden[&format!("{name}.numbers")].to_f32().unwrap();
        assert_eq!(found.len(), expected.len(), "{name}");
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found.to_bits(), expected.to_bits(), "number {at} of {name}: {found} instead of {expected}");
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_numbers_or_refused(kind in 0..KINDS.len(), bytes in prop::collection::vec(any::<u8>(), 0..700), n in 0usize..4) {
        let (_, dtype) = KINDS[kind];
        let (elements, size) = dtype.piece();
        let n = n.min(bytes.len() / size as usize);
        let whole = tensor(dtype, bytes[..n * size as usize].to_vec());
        if let Ok(numbers) = whole.to_f32() {
            prop_assert_eq!(numbers.len(), n * elements as usize);
            prop_assert!(numbers.iter().all(|number| number.is_finite()));
            let parted = parts(dtype, &whole.bytes).flat_map(Part::numbers);
            if parts(dtype, &whole.bytes).next().is_some() {
                prop_assert_eq!(bits(parted), bits(numbers));
            }
        }
        // Bytes that are no whole number of blocks end with the last whole one.
        let _ = tensor(dtype, bytes).to_f32();
    }
}
