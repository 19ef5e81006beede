//! From the flags of a command to the recipe of its question.

use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail};
use vitrine_schema::recipe::{
    Ablate, Attention, Chain, Compare, Courtroom, Explain, Generate, Patch, Probe, Steer, Stream, Vote,
};
use vitrine_schema::{Ask, MethodId, Params, Recipe, Shots, TargetRequest};
use vitrine_share::table::lines;
use vitrine_weights::manifest::sha256_hex;

use crate::{
    AblateArgs, About, ChainArgs, CompareArgs, CourtroomArgs, ExplainArgs, GenerateArgs, InsideArgs, PatchArgs,
    ProbeArgs, QuestionCommand, SteerArgs, TargetArgs, VoteArgs,
};

/// A question, and whether it is to be printed instead of answered.
pub struct Question {
    /// The recipe.
    pub recipe: Recipe,
    /// Whether the recipe is what is printed.
    pub printed: bool,
    /// The table of a probe, or the examples of a chain.
    pub table: Option<String>,
}

/// The question of a command.
pub fn of(command: &QuestionCommand) -> Result<Question> {
    Ok(match command {
        QuestionCommand::Predict { about } => question(about, None, Ask::Predict {}),
        QuestionCommand::Explain(args) => question(&args.about, Some(&args.target), explain(args)?),
        QuestionCommand::Compare(CompareArgs { about, target, methods, with_text, with_model }) => {
            let (methods, with_text, with_model) = (methods.clone(), with_text.clone(), with_model.clone());
            question(about, Some(target), Ask::Compare(Compare { methods, with_text, with_model }))
        }
        QuestionCommand::Attention(InsideArgs { about, target, position }) => {
            question(about, Some(target), Ask::Attention(Attention { position: *position }))
        }
        QuestionCommand::Stream(InsideArgs { about, target, position }) => {
            question(about, Some(target), Ask::Stream(Stream { position: *position }))
        }
        QuestionCommand::Ablate(args) => question(&args.about, Some(&args.target), ablate(args)),
        QuestionCommand::Patch(args) => patch(args),
        QuestionCommand::Generate(args) => generate(args),
        QuestionCommand::Steer(args) => steer(args),
        QuestionCommand::Probe(args) => probe(args)?,
        QuestionCommand::Chain(args) => chain(args)?,
        QuestionCommand::Vote(args) => vote(args)?,
        QuestionCommand::Courtroom(args) => courtroom(args),
        QuestionCommand::Run { recipe, data } => {
            let (recipe, table) = (read(recipe)?, data.as_deref().map(text_of).transpose()?);
            let table = if matches!(recipe.ask, Ask::Probe(_)) { table.map(|table| lines(&table)) } else { table };
            Question { recipe, printed: false, table }
        }
    })
}

fn question(about: &About, target: Option<&TargetArgs>, ask: Ask) -> Question {
    let recipe = Recipe::new(&about.model, &about.text, ask);
    let recipe = match target {
        Some(target) => aimed(recipe, target),
        None => recipe,
    };
    Question { recipe, printed: about.recipe, table: None }
}

fn aimed(recipe: Recipe, TargetArgs { target, foil, quantity, seed }: &TargetArgs) -> Recipe {
    let target = TargetRequest { target: target.clone(), foil: foil.clone(), quantity: *quantity };
    Recipe { target, seed: *seed, ..recipe }
}

fn explain(args: &ExplainArgs) -> Result<Ask> {
    let method = MethodId::asked(&args.method)?;
    let mut words = Vec::new();
    for pair in &args.set {
        let Some((key, value)) = pair.split_once('=') else {
            bail!("--set takes KEY=VALUE, not {pair:?}");
        };
        words.push((key.trim().replace('-', "_"), value.trim().to_owned()));
    }
    words.extend(args.baseline.iter().map(|baseline| ("baseline".to_owned(), baseline.clone())));
    let (params, players) = (Params::from_words(method, words), args.players.clone());
    Ok(Ask::Explain(Explain {
        method,
        params,
        players,
        continuation: args.continuation.clone(),
        receipt: args.receipt,
    }))
}

