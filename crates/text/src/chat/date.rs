//! `strftime` for templates that name today's date. This crate reads no clock: the moment is handed in.

use minijinja::{Error, ErrorKind};

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
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// The moment, in seconds since 1970 of the clock to be shown, as Python's `strftime` writes it in the C locale.
pub fn strftime(seconds: i64, format: &str) -> Result<String, Error> {
    let (days, time) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil(days);
    let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
    let weekday = (days + 4).rem_euclid(7);
    let day_of_year = days - days_from_new_year(year) + 1;
    let name = |names: &'static [&'static str], place: i64| {
        usize::try_from(place).ok().and_then(|place| names.get(place)).copied().unwrap_or_default()
    };
    let short = |name: &'static str| name.get(..3).unwrap_or(name).to_owned();
    let twelve = (hour + 11) % 12 + 1;
    let mut out = String::new();
    let mut rest = format.chars();
    while let Some(c) = rest.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let (code, bare) = match rest.next() {
            Some('-') => (rest.next(), true),
            code => (code, false),
        };
        let digits = |value: i64, width: usize| if bare { value.to_string() } else { format!("{value:0width$}") };
        out += &match code {
            Some('Y') => year.to_string(),
            Some('y') => digits(year.rem_euclid(100), 2),
            Some('m') => digits(month, 2),
            Some('d') => digits(day, 2),
            Some('e') => {
                if bare {
                    day.to_string()
                } else {
                    format!("{day:2}")
                }
            }
            Some('H') => digits(hour, 2),
            Some('I') => digits(twelve, 2),
            Some('M') => digits(minute, 2),
            Some('S') => digits(second, 2),
            Some('j') => digits(day_of_year, 3),
            Some('B') => name(&MONTHS, month - 1).to_owned(),
            Some('b' | 'h') => short(name(&MONTHS, month - 1)),
            Some('A') => name(&DAYS, weekday).to_owned(),
            Some('a') => short(name(&DAYS, weekday)),
            Some('p') => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            Some('w') => weekday.to_string(),
            Some('u') => ((weekday + 6) % 7 + 1).to_string(),
            Some('F') => format!("{year}-{month:02}-{day:02}"),
            Some('T' | 'X') => format!("{hour:02}:{minute:02}:{second:02}"),
            Some('R') => format!("{hour:02}:{minute:02}"),
            Some('D' | 'x') => format!("{month:02}/{day:02}/{:02}", year.rem_euclid(100)),
            Some('f') => "000000".to_owned(),
            // The clock has no zone, as Python's `datetime.now()`.
            Some('z' | 'Z') => String::new(),
            Some('s') => seconds.to_string(),
            Some('n') => "\n".to_owned(),
            Some('%') => "%".to_owned(),
            other => {
                let detail = format!("strftime_now does not know %{}", other.map(String::from).unwrap_or_default());
                return Err(Error::new(ErrorKind::InvalidOperation, detail));
            }
        };
    }
    Ok(out)
}

/// Year, month and day of a count of days since 1970, by Howard Hinnant's `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// Days from 1970 to the first of January.
fn days_from_new_year(year: i64) -> i64 {
    let before = year - 1;
    before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400) - 719_162
}

#[cfg(test)]
mod tests {
    use super::strftime;

    /// Values from Python's `datetime`.
    #[test]
    fn dates_are_written_as_python_does() {
        let check = |seconds, format, want: &str| assert_eq!(strftime(seconds, format).unwrap(), want);
        check(0, "%Y-%m-%d %A %j %H:%M:%S", "1970-01-01 Thursday 001 00:00:00");
        check(1_709_210_096, "%d %b %Y, %B %-d %I:%M %p %y %a %j", "29 Feb 2024, February 29 12:34 PM 24 Thu 060");
        check(1_735_689_599, "%j %F %T 100%%", "366 2024-12-31 23:59:59 100%");
        assert!(strftime(0, "%Q").is_err());
        assert!(strftime(0, "%").is_err());
    }
}
