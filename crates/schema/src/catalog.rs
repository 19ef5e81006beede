//! The models that the page offers, as they are known before anything is fetched.

use crate::{Ask, ProbePosition, Traits};

/// The place in a menu of models for one of the reader's own.
pub const OWN: &str = "own";

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
    /// Memory that its weights take on the CPU; a test compares it with a loaded model.
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
        memory_bytes: 55_149_320,
        causal: false,
    },
    Offer {
        id: "smollm2-135m",
        does: "writes the next word",
        origin: "SmolLM2-135M-Instruct",
        licence: "Apache-2.0",
        bytes: 98_362_432,
        memory_bytes: 126_657_792,
        causal: true,
    },
];

/// A sentence on which a model shows something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// The sentence.
    pub text: &'static str,
    /// What it shows.
    pub shows: &'static str,
    /// The model that it is for.
    pub offer: Offer,
}

const fn example(model: usize, text: &'static str, shows: &'static str) -> Example {
    Example { text, shows, offer: OFFERS[model] }
}

/// Three for each model.
pub const EXAMPLES: [Example; 6] = [
    example(0, "the plot is dull but funny", "One word decides, two pull back."),
    example(0, "not bad at all", "Two words that only count together."),
    example(0, "the acting is terrible and the story is worse", "Two words that say the same hide each other."),
    example(1, "The capital of France is", "A fact, and the word that brings it."),
    example(1, "When Mary and John went to the store, John gave a bottle to", "Which of two names comes next."),
    example(1, "The opposite of hot is", "A relation between two words."),
];

/// Questions that are answered step by step, and what is seen on them; where the model fails that is said, with what is right.
pub const PROBLEMS: [(&str, &str); 4] = [
    ("x = 7. y = x + 9. z = y + 8. What is z?", "Wrong at once, right with the chain."),
    (
        "x = 8. y = x + 2. z = y + 4. What is z?",
        "One that fails: the chain slips, and its answer slips with it. Right is 14.",
    ),
    (
        "A train leaves at 3 pm and travels for 4 hours at 60 miles per hour. How many miles does it travel?",
        "Too hard for this model: step by step it computes 240, which is right, and goes on past it.",
    ),
    (
        "A snail climbs 3 meters up a wall each day and slides down 2 meters each night. The wall is 5 meters high. After how many days does it reach the top?",
        "Too hard for this model: it subtracts well and reasons badly. Right is 3.",
    ),
];

/// A table of labelled texts beside the page, in `web/data`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its name, and that of its file.
    pub name: &'static str,
    /// Its SHA-256, by which questions name it.
    pub sha256: &'static str,
    /// Rows it has.
    pub rows: usize,
    /// Which token of a row is labelled.
    pub position: ProbePosition,
}

/// The tables of the page.
pub const TABLES: [Table; 6] = [
    Table {
        name: "sentiment",
        sha256: "39908cd2fb8374fbe7278b7569223af923639cb240bd168b4b63b2c0c4fa1914",
        rows: 400,
        position: ProbePosition::Last,
    },
    Table {
        name: "tense",
        sha256: "7ec586657398bde2db928d80d4e8c1444a35b15982329b054f864fb76643c8c9",
        rows: 400,
        position: ProbePosition::Last,
    },
    Table {
        name: "number",
        sha256: "2f02691b7a3df83d30f527c1558720ed52d77653ed680b4f663430fe4d2f341e",
        rows: 400,
        position: ProbePosition::Marked,
    },
    Table {
        name: "part-of-speech",
        sha256: "29d511c9829c979821b192f915eb338e97c2e3412b576ba2fb178f96dbb29b1b",
        rows: 300,
        position: ProbePosition::Marked,
    },
    Table {
        name: "role",
        sha256: "9f01038f6c8dd086ee0e609d4e472c1b87eb4bf85e2708040b81f80142481f9f",
        rows: 400,
        position: ProbePosition::Marked,
    },
    Table {
        name: "facts",
        sha256: "faaff18408d7ccbc617f7ea5fa4179196c41e757c05c77216b7a58ae5c3b6494",
        rows: 410,
        position: ProbePosition::Last,
    },
];

