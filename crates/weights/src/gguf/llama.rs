//! A GGUF file of the Llama type, told as a Hugging Face folder would tell it.
//!
//! Source: `convert_hf_to_gguf.py` of llama.cpp, whose renaming and reordering this undoes; which keys there are, and what
//! they mean, is in its `llama-arch.cpp` and `llama-model.cpp`.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use vitrine_schema::ProblemType;
use vitrine_schema::inspection::{Account, Group};

use super::Metadata;
use crate::config::{Biases, Rope, RopeScaling, Scores};
use crate::described::{Described, Stop, StopAt, TokenizerConfig};
use crate::keys::{Judgement, Keys};
use crate::{Activation, Architecture, Format, ModelConfig, Pooling, Tensor, WeightsError};

/// Tokens that a template may name, by the key with their number.
const NAMED_TOKENS: [(&str, &str); 6] = [
    ("tokenizer.ggml.bos_token_id", "bos_token"),
    ("tokenizer.ggml.eos_token_id", "eos_token"),
    ("tokenizer.ggml.unknown_token_id", "unk_token"),
    ("tokenizer.ggml.seperator_token_id", "sep_token"),
    ("tokenizer.ggml.cls_token_id", "cls_token"),
    ("tokenizer.ggml.mask_token_id", "mask_token"),
];

/// Keys with tokens at which writing stops.
const STOPS: [&str; 4] = [
    "tokenizer.ggml.eos_token_id",
    "tokenizer.ggml.eot_token_id",
    "tokenizer.ggml.eom_token_id",
    "tokenizer.ggml.eos_token_ids",
];

/// What the file says about itself and the page shows.
const SHOWN: [&str; 14] = [
    "name",
    "author",
    "version",
    "organization",
    "description",
    "license",
    "license.name",
    "license.link",
    "languages",
    "basename",
    "finetune",
    "size_label",
    "url",
    "repo_url",
];

const OF_ITS_TENSORS: &str = "each tensor states its own type";
const NOT_FILLED_IN: &str = "no gap in a text is filled in here";

/// Keys that change no result here.
const WITHOUT_EFFECT: &[(&str, &[&str])] = &[
    (OF_ITS_TENSORS, &["general.file_type", "general.quantization_version", "general.quantized_by"]),
    ("one text at a time: nothing is padded", &["tokenizer.ggml.padding_token_id"]),
    ("pairs do not use it", &["tokenizer.ggml.remove_extra_whitespaces", "tokenizer.ggml.precompiled_charsmap"]),
    ("byte-level pairs do not use it", &["tokenizer.ggml.scores", "tokenizer.ggml.add_space_prefix"]),
    ("pairs with scores do not use it", &["tokenizer.ggml.merges", "tokenizer.ggml.pre"]),
    (
        NOT_FILLED_IN,
        &[
            "tokenizer.ggml.prefix_token_id",
            "tokenizer.ggml.suffix_token_id",
            "tokenizer.ggml.middle_token_id",
            "tokenizer.ggml.fim_pre_token_id",
            "tokenizer.ggml.fim_suf_token_id",
            "tokenizer.ggml.fim_mid_token_id",
            "tokenizer.ggml.fim_pad_token_id",
            "tokenizer.ggml.fim_rep_token_id",
            "tokenizer.ggml.fim_sep_token_id",
        ],
    ),
    ("the vocabulary of the file itself is read", &["tokenizer.huggingface.json", "tokenizer.rwkv.world"]),
    ("this kind of rope scaling does not use it", &["llama.rope.scaling.original_context_length"]),
    ("how the model was trained", &["llama.rope.scaling.finetuned"]),
];

