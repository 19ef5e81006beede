//! Named tensors, in any order, to a model on a device.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use burn::tensor::{DType, Device, FloatDType, Tensor as DeviceTensor, TensorData};
use vitrine_schema::Account;
use vitrine_schema::inspection::{Parts, UsedTensor};
use vitrine_weights::keys::Judgement;
use vitrine_weights::{Architecture, Dtype, Format, ModelConfig, Tensor, WeightsError, accept, gguf, names};

use crate::causal::Unembedding;
use crate::embedding::{EmbeddingTable, check_shape};
#[cfg(feature = "cpu")]
use crate::packed;
use crate::parts::{Base, LayerNorm, Linear, Matrix, on_cpu};
use crate::{Bert, Gemma3, Gpt2, GptNeox, Llama, Model, ModernBert};

/// What the frequencies of a rotation are divided by, in a GGUF file.
const ROPE_FREQS: &str = "rope_freqs.weight";

/// Matrices whose rows are looked up and not multiplied.
const LOOKED_UP: [&str; 3] =
    ["embeddings.position_embeddings.weight", "embeddings.token_type_embeddings.weight", "wpe.weight"];

/// Takes tensors as they arrive, sends each to the device and drops its bytes; at the end it accounts for every one.
#[derive(Debug)]
pub struct Loader {
    config: ModelConfig,
    device: Device,
    /// What matrices are kept as where they are not packed.
    dtype: DType,
    /// Bytes of what is kept.
    bytes: u64,
    /// Bytes of the matrices among it, and how many weights those could hold.
    matrices: (usize, usize),
    tensors: Tensors,
    embedding: Option<EmbeddingTable>,
    /// 8-bit matrices and scales whose other half has not come yet.
    waiting: BTreeMap<String, Tensor>,
    /// Every tensor that came, by canonical name.
    seen: BTreeMap<String, Seen>,
    /// Name of the file that is being read.
    file: String,
    /// What the embedding matrix and the matrix to the vocabulary hold, where a file that says they are one has both.
    same: [Option<u64>; 2],
}

/// A tensor of the file.
#[derive(Debug)]
struct Seen {
    file: String,
    /// What the file calls it.
    name: String,
    shape: Vec<usize>,
    numbers: u64,
    dtype: Dtype,
    /// Whether it is of a kind that some part could read.
    kept: bool,
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
    /// What the frequencies of a rotation are divided by; read on the CPU.
    pub rope_freqs: Option<Vec<f32>>,
}

impl Loader {
    /// Starts a model of this configuration. The matrices of a language model are kept as 16-bit floats on a graphics
    /// device that has them.
    #[must_use]
    pub fn new(config: ModelConfig, device: Device) -> Self {
        let halves = config.architecture.causal() && !on_cpu(&device) && device.supports_dtype(FloatDType::F16);
        let dtype = if halves { DType::F16 } else { DType::F32 };
        Self {
            config,
            device,
            dtype,
            bytes: 0,
            matrices: (0, 0),
            tensors: Tensors::default(),
            embedding: None,
            waiting: BTreeMap::new(),
            seen: BTreeMap::new(),
            file: "model.safetensors".to_owned(),
            same: [None; 2],
        }
    }

    /// The tensors that follow stand in this file.
    pub fn file(&mut self, name: &str) {
        name.clone_into(&mut self.file);
    }

    /// Keeps matrices as 16-bit floats whatever the device: half the memory; each weight off by 1 part in 2,000 at most.
    #[must_use]
    pub fn halved(self) -> Self {
        Self { dtype: DType::F16, ..self }
    }

    /// Bytes that the matrices of the model take here, if they are written as those of this file are.
    #[must_use]
    pub fn room(&self, matrices: &[(Dtype, u64)]) -> u64 {
        let bytes = matrices.iter().map(|&(dtype, numbers)| {
            let (bytes, each) = self.room_of(dtype);
            bytes as f64 * numbers as f64 / each as f64
        });
        let numbers: f64 = matrices.iter().map(|(_, numbers)| *numbers as f64).sum();
        let share = if numbers > 0.0 { bytes.sum::<f64>() / numbers / 4.0 } else { 1.0 };
        (self.config.memory_bytes() as f64 * share) as u64
    }

