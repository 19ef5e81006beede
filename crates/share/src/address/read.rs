//! An address → what it says, key by key.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::fmt;
use std::str::FromStr;

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::recipe::{
    Ablate, Attention, Chain, Compare, Courtroom, Explain, Generate, Patch, Probe, Steer, Stream, Vote,
};
use vitrine_schema::{
    Ask, Direction, Evidence, Family, How, MethodId, Params, PatchSite, ProbeKind, ProbePosition, Quantity,
    TargetRequest,
};

use super::{AddressError, Place};
use crate::View;
use crate::percent::decoded;

/// Characters of an unknown word that a sentence shows.
const MOST_SHOWN: usize = 40;

/// What any question may have, as an address names it.
const COMMON: [&str; 9] = ["model", "text", "ask", "target", "foil", "quantity", "seed", "view", "at"];

/// A parameter of a method.
const SET: &str = "set.NAME";

/// What a cell of a map is.
const A_CELL: &str = "layers with a token or head each, such as 20:9,24:13";

/// What belongs together in two texts.
const A_PAIR: &str = "pairs of a token of A and one of B, such as 0:0,3:4";

/// What each kind of question has beside it.
const FIELDS: [(&str, &[&str]); 13] = [
    ("predict", &[]),
    ("generate", &["chat", "system", "max-tokens", "temperature", "top-k"]),
    ("explain", &["method", "players", "continuation", "receipt", SET]),
    ("compare", &["methods", "with-text", "with-model"]),
    ("attention", &["position"]),
    ("stream", &["position"]),
    ("ablate", &["tokens", "parts", "how", "resample-from", "write", "neurons"]),
    ("patch", &["clean", "corrupt", "site", "direction", "approximate", "cells", "align", "join"]),
    ("steer", &["toward", "away", "layer", "strength"]),
    ("probe", &["data", "position", "probe", "layer", "seeds"]),
    ("chain", &["question", "shots", "inject", "forced"]),
    ("vote", &["question", "shots", "samples", "temperature"]),
    ("courtroom", &["family", "problems", "test", "forced"]),
];

/// What an address says, key by key, until each word is taken by whoever knows its key.
#[derive(Default)]
pub struct Words {
    words: BTreeMap<String, String>,
    fault: Option<AddressError>,
}

