//! Any bytes at all: an error or tensors, never a panic, and never more memory than the file has bytes.
//! The bodies are those of the fuzz targets in `tests/fuzz`.

use proptest::prelude::*;
use vitrine_schema::Account;
use vitrine_weights::{Manifest, ModelConfig, SafetensorsStream, Tensor, WeightsError, folder, safetensors};

/// Bytes for names, sentences and the like, whatever the file.
const SMALL: u64 = 4096;

/// Reads a file in pieces; the tensors handed out are never larger than what was read, and what is held meanwhile is never
/// more than twice the file.
fn read(file: &[u8], declared: impl Into<Option<u64>> + Copy, piece: usize) -> Result<(), WeightsError> {
    let mut outcome = Ok(());
    let held = allocation_counter::measure(|| outcome = parse(file, declared, piece, &|_| ()));
    let most = 2 * file.len() as u64 + SMALL;
    assert!(held.bytes_max <= most, "{} bytes for a file of {}", held.bytes_max, file.len());
    // Reading the values must not panic either.
    let widened = parse(file, declared, piece, &|tensor| drop(tensor.to_f32()));
    assert_eq!(widened, outcome);
    outcome
}

fn parse(
    file: &[u8],
    declared: impl Into<Option<u64>>,
    piece: usize,
    look: &dyn Fn(&Tensor),
) -> Result<(), WeightsError> {
    let mut stream = SafetensorsStream::new(declared);
    let mut bytes = 0;
    for piece in file.chunks(piece.max(1)) {
        stream.push(piece, &mut |tensor| {
            bytes += tensor.bytes.len();
            look(&tensor);
        })?;
    }
    assert!(bytes <= file.len());
    stream.finish()
}

fn header() -> impl Strategy<Value = String> {
    let number = prop_oneof![Just(0u64), 1u64..64, Just(1 << 31), Just(1 << 32), Just(u64::MAX), any::<u64>()];
    let dtype = prop_oneof![Just("F32"), Just("I8"), Just("F16"), Just("I64"), Just("Q4"), Just("")];
    let name = prop_oneof![Just("a"), Just("b"), Just("__metadata__"), Just("\\ud800"), Just("")];
    let entry = (name, dtype, prop::collection::vec(number.clone(), 0..6), number.clone(), number).prop_map(
        |(name, dtype, shape, begin, end)| {
            format!(r#""{name}":{{"dtype":"{dtype}","shape":{shape:?},"data_offsets":[{begin},{end}]}}"#)
        },
    );
    prop::collection::vec(entry, 0..4).prop_map(|entries| format!("{{{}}}", entries.join(",")))
}

const CONFIG: &[u8] = br#"{"model_type":"llama","vocab_size":10,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,"max_position_embeddings":8}"#;

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("NaN".to_owned()),
        any::<i32>().prop_map(|n| n.to_string()),
        any::<f32>().prop_filter("JSON has no infinity", |n| n.is_finite()).prop_map(|n| format!("{n:e}")),
        "[a-z_]{0,8}".prop_map(|text| format!("\"{text}\"")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let name = "[a-z_]{1,8}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|all| format!("[{}]", all.join(","))),
            prop::collection::btree_map(name, inner, 0..3).prop_map(|all| {
                let all: Vec<String> = all.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
                format!("{{{}}}", all.join(","))
            }),
        ]
    })
}

/// Objects with the names that are read.
fn json() -> impl Strategy<Value = String> {
    let names = [
        "eos_token_id",
        "chat_template",
        "added_tokens_decoder",
        "bos_token",
        "strip_accents",
        "rope_scaling",
        "rope_parameters",
        "model_type",
        "architectures",
        "id2label",
        "head_dim",
        "quantization_config",
    ];
    prop::collection::btree_map(prop::sample::select(names.to_vec()), value(), 0..5).prop_map(|all| {
        let all: Vec<String> = all.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", all.join(","))
    })
}

