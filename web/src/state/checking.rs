//! A result that came in a link, and what this device makes of it.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::catalog::{OFFERS, Offer, Table};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::protocol::{Failure, Lane, Request, Response};
use vitrine_schema::recipe::Ablate;
use vitrine_schema::{
    Ablation, Ask, Diagnostic, Explanation, Finding, Input, Kept, Outcome, Receipt, Recipe, Recomputed, Summary,
};
use vitrine_share::Link;
use vitrine_share::link::{Sender, Sent, Shown, Summarized};
use vitrine_words::narrator::{self, headline};
use vitrine_words::progress::{download, running};
use vitrine_words::recomputed::{checked, unchecked};

use crate::messages::{self, Trouble};
use crate::services::clock::now_millis;
use crate::services::kept::is_kept;
use crate::services::page::beside;
use crate::services::worker_client::{Answer, Engine, Status};
use crate::state::asking::Running;
use crate::state::models::Models;

/// What a short text takes on a slow device, of the model that comes by itself and of a larger one.
const PASS_MILLIS: [f64; 2] = [25.0, 250.0];
/// From so many steps on it is told how far it is.
const MANY: u64 = 100;
/// Up to this time a result is checked by itself.
const BY_ITSELF_MILLIS: f64 = 5_000.0;

/// About how many passes the question of a link takes; `None` where that is not known beforehand.
fn passes(link: &Link) -> Option<f64> {
    match (&link.recipe.ask, &link.sent) {
        (Ask::Predict {} | Ask::Attention(_) | Ask::Stream(_) | Ask::Ablate(_), _) => Some(2.0),
        // Both texts, and what a gradient takes.
        (Ask::Patch(patch), _) if patch.approximate => Some(6.0),
        (Ask::Patch(patch), Sent::Summary(sent)) if patch.cells.is_empty() => match &sent.summary {
            Summary::Patching(map) => Some((map.n_layers * map.n_columns) as f64),
            _ => None,
        },
        (Ask::Explain(explain), Sent::Finding(sent)) if explain.continuation.is_none() => {
            let players = explain.players.of(sent.input()).ok()?.len();
            let receipt = if explain.receipt { Receipt::runs(players) } else { 0.0 };
            Some(explain.method.declared().passes.about(&explain.params, players) + receipt)
        }
        _ => None,
    }
}

/// Where the check stands.
#[derive(Clone, PartialEq)]
enum Checked {
    Not,
    /// The reader stopped it.
    Stopped,
    /// Its model is on its way.
    Coming,
    /// Its table is on its way.
    Table,
    Running(Running),
    Done(Recomputed),
    Failed(Trouble),
}

/// A link that is read, and its check.
#[derive(Clone, Copy)]
pub struct Checking {
    engine: Engine,
    /// What the link holds.
    pub link: StoredValue<Link>,
    /// What is said before it was checked, of a finding that the page carries.
    at_first: Option<&'static str>,
    findings: Option<RwSignal<Kept>>,
    models: Option<Models>,
    checked: RwSignal<Checked>,
    here: RwSignal<Option<Finding>>,
}

impl Checking {
    /// Nothing is checked yet.
    pub fn new(engine: Engine, link: Link) -> Self {
        let (checked, here) = (RwSignal::new(Checked::Not), RwSignal::new(None));
        let (findings, models) = (use_context::<RwSignal<Kept>>(), use_context::<Models>());
        let checking = Self { engine, link: StoredValue::new(link), at_first: None, findings, models, checked, here };
        if let Some(models) = models {
            // What waits for its model goes on once that is here.
            Effect::new(move |_| {
                let here =
                    checking.offer().is_some_and(|offer| models.loaded.with(|loaded| loaded.contains_key(offer.id)));
                let trouble = models.trouble.get();
                match (checking.checked.get_untracked() == Checked::Coming, trouble) {
                    (true, _) if here => checking.run(),
                    (true, Some(trouble)) => checking.checked.set(Checked::Failed(trouble)),
                    _ => {}
                }
            });
        }
        checking
    }

