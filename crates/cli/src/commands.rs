//! One function per command; each returns the JSON to print.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use futures_executor::block_on;
use serde::Serialize;
use serde_json::json;
use vitrine_engine::{Asker, Unwatched, folder};
use vitrine_schema::Ask;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::recipe::Compare;
use vitrine_share::tensors_to_safetensors;
use vitrine_weights::Described;
use vitrine_words::receipt::told;

use crate::question::{self, Question};
use crate::{Cli, Command, DeviceArg, draw, export, library, link};

/// What a command prints; with a sentence when it is about something that is refused.
pub struct Answer {
    /// For standard output.
    pub json: String,
    /// For standard error.
    pub refusal: Option<String>,
}

/// Runs the command that was asked for.
pub fn run(cli: &Cli) -> Result<Answer> {
    let root = library::root(cli.global.models.as_deref());
    let open = |model: &str| library::open(&root, model, cli.global.device);
    match &cli.command {
        Command::Question(command) => {
            let Question { recipe, printed, table } = question::of(command)?;
            if printed {
                return print(&recipe);
            }
            let second = match &recipe.ask {
                Ask::Compare(Compare { with_text: None, with_model: Some(other), .. }) => Some(open(other)?),
                _ => None,
            };
            let asker = Asker { now: now(), beside: second.as_ref(), table: table.as_deref(), ..Asker::default() };
            print(&told(block_on(open(&recipe.model)?.run(&recipe, &asker))?).json())
        }
        Command::Models => models(&root),
        Command::Draw(args) => draw::run(args),
        Command::Link(args) => link::link(args),
        Command::Open { payload } => link::open(payload),
        Command::Inspect { model } => inspect(&root, model, cli.global.device),
        Command::Trace { model, text, sites, out } => {
            let session = open(model)?;
            let chosen = session.sites(sites);
            ensure!(!chosen.is_empty(), "no site matches {sites:?}; sites are named like blocks.0.attn.hook_pattern");
            let (input, trace) = block_on(session.trace(text, &chosen))?;
            let tensors = trace.iter().map(|(site, a)| (site.to_string(), a.shape.as_slice(), a.values.as_slice()));
            let file = tensors_to_safetensors(tensors)?;
            std::fs::write(out, &file).with_context(|| format!("{} cannot be written", out.display()))?;
            let names: Vec<String> = chosen.iter().map(ToString::to_string).collect();
            print(&json!({"out": out, "bytes": file.len(), "sites": names, "input": input}))
        }
        Command::Export { model, to } => export::run(&library::folder_of(&root, model)?, to),
        Command::Eval { model, data } => {
            let session = open(model)?;
            if session.card().causal {
                return Err(Refusal::WrongTask { id: session.card().id.clone(), causal: true }.into());
            }
            let examples = examples(data, session.card().labels.len())?;
            print(&block_on(session.evaluate(&examples, &Unwatched))?)
        }
    }
}

pub fn print(value: &impl Serialize) -> Result<Answer> {
    let json = serde_json::to_string(value).context("the result cannot be written as JSON")?;
    Ok(Answer { json, refusal: None })
}

fn models(root: &Path) -> Result<Answer> {
    let models = library::installed(root).into_iter().map(|id| {
        let path = root.join(&id);
        let told = folder::describe(&path).and_then(|described| Ok((described, folder::parts(&path)?)));
        match told {
            Ok((Described { config, about, .. }, parts)) => {
                let licence = parts.licence.or_else(|| about.get("license").cloned());
                json!({
                    "id": id, "architecture": config.architecture.name(), "size": parts.bytes,
                    "licence": licence.unwrap_or_else(|| "unknown".to_owned()), "sha256": parts.sha256,
                })
            }
            // One broken folder hides nothing.
            Err(error) => json!({ "id": id, "error": one_line(&anyhow::Error::from(error)) }),
        }
    });
    print(&json!({ "models": models.collect::<Vec<_>>() }))
}

/// An error with its causes as one sentence.
pub fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What was read of a model; of one that is refused too, with the sentence.
fn inspect(root: &Path, model: &str, device: DeviceArg) -> Result<Answer> {
    let (inspection, outcome) = folder::inspect(&library::folder_of(root, model)?, library::choose_device(device)?);
    let refusal = outcome.err().map(|error| one_line(&anyhow::Error::from(error).context(library::cannot_open(model))));
    Ok(Answer { refusal, ..print(&inspection)? })
}

/// Seconds since 1970 in UTC, the zone that is known everywhere.
fn now() -> Option<i64> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

/// Reads `sentence<TAB>label` lines; a first line without a number is a heading.
fn examples(path: &Path, n_classes: usize) -> Result<Vec<(String, usize)>> {
    let file = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let mut examples = Vec::new();
    for (number, line) in file.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match line.rsplit_once('\t').map(|(text, label)| (text, label.trim().parse::<usize>())) {
            Some((text, Ok(label))) if label < n_classes => examples.push((text.to_owned(), label)),
            _ if number == 0 => {}
            _ => bail!(
                "line {} of {} is not sentence<TAB>label with a label below {n_classes}",
                number + 1,
                path.display()
            ),
        }
    }
    ensure!(!examples.is_empty(), "{} holds no labelled sentence", path.display());
    Ok(examples)
}
