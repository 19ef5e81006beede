//! Named tensors, in any order, to a model on a device.

use std::collections::BTreeMap;
use std::ops::Range;

use burn::tensor::{DType, Device, FloatDType, Tensor as DeviceTensor, TensorData};
use vitrine_weights::{Architecture, Dtype, ModelConfig, Tensor, WeightsError};

use crate::causal::Unembedding;
use crate::embedding::{EmbeddingTable, check_shape};
use crate::parts::{Base, LayerNorm, Linear, Matrix, on_cpu};
use crate::{Bert, Gpt2, Llama, Model};

/// The matrix to the vocabulary in a file of a language model.
const UNEMBEDDING: &str = "lm_head.weight";

/// Takes tensors as they arrive, sends each to the device and drops its bytes.
#[derive(Debug)]
pub struct Loader {
    config: ModelConfig,
    device: Device,
    /// What matrices are kept as.
    dtype: DType,
    /// Bytes of what is kept.
    bytes: u64,
    tensors: Tensors,
    embedding: Option<EmbeddingTable>,
    /// 8-bit matrices and scales whose other half has not come yet.
    waiting: BTreeMap<String, Tensor>,
}

/// What is on the device, by name, until a model takes it.
#[derive(Debug, Default)]
pub(crate) struct Tensors {
    vectors: BTreeMap<String, DeviceTensor<1>>,
    matrices: BTreeMap<String, Matrix>,
    /// The matrix from the stream to the vocabulary, of a file that has one.
    unembedding: Option<Unembedding>,
    /// The embedding matrix once more, for a model that reads its answer off it.
    tied: Option<Unembedding>,
}

impl Loader {
    /// Starts a model of this configuration. The matrices of a language model are kept as 16-bit floats on a graphics
    /// device that has them.
    #[must_use]
    pub fn new(config: ModelConfig, device: Device) -> Self {
        let halves = config.architecture.causal() && !on_cpu(&device) && device.supports_dtype(FloatDType::F16);
        let dtype = if halves { DType::F16 } else { DType::F32 };
        Self { config, device, dtype, bytes: 0, tensors: Tensors::default(), embedding: None, waiting: BTreeMap::new() }
    }

