//! Sizes of what is taken along, and days.

/// Bytes as kilobytes, from a million on as megabytes.
#[must_use]
pub fn size(bytes: usize) -> String {
    let thousandths = bytes as f64 / 1e3;
    match bytes {
        0 => "0 kB".to_owned(),
        _ if bytes < 99_950 => format!("{:.1} kB", thousandths.max(0.1)),
        _ if bytes < 999_500 => format!("{thousandths:.0} kB"),
        _ => format!("{:.1} MB", thousandths / 1e3),
    }
}

/// A day as it is said: `2026-11-14` is 14 November 2026. What is no day stays as it is.
#[must_use]
pub fn day(date: &str) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let said = || {
        let (year, rest) = date.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let month = MONTHS.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        Some(format!("{} {month} {year}", day.parse::<u8>().ok()?))
    };
    said().unwrap_or_else(|| date.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_short() {
        let cases = [(0, "0 kB"), (1, "0.1 kB"), (512, "0.5 kB"), (99_949, "99.9 kB"), (99_950, "100 kB")];
        let large = [(999_499, "999 kB"), (999_500, "1.0 MB"), (23_348_496, "23.3 MB")];
        for (bytes, expected) in cases.into_iter().chain(large) {
            assert_eq!(size(bytes), expected, "{bytes}");
        }
    }

    #[test]
    fn a_day_is_said_and_what_is_none_stays() {
        assert_eq!(day("2026-11-04"), "4 November 2026");
        for other in ["", "2026-00-04", "2026-13-04", "2026-11-x", "2026"] {
            assert_eq!(day(other), other);
        }
    }
}
