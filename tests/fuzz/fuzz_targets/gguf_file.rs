//! Any bytes as a GGUF file, in two pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_schema::Account;
use vitrine_weights::{GgufStream, Tensor, gguf};

fuzz_target!(|file: &[u8]| {
    let mut stream = GgufStream::new(file.len() as u64);
    let mut bytes = 0;
    let (first, second) = file.split_at(file.len() / 2);
    let mut take = |tensor: Tensor| {
        bytes += tensor.bytes.len();
        let _ = tensor.to_f32();
    };
    for piece in [first, second, &[]] {
        if stream.push(piece, &mut take).is_err() {
            return;
        }
        if let Some(metadata) = stream.metadata() {
            let _ = gguf::describe(metadata, "m.gguf", &mut Account::default());
        }
    }
    assert!(bytes <= file.len());
});
