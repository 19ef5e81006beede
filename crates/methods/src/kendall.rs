//! Kendall's τ-b: do two methods put the same players in the same order?
//!
//! ```text
//! τ_b = (n_same − n_opposite) / √((n − ties in a) (n − ties in b)),   n = all pairs
//! ```
//! Kendall 1945, *The Treatment of Ties in Ranking Problems*, equation for t_b.

/// τ-b of two lists of scores; `None` where one of them is constant, and so has no order.
#[must_use]
pub fn tau_b(a: &[f32], b: &[f32]) -> Option<f32> {
    let n = a.len().min(b.len());
    let sign = |scores: &[f32], i: usize, j: usize| match scores.get(i).partial_cmp(&scores.get(j)) {
        Some(std::cmp::Ordering::Greater) => 1,
        Some(std::cmp::Ordering::Less) => -1,
        _ => 0,
    };
    let (mut agreed, mut ordered_a, mut ordered_b) = (0i64, 0i64, 0i64);
    for i in 0..n {
        for j in i + 1..n {
            let (here, there) = (sign(a, i, j), sign(b, i, j));
            agreed += here * there;
            ordered_a += here * here;
            ordered_b += there * there;
        }
    }
    let pairs = (ordered_a as f64 * ordered_b as f64).sqrt();
    (pairs > 0.0).then(|| (agreed as f64 / pairs) as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(a: &[f32], b: &[f32], expected: Option<f32>) {
        let found = tau_b(a, b);
        assert!(found.is_some() == expected.is_some(), "{found:?} is not {expected:?}");
        assert!((found.unwrap_or(0.0) - expected.unwrap_or(0.0)).abs() < 1e-6, "{found:?} is not {expected:?}");
        assert_eq!(tau_b(b, a), found);
    }

    #[test]
    fn orders_are_compared_pair_by_pair() {
        check(&[1.0, 2.0, 3.0], &[10.0, 20.0, 30.0], Some(1.0));
        check(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0], Some(-1.0));
        // Of six pairs five agree and one does not.
        check(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 4.0, 3.0], Some(4.0 / 6.0));
        // scipy.stats.kendalltau([1, 2, 2, 3], [1, 2, 3, 4]) is 5/√30.
        check(&[1.0, 2.0, 2.0, 3.0], &[1.0, 2.0, 3.0, 4.0], Some(5.0 / 30f32.sqrt()));
        check(&[1.0, 1.0], &[1.0, 2.0], None);
        check(&[], &[], None);
    }
}
