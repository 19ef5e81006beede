//! What a configuration says of how a model reads, beside its sizes.
//!
//! Source: the configuration classes of transformers, whose names and defaults these are.

use serde_json::{Value, json};
use vitrine_schema::inspection::Group;

use super::rope::{self, Rope, RopeScaling};
use super::{Architecture, Biases, Scores, Sliding};
use crate::WeightsError;
use crate::keys::Keys;

/// How a model reads a text.
pub(super) struct Decoder {
    pub n_kv_heads: usize,
    pub d_head: usize,
    pub biases: Biases,
    pub rope: Rope,
    pub scores: Scores,
    pub sliding: Option<Sliding>,
    pub parallel: bool,
}

/// The sizes that are read before.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub d_model: usize,
    pub n_layers: usize,
    pub n_heads: usize,
    pub n_positions: usize,
}

impl Sizes {
    fn d_head(self) -> usize {
        self.d_model.checked_div(self.n_heads).unwrap_or(0)
    }
}

impl Decoder {
    /// As most encoders are: each head has its own keys and values, and as large a share of the stream as any other.
    pub fn plain(sizes: Sizes) -> Self {
        let d_head = sizes.d_head();
        Self {
            n_kv_heads: sizes.n_heads,
            d_head,
            biases: Biases::ALL,
            rope: Rope { base: 10_000.0, scaling: RopeScaling::NONE, width: d_head },
            scores: Scores::over(d_head as f64),
            sliding: None,
            parallel: false,
        }
    }

    pub fn read(keys: &mut Keys<'_>, architecture: Architecture, sizes: Sizes) -> Result<Self, WeightsError> {
        match architecture {
            Architecture::Gpt2 => gpt2(keys, sizes),
            Architecture::GptNeox => gpt_neox(keys, sizes),
            Architecture::Llama | Architecture::Qwen2 | Architecture::Qwen3 => llama(keys, architecture, sizes),
            Architecture::Gemma3 => gemma3(keys, sizes),
            Architecture::ModernBert => modern_bert(keys, sizes),
            _ => Ok(Self::plain(sizes)),
        }
    }
}

fn gpt2(keys: &mut Keys<'_>, sizes: Sizes) -> Result<Decoder, WeightsError> {
    let shape = Group::Shape;
    let plain = Decoder::plain(sizes);
    let scaled = keys.flag(shape, &["scale_attn_weights"])?.unwrap_or(true);
    let by_layer = keys.flag(shape, &["scale_attn_by_inverse_layer_idx"])?.unwrap_or(false);
    let Scores { divisor, .. } = plain.scores;
    Ok(Decoder { scores: Scores { divisor: if scaled { divisor } else { 1.0 }, by_layer }, ..plain })
}

fn gpt_neox(keys: &mut Keys<'_>, sizes: Sizes) -> Result<Decoder, WeightsError> {
    let shape = Group::Shape;
    let plain = Decoder::plain(sizes);
    let share = keys.number(shape, &["rotary_pct", "partial_rotary_factor"])?.unwrap_or(0.25);
    if !(share > 0.0 && share <= 1.0) {
        return Err(keys.wrong(format!("rotary_pct is {share}, not a share of a head")));
    }
    let names = ["rotary_emb_base", "rope_theta"];
    let (base, scaling) = rope::read(keys, &names, 10_000.0, sizes.n_positions)?;
    let bias = Some(keys.flag(shape, &["attention_bias"])?.unwrap_or(true));
    Ok(Decoder {
        biases: Biases { attention: bias, output: bias, ..Biases::ALL },
        // transformers cuts the product off.
        rope: Rope { base, scaling, width: (plain.d_head as f64 * share) as usize },
        parallel: keys.flag(shape, &["use_parallel_residual"])?.unwrap_or(true),
        ..plain
    })
}

