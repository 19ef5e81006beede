//! Findings that are kept, by recipe: which of them is let go, which is the newest, and which are open.

use std::mem::discriminant;

use crate::recipe::Patch;
use crate::{Ask, Finding, Recipe};

/// Findings that are kept; a map of all heads of a long text takes megabytes.
const MOST: usize = 24;
/// Single cells of maps that are kept beside these; they are small, and a reader may run many.
const MOST_CELLS: usize = 200;

/// A finding and how long it took.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What was found.
    pub finding: Finding,
    /// Time it took, in milliseconds.
    pub elapsed_millis: f64,
    /// Whether it is all that was asked for; what was stopped on the way is not.
    pub whole: bool,
}

/// What was found, the newest last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept(Vec<Found>);

impl Kept {
    /// Adds a finding, in the place of an older one of the same recipe.
    pub fn put(&mut self, finding: Finding, elapsed_millis: f64) {
        self.add(Found { finding, elapsed_millis, whole: true });
    }

    /// Adds what was found of a question so far.
    pub fn put_so_far(&mut self, finding: Finding, elapsed_millis: f64) {
        self.add(Found { finding, elapsed_millis, whole: false });
    }

    fn add(&mut self, new: Found) {
        self.0.retain(|old| old.finding.recipe() != new.finding.recipe());
        self.0.push(new);
        while self.0.iter().filter(|found| !is_cell(found)).count() > MOST {
            self.0.remove(self.oldest());
        }
        if self.0.iter().filter(|found| is_cell(found)).count() > MOST_CELLS
            && let Some(first) = self.0.iter().position(is_cell)
        {
            self.0.remove(first);
        }
    }

    /// All of them, the oldest first.
    pub fn all(&self) -> impl Iterator<Item = &Found> {
        self.0.iter()
    }

    /// Whether a recipe was answered as a whole; its finding is then the newest again.
    pub fn again(&mut self, recipe: &Recipe) -> bool {
        let place = self.0.iter().position(|found| found.whole && found.finding.recipe() == recipe);
        if let Some(place) = place {
            let found = self.0.remove(place);
            self.0.push(found);
        }
        place.is_some()
    }

    /// What a recipe was answered with.
    #[must_use]
    pub fn of(&self, recipe: &Recipe) -> Option<&Found> {
        self.0.iter().find(|found| found.finding.recipe() == recipe)
    }

    /// The newest answer to a question of a kind.
    #[must_use]
    pub fn newest(&self, ask: &Ask) -> Option<&Found> {
        self.0.iter().rev().find(|found| are_alike(&found.finding.recipe().ask, ask))
    }

    /// Forgets those about a text, to ask again.
    pub fn forget(&mut self, model: &str, text: &str) {
        let about = |recipe: &Recipe| recipe.model == model && recipe.subject() == Some(text);
        self.0.retain(|found| !about(found.finding.recipe()));
    }

    /// Forgets what another model of the same name said; whether there was any.
    pub fn forget_others(&mut self, id: &str, sha256: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|Found { finding, .. }| finding.model().id != id || finding.model().sha256 == sha256);
        self.0.len() < before
    }

    /// Those that are open: of every kind the newest about the text of the newest, the newest last. The answer that a
    /// question ends with comes before what the panels show of it.
    #[must_use]
    pub fn open(&self) -> Vec<&Finding> {
        let newest = self.0.iter().rev().find(|found| !is_answer(found)).or(self.0.last());
        let text = newest.map(|found| found.finding.recipe().subject());
        let mut open: Vec<&Finding> = Vec::new();
        let (answers, shown): (Vec<&Found>, Vec<&Found>) = self.0.iter().partition(|found| is_answer(found));
        for Found { finding, .. } in shown.into_iter().rev().chain(answers.into_iter().rev()) {
            let known = open.iter().any(|newer| discriminant(*newer) == discriminant(finding));
            if !known && Some(finding.recipe().subject()) == text {
                open.insert(0, finding);
            }
        }
        open
    }

    /// What is let go first: the oldest about another text than the newest, else the oldest of the kind of which there are
    /// most, so that many removals leave the picture they belong to. The answer itself stays.
    fn oldest(&self) -> usize {
        let text = self.0.last().map(|found| found.finding.recipe().subject());
        let other = self.0.iter().position(|found| !is_cell(found) && Some(found.finding.recipe().subject()) != text);
        let like = |a: &Found, b: &Found| discriminant(&a.finding) == discriminant(&b.finding);
        let many = |found: &Found| self.0.iter().filter(|other| like(found, other)).count();
        let stays = |found: &Found| is_answer(found) || is_cell(found);
        let most = self.0.iter().filter(|found| !stays(found)).map(many).max();
        let oldest = || self.0.iter().position(|found| !stays(found) && Some(many(found)) == most);
        other.or_else(oldest).unwrap_or(0)
    }
}

