//! Rows that one worker runs for another: two workers that hold the same model find the same bits.

use serde::{Deserialize, Serialize};

use crate::floats::Floats;
use crate::{Absence, Target};

/// Rows to be run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Work {
    /// Token ids, of which the logits are wanted.
    Logits {
        /// Ids of each row, as many in each.
        rows: Vec<Vec<u32>>,
    },
    /// A text without some of its tokens.
    Without {
        /// Ids of the whole text.
        ids: Vec<u32>,
        /// What is wanted of each row.
        scalar: Scalar,
        /// How tokens are taken away.
        absence: Absence,
        /// Positions that are away, in order, of each row; something is left of each.
        sets: Vec<Vec<usize>>,
    },
    /// Points in the space of the embeddings, of which the gradients are wanted too.
    Gradients {
        /// What is wanted of each row.
        scalar: Scalar,
        /// How many there are.
        batch: usize,
        /// Tokens of a point.
        pos: usize,
        /// Points one after the other, `[batch, pos, d_model]`.
        points: Floats,
    },
}

/// The number that is wanted of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scalar {
    /// The scalar `F`.
    pub target: Target,
    /// The model's own answer to the whole text, by its row in the logits, where what it says of each row is wanted too.
    pub own: Option<usize>,
}

/// What came of rows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Done {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Gradients one after the other, `[batch, pos, d_model]`, where they were asked for.
    pub gradients: Floats,
}

impl Done {
    /// Whether it is all that was asked for.
    #[must_use]
    pub fn answers(&self, work: &Work) -> bool {
        let (rows, numbers) = match work {
            Work::Logits { rows } => (rows.len(), 0),
            Work::Without { sets, .. } => (sets.len(), 0),
            Work::Gradients { batch, points, .. } => (*batch, points.0.len()),
        };
        self.rows.len() == rows && self.gradients.0.len() == numbers
    }
}

/// What was read of a row.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// `F`; 0 where only logits were asked for.
    pub value: f32,
    /// Its logits, where they were asked for; of a classifier beside each value too, which are few.
    pub logits: Floats,
    /// What the model says of it, where that was asked for.
    pub said: Option<Said>,
}

/// What the model says of a row.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Its likeliest answer, by its row in the logits.
    pub index: usize,
    /// The probability of that; `None` where the model gives a number of its own.
    pub probability: Option<f32>,
    /// The probability of its own answer to the whole text.
    pub own: Option<f32>,
}