/// Where a key is not there, what its class takes; where it is null, what the sizes give.
fn head_sizes(keys: &mut Keys<'_>, sizes: Sizes, defaults: [Option<usize>; 2]) -> Result<[usize; 2], WeightsError> {
    let shape = Group::Shape;
    let mut read = |name: &str, default: Option<usize>, given: usize| -> Result<usize, WeightsError> {
        let default = if keys.has(name) { None } else { default };
        keys.absent_if_null(shape, &[name]);
        Ok(keys.size(shape, &[name])?.or(default).unwrap_or(given))
    };
    let [n_kv_heads, d_head] = defaults;
    Ok([read("num_key_value_heads", n_kv_heads, sizes.n_heads)?, read("head_dim", d_head, sizes.d_head())?])
}

fn llama(keys: &mut Keys<'_>, architecture: Architecture, sizes: Sizes) -> Result<Decoder, WeightsError> {
    let shape = Group::Shape;
    let defaults = match architecture {
        Architecture::Qwen2 => [Some(32), None],
        Architecture::Qwen3 => [Some(32), Some(128)],
        _ => [None, None],
    };
    let [n_kv_heads, d_head] = head_sizes(keys, sizes, defaults)?;
    let (base, scaling) = rope::read(keys, &["rope_theta"], 10_000.0, sizes.n_positions)?;
    let biases = if architecture == Architecture::Qwen2 {
        Biases { attention: Some(true), output: Some(false), mlp: Some(false), ..Biases::ALL }
    } else {
        let attention = Some(keys.flag(shape, &["attention_bias"])?.unwrap_or(false));
        let mlp = match architecture {
            Architecture::Llama => keys.flag(shape, &["mlp_bias"])?.unwrap_or(false),
            _ => false,
        };
        Biases { attention, output: attention, mlp: Some(mlp), ..Biases::ALL }
    };
    keys.only(shape, "partial_rotary_factor", &[json!(1), json!(null)], "");
    let sliding = if architecture == Architecture::Llama { None } else { sliding_of_qwen(keys, sizes, base, scaling)? };
    Ok(Decoder {
        n_kv_heads,
        d_head,
        biases,
        rope: Rope { base, scaling, width: d_head },
        scores: Scores::over(d_head as f64),
        sliding,
        parallel: false,
    })
}

/// The upper layers read a window, where the configuration asks for it.
fn sliding_of_qwen(
    keys: &mut Keys<'_>,
    sizes: Sizes,
    base: f64,
    scaling: RopeScaling,
) -> Result<Option<Sliding>, WeightsError> {
    let shape = Group::Shape;
    keys.only(shape, "use_mrope", &[json!(false), json!(null)], "; it is for images");
    let slides = keys.flag(shape, &["use_sliding_window"])?.unwrap_or(false);
    let usual = (!keys.has("sliding_window")).then_some(4096);
    keys.absent_if_null(shape, &["sliding_window", "max_window_layers"]);
    let window = keys.size(shape, &["sliding_window"])?.or(usual);
    let from = keys.size(shape, &["max_window_layers"])?.unwrap_or(28);
    let named = layer_types(keys, sizes.n_layers)?;
    let Some(window) = window.filter(|_| slides) else {
        return match named {
            Some(layers) if layers.contains(&true) => {
                let said =
                    "layer_types names sliding layers, but use_sliding_window and sliding_window give none a window";
                Err(keys.wrong(said.to_owned()))
            }
            _ => Ok(None),
        };
    };
    let layers = named.unwrap_or_else(|| (0..sizes.n_layers).map(|layer| layer >= from).collect());
    Ok(Some(Sliding { window, layers, rope_base: base, rope_scaling: scaling }))
}