/// What the header of a file says; what becomes of each key is told to the account.
///
/// # Errors
/// [`WeightsError::Config`] when there is no model to be told of. What is merely not understood stands in the account.
pub fn describe(metadata: &Metadata, file: &str, account: &mut Account) -> Result<Described, WeightsError> {
    let mut keys = Keys::new(file, metadata.values(), account);
    let shape = Group::Shape;
    if let Part { nth: 1.., count } = part(metadata) {
        let detail = format!("it is a later part of {count}; the first one says what the model is");
        return Err(keys.wrong(detail));
    }
    let architecture = keys.text(shape, &["general.architecture"])?;
    match architecture.as_deref() {
        Some("llama") => {}
        Some(other) => return Err(keys.wrong(format!("architecture {other:?} is not built; llama is"))),
        None => return Err(keys.wrong("it names no architecture".to_owned())),
    }
    keys.only(shape, "general.type", &[json!("model")], "; a whole model is");
    keys.take(shape, "general.alignment");
    let about = about(&mut keys);
    let d_vocab = metadata.texts("tokenizer.ggml.tokens").map_or(0, Iterator::count);
    let named = |metadata: &Metadata, id: u32| -> Option<String> {
        metadata.texts("tokenizer.ggml.tokens")?.nth(id as usize).map(str::to_owned)
    };
    let mut tokenizer = TokenizerConfig::default();
    let mut stops = Vec::new();
    for key in STOPS {
        for id in ids(&mut keys, key)? {
            stops.push(Stop { token: StopAt::Id(id), source: key.to_owned() });
        }
    }
    for (key, name) in NAMED_TOKENS {
        let id = match stops.iter().find(|stop| stop.source == key) {
            Some(Stop { token: StopAt::Id(id), .. }) => Some(*id),
            _ => ids(&mut keys, key)?.first().copied(),
        };
        if let Some(text) = id.and_then(|id| named(metadata, id)) {
            tokenizer.named_tokens.insert(name.to_owned(), text);
        }
        match name {
            "bos_token" => tokenizer.first = id,
            "eos_token" => tokenizer.last = id,
            "unk_token" => tokenizer.unknown = id,
            _ => {}
        }
    }
    vocabulary(&mut keys, &mut tokenizer)?;
    let chat_template = keys.text(Group::Tokenizer, &["tokenizer.chat_template"])?;
    let config = config(&mut keys, d_vocab, &stops)?;
    keys.finish(judge);
    Ok(Described { config: config.checked(file)?, tokenizer, stops, chat_template, about })
}

/// Which part of a split file this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// How many stand before it.
    pub nth: u64,
    /// How many there are.
    pub count: u64,
}

/// What a header says about that; a file that is not split is its only part.
#[must_use]
pub fn part(metadata: &Metadata) -> Part {
    let number = |key| metadata.integer(key).unwrap_or(0);
    Part { nth: number("split.no"), count: number("split.count").max(1) }
}

/// What nobody took.
fn judge(name: &str, _: &Value) -> Judgement {
    if let Some((reason, _)) = WITHOUT_EFFECT.iter().find(|(_, names)| names.contains(&name)) {
        return Judgement::WithoutEffect((*reason).to_owned());
    }
    match name.split('.').next() {
        Some("llama") => Judgement::NotUnderstood("no part of llama that is built reads it".to_owned()),
        Some("tokenizer") if name.starts_with("tokenizer.chat_template") => {
            Judgement::WithoutEffect("a template for other uses than a chat".to_owned())
        }
        Some("tokenizer") => Judgement::NotUnderstood("it may change how text is split".to_owned()),
        Some("general") => Judgement::WithoutEffect("where the file comes from".to_owned()),
        Some("split" | "quantize" | "imatrix") => Judgement::WithoutEffect("how the file was made".to_owned()),
        _ => Judgement::WithoutEffect("for another architecture or another program".to_owned()),
    }
}

fn about(keys: &mut Keys<'_>) -> BTreeMap<String, String> {
    let shown = SHOWN.iter().filter_map(|name| {
        let value = keys.take(Group::Shown, &format!("general.{name}"))?;
        let text = match value {
            Value::String(text) => text,
            Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            other => other.to_string(),
        };
        Some(((*name).to_owned(), text))
    });
    shown.collect()
}

/// Splittings whose vocabularies put the first token in front of a text unless they say otherwise.
const WITH_FIRST: [&str; 5] = ["llama3", "llama-v3", "llama-bpe", "falcon3", "tekken"];
/// Tokens of SentencePiece where the file does not name them: unknown, first, last.
const PIECES: [u32; 3] = [0, 1, 2];

