//! Numbers to text, and which of them come first.

/// A signed number with a real minus sign, to as many decimals as its size needs.
#[must_use]
pub fn signed(value: f32) -> String {
    let digits = digits(value);
    if digits.trim_matches(['0', '.']).is_empty() {
        return digits;
    }
    format!("{}{digits}", if value < 0.0 { '−' } else { '+' })
}

/// A number with a real minus sign where it is negative.
#[must_use]
pub fn plain(value: f32) -> String {
    signed(value).trim_start_matches('+').to_owned()
}

fn digits(value: f32) -> String {
    let size = value.abs();
    match size {
        // Thirty digits would be no easier to read.
        _ if size >= 999_999.5 && size.is_finite() => format!("{size:.1e}"),
        _ if size >= 99.95 => format!("{size:.0}"),
        _ if size >= 9.995 => format!("{size:.1}"),
        _ => format!("{size:.2}"),
    }
}

/// A share as a percentage: one decimal, two significant digits below 1 %.
#[must_use]
pub fn percent(share: f32) -> String {
    let value = share * 100.0;
    match value.abs() {
        size if size > 0.0 && size < 0.01 => "under 0.01 %".to_owned(),
        size if size < 1.0 => format!("{value:.2} %"),
        size if size < 99.95 => format!("{value:.1} %"),
        size if size < 100.0 => format!("{value:.2} %"),
        _ => format!("{value:.0} %"),
    }
}

/// Things by size of their key, largest first, equal ones in their order.
///
/// All go through one sort of places, because each further kind of sort would add four kilobytes to the page.
#[must_use]
pub fn largest_first<T>(things: Vec<T>, key: impl Fn(&T) -> f32) -> Vec<T> {
    let keys: Vec<f32> = things.iter().map(key).collect();
    let mut things: Vec<Option<T>> = things.into_iter().map(Some).collect();
    places(&keys).into_iter().filter_map(|place| things.get_mut(place)?.take()).collect()
}

fn places(keys: &[f32]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..keys.len()).collect();
    let key = |place: &usize| keys.get(*place).copied().unwrap_or(0.0);
    places.sort_by(|a, b| key(b).total_cmp(&key(a)));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            [signed(1.234), signed(-0.5), signed(-0.0001), signed(123.4), plain(2.0)],
            ["+1.23", "−0.50", "0.00", "+123", "2.00"]
        );
        assert_eq!([signed(999_999.0), signed(-6e8)], ["+999999", "−6.0e8"]);
        assert_eq!(
            [percent(0.95), percent(0.003), percent(0.00001), percent(1.0), percent(0.0)],
            ["95.0 %", "0.30 %", "under 0.01 %", "100 %", "0.00 %"]
        );
    }
}
