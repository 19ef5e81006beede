//! A known answer, asked of every device before it is trusted.
//!
//! Shader compile errors are only logged and some drivers compute nonsense in silence. A tiny BERT with weights from a
//! formula runs forward and backward; its numbers were computed on the CPU path, which is itself compared with
//! transformers in the tests.

use burn::tensor::Device;
use vitrine_model::{Hooks, Loader, Model, ModelError, trace};
use vitrine_schema::Account;
use vitrine_weights::{ModelConfig, Tensor, quantize::tensor_from_f32};

use crate::EngineError;

#[cfg(feature = "cpu")]
pub use vitrine_model::fused;

/// Largest relative difference with which a device passes.
pub const TOLERANCE: f32 = 1e-3;

/// One layer of the size of the shipped model, for timing devices against each other.
const WORKLOAD_CONFIG: &[u8] = br#"{"architectures":["BertForSequenceClassification"],"model_type":"bert","vocab_size":11,"hidden_size":384,"num_hidden_layers":1,
"num_attention_heads":12,"intermediate_size":1536,"max_position_embeddings":16,"layer_norm_eps":1e-12}"#;
const WORKLOAD_ROWS: usize = 8;

const CONFIG: &[u8] = br#"{"architectures":["BertForSequenceClassification"],"model_type":"bert","vocab_size":11,"hidden_size":32,"num_hidden_layers":2,
"num_attention_heads":4,"intermediate_size":64,"max_position_embeddings":12,"layer_norm_eps":1e-12}"#;
const IDS: [[u32; 7]; 2] = [[2, 10, 7, 9, 8, 5, 3], [2, 6, 7, 1, 4, 0, 3]];

/// Logits of the two rows.
const LOGITS: [f32; 4] = [-0.234_484_58, -0.464_745_16, -0.153_742_37, -0.546_328_8];
/// For each token of both rows, the sum over the embedding axis of the gradient of (logit 1 − logit 0), squared.
const GRADIENTS: [f32; 14] = [
    2.458_470_3,
    0.129_590_97,
    0.155_976_06,
    0.214_095_8,
    0.137_379_17,
    0.148_052_63,
    0.097_457_364, // row 0
    4.092_791_6,
    0.158_955_47,
    0.169_980_73,
    0.152_993_5,
    0.222_269_01,
    0.154_042_75,
    0.093_556_06, // row 1
];

/// How far the device is from the stored numbers: the largest difference over the largest number, of logits and
/// gradients.
///
/// # Errors
/// [`EngineError::Model`] when the device does not answer.
pub async fn difference(device: &Device) -> Result<f32, EngineError> {
    let (logits, gradients) = run(device).await?;
    Ok(relative(&logits, &LOGITS).max(relative(&gradients, &GRADIENTS)))
}

/// A job like those of the page: one layer, 128 tokens, forward and backward, read back.
#[derive(Debug)]
pub struct Workload(Model);

impl Workload {
    /// Builds the layer on a device.
    ///
    /// # Errors
    /// [`EngineError::Weights`].
    pub fn new(device: &Device) -> Result<Self, EngineError> {
        Ok(Self(model(WORKLOAD_CONFIG, device)?))
    }

    /// Runs the job once.
    ///
    /// # Errors
    /// [`EngineError::Model`] when the device does not answer.
    pub async fn run(&self) -> Result<(), EngineError> {
        let ids = vec![vec![5u32; 16]; WORKLOAD_ROWS];
        gradients(&self.0, &ids).await.map(|_| ())
    }
}

fn relative(found: &[f32], stored: &[f32]) -> f32 {
    let size = stored.iter().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    let off = found.iter().zip(stored).map(|(a, b)| (a - b).abs());
    // A comparison with NaN is false, so a device that returns NaN is at infinite distance.
    let worst = off.fold(0.0, |most, value| if value <= most { most } else { value });
    if found.len() == stored.len() && worst.is_finite() { worst / size } else { f32::INFINITY }
}