/// The parts of the vocabulary, which are read where they lie, and what is put around a text.
fn vocabulary(keys: &mut Keys<'_>, tokenizer: &mut TokenizerConfig) -> Result<(), WeightsError> {
    let group = Group::Tokenizer;
    let key = |name: &str| format!("tokenizer.ggml.{name}");
    let pieces = keys.peek(&key("model")).and_then(Value::as_str) == Some("llama");
    let pre = keys.peek(&key("pre")).and_then(Value::as_str).unwrap_or_default();
    let with_first = pieces || WITH_FIRST.contains(&pre);
    keys.only(group, &key("model"), &[json!("gpt2"), json!("llama")], "; gpt2 and llama, two kinds of pairs, are");
    let parts = if pieces { ["tokens", "scores", "token_type"] } else { ["tokens", "merges", "token_type"] };
    parts.into_iter().chain((!pieces).then_some("pre")).for_each(|name| drop(keys.take(group, &key(name))));
    if pieces {
        let [unknown, first, last] = PIECES;
        tokenizer.unknown = tokenizer.unknown.or(Some(unknown));
        (tokenizer.first, tokenizer.last) = (tokenizer.first.or(Some(first)), tokenizer.last.or(Some(last)));
        tokenizer.add_prefix_space = Some(keys.flag(group, &[&key("add_space_prefix")])?.unwrap_or(true));
    }
    let adds_first = keys.flag(group, &[&key("add_bos_token")])?.unwrap_or(with_first);
    let adds_last = keys.flag(group, &[&key("add_eos_token")])?.unwrap_or(false);
    tokenizer.first = tokenizer.first.filter(|_| adds_first);
    tokenizer.last = tokenizer.last.filter(|_| adds_last);
    keys.only(group, &key("add_sep_token"), &[json!(false)], "; a token behind every text is not put there");
    Ok(())
}

/// Token ids; those that are no ids, such as −1 for none, are refused by [`Keys::ids`].
fn ids(keys: &mut Keys<'_>, key: &str) -> Result<Vec<u32>, WeightsError> {
    keys.ids(Group::Tokenizer, key)
}

fn config(keys: &mut Keys<'_>, d_vocab: usize, stops: &[Stop]) -> Result<ModelConfig, WeightsError> {
    let shape = Group::Shape;
    let n_heads = per_layer(keys, "llama.attention.head_count")?;
    let n_heads = n_heads.ok_or_else(|| keys.wrong("llama.attention.head_count is missing".to_owned()))?;
    let d_mlp = per_layer(keys, "llama.feed_forward_length")?;
    let d_model = keys.needed_size(shape, &["llama.embedding_length"])?;
    let d_head = match keys.size(shape, &["llama.attention.key_length"])? {
        Some(d_head) => d_head,
        None => d_model.checked_div(n_heads).ok_or_else(|| keys.wrong("llama.attention.head_count is 0".to_owned()))?,
    };
    keys.only(shape, "llama.attention.value_length", &[json!(d_head)], "; as long as a key is");
    keys.only(shape, "llama.rope.dimension_count", &[json!(d_head)], "; the whole of each head is turned");
    keys.only(shape, "llama.expert_count", &[json!(0)], "; one MLP in a block is");
    keys.only(shape, "llama.expert_used_count", &[json!(0)], "");
    keys.only(shape, "llama.attention.causal", &[json!(true)], "");
    keys.only(shape, "llama.attention.clamp_kqv", &[json!(0)], "");
    keys.only(shape, "llama.attention.max_alibi_bias", &[json!(0)], "");
    keys.only(shape, "llama.rope.scaling.attn_factor", &[json!(1)], "");
    keys.only(shape, "llama.use_parallel_residual", &[json!(false)], "");
    keys.only(shape, "llama.tensor_data_layout", &[json!("Meta AI original pth")], "");
    let kind = keys.text(shape, &["llama.rope.scaling.type"])?;
    let factor = keys.number(shape, &["llama.rope.scaling.factor", "llama.rope.scale_linear"])?;
    let rope_factor = match (kind.as_deref(), factor) {
        (Some("none"), _) | (None | Some("linear"), None) => 1.0,
        // Files of before 2024 have the factor alone.
        (None | Some("linear"), Some(0.0)) => 1.0,
        (None | Some("linear"), Some(factor)) => factor,
        (Some(other), _) => {
            let reason = format!("rope scaling {other:?} is not built; none and linear are");
            keys.not_understood("llama.rope.scaling.type", reason);
            1.0
        }
    };
    let eps = keys.number(shape, &["llama.attention.layer_norm_rms_epsilon"])?;
    Ok(ModelConfig {
        architecture: Architecture::Llama,
        d_vocab: keys.size(shape, &["llama.vocab_size"])?.unwrap_or(d_vocab),
        d_model,
        d_embed: d_model,
        n_layers: keys.needed_size(shape, &["llama.block_count"])?,
        n_heads,
        n_kv_heads: per_layer(keys, "llama.attention.head_count_kv")?.unwrap_or(n_heads),
        d_head,
        d_mlp: d_mlp.ok_or_else(|| keys.wrong("llama.feed_forward_length is missing".to_owned()))?,
        n_positions: keys.needed_size(shape, &["llama.context_length"])?,
        norm_eps: eps.ok_or_else(|| keys.wrong("llama.attention.layer_norm_rms_epsilon is missing".to_owned()))?,
        first_position: 0,
        rope: Rope {
            base: keys.number(shape, &["llama.rope.freq_base"])?.unwrap_or(10_000.0),
            scaling: RopeScaling::Linear(rope_factor),
            width: d_head,
        },
        sliding: None,
        scores: Scores::over(d_head as f64),
        activation: Activation::Silu,
        biases: Biases::default(),
        parallel: false,
        tied: None,
        n_segments: 0,
        class_named: true,
        format: Format::Gguf,
        pooling: Pooling::First,
        labels: Vec::new(),
        problem_type: ProblemType::default(),
        tokenizer_class: None,
        eos_ids: stops
            .iter()
            .filter_map(|stop| if let StopAt::Id(id) = stop.token { Some(id) } else { None })
            .collect(),
    })
}

