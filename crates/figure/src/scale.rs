//! Numbers to places.

/// Tick values at 1, 2 or 5 times a power of ten, about `count` of them, inside `[low, high]`.
#[must_use]
pub fn ticks(low: f32, high: f32, count: usize) -> Vec<f32> {
    let span = high - low;
    if !span.is_finite() || span <= 0.0 || count == 0 {
        return Vec::new();
    }
    let rough = span / count as f32;
    let power = libm::powf(10.0, libm::floorf(libm::log10f(rough)));
    let step =
        [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= rough).unwrap_or(rough);
    let first = libm::ceilf(low / step) as i64;
    let last = libm::floorf(high / step) as i64;
    (first..=last).map(|k| k as f32 * step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(-3.2, 2.1, 5), [-2.0, 0.0, 2.0]);
        assert_eq!(ticks(0.0, 1.0, 4), [0.0, 0.5, 1.0]);
        assert!(ticks(1.0, 1.0, 4).is_empty());
        assert!(ticks(f32::NAN, 1.0, 4).is_empty());
    }
}
