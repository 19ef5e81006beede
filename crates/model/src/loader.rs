//! Named tensors, in any order, to a model on a device.

use std::collections::BTreeMap;

use burn::tensor::{Device, Tensor as DeviceTensor, TensorData};
use vitrine_weights::{Architecture, Dtype, ModelConfig, Pooling, Tensor, WeightsError};

use crate::bert::{Bert, Block, Head, LayerNorm, Linear};
use crate::embedding::{EmbeddingTable, check_shape};

const WORD_EMBEDDINGS: &str = "embeddings.word_embeddings.weight";

/// Takes tensors as they arrive, sends each to the device and drops its bytes.
#[derive(Debug)]
pub struct Loader {
    config: ModelConfig,
    device: Device,
    vectors: BTreeMap<String, DeviceTensor<1>>,
    matrices: BTreeMap<String, DeviceTensor<2>>,
    embedding: Option<EmbeddingTable>,
    /// 8-bit matrices and scales whose other half has not come yet.
    waiting: BTreeMap<String, Tensor>,
}

impl Loader {
    /// Starts a model of this configuration.
    #[must_use]
    pub const fn new(config: ModelConfig, device: Device) -> Self {
        Self {
            config,
            device,
            vectors: BTreeMap::new(),
            matrices: BTreeMap::new(),
            embedding: None,
            waiting: BTreeMap::new(),
        }
    }

    /// Takes one tensor of the file.
    ///
    /// # Errors
    /// What is wrong with its values or shape.
    pub fn accept(&mut self, mut tensor: Tensor) -> Result<(), WeightsError> {
        let Some(name) = plain_name(&tensor.name) else { return Ok(()) };
        tensor.name.clone_from(&name);
        match (name.strip_suffix("_scale"), tensor.dtype) {
            (Some(weight), _) => match self.waiting.remove(weight) {
                Some(rows) => self.upload(&rows, Some(&tensor)),
                None => {
                    self.waiting.insert(name, tensor);
                    Ok(())
                }
            },
            (None, Dtype::I8) => match self.waiting.remove(&format!("{name}_scale")) {
                Some(scale) => self.upload(&tensor, Some(&scale)),
                None => {
                    self.waiting.insert(name, tensor);
                    Ok(())
                }
            },
            (None, _) => self.upload(&tensor, None),
        }
    }

    fn upload(&mut self, tensor: &Tensor, scale: Option<&Tensor>) -> Result<(), WeightsError> {
        if tensor.name == WORD_EMBEDDINGS {
            let table = EmbeddingTable::new(tensor, scale, self.config.d_vocab, self.config.d_model)?;
            self.embedding = Some(table);
            return Ok(());
        }
        match tensor.shape[..] {
            [length] => {
                let data = TensorData::new(tensor.to_f32()?, [length]);
                self.vectors.insert(tensor.name.clone(), DeviceTensor::from_data(data, &self.device));
            }
            [d_out, d_in] => {
                let scales =
                    scale.map(|scale| check_shape(scale, &[d_out]).and_then(|()| scale.to_f32())).transpose()?;
                let data =
                    TensorData::new(transposed(&tensor.to_f32()?, scales.as_deref(), d_out, d_in), [d_in, d_out]);
                self.matrices.insert(tensor.name.clone(), DeviceTensor::from_data(data, &self.device));
            }
            _ => {}
        }
        Ok(())
    }

    /// Puts the model together.
    ///
    /// # Errors
    /// [`WeightsError::Missing`] or [`WeightsError::Shape`] for the first tensor that does not fit the configuration.
    pub fn finish(mut self) -> Result<Bert, WeightsError> {
        if let Some((name, tensor)) = self.waiting.pop_first() {
            let missing = if tensor.dtype == Dtype::I8 { format!("{name}_scale") } else { name };
            return Err(WeightsError::Missing { tensor: missing });
        }
        let ModelConfig { d_model, d_mlp, n_layers, n_positions, architecture, pooling, .. } = self.config;
        let n_classes = self.config.labels.len();
        let bert = architecture == Architecture::Bert;

        let missing = || WeightsError::Missing { tensor: WORD_EMBEDDINGS.to_owned() };
        let word_embeddings = self.embedding.take().ok_or_else(missing)?;
        let pos_embed = self.matrix("embeddings.position_embeddings.weight", [d_model, n_positions])?.transpose();
        let token_type_embed = bert.then(|| self.token_type()).transpose()?;
        let embed_ln = self.layer_norm("embeddings.LayerNorm")?;
        let on_cpu = self.device == Device::flex();
        let blocks = (0..n_layers)
            .map(|layer| {
                let names = BlockNames::of(architecture, layer);
                Ok(Block {
                    query: self.linear(&names.query, d_model, d_model)?,
                    key: self.linear(&names.key, d_model, d_model)?,
                    value: self.linear(&names.value, d_model, d_model)?,
                    attn_out: self.linear(&names.attn_out, d_model, d_model)?,
                    ln1: self.layer_norm(&names.ln1)?,
                    mlp_in: self.linear(&names.mlp_in, d_model, d_mlp)?,
                    mlp_out: self.linear(&names.mlp_out, d_mlp, d_model)?,
                    ln2: self.layer_norm(&names.ln2)?,
                    on_cpu,
                })
            })
            .collect::<Result<Vec<_>, WeightsError>>()?;
        let head = Head {
            dense: match (pooling, architecture) {
                (Pooling::Mean, _) => None,
                (Pooling::First, Architecture::Bert) => Some(self.linear("pooler.dense", d_model, d_model)?),
                (Pooling::First, Architecture::DistilBert) => Some(self.linear("pre_classifier", d_model, d_model)?),
            },
            classifier: self.linear("classifier", d_model, n_classes)?,
        };
        let Self { config, device, .. } = self;
        Ok(Bert { config, device, word_embeddings, pos_embed, token_type_embed, embed_ln, blocks, head })
    }

