//! The panels of the Lab.

use std::fmt;

/// A panel of the Lab; which of them exist for a model and a question is the page's to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
