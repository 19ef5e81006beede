//! The parts that architectures are made of.

use burn::tensor::module::{layer_norm, linear};
use burn::tensor::{DType, Device, FloatDType, Tensor, TensorData};
use vitrine_schema::{BlockSite, Site};
use vitrine_weights::{Activation, ModelConfig};

use crate::nonlinear::nonlinear;
#[cfg(feature = "cpu")]
use crate::packed;
use crate::{EmbeddingTable, Hooks, ModelError};

/// What every model has: its sizes, its place, and the matrix that turns token ids into vectors.
#[derive(Debug, Clone)]
pub struct Base {
    pub config: ModelConfig,
    pub device: Device,
    pub word_embeddings: EmbeddingTable,
    /// Bits of a weight of a matrix as it is kept, its share of a scale included; rounded.
    pub weight_bits: usize,
    /// Whether matrices are packed.
    pub packed: bool,
    /// Bytes of all weights as they are kept.
    pub bytes: u64,
}

/// Whether tensors of this device are in the processor's own memory.
#[cfg_attr(
    not(feature = "cpu"),
    expect(clippy::missing_const_for_fn, reason = "it asks the device where there is a CPU")
)]
pub(crate) fn on_cpu(device: &Device) -> bool {
    #[cfg(feature = "cpu")]
    let on_cpu = *device == Device::flex();
    #[cfg(not(feature = "cpu"))]
    let on_cpu = {
        let _ = device;
        false
    };
    on_cpu
}

impl Base {
    /// Sends rows of that width to the device.
    ///
    /// # Shapes
    /// Row-major values of `[batch, pos, width]`.
    pub fn upload(&self, values: Vec<f32>, shape: [usize; 2], width: usize) -> Result<Tensor<3>, ModelError> {
        let ModelConfig { n_positions, .. } = self.config;
        let [batch, pos] = shape;
        if pos > n_positions {
            return Err(ModelError::TooLong { most: n_positions, found: pos });
        }
        if values.len() != batch * pos * width {
            return Err(ModelError::Ragged);
        }
        Ok(Tensor::from_data(TensorData::new(values, [batch, pos, width]), &self.device))
    }
}

/// A matrix as the device keeps it.
#[derive(Debug, Clone)]
pub(crate) enum Matrix {
    /// A tensor, `[d_in, d_out]`: 32-bit floats, or 16-bit floats that are widened where they are used.
    Tensor(Box<Tensor<2>>),
    /// Packed for the products of the CPU.
    #[cfg(feature = "cpu")]
    Packed(vitrine_kernel::Matrix),
}

impl Matrix {
    pub fn dims(&self) -> [usize; 2] {
        match self {
            Self::Tensor(tensor) => tensor.dims(),
            #[cfg(feature = "cpu")]
            Self::Packed(matrix) => matrix.dims(),
        }
    }

    /// Bytes that it takes, and how many weights those could hold.
    pub fn bytes(&self) -> (usize, usize) {
        match self {
            Self::Tensor(tensor) => {
                let numbers = tensor.shape().num_elements();
                (numbers * tensor.dtype().size(), numbers)
            }
            #[cfg(feature = "cpu")]
            Self::Packed(matrix) => (matrix.bytes(), matrix.room()),
        }
    }

    /// # Shapes
    /// `[.., d_in]` to `[.., d_out]`.
    pub fn forward<const D: usize>(&self, input: Tensor<D>, bias: Option<&Tensor<1>>) -> Tensor<D> {
        match self {
            Self::Tensor(tensor) => linear(input, widened(tensor), bias.cloned()),
            #[cfg(feature = "cpu")]
            Self::Packed(matrix) => packed::product(input, matrix, bias),
        }
    }

    /// As a tensor of 32-bit floats, `[d_in, d_out]`.
    pub fn widened(&self) -> Tensor<2> {
        match self {
            Self::Tensor(tensor) => widened(tensor),
            #[cfg(feature = "cpu")]
            Self::Packed(matrix) => packed::unpacked(matrix),
        }
    }

    /// What the inputs weigh for one output, `[d_in]`.
    pub fn column(&self, output: usize) -> Tensor<1> {
        let [d_in, _] = self.dims();
        match self {
            Self::Tensor(tensor) => widened(&tensor.clone().slice([0..d_in, output..output + 1])).reshape([d_in]),
            #[cfg(feature = "cpu")]
            Self::Packed(matrix) => packed::outputs(matrix, output..output + 1).reshape([d_in]),
        }
    }
}