    fn matrix(&mut self, name: &str, expected: [usize; 2]) -> Result<DeviceTensor<2>, WeightsError> {
        let matrix = self.matrices.remove(name).ok_or_else(|| WeightsError::Missing { tensor: name.to_owned() })?;
        let [d_in, d_out] = matrix.dims();
        if [d_in, d_out] == expected {
            return Ok(matrix);
        }
        let (tensor, expected, found) = (name.to_owned(), vec![expected[1], expected[0]], vec![d_out, d_in]);
        Err(WeightsError::Shape { tensor, expected, found })
    }

    fn vector(&mut self, name: &str, expected: usize) -> Result<DeviceTensor<1>, WeightsError> {
        let vector = self.vectors.remove(name).ok_or_else(|| WeightsError::Missing { tensor: name.to_owned() })?;
        let [length] = vector.dims();
        if length == expected {
            return Ok(vector);
        }
        Err(WeightsError::Shape { tensor: name.to_owned(), expected: vec![expected], found: vec![length] })
    }

    fn linear(&mut self, name: &str, d_in: usize, d_out: usize) -> Result<Linear, WeightsError> {
        let weight = self.matrix(&format!("{name}.weight"), [d_in, d_out])?;
        Ok(Linear { weight, bias: self.vector(&format!("{name}.bias"), d_out)? })
    }

    fn layer_norm(&mut self, name: &str) -> Result<LayerNorm, WeightsError> {
        let (d_model, eps) = (self.config.d_model, self.config.layer_norm_eps);
        let gamma = self.vector(&format!("{name}.weight"), d_model)?;
        Ok(LayerNorm { gamma, beta: self.vector(&format!("{name}.bias"), d_model)?, eps })
    }

    /// The embedding of segment 0, the only one that a single text uses.
    fn token_type(&mut self) -> Result<DeviceTensor<1>, WeightsError> {
        const NAME: &str = "embeddings.token_type_embeddings.weight";
        let missing = WeightsError::Missing { tensor: NAME.to_owned() };
        let types = self.matrices.remove(NAME).ok_or(missing)?;
        let [d_model, n_types] = types.dims();
        if d_model != self.config.d_model || n_types == 0 {
            let (tensor, expected) = (NAME.to_owned(), vec![2, self.config.d_model]);
            return Err(WeightsError::Shape { tensor, expected, found: vec![n_types, d_model] });
        }
        Ok(types.slice([0..d_model, 0..1]).reshape([d_model]))
    }
}

/// The name without the prefix of its task, in the newer spelling; `None` for what no classifier reads.
fn plain_name(name: &str) -> Option<String> {
    let name = name.strip_prefix("bert.").or_else(|| name.strip_prefix("distilbert.")).unwrap_or(name);
    if name.starts_with("cls.") || name.ends_with("position_ids") {
        return None;
    }
    let renamed = name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias");
    Some(renamed)
}

/// `[d_out, d_in]` to `[d_in, d_out]`, each row times its scale.
fn transposed(values: &[f32], scales: Option<&[f32]>, d_out: usize, d_in: usize) -> Vec<f32> {
    let mut out = vec![0.0; values.len()];
    if d_in == 0 {
        return out;
    }
    for (row_idx, row) in values.chunks_exact(d_in).enumerate() {
        let scale = scales.and_then(|scales| scales.get(row_idx)).copied().unwrap_or(1.0);
        for (slot, value) in out.iter_mut().skip(row_idx).step_by(d_out).zip(row) {
            *slot = value * scale;
        }
    }
    out
}

/// Where Hugging Face keeps the parts of a block.
struct BlockNames {
    query: String,
    key: String,
    value: String,
    attn_out: String,
    ln1: String,
    mlp_in: String,
    mlp_out: String,
    ln2: String,
}

impl BlockNames {
    fn of(architecture: Architecture, layer: usize) -> Self {
        let (prefix, [query, key, value, attn_out, ln1, mlp_in, mlp_out, ln2]) = match architecture {
            Architecture::Bert => (
                "encoder.layer",
                [
                    "attention.self.query",
                    "attention.self.key",
                    "attention.self.value",
                    "attention.output.dense",
                    "attention.output.LayerNorm",
                    "intermediate.dense",
                    "output.dense",
                    "output.LayerNorm",
                ],
            ),
            Architecture::DistilBert => (
                "transformer.layer",
                [
                    "attention.q_lin",
                    "attention.k_lin",
                    "attention.v_lin",
                    "attention.out_lin",
                    "sa_layer_norm",
                    "ffn.lin1",
                    "ffn.lin2",
                    "output_layer_norm",
                ],
            ),
        };
        let name = |part: &str| format!("{prefix}.{layer}.{part}");
        Self {
            query: name(query),
            key: name(key),
            value: name(value),
            attn_out: name(attn_out),
            ln1: name(ln1),
            mlp_in: name(mlp_in),
            mlp_out: name(mlp_out),
            ln2: name(ln2),
        }
    }
}
