//! Which tokens of two texts belong together, and so are copied onto each other.

use super::Patching;
use crate::comparison::common;
use crate::recipe::Aligned;

/// Aligns two texts by their tokens. What both have in common, in its order, belongs together, and so do the last tokens, at which a
/// model of language answers. Between these, tokens are paired from the last one backwards: the last token of a word has read all of
/// it. What is left over belongs to none.
#[must_use]
pub fn by_tokens(clean: &[u32], corrupt: &[u32]) -> Vec<Aligned> {
    let (Some((_, a)), Some((_, b))) = (clean.split_last(), corrupt.split_last()) else { return Vec::new() };
    let anchors = common(a.len(), b.len(), |i, j| a.get(i) == b.get(j)).into_iter().chain([[a.len(), b.len()]]);
    let mut pairs = Vec::new();
    let mut from = [0, 0];
    for to in anchors {
        let paired = (to[0] - from[0]).min(to[1] - from[1]);
        pairs.extend((0..=paired).rev().map(|back| Aligned { clean: to[0] - back, corrupt: to[1] - back }));
        from = [to[0] + 1, to[1] + 1];
    }
    pairs
}

/// Whether pairs are of two texts of so many tokens: in their order, each token once.
#[must_use]
pub fn fits(pairs: &[Aligned], [n_clean, n_corrupt]: [usize; 2]) -> bool {
    let inside = pairs.iter().all(|pair| pair.clean < n_clean && pair.corrupt < n_corrupt);
    inside && pairs.is_sorted_by(|a, b| a.clean < b.clean && a.corrupt < b.corrupt)
}

/// The token of the second text for each of the first; one to one without pairs.
#[must_use]
pub fn partners(pairs: &[Aligned], n_clean: usize) -> Vec<Option<usize>> {
    let partner = |at: usize| match pairs.is_empty() {
        true => Some(at),
        false => pairs.iter().find(|pair| pair.clean == at).map(|pair| pair.corrupt),
    };
    (0..n_clean).map(partner).collect()
}

/// Puts two tokens together, or apart where they are; what belonged to either, or would cross them, belongs to none then.
pub fn pair(pairs: &mut Vec<Aligned>, new: Aligned) {
    let there = pairs.contains(&new);
    let beside = |old: &Aligned| {
        old.clean < new.clean && old.corrupt < new.corrupt || old.clean > new.clean && old.corrupt > new.corrupt
    };
    pairs.retain(beside);
    if !there {
        pairs.push(new);
        pairs.sort_unstable();
    }
}

impl Patching {
    /// The token of the second text for each of the first.
    #[must_use]
    pub fn partners(&self) -> Vec<Option<usize>> {
        let pairs = self.asked().map_or(&[][..], |patch| &patch.align);
        partners(pairs, self.input.tokens.len())
    }

    /// Whether a column is a token of A that belongs to none of B: it is not copied.
    #[must_use]
    pub fn is_apart(&self, column: usize) -> bool {
        let pairs = self.asked().map_or(&[][..], |patch| &patch.align);
        !self.site().of_heads() && !pairs.is_empty() && pairs.iter().all(|pair| pair.clean != column)
    }

    /// Tokens of A, and of B, that belong to none of the other.
    #[must_use]
    pub fn apart(&self) -> [Vec<usize>; 2] {
        let partners = self.partners();
        let of_a = (0..partners.len()).filter(|&at| partners.get(at) == Some(&None)).collect();
        let of_b = (0..self.corrupt.tokens.len()).filter(|&at| !partners.contains(&Some(at))).collect();
        [of_a, of_b]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(clean: &[u32], corrupt: &[u32]) -> Vec<[usize; 2]> {
        let pairs = by_tokens(clean, corrupt);
        assert!(fits(&pairs, [clean.len(), corrupt.len()]));
        pairs.iter().map(|pair| [pair.clean, pair.corrupt]).collect()
    }

    #[test]
    fn what_both_have_in_common_belongs_together() {
        // One token became two: the second of them has read both.
        assert_eq!(pairs(&[1, 2, 3, 4], &[1, 8, 9, 3, 4]), [[0, 0], [1, 2], [2, 3], [3, 4]]);
        assert_eq!(pairs(&[1, 8, 9, 3], &[1, 2, 3]), [[0, 0], [2, 1], [3, 2]]);
        // What was put in belongs to none.
        assert_eq!(pairs(&[1, 2, 3], &[1, 9, 2, 3]), [[0, 0], [1, 2], [2, 3]]);
        // The last tokens are those that are read, whatever they are.
        assert_eq!(pairs(&[1, 2], &[1, 2, 3]), [[0, 0], [1, 2]]);
        assert_eq!(pairs(&[5], &[6, 7, 8]), [[0, 2]]);
        assert_eq!(pairs(&[1, 2, 3], &[4, 5, 6]), [[0, 0], [1, 1], [2, 2]]);
        assert!(pairs(&[], &[1]).is_empty());
    }

    #[test]
    fn pairs_are_in_order_and_each_token_is_in_one() {
        let pair = |clean, corrupt| Aligned { clean, corrupt };
        let [a, b, c] = [pair(0, 0), pair(2, 1), pair(3, 3)];
        assert!(fits(&[a, b, c], [4, 4]) && fits(&[], [0, 0]));
        assert!(!fits(&[a, b, c], [4, 3]) && !fits(&[b, a], [4, 4]) && !fits(&[b, pair(2, 2)], [4, 4]));
        assert_eq!(partners(&[a, b, c], 4), [Some(0), None, Some(1), Some(3)]);
        assert_eq!(partners(&[], 2), [Some(0), Some(1)]);
    }

    #[test]
    fn a_reader_pairs_tokens_and_takes_them_apart() {
        let of = |clean, corrupt| Aligned { clean, corrupt };
        let mut pairs = vec![of(0, 0), of(1, 1), of(2, 2)];
        pair(&mut pairs, of(1, 2));
        assert_eq!(pairs, [of(0, 0), of(1, 2)], "what shares a token goes");
        pair(&mut pairs, of(2, 1));
        assert_eq!(pairs, [of(0, 0), of(2, 1)], "and what crosses");
        pair(&mut pairs, of(2, 1));
        assert_eq!(pairs, [of(0, 0)], "once more, and they are apart");
    }
}
