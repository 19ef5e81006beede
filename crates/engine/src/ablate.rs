//! The answer without tokens of the text, or without parts of the model.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Mutex;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use vitrine_methods::{Memo, Monitor, neurons, watched};
use vitrine_model::{Edit, Hooks, Intervention, trace};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::generation::Sampling;
use vitrine_schema::recipe::{Ablate, How, Part};
use vitrine_schema::{Ablation, Absence, Ask, BlockSite, BothWays, Input, MethodId, Recipe, Site};

use crate::language::no_change;
use crate::run::{Asked, Asker};
use crate::session::ids;
use crate::{EngineError, Session};

/// Likeliest answers after a change.
const LISTED: usize = 5;
/// What a part writes on average is measured on these, of a classifier.
const SENTENCES: [&str; 6] = [
    "a great movie",
    "this film is not good",
    "not bad at all",
    "the plot is dull but funny",
    "i loved every minute of it",
    "the acting is terrible and the story is worse",
];
/// The same, of a model of language.
const FACTS: [&str; 8] = [
    "The capital of France is",
    "The capital of Germany is",
    "The capital of Japan is",
    "The Eiffel Tower is located in the city of",
    "The Colosseum is in the city of",
    "The chemical symbol for gold is",
    "William Shakespeare wrote the play Romeo and",
    "The opposite of hot is",
];

/// What sites hold on average, measured once per model.
#[derive(Debug, Default)]
pub(crate) struct Means(Mutex<BTreeMap<Site, Vec<f32>>>);

impl Session {
    pub(crate) async fn ablate(
        &self,
        recipe: &Recipe,
        ask: &Ablate,
        asker: &Asker<'_>,
    ) -> Result<Ablation, EngineError> {
        if ask.tokens.is_empty() == ask.parts.is_empty() {
            return Err(Refusal::NothingToAblate { both: !ask.tokens.is_empty() }.into());
        }
        let input = self.read_mapped(recipe.text()?)?;
        let how = self.how(ask)?;
        self.can_write(ask, how)?;
        let mlps = mlps(ask, how)?;
        let (target, diagnostics) = self.target(&input, &recipe.target, asker.monitor).await?;
        let memo = Memo::default();
        let context = self.context(&input, &target, &memo, asker);
        let mut removed = Vec::new();
        let (whole, without) = if ask.parts.is_empty() {
            let n_tokens = input.tokens.len();
            if let Some(&position) = ask.tokens.iter().find(|&&position| position >= n_tokens) {
                return Err(Refusal::NoSuchPosition { position, n_tokens }.into());
            }
            let absence = how.absence().unwrap_or(Absence::Mean);
            let without = vitrine_methods::logits_without(&context, &ask.tokens, absence).await?;
            (self.logits(&input, asker.monitor).await?, without.ok_or(Refusal::NothingWouldBeLeft)?)
        } else {
            for (nth, &part) in ask.parts.iter().enumerate() {
                let seed = recipe.seed.wrapping_add(nth as u64);
                removed.push(self.removed(&input, part, how, ask, seed, asker.monitor).await?);
            }
            let edits = removed.iter().map(|removed| removed.edit(0..input.tokens.len()));
            let mut hooks = edits.fold(Hooks::default(), |hooks, (site, edit)| hooks.edit(site, edit));
            let embed = self.model.embed(&[ids(&input)])?;
            let logits = watched::logits(&self.model, embed, &mut hooks, asker.monitor).await?;
            let without = trace::read(logits).await?;
            hooks.into_readback()?;
            (self.logits(&input, asker.monitor).await?, without)
        };
        let (value, after) = (context.value_of(&whole), context.value_of(&without));
        let mut stand_ins = Vec::new();
        for layer in mlps {
            let site = Site::block(layer, BlockSite::MlpPost);
            stand_ins.push((layer, self.instead(&input, site, how, ask, asker.monitor).await?));
        }
        let neurons =
            if ask.neurons > 0 { neurons::strongest(&context, &stand_ins, ask.neurons).await? } else { Vec::new() };
        if neurons.iter().any(|(_, effect)| !effect.is_finite()) {
            return Err(Refusal::Overflow.into());
        }
        let written =
            if ask.write > 0 { Some(self.both_ways(&input, &removed, ask.write, asker).await?) } else { None };
        let asked = Ask::Ablate(Ablate { how: Some(how), ..ask.clone() });
        let Asked { recipe, resolved, model } = self.asked(recipe, asked, Self::settled(&recipe.target, &target));
        Ok(Ablation {
            recipe,
            resolved,
            model,
            input,
            target,
            value,
            without: after,
            change: value - after,
            predicted: None,
            top: self.ranked(&without, LISTED),
            written,
            neurons,
            problem_type: self.card.problem_type,
            checks: Vec::new(),
            diagnostics,
        })
    }