impl Words {
    pub fn of(query: &str) -> Self {
        let mut all = Self::default();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, word) = pair.split_once('=').unwrap_or((pair, ""));
            let ((key, key_whole), (word, word_whole)) = (decoded(key), decoded(word));
            let key = match key.to_ascii_lowercase().replace('_', "-") {
                key if key == "prompt" => "text".to_owned(),
                key if key == "baseline" => "set.baseline".to_owned(),
                key => key,
            };
            if !(key_whole && word_whole) {
                all.fault(AddressError::NotUtf8 { key: clipped(&key) });
            }
            match all.words.entry(key) {
                Entry::Vacant(place) => drop(place.insert(word)),
                Entry::Occupied(first) => {
                    let key = clipped(first.key());
                    all.fault(AddressError::Twice { key });
                }
            }
        }
        all
    }

    /// Takes everything that a place has; what is left then is a fault.
    pub fn place(&mut self) -> Place {
        let place = Place {
            model: self.take("model").map(|name| name.trim().to_owned()),
            text: self.take("text"),
            target: TargetRequest {
                target: self.take("target"),
                foil: self.take("foil"),
                quantity: self.named("quantity", Quantity::named, Quantity::ALL),
            },
            ask: self.ask(),
            seed: self.whole("seed").unwrap_or_default(),
            view: self.named("view", View::named, View::ALL),
            at: self.take("at"),
        };
        self.left_over(place.ask.as_ref());
        place
    }

    pub fn first_fault(self) -> Option<AddressError> {
        self.fault
    }

    /// Notes a fault, if it is the first.
    pub fn fault(&mut self, fault: impl Into<AddressError>) {
        self.fault.get_or_insert(fault.into());
    }

    fn bad(&mut self, key: &str, expected: &str, word: &str) {
        self.fault(bad(key, expected, word));
    }

    fn take(&mut self, key: &str) -> Option<String> {
        self.words.remove(key)
    }

    fn named<T: Copy + fmt::Display>(&mut self, key: &str, named: fn(&str) -> Option<T>, all: &[T]) -> Option<T> {
        let word = self.take(key)?;
        let value = named(word.trim());
        if value.is_none() {
            let names: Vec<String> = all.iter().map(ToString::to_string).collect();
            self.bad(key, &format!("one of {}", names.join(", ")), &word);
        }
        value
    }

    /// A value that says itself what is wrong with a word; its default where there is none, or a wrong one.
    fn parsed<T: Default + FromStr<Err = Refusal>>(&mut self, key: &str) -> T {
        let parsed = self.take(key).map_or_else(|| Ok(T::default()), |word| word.parse());
        parsed.unwrap_or_else(|refusal| {
            self.fault(refusal);
            T::default()
        })
    }

    /// A value that says itself what is wrong with a word, where there is one.
    fn maybe<T: FromStr<Err = Refusal>>(&mut self, key: &str) -> Option<T> {
        let word = self.take(key)?;
        word.parse().map_err(|refusal: Refusal| self.fault(refusal)).ok()
    }

    fn whole<T: TryFrom<u64>>(&mut self, key: &str) -> Option<T> {
        let word = self.take(key)?;
        let number = whole(&word);
        if number.is_none() {
            let digits = !word.trim().is_empty() && word.trim().bytes().all(|byte| byte.is_ascii_digit());
            let expected = if digits { "a smaller whole number" } else { "a whole number from 0" };
            self.bad(key, expected, &word);
        }
        number
    }

    fn number(&mut self, key: &str) -> Option<f32> {
        let word = self.take(key)?;
        let number = word.trim().parse().ok().filter(|number: &f32| number.is_finite());
        if number.is_none() {
            self.bad(key, "a number", &word);
        }
        number
    }

    fn flag(&mut self, key: &str) -> Option<bool> {
        let word = self.take(key)?;
        match word.trim() {
            "" | "true" => Some(true),
            "false" => Some(false),
            _ => {
                self.bad(key, "true or false", &word);
                None
            }
        }
    }

    /// The items of a list that can be read.
    fn list<T>(&mut self, key: &str, read: impl Fn(&str) -> Result<T, Refusal>) -> Vec<T> {
        let Some(word) = self.take(key) else { return Vec::new() };
        let items = word.split(',').map(|item| read(item.trim()));
        items.filter_map(|item| item.map_err(|refusal| self.fault(refusal)).ok()).collect()
    }

    fn ask(&mut self) -> Option<Ask> {
        let id = self.take("ask")?;
        match id.trim() {
            "predict" => Some(Ask::Predict {}),
            "generate" => {
                let default = Generate::default();
                Some(Ask::Generate(Generate {
                    chat: self.flag("chat").unwrap_or(default.chat),
                    system: self.take("system"),
                    max_tokens: self.whole("max-tokens").unwrap_or(default.max_tokens),
                    temperature: self.number("temperature").unwrap_or(default.temperature),
                    top_k: self.whole("top-k").unwrap_or(default.top_k),
                }))
            }
            "explain" => self.explain().map(Ask::Explain),
            "compare" => {
                let methods = self.parsed("methods");
                Some(Ask::Compare(Compare {
                    methods,
                    with_text: self.take("with-text"),
                    with_model: self.take("with-model").map(|name| name.trim().to_owned()),
                }))
            }
            "attention" => Some(Ask::Attention(Attention { position: self.whole("position") })),
            "stream" => Some(Ask::Stream(Stream { position: self.whole("position") })),
            "ablate" => Some(Ask::Ablate(Ablate {
                tokens: self.list("tokens", |item| {
                    whole(item).ok_or_else(|| bad("tokens", "positions separated by commas", item))
                }),
                parts: self.list("parts", |item| item.parse().map_err(|_| Refusal::NotAPart { found: clipped(item) })),
                how: self.named("how", How::named, How::ALL),
                resample_from: self.take("resample-from"),
                write: self.whole("write").unwrap_or(0),
                neurons: self.whole("neurons").unwrap_or(0),
            })),
            "patch" => Some(Ask::Patch(Patch {
                clean: self.take("clean").unwrap_or_default(),
                corrupt: self.take("corrupt").unwrap_or_default(),
                site: self.named("site", PatchSite::named, PatchSite::ALL).unwrap_or_default(),
                direction: self.named("direction", Direction::named, Direction::ALL).unwrap_or_default(),
                approximate: self.flag("approximate").unwrap_or_default(),
                cells: self.list("cells", |item| item.parse().map_err(|_| bad("cells", A_CELL, item))),
                align: self.list("align", |item| item.parse().map_err(|_| bad("align", A_PAIR, item))),
                join: self.whole("join").unwrap_or(0),
            })),
            "steer" => {
                let default = Steer::default();
                Some(Ask::Steer(Steer {
                    toward: self.take("toward").unwrap_or_default(),
                    away: self.take("away").unwrap_or_default(),
                    layer: self.whole("layer"),
                    strength: self.number("strength").unwrap_or(default.strength),
                }))
            }
            "probe" => Some(Ask::Probe(Probe {
                data: self.take("data").unwrap_or_default(),
                position: self.named("position", ProbePosition::named, ProbePosition::ALL).unwrap_or_default(),
                probe: self.named("probe", ProbeKind::named, ProbeKind::ALL).unwrap_or_default(),
                layer: self.whole("layer"),
                seeds: self.whole("seeds").unwrap_or(1),
            })),
            "chain" => Some(Ask::Chain(Chain {
                question: self.take("question").unwrap_or_default(),
                shots: self.parsed("shots"),
                inject: self.maybe("inject"),
                forced: self.flag("forced").unwrap_or_default(),
            })),
            "vote" => {
                let default = Vote::default();
                Some(Ask::Vote(Vote {
                    question: self.take("question").unwrap_or_default(),
                    shots: self.parsed("shots"),
                    samples: self.whole("samples").unwrap_or(default.samples),
                    temperature: self.number("temperature").unwrap_or(default.temperature),
                }))
            }
            "courtroom" => Some(Ask::Courtroom(Courtroom {
                family: self.named("family", Family::named, Family::ALL).unwrap_or_default(),
                problems: self.whole("problems").unwrap_or(Courtroom::default().problems),
                test: self.named("test", Evidence::named, Evidence::ALL).unwrap_or_default(),
                forced: self.flag("forced").unwrap_or_default(),
            })),
            id => {
                self.fault(Refusal::UnknownQuestion { id: clipped(id) });
                None
            }
        }
    }

    fn explain(&mut self) -> Option<Explain> {
        let Some(method) = self.take("method") else {
            self.fault(AddressError::NoMethod);
            return None;
        };
        let Some(method) = MethodId::named(method.trim()) else {
            self.fault(Refusal::UnknownMethod { id: clipped(&method) });
            return None;
        };
        let set = self.words.extract_if(.., |key, _| key.starts_with("set."));
        let words: Vec<_> = set.map(|(key, word)| (key.replacen("set.", "", 1).replace('-', "_"), word)).collect();
        let params = Params::from_words(method, words);
        Some(Explain {
            method,
            params,
            players: self.parsed("players"),
            continuation: self.take("continuation"),
            receipt: self.flag("receipt").unwrap_or_default(),
        })
    }

    /// A word that nobody took is a fault.
    fn left_over(&mut self, ask: Option<&Ask>) {
        let Some(key) = self.words.keys().next().cloned() else { return };
        let is = |field: &&str| key == *field || *field == SET && key.starts_with("set.");
        let asks = FIELDS.iter().filter(|(_, fields)| fields.iter().any(is));
        let asks: Vec<String> = asks.map(|(id, _)| (*id).to_owned()).collect();
        if asks.is_empty() {
            let own = FIELDS.iter().find(|(id, _)| ask.is_some_and(|ask| ask.name() == *id));
            let own = own.map_or(&[][..], |(_, fields)| fields).iter();
            let known = COMMON.iter().chain(own).map(|key| (*key).to_owned()).collect();
            self.fault(AddressError::UnknownKey { key: clipped(&key), known });
        } else {
            self.fault(AddressError::OtherQuestion { key: clipped(&key), asks });
        }
    }
}

fn bad(key: &str, expected: &str, word: &str) -> Refusal {
    Refusal::BadParameter { name: key.to_owned(), expected: expected.to_owned(), found: clipped(word) }
}

fn whole<T: TryFrom<u64>>(word: &str) -> Option<T> {
    let number: u64 = word.trim().parse().ok()?;
    T::try_from(number).ok()
}

/// A word as a sentence shows it.
pub fn clipped(word: &str) -> String {
    let mut shown: String = word.chars().take(MOST_SHOWN).collect();
    if shown.len() < word.len() {
        shown.push('…');
    }
    shown
}
