//! What can be read off each layer.

use std::collections::BTreeMap;
use std::sync::Arc;

use vitrine_methods::probe::{self, Split};
use vitrine_model::{Flow, Hooks, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::protocol::Progress;
use vitrine_schema::recipe::Probe;
use vitrine_schema::{Ask, Finding, Input, ProbePosition, Probing, Recipe};
use vitrine_weights::manifest::sha256_hex;

use crate::labelled::{Labelled, LabelledText};
use crate::run::{Asked, Asker};
use crate::session::ids;
use crate::{EngineError, Session};

/// Tokens of a batch of texts of one length.
const TOKENS_PER_BATCH: usize = 256;

impl Session {
    pub(crate) async fn probe(&self, recipe: &Recipe, ask: &Probe, asker: &Asker<'_>) -> Result<Probing, EngineError> {
        let table = asker.table.filter(|table| sha256_hex(table.as_bytes()) == ask.data);
        let table = table.ok_or_else(|| Refusal::NoTable { data: ask.data.clone() })?;
        let Labelled { names, rows } = Labelled::read(table, ask.position)?;
        let labels: Vec<usize> = rows.iter().map(|row| row.label).collect();
        let things: Vec<String> = rows.iter().map(LabelledText::thing).collect();
        let split = Split::stratified(&labels, names.len(), recipe.seed);
        let control = probe::dealt(&things, &labels, recipe.seed);
        let n_layers = self.model.config().n_layers + 1;
        let total = (rows.len() + n_layers) as u64;
        let features = self.features(&rows, ask.position, total, asker).await?;
        let Asked { recipe, resolved, model } = self.asked(recipe, Ask::Probe(ask.clone()), recipe.target.clone());
        let mut found = Probing {
            resolved: Recipe { text: None, ..resolved },
            recipe,
            model,
            input: Input::default(),
            labels: names,
            layers: Vec::new(),
            n: rows.len(),
            held_out: split.test.len(),
            used: None,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        for (layer, features) in features.iter().enumerate() {
            asker.monitor.tick(Progress { done: (rows.len() + layer) as u64, total }).await?;
            let (n_classes, seed) = (found.labels.len(), found.recipe.seed);
            found.layers.push(probe::probe(features, &labels, &control, n_classes, &split, ask.probe, seed));
            (asker.so_far)(Finding::Probing(Arc::new(found.clone())));
        }
        Ok(found)
    }

    /// What each layer holds of each row, `[layer][row][d_model]`: what every block reads, and what the last one leaves.
    async fn features(
        &self,
        rows: &[LabelledText],
        position: ProbePosition,
        total: u64,
        asker: &Asker<'_>,
    ) -> Result<Vec<Vec<Vec<f32>>>, EngineError> {
        let config = self.model.config();
        let mut features = vec![vec![Vec::new(); rows.len()]; config.n_layers + 1];
        // Texts of one length run together, and nothing has to be filled up.
        let mut alike: BTreeMap<usize, Vec<(usize, Input)>> = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            let input = self.read_mapped(&row.text)?;
            alike.entry(input.tokens.len()).or_default().push((at, input));
        }
        let mut done = 0;
        for (pos, texts) in alike {
            for batch in texts.chunks((TOKENS_PER_BATCH / pos.max(1)).max(1)) {
                asker.monitor.tick(Progress { done, total }).await?;
                let tokens: Vec<Vec<u32>> = batch.iter().map(|(_, input)| ids(input)).collect();
                let mut hooks = Hooks::default();
                let mut flow = Flow::enter(&self.model, self.model.embed(&tokens)?, None, None, &mut hooks);
                loop {
                    let layer = flow.layer();
                    let resid = trace::read(flow.resid()).await?;
                    for ((at, input), stream) in batch.iter().zip(resid.chunks(pos * config.d_model)) {
                        let marked = rows.get(*at).and_then(|row| row.marked);
                        let row = read_off(stream, input, position, marked, config.d_model);
                        if row.iter().any(|value| !value.is_finite()) {
                            return Err(Refusal::Overflow.into());
                        }
                        if let Some(slot) = features.get_mut(layer).and_then(|layer| layer.get_mut(*at)) {
                            *slot = row;
                        }
                    }
                    if flow.is_done() {
                        break;
                    }
                    flow = flow.step(None, &mut hooks);
                    asker.monitor.turn().await?;
                }
                done += batch.len() as u64;
            }
        }
        Ok(features)
    }
}

/// What a probe reads of a text at one layer.
///
/// # Shapes
/// `[pos, d_model]` to `[d_model]`.
fn read_off(
    stream: &[f32],
    input: &Input,
    position: ProbePosition,
    marked: Option<(usize, usize)>,
    d_model: usize,
) -> Vec<f32> {
    let row = |at: usize| stream.get(at * d_model..(at + 1) * d_model).unwrap_or_default();
    let own: Vec<usize> = (0..input.tokens.len()).filter(|&at| !input.tokens[at].special).collect();
    // The token in which the marked word ends.
    let ends = |(start, end): (usize, usize)| {
        own.iter().rev().find(|&&at| input.tokens[at].start < end && input.tokens[at].end > start).copied()
    };
    let last = own.last().copied().unwrap_or(0);
    match position {
        ProbePosition::Last => row(last).to_vec(),
        ProbePosition::Marked => row(marked.and_then(ends).unwrap_or(last)).to_vec(),
        ProbePosition::Mean => {
            let mut mean = vec![0.0; d_model];
            for &at in &own {
                mean.iter_mut().zip(row(at)).for_each(|(mean, value)| *mean += value / own.len() as f32);
            }
            mean
        }
    }
}