    /// What taking out means here: as asked for, or the default of tokens or parts; refused where it does not fit.
    fn how(&self, ask: &Ablate) -> Result<How, EngineError> {
        let asked = ask.how.map(|how| serde_json::Value::from(how.name()));
        if ask.parts.is_empty() {
            // Tokens are taken away as occlusion does it.
            let variant = MethodId::Occlusion.declared().params.iter().find(|param| param.name == "variant");
            let traits = self.card.traits;
            let value = match variant.map(|param| param.kind) {
                Some(kind) => kind.check("how", &asked.unwrap_or_else(|| kind.default(&traits)), &traits)?,
                None => asked.unwrap_or_default(),
            };
            return Ok(value.as_str().and_then(How::named).unwrap_or(How::Mean));
        }
        let heads = ask.parts.iter().all(|part| matches!(part, Part::Head { .. }));
        let fits: &[How] = if heads {
            &[How::Zero, How::Mean, How::Resample, How::Shuffle]
        } else {
            &[How::Zero, How::Mean, How::Resample]
        };
        let how = ask.how.unwrap_or(How::Zero);
        let refused =
            |expected: String| Refusal::BadParameter { name: "how".to_owned(), expected, found: how.to_string() };
        if !fits.contains(&how) {
            let names: Vec<&str> = fits.iter().map(|how| how.name()).collect();
            return Err(refused(format!("one of {}", names.join(", "))).into());
        }
        if how == How::Resample && ask.resample_from.is_none() {
            return Err(refused("given a text with resample_from".to_owned()).into());
        }
        Ok(how)
    }

    /// Refuses to go on writing where that is not meant.
    fn can_write(&self, ask: &Ablate, how: How) -> Result<(), EngineError> {
        let bad = |expected: &str| {
            let (name, expected, found) = ("write".to_owned(), expected.to_owned(), ask.write.to_string());
            Err(Refusal::BadParameter { name, expected, found }.into())
        };
        match ask.write {
            0 => Ok(()),
            _ if self.model.causal().is_none() => {
                Err(Refusal::WrongTask { id: self.card.id.clone(), causal: false }.into())
            }
            _ if ask.parts.is_empty() => bad("left out, as it goes with parts"),
            _ if how == How::Shuffle => bad("left out, as a shuffled pattern ends with the text"),
            tokens if tokens > Ablate::MOST_WRITTEN => bad("at most 256 tokens"),
            _ => Ok(()),
        }
    }

    /// The text continued with everything there, and without some parts.
    async fn both_ways(
        &self,
        input: &Input,
        removed: &[Removed],
        tokens: usize,
        asker: &Asker<'_>,
    ) -> Result<BothWays, EngineError> {
        let most = tokens as u64;
        let asker = Asker { written: &|_, _| {}, ..*asker };
        let change = |read: Range<usize>| removed.iter().map(|removed| removed.edit(read.clone())).collect();
        let whole = self.write(input, &Sampling::GREEDY, 0..most, &no_change, &asker).await?;
        let without = self.write(input, &Sampling::GREEDY, most..2 * most, &change, &asker).await?;
        Ok(BothWays { whole: whole.text, without: without.text })
    }