    /// Bytes that so many numbers of a matrix take.
    fn room_of(&self, dtype: Dtype) -> (u64, u64) {
        #[cfg(feature = "cpu")]
        if self.packs() {
            return packed::room(dtype);
        }
        let _ = dtype;
        (self.dtype.size() as u64, 1)
    }

    /// Takes one tensor of the file.
    ///
    /// # Errors
    /// What is wrong with its values or shape.
    pub fn accept(&mut self, mut tensor: Tensor) -> Result<(), WeightsError> {
        let ModelConfig { architecture, format, .. } = self.config;
        let name = names::canonical(architecture, format, &tensor.name);
        if format == Format::Gguf {
            tensor = gguf::in_order(tensor, &self.config)?;
        }
        let numbers = tensor.shape.iter().fold(1u64, |product, &length| product.saturating_mul(length as u64));
        // What is no number is no weight, and no part has as many axes.
        let kept = !matches!(tensor.dtype, Dtype::Other { .. }) && (1..=2).contains(&tensor.shape.len());
        let (file, shape) = (self.file.clone(), tensor.shape.clone());
        let seen = Seen { file, name: tensor.name.clone(), shape, numbers, dtype: tensor.dtype, kept };
        if self.seen.insert(name.clone(), seen).is_some() {
            return Err(WeightsError::Twice { tensor: tensor.name });
        }
        match (name.strip_suffix("_scale"), tensor.dtype) {
            _ if !kept => Ok(()),
            (Some(weight), _) => match self.waiting.remove(weight) {
                Some(rows) => self.upload(weight.to_owned(), rows, Some(&tensor)),
                None => {
                    self.waiting.insert(name, tensor);
                    Ok(())
                }
            },
            (None, Dtype::I8) => match self.waiting.remove(&format!("{name}_scale")) {
                Some(scale) => self.upload(name, tensor, Some(&scale)),
                None => {
                    self.waiting.insert(name, tensor);
                    Ok(())
                }
            },
            (None, _) => self.upload(name, tensor, None),
        }
    }

    fn upload(&mut self, name: String, tensor: Tensor, scale: Option<&Tensor>) -> Result<(), WeightsError> {
        let vocabulary = [self.config.d_vocab, self.config.d_model];
        match tensor.shape[..] {
            _ if name == self.config.architecture.embedding() => {
                if self.config.architecture.causal() {
                    check_shape(&tensor, &vocabulary)?;
                    if self.config.tied != Some(false) {
                        self.tensors.tied = Some(self.unembedding(&tensor, scale)?);
                    }
                    if self.config.tied == Some(true) {
                        self.same[0] = Some(fingerprint(&tensor));
                    }
                }
                self.bytes += tensor.bytes.len() as u64;
                let table = EmbeddingTable::new(tensor, scale, self.config.d_vocab, self.config.d_embed)?;
                self.embedding = Some(table.times(self.config.embedding_factor()));
            }
            _ if name == self.config.architecture.last_matrix() && self.config.architecture.causal() => {
                check_shape(&tensor, &vocabulary)?;
                if self.config.tied == Some(true) {
                    self.same[1] = Some(fingerprint(&tensor));
                } else {
                    self.tensors.unembedding = Some(self.unembedding(&tensor, scale)?);
                }
            }
            _ if name == ROPE_FREQS && self.config.format == Format::Gguf => {
                check_shape(&tensor, &[self.config.d_head / 2])?;
                self.tensors.rope_freqs = Some(tensor.to_f32()?);
            }
            [length] => {
                self.bytes += 4 * length as u64;
                let data = TensorData::new(tensor.to_f32()?, [length]);
                self.tensors.vectors.insert(name, DeviceTensor::from_data(data, &self.device));
            }
            [rows, columns] => {
                let ModelConfig { architecture, format, .. } = self.config;
                let of_blocks = architecture == Architecture::Gpt2 && name.starts_with("h.");
                let stored_by_input = of_blocks && format == Format::HuggingFace;
                let matrix = if stored_by_input {
                    self.by_input(&tensor, [rows, columns])?
                } else {
                    let scales = scales(&tensor, scale)?;
                    if LOOKED_UP.contains(&&*name) {
                        self.transposed(&tensor, scales.as_deref(), 0..rows)?
                    } else {
                        self.by_output(&tensor, scales.as_deref(), 0..rows)?
                    }
                };
                self.tensors.matrices.insert(name, matrix);
            }
            _ => {}
        }
        Ok(())
    }

