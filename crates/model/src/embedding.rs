//! Word embeddings, looked up on the CPU.
//!
//! A sentence needs a dozen rows of thirty thousand. The table stays in the form of its file (one byte per element for
//! the shipped model) and only the rows in use are widened and sent to the device.

use std::sync::OnceLock;

use vitrine_weights::{Dtype, Tensor, WeightsError};

use crate::ModelError;

/// The embedding matrix, `[d_vocab, d_model]`.
#[derive(Debug, Clone)]
pub struct EmbeddingTable {
    d_vocab: usize,
    d_model: usize,
    rows: Rows,
    /// What each number is multiplied by on its way to the stream.
    factor: f32,
    mean: OnceLock<Vec<f32>>,
}

#[derive(Debug, Clone)]
enum Rows {
    /// As they stand in the file.
    Stored(Tensor),
    /// Elements and one scale per row.
    I8(Vec<i8>, Vec<f32>),
}

impl EmbeddingTable {
    /// Keeps a matrix, with its scales when it is of 8-bit integers.
    ///
    /// # Errors
    /// [`WeightsError::Shape`], [`WeightsError::NotFinite`], [`WeightsError::Missing`] for scales.
    pub fn new(weight: Tensor, scale: Option<&Tensor>, d_vocab: usize, d_model: usize) -> Result<Self, WeightsError> {
        check_shape(&weight, &[d_vocab, d_model])?;
        let rows = match (weight.dtype, scale) {
            (Dtype::I8, Some(scale)) => {
                check_shape(scale, &[d_vocab])?;
                Rows::I8(weight.to_i8(), scale.to_f32()?)
            }
            (Dtype::I8, None) => return Err(WeightsError::Missing { tensor: format!("{}_scale", weight.name) }),
            _ => {
                // Every row is read once, so that none is found damaged later.
                (0..d_vocab).try_for_each(|row| weight.row(row).map(drop))?;
                Rows::Stored(weight)
            }
        };
        Ok(Self { d_vocab, d_model, rows, factor: 1.0, mean: OnceLock::new() })
    }

    /// Each number times a factor.
    #[must_use]
    pub fn times(self, factor: f32) -> Self {
        Self { factor, ..self }
    }

    /// Width of a row.
    #[must_use]
    pub const fn d_model(&self) -> usize {
        self.d_model
    }

    /// The rows of these ids, one after the other, `[ids, d_model]`.
    ///
    /// # Errors
    /// [`ModelError::OutsideVocabulary`].
    pub fn lookup(&self, ids: &[u32]) -> Result<Vec<f32>, ModelError> {
        let mut values = Vec::with_capacity(ids.len() * self.d_model);
        for &id in ids {
            let outside = ModelError::OutsideVocabulary { id, d_vocab: self.d_vocab };
            self.append_row(id as usize, &mut values).ok_or(outside)?;
        }
        Ok(values)
    }

    /// The mean of all rows, `[d_model]`; computed when it is first asked for.
    #[must_use]
    pub fn mean(&self) -> Vec<f32> {
        self.mean.get_or_init(|| self.mean_of_rows()).clone()
    }

    fn mean_of_rows(&self) -> Vec<f32> {
        let mut sums = vec![0.0f64; self.d_model];
        let mut row = Vec::with_capacity(self.d_model);
        for id in 0..self.d_vocab {
            row.clear();
            if self.append_row(id, &mut row).is_some() {
                sums.iter_mut().zip(&row).for_each(|(sum, &value)| *sum += f64::from(value));
            }
        }
        sums.iter().map(|sum| (sum / self.d_vocab as f64) as f32).collect()
    }

    fn append_row(&self, id: usize, values: &mut Vec<f32>) -> Option<()> {
        let range = id * self.d_model..(id + 1) * self.d_model;
        match &self.rows {
            Rows::Stored(rows) => values.extend(rows.row(id).ok()??.iter().map(|value| value * self.factor)),
            Rows::I8(rows, scales) => {
                let scale = scales.get(id)?;
                let scale = scale * self.factor;
                values.extend(rows.get(range)?.iter().map(|&element| f32::from(element) * scale));
            }
        }
        Some(())
    }
}

pub(crate) fn check_shape(tensor: &Tensor, expected: &[usize]) -> Result<(), WeightsError> {
    if tensor.shape == expected {
        return Ok(());
    }
    let (tensor, found) = (tensor.name.clone(), tensor.shape.clone());
    Err(WeightsError::Shape { tensor, expected: expected.to_vec(), found })
}