    /// What is changed where, to take a part out.
    async fn removed(
        &self,
        input: &Input,
        part: Part,
        how: How,
        ask: &Ablate,
        seed: u64,
        monitor: &dyn Monitor,
    ) -> Result<Removed, EngineError> {
        let config = self.model.config();
        let there = match part {
            Part::Head { layer, head } => layer < config.n_layers && head < config.n_heads,
            Part::Mlp { layer } => layer < config.n_layers,
            Part::Neuron { layer, neuron } => layer < config.n_layers && neuron < config.d_mlp,
        };
        if !there {
            let (n_layers, n_heads, n_neurons) = (config.n_layers, config.n_heads, config.d_mlp);
            return Err(Refusal::NoSuchPart { part: part.to_string(), n_layers, n_heads, n_neurons }.into());
        }
        let pos = input.tokens.len();
        if let (Part::Head { layer, head }, How::Shuffle) = (part, how) {
            let site = Site::block(layer, BlockSite::Pattern);
            let values = self.observe(input, site, monitor).await?;
            let pattern = values.get(head * pos * pos..(head + 1) * pos * pos).unwrap_or_default();
            let shuffled = shuffled(pattern, pos, self.model.causal().is_some(), seed);
            return Ok(Removed { site, by: By::Pattern(head, shuffled) });
        }
        // The site, the last axes of what is replaced, and where it stands in a row of the site.
        let (layer, site, tail, place) = match part {
            Part::Head { layer, head } => {
                (layer, BlockSite::Z, head..head + 1, head * config.d_head..(head + 1) * config.d_head)
            }
            Part::Mlp { layer } => (layer, BlockSite::MlpOut, 0..config.d_model, 0..config.d_model),
            Part::Neuron { layer, neuron } => (layer, BlockSite::MlpPost, neuron..neuron + 1, neuron..neuron + 1),
        };
        let site = Site::block(layer, site);
        let rows = self.instead(input, site, how, ask, monitor).await?;
        let rows = rows.iter().map(|row| row.get(place.clone()).unwrap_or_default().to_vec()).collect();
        Ok(Removed { site, by: By::Rows(tail, rows) })
    }