/// The smallest entries that a header can have, thousands of them: the index that they need is larger than they are.
#[test]
fn a_header_of_tiny_entries_is_held_in_a_little_for_each() {
    const ENTRY: u64 = 240;
    let entry = |i: usize| format!(r#""{i:x}":{{"dtype":"I8","shape":[],"data_offsets":[{i},{}]}}"#, i + 1);
    let header = format!("{{{}}}", (0..3000).map(entry).collect::<Vec<_>>().join(","));
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    file.resize(file.len() + 3000, 0);
    let held = allocation_counter::measure(|| {
        assert_eq!(parse(&file, file.len() as u64, 1000, &|_| ()), Ok(()));
    });
    assert!(held.bytes_max <= 2 * file.len() as u64 + 3000 * ENTRY, "{} for {}", held.bytes_max, file.len());
}

proptest! {
    #[test]
    fn random_bytes(file in prop::collection::vec(any::<u8>(), 0..400), declared in any::<u64>(), piece in 1usize..64) {
        let _ = read(&file, declared, piece);
        let told = read(&file, file.len() as u64, piece);
        prop_assert_eq!(read(&file, None, piece).is_ok(), told.is_ok());
    }

    #[test]
    fn headers_that_lie(header in header(), data in 0usize..80, piece in 1usize..64, length_off in -2i64..3) {
        let claimed = (header.len() as u64).wrapping_add_signed(length_off);
        let mut file = claimed.to_le_bytes().to_vec();
        file.extend_from_slice(header.as_bytes());
        file.resize(file.len() + data, 7);
        let told = read(&file, file.len() as u64, piece);
        prop_assert_eq!(read(&file, None, piece).is_ok(), told.is_ok());
    }

    #[test]
    fn what_the_reference_reader_accepts_is_read_alike(values in prop::collection::vec(any::<f32>().prop_filter("finite", |v| v.is_finite()), 1..40), piece in 1usize..64) {
        let bytes: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let view = ::safetensors::tensor::TensorView::new(::safetensors::Dtype::F32, vec![values.len()], &bytes).unwrap();
        let file = ::safetensors::serialize([("w", view)], None).unwrap();
        let tensors = safetensors::read_all(&file).unwrap();
        prop_assert_eq!(tensors[0].to_f32().unwrap(), values);
        prop_assert!(read(&file, file.len() as u64, piece).is_ok());
    }

    #[test]
    fn one_changed_byte_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden/tiny-bert/model.safetensors");
        let mut file = std::fs::read(path).unwrap();
        let at = at.index(file.len().min(4000));
        file[at] = byte;
        let _ = safetensors::read_all(&file);
    }

    #[test]
    fn small_files_of_any_content(bytes in prop::collection::vec(any::<u8>(), 0..300), text in ".{0,200}", json in json()) {
        for bytes in [bytes.as_slice(), text.as_bytes(), json.as_bytes()] {
            let _ = ModelConfig::from_json(bytes, &mut Account::default());
            let _ = Manifest::from_json(bytes);
            for name in folder::SMALL_FILES.into_iter().filter(|name| *name != folder::CONFIG) {
                let files = [(folder::CONFIG, CONFIG), (name, bytes)].map(|(name, bytes)| (name.to_owned(), bytes.to_vec()));
                let _ = folder::describe(&files.into(), &mut Account::default());
            }
        }
    }

    /// The configurations of all checkpoints, each with any value in the place of one of its own.
    #[test]
    fn a_value_of_any_architecture(at in any::<prop::sample::Index>(), key in any::<prop::sample::Index>(), value in value()) {
        let golden = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/golden")).unwrap();
        let configs = golden.filter_map(|entry| std::fs::read(entry.unwrap().path().join("config.json")).ok());
        let mut configs: Vec<Vec<u8>> = configs.collect();
        configs.sort();
        prop_assert!(configs.len() > 14);
        let mut config = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(&configs[at.index(configs.len())]).unwrap();
        let key = config.keys().nth(key.index(config.len())).unwrap().clone();
        config.insert(key, serde_json::from_str(&value).unwrap_or_default());
        let mut account = Account::default();
        if ModelConfig::from_json(&serde_json::to_vec(&config).unwrap(), &mut account).is_ok() {
            let vitrine_schema::inspection::Used { shape_keys, tokenizer_keys, .. } = account.used;
            let absent = account.without_effect.iter().filter(|entry| !config.contains_key(&entry.name)).count();
            let ended = shape_keys + tokenizer_keys + account.without_effect.len() - absent;
            prop_assert!(ended + account.not_understood.len() >= config.len(), "{config:?}: {account:?}");
        }
    }

    /// A key with any value is used, passed over with a reason, or not understood; it never disappears.
    #[test]
    fn every_key_ends_somewhere(key in "[a-z_]{1,20}", value in value()) {
        let config = std::str::from_utf8(CONFIG).unwrap().replacen('{', &format!("{{\"{key}\":{value},"), 1);
        let mut account = Account::default();
        if ModelConfig::from_json(config.as_bytes(), &mut account).is_ok() {
            let vitrine_schema::inspection::Used { shape_keys, tokenizer_keys, .. } = account.used;
            let absent = account.without_effect.iter().filter(|entry| entry.name == "architectures").count();
            let ended = shape_keys + tokenizer_keys + account.without_effect.len() - absent;
            prop_assert!(ended + account.not_understood.len() >= 8, "{config}: {account:?}");
        }
    }
}
