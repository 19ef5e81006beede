//! `vitrine`: the engine on the command line.
//!
//! Results are JSON on standard output; an error is one sentence on standard error with exit code 2.

mod commands;
mod export;
mod library;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};

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

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum QuantityArg {
    Logit,
    LogProb,
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
    /// The model's answer to a text.
    Predict {
        /// Identifier of an installed model, a folder in Hugging Face layout, or a GGUF file.
        #[arg(long)]
        model: String,
        /// The text.
        #[arg(long, allow_hyphen_values = true)]
        text: String,
    },
    /// Why the model gave its answer.
    Explain(ExplainArgs),
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
    /// Continue a text.
    Generate(GenerateArgs),
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

#[derive(Args)]
struct ExplainArgs {
    /// Identifier of an installed model, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// integrated-gradients, gradient-x-input, saliency or occlusion.
    #[arg(long)]
    method: String,
    /// The text.
    #[arg(long, allow_hyphen_values = true)]
    text: String,
    /// Class or token to explain; the model's own answer unless given.
    #[arg(long, allow_hyphen_values = true)]
    target: Option<String>,
    /// Class or token to compare the target with.
    #[arg(long, allow_hyphen_values = true)]
    foil: Option<String>,
    /// Explain the logit or the log-probability, where there is no foil.
    #[arg(long, value_enum)]
    quantity: Option<QuantityArg>,
    /// What stands in for "nothing was said": mask, pad, zero, mean or eos.
    #[arg(long)]
    baseline: Option<String>,
    /// A parameter of the method.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// Seed of every random choice.
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Args)]
struct GenerateArgs {
    /// Identifier of an installed model of language, a folder in Hugging Face layout, or a GGUF file.
    #[arg(long)]
    model: String,
    /// The text to continue, or with --chat what the user says.
    #[arg(long, allow_hyphen_values = true)]
    prompt: String,
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
    #[arg(long, default_value_t = 0.0)]
    temperature: f32,
    /// Only that many likeliest tokens can be drawn; 0 for all.
    #[arg(long, default_value_t = 0)]
    top_k: usize,
    /// Seed of the draws.
    #[arg(long, default_value_t = 0)]
    seed: u64,
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
