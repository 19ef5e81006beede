//! Where the animation stands: a pure function of time.

/// Time from end to end at normal speed.
pub const DURATION_MILLIS: f64 = 4000.0;
/// The speeds a reader can choose.
pub const SPEEDS: [f64; 4] = [0.25, 0.5, 1.0, 2.0];

/// Time of one step, of what is played step by step.
pub const STEP_MILLIS: f64 = 400.0;

/// Position on the path after playing for `elapsed_millis` from `start`, 0 to 1, where all of it takes `whole_millis`.
#[must_use]
pub fn alpha_at(start: f32, elapsed_millis: f64, whole_millis: f64) -> f32 {
    let walked = elapsed_millis.max(0.0) / whole_millis.max(1.0);
    (f64::from(start) + walked).clamp(0.0, 1.0) as f32
}

/// The next stop in a direction: the edges between nodes, and both ends.
#[must_use]
pub fn step(edges: &[f32], alpha: f32, forward: bool) -> f32 {
    const SAME: f32 = 1e-4;
    if forward {
        edges.iter().copied().find(|edge| *edge > alpha + SAME).unwrap_or(1.0)
    } else {
        edges.iter().rev().copied().find(|edge| *edge < alpha - SAME).unwrap_or(0.0)
    }
}

/// Where the steps of so many floors stand, both ends included.
#[must_use]
pub fn edges(n_floors: usize) -> Vec<f32> {
    let n = n_floors.max(1);
    (0..=n).map(|floor| floor as f32 / n as f32).collect()
}

/// How many of so many floors have been climbed.
#[must_use]
pub fn climbed(n_floors: usize, alpha: f32) -> usize {
    ((alpha * n_floors as f32).ceil() as usize).min(n_floors)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_moves_forward_and_stops_at_the_end() {
        assert_eq!(alpha_at(0.0, 0.0, DURATION_MILLIS), 0.0);
        assert_eq!(alpha_at(0.0, DURATION_MILLIS / 2.0, DURATION_MILLIS), 0.5);
        assert_eq!(alpha_at(0.5, 1000.0, STEP_MILLIS), 1.0);
        assert_eq!(alpha_at(0.3, -5.0, 0.0), 0.3);
    }

    #[test]
    fn steps_go_from_edge_to_edge() {
        let edges = [0.0, 0.5, 1.0];
        assert_eq!([step(&edges, 0.0, true), step(&edges, 0.5, true), step(&edges, 1.0, true)], [0.5, 1.0, 1.0]);
        assert_eq!([step(&edges, 1.0, false), step(&edges, 0.2, false), step(&edges, 0.0, false)], [0.5, 0.0, 0.0]);
    }

    #[test]
    fn floors_are_climbed_one_by_one() {
        assert_eq!((edges(4), edges(0)), (vec![0.0, 0.25, 0.5, 0.75, 1.0], vec![0.0, 1.0]));
        assert_eq!([0.0, 0.2, 0.25, 0.26, 1.0, 2.0].map(|alpha| climbed(4, alpha)), [0, 1, 1, 2, 4, 4]);
    }
}