    /// What stands in the place of a site: nothing, one row for every token, or a row for each.
    async fn instead(
        &self,
        input: &Input,
        site: Site,
        how: How,
        ask: &Ablate,
        monitor: &dyn Monitor,
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        match how {
            How::Mean => Ok(vec![self.mean(site, monitor).await?]),
            How::Resample => {
                let other = self.read_mapped(ask.resample_from.as_deref().unwrap_or_default())?;
                let (needed, found) = (input.tokens.len(), other.tokens.len());
                if found != needed {
                    return Err(Refusal::OtherLength { needed, found }.into());
                }
                let values = self.observe(&other, site, monitor).await?;
                let width = values.len() / needed.max(1);
                Ok(values.chunks(width.max(1)).map(<[f32]>::to_vec).collect())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The activation at a site, row-major.
    pub(crate) async fn observe(
        &self,
        input: &Input,
        site: Site,
        monitor: &dyn Monitor,
    ) -> Result<Vec<f32>, EngineError> {
        let mut hooks = Hooks::observing([site]);
        let embed = self.model.embed(&[ids(input)])?;
        let _ = watched::logits(&self.model, embed, &mut hooks, monitor).await?;
        Ok(hooks.into_readback()?.read().await?.remove(&site).map(|activation| activation.values).unwrap_or_default())
    }

    /// What a site holds on average over all positions of the texts that every model is measured on.
    async fn mean(&self, site: Site, monitor: &dyn Monitor) -> Result<Vec<f32>, EngineError> {
        let known = |means: &Means| means.0.lock().ok().and_then(|means| means.get(&site).cloned());
        if let Some(mean) = known(&self.measured.means) {
            return Ok(mean);
        }
        let texts: &[&str] = if self.model.causal().is_some() { &FACTS } else { &SENTENCES };
        let (mut sum, mut n_rows) = (Vec::new(), 0usize);
        for text in texts {
            // A model that reads little is measured on what it reads; a vocabulary may have no word of a text.
            let mut input = self.tokenizer.split(text)?.input;
            input.tokens.truncate(self.card.max_tokens);
            if input.tokens.is_empty() {
                continue;
            }
            let values = self.observe(&input, site, monitor).await?;
            let width = values.len() / input.tokens.len().max(1);
            sum.resize(width, 0.0f64);
            for row in values.chunks(width.max(1)) {
                sum.iter_mut().zip(row).for_each(|(sum, value)| *sum += f64::from(*value));
                n_rows += 1;
            }
        }
        let mean: Vec<f32> = sum.iter().map(|sum| (sum / n_rows.max(1) as f64) as f32).collect();
        if let Ok(mut means) = self.measured.means.0.lock() {
            means.insert(site, mean.clone());
        }
        Ok(mean)
    }
}

/// The MLPs whose neurons are listed; refused where there is none.
fn mlps(ask: &Ablate, how: How) -> Result<Vec<usize>, Refusal> {
    let mlps: Vec<usize> =
        ask.parts.iter().filter_map(|part| if let Part::Mlp { layer } = part { Some(*layer) } else { None }).collect();
    let expected = match ask.neurons {
        0 => return Ok(Vec::new()),
        _ if mlps.is_empty() || how == How::Shuffle => "left out, as it goes with an MLP among the parts, such as MLP3",
        listed if listed > Ablate::MOST_LISTED => "at most 64",
        _ => return Ok(mlps),
    };
    let (name, found) = ("neurons".to_owned(), ask.neurons.to_string());
    Err(Refusal::BadParameter { name, expected: expected.to_owned(), found })
}

/// A part that is taken out.
struct Removed {
    site: Site,
    by: By,
}

/// What is written in the place of a part.
enum By {
    /// The last axis of what is replaced, and a row for each token; tokens behind the last have that of the last, and where there
    /// is none everything is 0.
    Rows(Range<usize>, Vec<Vec<f32>>),
    /// The pattern of a head, of the whole text.
    Pattern(usize, Vec<f32>),
}

impl Removed {
    /// The change while some tokens are read, by their places in the text.
    fn edit(&self, read: Range<usize>) -> (Site, Edit) {
        let (region, intervention) = match &self.by {
            By::Pattern(head, pattern) => (vec![0..1, *head..head + 1], Intervention::Replace(pattern.clone().into())),
            By::Rows(tail, rows) => {
                let row = |at: usize| rows.get(at).or(rows.last());
                let values: Vec<f32> = read.clone().filter_map(row).flatten().copied().collect();
                let replaced = if rows.is_empty() { Intervention::Zero } else { Intervention::Replace(values.into()) };
                (vec![0..1, 0..read.len(), tail.clone()], replaced)
            }
        };
        (self.site, Edit { region, intervention })
    }
}

/// Each row's weights in another order, among the keys that its query may read.
fn shuffled(pattern: &[f32], pos: usize, causal: bool, seed: u64) -> Vec<f32> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut out = pattern.to_vec();
    for (query, row) in out.chunks_mut(pos.max(1)).enumerate() {
        let open = if causal { query + 1 } else { pos };
        // Fisher and Yates.
        for last in (1..open).rev() {
            row.swap(last, random.next_u32() as usize % (last + 1));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_keeps_each_row_and_never_reads_ahead() {
        let pattern = [1.0, 0.0, 0.0, 0.3, 0.7, 0.0, 0.2, 0.3, 0.5];
        let out = shuffled(&pattern, 3, true, 1);
        assert_eq!(out, shuffled(&pattern, 3, true, 1));
        for (query, (before, after)) in pattern.chunks(3).zip(out.chunks(3)).enumerate() {
            let sorted = |row: &[f32]| {
                let mut row = row.to_vec();
                row.sort_by(f32::total_cmp);
                row
            };
            assert_eq!(sorted(before), sorted(after));
            assert!(after[query + 1..].iter().all(|&weight| weight == 0.0));
        }
    }
}