    /// Keeps matrices as 16-bit floats whatever the device: half the memory; each weight off by 1 part in 2,000 at most.
    #[must_use]
    pub fn halved(self) -> Self {
        Self { dtype: DType::F16, ..self }
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
                Some(rows) => self.upload(rows, Some(&tensor)),
                None => self.wait(name, tensor),
            },
            (None, Dtype::I8) => match self.waiting.remove(&format!("{name}_scale")) {
                Some(scale) => self.upload(tensor, Some(&scale)),
                None => self.wait(name, tensor),
            },
            (None, _) => self.upload(tensor, None),
        }
    }

    fn wait(&mut self, name: String, tensor: Tensor) -> Result<(), WeightsError> {
        match self.waiting.insert(name, tensor) {
            Some(twice) => Err(WeightsError::Twice { tensor: twice.name }),
            None => Ok(()),
        }
    }

    fn upload(&mut self, tensor: Tensor, scale: Option<&Tensor>) -> Result<(), WeightsError> {
        let name = tensor.name.clone();
        let twice = match tensor.shape[..] {
            _ if name == self.embedding_name() => {
                if self.config.architecture.causal() {
                    check_shape(&tensor, &[self.config.d_vocab, self.config.d_model])?;
                    let tied = self.unembedding(&tensor, scale)?;
                    self.tensors.tied = Some(tied);
                }
                self.bytes += tensor.bytes.len() as u64;
                let table = EmbeddingTable::new(tensor, scale, self.config.d_vocab, self.config.d_model)?;
                self.embedding.replace(table).is_some()
            }
            _ if name == UNEMBEDDING => {
                check_shape(&tensor, &[self.config.d_vocab, self.config.d_model])?;
                let unembedding = self.unembedding(&tensor, scale)?;
                self.tensors.unembedding.replace(unembedding).is_some()
            }
            [length] => {
                self.bytes += 4 * length as u64;
                let data = TensorData::new(tensor.to_f32()?, [length]);
                self.tensors.vectors.insert(name.clone(), DeviceTensor::from_data(data, &self.device)).is_some()
            }
            [rows, columns] => {
                let stored_by_input = self.config.architecture == Architecture::Gpt2 && name.starts_with("h.");
                let matrix = if stored_by_input {
                    self.matrix(tensor.to_f32()?, [rows, columns])
                } else {
                    self.transposed(&tensor, scale, 0..rows)?
                };
                self.tensors.matrices.insert(name.clone(), matrix).is_some()
            }
            _ => false,
        };
        if twice { Err(WeightsError::Twice { tensor: name }) } else { Ok(()) }
    }

    const fn embedding_name(&self) -> &'static str {
        match self.config.architecture {
            Architecture::Bert | Architecture::DistilBert => "embeddings.word_embeddings.weight",
            Architecture::Gpt2 => "wte.weight",
            Architecture::Llama => "model.embed_tokens.weight",
        }
    }

    /// The matrix to the vocabulary, `[d_vocab, d_model]` in a file.
    fn unembedding(&mut self, tensor: &Tensor, scale: Option<&Tensor>) -> Result<Unembedding, WeightsError> {
        let ModelConfig { d_vocab, .. } = self.config;
        let pieces = (0..d_vocab).step_by(Unembedding::TOKENS).map(|first| {
            let last = (first + Unembedding::TOKENS).min(d_vocab);
            self.transposed(tensor, scale, first..last)
        });
        Ok(Unembedding { pieces: pieces.collect::<Result<_, _>>()? })
    }

    /// Some rows of `[d_out, d_in]` of a file to `[d_in, rows]` on the device, each row times its scale.
    fn transposed(
        &mut self,
        tensor: &Tensor,
        scale: Option<&Tensor>,
        rows: Range<usize>,
    ) -> Result<Matrix, WeightsError> {
        /// Rows turned together: their values fill a cache line of the result.
        const ROWS: usize = 16;
        let [d_out, d_in] = tensor.shape[..] else {
            return Err(WeightsError::Missing { tensor: tensor.name.clone() });
        };
        let scales = scale.map(|scale| check_shape(scale, &[d_out]).and_then(|()| scale.to_f32())).transpose()?;
        let width = rows.len();
        let mut out = vec![0.0; width * d_in];
        for first in (0..width).step_by(ROWS) {
            let last = (first + ROWS).min(width);
            let values: Vec<Vec<f32>> = (first..last)
                .map(|row| Ok(tensor.row(rows.start + row)?.unwrap_or_default()))
                .collect::<Result<_, WeightsError>>()?;
            for (column, slots) in out.chunks_exact_mut(width.max(1)).enumerate() {
                for (offset, (slot, row)) in slots[first..last].iter_mut().zip(&values).enumerate() {
                    let scale = scales.as_ref().map_or(1.0, |scales| scales[rows.start + first + offset]);
                    *slot = row[column] * scale;
                }
            }
        }
        Ok(self.matrix(out, [d_in, width]))
    }

    /// Row-major values to the device.
    fn matrix(&mut self, values: Vec<f32>, shape: [usize; 2]) -> Matrix {
        self.bytes += (values.len() * self.dtype.size()) as u64;
        Matrix(DeviceTensor::from_data(TensorData::new(values, shape), (&self.device, self.dtype)))
    }

    /// Puts the model together.
    ///
    /// # Errors
    /// [`WeightsError::Missing`] or [`WeightsError::Shape`] for the first tensor that does not fit the configuration,
    /// [`WeightsError::Unexpected`] for one of a layer too many.
    pub fn finish(mut self) -> Result<Model, WeightsError> {
        if let Some((name, tensor)) = self.waiting.pop_first() {
            let missing = if tensor.dtype == Dtype::I8 { format!("{name}_scale") } else { name };
            return Err(WeightsError::Missing { tensor: missing });
        }
        let missing = WeightsError::Missing { tensor: self.embedding_name().to_owned() };
        let word_embeddings = self.embedding.take().ok_or(missing)?;
        let Self { config, device, dtype, bytes, mut tensors, .. } = self;
        let (architecture, n_layers) = (config.architecture, config.n_layers);
        let base = Base { config, device, word_embeddings, dtype, bytes };
        let model = match architecture {
            Architecture::Bert | Architecture::DistilBert => Model::Bert(Box::new(Bert::assemble(base, &mut tensors)?)),
            Architecture::Gpt2 => Model::Gpt2(Box::new(Gpt2::assemble(base, &mut tensors)?)),
            Architecture::Llama => Model::Llama(Box::new(Llama::assemble(base, &mut tensors)?)),
        };
        let left = tensors.vectors.keys().chain(tensors.matrices.keys());
        match left.into_iter().find(|name| layer_of(name).is_some_and(|layer| layer >= n_layers)) {
            Some(tensor) => Err(WeightsError::Unexpected { tensor: tensor.clone() }),
            None => Ok(model),
        }
    }
}

