//! The token strip: what was read, token by token or word by word, with scores.

use vitrine_schema::Explanation;

/// Whether word pieces are shown apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// One mark per word; scores are summed, which keeps completeness.
    #[default]
    Words,
    /// One mark per token.
    Tokens,
}

/// One token or word.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// As the reader wrote it, or as the vocabulary spells a special token.
    pub text: String,
    /// Indices of its tokens.
    pub tokens: Vec<usize>,
    /// Sum of their scores.
    pub score: f32,
    /// Score over the largest size of any mark, -1 to 1.
    pub share: f32,
    /// `[CLS]` or `[SEP]`.
    pub special: bool,
}

/// The marks of an explanation, in reading order.
#[must_use]
pub fn marks(explanation: &Explanation, grouping: Grouping) -> Vec<Mark> {
    let groups = match grouping {
        Grouping::Words => explanation.input.words(),
        Grouping::Tokens => (0..explanation.input.tokens.len()).map(|token| vec![token]).collect(),
    };
    let score = |group: &Vec<usize>| sum(group, &explanation.scores);
    let largest = groups.iter().map(|group| score(group).abs()).fold(0.0, f32::max);
    groups
        .into_iter()
        .map(|tokens| {
            let score = score(&tokens);
            let first = tokens.first().and_then(|&token| explanation.input.tokens.get(token));
            Mark {
                text: match (grouping, first) {
                    (Grouping::Tokens, Some(token)) if token.text.starts_with("##") => token.text.clone(),
                    _ => explanation.input.spelling(&tokens),
                },
                special: first.is_some_and(|token| token.special),
                share: if largest > 0.0 { score / largest } else { 0.0 },
                score,
                tokens,
            }
        })
        .collect()
}

/// Sum of the values of a group of tokens.
pub(crate) fn sum(group: &[usize], values: &[f32]) -> f32 {
    group.iter().filter_map(|&token| values.get(token)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::describe::tests::example;

    #[test]
    fn merging_keeps_the_sum() {
        let explanation = example();
        let total = |grouping| marks(&explanation, grouping).iter().map(|mark| mark.score).sum::<f32>();
        assert!((total(Grouping::Words) - total(Grouping::Tokens)).abs() < 1e-6);
        assert!(marks(&explanation, Grouping::Words).len() < marks(&explanation, Grouping::Tokens).len());
    }

    #[test]
    fn shares_reach_one_and_no_further() {
        let shares: Vec<f32> = marks(&example(), Grouping::Tokens).iter().map(|mark| mark.share.abs()).collect();
        assert!(shares.iter().all(|share| *share <= 1.0) && shares.contains(&1.0));
    }
}
