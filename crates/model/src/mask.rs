//! Which keys may be read.

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
