//! What models that judge a whole text share: what reads the classes off the end of the stream.

use burn::tensor::{Tensor, TensorData};
use vitrine_weights::Pooling;

use crate::flow::Layered;
use crate::parts::Base;
use crate::{Hooks, KeyMask};

/// A sequence classifier: every token is read with all others.
pub trait Classifier: Layered {
    /// Reads the classes off the end of the stream.
    ///
    /// # Shapes
    /// `[batch, pos, d_model]` to `[batch, class]`.
    fn classify(&self, resid: Tensor<3>, mask: Option<&KeyMask>, hooks: &mut Hooks) -> Tensor<2>;

    /// What turns the weighted values of each head of a block into what it writes, `[head, d_head, d_model]`.
    fn head_output(&self, layer: usize) -> Tensor<3>;
}

/// A sequence as one token: the first, or the mean of those that may be read.
///
/// # Shapes
/// `[batch, pos, d_model]` to `[batch, 1, d_model]`.
pub(crate) fn pooled(base: &Base, resid: Tensor<3>, mask: Option<&KeyMask>) -> Tensor<3> {
    let [batch, pos, d_model] = resid.dims();
    match (base.config.pooling, mask) {
        (Pooling::First, _) => resid.slice([0..batch, 0..1, 0..d_model]),
        (Pooling::Mean, None) => resid.mean_dim(1),
        (Pooling::Mean, Some(mask)) => {
            let read = TensorData::new(mask.values(batch, pos, 1.0, 0.0), [batch, pos, 1]);
            let read = Tensor::<3>::from_data(read, &base.device);
            (resid * read.clone()).sum_dim(1) / read.sum_dim(1)
        }
    }
}
