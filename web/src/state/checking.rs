//! A result that came in a link, and what this device makes of it.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_schema::catalog::Offer;
use vitrine_schema::protocol::{Lane, Request, Response};
use vitrine_schema::{Ask, Diagnostic, Explanation, Finding, Input, Kept, Outcome, Receipt, Recomputed, Summary};
use vitrine_share::Link;
use vitrine_share::link::{Sender, Sent, Shown, Summarized};
use vitrine_words::narrator::{headline, summary};
use vitrine_words::recomputed::{checked, unchecked};

use crate::messages::{self, Trouble};
use crate::services::kept::is_kept;
use crate::services::worker_client::{Answer, Engine, Status};

/// What a short text takes on a slow device.
const PASS_MILLIS: f64 = 25.0;
/// Up to this time a result is checked by itself.
const BY_ITSELF_MILLIS: f64 = 5_000.0;

/// About how many passes the question of a link takes; `None` where that is not known beforehand.
fn passes(link: &Link) -> Option<f64> {
    match (&link.recipe.ask, &link.sent) {
        (Ask::Predict {} | Ask::Attention(_) | Ask::Stream(_) | Ask::Ablate(_), _) => Some(2.0),
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
    Running(u32),
    Done(Recomputed),
    Failed(Trouble),
}

/// A link that is read, and its check.
#[derive(Clone, Copy)]
pub struct Checking {
    engine: Engine,
    /// What the link holds.
    pub link: StoredValue<Link>,
    /// What is said before it was checked.
    at_first: &'static str,
    findings: Option<RwSignal<Kept>>,
    checked: RwSignal<Checked>,
    here: RwSignal<Option<Arc<Explanation>>>,
}

impl Checking {
    /// Nothing is checked yet.
    pub fn new(engine: Engine, link: Link) -> Self {
        let (checked, here) = (RwSignal::new(Checked::Not), RwSignal::new(None));
        let findings = use_context::<RwSignal<Kept>>();
        Self { engine, link: StoredValue::new(link), at_first: unchecked(), findings, checked, here }
    }

    /// The same of a finding that the page carries.
    pub fn carried(engine: Engine, finding: &Finding) -> Self {
        let summary = |summary| {
            Sent::Summary(Box::new(Summarized {
                model: finding.model().clone(),
                input: finding.input().clone(),
                summary,
            }))
        };
        let sent = Summary::of(finding).map_or_else(|| Sent::Finding(finding.clone()), summary);
        let recipe = finding.resolved().clone();
        let link = Link { recipe, sent, on: None, shown: Shown::default(), sender: Sender::default() };
        let mut checking = Self::new(engine, link);
        checking.at_first = if checking.offer().is_some() { messages::CARRIED } else { messages::CARRIED_ELSEWHERE };
        checking
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
    pub fn here(self) -> Option<Arc<Explanation>> {
        self.here.get()
    }

    /// What is said of a result that is no explanation.
    pub fn claim(self) -> Option<String> {
        self.link.with_value(|link| match &link.sent {
            Sent::Finding(Finding::Explanation(_)) => None,
            Sent::Finding(other) => Some(headline(other)),
            Sent::Summary(sent) => Some(summary(&sent.summary, &sent.input)),
        })
    }

    /// The model of the page that the link is about, where it can be run without asking for a download first in the Lab.
    pub fn offer(self) -> Option<&'static Offer> {
        self.link.with_value(|link| Offer::named(&link.recipe.model)).filter(|offer| !offer.causal)
    }

    /// Asks the same question here.
    pub fn start(self) {
        self.engine.wake();
        let recipe = Box::new(self.link.with_value(|link| link.recipe.clone()));
        let request = Request::Run { recipe, lane: Lane::Answer, table: None };
        let id = self.engine.ask(request, None, move |answer| self.hear(answer));
        self.checked.set(Checked::Running(id));
    }

    /// The same, where nothing has to be fetched for it and it takes a few seconds at most.
    pub fn start_if_light(self) {
        let light =
            self.link.with_value(|link| passes(link).is_some_and(|passes| passes * PASS_MILLIS <= BY_ITSELF_MILLIS));
        let Some(offer) = self.offer().filter(|_| light) else { return };
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
        if let Checked::Running(id) = self.checked.get_untracked() {
            self.engine.cancel(id);
            self.checked.set(Checked::Not);
        }
    }

    /// Whether it is being computed.
    pub fn runs(self) -> bool {
        self.checked.with(|checked| matches!(checked, Checked::Running(_)))
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
            Checked::Not => self.at_first.to_owned(),
            Checked::Running(_) => "Computing it here…".to_owned(),
            Checked::Done(recomputed) => self.link.with_value(|link| checked(&recomputed, &input(link))),
            Checked::Failed(trouble) => trouble.sentence(),
        }
    }

    /// Where it stands, in a word for scripts and styles.
    pub fn state(self) -> &'static str {
        match self.checked.get() {
            Checked::Not | Checked::Failed(_) => "sent",
            Checked::Running(_) => "running",
            Checked::Done(Recomputed { outcome: Outcome::Agrees, .. }) => "agrees",
            Checked::Done(_) => "differs",
        }
    }

    fn hear(self, answer: Answer) {
        match answer {
            Ok(Response::Found { finding, elapsed_millis, .. }) => {
                if let Some(findings) = self.findings {
                    findings.update(|kept| kept.put((*finding).clone(), elapsed_millis));
                }
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
                if found.outcome != Outcome::Agrees
                    && let Finding::Explanation(found) = &*finding
                {
                    self.here.set(Some(Arc::clone(found)));
                }
                self.checked.set(Checked::Done(found));
            }
            Ok(Response::Failed { failure }) => self.checked.set(Checked::Failed(Trouble::Failure(failure))),
            Err(trouble) => self.checked.set(Checked::Failed(trouble)),
            Ok(_) => {}
        }
    }
}
