//! What is looked at inside of a model.

use serde::{Deserialize, Serialize};

/// What attention is rolled out from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attention {
    /// The position; unless asked for, what the answer is read from: of a model of language the last, of a classifier the
    /// first or the mean of all.
    pub position: Option<usize>,
}

/// Which part of the residual stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Stream {
    /// The position; of a model of language the last unless asked for, of a classifier the first.
    pub position: Option<usize>,
}