/// A size that a file may state once, or for each layer; only equal ones are built.
fn per_layer(keys: &mut Keys<'_>, name: &str) -> Result<Option<usize>, WeightsError> {
    let Some(Value::Array(sizes)) = keys.peek(name) else { return keys.size(Group::Shape, &[name]) };
    let first = sizes.first().and_then(Value::as_u64).and_then(|size| usize::try_from(size).ok());
    if first.is_none() || sizes.iter().any(|size| Some(size) != sizes.first()) {
        return Err(keys.wrong(format!("{name} differs from layer to layer, which is not built")));
    }
    keys.take(Group::Shape, name);
    Ok(first)
}

/// Puts the rows of a tensor into the order of Hugging Face; its name stays.
///
/// # Errors
/// [`WeightsError::Shape`] when the rows do not divide into heads.
pub fn in_order(mut tensor: Tensor, config: &ModelConfig) -> Result<Tensor, WeightsError> {
    let heads = match tensor.name.rsplit_once("attn_") {
        Some((_, "q.weight" | "q.bias")) => Some(config.n_heads),
        Some((_, "k.weight" | "k.bias")) => Some(config.n_kv_heads),
        _ => None,
    };
    if let Some(n_heads) = heads {
        tensor.bytes = halves_apart(&tensor, n_heads, config.d_head)?;
    }
    Ok(tensor)
}

/// What Hugging Face calls a tensor of a file; a name that is not known stays.
#[must_use]
pub fn hugging_face_name(gguf: &str) -> String {
    let block = || {
        let (layer, part) = gguf.strip_prefix("blk.")?.split_once('.')?;
        let (part, kind) = part.rsplit_once('.')?;
        let part = match part {
            "attn_norm" => "input_layernorm",
            "attn_q" => "self_attn.q_proj",
            "attn_k" => "self_attn.k_proj",
            "attn_v" => "self_attn.v_proj",
            "attn_output" => "self_attn.o_proj",
            "ffn_norm" => "post_attention_layernorm",
            "ffn_gate" => "mlp.gate_proj",
            "ffn_up" => "mlp.up_proj",
            "ffn_down" => "mlp.down_proj",
            other => other,
        };
        Some(format!("model.layers.{layer}.{part}.{kind}"))
    };
    match gguf {
        "token_embd.weight" => "model.embed_tokens.weight".to_owned(),
        "output_norm.weight" => "model.norm.weight".to_owned(),
        "output.weight" => "lm_head.weight".to_owned(),
        other => block().unwrap_or_else(|| other.to_owned()),
    }
}

/// Rows of queries and keys lie in the order of interleaved rotation, `(head, pair, half)`; Hugging Face rotates halves,
/// `(head, half, pair)`. A row is a whole number of blocks, so it moves as bytes.
fn halves_apart(tensor: &Tensor, n_heads: usize, d_head: usize) -> Result<Vec<u8>, WeightsError> {
    let rows = tensor.shape.first().copied().unwrap_or(0);
    if n_heads.checked_mul(d_head) != Some(rows) || tensor.shape.len() > 2 || !d_head.is_multiple_of(2) {
        let width = tensor.shape.get(1).copied();
        let expected = [n_heads.saturating_mul(d_head)].into_iter().chain(width).collect();
        return Err(WeightsError::Shape { tensor: tensor.name.clone(), expected, found: tensor.shape.clone() });
    }
    let row_bytes = tensor.bytes.len().checked_div(rows).unwrap_or(0).max(1);
    let mut out = Vec::with_capacity(tensor.bytes.len());
    for head in tensor.bytes.chunks(row_bytes.saturating_mul(d_head).max(1)) {
        for half in 0..2 {
            head.chunks(row_bytes).skip(half).step_by(2).for_each(|row| out.extend_from_slice(row));
        }
    }
    Ok(out)
}
