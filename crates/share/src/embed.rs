//! What an embed shows, in the fragment of its address.
//!
//! ```text
//! embed.html#/v1.eJx…?show=claim,figure,receipt&theme=dark
//! ```
//!
//! The payload is that of a [link](crate::link), or `story/<scene>/<step>`, with which goes `predict=1`. `show` names the pieces, `theme` is `light`, `dark` or `auto`, which follows
//! the reader's system and is the default. A word that is not known is a fault, beside which the rest is shown.

use std::fmt;

use crate::percent::decoded;
use crate::story;

/// Longest unknown word that a sentence shows, in characters.
const MOST_SHOWN: usize = 40;

/// A piece of an explanation that an embed can show; the foot, with the receipt in words and the way back, is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// The claim.
    Claim,
    /// The words with their scores.
    Figure,
    /// How far to trust it.
    Receipt,
    /// How the scores came about.
    Path,
    /// Bars, and what moves.
    Controls,
    /// The numbers.
    Table,
}

impl Piece {
    /// All of them, in the order in which they stand.
    pub const ALL: [Self; 6] = [Self::Claim, Self::Figure, Self::Receipt, Self::Path, Self::Controls, Self::Table];

    /// Its name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Claim => "claim",
            Self::Figure => "figure",
            Self::Receipt => "receipt",
            Self::Path => "path",
            Self::Controls => "controls",
            Self::Table => "table",
        }
    }

    /// The piece of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|piece| piece.name() == name)
    }
}

/// On which paper an embed lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Paper {
    /// As the reader's system has it.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Paper {
    /// Its name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// What the address of an embed says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embed {
    /// The payload of its link.
    pub payload: String,
    /// What it shows, in order.
    pub show: Vec<Piece>,
    /// On which paper.
    pub paper: Paper,
    /// Whether a scene of the Story hides its outcome until the reader has said what will come.
    pub predict: bool,
    /// The first word that says nothing.
    pub fault: Option<EmbedError>,
}

/// A word in the address of an embed that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EmbedError {
    /// No piece has that name.
    #[error("an embed shows claim, figure, receipt, path, controls or table, not {found:?}; take it out of show=")]
    UnknownPiece {
        /// The name.
        found: String,
    },
    /// No paper has that name.
    #[error("theme= is light, dark or auto, not {found:?}")]
    UnknownPaper {
        /// The name.
        found: String,
    },
    /// Neither `show` nor `theme`.
    #[error("the address of an embed has show= and theme=, not {found:?}; take it out")]
    UnknownKey {
        /// The key.
        found: String,
    },
}

impl Embed {
    /// What an embed shows where nothing is named.
    pub const USUAL: [Piece; 3] = [Piece::Claim, Piece::Figure, Piece::Receipt];

    /// Reads a fragment, with its `#` or without.
    #[must_use]
    pub fn read(fragment: &str) -> Self {
        let address = fragment.trim_start_matches(['#', '/']);
        let (payload, words) = address.split_once('?').unwrap_or((address, ""));
        let mut embed = Self {
            payload: payload.to_owned(),
            show: Self::USUAL.to_vec(),
            paper: Paper::Auto,
            predict: false,
            fault: None,
        };
        for word in words.split('&').filter(|word| !word.is_empty()) {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let (value, _) = decoded(value);
            let fault = match key {
                "show" => embed.choose(&value),
                "theme" => embed.lie_on(&value),
                "predict" if embed.scene().is_some() => {
                    embed.predict = value == "1";
                    None
                }
                _ => Some(EmbedError::UnknownKey { found: clipped(key) }),
            };
            embed.fault = embed.fault.or(fault);
        }
        embed
    }

    /// The scene of the Story that it shows, where it shows one and no link.
    #[must_use]
    pub fn scene(&self) -> Option<story::Place> {
        let place = story::Place::read(&self.payload);
        place.named.then_some(story::Place { predict: self.predict, ..place })
    }

    /// Whether a piece is shown.
    #[must_use]
    pub fn shows(&self, piece: Piece) -> bool {
        self.show.contains(&piece)
    }

    fn choose(&mut self, names: &str) -> Option<EmbedError> {
        let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        self.show = Piece::ALL.into_iter().filter(|piece| names.contains(&piece.name())).collect();
        let unknown = names.into_iter().find(|name| Piece::named(name).is_none())?;
        Some(EmbedError::UnknownPiece { found: clipped(unknown) })
    }

    fn lie_on(&mut self, name: &str) -> Option<EmbedError> {
        let paper = [Paper::Auto, Paper::Light, Paper::Dark].into_iter().find(|paper| paper.name() == name);
        match paper {
            Some(paper) => self.paper = paper,
            None => return Some(EmbedError::UnknownPaper { found: clipped(name) }),
        }
        None
    }
}

/// The fragment, without its `#`.
impl fmt::Display for Embed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/{}", self.payload)?;
        let show = (self.show != Self::USUAL).then(|| {
            let names: Vec<&str> = self.show.iter().map(|piece| piece.name()).collect();
            format!("show={}", names.join(","))
        });
        let theme = (self.paper != Paper::Auto).then(|| format!("theme={}", self.paper.name()));
        let predict = self.predict.then(|| "predict=1".to_owned());
        let words: Vec<String> = show.into_iter().chain(theme).chain(predict).collect();
        if words.is_empty() { Ok(()) } else { write!(f, "?{}", words.join("&")) }
    }
}

fn clipped(word: &str) -> String {
    word.chars().take(MOST_SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_names_its_pieces_in_any_order() {
        let embed = Embed::read("#/v1.abc?show=table,claim&theme=dark");
        assert_eq!(embed.payload, "v1.abc");
        assert_eq!(embed.show, [Piece::Claim, Piece::Table]);
        assert_eq!((embed.paper, embed.fault.clone()), (Paper::Dark, None));
        assert_eq!(embed.to_string(), "/v1.abc?show=claim,table&theme=dark");
        assert_eq!(Embed::read("#/v1.abc").to_string(), "/v1.abc");
    }

    #[test]
    fn a_word_that_says_nothing_is_named_and_the_rest_is_shown() {
        for (address, named) in
            [("/p?show=claim,ribbon", "ribbon"), ("/p?theme=sepia", "sepia"), ("/p?size=3&show=claim", "size")]
        {
            let embed = Embed::read(address);
            assert!(embed.fault.as_ref().unwrap().to_string().contains(named), "{address}");
            assert!(embed.shows(Piece::Claim), "{address}");
        }
    }

    #[test]
    fn a_scene_of_the_story_may_hide_its_outcome_and_a_link_has_none() {
        let embed = Embed::read("#/story/paths/2?show=claim,figure&theme=light&predict=1");
        assert_eq!(embed.scene(), Some(story::Place::step("paths", 2, true)));
        assert_eq!(embed.to_string(), "/story/paths/2?show=claim,figure&theme=light&predict=1");
        let link = Embed::read("#/v1.abc?predict=1");
        assert_eq!((link.scene(), link.fault.is_some()), (None, true));
    }

    proptest! {
        #[test]
        fn any_fragment_is_read_and_what_is_written_reads_the_same(fragment in ".{0,200}") {
            let read = Embed { fault: None, ..Embed::read(&fragment) };
            let again = Embed::read(&read.to_string());
            prop_assert_eq!((&again.show, again.paper, &again.fault), (&read.show, read.paper, &None));
        }
    }
}