fn widened(tensor: &Tensor<2>) -> Tensor<2> {
    match tensor.dtype() {
        DType::F32 => tensor.clone(),
        _ => tensor.clone().cast(FloatDType::F32),
    }
}

/// A matrix, and a bias if there is one.
#[derive(Debug, Clone)]
pub(crate) struct Linear {
    pub weight: Matrix,          // [d_in, d_out]
    pub bias: Option<Tensor<1>>, // [d_out]
}

impl Linear {
    /// # Shapes
    /// `[.., d_in]` to `[.., d_out]`.
    pub fn forward<const D: usize>(&self, input: Tensor<D>) -> Tensor<D> {
        self.weight.forward(input, self.bias.as_ref())
    }

    /// The matrix cut into heads, `[head, d_head, d_model]`.
    pub fn by_head(&self, n_heads: usize) -> Tensor<3> {
        let [d_in, d_model] = self.weight.dims();
        self.weight.widened().reshape([n_heads, d_in / n_heads, d_model])
    }

    /// The output of an attention layer; where someone asks for it, as the sum of what each head writes.
    ///
    /// # Shapes
    /// z `[batch, pos, head, d_head]` to `[batch, pos, d_model]`.
    pub fn join_heads(&self, z: Tensor<4>, hooks: &mut BlockHooks) -> Tensor<3> {
        let [batch, pos, n_heads, d_head] = z.dims();
        if !hooks.wants(BlockSite::Result) {
            return self.forward(z.reshape([batch, pos, n_heads * d_head]));
        }
        let [_, d_model] = self.weight.dims();
        let weight = self.by_head(n_heads).unsqueeze::<4>(); // [1, head, d_head, d_model]
        let result = z.swap_dims(1, 2).matmul(weight).swap_dims(1, 2); // [batch, pos, head, d_model]
        let sum = hooks.at(BlockSite::Result, result).sum_dim(2).reshape([batch, pos, d_model]);
        match &self.bias {
            Some(bias) => sum + bias.clone().unsqueeze::<3>(),
            None => sum,
        }
    }
}

/// The function between the two halves of an MLP.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Nonlinearity(Activation);

impl Nonlinearity {
    pub fn of(base: &Base) -> Self {
        Self(base.config.activation)
    }

    /// # Shapes
    /// `[batch, pos, d_mlp]` to the same.
    pub fn forward(self, input: Tensor<3>) -> Tensor<3> {
        nonlinear(input, self.0)
    }
}

/// Layer norm (Ba, Kiros, Hinton 2016, arXiv 1607.06450).
#[derive(Debug, Clone)]
pub(crate) struct LayerNorm {
    pub gamma: Tensor<1>, // [d_model]
    pub beta: Tensor<1>,  // [d_model]
    pub eps: f64,
}

impl LayerNorm {
    /// One fused call.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]` to the same.
    pub fn plain(&self, input: Tensor<3>) -> Tensor<3> {
        layer_norm(input, self.gamma.clone(), Some(self.beta.clone()), self.eps)
    }

    /// One fused call, unless someone looks at the parts.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]` to the same.
    pub fn forward(&self, input: Tensor<3>, hooks: &mut Hooks, scale_site: Site, normalized_site: Site) -> Tensor<3> {
        if !hooks.wants(scale_site) {
            return hooks.at(normalized_site, self.plain(input));
        }
        let centered = input.clone() - input.mean_dim(2);
        let scale = centered.clone().square().mean_dim(2).add_scalar(self.eps).sqrt(); // [batch, pos, 1]
        let scale = hooks.at(scale_site, scale);
        let normalized = centered / scale * self.gamma.clone().unsqueeze::<3>() + self.beta.clone().unsqueeze::<3>();
        hooks.at(normalized_site, normalized)
    }
}

/// Root-mean-square norm (Zhang, Sennrich 2019, arXiv 1910.07467).
#[derive(Debug, Clone)]
pub(crate) struct RmsNorm {
    pub gamma: Tensor<1>, // [d_model] or [d_head]
    pub eps: f64,
}