impl Table {
    /// The table with that SHA-256.
    #[must_use]
    pub fn named(sha256: &str) -> Option<&'static Self> {
        TABLES.iter().find(|table| table.sha256 == sha256)
    }

    /// What it is about.
    #[must_use]
    pub fn about(&self) -> &'static str {
        match self.name {
            "part-of-speech" => "part of speech",
            "role" => "syntactic role",
            "facts" => "true and false facts",
            name => name,
        }
    }

    /// Its file beside the page.
    #[must_use]
    pub fn address(&self) -> String {
        format!("data/{}.tsv", self.name)
    }

    /// Whether all that a question takes beside its model is in its recipe or among these.
    #[must_use]
    pub fn suffice(ask: &Ask) -> bool {
        ask.file().is_none_or(|sha256| Self::named(sha256).is_some())
    }
}

/// Pairs of texts that differ in one word and in what is said of them, the first for a classifier, the second for a model of
/// language.
const PAIRS: [[&str; 2]; 2] = [
    ["the plot is dull but funny", "the plot is sharp but funny"],
    [
        "When Mary and John went to the store, John gave a bottle to",
        "When Mary and John went to the store, Mary gave a bottle to",
    ],
];

impl Example {
    /// Two texts to copy between, for one kind of model.
    #[must_use]
    pub const fn pair(causal: bool) -> [&'static str; 2] {
        PAIRS[causal as usize]
    }

    /// All of them, those for one kind of model first.
    #[must_use]
    pub fn for_kind(causal: bool) -> Vec<Self> {
        let (first, then): (Vec<Self>, Vec<Self>) = EXAMPLES.iter().partition(|example| example.offer.causal == causal);
        [first, then].concat()
    }
}

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

    /// What it does, and what it takes.
    #[must_use]
    pub fn summary(&self) -> String {
        format!("{}: {} {:.0} MB once, {}.", self.origin, self.does, self.bytes as f64 / 1e6, self.licence)
    }

    /// A menu of the models that are offered and of others that are here, as name and label.
    #[must_use]
    pub fn menu<'a>(here: impl Iterator<Item = &'a str> + Clone) -> Vec<(String, String)> {
        let offers = OFFERS.iter().map(|offer| {
            let state = if here.clone().any(|id| id == offer.id) { "" } else { " (to fetch)" };
            (offer.id.to_owned(), format!("{}{state}", offer.id))
        });
        let own = here.clone().filter(|id| Self::named(id).is_none());
        let own = own.map(|id| (id.to_owned(), format!("{id} (your own)")));
        offers.chain(own).chain([(OWN.to_owned(), "a model of your own …".to_owned())]).collect()
    }

    /// What models of its kind have, until it is here.
    #[must_use]
    pub fn traits(&self) -> Traits {
        let causal = self.causal;
        Traits { causal, mask: !causal, pad: !causal, eos: causal, space: causal, ..Traits::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_menu_says_which_models_are_here() {
        let menu = Offer::menu(["sentiment", "llama"].into_iter());
        let labels: Vec<&str> = menu.iter().map(|(_, label)| label.as_str()).collect();
        let expected = ["sentiment", "smollm2-135m (to fetch)", "llama (your own)", "a model of your own …"];
        assert_eq!((labels, menu.last().map(|(name, _)| name.as_str())), (expected.to_vec(), Some(OWN)));
        let summary =
            "all-MiniLM-L6-v2 with an adapter: is a film review positive or negative? 23 MB once, Apache-2.0.";
        assert_eq!(OFFERS[0].summary(), summary);
    }

    #[test]
    fn examples_for_a_kind_of_model_come_first() {
        let kinds = |causal| Example::for_kind(causal).iter().map(|example| example.offer.causal).collect::<Vec<_>>();
        assert_eq!(kinds(true), [true, true, true, false, false, false]);
        assert_eq!(kinds(false), [false, false, false, true, true, true]);
        assert_eq!(OFFERS.map(|offer| offer.traits().causal), [false, true]);
    }
}
