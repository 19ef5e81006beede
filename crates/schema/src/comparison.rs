//! Several methods on one answer, side by side.

use serde::{Deserialize, Serialize};

use crate::diagnostic::Refusal;
use crate::finding::finding;
use crate::{Explanation, Input, MethodId};

/// Which methods are compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Named", into = "Named")]
pub enum Methods {
    /// Every one that serves the model and the text.
    #[default]
    All,
    /// These.
    Listed(Vec<MethodId>),
}

/// As JSON has it: `all`, or a list of names.
#[derive(Serialize, Deserialize)]
#[serde(untagged, expecting = "methods must be all, or a list of their names")]
enum Named {
    Name(String),
    List(Vec<String>),
}

impl From<Methods> for Named {
    fn from(methods: Methods) -> Self {
        match methods {
            Methods::All => Self::Name("all".to_owned()),
            Methods::Listed(ids) => Self::List(ids.iter().map(|id| id.name().to_owned()).collect()),
        }
    }
}

impl TryFrom<Named> for Methods {
    type Error = Refusal;

    fn try_from(named: Named) -> Result<Self, Refusal> {
        match named {
            Named::Name(words) => words.parse(),
            Named::List(names) => {
                names.iter().map(|name| MethodId::asked(name)).collect::<Result<_, _>>().map(Self::Listed)
            }
        }
    }
}

impl std::fmt::Display for Methods {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Listed(ids) => f.write_str(&ids.iter().map(|id| id.name()).collect::<Vec<_>>().join(",")),
        }
    }
}

impl std::str::FromStr for Methods {
    type Err = Refusal;

    /// `all`, or names separated by commas.
    fn from_str(words: &str) -> Result<Self, Refusal> {
        if words.trim() == "all" {
            return Ok(Self::All);
        }
        words.split(',').map(|name| MethodId::asked(name.trim())).collect::<Result<_, _>>().map(Self::Listed)
    }
}

/// How far methods put the players in the same order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// The methods, in the order of rows and columns.
    pub methods: Vec<MethodId>,
    /// Kendall's τ-b of each pair, of absolute values where one has no sign; `None` where one is constant.
    pub kendall_tau: Vec<Vec<Option<f32>>>,
}

/// The same methods on another text, or by another model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// What was read there.
    pub input: Input,
    /// One explanation of each method that serves there too.
    pub explanations: Vec<Explanation>,
    /// Tokens that belong together: here, there.
    pub alignment: Vec<[usize; 2]>,
}

finding! {
    /// Explanations of one answer by several methods.
    Comparison {
        /// One of each method.
        explanations: Vec<Explanation>,
        /// Do they put the players in the same order?
        agreement: Agreement,
        /// Tokens on which they part.
        disputed: Vec<usize>,
        /// What is compared with, if anything.
        other: Option<Other>,
    }
}

/// From this share of the largest score on a gap between methods of different sign is a dispute.
const DISPUTED: f32 = 0.1;

/// Tokens to which methods with a sign give different ones, and far apart: by more than a tenth of the largest score.
#[must_use]
pub fn disputed(explanations: &[Explanation]) -> Vec<usize> {
    gaps(explanations).into_iter().filter(|(_, share)| *share > DISPUTED).map(|(token, _)| token).collect()
}

/// The gap at each token to which methods give different signs, as a share of the largest score.
#[must_use]
pub fn gaps(explanations: &[Explanation]) -> Vec<(usize, f32)> {
    let with_sign = || explanations.iter().filter(|explanation| explanation.signed());
    let largest = with_sign().flat_map(|explanation| &explanation.scores).map(|score| score.abs()).fold(0.0, f32::max);
    let n_tokens = explanations.first().map_or(0, |explanation| explanation.scores.len());
    let gap = |token: usize| {
        let scores = || with_sign().filter_map(move |explanation| explanation.scores.get(token).copied());
        let (low, high) = (scores().fold(f32::MAX, f32::min), scores().fold(f32::MIN, f32::max));
        (low < 0.0 && high > 0.0).then(|| (token, (high - low) / largest))
    };
    (0..n_tokens).filter_map(gap).collect()
}

