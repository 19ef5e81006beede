//! Weighted least squares by normal equations and Cholesky: small, and the same on every machine.

/// A pivot below this share of the largest is rounding, and the rows leave its unknown open.
const ROUNDING: f64 = 1e-10;

/// The normal equations `A x = b`, filled row by row.
pub(crate) struct LeastSquares {
    n: usize,
    /// Row-major `[n, n]`.
    a: Vec<f64>,
    b: Vec<f64>,
}

impl LeastSquares {
    /// `n` unknowns.
    pub(crate) fn new(n: usize) -> Self {
        Self { n, a: vec![0.0; n * n], b: vec![0.0; n] }
    }

    /// Wants `row · x` to be `y`.
    pub(crate) fn row(&mut self, row: &[f64], y: f64, weight: f64) {
        for (i, &left) in row.iter().enumerate().filter(|(_, left)| **left != 0.0) {
            self.b[i] += weight * left * y;
            for (slot, right) in self.a[i * self.n..(i + 1) * self.n].iter_mut().zip(row) {
                *slot += weight * left * right;
            }
        }
    }

    /// Wants every unknown to be small.
    pub(crate) fn ridge(&mut self, alpha: f64) {
        for i in 0..self.n {
            self.a[i * self.n + i] += alpha;
        }
    }

    /// The unknowns; `None` where the rows leave one open.
    pub(crate) fn solve(mut self) -> Option<Vec<f64>> {
        let n = self.n;
        let least = ROUNDING * (0..n).map(|i| self.a[i * n + i]).fold(f64::MIN_POSITIVE, f64::max);
        // The lower half of A becomes L, A = L Lᵀ.
        for i in 0..n {
            for j in 0..=i {
                let known: f64 = (0..j).map(|k| self.a[i * n + k] * self.a[j * n + k]).sum();
                let rest = self.a[i * n + j] - known;
                self.a[i * n + j] = match i == j {
                    true if rest > least => rest.sqrt(),
                    true => return None,
                    false => rest / self.a[j * n + j],
                };
            }
        }
        let mut x = self.b;
        for i in 0..n {
            let known: f64 = (0..i).map(|k| self.a[i * n + k] * x[k]).sum();
            x[i] = (x[i] - known) / self.a[i * n + i];
        }
        for i in (0..n).rev() {
            let known: f64 = (i + 1..n).map(|k| self.a[k * n + i] * x[k]).sum();
            x[i] = (x[i] - known) / self.a[i * n + i];
        }
        Some(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_points_near_a_line() {
        // y = a + b t through (0, 1), (1, 3), (2, 4), the last one counted twice.
        let mut fit = LeastSquares::new(2);
        for (t, y, weight) in [(0.0, 1.0, 1.0), (1.0, 3.0, 1.0), (2.0, 4.0, 2.0)] {
            fit.row(&[1.0, t], y, weight);
        }
        // 4a + 5b = 12, 5a + 9b = 19.
        let found = fit.solve().unwrap();
        assert!((found[0] - 13.0 / 11.0).abs() < 1e-12 && (found[1] - 16.0 / 11.0).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn what_is_left_open_is_not_invented() {
        let mut fit = LeastSquares::new(2);
        fit.row(&[1.0, 1.0], 1.0, 1.0);
        fit.row(&[2.0, 2.0], 2.0, 1.0);
        assert_eq!(fit.solve(), None);
        assert_eq!(LeastSquares::new(0).solve(), Some(vec![]));
        let mut held = LeastSquares::new(1);
        held.ridge(1.0);
        assert_eq!(held.solve(), Some(vec![0.0]));
    }
}
