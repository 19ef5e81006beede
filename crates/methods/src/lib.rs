//! One file per explanation method: a model and a tokenized text to an [`Explanation`](vitrine_schema::Explanation).
//!
//! No method performs IO, reads a clock or draws a random number that its seed does not fix.
//!
//! # Steps
//! 1. [`Context`] names the scalar `F`: the logit of the target, less the logit of the foil if there is one.
//! 2. [`registry::explain`] picks the method's file by its identifier.
//! 3. A method of gradients asks [`Context`] for them at its points; a method of removal asks a [`ValueFunction`], of which [`Removal`] is
//!    the one that runs a model. Both return an [`Attribution`].
//! 4. [`registry::explain`] adds the check: does the sum of the scores meet the difference of the values?

mod absence;
pub mod attention;
pub mod attention_flow;
pub mod attention_rollout;
pub mod attention_weights;
pub mod baseline;
mod branches;
mod chance;
pub mod context;
pub mod crew;
mod entering;
pub mod erase;
pub mod exact_shapley;
pub mod gradient_x_input;
pub mod integrated_gradients;
pub mod kendall;
pub mod kernel_shap;
mod lbfgs;
mod least_squares;
pub mod lime;
pub mod neurons;
pub mod occlusion;
pub mod partition_shap;
pub mod patching;
pub mod probe;
pub mod quadrature;
pub mod receipt;
pub mod registry;
pub mod saliency;
pub mod smoothgrad;
mod text_tree;
pub mod trail;
mod values;
pub mod walk;
pub mod watched;

pub use branches::logits_without;
pub use context::{Attribution, Cancelled, Context, MethodError, Monitor, StandIns, Turn, Unwatched};
pub use crew::{Alone, Crew};
pub use registry::{Explained, explain};
pub use values::{Memo, Removal, ValueFunction};
