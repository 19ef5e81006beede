//! How scores came about, kept while a method runs: what it ran and what that came to.

use vitrine_schema::trail::{Moment, Trail};

/// Longer texts have no trail: nobody could follow it.
pub const MOST_PLAYERS: usize = 24;
/// Moments that are kept; of more runs the first ones and then fewer and fewer.
pub const MOST: usize = 96;

/// One run by its players, and the scores after it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    /// Which of all it is, counted from 1.
    pub number: usize,
    /// Players that were away.
    pub absent: Vec<usize>,
    /// The value of the run.
    pub value: Option<f64>,
    /// A score for each player so far.
    pub scores: Vec<f64>,
    /// Of a fitted sum: what it gives where nobody is there.
    pub level: Option<f64>,
    /// Players that still share.
    pub together: Vec<Vec<usize>>,
}

/// Which of so many runs are kept, from a first one on: all while they are few, else ever further apart, the last among them.
#[must_use]
pub fn kept(first: usize, total: usize) -> Vec<usize> {
    let n = total.saturating_sub(first);
    if n <= MOST {
        return (first..total).collect();
    }
    let at = |place: usize| {
        let share = place as f64 / (MOST - 1) as f64;
        first + ((n - 1) as f64 * share * share).round() as usize
    };
    let mut kept: Vec<usize> = (0..MOST).map(at).collect();
    kept.dedup();
    kept
}

/// The trail of players on their tokens; nothing where a number is none.
#[must_use]
pub fn on_tokens(steps: Vec<Step>, total: usize, players: &[Vec<usize>], n_tokens: usize) -> Option<Trail> {
    let tokens = |of: &[usize]| of.iter().filter_map(|&player| players.get(player)).flatten().copied().collect();
    let moment = |step: Step| {
        let mut scores = vec![0.0; n_tokens];
        for (player, score) in players.iter().zip(&step.scores) {
            if let Some(slot) = player.first().and_then(|&first| scores.get_mut(first)) {
                *slot = *score as f32;
            }
        }
        let together = step.together.iter().map(|group| tokens(group)).collect();
        let value = step.value.map(|value| value as f32);
        let level = step.level.map(|level| level as f32);
        Moment { number: step.number, absent: tokens(&step.absent), value, scores, level, together }
    };
    let finite = |moment: &Moment| {
        moment.scores.iter().chain(&moment.value).chain(&moment.level).all(|number| number.is_finite())
    };
    let moments: Vec<Moment> = steps.into_iter().map(moment).filter(finite).collect();
    (moments.len() > 1).then_some(Trail { moments, total })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_and_the_last_are_kept() {
        assert_eq!(kept(2, 5), [2, 3, 4]);
        let many = kept(9, 2000);
        assert!(many.len() <= MOST && many.windows(2).all(|pair| pair[0] < pair[1]), "{many:?}");
        assert_eq!((many.first(), many.last()), (Some(&9), Some(&1999)));
        assert_eq!(kept(3, 2), Vec::<usize>::new());
    }

    #[test]
    fn players_stand_on_their_first_tokens() {
        let step = Step {
            number: 1,
            absent: vec![1],
            value: Some(2.0),
            scores: vec![1.0, 3.0],
            together: vec![vec![0, 1]],
            level: None,
        };
        let players = [vec![1], vec![2, 3]];
        let trail = on_tokens(vec![step.clone(), step.clone()], 9, &players, 5).unwrap_or_default();
        assert_eq!((trail.total, trail.moments.len()), (9, 2));
        assert_eq!(trail.moments[0].scores, [0.0, 1.0, 3.0, 0.0, 0.0]);
        assert_eq!((&trail.moments[0].absent, &trail.moments[0].together), (&vec![2, 3], &vec![vec![1, 2, 3]]));
        let nan = Step { scores: vec![f64::NAN, 0.0], ..step };
        assert_eq!(on_tokens(vec![nan.clone(), nan], 2, &players, 5), None);
    }
}
