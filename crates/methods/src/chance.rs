//! Chance that a seed fixes: the same draws on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// A stream of random numbers.
pub(crate) struct Chance(ChaCha8Rng);

impl Chance {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number from 0 to 1, without 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number of the normal distribution (Box, Muller 1958).
    pub(crate) fn normal(&mut self) -> f64 {
        let (radius, turn) = (1.0 - self.unit(), self.unit());
        (-2.0 * libm::log(radius)).sqrt() * libm::cos(std::f64::consts::TAU * turn)
    }

    /// A whole number below `n`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        // Of 2^64 draws each number gets its share but for less than one.
        ((u128::from(self.0.next_u64()) * n as u128) >> 64) as usize
    }

    /// Numbers below `n` in a random order, each as likely as any other (Fisher, Yates 1938).
    pub(crate) fn order(&mut self, n: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..n).collect();
        for last in (1..n).rev() {
            order.swap(last, self.below(last + 1));
        }
        order
    }

    /// `k` of the numbers below `n`, in order.
    pub(crate) fn some(&mut self, k: usize, n: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..n).collect();
        for place in 0..k.min(n) {
            let other = place + self.below(n - place);
            all.swap(place, other);
        }
        all.truncate(k);
        all.sort_unstable();
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_numbers_have_their_moments() {
        let mut chance = Chance::seeded(2);
        let drawn: Vec<f64> = (0..20_000).map(|_| chance.normal()).collect();
        let moment = |power: i32| drawn.iter().map(|x| x.powi(power)).sum::<f64>() / 20_000.0;
        // Five standard errors around 0, 1, 0 and 3.
        for (power, expected, tolerance) in [(1, 0.0, 0.036), (2, 1.0, 0.05), (3, 0.0, 0.14), (4, 3.0, 0.35)] {
            assert!((moment(power) - expected).abs() < tolerance, "{power}: {}", moment(power));
        }
    }

    #[test]
    fn every_pair_of_four_is_as_likely() {
        let mut chance = Chance::seeded(1);
        let mut counts = std::collections::BTreeMap::<Vec<usize>, usize>::new();
        for _ in 0..6000 {
            *counts.entry(chance.some(2, 4)).or_default() += 1;
        }
        // Five standard deviations around 1,000.
        assert!(counts.len() == 6 && counts.values().all(|count| (850..1150).contains(count)), "{counts:?}");
        assert_eq!((chance.some(0, 3), chance.some(3, 3)), (vec![], vec![0, 1, 2]));
    }
}
