//! What tensors are called: under one name each, whatever wrapped the model when it was saved.

use vitrine_schema::inspection::PartOf;

use crate::keys::Judgement;
use crate::{Architecture, Format, ModelConfig, Pooling, gguf};

/// What a program that trains puts in front of every name.
const WRAPPERS: [&str; 2] = ["module.", "_orig_mod."];

impl Architecture {
    /// Prefix of the base model in a file that has a head.
    const fn prefix(self) -> &'static str {
        match self {
            Self::Bert => "bert.",
            Self::DistilBert => "distilbert.",
            Self::Gpt2 => "transformer.",
            Self::Roberta | Self::XlmRoberta | Self::Camembert => "roberta.",
            Self::Electra => "electra.",
            Self::Albert => "albert.",
            Self::GptNeox => "gpt_neox.",
            Self::Llama | Self::Qwen2 | Self::Qwen3 | Self::Gemma3 | Self::ModernBert => "model.",
        }
    }

    /// First words of the names of its parts, without the prefix.
    const fn modules(self) -> &'static [&'static str] {
        match self {
            Self::Bert => &["embeddings", "encoder", "pooler", "classifier"],
            Self::DistilBert => &["embeddings", "transformer", "pre_classifier", "classifier"],
            Self::Gpt2 => &["wte", "wpe", "h", "ln_f", "lm_head"],
            Self::Roberta | Self::XlmRoberta | Self::Camembert => &["embeddings", "encoder", "classifier"],
            Self::Electra => &["embeddings", "embeddings_project", "encoder", "classifier"],
            Self::Albert => &["embeddings", "encoder", "pooler", "classifier"],
            Self::ModernBert => &["embeddings", "layers", "final_norm", "head", "classifier"],
            Self::GptNeox => &["embed_in", "layers", "final_layer_norm", "embed_out"],
            Self::Llama | Self::Qwen2 | Self::Qwen3 | Self::Gemma3 => {
                &["embed_tokens", "layers", "norm", "rotary_emb", "lm_head"]
            }
        }
    }

    /// First words of the names of heads that it has in other classes, each with its class.
    const fn other_heads(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Bert => &[("cls", "masked language modelling"), ("qa_outputs", "question answering")],
            Self::DistilBert => &[
                ("vocab_transform", "masked language modelling"),
                ("vocab_layer_norm", "masked language modelling"),
                ("vocab_projector", "masked language modelling"),
                ("qa_outputs", "question answering"),
            ],
            Self::Gpt2 => &[
                ("score", "sequence classification"),
                ("classifier", "token classification"),
                ("multiple_choice_head", "multiple choice"),
            ],
            Self::Roberta | Self::XlmRoberta | Self::Camembert => {
                &[("lm_head", "masked language modelling"), ("qa_outputs", "question answering")]
            }
            Self::Electra => &[
                ("discriminator_predictions", "finding replaced tokens"),
                ("generator_predictions", "masked language modelling"),
                ("generator_lm_head", "masked language modelling"),
                ("qa_outputs", "question answering"),
            ],
            Self::Albert => &[
                ("predictions", "masked language modelling"),
                ("sop_classifier", "the order of sentences"),
                ("qa_outputs", "question answering"),
            ],
            Self::ModernBert => &[("decoder", "masked language modelling"), ("qa_outputs", "question answering")],
            Self::GptNeox => &[
                ("score", "sequence classification"),
                ("classifier", "token classification"),
                ("qa_outputs", "question answering"),
            ],
            Self::Llama | Self::Qwen2 | Self::Qwen3 | Self::Gemma3 => {
                &[("score", "sequence classification"), ("qa_outputs", "question answering")]
            }
        }
    }

    /// What its embedding matrix is called.
    #[must_use]
    pub const fn embedding(self) -> &'static str {
        match self {
            Self::Gpt2 => "wte.weight",
            Self::GptNeox => "embed_in.weight",
            Self::ModernBert => "embeddings.tok_embeddings.weight",
            _ if self.causal() => "embed_tokens.weight",
            _ => "embeddings.word_embeddings.weight",
        }
    }

    /// What its matrix to the vocabulary is called, or the last matrix of its classifier.
    #[must_use]
    pub const fn last_matrix(self) -> &'static str {
        match self {
            Self::GptNeox => "embed_out.weight",
            _ if self.causal() => "lm_head.weight",
            Self::Electra => "classifier.out_proj.weight",
            _ if self.of_roberta() => "classifier.out_proj.weight",
            _ => "classifier.weight",
        }
    }

    /// The class that a tensor tells of, if it belongs to a head that is not built.
    #[must_use]
    pub fn other_head(self, name: &str) -> Option<&'static str> {
        let first = first_word(name);
        self.other_heads().iter().find(|(head, _)| *head == first).map(|(_, class)| *class)
    }
}

