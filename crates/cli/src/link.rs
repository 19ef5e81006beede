//! A finding to a link that holds it, and back. Runs no model.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use vitrine_schema::protocol::DeviceKind;
use vitrine_schema::{Finding, Input, ModelRef, Recipe, Summary};
use vitrine_share::link::{Link, Sender, Sent, Shown, Summarized};
use vitrine_words::receipt::told;

use crate::commands::{Answer, print};
use crate::question::text_of;

#[derive(Args)]
pub struct LinkArgs {
    /// A finding as the other commands print it, or - for standard input.
    finding: PathBuf,
    /// What it is about, in at most 80 characters.
    #[arg(long, allow_hyphen_values = true)]
    title: Option<String>,
    /// What you have to say, in at most 280 characters.
    #[arg(long, allow_hyphen_values = true)]
    note: Option<String>,
    /// Who you are, in at most 60 characters.
    #[arg(long, allow_hyphen_values = true)]
    name: Option<String>,
    /// The day, such as 2026-11-30.
    #[arg(long, allow_hyphen_values = true)]
    date: Option<String>,
}

/// What a link says.
#[derive(Serialize)]
struct Opened<'a, F> {
    recipe: &'a Recipe,
    capsule: Capsule<'a, F>,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<DeviceKind>,
    shown: &'a Shown,
    title: &'a Option<String>,
    note: &'a Option<String>,
    name: &'a Option<String>,
    date: &'a Option<String>,
}

/// A result as it was sent: a finding that can be drawn, or the summary of one.
#[derive(Serialize)]
#[serde(untagged)]
enum Capsule<'a, F> {
    Finding(F),
    Summary { schema: &'a str, model: &'a ModelRef, input: &'a Input, summary: &'a Summary },
}

/// Prints the payload of a link to a finding.
pub fn link(args: &LinkArgs) -> Result<Answer> {
    let LinkArgs { finding, title, note, name, date } = args;
    let found = Finding::from_json(&text_of(finding)?)?;
    let sender = Sender::new(title.clone(), note.clone(), name.clone(), date.clone())?;
    let link = Link { sender, ..Link::of(&found)? };
    Ok(Answer { json: link.write()?, refusal: None })
}

/// Prints what a payload, a whole link or standard input holds.
pub fn open(payload: &str) -> Result<Answer> {
    let link = if payload == "-" { Link::read(&text_of(Path::new("-"))?)? } else { Link::read(payload)? };
    let Link { recipe, sent, on, shown, sender: Sender { title, note, name, date } } = &link;
    let finding = match sent {
        Sent::Finding(finding) => Some(told(finding.clone())),
        Sent::Summary(_) => None,
    };
    let capsule = match (sent, &finding) {
        (Sent::Summary(summarized), _) => {
            let Summarized { model, input, summary } = &**summarized;
            Capsule::Summary { schema: "vitrine.summary/1", model, input, summary }
        }
        (_, finding) => Capsule::Finding(finding.as_ref().map(Finding::json)),
    };
    print(&Opened { recipe, capsule, on: *on, shown, title, note, name, date })
}
