//! Rows that one worker runs for another: two workers that hold the same model find the same bits.

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::floats::Floats;
use crate::reasoning::shots;
use crate::{Absence, Site, Target};

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
    /// Rows that enter a pass between its blocks.
    Enter(Enter),
    /// Texts that are continued.
    Continue(Continue),
}

/// Rows that enter a pass between its blocks, each before its own, and go up together from there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Enter {
    /// What is wanted of each row.
    pub scalar: Scalar,
    /// Whether its logits are wanted too.
    pub logits: bool,
    /// What stands before the tokens of all rows, as it was read.
    pub past: Arc<Vec<Kept>>,
    /// The rows, by their blocks.
    pub rows: Vec<Entering>,
}

/// A row that enters a pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entering {
    /// The block before which it enters.
    pub layer: usize,
    /// What that block reads, `[pos, d_model]`; as many tokens in each row.
    pub stream: Floats,
    /// What is put into it, at this block or above.
    pub put: Vec<Put>,
}

/// What is put in the place of an activation of one row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Put {
    /// Where: a site of a block.
    pub site: Site,
    /// Range on each axis behind that of the batch; axes that are not named are taken whole.
    pub region: Vec<Range<usize>>,
    /// As many numbers as the region has, row-major.
    pub values: Floats,
}

/// Texts that are continued together, each until it ends.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Continue {
    /// What all of them begin with, as it was read, and perhaps more of it.
    pub past: Arc<Vec<Kept>>,
    /// Tokens of that which they begin with.
    pub shared: usize,
    /// Ids of each row behind that, as many in each, at least one.
    pub rows: Vec<Vec<u32>>,
    /// Of the draws, one for each row.
    pub seeds: Vec<u64>,
    /// Divides the logits before a token is drawn; 0 takes the likeliest.
    pub temperature: f32,
    /// Most tokens that are written of a row.
    pub most: usize,
    /// Where a text ends by itself.
    pub ends: Ends,
}

/// What a block of a model keeps of a text that was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Kept {
    /// Which block.
    pub layer: usize,
    /// `[kv_head, pos, d_head]`.
    pub shape: [usize; 3],
    /// Keys, row-major.
    pub keys: Floats,
    /// Values, row-major.
    pub values: Floats,
}

/// Where a text ends by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ends {
    /// Behind the answer of a chain.
    Chain,
    /// Behind an answer.
    Answer,
    /// Only where the model ends it.
    #[default]
    Nowhere,
}

impl Ends {
    /// The byte at which a text ends, if it came so far.
    #[must_use]
    pub fn of(self, text: &str) -> Option<usize> {
        match self {
            Self::Chain => shots::end_of_chain(text),
            Self::Answer => shots::end_of_answer(text, 0),
            Self::Nowhere => None,
        }
    }
}

/// A text that was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continued {
    /// Its tokens.
    pub tokens: Vec<String>,
    /// Why it ended.
    pub end: End,
}

/// Why a text ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum End {
    /// It has not yet.
    #[default]
    Open,
    /// It came to where such a text ends.
    Reached,
    /// The model ended it.
    Stopped,
    /// As many tokens as there may be.
    Cut,
}

impl Continued {
    /// Its tokens in one piece.
    #[must_use]
    pub fn text(&self) -> String {
        self.tokens.concat()
    }

    /// Forgets what comes after a byte.
    pub fn cut(&mut self, end: usize) {
        let mut at = 0;
        for token in &mut self.tokens {
            let room = end.saturating_sub(at);
            at += token.len();
            token.truncate((0..=room.min(token.len())).rev().find(|&byte| token.is_char_boundary(byte)).unwrap_or(0));
        }
        self.tokens.retain(|token| !token.is_empty());
    }
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
    /// Texts in the order of the rows, where some were to be continued; while they are written, as far as they are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<Continued>,
}

impl Done {
    /// Whether it is all that was asked for.
    #[must_use]
    pub fn answers(&self, work: &Work) -> bool {
        let (rows, numbers, texts) = match work {
            Work::Logits { rows } => (rows.len(), 0, 0),
            Work::Without { sets, .. } => (sets.len(), 0, 0),
            Work::Gradients { batch, points, .. } => (*batch, points.0.len(), 0),
            Work::Enter(work) => (work.rows.len(), 0, 0),
            Work::Continue(work) => (0, 0, work.rows.len()),
        };
        let no_logits = !matches!(work, Work::Enter(work) if work.logits);
        let whole = self.texts.iter().all(|text| text.end != End::Open)
            && (no_logits || self.rows.iter().all(|row| !row.logits.0.is_empty()));
        (self.rows.len(), self.gradients.0.len(), self.texts.len()) == (rows, numbers, texts) && whole
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_with_its_tokens() {
        let mut text =
            Continued { tokens: ["Answer", ": 1", "4\n\n", "Q"].map(str::to_owned).to_vec(), end: End::Open };
        text.cut("Answer: 14".len());
        assert_eq!((text.text().as_str(), text.tokens.len()), ("Answer: 14", 3));
    }

    #[test]
    fn texts_that_are_still_written_are_no_answer() {
        let work = Work::Continue(Continue { rows: vec![vec![1]], ..Continue::default() });
        let done = |end: End| Done { texts: vec![Continued { end, ..Continued::default() }], ..Done::default() };
        assert!(done(End::Cut).answers(&work));
        assert!(!done(End::Open).answers(&work) && !Done::default().answers(&work));
    }

    #[test]
    fn rows_without_the_logits_that_were_asked_for_are_no_answer() {
        let row = Entering { layer: 0, stream: Floats::default(), put: Vec::new() };
        let target = Target { quantity: crate::Quantity::Logit, label: String::new(), index: 0, foil: None };
        let scalar = Scalar { target, own: None };
        let work = |logits| {
            Work::Enter(Enter { scalar: scalar.clone(), logits, past: Arc::default(), rows: vec![row.clone()] })
        };
        let done = |logits: &[f32]| {
            let logits = Floats(logits.to_vec());
            Done { rows: vec![Row { logits, ..Row::default() }], ..Done::default() }
        };
        assert!(done(&[]).answers(&work(false)) && done(&[1.0]).answers(&work(true)));
        assert!(!done(&[]).answers(&work(true)));
    }
}