    /// The matrix to the vocabulary, `[d_vocab, d_model]` in a file.
    fn unembedding(&mut self, tensor: &Tensor, scale: Option<&Tensor>) -> Result<Unembedding, WeightsError> {
        let ModelConfig { d_vocab, .. } = self.config;
        let scales = scales(tensor, scale)?;
        let pieces = (0..d_vocab).step_by(Unembedding::TOKENS).map(|first| {
            let last = (first + Unembedding::TOKENS).min(d_vocab);
            self.by_output(tensor, scales.as_deref(), first..last)
        });
        Ok(Unembedding { pieces: pieces.collect::<Result<_, _>>()? })
    }

    /// Some rows of a matrix of a file that has one row for each output.
    fn by_output(
        &mut self,
        tensor: &Tensor,
        scales: Option<&[f32]>,
        rows: Range<usize>,
    ) -> Result<Matrix, WeightsError> {
        #[cfg(feature = "cpu")]
        if self.packs() {
            return Ok(self.keep(Matrix::Packed(packed::of_outputs(tensor, scales, rows)?)));
        }
        self.transposed(tensor, scales, rows)
    }

    /// Some rows of `[d_out, d_in]` of a file to `[d_in, rows]` on the device, each row times its scale.
    fn transposed(
        &mut self,
        tensor: &Tensor,
        scales: Option<&[f32]>,
        rows: Range<usize>,
    ) -> Result<Matrix, WeightsError> {
        /// Rows turned together: their values fill a cache line of the result.
        const ROWS: usize = 16;
        let [_, d_in] = tensor.shape[..] else {
            return Err(WeightsError::Missing { tensor: tensor.name.clone() });
        };
        let width = rows.len();
        let scale_of = |row: usize| scales.map_or(1.0, |scales| scales[row]);
        let mut out = vec![0.0; width * d_in];
        for first in (0..width).step_by(ROWS) {
            let last = (first + ROWS).min(width);
            let values: Vec<Vec<f32>> = (first..last)
                .map(|row| Ok(tensor.row(rows.start + row)?.unwrap_or_default()))
                .collect::<Result<_, WeightsError>>()?;
            for (column, slots) in out.chunks_exact_mut(width.max(1)).enumerate() {
                for (offset, (slot, row)) in slots[first..last].iter_mut().zip(&values).enumerate() {
                    *slot = row[column] * scale_of(rows.start + first + offset);
                }
            }
        }
        Ok(self.keep(Matrix::Tensor(Box::new(self.tensor(out, [d_in, width])))))
    }

    /// A matrix of a file that has one row for each input.
    fn by_input(&mut self, tensor: &Tensor, shape: [usize; 2]) -> Result<Matrix, WeightsError> {
        #[cfg(feature = "cpu")]
        if self.packs() {
            return Ok(self.keep(Matrix::Packed(packed::of_inputs(tensor, shape)?)));
        }
        Ok(self.keep(Matrix::Tensor(Box::new(self.tensor(tensor.to_f32()?, shape)))))
    }

    /// Row-major values to the device.
    fn tensor(&self, values: Vec<f32>, shape: [usize; 2]) -> DeviceTensor<2> {
        DeviceTensor::from_data(TensorData::new(values, shape), (&self.device, self.dtype))
    }

    /// Whether matrices are packed: in the processor's own memory, unless they are to be 16-bit floats.
    fn packs(&self) -> bool {
        self.dtype == DType::F32 && on_cpu(&self.device)
    }

    fn keep(&mut self, matrix: Matrix) -> Matrix {
        let (bytes, weights) = matrix.bytes();
        self.bytes += bytes as u64;
        self.matrices = (self.matrices.0 + bytes, self.matrices.1 + weights);
        matrix
    }

