//! How wide a text is in the faces of the page, so that a drawing is the same everywhere.
//!
//! Widths are those of the subsets in `web/fonts`, without kerning, which makes a text narrower if anything. Every figure has
//! to survive the system's faces too, so whoever places a label leaves some air.

mod advances;

use advances::{COUNT, EXTRA, MONO, SANS, SANS_BOLD, SERIF};

/// A typeface of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    /// Words of the reader and of the model.
    Serif,
    /// Labels.
    Sans,
    /// Numbers.
    Mono,
}

/// How a text is set.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Letters {
    /// Its face.
    pub face: Face,
    /// Its size in pixels.
    pub size: f32,
    /// Whether it is of weight 600 rather than 400; only labels are.
    pub bold: bool,
}

impl Letters {
    /// A label.
    pub const LABEL: Self = Self { face: Face::Sans, size: 13.0, bold: false };
    /// A number.
    pub const NUMBER: Self = Self { face: Face::Mono, size: 12.0, bold: false };
    /// A word beside its bar, or on an axis.
    pub const WORD: Self = Self { face: Face::Serif, size: 15.0, bold: false };

    /// A label that matters more.
    pub const STRONG: Self = Self { bold: true, ..Self::LABEL };

    /// The same in bold where `bold` says so and the face has it.
    #[must_use]
    pub const fn bold(self, bold: bool) -> Self {
        Self { bold: bold && matches!(self.face, Face::Sans), ..self }
    }

    /// The same in another size.
    #[must_use]
    pub const fn size(self, size: f32) -> Self {
        Self { size, ..self }
    }
}

impl Face {
    /// The faces that a drawing asks for, first ours, then the likeliest of the system.
    #[must_use]
    pub const fn family(self) -> &'static str {
        match self {
            Self::Serif => "'Vitrine Serif','Source Serif 4',Georgia,serif",
            Self::Sans => "Inter,Arial,sans-serif",
            Self::Mono => "'JetBrains Mono','Courier New',monospace",
        }
    }

    /// Widths by place in the tables, then those of the face that a missing character comes from.
    const fn tables(self, bold: bool) -> [&'static [u16; COUNT]; 2] {
        match (self, bold) {
            (Self::Serif, _) => [&SERIF, &SANS],
            (Self::Sans, false) => [&SANS, &SERIF],
            (Self::Sans, true) => [&SANS_BOLD, &SERIF],
            (Self::Mono, _) => [&MONO, &SANS],
        }
    }
}

/// Width of a text in pixels.
#[must_use]
pub fn width(text: &str, letters: Letters) -> f32 {
    let thousandths: f32 = text.chars().map(|c| f32::from(advance(c, letters))).sum();
    thousandths * letters.size / 1000.0
}

/// A text cut to a width, with an ellipsis where something is missing.
#[must_use]
pub fn clipped(text: &str, letters: Letters, most: f32) -> String {
    if width(text, letters) <= most {
        return text.to_owned();
    }
    let room = most * 1000.0 / letters.size - f32::from(advance('…', letters));
    let (mut kept, mut used) = (String::new(), 0.0);
    for c in text.chars() {
        used += f32::from(advance(c, letters));
        if used > room {
            break;
        }
        kept.push(c);
    }
    // What joins to the character that is gone would join to the ellipsis.
    kept.truncate(kept.trim_end_matches(|c: char| c.is_whitespace() || c == '\u{200d}').len());
    kept.push('…');
    kept
}

/// A text in lines that fit into a width; a word that is wider alone is cut.
#[must_use]
pub fn lines(text: &str, letters: Letters, most: f32) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        if let Some(line) = lines.last_mut()
            && width(line, letters) + width(" ", letters) + width(word, letters) <= most
        {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(clipped(word, letters, most));
        }
    }
    lines
}

/// Thousandths of the size that a character takes.
fn advance(c: char, letters: Letters) -> u16 {
    let found = place(c).and_then(|place| {
        let widths = letters.face.tables(letters.bold).map(|table| table.get(place).copied().unwrap_or(0));
        widths.into_iter().find(|width| *width > 0)
    });
    found.unwrap_or(match c {
        // Marks that stand on another character, and what cannot be seen.
        '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5bd}' | '\u{64b}'..='\u{65f}' => 0,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' => 0,
        // Characters as wide as they are high: East Asian ones and pictures.
        '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' => 1000,
        '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f000}'..='\u{3ffff}' => 1100,
        // Signs of the vocabulary such as ␣, and letters of other scripts; some of them are wide.
        '\u{900}'..='\u{1fff}' | '\u{2000}'..='\u{2e7f}' => 800,
        _ => 650,
    })
}

/// Where the tables have a character.
fn place(c: char) -> Option<usize> {
    let (ascii, latin) = ('\u{7f}' as usize - ' ' as usize, '\u{100}' as usize - '\u{a0}' as usize);
    match c {
        ' '..='~' => Some(c as usize - ' ' as usize),
        '\u{a0}'..='\u{ff}' => Some(ascii + c as usize - '\u{a0}' as usize),
        _ => EXTRA.chars().position(|extra| extra == c).map(|place| ascii + latin + place),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_hold_every_character_once() {
        assert_eq!(place('↓'), Some(COUNT - 1));
        assert_eq!(EXTRA.chars().filter_map(place).count(), EXTRA.chars().count());
        for face in [Face::Serif, Face::Sans, Face::Mono] {
            let letters = Letters { face, size: 10.0, bold: false };
            assert!(width("∅", letters) > 0.0, "what one face lacks comes from the next");
        }
    }

    #[test]
    fn digits_are_tabular() {
        for letters in [Letters::LABEL, Letters::LABEL.bold(true), Letters::NUMBER, Letters::WORD] {
            assert!(('0'..='9').all(|digit| advance(digit, letters) == advance('0', letters)), "{letters:?}");
        }
        // 600 of 1000 for each of five characters.
        assert!((width("−3.52", Letters::NUMBER) - 36.0).abs() < 1e-3);
    }

    #[test]
    fn a_long_word_is_cut_to_its_room() {
        let word = "Donaudampfschifffahrtsgesellschaft";
        for most in [0.0, 8.0, 30.0, 80.0] {
            let cut = clipped(word, Letters::WORD, most);
            assert!(cut.ends_with('…') && width(&cut, Letters::WORD) <= most.max(width("…", Letters::WORD)), "{cut}");
        }
        assert_eq!(clipped("dull", Letters::WORD, 80.0), "dull");
        let text = "The model reads it as it is";
        let broken = lines(text, Letters::WORD, 90.0);
        assert!(broken.len() > 1 && broken.iter().all(|line| width(line, Letters::WORD) <= 90.0), "{broken:?}");
        assert_eq!(broken.join(" "), text);
        assert!(lines(word, Letters::WORD, 80.0).concat().ends_with('…'));
        assert_eq!(clipped("👩\u{200d}👩\u{200d}👧", Letters::WORD, 36.0), "👩…");
    }
}