/// The name by which a model asks for a tensor: without wrappers, in the newer spelling, and without the prefix of the base
/// model, which some files have and some do not.
#[must_use]
pub fn canonical(architecture: Architecture, format: Format, name: &str) -> String {
    let name = match format {
        Format::HuggingFace => name.to_owned(),
        Format::Gguf => gguf::hugging_face_name(architecture, name),
    };
    let mut plain = &*name;
    while let Some(rest) = WRAPPERS.iter().find_map(|wrapper| plain.strip_prefix(wrapper)) {
        plain = rest;
    }
    let plain = plain.strip_prefix(architecture.prefix()).unwrap_or(plain);
    plain.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias")
}

/// What becomes of a tensor that no part of the model took, by its canonical name.
#[must_use]
pub fn judge(config: &ModelConfig, name: &str) -> Judgement {
    let architecture = config.architecture;
    if is_buffer(architecture, name) {
        return Judgement::WithoutEffect("computed here, not read".to_owned());
    }
    if let Some(class) = architecture.other_head(name) {
        return Judgement::WithoutEffect(format!("of a head for {class}, which is not used"));
    }
    // A GGUF file holds what its architecture needs and nothing else.
    if config.format == Format::HuggingFace && !architecture.modules().contains(&first_word(name)) {
        return Judgement::WithoutEffect(format!("of a part that {} does not have", architecture.name()));
    }
    let reason = match first_word(name) {
        "pooler" | "pre_classifier" if config.pooling == Pooling::Mean => {
            "classifier_pooling says mean, but the file has a layer for the first token".to_owned()
        }
        _ => match layer_of(name).filter(|layer| *layer >= config.n_layers) {
            Some(layer) => format!("it belongs to layer {layer}, but there are {}", config.n_layers),
            None => format!("no part of {} reads it", architecture.name()),
        },
    };
    Judgement::NotUnderstood(reason)
}

/// What a tensor tells of weights in a packing of their own, or of weights that are not whole; with the way out.
#[must_use]
pub fn packing(name: &str) -> Option<&'static str> {
    let has = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if has(&[".qweight", ".qzeros", ".g_idx"]) {
        Some("GPTQ and AWQ weights are not read; take the model without quantisation, or a GGUF file of it")
    } else if has(&[".absmax", ".quant_map", ".quant_state", ".SCB", ".nested_absmax"]) {
        Some("bitsandbytes weights are not read; take the model without quantisation, or a GGUF file of it")
    } else if has(&[".weight_packed", ".weight_zero_point"]) {
        Some("packed weights are not read; take the model without quantisation, or a GGUF file of it")
    } else if has(&[".lora_A.", ".lora_B.", ".lora_embedding_"]) {
        Some("it is of an adapter; merge the adapter into its base model and save that")
    } else {
        None
    }
}

/// Tensors that Hugging Face once saved and that are no weights.
fn is_buffer(architecture: Architecture, name: &str) -> bool {
    let in_block = |block: &str, parts: &[&str]| {
        let rest = name.strip_prefix(block).and_then(|rest| rest.split_once('.'));
        rest.is_some_and(|(layer, rest)| layer.parse::<usize>().is_ok() && parts.contains(&rest))
    };
    match architecture {
        Architecture::Gpt2 => in_block("h.", &["attn.bias", "attn.masked_bias"]),
        Architecture::GptNeox => {
            in_block("layers.", &["attention.bias", "attention.masked_bias", "attention.rotary_emb.inv_freq"])
        }
        _ if architecture.causal() => name.ends_with("rotary_emb.inv_freq"),
        _ => matches!(name, "embeddings.position_ids" | "embeddings.token_type_ids"),
    }
}

