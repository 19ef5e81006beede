//! Any bytes as the small files of a folder, and as manifest.json.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_schema::Account;
use vitrine_weights::folder::{self, SmallFiles};
use vitrine_weights::{Architecture, Manifest, ModelConfig};

const CONFIG: &str = r#"{"model_type":"llama","hidden_dim":16,"vocab_size":10,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,"max_position_embeddings":8}"#;

fuzz_target!(|json: &[u8]| {
    let _ = ModelConfig::from_json(json, &mut Account::default());
    let _ = Manifest::from_json(json);
    // The same keys in a configuration of each architecture.
    if let Some(keys) = json.strip_prefix(b"{") {
        for architecture in Architecture::ALL {
            let config = CONFIG.replace("llama", architecture.name());
            let config = [config.trim_end_matches('}').as_bytes(), b",", keys].concat();
            let _ = ModelConfig::from_json(&config, &mut Account::default());
        }
    }
    for name in folder::SMALL_FILES.into_iter().filter(|name| *name != folder::CONFIG) {
        let files: SmallFiles = [(folder::CONFIG, CONFIG.as_bytes()), (name, json)].map(|(n, b)| (n.to_owned(), b.to_vec())).into();
        let _ = folder::describe(&files, &mut Account::default());
    }
});
