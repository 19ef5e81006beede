//! A table of labelled texts, what is read of each, and the layer at which that is taken out again.

use leptos::prelude::*;
use vitrine_schema::catalog::Table;
use vitrine_schema::recipe::Probe;
use vitrine_schema::{Ask, ProbeKind, ProbePosition, Probing};
use vitrine_share::table::{lines, sha256};

use super::Workbench;
use crate::services::page::beside;
use crate::state::speed::IN_BATCHES;

/// Draws of what is held out, unless an address says otherwise: the bars stand after the first.
const SEEDS: usize = 5;

/// What a probe is asked.
#[derive(Clone, Copy)]
pub struct ProbeChoice {
    /// SHA-256 of the table; empty until one is chosen.
    pub data: RwSignal<String>,
    /// Which token of a text is read.
    pub position: RwSignal<ProbePosition>,
    /// What reads it.
    pub kind: RwSignal<ProbeKind>,
    /// How many draws of what is held out.
    pub seeds: RwSignal<usize>,
    /// Whether a table of the page did not come.
    pub missing: RwSignal<bool>,
}

impl ProbeChoice {
    /// No table is chosen.
    pub fn new() -> Self {
        Self {
            data: RwSignal::default(),
            position: RwSignal::default(),
            kind: RwSignal::default(),
            seeds: RwSignal::new(SEEDS),
            missing: RwSignal::default(),
        }
    }

    /// Takes what an address asks for.
    pub fn take(self, probe: &Probe) {
        self.data.set(probe.data.clone());
        self.position.set(probe.position);
        self.kind.set(probe.probe);
        self.seeds.set(probe.seeds);
    }
}

impl Workbench {
    /// What the bars ask.
    pub fn probes(self) -> Ask {
        let ProbeChoice { data, position, kind, seeds, .. } = self.probe;
        let (position, probe, seeds) = (position.get(), kind.get(), seeds.get());
        Ask::Probe(Probe { data: data.get(), position, probe, layer: None, seeds })
    }

    /// Whether the table of the question is here.
    pub fn has_table(self, data: &str) -> bool {
        self.asking.tables.with(|tables| tables.contains_key(data))
    }

    /// Probes a table of the page; it is fetched when it is not here yet.
    pub fn probe_known(self, table: Table) {
        self.probe.data.set(table.sha256.to_owned());
        self.probe.seeds.set(SEEDS);
        self.probe.position.set(table.position);
        self.look();
    }

    /// Probes a table of the reader's own; a word that is marked in every row is what is labelled.
    pub fn probe_own(self, table: &str) {
        let table = lines(table);
        let marked = |line: &str| line.split('\t').next().is_some_and(|text| text.matches('*').count() == 2);
        let all = table.lines().skip(1).filter(|line| !line.trim().is_empty()).all(marked);
        let data = sha256(&table);
        self.asking.tables.update(|tables| _ = tables.insert(data.clone(), table));
        self.probe.data.set(data);
        self.probe.seeds.set(SEEDS);
        let usual = if all { ProbePosition::Marked } else { ProbePosition::Last };
        self.probe.position.set(usual);
        self.look();
    }

    /// Reads another token, or by another probe.
    pub fn probe_by(self, position: ProbePosition, kind: ProbeKind) {
        self.probe.position.set(position);
        self.probe.kind.set(kind);
        self.look();
    }

    /// Brings the table of the question, if it is one of the page, and asks what waits for it.
    pub fn fetch_table(self) {
        let data = self.probe.data.get_untracked();
        let Some(table) = Table::named(&data) else { return };
        self.probe.missing.set(false);
        leptos::task::spawn_local(async move {
            // What the server sends in its place is not taken for it.
            match beside(&table.address()).await.filter(|text| sha256(text) == table.sha256) {
                Some(text) => {
                    self.asking.tables.update(|tables| _ = tables.insert(data, text));
                    self.go_on();
                }
                None => self.probe.missing.set(true),
            }
        });
    }

    /// How long probes take here, about: the texts of the table at the speed of the answer.
    pub fn probes_millis(self, rows: usize) -> Option<f64> {
        Some(self.answer_millis()? * IN_BATCHES * rows as f64)
    }

    /// Takes out what a layer's probe reads, and asks whether the model uses it.
    pub fn take_out_of(self, layer: usize) {
        if let Ask::Probe(probe) = untrack(|| self.probes()) {
            self.beside.set(Some(Ask::Probe(Probe { layer: Some(layer), ..probe })));
            self.ask_beside();
        }
    }

    /// The probes with what came of taking out, once that is known.
    pub fn used(self) -> Option<std::sync::Arc<Probing>> {
        let ask = self.beside.get().filter(|ask| matches!(ask, Ask::Probe(_)))?;
        self.found(&self.recipe(ask)?)?.finding.try_into().ok()
    }

    /// The layer of which that is asked.
    pub fn taken_out_of(self) -> Option<usize> {
        match self.beside.get()? {
            Ask::Probe(probe) => probe.layer,
            _ => None,
        }
    }
}
