//! The models that the page offers, as they are known before anything is fetched.

use crate::Traits;

/// One model of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Identifier, and the name of its folder.
    pub id: &'static str,
    /// What it does, in a few words.
    pub does: &'static str,
    /// Where it comes from.
    pub origin: &'static str,
    /// Licence, SPDX.
    pub licence: &'static str,
    /// Bytes to fetch; the build compares it with the files.
    pub bytes: u64,
    /// Memory that its weights take as 32-bit floats; a test compares it with a loaded model.
    pub memory_bytes: u64,
    /// Whether it predicts the next token.
    pub causal: bool,
}

/// The models of the page; the first is loaded at once, the others when the reader asks.
pub const OFFERS: [Offer; 2] = [
    Offer {
        id: "sentiment",
        does: "is a film review positive or negative?",
        origin: "all-MiniLM-L6-v2 with an adapter",
        licence: "Apache-2.0",
        bytes: 23_348_496,
        memory_bytes: 55_103_240,
        causal: false,
    },
    Offer {
        id: "smollm2-135m",
        does: "writes the next word",
        origin: "SmolLM2-135M-Instruct",
        licence: "Apache-2.0",
        bytes: 98_362_432,
        memory_bytes: 568_141_056,
        causal: true,
    },
];

impl Offer {
    /// The offer of that name.
    #[must_use]
    pub fn named(id: &str) -> Option<&'static Self> {
        OFFERS.iter().find(|offer| offer.id == id)
    }

    /// Whether a device with that much memory can hold it beside the page and the browser; browsers that do not say give
    /// no reason against it.
    #[must_use]
    pub fn fits(&self, device_memory_gib: Option<f64>) -> bool {
        device_memory_gib.is_none_or(|gib| self.memory_bytes as f64 * 3.0 <= gib * f64::from(1u32 << 30))
    }

    /// What models of its kind have, until it is here.
    #[must_use]
    pub fn traits(&self) -> Traits {
        let causal = self.causal;
        Traits { causal, mask: !causal, pad: !causal, eos: causal, space: causal, ..Traits::default() }
    }
}
