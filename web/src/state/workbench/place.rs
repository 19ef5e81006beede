//! Where the workbench stands, and how it comes to stand elsewhere.

use leptos::prelude::*;
use vitrine_schema::catalog::{Example, OFFERS, OWN, Offer, PROBLEMS};
use vitrine_schema::recipe::Compare;
use vitrine_schema::{Ask, TargetRequest};
use vitrine_share::{AddressError, Place, View};

use super::{Asked, Workbench};
use crate::messages::Trouble;

impl Workbench {
    /// Chooses another model; a question that was asked is asked of it.
    pub fn choose(self, model: &str) {
        if self.models.chosen.with_untracked(|chosen| chosen == model) {
            return;
        }
        self.asking.clear();
        // The control tokens of one model are no words of another.
        if let Some(plain) = self.plain.get_untracked() {
            self.plain.set(None);
            self.text.set(plain);
        }
        self.models.choose(model);
        if !untrack(|| self.serves(self.panel())) {
            self.view.set(View::Attribution);
        }
        self.beside.set(None);
        self.about.set(TargetRequest::default());
        self.compare.set(Compare::default());
        self.method.reset();
    }

    /// Brings the examples back; the text and what was found stay where *back* finds them.
    pub fn clear(self) {
        self.asking.clear();
        self.asked.set(None);
        self.plain.set(None);
        self.text.set(String::new());
        self.writing.written.set(None);
        self.moved.set(None);
        self.beside.set(None);
        self.view.set(View::Attribution);
    }

    /// Where it stands, for the address.
    pub fn place(self) -> Place {
        let chosen = self.models.chosen.get();
        let Some(Asked { model, text }) = self.asked.get() else {
            // The model that comes by itself goes without saying.
            let model = Some(chosen).filter(|model| model != OFFERS[0].id && model != OWN);
            return Place { model, ..Place::default() };
        };
        let (view, panel) = (self.view.get(), (self.panel().ask)(self));
        if chosen != model {
            // It is asked of the chosen model as soon as that is here.
            let text = Some(text).filter(|_| panel.own_text().is_none());
            return Place { model: Some(chosen), text, ask: Some(panel), ..Place::default() };
        }
        let at = match view {
            View::Attribution => self.mark.get().map(|mark| mark.to_string()),
            View::Attention => self.head.get().map(|head| head.to_string()),
            View::Patching => self.pair.cell().map(|cell| cell.to_string()),
            _ => None,
        };
        let beside = self.beside.get();
        // What is asked says which panel it is, but for what is asked beside another than its usual one.
        let view = beside.as_ref().filter(|ask| View::beside(ask) != view).map(|_| view);
        let ask = beside.unwrap_or(panel);
        // Some questions hold their text themselves.
        let text = Some(self.given(&ask).unwrap_or(text)).filter(|_| ask.own_text().is_none());
        let (target, seed) = (self.about.get(), self.writing.seed.get());
        Place { model: Some(model), text, target, ask: Some(ask), seed, view, at }
    }

    /// Goes to a place. What is wrong with its address is said, and nothing is run; its text is in the field in any case.
    pub fn go(self, place: Place, fault: Option<AddressError>) {
        let text = place.subject().filter(|text| !text.is_empty()).or_else(|| any_text(&place)).map(str::to_owned);
        let Place { model, target, ask, seed, view, at, .. } = place;
        let Some(text) = text else {
            self.clear();
            let model = model.filter(|model| self.models.is_known(model));
            self.choose(model.as_deref().unwrap_or(OFFERS[0].id));
            self.models.load_if_kept();
            return self.asking.trouble.set(fault.map(Trouble::Address));
        };
        let model = model.unwrap_or_else(|| self.models.chosen.get_untracked());
        if self.models.is_known(&model) {
            self.choose(&model);
            self.models.load_if_kept();
        } else {
            self.choose(OWN);
            self.models.trouble.set(Some(Trouble::NotHere(model.clone())));
        }
        self.asking.clear();
        self.plain.set(None);
        self.text.set(text.clone());
        let usual = ask.as_ref().map_or(View::Attribution, View::beside);
        let known = view.filter(|view| self.panels.iter().any(|panel| panel.view == *view));
        self.view.set(known.unwrap_or(usual));
        match &ask {
            Some(Ask::Explain(explain)) => self.method.take(explain),
            Some(Ask::Compare(compare)) => self.compare.set(compare.clone()),
            Some(Ask::Probe(probe)) => self.probe.take(probe),
            Some(Ask::Steer(steer)) => self.push.steer.set(steer.clone()),
            Some(Ask::Ablate(ablate)) => self.switches.take(ablate),
            Some(ask) => self.chains.take(ask),
            None => {}
        }
        self.writing.seed.set(seed);
        // Who names a panel asks what it asks.
        if fault.is_some() || ask.is_none() && known.is_none() {
            self.asked.set(None);
            return self.asking.trouble.set(fault.map(Trouble::Address));
        }
        let asked = Asked { model, text };
        if self.asked.with_untracked(|before| before.as_ref().is_none_or(|before| before.text != asked.text)) {
            self.pair.forget();
        }
        if let Some(Ask::Patch(patch)) = &ask {
            self.pair.take(patch);
        }
        if self.asked.with_untracked(|before| before.as_ref() != Some(&asked)) {
            self.writing.written.set(None);
        }
        self.moved.set(None);
        self.about.set(target);
        self.mark.set(at.as_ref().and_then(|at| at.parse().ok()));
        self.head.set(at.as_ref().and_then(|at| at.parse().ok()));
        self.pair.set_cell(at.and_then(|at| at.parse().ok()));
        self.position.set(match &ask {
            Some(Ask::Attention(attention)) => attention.position,
            Some(Ask::Stream(stream)) => stream.position,
            _ => None,
        });
        if let Some(Ask::Generate(generate)) = &ask {
            self.writing.take(generate);
        }
        self.beside.set(ask.filter(|ask| match ask {
            Ask::Generate(_) | Ask::Ablate(_) => true,
            Ask::Patch(patch) => !patch.approximate,
            Ask::Probe(probe) => probe.layer.is_some(),
            Ask::Courtroom(_) => true,
            _ => false,
        }));
        self.asked.set(Some(asked));
        self.predict();
    }
}

/// A question about a table, or about many problems, needs no text, and the Lab has one all the same.
fn any_text(Place { model, ask, .. }: &Place) -> Option<&'static str> {
    let causal = model.as_deref().and_then(Offer::named).is_some_and(|offer| offer.causal);
    match ask {
        Some(Ask::Probe(_)) => Example::for_kind(causal).first().map(|example| example.text),
        Some(Ask::Courtroom(_)) => PROBLEMS.first().map(|(question, _)| *question),
        _ => None,
    }
}
