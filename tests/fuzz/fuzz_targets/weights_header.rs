//! Any bytes as a safetensors file, in two pieces.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_weights::SafetensorsStream;

fuzz_target!(|file: &[u8]| {
    let mut stream = SafetensorsStream::new(file.len() as u64);
    let mut bytes = 0;
    let (first, second) = file.split_at(file.len() / 2);
    let mut take = |tensor: vitrine_weights::Tensor| {
        bytes += tensor.bytes.len();
        let _ = tensor.to_f32();
    };
    let _ = stream.push(first, &mut take).and_then(|()| stream.push(second, &mut take));
    assert!(bytes <= file.len());
});
