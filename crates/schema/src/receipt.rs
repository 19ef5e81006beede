//! How far an attribution can be trusted, measured: the text with words taken out in its order, and what the model then says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::Absence;
use crate::named::named;

/// Fewer players than this cannot be told from chance.
const PLAYERS_LEAST: usize = 3;
/// Random removals that move the answer by less than this share of what all words move it by say nothing.
const MOVES_LEAST: f32 = 0.05;

/// What was measured. Players are in the order of the text; curves have one value more than there are players.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Receipt {
    /// How words were taken out.
    pub removed_by: Absence,
    /// `F(x) − F(x without i)` of each player.
    pub removal: Vec<f32>,
    /// The most important players taken out one by one.
    pub deletion: Curves,
    /// From nothing, the most important players put in one by one.
    pub insertion: Curves,
    /// `p(x) − p(x without the first k)` for k from 1 on; p is the probability of the model's own answer. Empty where the
    /// model gives none.
    pub comprehensiveness: Vec<f32>,
    /// `p(x) − p(the first k alone)`.
    pub sufficiency: Vec<f32>,
    /// Kendall's τ-b of the scores with `removal`; `None` where one of them is constant.
    pub kendall_tau_loo: Option<f32>,
    /// The scores that other blanks, or other ways of taking away, would have given.
    #[serde(default)]
    pub baseline_spread: BTreeMap<String, Vec<f32>>,
    /// `F` without any word, by the same names.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub baseline_values: BTreeMap<String, f32>,
    /// The scores that other seeds would have given, of a method that samples.
    #[serde(default)]
    pub stability: Option<Stability>,
    /// What the curves came to, where they were left out themselves, as in a link.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// What it comes to.
    pub verdict: Trust,
}

/// The numbers that the curves of a receipt come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// See [`Receipt::ratio`].
    pub ratio: Option<f32>,
    /// Mean of [`Receipt::comprehensiveness`]; `None` where the model gives no probability.
    pub comprehensiveness: Option<f32>,
    /// Mean of [`Receipt::sufficiency`].
    pub sufficiency: Option<f32>,
}

/// `F` while players go, or come, in the order of the scores.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// In that order.
    pub curve: Vec<f32>,
    /// What the model says at each point of it.
    pub answers: Vec<Answered>,
    /// In random orders.
    pub random: Vec<Vec<f32>>,
    /// In the reverse order.
    pub reverse: Vec<f32>,
}

/// The likeliest answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// The class, of a classifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The token, of a model of language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Its probability; `None` where the model gives a number of its own.
    pub probability: Option<f32>,
}

/// The same method with other seeds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stability {
    /// The seeds.
    pub seeds: Vec<u64>,
    /// Scores of each.
    pub scores: Vec<Vec<f32>>,
}

named! {
    /// What a receipt comes to.
    TrustId {
        /// Taking words out in this order moves the answer at least half again as far as at random.
        Holds = "holds",
        /// It moves it further, by less.
        Weak = "weak",
        /// It does not, or the scores miss what they promise to add up to.
        Fails = "fails",
        /// Too few words, or an answer that no removal moves.
        Untested = "untested",
    }
}

/// A verdict, with its sentence where a finding has left the program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trust {
    /// Which.
    pub id: TrustId,
    /// In words; put in when it is printed, and not read back.
    #[serde(default, skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub sentence: Option<String>,
}

impl Curves {
    /// How far the answer has moved on average, from its first value, over the points between the ends.
    fn moved(curve: &[f32]) -> f32 {
        let Some((first, inner)) = curve.split_first().and_then(|(first, rest)| Some((first, rest.split_last()?.1)))
        else {
            return 0.0;
        };
        inner.iter().map(|value| first - value).sum::<f32>() / inner.len().max(1) as f32
    }

    /// The same over all random orders.
    fn moved_at_random(&self) -> f32 {
        self.random.iter().map(|curve| Self::moved(curve)).sum::<f32>() / self.random.len().max(1) as f32
    }
}

impl Receipt {
    /// Random orders that an order is compared with.
    pub const RANDOM_ORDERS: usize = 20;
    /// From this ratio on an order holds.
    pub const HOLDS: f32 = 1.5;
    /// Below this ratio it fails.
    pub const FAILS: f32 = 1.1;

    /// About how many texts with holes are run to measure one of so many players: the beginnings and the ends of each order,
    /// every player alone, and no text twice. How many of those that are drawn differ is what is to be expected.
    #[must_use]
    pub fn runs(n_players: usize) -> f64 {
        let (n, drawn) = (n_players as f64, 2 * Self::RANDOM_ORDERS + 2);
        let differ = |ways: f64| match ways {
            few if few < 1e6 => few * (1.0 - (1.0 - 1.0 / few).powi(drawn as i32)),
            _ => drawn as f64,
        };
        let (mut ways, mut runs) = (1.0, 1.0);
        for taken in 1..=n_players {
            let taken = taken as f64;
            ways *= (n - taken + 1.0) / taken;
            runs += if taken == 1.0 { n } else { differ(ways) };
        }
        runs
    }