fn is_answer(found: &Found) -> bool {
    matches!(found.finding, Finding::Prediction(_))
}

/// Whether it is one cell of a map.
fn is_cell(found: &Found) -> bool {
    matches!(&found.finding.recipe().ask, Ask::Patch(patch) if patch.cells.len() == 1)
}

/// Whether two questions are answered by the same picture: an estimated map is another one than its cells that were run, and one of
/// words another than the one of heads beside it.
fn are_alike(a: &Ask, b: &Ask) -> bool {
    match (a, b) {
        (Ask::Patch(a), Ask::Patch(b)) => {
            let run = |patch: &Patch| (patch.approximate, patch.cells.is_empty(), patch.site.of_heads());
            run(a) == run(b)
        }
        _ => discriminant(a) == discriminant(b),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::recipe::{Ablate, Cell, Generate};
    use crate::{
        Ablation, Finish, Generation, Grid, Input, ModelRef, PatchSite, Prediction, ProblemType, Quantity, Target,
    };

    fn model(sha256: &str) -> ModelRef {
        ModelRef { id: "m".into(), sha256: sha256.into(), ..ModelRef::default() }
    }

    fn answer(text: &str) -> Finding {
        let recipe = Recipe::new("m", text, Ask::Predict {});
        Finding::Prediction(Arc::new(Prediction {
            resolved: recipe.clone(),
            recipe,
            model: model("1"),
            input: Input { text: text.into(), tokens: Vec::new() },
            logits: Vec::new(),
            vocabulary: Grid::default(),
            score: None,
            top: Vec::new(),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }))
    }

    fn written(text: &str, max_tokens: usize) -> Finding {
        let recipe = Recipe::new("m", text, Ask::Generate(Generate { max_tokens, ..Generate::default() }));
        Finding::Generation(Arc::new(Generation {
            resolved: recipe.clone(),
            recipe,
            model: model("2"),
            input: Input { text: text.into(), tokens: Vec::new() },
            text: String::new(),
            tokens: Vec::new(),
            finish: Finish::Length,
            stopped_by: None,
            without: None,
            top: Vec::new(),
            top_without: Vec::new(),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }))
    }

    fn ablated(text: &str, token: usize) -> Finding {
        let recipe = Recipe::new("m", text, Ask::Ablate(Ablate { tokens: vec![token], ..Ablate::default() }));
        let target = Target { quantity: Quantity::Logit, label: String::new(), index: 0, foil: None };
        Finding::Ablation(Arc::new(Ablation {
            resolved: recipe.clone(),
            recipe,
            model: model("1"),
            input: Input { text: text.into(), tokens: Vec::new() },
            target,
            value: 0.0,
            without: 0.0,
            change: 0.0,
            predicted: None,
            top: Vec::new(),
            written: None,
            neurons: Vec::new(),
            problem_type: ProblemType::SingleLabel,
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }))
    }

    fn map(clean: &str, approximate: bool, cells: &[Cell]) -> Finding {
        let patch = Patch { clean: clean.into(), approximate, cells: cells.to_vec(), ..Patch::default() };
        let recipe = Recipe::without_text("m", Ask::Patch(patch));
        Finding::Patching(Arc::new(crate::patching::blank(recipe, model("1"))))
    }

    fn kept(findings: &[Finding]) -> Kept {
        let mut kept = Kept::default();
        findings.iter().for_each(|finding| kept.put(finding.clone(), 1.0));
        kept
    }

    #[test]
    fn a_recipe_is_kept_once_and_can_be_the_newest_again() {
        let (first, second) = (answer("a"), answer("b"));
        let mut kept = kept(&[first.clone(), second.clone(), second.clone()]);
        assert_eq!(kept.0.len(), 2);
        assert!(kept.again(first.recipe()) && !kept.again(written("a", 1).recipe()));
        assert_eq!(kept.newest(&Ask::Predict {}).map(|found| &found.finding), Some(&first));
        assert_eq!(kept.of(second.recipe()).map(|found| &found.finding), Some(&second));
        kept.forget("m", "a");
        assert_eq!((kept.of(first.recipe()), kept.0.len()), (None, 1));
    }

    #[test]
    fn what_is_let_go_is_of_another_text_before_the_answer_itself() {
        let many: Vec<Finding> = (0..MOST).map(|n| written("a", n)).collect();
        let mut kept = kept(&[&[answer("a"), answer("b")], &many[..]].concat());
        // The text that is not looked at went first, then the oldest that is no answer.
        assert_eq!((kept.of(answer("b").recipe()), kept.of(many[0].recipe())), (None, None));
        assert!(kept.of(answer("a").recipe()).is_some() && kept.0.len() == MOST);
        assert!(kept.forget_others("m", "1") && !kept.forget_others("m", "1"));
        assert_eq!(kept.0.len(), 1);
    }

    #[test]
    fn many_removals_leave_the_picture_that_they_belong_to() {
        let many: Vec<Finding> = (0..2 * MOST).map(|n| ablated("a", n)).collect();
        let kept = kept(&[&[answer("a"), written("a", 1)], &many[..]].concat());
        assert!(kept.of(answer("a").recipe()).is_some() && kept.of(written("a", 1).recipe()).is_some());
        assert!(kept.of(many[2 * MOST - 1].recipe()).is_some() && kept.of(many[0].recipe()).is_none());
    }

    #[test]
    fn cells_that_were_run_leave_the_map_and_stay_beside_it() {
        let cell = |layer| Cell { layer, column: 0 };
        let many: Vec<Finding> = (0..3 * MOST).map(|layer| map("a", false, &[cell(layer)])).collect();
        let mut kept = kept(&[&[answer("a"), map("a", true, &[])], &many[..]].concat());
        assert_eq!(kept.all().count(), 2 + 3 * MOST);
        let estimate = Ask::Patch(Patch { approximate: true, ..Patch::default() });
        assert_eq!(kept.newest(&estimate).map(|found| &found.finding), Some(&map("a", true, &[])));
        // About the same text, though its own is none.
        assert_eq!(kept.open(), [&answer("a"), &many[3 * MOST - 1]]);
        kept.forget("m", "a");
        assert_eq!(kept.all().count(), 0);
        let more: Vec<Finding> = (0..MOST_CELLS + 9).map(|layer| map("a", false, &[cell(layer)])).collect();
        more.iter().for_each(|finding| kept.put(finding.clone(), 1.0));
        assert_eq!(kept.all().count(), MOST_CELLS);
    }

    #[test]
    fn what_was_stopped_on_the_way_is_asked_again() {
        let (first, mut kept) = (answer("a"), Kept::default());
        kept.put_so_far(first.clone(), 1.0);
        assert!(kept.of(first.recipe()).is_some() && !kept.again(first.recipe()));
        kept.put(first.clone(), 2.0);
        assert!(kept.again(first.recipe()) && kept.all().count() == 1);
    }

    #[test]
    fn open_are_the_newest_of_each_kind_about_one_text() {
        let kept = kept(&[answer("b"), answer("a"), written("a", 1), written("a", 2), answer("c")]);
        assert_eq!(kept.open(), [&answer("a"), &written("a", 2)]);
        assert!(Kept::default().open().is_empty());
    }

    #[test]
    fn a_map_of_heads_does_not_stand_in_for_one_of_words() {
        let ask = |site| Ask::Patch(Patch { site, approximate: true, ..Patch::default() });
        assert!(are_alike(&ask(PatchSite::ResidPre), &ask(PatchSite::MlpOut)));
        assert!(!are_alike(&ask(PatchSite::ResidPre), &ask(PatchSite::Head)));
    }
}
