//! Neighbouring marks that are locked together: `3`, or `3-5`.

use std::fmt;
use std::str::FromStr;

/// From the mark that was locked to the one that the reader went on to, in either direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The mark that was locked.
    pub anchor: usize,
    /// How far it reaches.
    pub reach: usize,
}

impl Span {
    /// One mark.
    #[must_use]
    pub const fn one(mark: usize) -> Self {
        Self { anchor: mark, reach: mark }
    }

    /// The first of its marks.
    #[must_use]
    pub fn first(self) -> usize {
        self.anchor.min(self.reach)
    }

    /// The last of its marks.
    #[must_use]
    pub fn last(self) -> usize {
        self.anchor.max(self.reach)
    }

    /// Whether a mark is among them.
    #[must_use]
    pub fn holds(self, mark: usize) -> bool {
        (self.first()..=self.last()).contains(&mark)
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.anchor == self.reach {
            return write!(f, "{}", self.anchor);
        }
        write!(f, "{}-{}", self.first(), self.last())
    }
}

impl FromStr for Span {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (anchor, reach) = text.split_once('-').unwrap_or((text, text));
        Ok(Self { anchor: anchor.parse()?, reach: reach.parse()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_comes_back_from_its_words() {
        for (words, anchor, reach) in [("3", 3, 3), ("3-5", 3, 5)] {
            assert_eq!(words.parse(), Ok(Span { anchor, reach }));
            assert_eq!(Span { anchor: reach, reach: anchor }.to_string(), words);
        }
        assert!(["", "-", "3-", "a"].iter().all(|words| words.parse::<Span>().is_err()));
        let back = Span { anchor: 5, reach: 3 };
        assert!(back.holds(4) && !back.holds(6) && (back.first(), back.last()) == (3, 5));
    }
}
