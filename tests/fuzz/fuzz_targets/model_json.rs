//! Any bytes as config.json and manifest.json.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_weights::{Manifest, ModelConfig};

fuzz_target!(|json: &[u8]| {
    let _ = ModelConfig::from_json(json);
    let _ = Manifest::from_json(json);
});