fn layer_of(name: &str) -> Option<usize> {
    let blocks = ["encoder.layer.", "encoder.albert_layer_groups.", "transformer.layer.", "h.", "layers."];
    let rest = blocks.iter().find_map(|block| name.strip_prefix(block))?;
    rest.split('.').next()?.parse().ok()
}

fn first_word(name: &str) -> &str {
    name.split('.').next().unwrap_or_default()
}

/// The part that a tensor belongs to.
#[must_use]
pub fn part(name: &str) -> PartOf {
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    let norms = ["LayerNorm", "layer_norm", "layernorm", "ln_", "q_norm", "k_norm", "attn_norm", "mlp_norm", ".norm."];
    if has(&norms) || name.starts_with("norm.") || name.starts_with("final_norm.") {
        PartOf::Norms
    } else if has(&["embed", "wte", "wpe", "rope_freqs"]) && !name.starts_with("embed_out.") {
        PartOf::Embedding
    } else if has(&["attention", "attn"]) {
        PartOf::Attention
    } else if layer_of(name).is_some() {
        PartOf::Mlp
    } else {
        PartOf::Output
    }
}

#[cfg(test)]
mod tests {
    use vitrine_schema::inspection::Parts;

    use super::*;

    #[test]
    fn one_name_whatever_wrapped_the_model() {
        let check = |architecture, names: &[&str], expected: &str| {
            for name in names {
                assert_eq!(canonical(architecture, Format::HuggingFace, name), expected);
            }
        };
        let bert = [
            "bert.embeddings.LayerNorm.gamma",
            "module.bert.embeddings.LayerNorm.weight",
            "embeddings.LayerNorm.weight",
        ];
        check(Architecture::Bert, &bert, "embeddings.LayerNorm.weight");
        check(
            Architecture::Gpt2,
            &["transformer.h.0.ln_1.weight", "_orig_mod.module.h.0.ln_1.weight"],
            "h.0.ln_1.weight",
        );
        check(Architecture::Llama, &["model.norm.weight", "norm.weight"], "norm.weight");
        check(
            Architecture::DistilBert,
            &["distilbert.transformer.layer.0.ffn.lin1.bias"],
            "transformer.layer.0.ffn.lin1.bias",
        );
    }

    #[test]
    fn a_tensor_of_a_gguf_file_is_called_as_in_a_folder() {
        let plain = |name| canonical(Architecture::Llama, Format::Gguf, name);
        assert_eq!(plain("blk.3.attn_q.bias"), "layers.3.self_attn.q_proj.bias");
        assert_eq!(plain("token_embd.weight"), "embed_tokens.weight");
        assert_eq!(plain("rope_freqs.weight"), "rope_freqs.weight");
    }

    #[test]
    fn numbers_are_counted_where_they_belong() {
        let mut parts = Parts::default();
        for name in [
            "embeddings.word_embeddings.weight",
            "encoder.layer.0.attention.self.query.weight",
            "encoder.layer.0.attention.output.LayerNorm.weight",
            "encoder.layer.0.output.LayerNorm.bias",
            "encoder.layer.0.intermediate.dense.weight",
            "pooler.dense.weight",
            "layers.0.input_layernorm.weight",
            "layers.0.mlp.up_proj.weight",
            "layers.0.self_attn.q_proj.weight",
            "norm.weight",
            "lm_head.weight",
            "wte.weight",
            "h.0.ln_1.weight",
            "h.0.mlp.c_fc.weight",
            "transformer.layer.0.ffn.lin1.weight",
            "transformer.layer.0.sa_layer_norm.weight",
            "layers.0.self_attn.q_norm.weight",
            "layers.0.attention.query_key_value.weight",
            "layers.0.mlp.dense_h_to_4h.weight",
            "encoder.albert_layer_groups.0.albert_layers.0.ffn.weight",
            "encoder.embedding_hidden_mapping_in.weight",
            "embed_in.weight",
            "embed_out.weight",
            "embeddings.tok_embeddings.weight",
            "embeddings.norm.weight",
            "layers.1.attn_norm.weight",
            "layers.1.attn.Wqkv.weight",
            "layers.1.mlp_norm.weight",
            "layers.1.mlp.Wi.weight",
            "final_norm.weight",
            "head.dense.weight",
            "head.norm.weight",
        ] {
            parts.add(part(name), 1);
        }
        assert_eq!(parts, Parts { embedding: 5, attention: 4, mlp: 7, norms: 12, output: 4 });
    }
}