    /// The same of a finding that the page carries.
    pub fn carried(engine: Engine, finding: &Finding) -> Self {
        let summary = |summary| {
            Sent::Summary(Box::new(Summarized {
                model: finding.model().clone(),
                input: Summary::input(finding),
                summary,
            }))
        };
        let sent = Summary::of(finding).map_or_else(|| Sent::Finding(finding.clone()), summary);
        let recipe = finding.resolved().clone();
        let link = Link { recipe, sent, on: None, shown: Shown::default(), sender: Sender::default() };
        let mut checking = Self::new(engine, link);
        checking.at_first = Some(match (checking.at_hand(), checking.on_request()) {
            (Some(_), _) => messages::CARRIED,
            (None, Some(_)) => messages::CARRIED_LARGER,
            (None, None) => messages::CARRIED_ELSEWHERE,
        });
        checking
    }

    /// The model that is fetched for it only where the reader asks for that.
    pub fn on_request(self) -> Option<&'static Offer> {
        self.offer().filter(|_| self.at_hand().is_none() && self.models.is_some())
    }

    /// The explanation that came, where it is one. Who computed it is said above, and not once more among the remarks.
    pub fn sent(self) -> Option<Arc<Explanation>> {
        self.link.with_value(|link| match &link.sent {
            Sent::Finding(Finding::Explanation(found)) => {
                let mut found = Explanation::clone(found);
                found.diagnostics.retain(|remark| *remark != Diagnostic::Sent);
                Some(Arc::new(found))
            }
            _ => None,
        })
    }

    /// What this device found instead, where the two disagree.
    pub fn found_here(self) -> Option<Finding> {
        self.here.get()
    }

    /// The explanation that this device found instead, where the two disagree.
    pub fn here(self) -> Option<Arc<Explanation>> {
        match self.here.get()? {
            Finding::Explanation(found) => Some(found),
            _ => None,
        }
    }

    /// What this device found instead, in a sentence, where that is no explanation.
    pub fn claim_here(self) -> Option<String> {
        self.here.get().filter(|here| !matches!(here, Finding::Explanation(_))).map(|here| headline(&here))
    }

    /// What is said of a result that is no explanation: its claim, and what stands beside it.
    pub fn claim(self) -> Option<(String, Vec<String>)> {
        self.link.with_value(|link| match &link.sent {
            Sent::Finding(Finding::Explanation(_)) => None,
            Sent::Finding(other) => Some((headline(other), Vec::new())),
            Sent::Summary(sent) => {
                let Summarized { model, input, summary } = &**sent;
                let claim = narrator::summary(summary, model, &link.recipe, input);
                Some((claim, narrator::beside(summary, model, &link.recipe)))
            }
        })
    }

    /// The model of the page that the link is about, where this page has all that the question takes.
    pub fn offer(self) -> Option<&'static Offer> {
        self.link.with_value(|link| match &link.recipe.ask {
            ask if Table::suffice(ask) => Offer::named(&link.recipe.model),
            _ => None,
        })
    }

    /// The same where that model is the one that comes by itself, so that nothing is fetched which nobody asked for.
    pub fn at_hand(self) -> Option<&'static Offer> {
        self.offer().filter(|offer| offer.id == OFFERS[0].id)
    }

    /// The models that checking it takes: its own, behind the one that comes by itself.
    fn takes(self) -> impl Iterator<Item = &'static Offer> {
        let own = self.offer();
        own.map(|_| &OFFERS[0]).filter(|first| own.is_some_and(|own| own.id != first.id)).into_iter().chain(own)
    }

    /// Bytes that checking it fetches at most.
    pub fn bytes(self) -> u64 {
        self.takes().map(|offer| offer.bytes).sum()
    }

    /// Bytes of these that this browser does not keep.
    pub async fn bytes_away(self) -> u64 {
        let mut away = 0;
        for offer in self.takes() {
            if !is_kept(offer.id).await {
                away += offer.bytes;
            }
        }
        away
    }

    /// Whether it was checked.
    pub fn is_done(self) -> bool {
        self.checked.with(|checked| matches!(checked, Checked::Done(_)))
    }

    /// Whether this device's numbers are others than the link's.
    pub fn numbers_differ(self) -> bool {
        self.checked.with(|checked| matches!(checked, Checked::Done(found) if found.numbers_differ()))
    }

    /// The answer without some tokens of an explanation, asked of the model that checked it.
    pub fn without(self, explanation: &Explanation, tokens: Vec<usize>, take: impl Fn(Arc<Ablation>) + 'static) {
        let ask = Ask::Ablate(Ablate { tokens, how: explanation.how(), ..Ablate::default() });
        let recipe = Box::new(Recipe { ask, ..explanation.resolved.clone() });
        self.engine.ask(Request::Run { recipe, lane: Lane::Panel, table: None }, None, move |answer| {
            if let Ok(Response::Found { finding, .. }) = answer
                && let Finding::Ablation(found) = *finding
            {
                take(found);
            }
        });
    }

    /// Whether its model is here already.
    pub fn has_model(self) -> bool {
        let loaded = |id: &str| self.models.is_some_and(|models| models.loaded.with(|loaded| loaded.contains_key(id)));
        self.offer().is_some_and(|offer| loaded(offer.id))
    }

    /// About how long it takes on a slow device, where that is known beforehand.
    pub fn about_millis(self) -> Option<f64> {
        let pass = PASS_MILLIS[usize::from(self.at_hand().is_none())];
        self.link.with_value(|link| Some(passes(link)? * pass))
    }

    /// Whether it takes a few seconds at most.
    pub fn is_light(self) -> bool {
        self.about_millis().is_some_and(|millis| millis <= BY_ITSELF_MILLIS)
    }

    /// Whether nothing was done about it yet.
    pub fn waits(self) -> bool {
        self.checked.with(|checked| *checked == Checked::Not)
    }

    /// Whether nothing came of it yet.
    pub fn is_open(self) -> bool {
        self.checked.with(|checked| matches!(checked, Checked::Not | Checked::Stopped | Checked::Failed(_)))
    }

    /// Asks the same question here, of a model that is fetched where it is not here.
    pub fn start(self) {
        self.engine.wake();
        let Some(offer) = self.offer() else { return };
        // What was found before is found anew.
        self.here.set(None);
        match self.models {
            Some(models)
                if offer.id != OFFERS[0].id
                    && !models.loaded.with_untracked(|loaded| loaded.contains_key(offer.id)) =>
            {
                self.checked.set(Checked::Coming);
                models.load(offer.id);
            }
            _ => self.run(),
        }
    }

    fn run(self) {
        let table = self.link.with_value(|link| link.recipe.ask.file().and_then(Table::named));
        let Some(table) = table else { return self.run_with(None) };
        self.checked.set(Checked::Table);
        leptos::task::spawn_local(async move {
            let text = beside(&table.address()).await;
            // Who stopped it meanwhile does not wait for it.
            if self.checked.try_with_untracked(|checked| *checked == Checked::Table) == Some(true) {
                match text {
                    Some(text) => self.run_with(Some(text)),
                    None => self.checked.set(Checked::Failed(Trouble::NoTable)),
                }
            }
        });
    }

    fn run_with(self, table: Option<String>) {
        let recipe = Box::new(self.link.with_value(|link| link.recipe.clone()));
        let request = Request::Run { recipe, lane: Lane::Answer, table };
        let id = self.engine.ask(request, None, move |answer| self.hear(answer));
        self.checked.set(Checked::Running(Running::asked(id, "")));
    }

    /// The same, where nothing has to be fetched for it and it takes a few seconds at most.
    pub fn start_if_light(self) {
        let Some(offer) = self.at_hand().filter(|_| self.is_light()) else { return };
        leptos::task::spawn_local(async move {
            if is_kept(offer.id).await
                && self.checked.try_with_untracked(|checked| *checked == Checked::Not) == Some(true)
            {
                self.start();
            }
        });
    }

    /// Stops that.
    pub fn stop(self) {
        if let (Checked::Coming, Some(models)) = (self.checked.get_untracked(), self.models) {
            models.stop();
        }
        self.pause();
        if untrack(|| self.runs() || self.waits()) {
            self.checked.set(Checked::Stopped);
        }
    }

    /// Leaves it for later, but for a model that is on its way: that was asked for.
    pub fn pause(self) {
        match self.checked.get_untracked() {
            Checked::Running(running) => self.engine.cancel(running.id),
            Checked::Table => {}
            _ => return,
        }
        self.checked.set(Checked::Not);
    }

    /// Whether it is being computed.
    pub fn runs(self) -> bool {
        self.checked.with(|checked| matches!(checked, Checked::Coming | Checked::Table | Checked::Running(_)))
    }

    /// Where it stands, in a sentence.
    pub fn said(self) -> String {
        let input = |link: &Link| -> Input {
            match &link.sent {
                Sent::Finding(finding) => finding.input().clone(),
                Sent::Summary(sent) => sent.input.clone(),
            }
        };
        match self.checked.get() {
            Checked::Not | Checked::Stopped => self.at_first.map_or_else(
                || self.link.with_value(|link| unchecked(&link.recipe, Offer::named(&link.recipe.model).is_some())),
                str::to_owned,
            ),
            Checked::Coming => {
                let coming = self.models.and_then(|models| models.coming(self.offer()?.id));
                let fetched = coming
                    .map(|Running { progress, since_millis, .. }| download(progress, now_millis() - since_millis));
                fetched.map_or_else(
                    || "Fetching its model…".to_owned(),
                    |fetched| format!("Fetching its model: {fetched}."),
                )
            }
            Checked::Running(Running { progress, since_millis, .. }) if progress.total >= MANY => {
                running(progress, now_millis() - since_millis)
            }
            Checked::Table | Checked::Running(_) => "Computing it here…".to_owned(),
            Checked::Done(recomputed) => self.link.with_value(|link| checked(&recomputed, &input(link))),
            Checked::Failed(trouble) => trouble.sentence(),
        }
    }

    /// Where it stands, in a word for scripts and styles.
    pub fn state(self) -> &'static str {
        match self.checked.get() {
            Checked::Not | Checked::Stopped | Checked::Failed(_) => "sent",
            Checked::Coming | Checked::Table | Checked::Running(_) => "running",
            Checked::Done(Recomputed { outcome: Outcome::Agrees, .. }) => "agrees",
            Checked::Done(_) => "differs",
        }
    }

    fn hear(self, answer: Answer) {
        if let (Some(findings), Ok(Response::Found { finding, elapsed_millis, .. })) = (self.findings, &answer) {
            findings.update(|kept| kept.put((**finding).clone(), *elapsed_millis));
        }
        // Of a link that was left nothing more is said.
        if self.checked.is_disposed() {
            return;
        }
        match answer {
            Ok(Response::Found { finding, .. }) => {
                let module = match self.engine.status.get_untracked() {
                    Status::Ready { device, .. } => Some(device.device),
                    _ => None,
                };
                let found = self.link.with_value(|link| {
                    let same = link.on.is_some() && link.on == module;
                    match &link.sent {
                        Sent::Finding(sent) => Recomputed::of(sent, &finding, same),
                        Sent::Summary(sent) => {
                            Recomputed::of_summary(&sent.model, &sent.input, &sent.summary, &finding, same)
                        }
                    }
                });
                // Where it disagrees this device's result takes the place.
                if found.outcome != Outcome::Agrees {
                    self.here.set(Some(*finding));
                }
                self.checked.set(Checked::Done(found));
            }
            Ok(Response::Running { progress, .. }) => self.checked.update(|checked| {
                if let Checked::Running(running) = checked {
                    running.progress = progress;
                }
            }),
            // What the host sends in the place of a table is not taken for it.
            Ok(Response::Failed { failure: Failure::Refused { refusal: Refusal::NoTable { .. } } }) => {
                self.checked.set(Checked::Failed(Trouble::NoTable));
            }
            Ok(Response::Failed { failure }) => self.checked.set(Checked::Failed(Trouble::Failure(failure))),
            Err(trouble) => self.checked.set(Checked::Failed(trouble)),
            Ok(_) => {}
        }
    }
}
