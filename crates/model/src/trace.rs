//! Activations, first on the device, then as numbers.

use std::collections::BTreeMap;

use burn::tensor::{Tensor, TensorData, Transaction};
use vitrine_schema::Site;

use crate::ModelError;

/// The activation at one site.
#[derive(Debug, Clone, PartialEq)]
pub struct Activation {
    /// Lengths of the axes.
    pub shape: Vec<usize>,
    /// Row-major values.
    pub values: Vec<f32>,
}

/// Activations by site.
pub type Trace = BTreeMap<Site, Activation>;

/// Activations that are still on the device.
#[derive(Debug, Default)]
pub struct Readback {
    kept: Vec<(Site, Vec<usize>, Tensor<1>)>,
}

impl Readback {
    pub(crate) fn keep<const D: usize>(&mut self, site: Site, activation: Tensor<D>) {
        let shape = activation.dims().to_vec();
        let length: usize = shape.iter().product();
        self.kept.push((site, shape, activation.without_autodiff().reshape([length])));
    }

    /// Reads everything back at once.
    ///
    /// # Errors
    /// [`ModelError::Readback`] when the device fails.
    pub async fn read(self) -> Result<Trace, ModelError> {
        let mut transaction = Transaction::default();
        let mut names = Vec::with_capacity(self.kept.len());
        for (site, shape, flat) in self.kept {
            names.push((site, shape));
            transaction = transaction.register(flat);
        }
        let rows =
            transaction.execute_async().await.map_err(|error| ModelError::Readback { detail: format!("{error:?}") })?;
        names
            .into_iter()
            .zip(rows)
            .map(|((site, shape), data)| Ok((site, Activation { shape, values: floats(data)? })))
            .collect()
    }
}

/// Reads one tensor back.
///
/// # Errors
/// [`ModelError::Readback`] when the device fails.
pub async fn read<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, ModelError> {
    let data = tensor.into_data_async().await;
    floats(data.map_err(|error| ModelError::Readback { detail: format!("{error:?}") })?)
}

fn floats(data: TensorData) -> Result<Vec<f32>, ModelError> {
    data.try_into_vec::<f32>().map_err(|error| ModelError::Readback { detail: format!("{error:?}") })
}