impl RmsNorm {
    /// `hook_normalized` is taken before the gain, as in TransformerLens.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]` to the same, or `[batch, pos, head, d_head]`.
    pub fn forward<const D: usize>(
        &self,
        input: Tensor<D>,
        hooks: &mut Hooks,
        scale_site: Site,
        normalized_site: Site,
    ) -> Tensor<D> {
        let scale = input.clone().square().mean_dim(D - 1).add_scalar(self.eps).sqrt(); // [.., 1]
        let scale = hooks.at(scale_site, scale);
        hooks.at(normalized_site, input / scale) * self.gamma.clone().unsqueeze::<D>()
    }
}

/// An MLP with a gate (Shazeer 2020, arXiv 2002.05202).
#[derive(Debug, Clone)]
pub(crate) struct GatedMlp {
    pub gate: Linear,
    pub up: Linear,
    pub down: Linear,
    pub activation: Nonlinearity,
}

impl GatedMlp {
    /// # Shapes
    /// normalized stream `[batch, pos, d_model]` to the same.
    pub fn forward(&self, normalized: Tensor<3>, hooks: &mut BlockHooks) -> Tensor<3> {
        let mlp_pre = hooks.at(BlockSite::MlpPre, self.gate.forward(normalized.clone())); // [batch, pos, d_mlp]
        let linear = hooks.at(BlockSite::MlpPreLinear, self.up.forward(normalized));
        let mlp_post = hooks.at(BlockSite::MlpPost, self.activation.forward(mlp_pre) * linear);
        self.down.forward(mlp_post)
    }
}

/// Queries, keys and values of a head each, read off by a matrix of their own; some models have a norm over the width of a head.
#[derive(Debug, Clone)]
pub(crate) struct SplitHeads {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    /// Of queries and of keys.
    pub norms: Option<[RmsNorm; 2]>,
}

impl SplitHeads {
    /// # Shapes
    /// normalized stream `[batch, pos, d_model]` to query `[batch, pos, head, d_head]`, key and value
    /// `[batch, pos, kv_head, d_head]`.
    pub fn forward(&self, normalized: &Tensor<3>, config: &ModelConfig, hooks: &mut BlockHooks) -> [Tensor<4>; 3] {
        let [batch, pos, _] = normalized.dims();
        let ModelConfig { n_heads, n_kv_heads, d_head, .. } = *config;
        let mut heads = |site: BlockSite, part: &Linear, n: usize| {
            hooks.at(site, part.forward(normalized.clone()).reshape([batch, pos, n, d_head]))
        };
        let mut query = heads(BlockSite::Q, &self.query, n_heads);
        let mut key = heads(BlockSite::K, &self.key, n_kv_heads);
        let value = heads(BlockSite::V, &self.value, n_kv_heads);
        if let Some([of_query, of_key]) = &self.norms {
            query = hooks.rms_norm(of_query, query, BlockSite::QNormScale, BlockSite::QNormNormalized);
            key = hooks.rms_norm(of_key, key, BlockSite::KNormScale, BlockSite::KNormNormalized);
        }
        [query, key, value]
    }
}

/// [`Hooks`] seen from inside one block.
pub(crate) struct BlockHooks<'a> {
    pub layer: usize,
    pub hooks: &'a mut Hooks,
}

impl BlockHooks<'_> {
    pub const fn site(&self, site: BlockSite) -> Site {
        Site::block(self.layer, site)
    }

    pub fn wants(&self, site: BlockSite) -> bool {
        self.hooks.wants(self.site(site))
    }

    pub fn at<const D: usize>(&mut self, site: BlockSite, activation: Tensor<D>) -> Tensor<D> {
        let site = self.site(site);
        self.hooks.at(site, activation)
    }

    pub fn layer_norm(
        &mut self,
        norm: &LayerNorm,
        input: Tensor<3>,
        scale: BlockSite,
        normalized: BlockSite,
    ) -> Tensor<3> {
        let (scale, normalized) = (self.site(scale), self.site(normalized));
        norm.forward(input, self.hooks, scale, normalized)
    }

    pub fn rms_norm<const D: usize>(
        &mut self,
        norm: &RmsNorm,
        input: Tensor<D>,
        scale: BlockSite,
        normalized: BlockSite,
    ) -> Tensor<D> {
        let (scale, normalized) = (self.site(scale), self.site(normalized));
        norm.forward(input, self.hooks, scale, normalized)
    }
}