impl Tensors {
    pub fn matrix(&mut self, name: &str, expected: [usize; 2]) -> Result<Matrix, WeightsError> {
        let matrix = self.matrices.remove(name).ok_or_else(|| WeightsError::Missing { tensor: name.to_owned() })?;
        let [d_in, d_out] = matrix.dims();
        if [d_in, d_out] == expected {
            return Ok(matrix);
        }
        let (tensor, expected, found) = (name.to_owned(), vec![expected[1], expected[0]], vec![d_out, d_in]);
        Err(WeightsError::Shape { tensor, expected, found })
    }

    pub fn vector(&mut self, name: &str, expected: usize) -> Result<DeviceTensor<1>, WeightsError> {
        let vector = self.vectors.remove(name).ok_or_else(|| WeightsError::Missing { tensor: name.to_owned() })?;
        let [length] = vector.dims();
        if length == expected {
            return Ok(vector);
        }
        Err(WeightsError::Shape { tensor: name.to_owned(), expected: vec![expected], found: vec![length] })
    }

    pub fn unbiased(&mut self, name: &str, d_in: usize, d_out: usize) -> Result<Linear, WeightsError> {
        Ok(Linear { weight: self.matrix(&format!("{name}.weight"), [d_in, d_out])?, bias: None })
    }

    pub fn linear(&mut self, name: &str, d_in: usize, d_out: usize) -> Result<Linear, WeightsError> {
        let Linear { weight, .. } = self.unbiased(name, d_in, d_out)?;
        Ok(Linear { weight, bias: Some(self.vector(&format!("{name}.bias"), d_out)?) })
    }

    pub fn layer_norm(&mut self, name: &str, d_model: usize, eps: f64) -> Result<LayerNorm, WeightsError> {
        let gamma = self.vector(&format!("{name}.weight"), d_model)?;
        Ok(LayerNorm { gamma, beta: self.vector(&format!("{name}.bias"), d_model)?, eps })
    }

    /// The matrix to the vocabulary, or the embedding matrix where the file has none.
    pub fn unembedding(&mut self) -> Result<Unembedding, WeightsError> {
        let missing = || WeightsError::Missing { tensor: UNEMBEDDING.to_owned() };
        self.unembedding.take().or_else(|| self.tied.take()).ok_or_else(missing)
    }

    /// The embedding of segment 0, the only one that a single text uses.
    pub fn token_type(&mut self, d_model: usize) -> Result<DeviceTensor<1>, WeightsError> {
        const NAME: &str = "embeddings.token_type_embeddings.weight";
        let missing = WeightsError::Missing { tensor: NAME.to_owned() };
        let types = self.matrices.remove(NAME).ok_or(missing)?;
        let [found, n_types] = types.dims();
        if found != d_model || n_types == 0 {
            let (tensor, expected) = (NAME.to_owned(), vec![2, d_model]);
            return Err(WeightsError::Shape { tensor, expected, found: vec![n_types, found] });
        }
        Ok(types.widened().slice([0..d_model, 0..1]).reshape([d_model]))
    }
}

/// The name without the prefix of its task, in the newer spelling; `None` for what no model here reads.
fn plain_name(name: &str) -> Option<String> {
    let prefixes = ["bert.", "distilbert.", "transformer.h", "transformer.w", "transformer.ln_f"];
    let name = match prefixes.iter().find(|prefix| name.starts_with(**prefix)) {
        Some(prefix) => &name[prefix.find('.').map_or(0, |dot| dot + 1)..],
        None => name,
    };
    if name.starts_with("cls.") || name.ends_with("position_ids") || name.ends_with("rotary_emb.inv_freq") {
        return None;
    }
    let renamed = name.replace("LayerNorm.gamma", "LayerNorm.weight").replace("LayerNorm.beta", "LayerNorm.bias");
    Some(renamed)
}

/// Which layer a name belongs to.
fn layer_of(name: &str) -> Option<usize> {
    let rest =
        ["encoder.layer.", "transformer.layer.", "h.", "model.layers."].iter().find_map(|p| name.strip_prefix(p))?;
    rest.split('.').next()?.parse().ok()
}
