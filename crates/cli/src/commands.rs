//! One function per command; each returns the JSON to print.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use futures_executor::block_on;
use serde::Serialize;
use serde_json::json;
use vitrine_engine::{Prompt, Unwatched, folder};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::{ChatMessage, Method, Quantity, Recipe, Sampling, TargetRequest};
use vitrine_share::tensors_to_safetensors;
use vitrine_weights::Described;

use crate::{Cli, Command, DeviceArg, ExplainArgs, GenerateArgs, QuantityArg, export, library};

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
        Command::Models => models(&root),
        Command::Inspect { model } => inspect(&root, model, cli.global.device),
        Command::Predict { model, text } => print(&block_on(open(model)?.predict(text))?),
        Command::Explain(args) => {
            let session = open(&args.model)?;
            let recipe = recipe(args, session.card().causal)?;
            print(&block_on(session.explain(&recipe, &Unwatched))?)
        }
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
        Command::Generate(args) => {
            let session = open(&args.model)?;
            ensure!(args.temperature.is_finite() && args.temperature >= 0.0, "the temperature must be 0 or more");
            let chat = if args.chat { Some(session.chat_prompt(&messages(args), now())?) } else { None };
            let prompt = chat.as_deref().map_or(Prompt::Text(&args.prompt), Prompt::Chat);
            let sampling = Sampling { temperature: args.temperature, top_k: args.top_k, seed: args.seed };
            print(&block_on(session.generate(prompt, args.max_tokens, sampling, &mut |_, _| {}, &Unwatched))?)
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

fn messages(args: &GenerateArgs) -> Vec<ChatMessage> {
    let message = |role: &str, content: &String| ChatMessage { role: role.to_owned(), content: content.clone() };
    let system = args.system.as_ref().map(|content| message("system", content));
    system.into_iter().chain([message("user", &args.prompt)]).collect()
}

fn recipe(args: &ExplainArgs, causal: bool) -> Result<Recipe> {
    let mut params = BTreeMap::new();
    for pair in &args.set {
        let Some((key, value)) = pair.split_once('=') else {
            bail!("--set takes KEY=VALUE, not {pair:?}");
        };
        params.insert(key.trim().to_owned(), value.trim().to_owned());
    }
    if let Some(baseline) = &args.baseline {
        params.insert("baseline".to_owned(), baseline.clone());
    }
    let method = Method::from_params(&args.method, &params, causal)?;
    let quantity = args.quantity.map(|quantity| match quantity {
        QuantityArg::Logit => Quantity::Logit,
        QuantityArg::LogProb => Quantity::LogProb,
    });
    let target = TargetRequest { target: args.target.clone(), foil: args.foil.clone(), quantity };
    Ok(Recipe { model: args.model.clone(), text: args.text.clone(), target, method, seed: args.seed })
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
