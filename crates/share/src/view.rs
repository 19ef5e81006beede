//! The panels of the Lab.

use std::fmt;

use serde::{Deserialize, Serialize};
use vitrine_schema::Ask;

/// A panel of the Lab; which of them exist for a model and a question is the page's to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum View {
    /// Scores of the text's tokens.
    Attribution,
    /// Several methods side by side.
    Compare,
    /// Where each head looks.
    Attention,
    /// What each layer writes.
    Stream,
    /// The text with words changed, beside the text.
    Edit,
    /// One run patched into another.
    Patching,
    /// What can be read off each layer.
    Probes,
    /// Chains of thought.
    Reasoning,
}

impl View {
    /// Every panel, in the order of the tabs.
    pub const ALL: &[Self] = &[
        Self::Attribution,
        Self::Compare,
        Self::Attention,
        Self::Stream,
        Self::Edit,
        Self::Patching,
        Self::Probes,
        Self::Reasoning,
    ];

    /// Its name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Attribution => "attribution",
            Self::Compare => "compare",
            Self::Attention => "attention",
            Self::Stream => "stream",
            Self::Edit => "edit",
            Self::Patching => "patching",
            Self::Probes => "probes",
            Self::Reasoning => "reasoning",
        }
    }

    /// The panel beside which a question is asked, unless an address says another.
    #[must_use]
    pub fn beside(ask: &Ask) -> Self {
        match ask {
            Ask::Attention(_) => Self::Attention,
            Ask::Compare(_) => Self::Compare,
            Ask::Stream(_) => Self::Stream,
            Ask::Steer(_) => Self::Edit,
            Ask::Patch(_) => Self::Patching,
            Ask::Probe(_) => Self::Probes,
            Ask::Chain(_) | Ask::Vote(_) | Ask::Courtroom(_) => Self::Reasoning,
            Ask::Ablate(ablate) if !ablate.parts.is_empty() => Self::Stream,
            _ => Self::Attribution,
        }
    }

    /// The panel of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|view| view.name() == name)
    }
}

impl fmt::Display for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use vitrine_schema::Part;
    use vitrine_schema::recipe::{Ablate, Attention};

    use super::*;

    #[test]
    fn a_question_has_its_panel() {
        let parts = Ablate { parts: vec![Part::Mlp { layer: 1 }], ..Ablate::default() };
        let cases = [
            (Ask::Attention(Attention::default()), View::Attention),
            (Ask::Ablate(parts), View::Stream),
            (Ask::Ablate(Ablate::default()), View::Attribution),
            (Ask::Predict {}, View::Attribution),
        ];
        for (ask, view) in cases {
            assert_eq!(View::beside(&ask), view, "{}", ask.name());
        }
    }
}
