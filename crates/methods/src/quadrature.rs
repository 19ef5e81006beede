//! Nodes and weights on [0, 1].

use std::f64::consts::PI;

use vitrine_schema::Rule;

/// Nodes in increasing order and weights that sum to 1.
#[must_use]
pub fn nodes(rule: Rule, n: usize) -> Vec<(f32, f32)> {
    let exact = match rule {
        Rule::Midpoint => (0..n).map(|k| ((k as f64 + 0.5) / n as f64, 1.0 / n as f64)).collect(),
        Rule::Trapezoid => trapezoid(n.max(2)),
        Rule::GaussLegendre => gauss_legendre(n),
    };
    exact.into_iter().map(|(node, weight): (f64, f64)| (node as f32, weight as f32)).collect()
}

/// `n` nodes from end to end, the ends with half weight.
fn trapezoid(n: usize) -> Vec<(f64, f64)> {
    let steps = (n - 1) as f64;
    let weight = |k: usize| if k == 0 || k == n - 1 { 0.5 / steps } else { 1.0 / steps };
    (0..n).map(|k| (k as f64 / steps, weight(k))).collect()
}

/// Roots of the Legendre polynomial by Newton's method from Chebyshev's guess, moved from [-1, 1] to [0, 1].
///
/// Source: Abramowitz and Stegun 1964, 25.4.29 and 22.8.5.
fn gauss_legendre(n: usize) -> Vec<(f64, f64)> {
    let root = |k: usize| {
        let mut x = (PI * (k as f64 + 0.75) / (n as f64 + 0.5)).cos();
        let mut slope = 1.0;
        for _ in 0..20 {
            let (value, derivative) = legendre(n, x);
            slope = derivative;
            let step = value / derivative;
            x -= step;
            if step.abs() < 1e-15 {
                break;
            }
        }
        ((1.0 + x) / 2.0, 1.0 / ((1.0 - x * x) * slope * slope))
    };
    (0..n).rev().map(root).collect()
}

/// `P_n(x)` and its derivative, by the three-term recurrence.
fn legendre(n: usize, x: f64) -> (f64, f64) {
    let (mut before, mut value) = (1.0, x);
    for k in 2..=n {
        let k = k as f64;
        (before, value) = (value, ((2.0 * k - 1.0) * x * value - (k - 1.0) * before) / k);
    }
    (value, n as f64 * (x * value - before) / (x * x - 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn integral(rule: Rule, n: usize, f: impl Fn(f64) -> f64) -> f64 {
        nodes(rule, n).iter().map(|&(x, w)| f64::from(w) * f(f64::from(x))).sum()
    }

    #[test]
    fn weights_sum_to_one_and_nodes_increase() {
        for &rule in Rule::ALL {
            for n in [2, 3, 8, 50, 200] {
                assert!((integral(rule, n, |_| 1.0) - 1.0).abs() < 1e-5, "{rule} {n}");
                assert!(nodes(rule, n).is_sorted_by(|a, b| a.0 < b.0), "{rule} {n}");
            }
        }
    }

    #[test]
    fn gauss_legendre_is_exact_up_to_degree_2n_minus_1() {
        for n in 1..=8 {
            let degree = 2 * n as i32 - 1;
            let exact = 1.0 / f64::from(degree + 1);
            assert!((integral(Rule::GaussLegendre, n, |x| x.powi(degree)) - exact).abs() < 1e-6, "{n}");
        }
    }

    #[test]
    fn midpoint_and_trapezoid_err_as_the_textbook_says() {
        // For x² the errors are -h²/12 and +h²/6.
        let third = 1.0 / 3.0;
        assert!((integral(Rule::Midpoint, 10, |x| x * x) - third + 0.01 / 12.0).abs() < 1e-6);
        assert!((integral(Rule::Trapezoid, 11, |x| x * x) - third - 0.01 / 6.0).abs() < 1e-6);
    }
}
