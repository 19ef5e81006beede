//! The sender's own words: short, one line each but for the note, and nothing in them that moves what stands around.

use serde::Serialize;
use vitrine_schema::foreign::line;

use super::{LinkError, clipped};

/// What a sender adds to a result, as plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sender {
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What the sender has to say; its lines are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Who it is, as they say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The day, such as `2026-11-30`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
}

impl Sender {
    /// Most characters of a title.
    pub const TITLE: usize = 80;
    /// Most characters of a note.
    pub const NOTE: usize = 280;
    /// Most characters of a name.
    pub const NAME: usize = 60;

    /// The words as they may stand in a link; what is empty is left out.
    ///
    /// # Errors
    /// [`LinkError::TooManyWords`], [`LinkError::NotADate`].
    pub fn new(
        title: Option<String>,
        note: Option<String>,
        name: Option<String>,
        date: Option<String>,
    ) -> Result<Self, LinkError> {
        let lines = |note: String| note.split('\n').map(line).collect::<Vec<_>>().join("\n").trim().to_owned();
        let date = date.filter(|date| !date.is_empty());
        if let Some(found) = date.as_deref().filter(|date| !is_date(date)) {
            return Err(LinkError::NotADate { found: clipped(found).chars().take(20).collect() });
        }
        Ok(Self {
            title: short("title", title.map(|title| line(&title)), Self::TITLE)?,
            note: short("note", note.map(lines), Self::NOTE)?,
            name: short("name", name.map(|name| line(&name)), Self::NAME)?,
            date,
        })
    }
}

fn short(part: &'static str, words: Option<String>, most: usize) -> Result<Option<String>, LinkError> {
    let found = words.as_ref().map_or(0, |words| words.chars().count());
    if found > most {
        return Err(LinkError::TooManyWords { part, most, found });
    }
    Ok(words.filter(|words| !words.is_empty()))
}

/// A day of the calendar of ISO 8601, the 29th of February in every year.
fn is_date(text: &str) -> bool {
    let [y0, y1, y2, y3, b'-', m0, m1, b'-', d0, d1] = *text.as_bytes() else { return false };
    let number = |tens: u8, ones: u8| 10 * u32::from(tens - b'0') + u32::from(ones - b'0');
    let days = |month| match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    [y0, y1, y2, y3, m0, m1, d0, d1].iter().all(u8::is_ascii_digit)
        && (1..=days(number(m0, m1))).contains(&number(d0, d1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn title(words: &str) -> Result<Option<String>, String> {
        let sender = Sender::new(Some(words.to_owned()), None, None, None);
        sender.map(|sender| sender.title).map_err(|error| error.to_string())
    }

    #[test]
    fn words_are_plain_and_short() {
        assert_eq!(title(" <b>why\u{202e}?</b>\r\n "), Ok(Some("<b>why?</b>".to_owned())));
        assert_eq!(title("\u{2067} \u{200f}\n"), Ok(None));
        assert_eq!(title(&"é".repeat(80)), Ok(Some("é".repeat(80))));
        assert_eq!(
            title(&"é".repeat(81)),
            Err("a title has at most 80 characters, this one 81; shorten it".to_owned())
        );
        let note = Sender::new(None, Some("one\r\n\ttwo\n\n".to_owned()), None, None).unwrap().note;
        assert_eq!(note.as_deref(), Some("one\ntwo"));
    }

    #[test]
    fn a_date_is_a_day() {
        let date = |date: &str| Sender::new(None, None, None, Some(date.to_owned())).map(|sender| sender.date);
        assert_eq!(date("2026-11-30"), Ok(Some("2026-11-30".to_owned())));
        assert_eq!(date(""), Ok(None));
        for wrong in
            ["2026-13-01", "2026-1-1", "30.11.2026", "2026-11-3\u{661}", "2026-11-31", "2026-02-30", "yesterday"]
        {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }
}