async fn run(device: &Device) -> Result<(Vec<f32>, Vec<f32>), EngineError> {
    let ids: Vec<Vec<u32>> = IDS.iter().map(|row| row.to_vec()).collect();
    gradients(&model(CONFIG, device)?, &ids).await
}

/// Logits, and the squared gradient of (logit 1 − logit 0) summed over the embedding axis.
async fn gradients(bert: &Model, ids: &[Vec<u32>]) -> Result<(Vec<f32>, Vec<f32>), EngineError> {
    let embed = bert.embed(ids)?.autodiff().require_grad();
    let logits = bert.forward(embed.clone(), None, &mut Hooks::default()); // [batch, class]
    let class = |index: usize| logits.clone().slice([0..ids.len(), index..index + 1]);
    let mut gradients = (class(1) - class(0)).sum().backward();
    let missing = || ModelError::Readback { detail: "no gradient".to_owned() };
    let gradient = embed.grad_remove(&mut gradients).ok_or_else(missing)?;
    let logits = trace::read(logits.without_autodiff()).await?;
    Ok((logits, trace::read(gradient.square().sum_dim(2)).await?))
}

/// A BERT in which every weight is a fixed function of its name and place.
fn model(config: &[u8], device: &Device) -> Result<Model, EngineError> {
    let config = ModelConfig::from_json(config, &mut Account::default())?;
    let (d, mlp) = (config.d_model, config.d_mlp);
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![config.d_vocab, d]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![config.n_positions, d]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, d]),
    ];
    let mut linear = |name: String, d_in: usize, d_out: usize| {
        shapes.push((format!("{name}.weight"), vec![d_out, d_in]));
        shapes.push((format!("{name}.bias"), vec![d_out]));
    };
    for layer in 0..config.n_layers {
        for part in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
            linear(format!("encoder.layer.{layer}.{part}"), d, d);
        }
        linear(format!("encoder.layer.{layer}.intermediate.dense"), d, mlp);
        linear(format!("encoder.layer.{layer}.output.dense"), mlp, d);
    }
    linear("pooler.dense".to_owned(), d, d);
    linear("classifier".to_owned(), d, config.labels.len());
    let norms = (0..config.n_layers)
        .flat_map(|layer| ["attention.output", "output"].map(|part| format!("encoder.layer.{layer}.{part}.LayerNorm")));
    for norm in norms.chain(["embeddings.LayerNorm".to_owned()]) {
        shapes.push((format!("{norm}.weight"), vec![d]));
        shapes.push((format!("{norm}.bias"), vec![d]));
    }
    let mut loader = Loader::new(config, device.clone());
    for (name, shape) in shapes {
        loader.accept(filled(name, shape))?;
    }
    Ok(loader.finish(&mut Account::default())?.0)
}

/// Values from a linear congruential generator seeded by the name; norm weights lie around 1.
fn filled(name: String, shape: Vec<usize>) -> Tensor {
    let mut state = name.bytes().fold(17u32, |state, byte| state.wrapping_mul(31).wrapping_add(u32::from(byte)));
    let around = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
    let values: Vec<f32> = (0..shape.iter().product::<usize>())
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            around + ((state >> 8) as f32 / 16_777_216.0 - 0.5) * 0.6
        })
        .collect();
    tensor_from_f32(name, shape, &values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_executor::block_on;

    #[test]
    fn the_cpu_gives_the_stored_numbers() {
        let (logits, gradients) = block_on(run(&Device::flex())).unwrap();
        let off = relative(&logits, &LOGITS).max(relative(&gradients, &GRADIENTS));
        assert!(off < 1e-5, "store these: {logits:?} {gradients:?}");
    }

    #[test]
    fn nonsense_does_not_pass() {
        assert!(relative(&[f32::NAN; 4], &[1.0; 4]) > TOLERANCE);
        assert!(relative(&[0.0; 4], &[1.0; 4]) > TOLERANCE);
        assert!(relative(&[], &[1.0]) > TOLERANCE);
    }
}
