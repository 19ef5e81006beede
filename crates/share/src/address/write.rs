//! A place → its address, key by key.

use std::fmt;

use serde_json::Value;
use vitrine_schema::recipe::{
    Ablate, Attention, Chain, Compare, Courtroom, Explain, Generate, Patch, Probe, Steer, Stream, Vote,
};
use vitrine_schema::{
    Ask, Direction, Evidence, Family, Methods, PatchSite, Players, ProbeKind, ProbePosition, Shots, TargetRequest,
};

use super::Place;
use crate::percent::{encoded, end_escaped};

/// An address, as far as it is written.
pub struct Written(String);

impl Written {
    pub fn of(place: &Place) -> Self {
        let Place { model, text, target: TargetRequest { target, foil, quantity }, ask, seed, view, at } = place;
        let mut written = Self("#/lab".to_owned());
        written.word("model", model.as_ref());
        written.word("text", text.as_ref());
        if let Some(ask) = ask {
            written.ask(ask);
        }
        written.word("target", target.as_ref());
        written.word("foil", foil.as_ref());
        written.word("quantity", quantity.as_ref());
        written.unless_default("seed", seed, &0);
        written.word("view", view.as_ref());
        written.word("at", at.as_ref());
        written
    }

    pub fn address(self) -> String {
        end_escaped(self.0)
    }

    fn word(&mut self, key: &str, word: Option<&impl fmt::Display>) {
        let Some(word) = word else { return };
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(&encoded(key));
        self.0.push('=');
        self.0.push_str(&encoded(&word.to_string()));
    }

    fn unless_default<T: fmt::Display + PartialEq>(&mut self, key: &str, value: &T, default: &T) {
        self.word(key, Some(value).filter(|value| *value != default));
    }

    fn list(&mut self, key: &str, items: &[impl fmt::Display]) {
        let items: Vec<String> = items.iter().map(ToString::to_string).collect();
        self.word(key, Some(&items.join(",")).filter(|_| !items.is_empty()));
    }

    fn ask(&mut self, ask: &Ask) {
        self.word("ask", Some(&ask.name()));
        match ask {
            Ask::Predict {} => {}
            Ask::Generate(Generate { chat, system, max_tokens, temperature, top_k }) => {
                let default = Generate::default();
                self.unless_default("chat", chat, &default.chat);
                self.word("system", system.as_ref());
                self.unless_default("max-tokens", max_tokens, &default.max_tokens);
                self.unless_default("temperature", temperature, &default.temperature);
                self.unless_default("top-k", top_k, &default.top_k);
            }
            Ask::Explain(Explain { method, params, players, continuation, receipt }) => {
                self.word("method", Some(method));
                self.unless_default("players", players, &Players::Tokens);
                self.word("continuation", continuation.as_ref());
                self.unless_default("receipt", receipt, &false);
                for (name, value) in &params.0 {
                    self.word(&format!("set.{}", name.replace('_', "-")), Some(&word_of(value)));
                }
            }
            Ask::Compare(Compare { methods, with_text, with_model }) => {
                self.unless_default("methods", methods, &Methods::All);
                self.word("with-text", with_text.as_ref());
                self.word("with-model", with_model.as_ref());
            }
            Ask::Attention(Attention { position }) | Ask::Stream(Stream { position }) => {
                self.word("position", position.as_ref());
            }
            Ask::Ablate(Ablate { tokens, parts, how, resample_from, write, neurons }) => {
                self.list("tokens", tokens);
                self.list("parts", parts);
                self.word("how", how.as_ref());
                self.word("resample-from", resample_from.as_ref());
                self.unless_default("write", write, &0);
                self.unless_default("neurons", neurons, &0);
            }
            Ask::Patch(Patch { clean, corrupt, site, direction, approximate, cells, align, join }) => {
                self.unless_default("clean", clean, &String::new());
                self.unless_default("corrupt", corrupt, &String::new());
                self.unless_default("site", site, &PatchSite::default());
                self.unless_default("direction", direction, &Direction::default());
                self.unless_default("approximate", approximate, &false);
                self.list("cells", cells);
                self.list("align", align);
                self.unless_default("join", join, &0);
            }
            Ask::Steer(Steer { toward, away, layer, strength }) => {
                self.unless_default("toward", toward, &String::new());
                self.unless_default("away", away, &String::new());
                self.word("layer", layer.as_ref());
                self.unless_default("strength", strength, &Steer::default().strength);
            }
            Ask::Probe(Probe { data, position, probe, layer, seeds }) => {
                self.unless_default("data", data, &String::new());
                self.unless_default("position", position, &ProbePosition::default());
                self.unless_default("probe", probe, &ProbeKind::default());
                self.word("layer", layer.as_ref());
                self.unless_default("seeds", seeds, &1);
            }
            Ask::Chain(Chain { question, shots, inject, forced }) => {
                self.unless_default("question", question, &String::new());
                self.unless_default("shots", shots, &Shots::default());
                self.word("inject", inject.as_ref());
                self.unless_default("forced", forced, &false);
            }
            Ask::Vote(Vote { question, shots, samples, temperature }) => {
                let default = Vote::default();
                self.unless_default("question", question, &String::new());
                self.unless_default("shots", shots, &Shots::default());
                self.unless_default("samples", samples, &default.samples);
                self.unless_default("temperature", temperature, &default.temperature);
            }
            Ask::Courtroom(Courtroom { family, problems, test, forced }) => {
                self.unless_default("family", family, &Family::default());
                self.unless_default("problems", problems, &Courtroom::default().problems);
                self.unless_default("test", test, &Evidence::default());
                self.unless_default("forced", forced, &false);
            }
        }
    }
}

/// The word of a parameter's value.
fn word_of(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        // JavaScript has one kind of number: 50.0 is 50.
        Value::Number(number) if number.is_f64() => number.as_f64().unwrap_or_default().to_string(),
        value => value.to_string(),
    }
}
