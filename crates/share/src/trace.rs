//! Activations → a safetensors file.

use safetensors::tensor::{Dtype, TensorView, serialize};

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ShareError {
    /// A tensor's shape does not fit its values.
    #[error("{name} has shape {shape:?} but {found} values")]
    Shape {
        /// Which tensor.
        name: String,
        /// Its shape.
        shape: Vec<usize>,
        /// Values there are.
        found: usize,
    },
    /// The file cannot be laid out.
    #[error("the file cannot be laid out: {0}")]
    Layout(#[from] safetensors::SafeTensorError),
}

/// A tensor to write: name, shape, row-major values.
pub type NamedTensor<'a> = (String, &'a [usize], &'a [f32]);

/// A safetensors file of 32-bit tensors, its keys as given.
///
/// # Errors
/// [`ShareError::Shape`] names the first tensor that does not fit.
pub fn tensors_to_safetensors<'a>(tensors: impl IntoIterator<Item = NamedTensor<'a>>) -> Result<Vec<u8>, ShareError> {
    let tensors: Vec<NamedTensor<'a>> = tensors.into_iter().collect();
    let bytes: Vec<Vec<u8>> =
        tensors.iter().map(|(_, _, values)| values.iter().flat_map(|value| value.to_le_bytes()).collect()).collect();
    let mut views = Vec::with_capacity(tensors.len());
    for ((name, shape, values), bytes) in tensors.iter().zip(&bytes) {
        let misfit = || ShareError::Shape { name: name.clone(), shape: shape.to_vec(), found: values.len() };
        let view = TensorView::new(Dtype::F32, shape.to_vec(), bytes).map_err(|_| misfit())?;
        views.push((name.clone(), view));
    }
    Ok(serialize(views, None)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let file =
            tensors_to_safetensors([("blocks.0.attn.hook_z".to_owned(), &[1, 2][..], &[1.5, -2.0][..])]).unwrap();
        let read = safetensors::SafeTensors::deserialize(&file).unwrap();
        let view = read.tensor("blocks.0.attn.hook_z").unwrap();
        assert_eq!(
            (view.shape(), view.data()),
            (&[1, 2][..], [1.5f32.to_le_bytes(), (-2.0f32).to_le_bytes()].concat().as_slice())
        );
    }

    #[test]
    fn a_misfit_is_named() {
        let error = tensors_to_safetensors([("z".to_owned(), &[3][..], &[1.0][..])]).unwrap_err();
        assert_eq!(error.to_string(), "z has shape [3] but 1 values");
    }
}
