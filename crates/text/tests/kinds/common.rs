//! Tiny tokenizers of every kind, as their `tokenizer.json`.

use std::path::Path;

use serde_json::{Value, json};
use vitrine_text::{Settings, Tokenizer};

/// Bytes of a file of the golden models.
pub fn golden(file: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden").join(file)).unwrap()
}

pub fn tokenizer(json: &Value) -> Tokenizer {
    with(json, &Settings::default())
}

pub fn with(json: &Value, settings: &Settings) -> Tokenizer {
    Tokenizer::from_json(json.to_string().as_bytes(), settings, usize::MAX, usize::MAX).unwrap()
}

pub fn parsed(file: &str) -> Value {
    serde_json::from_slice(&golden(file)).unwrap()
}

fn special(id: u32, content: &str) -> Value {
    json!({"id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true})
}

/// The tokens of SentencePiece: three of control, the bytes, then these.
fn pieces(words: &[&str]) -> Vec<String> {
    let control = ["<unk>", "<s>", "</s>"].map(str::to_owned);
    let bytes = (0..=255).map(|byte| format!("<0x{byte:02X}>"));
    control.into_iter().chain(bytes).chain(words.iter().map(|word| (*word).to_owned())).collect()
}

fn from_parts(model: Value, normalizer: Value, pre_tokenizer: Value, decoder: Value) -> Value {
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(0, "<unk>"), special(1, "<s>"), special(2, "</s>")],
        "normalizer": normalizer, "pre_tokenizer": pre_tokenizer,
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<s>": {"id": "<s>", "ids": [1], "tokens": ["<s>"]}},
        },
        "decoder": decoder, "model": model,
    })
}

fn spm_decoder() -> Value {
    json!({"type": "Sequence", "decoders": [
        {"type": "Replace", "pattern": {"String": "▁"}, "content": " "},
        {"type": "ByteFallback"}, {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0},
    ]})
}

fn pairs() -> Value {
    let words = [
        "▁", "t", "h", "e", "f", "i", "l", "m", "he", "▁t", "▁the", "il", "film", "fil", "▁film", "P", "a", "r", "s",
        "ar", "is", "aris", "▁P", "▁Paris", "日",
    ];
    let vocab: serde_json::Map<String, Value> =
        pieces(&words).into_iter().zip(0..).map(|(token, id)| (token, id.into())).collect();
    let merges = ["h e", "▁ t", "▁t he", "i l", "f il", "fil m", "▁ film", "a r", "i s", "ar is", "▁ P", "▁P aris"];
    json!({
        "type": "BPE", "dropout": null, "unk_token": "<unk>", "continuing_subword_prefix": null, "end_of_word_suffix": null,
        "fuse_unk": true, "byte_fallback": true, "ignore_merges": false, "vocab": vocab, "merges": merges,
    })
}

/// As published for Llama 1 and 2: the space in front comes from the normalizer.
pub fn llama() -> Value {
    let normalizer = json!({"type": "Sequence", "normalizers": [
        {"type": "Prepend", "prepend": "▁"}, {"type": "Replace", "pattern": {"String": " "}, "content": "▁"},
    ]});
    from_parts(pairs(), normalizer, Value::Null, spm_decoder())
}

/// The same with a pre-tokenizer, as it is written since.
pub fn metaspace() -> Value {
    let pre_tokenizer = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": false});
    from_parts(pairs(), Value::Null, pre_tokenizer, spm_decoder())
}

/// The same without a decoder.
pub fn no_decoder() -> Value {
    let mut json = metaspace();
    json["decoder"] = Value::Null;
    json
}

/// As published for T5 and its kin: pieces with likelihoods, no bytes.
pub fn unigram() -> Value {
    let scored: Vec<(&str, f64)> = vec![
        ("<unk>", 0.0),
        ("<s>", 0.0),
        ("</s>", 0.0),
        ("▁", -3.0),
        ("▁the", -2.0),
        ("▁film", -2.5),
        ("film", -4.0),
        ("t", -6.0),
        ("h", -6.0),
        ("e", -6.0),
        ("f", -6.0),
        ("i", -6.0),
        ("l", -6.0),
        ("m", -6.0),
        ("s", -5.0),
        ("▁Paris", -3.0),
        ("Paris", -5.0),
    ];
    let metaspace = json!({"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": true});
    from_parts(
        json!({"type": "Unigram", "unk_id": 0, "vocab": scored, "byte_fallback": false}),
        Value::Null,
        metaspace.clone(),
        metaspace,
    )
}

/// The byte-level tokenizer of the golden models, which trims places, or not, and may put a space in front.
pub fn bytes(trim: bool, space: bool) -> Value {
    let mut json = parsed("tiny-gpt2/tokenizer.json");
    json["pre_tokenizer"] =
        json!({"type": "ByteLevel", "add_prefix_space": space, "trim_offsets": trim, "use_regex": true});
    json["post_processor"] =
        json!({"type": "ByteLevel", "add_prefix_space": space, "trim_offsets": trim, "use_regex": true});
    json
}

/// The word pieces of the golden models.
pub fn word_pieces() -> Value {
    parsed("tiny-bert/tokenizer.json")
}

/// One token for each word, and no decoder.
pub fn words() -> Value {
    let vocab: serde_json::Map<String, Value> =
        ["[UNK]", "<s>", "the", "film"].into_iter().zip(0..).map(|(word, id)| (word.to_owned(), id.into())).collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null, "decoder": null,
        "model": {"type": "WordLevel", "vocab": vocab, "unk_token": "[UNK]"},
    })
}
