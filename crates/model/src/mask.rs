//! Which keys may be read.

use burn::tensor::{Device, Tensor, TensorData};

/// Added to the score of a key that is blocked; far below any score, and finite.
const BLOCKED_SCORE: f32 = -1e9;
/// Added to the score of a key that a query does not see. Lower still, so that a query whose past is blocked does not see ahead.
const UNSEEN_SCORE: f32 = -3e9;

/// For each row of a batch, the positions that nothing may attend to and that pooling leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyMask {
    /// `blocked[row]` lists positions.
    pub blocked: Vec<Vec<usize>>,
}

impl KeyMask {
    /// Row-major `[batch, pos]` values: `open` where a position may be read, `shut` where not.
    #[must_use]
    pub(crate) fn values(&self, batch: usize, pos: usize, open: f32, shut: f32) -> Vec<f32> {
        let mut values = vec![open; batch * pos];
        for (row_idx, row) in self.blocked.iter().enumerate().take(batch) {
            for &position in row.iter().filter(|&&position| position < pos) {
                if let Some(value) = values.get_mut(row_idx * pos + position) {
                    *value = shut;
                }
            }
        }
        values
    }
}

/// What a query sees of a text, whatever stands there.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sees {
    /// Nothing that comes later.
    pub causal: bool,
    /// A window of so many tokens, itself included: the last ones, or as many on each side.
    pub window: Option<usize>,
}

impl Sees {
    fn sees(self, query: usize, key: usize) -> bool {
        match (self.causal, self.window) {
            (true, window) => key <= query && window.is_none_or(|window| query < key + window),
            (false, window) => window.is_none_or(|window| query.abs_diff(key) <= window / 2),
        }
    }
}

/// What is added to the scores, of `pos` queries behind `past` others.
///
/// # Shapes
/// `[batch, 1, query_pos, key_pos]`, with 1 for `batch` or `query_pos` where all rows or queries are alike; `None` where everything may
/// be read.
pub(crate) fn score_bias(
    sees: Sees,
    mask: Option<&KeyMask>,
    [batch, past, pos]: [usize; 3],
    device: &Device,
) -> Option<Tensor<4>> {
    let key_pos = past + pos;
    let all = (past..key_pos).all(|query| (0..key_pos).all(|key| sees.sees(query, key)));
    if all && mask.is_none() {
        return None;
    }
    let queries = if all { key_pos - 1..key_pos } else { past..key_pos };
    let n_queries = queries.len();
    let unseen =
        move |query: usize| (0..key_pos).map(move |key| if sees.sees(query, key) { 0.0 } else { UNSEEN_SCORE });
    let unseen: Vec<f32> = queries.flat_map(unseen).collect();
    let Some(mask) = mask else {
        return Some(Tensor::from_data(TensorData::new(unseen, [1, 1, n_queries, key_pos]), device));
    };
    let blocked = mask.values(batch, key_pos, 0.0, BLOCKED_SCORE);
    let rows = blocked.chunks(key_pos).flat_map(|keys| {
        unseen.chunks(key_pos).flat_map(move |row| row.iter().zip(keys).map(|(unseen, blocked)| unseen + blocked))
    });
    Some(Tensor::from_data(TensorData::new(rows.collect::<Vec<f32>>(), [batch, 1, n_queries, key_pos]), device))
}
