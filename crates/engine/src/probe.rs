//! What can be read off each layer.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use vitrine_methods::erase::Directions;
use vitrine_methods::probe::{self, Fitted, Split};
use vitrine_model::{Flow, Hooks, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::prediction::largest;
use vitrine_schema::probing::{LayerProbe, Used};
use vitrine_schema::protocol::Progress;
use vitrine_schema::recipe::Probe;
use vitrine_schema::{Ask, Finding, Input, ProbeKind, ProbePosition, Probing, ProblemType, Recipe};
use vitrine_weights::manifest::sha256_hex;

use crate::labelled::{Labelled, LabelledText};
use crate::run::{Asked, Asker};
use crate::session::ids;
use crate::{EngineError, Session};

/// Tokens of a batch of texts of one length.
const TOKENS_PER_BATCH: usize = 256;

/// Texts of which something is taken out.
const TAKEN_OUT_OF: usize = 20;

/// What layers hold of rows, `[layer][row][d_model]`.
type Features = Vec<Vec<Vec<f32>>>;

/// What is kept of a table between questions.
#[derive(Debug)]
pub(crate) struct Probed {
    data: String,
    position: ProbePosition,
    features: Arc<Features>,
    trained: Option<Trained>,
}

/// The probes of all layers, once they were trained.
#[derive(Debug, Clone)]
struct Trained {
    /// By what, and with which seed.
    by: (ProbeKind, u64),
    layers: Vec<LayerProbe>,
    /// Accuracies of further draws, `[seed][layer]`.
    further: Vec<Vec<f32>>,
}

impl Session {
    pub(crate) async fn probe(&self, recipe: &Recipe, ask: &Probe, asker: &Asker<'_>) -> Result<Probing, EngineError> {
        let table = asker.table.filter(|table| sha256_hex(table.as_bytes()) == ask.data);
        let table = table.ok_or_else(|| Refusal::NoTable { data: ask.data.clone() })?;
        let Labelled { names, rows } = Labelled::read(table, ask.position)?;
        let n_layers = self.model.config().n_layers + 1;
        self.can_be_taken_out(ask, n_layers)?;
        if !(1..=Probe::MOST_SEEDS).contains(&ask.seeds) {
            let (name, expected) = ("seeds".to_owned(), format!("a number from 1 to {}", Probe::MOST_SEEDS));
            return Err(Refusal::BadParameter { name, expected, found: ask.seeds.to_string() }.into());
        }
        let labels: Vec<usize> = rows.iter().map(|row| row.label).collect();
        let things: Vec<String> = rows.iter().map(LabelledText::thing).collect();
        let split = Split::stratified(&labels, names.len(), recipe.seed);
        let control = probe::dealt(&things, &labels, recipe.seed);
        let taken_out_of = if ask.layer.is_some() { TAKEN_OUT_OF.min(split.test.len()) } else { 0 };
        let total = (rows.len() + ask.seeds * n_layers + taken_out_of) as u64;
        let (features, trained) = self.held(&rows, ask, recipe.seed, total, asker).await?;
        let Asked { recipe, resolved, model } = self.asked(recipe, Ask::Probe(ask.clone()), recipe.target.clone());
        let mut found = Probing {
            resolved: Recipe { text: None, ..resolved },
            recipe,
            model,
            input: Input::default(),
            labels: names,
            layers: trained.as_ref().map_or_else(Vec::new, |trained| trained.layers.clone()),
            n: rows.len(),
            held_out: split.test.len(),
            used: None,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        let (n_classes, seed) = (found.labels.len(), found.recipe.seed);
        for (layer, features) in features.iter().enumerate().skip(found.layers.len()) {
            asker.monitor.tick(Progress { done: (rows.len() + layer) as u64, total }).await?;
            found.layers.push(probe::probe(features, &labels, &control, n_classes, &split, ask.probe, seed));
            (asker.so_far)(Finding::Probing(Arc::new(found.clone())));
        }
        let further = trained.map_or_else(Vec::new, |trained| trained.further);
        let mut trained = Trained { by: (ask.probe, seed), layers: found.layers.clone(), further };
        self.keep(&trained);
        if let Some((layer, features)) = ask.layer.and_then(|layer| Some((layer, features.get(layer)?))) {
            let fitted = Fitted::of(features, &labels, n_classes, &split.train, ask.probe, seed);
            let directions = Directions::of(&fitted, features, &split.train, seed);
            // Of every part of what was held out as many.
            let texts: Vec<&LabelledText> = (0..taken_out_of)
                .filter_map(|nth| rows.get(*split.test.get(nth * split.test.len() / taken_out_of)?))
                .collect();
            let mut used = Used { layer, changed: 0, random: 0, n: texts.len() };
            for (nth, text) in texts.into_iter().enumerate() {
                asker.monitor.tick(Progress { done: (rows.len() + n_layers + nth) as u64, total }).await?;
                let [changed, random] = self.without_directions(&text.text, layer, &directions, asker).await?;
                used.changed += usize::from(changed);
                used.random += usize::from(random);
            }
            found.used = Some(used);
            (asker.so_far)(Finding::Probing(Arc::new(found.clone())));
        }
        for nth in 1..ask.seeds {
            if trained.further.len() < nth {
                let seed = seed.wrapping_add(nth as u64);
                let split = Split::stratified(&labels, n_classes, seed);
                let mut accuracies = Vec::new();
                for (layer, features) in features.iter().enumerate() {
                    let done = (rows.len() + taken_out_of + nth * n_layers + layer) as u64;
                    asker.monitor.tick(Progress { done, total }).await?;
                    let right = probe::right(features, &labels, n_classes, &split, ask.probe, seed);
                    accuracies.push(right as f32 / split.test.len().max(1) as f32);
                }
                trained.further.push(accuracies);
                self.keep(&trained);
            }
            for (layer, probe) in found.layers.iter_mut().enumerate() {
                let further = trained.further.iter().take(nth).filter_map(|of| of.get(layer).copied());
                let accuracies: Vec<f32> = std::iter::once(probe.accuracy).chain(further).collect();
                probe.over = probe::over_seeds(&accuracies, &split);
            }
            (asker.so_far)(Finding::Probing(Arc::new(found.clone())));
        }
        Ok(found)
    }

    /// Keeps what was trained with what is known of its table.
    fn keep(&self, trained: &Trained) {
        if let Some(probed) = self.probed.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            probed.trained = Some(trained.clone());
        }
    }

    /// Refuses to take out where nothing could change, or what a probe of another kind reads.
    fn can_be_taken_out(&self, ask: &Probe, n_layers: usize) -> Result<(), EngineError> {
        let Some(layer) = ask.layer else { return Ok(()) };
        let bad = |expected: String| {
            let (name, found) = ("layer".to_owned(), layer.to_string());
            Err(Refusal::BadParameter { name, expected, found }.into())
        };
        if layer >= n_layers {
            return bad(format!("a layer from 0 to {}", n_layers - 1));
        }
        if ask.probe != ProbeKind::Linear {
            return bad("left out, as only a linear probe reads directions that can be taken out".to_owned());
        }
        if self.card.problem_type == ProblemType::Regression {
            return Err(Refusal::NotOneClass { id: self.card.id.clone(), one_label: true }.into());
        }
        Ok(())
    }

    /// Whether the answer to a text changes without what a probe reads of every token at a layer, and whether it does when every
    /// token is moved as far in a random direction.
    async fn without_directions(
        &self,
        text: &str,
        layer: usize,
        directions: &Directions,
        asker: &Asker<'_>,
    ) -> Result<[bool; 2], EngineError> {
        let (ids, d_model) = (ids(&self.read_mapped(text)?), self.model.config().d_model);
        let mut hooks = Hooks::default();
        let mut flow = Flow::enter(&self.model, self.model.embed(std::slice::from_ref(&ids))?, None, None, &mut hooks);
        while flow.layer() < layer && !flow.is_done() {
            flow = flow.step(None, &mut hooks);
            asker.monitor.turn().await?;
        }
        let stream = trace::read(flow.resid()).await?;
        let changed: Vec<[Vec<f32>; 2]> = stream.chunks(d_model).map(|row| directions.without(row)).collect();
        let [erased, moved] = [0, 1].map(|which| changed.iter().flat_map(|both| both[which].clone()).collect());
        let rows: [Vec<f32>; 3] = [stream, erased, moved];
        let resid = self.model.upload_stream(rows.concat(), rows.len(), ids.len())?;
        let mut flow = Flow::at(&self.model, layer, resid, None, 0);
        while !flow.is_done() {
            flow = flow.step(None, &mut hooks);
            asker.monitor.turn().await?;
        }
        let logits = trace::read(flow.logits(None, &mut hooks)).await?;
        let mut answers = logits.chunks((logits.len() / rows.len()).max(1)).map(|logits| self.says(logits));
        let whole = answers.next();
        let mut differs = || answers.next() != whole;
        Ok([differs(), differs()])
    }

    /// The class or token that is said, or every label that holds.
    fn says(&self, logits: &[f32]) -> Vec<usize> {
        if self.card.problem_type == ProblemType::MultiLabel {
            return (0..logits.len()).filter(|&label| logits.get(label).is_some_and(|logit| *logit > 0.0)).collect();
        }
        largest(logits, 1).into_iter().map(|(index, _)| index).collect()
    }

    /// What each layer holds of each row, and its probes if they were trained; of the table that was asked about last it is known.
    async fn held(
        &self,
        rows: &[LabelledText],
        ask: &Probe,
        seed: u64,
        total: u64,
        asker: &Asker<'_>,
    ) -> Result<(Arc<Features>, Option<Trained>), EngineError> {
        {
            let probed = self.probed.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) =
                probed.as_ref().filter(|known| known.data == ask.data && known.position == ask.position)
            {
                let same = known.trained.clone().filter(|trained| trained.by == (ask.probe, seed));
                return Ok((known.features.clone(), same));
            }
        }
        let features = Arc::new(self.features(rows, ask.position, total, asker).await?);
        let (data, position) = (ask.data.clone(), ask.position);
        let probed = Probed { data, position, features: features.clone(), trained: None };
        *self.probed.lock().unwrap_or_else(PoisonError::into_inner) = Some(probed);
        Ok((features, None))
    }

    /// What each layer holds of each row, `[layer][row][d_model]`: what every block reads, and what the last one leaves.
    async fn features(
        &self,
        rows: &[LabelledText],
        position: ProbePosition,
        total: u64,
        asker: &Asker<'_>,
    ) -> Result<Features, EngineError> {
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
