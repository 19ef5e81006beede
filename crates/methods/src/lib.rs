//! One file per explanation method: a model and a tokenized text to an [`Explanation`](vitrine_schema::Explanation).
//!
//! No method performs IO, reads a clock or draws a random number that its seed does not fix.
//!
//! # Steps
//! 1. [`Context`] names the scalar `F`: the logit of the target, less the logit of the foil if there is one.
//! 2. [`registry::explain`] picks the method's file by its configuration.
//! 3. The method runs batches through [`Context::forward`] and [`Context::gradient`] and returns an [`Attribution`].
//! 4. [`registry::explain`] adds the receipt: does the sum of the scores meet the difference of the values?

pub mod attention;
pub mod baseline;
pub mod context;
pub mod gradient_x_input;
pub mod integrated_gradients;
pub mod occlusion;
pub mod quadrature;
pub mod registry;
pub mod saliency;
pub mod walk;

pub use context::{Attribution, Cancelled, Context, MethodError, Monitor, Unwatched};
pub use registry::explain;
