//! `config.json` of a Hugging Face folder, for the architectures that are built.

use serde::Deserialize;

use crate::WeightsError;

/// Which transformer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Architecture {
    /// BERT (Devlin et al. 2018, arXiv 1810.04805).
    Bert,
    /// DistilBERT (Sanh et al. 2019, arXiv 1910.01108).
    DistilBert,
}

impl Architecture {
    /// The `model_type` of Hugging Face.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::DistilBert => "distilbert",
        }
    }
}

/// How the classifier sees the sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// The first token, through a dense layer.
    First,
    /// The mean of all tokens (`classifier_pooling: "mean"`, as in ModernBERT's configuration).
    Mean,
}

/// Sizes and names of a classifier.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Which transformer.
    pub architecture: Architecture,
    /// Rows of the embedding matrix.
    pub d_vocab: usize,
    /// Width of the residual stream.
    pub d_model: usize,
    /// Number of blocks.
    pub n_layers: usize,
    /// Attention heads per block.
    pub n_heads: usize,
    /// Width of the MLP.
    pub d_mlp: usize,
    /// Most tokens that can be read.
    pub n_positions: usize,
    /// Added to the variance in layer norms.
    pub layer_norm_eps: f64,
    /// How the classifier sees the sequence.
    pub pooling: Pooling,
    /// Names of the classes, in the order of the logits.
    pub labels: Vec<String>,
}

#[derive(Deserialize)]
struct RawConfig {
    model_type: String,
    vocab_size: usize,
    #[serde(alias = "dim")]
    hidden_size: usize,
    #[serde(alias = "n_layers")]
    num_hidden_layers: usize,
    #[serde(alias = "n_heads")]
    num_attention_heads: usize,
    #[serde(alias = "hidden_dim")]
    intermediate_size: usize,
    max_position_embeddings: usize,
    layer_norm_eps: Option<f64>,
    #[serde(alias = "activation")]
    hidden_act: Option<String>,
    classifier_pooling: Option<String>,
    position_embedding_type: Option<String>,
    id2label: Option<std::collections::BTreeMap<String, String>>,
}

impl ModelConfig {
    /// Width of one head.
    #[must_use]
    pub fn d_head(&self) -> usize {
        self.d_model.checked_div(self.n_heads).unwrap_or(0)
    }

    /// Reads and checks `config.json`.
    ///
    /// # Errors
    /// [`WeightsError::Config`] says which part cannot be used.
    pub fn from_json(json: &[u8]) -> Result<Self, WeightsError> {
        let bad = |detail: String| WeightsError::Config { file: "config.json", detail };
        let raw: RawConfig = serde_json::from_slice(json).map_err(|error| bad(error.to_string()))?;
        let architecture = match raw.model_type.as_str() {
            "bert" => Architecture::Bert,
            "distilbert" => Architecture::DistilBert,
            other => return Err(bad(format!("model type {other:?} is not built; bert and distilbert are"))),
        };
        match raw.hidden_act.as_deref() {
            None | Some("gelu") => {}
            Some(other) => return Err(bad(format!("activation {other:?} is not built; gelu is"))),
        }
        match raw.position_embedding_type.as_deref() {
            None | Some("absolute") => {}
            Some(other) => return Err(bad(format!("position embedding {other:?} is not built; absolute is"))),
        }
        let pooling = match raw.classifier_pooling.as_deref() {
            None | Some("cls") => Pooling::First,
            Some("mean") => Pooling::Mean,
            Some(other) => return Err(bad(format!("pooling {other:?} is not built; cls and mean are"))),
        };
        let labels = match raw.id2label {
            None => vec!["LABEL_0".to_owned(), "LABEL_1".to_owned()],
            Some(names) => (0..names.len())
                .map(|class| names.get(&class.to_string()).cloned())
                .collect::<Option<_>>()
                .ok_or_else(|| bad("id2label does not count from 0".to_owned()))?,
        };
        // Bounds well above published models of these types; they keep every product of two sizes within 32 bits.
        let sizes = [
            ("vocab_size", raw.vocab_size, 1 << 20),
            ("hidden size", raw.hidden_size, 1 << 13),
            ("number of layers", raw.num_hidden_layers, 1 << 8),
            ("number of heads", raw.num_attention_heads, 1 << 8),
            ("MLP size", raw.intermediate_size, 1 << 16),
            ("max_position_embeddings", raw.max_position_embeddings, 1 << 16),
            ("number of classes", labels.len(), 1 << 12),
        ];
        if let Some((name, size, most)) = sizes.iter().find(|(_, size, most)| !(1..=*most).contains(size)) {
            return Err(bad(format!("{name} is {size}, outside 1 to {most}")));
        }
        if !raw.hidden_size.is_multiple_of(raw.num_attention_heads) {
            return Err(bad(format!(
                "hidden size {} is no multiple of {} heads",
                raw.hidden_size, raw.num_attention_heads
            )));
        }
        let layer_norm_eps = raw.layer_norm_eps.unwrap_or(1e-12);
        if !(layer_norm_eps > 0.0 && layer_norm_eps < 1.0) {
            return Err(bad(format!("layer_norm_eps is {layer_norm_eps}")));
        }
        Ok(Self {
            architecture,
            d_vocab: raw.vocab_size,
            d_model: raw.hidden_size,
            n_layers: raw.num_hidden_layers,
            n_heads: raw.num_attention_heads,
            d_mlp: raw.intermediate_size,
            n_positions: raw.max_position_embeddings,
            layer_norm_eps,
            pooling,
            labels,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_run_is_said() {
        let check = |change: (&str, &str), sentence: &str| {
            let json = r#"{"model_type":"bert","vocab_size":10,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,"max_position_embeddings":8}"#;
            let result = ModelConfig::from_json(json.replace(change.0, change.1).as_bytes());
            let said = result.map_or_else(|error| error.to_string(), |_| String::new());
            assert!(said.contains(sentence) && said.is_empty() == sentence.is_empty(), "{said}");
        };
        check(("", ""), "");
        check(("\"bert\"", "\"t5\""), "model type \"t5\" is not built");
        check(("\"num_attention_heads\":2", "\"num_attention_heads\":3"), "no multiple");
        check(("\"num_attention_heads\":2", "\"num_attention_heads\":0"), "outside");
        check(("\"hidden_size\":8", "\"hidden_size\":999999999"), "outside");
        check(("\"hidden_size\":8,", ""), "missing field");
        check(("}", ",\"hidden_act\":\"relu\"}"), "activation");
        check(("}", "}}"), "trailing");
        check(("}", ",\"id2label\":{\"1\":\"a\"}}"), "count from 0");
    }
}
