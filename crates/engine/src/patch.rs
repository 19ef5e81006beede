//! What copying from the run of one text into that of another brings over.

use std::sync::Arc;

use vitrine_methods::patching::{self, Copies, Copying};
use vitrine_methods::{Context, Memo, walk};
use vitrine_model::Causal;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::patching::{Copied, Mover, Path, alignment};
use vitrine_schema::prediction::largest;
use vitrine_schema::recipe::{Cell, Patch};
use vitrine_schema::{
    Aligned, Ask, Diagnostic, Finding, Input, Matrix, PatchSite, Patching, Quantity, Ranked, Recipe, Target,
    TargetRequest,
};

use crate::run::{Asked, Asker};
use crate::session::ids;
use crate::{EngineError, Session};

/// Answers that are listed of each text.
const LISTED: usize = 3;

impl Session {
    pub(crate) async fn patch(&self, recipe: &Recipe, ask: &Patch, asker: &Asker<'_>) -> Result<Patching, EngineError> {
        let (clean, corrupt) = (self.read_mapped(&ask.clean)?, self.read_mapped(&ask.corrupt)?);
        let (clean_ids, corrupt_ids) = (ids(&clean), ids(&corrupt));
        if clean_ids == corrupt_ids {
            return Err(Refusal::SameTexts.into());
        }
        if clean_ids.len().min(corrupt_ids.len()) < 2 {
            return Err(Refusal::OneToken.into());
        }
        let align = aligned(&ask.align, &clean_ids, &corrupt_ids)?;
        let partners = alignment::partners(&align, clean_ids.len());
        let (target, mut diagnostics) = self.metric([&clean, &corrupt], &recipe.target, asker).await?;
        if ask.join > 0 && (ask.approximate || !(2..=Patch::MOST_JOINED).contains(&ask.join)) {
            let expected = format!("from 2 to {} cells that are run, not estimated", Patch::MOST_JOINED);
            return Err(Refusal::BadParameter { name: "join".to_owned(), expected, found: ask.join.to_string() }.into());
        }
        let memo = Memo::default();
        let context = self.context(&clean, &target, &memo, asker);
        let (site, direction) = (ask.site, ask.direction);
        let copying = Copying { corrupt: &corrupt_ids, partners: &partners, site, direction };
        if site == PatchSite::Pattern && !copying.is_one_to_one() {
            return Err(Refusal::NoWeights.into());
        }
        let cells = self.cells(ask, &partners, copying.n_columns(&context))?;
        let causal = self.model.causal().filter(|_| ask.site.of_heads());
        let heads = if causal.is_some() { self.head_scores(asker.monitor).await? } else { Vec::new() };
        let movers = match causal {
            Some(causal) => self.movers(&clean, &target, causal, asker).await?,
            None => Vec::new(),
        };
        let resolved = Ask::Patch(Patch { align, ..ask.clone() });
        let Asked { recipe, resolved, model } = self.asked(recipe, resolved, Self::settled(&recipe.target, &target));
        let resolved = Recipe { text: None, ..resolved };
        let columns = (0..copying.n_columns(&context)).collect();
        let matrix = Matrix { rows: (0..self.model.config().n_layers).collect(), columns, values: Vec::new() };
        let blank = Patching {
            recipe,
            resolved,
            model,
            input: clean.clone(),
            corrupt: corrupt.clone(),
            target: target.clone(),
            first_difference: copying.first_difference(&context),
            matrix,
            value: 0.0,
            baseline_value: 0.0,
            approximate: ask.approximate,
            causal: self.model.causal().is_some(),
            heads,
            movers,
            copied: None,
            answers: None,
            paths: Vec::new(),
            problem_type: self.card.problem_type,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        let filled = |copies: &Copies| {
            let [value, baseline_value] = copies.ends;
            let matrix = Matrix { values: copies.values.clone(), ..blank.matrix.clone() };
            let answers = Some(copies.logits.each_ref().map(|logits| self.ranked(logits, LISTED)));
            Patching { matrix, answers, value, baseline_value, checks: copies.checks.clone(), ..blank.clone() }
        };
        let copies = if ask.approximate {
            let mut copies = patching::approximate(&context, copying).await?;
            let asked = |cell: &Cell| cells.contains(cell);
            for (layer, row) in copies.values.iter_mut().enumerate() {
                for (column, value) in row.iter_mut().enumerate() {
                    *value = value.filter(|_| asked(&Cell { layer, column }));
                }
            }
            copies
        } else {
            let so_far = |copies: &Copies| (asker.so_far)(Finding::Patching(Arc::new(filled(copies))));
            patching::exact(&context, copying, &cells, &so_far).await?
        };
        let mut patching = filled(&copies);
        if patching.matrix.values.iter().flatten().flatten().any(|value| !value.is_finite()) {
            return Err(Refusal::Overflow.into());
        }
        if ask.join > 0 {
            patching.paths = self.paths(&context, copying, &patching, ask.join).await?;
            if patching.paths.iter().any(|path| !path.metric.is_finite()) {
                return Err(Refusal::Overflow.into());
            }
        }
        if nothing_moved(&patching) {
            diagnostics.push(Diagnostic::NothingMoved);
        }
        if let (Some([before, after]), [cell]) = (&copies.answers, &cells[..]) {
            let answers = self.watched(&target, before, after);
            let of = |logits: &[f32]| answers.iter().map(|&id| self.answer_of(id, logits)).collect();
            patching.copied = Some(Copied { cell: *cell, before: of(before), after: of(after) });
        }
        Ok(Patching { diagnostics, ..patching })
    }

    /// What the largest cells bring over while a later one of them is kept.
    async fn paths(
        &self,
        context: &Context<'_>,
        copying: Copying<'_>,
        found: &Patching,
        most: usize,
    ) -> Result<Vec<Path>, EngineError> {
        let moves = |(_, share): &(Cell, f32)| share.abs() >= Patching::NO_CHANGE;
        let largest: Vec<Cell> = found.largest(most).into_iter().filter(moves).map(|(cell, _)| cell).collect();
        Ok(patching::by_way(context, copying, &found.pairs(&largest)).await?)
    }

    /// What each head does at the last token with what writes the target in the same text, as an effect on the logits; nothing
    /// where the text does not name it.
    async fn movers(
        &self,
        clean: &Input,
        target: &Target,
        causal: &dyn Causal,
        asker: &Asker<'_>,
    ) -> Result<Vec<Mover>, EngineError> {
        let last = clean.tokens.len() - 1;
        let names = |at: &usize| clean.tokens[*at].id as usize == target.index;
        let from: Vec<usize> = (0..last).filter(names).collect();
        if from.is_empty() {
            return Ok(Vec::new());
        }
        let quantity = if target.foil.is_some() { Quantity::LogitDifference } else { Quantity::Logit };
        let (target, memo) = (Target { quantity, ..target.clone() }, Memo::default());
        Ok(walk::movers(&self.context(clean, &target, &memo, asker), causal, last, &from).await?)
    }

    /// The metric: target and foil as asked for; of a model of language, or of many classes, unless asked for what it says of
    /// the one text and of the other.
    async fn metric(
        &self,
        [clean, corrupt]: [&Input; 2],
        asked: &TargetRequest,
        asker: &Asker<'_>,
    ) -> Result<(Target, Vec<Diagnostic>), EngineError> {
        let alone = matches!(asked.quantity, Some(Quantity::Logit | Quantity::LogProb));
        let single = self.card.labels.len() <= 2 || !self.card.problem_type.is_single_label();
        if self.model.causal().is_none() && single || alone || asked.target.is_some() && asked.foil.is_some() {
            return self.target(clean, asked, asker.monitor).await;
        }
        let mut request = asked.clone();
        for (side, text) in [(&mut request.target, clean), (&mut request.foil, corrupt)] {
            if side.is_none() {
                let logits = self.logits(text, asker.monitor).await?;
                let best = largest(&logits, 1).first().map_or(0, |&(index, _)| index);
                *side = Some(self.name_of(best));
            }
        }
        match self.target(clean, &request, asker.monitor).await {
            Err(EngineError::Refused(Refusal::TargetIsFoil { label })) => Err(Refusal::SameAnswer { label }.into()),
            settled => settled,
        }
    }

    /// The cells that were asked for, or all that can be copied.
    fn cells(&self, ask: &Patch, partners: &[Option<usize>], n_columns: usize) -> Result<Vec<Cell>, Refusal> {
        let n_layers = self.model.config().n_layers;
        let all = || (0..n_layers).flat_map(|layer| (0..n_columns).map(move |column| Cell { layer, column }));
        if let Some(cell) = ask.cells.iter().find(|cell| cell.layer >= n_layers || cell.column >= n_columns) {
            let (cell, heads) = (cell.to_string(), ask.site.of_heads());
            return Err(Refusal::NoSuchCell { cell, n_layers, n_columns, heads });
        }
        let is_apart = |cell: &Cell| !ask.site.of_heads() && partners.get(cell.column) == Some(&None);
        if let Some(cell) = ask.cells.iter().find(|cell| is_apart(cell)) {
            return Err(Refusal::NoPartner { cell: cell.to_string(), token: cell.column });
        }
        let is_asked = |cell: &Cell| if ask.cells.is_empty() { !is_apart(cell) } else { ask.cells.contains(cell) };
        Ok(all().filter(is_asked).collect())
    }

    /// Target and foil, then what is said before and after, each once.
    fn watched(&self, target: &Target, before: &[f32], after: &[f32]) -> Vec<usize> {
        let best = |logits| largest(logits, 1).first().map(|&(index, _)| index);
        let named = [Some(target.index), target.foil.as_ref().map(|foil| foil.index), best(before), best(after)];
        let mut answers: Vec<usize> = Vec::new();
        for index in named.into_iter().flatten() {
            if !answers.contains(&index) {
                answers.push(index);
            }
        }
        answers
    }

    /// One answer by its logits.
    fn answer_of(&self, id: usize, logits: &[f32]) -> Ranked {
        let (logit, causal) = (logits.get(id).copied().unwrap_or(f32::NAN), self.model.causal().is_some());
        Ranked {
            id,
            label: self.card.labels.get(id).cloned(),
            token: causal.then(|| self.name_of(id)),
            probability: self.card.problem_type.scale(logits).probability(logit),
            logit,
        }
    }
}

/// The pairs of tokens that belong together, as asked for or by what both texts have in common; none where it is one to one.
fn aligned(asked: &[Aligned], clean: &[u32], corrupt: &[u32]) -> Result<Vec<Aligned>, Refusal> {
    let (n_clean, n_corrupt) = (clean.len(), corrupt.len());
    let pairs = match asked {
        [] if n_clean == n_corrupt => return Ok(Vec::new()),
        [] => alignment::by_tokens(clean, corrupt),
        asked => asked.to_vec(),
    };
    if !alignment::fits(&pairs, [n_clean, n_corrupt]) {
        let wrong = (0..pairs.len()).find(|&n| !alignment::fits(&pairs[..=n], [n_clean, n_corrupt]));
        let pair = wrong.and_then(|at| pairs.get(at)).map(ToString::to_string).unwrap_or_default();
        return Err(Refusal::NotAligned { pair, n_clean, n_corrupt });
    }
    let one_to_one = n_clean == n_corrupt && pairs.len() == n_clean;
    Ok(if one_to_one { Vec::new() } else { pairs })
}

/// Whether no cell that was run moved the answer.
fn nothing_moved(patching: &Patching) -> bool {
    let least = Patching::NO_CHANGE * (patching.value - patching.baseline_value).abs();
    let still = |value: &f32| (value - patching.receiver()).abs() <= least;
    patching.matrix.values.iter().flatten().flatten().all(still)
}