    /// How many times as far as at random the answer moves when words are taken out in the order of the scores; `None`
    /// where there are too few, or where it hardly moves at all.
    #[must_use]
    pub fn ratio(&self) -> Option<f32> {
        if let Some(figures) = self.figures {
            return figures.ratio;
        }
        let curve = &self.deletion.curve;
        let (first, last) = (curve.first()?, curve.last()?);
        let at_random = self.deletion.moved_at_random();
        let tested = curve.len() > PLAYERS_LEAST && at_random.abs() >= MOVES_LEAST * (first - last).abs();
        (tested && at_random != 0.0).then(|| Curves::moved(curve) / at_random)
    }

    /// What the curves come to.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let mean = |values: &[f32]| (!values.is_empty()).then(|| values.iter().sum::<f32>() / values.len() as f32);
        self.figures.unwrap_or_else(|| Figures {
            ratio: self.ratio(),
            comprehensiveness: mean(&self.comprehensiveness),
            sufficiency: mean(&self.sufficiency),
        })
    }

    /// The verdict; `adds_up` is whether the scores keep what they promise about their sum.
    #[must_use]
    pub fn judged(&self, adds_up: bool) -> TrustId {
        match self.ratio() {
            _ if !adds_up => TrustId::Fails,
            None => TrustId::Untested,
            Some(ratio) if ratio >= Self::HOLDS => TrustId::Holds,
            Some(ratio) if ratio >= Self::FAILS => TrustId::Weak,
            Some(_) => TrustId::Fails,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receipt(curve: &[f32], random: &[&[f32]]) -> Receipt {
        let random = random.iter().map(|curve| curve.to_vec()).collect();
        Receipt {
            removed_by: Absence::Mask,
            removal: Vec::new(),
            deletion: Curves { curve: curve.to_vec(), random, ..Curves::default() },
            insertion: Curves::default(),
            comprehensiveness: Vec::new(),
            sufficiency: Vec::new(),
            kendall_tau_loo: None,
            baseline_spread: BTreeMap::new(),
            baseline_values: BTreeMap::new(),
            stability: None,
            figures: None,
            verdict: Trust { id: TrustId::Untested, sentence: None },
        }
    }

    #[track_caller]
    fn check(curve: &[f32], random: &[&[f32]], ratio: Option<f32>, verdict: TrustId) {
        let receipt = receipt(curve, random);
        assert_eq!((receipt.ratio(), receipt.judged(true)), (ratio, verdict));
        assert_eq!(receipt.judged(false), TrustId::Fails);
    }

    #[test]
    fn the_verdict_follows_how_far_the_answer_moves() {
        // Of four values the two between the ends count.
        check(&[4.0, 1.0, 1.0, 0.0], &[&[4.0, 3.0, 1.0, 0.0], &[4.0, 2.0, 2.0, 0.0]], Some(1.5), TrustId::Holds);
        check(&[4.0, 2.0, 1.5, 0.0], &[&[4.0, 2.0, 2.0, 0.0]], Some(1.125), TrustId::Weak);
        check(&[4.0, 2.0, 2.0, 0.0], &[&[4.0, 2.0, 2.0, 0.0]], Some(1.0), TrustId::Fails);
        // An answer on the other side moves up.
        check(&[-4.0, -1.0, -1.0, 0.0], &[&[-4.0, -2.0, -2.0, 0.0]], Some(1.5), TrustId::Holds);
        // Two words; an answer that random removal does not move.
        check(&[4.0, 1.0, 0.0], &[&[4.0, 2.0, 0.0]], None, TrustId::Untested);
        check(&[4.0, 1.0, 1.0, 0.0], &[&[4.0, 4.1, 3.9, 0.0]], None, TrustId::Untested);
        check(&[1.0; 4], &[&[1.0; 4]], None, TrustId::Untested);
        check(&[], &[], None, TrustId::Untested);
    }

    #[test]
    fn figures_stand_for_the_curves_that_were_left_out() {
        let whole =
            Receipt { comprehensiveness: vec![0.25, 0.75], ..receipt(&[4.0, 1.0, 1.0, 0.0], &[&[4.0, 2.0, 2.0, 0.0]]) };
        let figures = Figures { ratio: Some(1.5), comprehensiveness: Some(0.5), sufficiency: None };
        assert_eq!(whole.figures(), figures);
        let sent = Receipt { figures: Some(figures), ..receipt(&[], &[]) };
        assert_eq!((sent.figures(), sent.judged(true)), (figures, TrustId::Holds));
    }

    #[test]
    fn a_short_text_has_few_holes() {
        assert_eq!([0, 1, 3, 9, 20, 2000].map(|n| Receipt::runs(n).round()), [1.0, 2.0, 8.0, 208.0, 743.0, 85_959.0]);
    }

    #[test]
    fn a_sentence_is_written_and_not_read() {
        let trust = Trust { id: TrustId::Holds, sentence: Some("It holds up.".to_owned()) };
        let json = serde_json::to_string(&trust).unwrap_or_default();
        assert_eq!(json, r#"{"id":"holds","sentence":"It holds up."}"#);
        assert_eq!(serde_json::from_str(&json).ok(), Some(Trust { sentence: None, ..trust }));
    }
}