    /// Puts the model together, and tells the account of every tensor; returns where its numbers are, too.
    ///
    /// # Errors
    /// [`WeightsError::Missing`] or [`WeightsError::Shape`] for the first tensor that does not fit the configuration,
    /// [`WeightsError::NotUnderstood`] for one that no part of the model takes.
    pub fn finish(mut self, account: &mut Account) -> Result<(Model, Parts), WeightsError> {
        if let Some((name, _)) = self.waiting.iter().find(|(_, tensor)| tensor.dtype == Dtype::I8) {
            return Err(WeightsError::Missing { tensor: format!("{name}_scale") });
        }
        if let Some((reason, seen)) = self.seen.iter().find_map(|(name, seen)| Some((names::packing(name)?, seen))) {
            account.refuse(&seen.file, &seen.name, reason);
            accept(account)?;
        }
        self.check_class()?;
        if let [Some(embedding), Some(head)] = self.same
            && embedding != head
            && let Some(head) = self.seen.get(self.config.architecture.last_matrix())
        {
            account.refuse(
                &head.file,
                &head.name,
                "tie_word_embeddings says it is the embedding matrix, and it is not",
            );
        }
        let word_embeddings = self.embedding.take().ok_or_else(|| self.no_embedding())?;
        let packed = self.packs();
        let Self { config, device, bytes, matrices, mut tensors, waiting, mut seen, .. } = self;
        let weight_bits = (16 * matrices.0 / matrices.1.max(1)).div_ceil(2);
        let base = Base { config: config.clone(), device, word_embeddings, weight_bits, packed, bytes };
        let model = match config.architecture {
            Architecture::Bert
            | Architecture::DistilBert
            | Architecture::Roberta
            | Architecture::XlmRoberta
            | Architecture::Camembert
            | Architecture::Electra
            | Architecture::Albert => Model::Classifier(Arc::new(Bert::assemble(base, &mut tensors)?)),
            Architecture::ModernBert => Model::Classifier(Arc::new(ModernBert::assemble(base, &mut tensors)?)),
            Architecture::Gpt2 => Model::Causal(Arc::new(Gpt2::assemble(base, &mut tensors)?)),
            Architecture::GptNeox => Model::Causal(Arc::new(GptNeox::assemble(base, &mut tensors)?)),
            Architecture::Llama | Architecture::Qwen2 | Architecture::Qwen3 => {
                Model::Causal(Arc::new(Llama::assemble(base, &mut tensors)?))
            }
            Architecture::Gemma3 => Model::Causal(Arc::new(Gemma3::assemble(base, &mut tensors)?)),
        };
        let left = |name: &str| {
            tensors.vectors.contains_key(name) || tensors.matrices.contains_key(name) || waiting.contains_key(name)
        };
        let mut parts = Parts::default();
        seen.retain(|name, seen| {
            if !seen.kept || left(name) {
                return true;
            }
            if !name.ends_with("_scale") {
                account.used.tensors += 1;
                let (part, format) = (names::part(name), seen.dtype.name());
                parts.add(part, seen.numbers);
                account.tensors.push(UsedTensor::new(&seen.name, part, &seen.shape, format));
                *account.formats.entry(format.to_owned()).or_default() += seen.numbers;
            }
            if seen.dtype == Dtype::F64 {
                account.pass_over(&seen.file, &seen.name, "the last bits of 64: its numbers are rounded to 32");
            }
            false
        });
        for (name, Seen { file, name: written, .. }) in &seen {
            match names::judge(&config, name) {
                Judgement::WithoutEffect(reason) => account.pass_over(file, written, reason),
                Judgement::NotUnderstood(reason) => account.refuse(file, written, reason),
            }
        }
        accept(account)?;
        Ok((model, parts))
    }

    /// Without an embedding matrix; where the file has that of another architecture, it is named.
    fn no_embedding(&self) -> WeightsError {
        let ModelConfig { architecture, format, .. } = self.config;
        let of_another = |seen: &Seen| {
            let calls_it = |other: &&Architecture| names::canonical(**other, format, &seen.name) == other.embedding();
            Some((Architecture::ALL.iter().find(calls_it)?.name(), seen.name.clone()))
        };
        let Some((other, tensor)) = self.seen.values().find_map(of_another) else {
            return WeightsError::Missing { tensor: architecture.embedding().to_owned() };
        };
        let detail = format!("it says {}, but the weights have {tensor}, as {other} has", architecture.name());
        WeightsError::Config { file: "config.json".to_owned(), detail }
    }

