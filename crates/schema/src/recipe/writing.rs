//! A text that is continued, as it is or pushed.

use serde::{Deserialize, Serialize};

/// How a text is continued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Generate {
    /// Whether the text is what a user says, to be put into the model's chat template.
    pub chat: bool,
    /// In a chat, what the system says first.
    pub system: Option<String>,
    /// Most tokens to write.
    pub max_tokens: usize,
    /// Divides the logits before a token is drawn; 0 takes the likeliest.
    pub temperature: f32,
    /// Only that many likeliest tokens can be drawn; 0 for all.
    pub top_k: usize,
}

impl Default for Generate {
    fn default() -> Self {
        Self { chat: false, system: None, max_tokens: 64, temperature: 0.0, top_k: 0 }
    }
}

/// How a continuation is pushed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Steer {
    /// The text whose last token says where to.
    pub toward: String,
    /// The text whose last token says where from.
    pub away: String,
    /// Before which block; the middle one unless given.
    pub layer: Option<usize>,
    /// How many times the difference is added; negative pushes the other way.
    pub strength: f32,
}

impl Steer {
    /// Whether both ends of the push are there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        !self.toward.is_empty() && !self.away.is_empty()
    }
}

impl Default for Steer {
    fn default() -> Self {
        Self { toward: String::new(), away: String::new(), layer: None, strength: 1.0 }
    }
}