fn ablate(args: &AblateArgs) -> Ask {
    let AblateArgs { tokens, parts, how, resample_from, write, neurons, .. } = args;
    let (tokens, parts, resample_from) = (tokens.clone(), parts.clone(), resample_from.clone());
    Ask::Ablate(Ablate { tokens, parts, how: *how, resample_from, write: *write, neurons: *neurons })
}

fn patch(args: &PatchArgs) -> Question {
    let PatchArgs { model, clean, corrupt, target, site, direction, approximate, cells, align, join, recipe } = args;
    let (clean, corrupt, site, direction) = (clean.clone(), corrupt.clone(), *site, *direction);
    let (cells, align) = (cells.clone(), align.clone());
    let ask = Patch { clean, corrupt, site, direction, approximate: *approximate, cells, align, join: *join };
    Question { recipe: aimed(Recipe::without_text(model, Ask::Patch(ask)), target), printed: *recipe, table: None }
}

fn probe(args: &ProbeArgs) -> Result<Question> {
    let ProbeArgs { model, data, position, probe, layer, seeds, seed, recipe } = args;
    // As the page reads it, so that both name a table alike.
    let table = lines(&text_of(data)?);
    let data = sha256_hex(table.as_bytes());
    let ask = Ask::Probe(Probe { data, position: *position, probe: *probe, layer: *layer, seeds: *seeds });
    let asked = Recipe { seed: *seed, ..Recipe::without_text(model, ask) };
    Ok(Question { recipe: asked, printed: *recipe, table: Some(table) })
}

fn chain(args: &ChainArgs) -> Result<Question> {
    let ChainArgs { model, question, inject, forced, seed, recipe, .. } = args;
    let (shots, table) = shots(&args.shots)?;
    let ask = Ask::Chain(Chain { question: question.clone(), shots, inject: inject.clone(), forced: *forced });
    let asked = Recipe { seed: *seed, ..Recipe::without_text(model, ask) };
    Ok(Question { recipe: asked, printed: *recipe, table })
}

fn vote(args: &VoteArgs) -> Result<Question> {
    let VoteArgs { model, question, samples, temperature, seed, recipe, .. } = args;
    let (shots, table) = shots(&args.shots)?;
    let ask = Vote { question: question.clone(), shots, samples: *samples, temperature: *temperature };
    let asked = Recipe { seed: *seed, ..Recipe::without_text(model, Ask::Vote(ask)) };
    Ok(Question { recipe: asked, printed: *recipe, table })
}

fn courtroom(args: &CourtroomArgs) -> Question {
    let CourtroomArgs { ref model, family, problems, test, forced, seed, recipe } = *args;
    let ask = Ask::Courtroom(Courtroom { family, problems, test, forced });
    let asked = Recipe { seed, ..Recipe::without_text(model, ask) };
    Question { recipe: asked, printed: recipe, table: None }
}

/// A built-in set of examples by its name, or a file of them.
fn shots(word: &str) -> Result<(Shots, Option<String>)> {
    let built_in = [Shots::Four, Shots::Direct, Shots::None, Shots::Zero];
    if let Some(shots) = built_in.into_iter().find(|shots| shots.to_string() == word) {
        return Ok((shots, None));
    }
    let examples = text_of(Path::new(word))?;
    Ok((Shots::File(sha256_hex(examples.as_bytes())), Some(examples)))
}

fn steer(args: &SteerArgs) -> Question {
    let SteerArgs { model, prompt, toward, away, layer, strength, recipe } = args;
    let (toward, away) = (toward.clone(), away.clone());
    let ask = Ask::Steer(Steer { toward, away, layer: *layer, strength: *strength });
    Question { recipe: Recipe::new(model, prompt, ask), printed: *recipe, table: None }
}

fn generate(args: &GenerateArgs) -> Question {
    let GenerateArgs { chat, max_tokens, temperature, top_k, .. } = *args;
    let ask = Ask::Generate(Generate { chat, system: args.system.clone(), max_tokens, temperature, top_k });
    let recipe = Recipe { seed: args.seed, ..Recipe::new(&args.model, &args.prompt, ask) };
    Question { recipe, printed: args.recipe, table: None }
}

fn read(path: &Path) -> Result<Recipe> {
    Ok(Recipe::from_json(&text_of(path)?)?)
}

/// A file, or standard input for `-`.
pub fn text_of(path: &Path) -> Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("standard input cannot be read")?;
    } else {
        text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    }
    Ok(text)
}
