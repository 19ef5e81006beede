//! `vitrine`: the engine on the command line.
//!
//! Results are JSON on standard output; an error is one sentence on standard error with exit code 2.

mod commands;
mod draw;
mod export;
mod library;
mod link;
mod paint;
mod question;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

use vitrine_schema::recipe::{Courtroom, Steer, Vote};
use vitrine_schema::{
    Aligned, Cell, Direction, Evidence, Family, How, Inject, Methods, Part, PatchSite, Players, ProbeKind,
    ProbePosition, Quantity,
};

use commands::Answer;

/// Runs small transformers and shows why they said that.
#[derive(Parser)]
#[command(name = "vitrine", version)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
struct Global {
    /// Where to compute.
    #[arg(long, global = true, value_enum, default_value_t = DeviceArg::Auto)]
    device: DeviceArg,
    /// Folder with the installed models; `models` beside the working directory or the program unless given.
    #[arg(long, global = true, value_name = "DIR")]
    models: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum DeviceArg {
    Auto,
    Cpu,
    Gpu,
}

#[derive(Subcommand)]
enum Command {
    /// List what is installed.
    Models,
    /// What was read of a model, and what was not.
    Inspect {
        /// Identifier of an installed model, a folder in Hugging Face layout, or a GGUF file.
        model: String,
    },
    #[command(flatten)]
    Question(QuestionCommand),
    /// A finding as a file that shows it.
    Draw(draw::DrawArgs),
    /// The payload of a link to a finding; runs no model.
    Link(link::LinkArgs),
    /// What a link holds; runs no model.
    Open {
        /// The payload or the whole link, or - for standard input.
        payload: String,
    },
    /// Activations at sites, as a safetensors file.
    Trace {
        /// Identifier or folder.
        #[arg(long)]
        model: String,
        /// The text.
        #[arg(long, allow_hyphen_values = true)]
        text: String,
        /// Names of sites, separated by commas; `*` stands for anything.
        #[arg(long)]
        sites: String,
        /// File to write.
        #[arg(long)]
        out: PathBuf,
    },
    /// Write a model as a Hugging Face folder with 32-bit weights.
    Export {
        /// Identifier or folder.
        #[arg(long)]
        model: String,
        /// Folder to write.
        #[arg(long)]
        to: PathBuf,
    },
    /// Accuracy on a file of `sentence<TAB>label` lines.
    Eval {
        /// Identifier or folder.
        #[arg(long)]
        model: String,
        /// The file.
        #[arg(long)]
        data: PathBuf,
    },
}

/// What is answered by a finding.
#[derive(Subcommand)]
enum QuestionCommand {
    /// The model's answer to a text.
    Predict {
        #[command(flatten)]
        about: About,
    },
    /// Why the model gave its answer.
    Explain(ExplainArgs),
    /// Why the model gave its answer, by several methods.
    Compare(CompareArgs),
    /// Where each head looks.
    Attention(InsideArgs),
    /// What each layer writes into the residual stream.
    Stream(InsideArgs),
    /// The answer without tokens of the text, or without parts of the model.
    Ablate(AblateArgs),
    /// What copying from the run of one text into that of another brings over, cell by cell.
    Patch(PatchArgs),
    /// Continue a text.
    Generate(GenerateArgs),
    /// Continue a text while the stream is pushed from what one text means toward what another does.
    Steer(SteerArgs),
    /// What can be read off each layer: a probe of each, on a table of labelled texts.
    Probe(ProbeArgs),
    /// Answer a question step by step, and again with a step replaced.
    Chain(ChainArgs),
    /// Answer a question by several sampled chains, and count what they say.
    Vote(VoteArgs),
    /// Whether answers depend on their chains: many problems, each chain changed and answered again.
    Courtroom(CourtroomArgs),
    /// Answer the question of a recipe.
    Run {
        /// A file, or - for standard input.
        recipe: PathBuf,
        /// The table of a probe, or the examples of a chain, that the recipe names by its SHA-256.
        #[arg(long, value_name = "FILE")]
        data: Option<PathBuf>,
    },
}

/// What every question about a text begins with.
#[derive(Args)]
struct About {
    /// Identifier of an installed model, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// The text.
    #[arg(long, allow_hyphen_values = true)]
    text: String,
    /// Print the recipe instead of answering it.
    #[arg(long)]
    recipe: bool,
}

/// Which answer a question is about.
#[derive(Args)]
struct TargetArgs {
    /// Class or token; of two classes the second unless given, else the model's own answer.
    #[arg(long, allow_hyphen_values = true)]
    target: Option<String>,
    /// Class or token to compare the target with.
    #[arg(long, allow_hyphen_values = true)]
    foil: Option<String>,
    /// logit, logit-difference or log-prob.
    #[arg(long, value_parser = quantity)]
    quantity: Option<Quantity>,
    /// Seed of every random choice.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Args)]
struct InsideArgs {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    target: TargetArgs,
    /// Position that is looked at; what the answer is read from unless given.
    #[arg(long)]
    position: Option<usize>,
}

#[derive(Args)]
struct ExplainArgs {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    target: TargetArgs,
    /// Identifier of a method, such as integrated-gradients or occlusion.
    #[arg(long)]
    method: String,
    /// The same as --set baseline=.
    #[arg(long)]
    baseline: Option<String>,
    /// A parameter of the method.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// What is scored as one: tokens, words, sentences, or byte ranges of the text such as `[[0,5],[6,9]]`.
    #[arg(long, default_value_t = Players::Tokens)]
    players: Players,
    /// Of a model of language: how the text goes on; each of its tokens is explained by all before it.
    #[arg(long, allow_hyphen_values = true)]
    continuation: Option<String>,
    /// Measure how far to trust the scores, by taking words out in their order.
    #[arg(long)]
    receipt: bool,
}

#[derive(Args)]
struct CompareArgs {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    target: TargetArgs,
    /// Identifiers of methods, separated by commas; all that serve unless given.
    #[arg(long, default_value_t = Methods::All)]
    methods: Methods,
    /// Another text to compare with.
    #[arg(long, allow_hyphen_values = true, conflicts_with = "with_model")]
    with_text: Option<String>,
    /// Another model to compare with.
    #[arg(long)]
    with_model: Option<String>,
}

#[derive(Args)]
struct AblateArgs {
    #[command(flatten)]
    about: About,
    #[command(flatten)]
    target: TargetArgs,
    /// Positions of tokens to take out, separated by commas.
    #[arg(long, value_delimiter = ',', conflicts_with = "parts")]
    tokens: Vec<usize>,
    /// Parts of the model to take out, separated by commas: L5H1 is a head, MLP3 an MLP, L5N120 a neuron.
    #[arg(long, value_delimiter = ',')]
    parts: Vec<Part>,
    /// What taking out means. Tokens: mask, delete, block-attention, mean, eos, space. Parts: zero, mean, resample; heads also
    /// shuffle.
    #[arg(long, value_parser = how)]
    how: Option<How>,
    /// For resample: the text from whose run the parts are taken.
    #[arg(long, allow_hyphen_values = true)]
    resample_from: Option<String>,
    /// Tokens that a model of language goes on to write, with everything there and without the parts; 256 at most.
    #[arg(long, value_name = "TOKENS", default_value_t = 0)]
    write: usize,
    /// Neurons that are listed of the MLPs among the parts, those with the largest effects by activation and gradient; 64 at most.
    #[arg(long, default_value_t = 0)]
    neurons: usize,
}

#[derive(Args)]
struct GenerateArgs {
    /// Identifier of an installed model of language, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// The text to continue, or with --chat what the user says.
    #[arg(long, allow_hyphen_values = true)]
    prompt: String,
    /// Print the recipe instead of answering it.
    #[arg(long)]
    recipe: bool,
    /// Put the prompt into the model's chat template.
    #[arg(long)]
    chat: bool,
    /// With --chat, what the system says first.
    #[arg(long, requires = "chat", allow_hyphen_values = true)]
    system: Option<String>,
    /// Most tokens to write.
    #[arg(long, default_value_t = 64)]
    max_tokens: usize,
    /// Divides the logits before a token is drawn; 0 takes the likeliest.
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true)]
    temperature: f32,
    /// Only that many likeliest tokens can be drawn; 0 for all.
    #[arg(long, default_value_t = 0)]
    top_k: usize,
    /// Seed of the draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Args)]
struct PatchArgs {
    /// Identifier of an installed model, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// The first text, A.
    #[arg(long, allow_hyphen_values = true)]
    clean: String,
    /// The second text, B.
    #[arg(long, allow_hyphen_values = true)]
    corrupt: String,
    #[command(flatten)]
    target: TargetArgs,
    /// What is copied: resid_pre, attn_out or mlp_out at a token; head, q, k, v or pattern of a head.
    #[arg(long, value_parser = site, default_value_t = PatchSite::default())]
    site: PatchSite,
    /// denoise copies from A into B, noise from B into A.
    #[arg(long, value_parser = direction, default_value_t = Direction::default())]
    direction: Direction,
    /// Estimate all cells from one gradient instead of running each.
    #[arg(long)]
    approximate: bool,
    /// Only these cells, separated by commas: 20:9 is layer 20 and token or head 9.
    #[arg(long, value_delimiter = ',')]
    cells: Vec<Cell>,
    /// Which tokens belong together, separated by commas: 3:4 is token 3 of A and token 4 of B; unless given one to one, or by what both
    /// texts have in common where one has more tokens.
    #[arg(long, value_delimiter = ',')]
    align: Vec<Aligned>,
    /// Join so many of the largest cells: run what each brings over while a later one is kept as it was; 16 at most.
    #[arg(long, value_name = "CELLS", default_value_t = 0)]
    join: usize,
    /// Print the recipe instead of answering it.
    #[arg(long)]
    recipe: bool,
}

#[derive(Args)]
struct SteerArgs {
    /// Identifier of an installed model of language, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// The text to continue.
    #[arg(long, allow_hyphen_values = true)]
    prompt: String,
    /// The text whose last token says where to push.
    #[arg(long, allow_hyphen_values = true)]
    toward: String,
    /// The text whose last token says where from.
    #[arg(long, allow_hyphen_values = true)]
    away: String,
    /// Before which layer; the middle one unless given.
    #[arg(long)]
    layer: Option<usize>,
    /// How many times the difference is added.
    #[arg(long, default_value_t = Steer::default().strength, allow_negative_numbers = true)]
    strength: f32,
    /// Print the recipe instead of answering it.
    #[arg(long)]
    recipe: bool,
}

#[derive(Args)]
struct ProbeArgs {
    /// Identifier of an installed model, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// File of `text<TAB>label` lines.
    #[arg(long, value_name = "FILE")]
    data: PathBuf,
    /// Which token is read: last, mean of all, or marked, the word that stands between asterisks.
    #[arg(long, value_parser = probe_position, default_value_t = ProbePosition::default())]
    position: ProbePosition,
    /// linear, or shallow with one hidden layer.
    #[arg(long, value_parser = probe_kind, default_value_t = ProbeKind::default())]
    probe: ProbeKind,
    /// Layer at which what is read is taken out of 20 held-out texts, to see whether the model uses it.
    #[arg(long)]
    layer: Option<usize>,
    /// How many draws of what is held out, 20 at most: the seed and those that follow it.
    #[arg(long, default_value_t = 1)]
    seeds: usize,
    /// Seed of the split, the control and the start of a shallow probe.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the recipe instead of answering it.
    #[arg(long)]
    recipe: bool,
}

#[derive(Args)]
struct ChainArgs {
    /// Identifier of an installed model of language, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// The question.
    #[arg(long, allow_hyphen_values = true)]
    question: String,
    /// What stands before it: four worked examples; direct, the same without their reasoning; none, and the answer is wanted at
    /// once; zero, the model's chat with "Let's think step by step."; or a file of examples.
    #[arg(long, default_value = "four", value_name = "FILE|direct|none|zero")]
    shots: String,
    /// A step that is replaced, counted from 1, such as `2=y = 3 + 5 = 11.`; what comes after it is written again.
    #[arg(long, value_name = "STEP=TEXT", allow_hyphen_values = true)]
    inject: Option<Inject>,
    /// Give the start of the step after the replaced one too.
    #[arg(long, requires = "inject")]
    forced: bool,
    /// Seed; a chain takes the likeliest tokens and needs none.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the recipe instead of answering it.
    #[arg(long)]
    recipe: bool,
}

#[derive(Args)]
struct VoteArgs {
    /// Identifier of an installed model of language, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// The question.
    #[arg(long, allow_hyphen_values = true)]
    question: String,
    /// How many chains.
    #[arg(long, default_value_t = Vote::default().samples)]
    samples: usize,
    /// Divides the logits before a token is drawn; 0 takes the likeliest.
    #[arg(long, default_value_t = Vote::default().temperature, allow_negative_numbers = true)]
    temperature: f32,
    /// What stands before the question, as in `vitrine chain`.
    #[arg(long, default_value = "four", value_name = "FILE|direct|none|zero")]
    shots: String,
    /// Seed of the first chain; those of the others count on from it.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the recipe instead of answering it.
    #[arg(long)]
    recipe: bool,
}

#[derive(Args)]
struct CourtroomArgs {
    /// Identifier of an installed model of language, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// What the problems are like: chain, sums one after the other; pens, little stories.
    #[arg(long, value_parser = family, default_value_t = Family::default())]
    family: Family,
    /// How many.
    #[arg(long, default_value_t = Courtroom::default().problems)]
    problems: usize,
    /// What is done to each chain: corrupt, cut, swap, filler, hint or early.
    #[arg(long, value_parser = evidence, default_value_t = Evidence::default())]
    test: Evidence,
    /// Give the start of the step after the changed one too.
    #[arg(long)]
    forced: bool,
    /// Seed of the problems.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the recipe instead of answering it.
    #[arg(long)]
    recipe: bool,
}

fn family(name: &str) -> Result<Family, String> {
    Family::named(name).ok_or_else(|| one_of(Family::ALL.iter().map(|family| family.name())))
}

fn evidence(name: &str) -> Result<Evidence, String> {
    Evidence::named(name).ok_or_else(|| one_of(Evidence::ALL.iter().map(|test| test.name())))
}

fn probe_position(name: &str) -> Result<ProbePosition, String> {
    ProbePosition::named(name).ok_or_else(|| one_of(ProbePosition::ALL.iter().map(|position| position.name())))
}

fn probe_kind(name: &str) -> Result<ProbeKind, String> {
    ProbeKind::named(name).ok_or_else(|| one_of(ProbeKind::ALL.iter().map(|kind| kind.name())))
}

fn site(name: &str) -> Result<PatchSite, String> {
    PatchSite::named(name).ok_or_else(|| one_of(PatchSite::ALL.iter().map(|site| site.name())))
}

fn direction(name: &str) -> Result<Direction, String> {
    Direction::named(name).ok_or_else(|| one_of(Direction::ALL.iter().map(|direction| direction.name())))
}

fn quantity(name: &str) -> Result<Quantity, String> {
    Quantity::named(name).ok_or_else(|| one_of(Quantity::ALL.iter().map(|quantity| quantity.name())))
}

fn how(name: &str) -> Result<How, String> {
    How::named(name).ok_or_else(|| one_of(How::ALL.iter().map(|how| how.name())))
}

fn one_of(names: impl Iterator<Item = &'static str>) -> String {
    format!("it must be one of {}", names.collect::<Vec<_>>().join(", "))
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // Help and version are answers, not errors.
        Err(error) if error.exit_code() == 0 => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => return refuse(&usage(&error)),
    };
    match commands::run(&cli) {
        Ok(Answer { json, refusal }) => match (writeln!(std::io::stdout(), "{json}"), refusal) {
            (Ok(()), None) => ExitCode::SUCCESS,
            (Ok(()), Some(sentence)) => refuse(&sentence),
            (Err(_), _) => ExitCode::from(2),
        },
        Err(error) => refuse(&format!("{error:#}")),
    }
}

/// The first line of clap's message; the rest is its usage block.
fn usage(error: &clap::Error) -> String {
    if error.kind() == clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "say what to do; `vitrine --help` lists the commands".to_owned();
    }
    let rendered = error.to_string();
    let told: Vec<&str> = rendered.lines().take_while(|line| !line.starts_with("Usage")).map(str::trim).collect();
    told.join(" ").trim().trim_start_matches("error: ").to_owned()
}

fn refuse(sentence: &str) -> ExitCode {
    let one_line = sentence.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(std::io::stderr(), "vitrine: {one_line}");
    ExitCode::from(2)
}
