//! The values that every other crate exchanges; plain serde data, no tensors, no DOM.
//!
//! *In*: nothing. *Out*: the types that cross the worker boundary, stand in links and are printed by the command line.
//!
//! Read first: [`Recipe`] (what to compute), [`Finding`] (what came out), [`Site`] (where inside the model),
//! [`protocol`] (what page and worker say to each other).
//!
//! ```
//! use vitrine_schema::Site;
//! let site: Site = "blocks.3.attn.hook_pattern".parse()?;
//! assert_eq!(site.to_string(), "blocks.3.attn.hook_pattern");
//! # Ok::<(), vitrine_schema::UnknownSite>(())
//! ```

pub mod catalog;
pub mod comparison;
pub mod diagnostic;
pub mod explanation;
pub mod finding;
pub mod floats;
pub mod foreign;
pub mod generation;
pub mod grid;
pub mod inside;
pub mod inspection;
pub mod kept;
mod kinds;
pub mod method;
mod named;
pub mod patching;
pub mod players;
pub mod prediction;
pub mod probing;
pub mod protocol;
pub mod reasoning;
pub mod receipt;
pub mod recipe;
pub mod recomputed;
pub mod site;
pub mod summary;
pub mod supervision;
pub mod tokens;
pub mod trail;
pub mod work;

pub use comparison::{Agreement, Comparison, Methods, Other};
pub use diagnostic::Diagnostic;
pub use explanation::{ClassRef, Explanation, Matrix, MethodRef, Path, Quantity, Step, Target};
pub use finding::{Ablation, BothWays, Check, CheckId, Finding, ModelRef, Verdict};
pub use generation::{ChatMessage, Draft, Finish, GeneratedToken, Generation, Sampling};
pub use grid::Grid;
pub use inspection::{Account, Inspection, StopToken};
pub use kept::{Found, Kept};
pub use method::{Absence, Baseline, Declaration, Kind, MethodId, Params, Rule, Traits};
pub use patching::Patching;
pub use players::Players;
pub use prediction::{Evaluation, Prediction, ProblemType, Ranked, Scale};
pub use probing::Probing;
pub use reasoning::{Chaining, Hearing, Voting};
pub use receipt::{Answered, Curves, Figures, Receipt, Stability, Trust, TrustId};
pub use recipe::{
    Aligned, Ask, Cell, Direction, Evidence, Family, How, Inject, Part, PatchSite, ProbeKind, ProbePosition, Recipe,
    Shots, TargetRequest,
};
pub use recomputed::{Outcome, Recomputed};
pub use site::{BlockSite, Site, SitePattern, UnknownSite};
pub use summary::Summary;
pub use tokens::{Input, Token};