/// Tokens of two texts that belong together: the longest common run of equal ones in their order, and between these the ones
/// that stand in the same place where as many were put in as were taken out.
#[must_use]
pub fn aligned(here: &Input, there: &Input) -> Vec<[usize; 2]> {
    let (a, b) = (&here.tokens, &there.tokens);
    let same = |i: usize, j: usize| a[i].text.trim() == b[j].text.trim() && a[i].special == b[j].special;
    let mut pairs = Vec::new();
    let mut from = [0, 0];
    for to in common(a.len(), b.len(), same).into_iter().chain([[a.len(), b.len()]]) {
        if to[0] - from[0] == to[1] - from[1] {
            pairs.extend((from[0]..to[0]).zip(from[1]..to[1]).map(|(i, j)| [i, j]));
        }
        pairs.push(to);
        from = [to[0] + 1, to[1] + 1];
    }
    // The ends are no tokens.
    pairs.pop();
    pairs
}

/// The longest common run of two lists of such lengths, in its order, as pairs of places.
pub(crate) fn common(n: usize, m: usize, same: impl Fn(usize, usize) -> bool) -> Vec<[usize; 2]> {
    /// Of texts that differ in more than that only both ends are compared.
    const MOST: usize = 4_000_000;
    let first = (0..n.min(m)).take_while(|&at| same(at, at)).count();
    let last = (0..n.min(m) - first).take_while(|&back| same(n - 1 - back, m - 1 - back)).count();
    let (rows, columns) = (n - first - last, m - first - last);
    let mut pairs: Vec<[usize; 2]> = (0..first).map(|at| [at, at]).collect();
    if rows.saturating_mul(columns) <= MOST {
        let same = |i: usize, j: usize| same(first + i, first + j);
        // lengths[i][j]: of the longest common run of the one from i on and the other from j on.
        let mut lengths = vec![vec![0u32; columns + 1]; rows + 1];
        for i in (0..rows).rev() {
            for j in (0..columns).rev() {
                let skipped = lengths[i + 1][j].max(lengths[i][j + 1]);
                lengths[i][j] = if same(i, j) { lengths[i + 1][j + 1] + 1 } else { skipped };
            }
        }
        let (mut i, mut j) = (0, 0);
        while i < rows && j < columns {
            if same(i, j) {
                pairs.push([first + i, first + j]);
                (i, j) = (i + 1, j + 1);
            } else if lengths[i + 1][j] >= lengths[i][j + 1] {
                i += 1;
            } else {
                j += 1;
            }
        }
    }
    pairs.extend((0..last).rev().map(|back| [n - 1 - back, m - 1 - back]));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Token;

    fn input(text: &str) -> Input {
        let token = |word: &str| Token { id: 0, text: word.into(), start: 0, end: 0, special: false, continues: false };
        Input { text: text.into(), tokens: text.split(' ').map(token).collect() }
    }

    #[test]
    fn tokens_of_two_texts_find_each_other() {
        let check = |here: &str, there: &str, expected: &[[usize; 2]]| {
            assert_eq!(aligned(&input(here), &input(there)), expected, "{here} | {there}");
        };
        check("a b c", "a b c", &[[0, 0], [1, 1], [2, 2]]);
        // One word for another stands in its place; one more has no partner.
        check("a b c", "a x c", &[[0, 0], [1, 1], [2, 2]]);
        check("a b c", "a b x c", &[[0, 0], [1, 1], [2, 3]]);
        check("a b", "x b", &[[0, 0], [1, 1]]);
        check("not bad", "bad", &[[1, 0]]);
        check("a", "b", &[[0, 0]]);
    }

    #[test]
    fn methods_are_all_or_a_list() {
        for (methods, json, words) in [
            (Methods::All, r#""all""#, "all"),
            (
                Methods::Listed(vec![MethodId::Occlusion, MethodId::Saliency]),
                r#"["occlusion","saliency"]"#,
                "occlusion,saliency",
            ),
        ] {
            assert_eq!(serde_json::to_string(&methods).unwrap_or_default(), json);
            assert_eq!(serde_json::from_str::<Methods>(json).ok(), Some(methods.clone()));
            assert_eq!((methods.to_string().as_str(), words.parse()), (words, Ok(methods)));
        }
        let said = serde_json::from_str::<Methods>(r#"["blur"]"#).map_err(|error| error.to_string());
        assert!(said.is_err_and(|said| said.starts_with("there is no method \"blur\"")));
        assert!("".parse::<Methods>().is_err());
    }
}