    /// Where the file names no class, a head that is not built tells another one.
    fn check_class(&self) -> Result<(), WeightsError> {
        let ModelConfig { architecture, class_named, .. } = self.config;
        if class_named || self.seen.contains_key(architecture.last_matrix()) && !architecture.causal() {
            return Ok(());
        }
        let other = self.seen.iter().find_map(|(name, seen)| Some((architecture.other_head(name)?, &seen.name)));
        let Some((class, tensor)) = other else { return Ok(()) };
        let detail = format!("{tensor} tells a model for {class}, which is not built, and architectures says nothing");
        Err(WeightsError::Config { file: "config.json".to_owned(), detail })
    }
}

/// The scale of each row, where there are scales.
fn scales(tensor: &Tensor, scale: Option<&Tensor>) -> Result<Option<Vec<f32>>, WeightsError> {
    let rows = tensor.shape.first().copied().unwrap_or(0);
    scale.map(|scale| check_shape(scale, &[rows]).and_then(|()| scale.to_f32())).transpose()
}

/// What tells one matrix from another.
fn fingerprint(tensor: &Tensor) -> u64 {
    let mut hasher = DefaultHasher::new();
    tensor.bytes.hash(&mut hasher);
    hasher.finish()
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
        self.vector_if_there(name, expected)?.ok_or_else(|| WeightsError::Missing { tensor: name.to_owned() })
    }

    pub fn vector_if_there(&mut self, name: &str, expected: usize) -> Result<Option<DeviceTensor<1>>, WeightsError> {
        let Some(vector) = self.vectors.remove(name) else { return Ok(None) };
        let [length] = vector.dims();
        if length == expected {
            return Ok(Some(vector));
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

    /// With a bias, without one, or as the file has it.
    pub fn linear_with(
        &mut self,
        bias: Option<bool>,
        name: &str,
        d_in: usize,
        d_out: usize,
    ) -> Result<Linear, WeightsError> {
        match bias {
            Some(true) => self.linear(name, d_in, d_out),
            Some(false) => self.unbiased(name, d_in, d_out),
            None => {
                let Linear { weight, .. } = self.unbiased(name, d_in, d_out)?;
                Ok(Linear { weight, bias: self.vector_if_there(&format!("{name}.bias"), d_out)? })
            }
        }
    }

    /// The last matrix of a classifier, with as many rows as there are labels.
    pub fn classifier(&mut self, name: &str, d_in: usize, n_labels: usize) -> Result<Linear, WeightsError> {
        self.linear(name, d_in, n_labels).map_err(|error| match error {
            WeightsError::Shape { found, .. } if found.get(1) == Some(&d_in) => {
                let detail = format!("it has {n_labels} labels (id2label), but the head has {}", found[0]);
                WeightsError::Config { file: "config.json".to_owned(), detail }
            }
            other => other,
        })
    }

    pub fn layer_norm(&mut self, name: &str, d_model: usize, eps: f64) -> Result<LayerNorm, WeightsError> {
        let gamma = self.vector(&format!("{name}.weight"), d_model)?;
        Ok(LayerNorm { gamma, beta: self.vector(&format!("{name}.bias"), d_model)?, eps })
    }

    /// With a shift, or with one of zero where the model has none.
    pub fn layer_norm_with(
        &mut self,
        shift: bool,
        name: &str,
        d_model: usize,
        eps: f64,
    ) -> Result<LayerNorm, WeightsError> {
        if shift {
            return self.layer_norm(name, d_model, eps);
        }
        let gamma = self.vector(&format!("{name}.weight"), d_model)?;
        Ok(LayerNorm { beta: gamma.zeros_like(), gamma, eps })
    }

    /// The matrix to the vocabulary, or the embedding matrix where the file has none.
    pub fn unembedding(&mut self, architecture: Architecture) -> Result<Unembedding, WeightsError> {
        let missing = || WeightsError::Missing { tensor: architecture.last_matrix().to_owned() };
        self.unembedding.take().or_else(|| self.tied.take()).ok_or_else(missing)
    }

    /// The embedding of segment 0, the only one that a single text uses.
    pub fn token_type(&mut self, d_embed: usize, n_segments: usize) -> Result<DeviceTensor<1>, WeightsError> {
        let types = self.matrix("embeddings.token_type_embeddings.weight", [d_embed, n_segments])?;
        Ok(types.widened().slice([0..d_embed, 0..1]).reshape([d_embed]))
    }
}