fn gemma3(keys: &mut Keys<'_>, sizes: Sizes) -> Result<Decoder, WeightsError> {
    let shape = Group::Shape;
    let [n_kv_heads, d_head] = head_sizes(keys, sizes, [Some(4), Some(256)])?;
    let (base, scaling) = rope::read(keys, &["rope_theta"], 1_000_000.0, sizes.n_positions)?;
    let bias = Some(keys.flag(shape, &["attention_bias"])?.unwrap_or(false));
    let scalar = keys.number(shape, &["query_pre_attn_scalar"])?.unwrap_or(256.0);
    let window = keys.size(shape, &["sliding_window"])?.unwrap_or(4096);
    let every = keys.size(shape, &["sliding_window_pattern"])?.unwrap_or(6);
    let named = layer_types(keys, sizes.n_layers)?;
    let every = |layer: usize| layer.saturating_add(1).checked_rem(every).is_some_and(|rest| rest != 0);
    let layers = named.unwrap_or_else(|| (0..sizes.n_layers).map(every).collect());
    let rope_base = keys.number(shape, &["rope_local_base_freq"])?.unwrap_or(10_000.0);
    let none = [json!(null)];
    keys.only(shape, "final_logit_softcapping", &none, "; no logit is bent");
    keys.only(shape, "attn_logit_softcapping", &none, "; no score is bent");
    keys.only(shape, "use_bidirectional_attention", &[json!(false), json!(null)], "; text is read from left to right");
    Ok(Decoder {
        n_kv_heads,
        d_head,
        biases: Biases { attention: bias, output: bias, mlp: Some(false), ..Biases::ALL },
        rope: Rope { base, scaling, width: d_head },
        scores: Scores::over(scalar),
        // Of the two kinds of layers only those that read everything have scaled angles.
        sliding: Some(Sliding { window, layers, rope_base, rope_scaling: RopeScaling::NONE }),
        parallel: false,
    })
}

/// Every so many layers one reads everything; the others read a window around each token and have rotary angles of their own.
fn modern_bert(keys: &mut Keys<'_>, sizes: Sizes) -> Result<Decoder, WeightsError> {
    let shape = Group::Shape;
    let plain = Decoder::plain(sizes);
    let names = ["global_rope_theta", "rope_theta"];
    let (base, scaling) = rope::read(keys, &names, 160_000.0, sizes.n_positions)?;
    let every = keys.size(shape, &["global_attn_every_n_layers"])?.unwrap_or(3);
    if every == 0 {
        return Err(keys.wrong("global_attn_every_n_layers is 0".to_owned()));
    }
    let around = keys.size(shape, &["local_attention"])?.unwrap_or(128) / 2;
    let usual = if keys.has("local_rope_theta") { base } else { 10_000.0 };
    keys.absent_if_null(shape, &["local_rope_theta"]);
    let rope_base = keys.number(shape, &["local_rope_theta"])?.unwrap_or(usual);
    let mut bias = |name: &str| Ok(Some(keys.flag(shape, &[name])?.unwrap_or(false)));
    let attention = bias("attention_bias")?;
    let biases = Biases {
        attention,
        output: attention,
        mlp: bias("mlp_bias")?,
        norms: bias("norm_bias")?,
        head: bias("classifier_bias")?,
    };
    keys.only(shape, "partial_rotary_factor", &[json!(1), json!(null)], "");
    keys.only(shape, "head_dim", &[json!(plain.d_head), json!(null)], "; a head is a share of the stream");
    Ok(Decoder {
        biases,
        rope: Rope { base, scaling, ..plain.rope },
        sliding: Some(Sliding {
            window: around.saturating_mul(2).saturating_add(1),
            layers: (0..sizes.n_layers).map(|layer| layer.checked_rem(every).is_some_and(|rest| rest != 0)).collect(),
            rope_base,
            rope_scaling: scaling,
        }),
        ..plain
    })
}

/// Which layers read a window, where they are named one by one.
fn layer_types(keys: &mut Keys<'_>, n_layers: usize) -> Result<Option<Vec<bool>>, WeightsError> {
    const NAME: &str = "layer_types";
    keys.absent_if_null(Group::Shape, &[NAME]);
    let Some(value) = keys.take(Group::Shape, NAME) else { return Ok(None) };
    let kind = |kind: &Value| match kind.as_str() {
        Some("full_attention") => Some(false),
        Some("sliding_attention") => Some(true),
        _ => None,
    };
    let layers: Option<Vec<bool>> = value.as_array().and_then(|kinds| kinds.iter().map(kind).collect());
    let Some(layers) = layers else {
        return Err(keys.wrong(format!("{NAME} is {value}, not a list of full_attention and sliding_attention")));
    };
    if layers.len() != n_layers {
        return Err(keys.wrong(format!("{NAME} names {} layers, but there are {n_layers}", layers.len())));
    }
    Ok(Some(layers))
}
