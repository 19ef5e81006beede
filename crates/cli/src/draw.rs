//! A finding to a file that shows it, without a browser and without a model.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;
use vitrine_figure::color::Theme;
use vitrine_figure::drawings;
use vitrine_figure::svg::svg;
use vitrine_figure::table::csv;
use vitrine_schema::Finding;

use crate::commands::{Answer, print};
use crate::question::text_of;

/// Widths for which figures are laid out.
const WIDTHS: std::ops::RangeInclusive<u32> = 280..=4000;

#[derive(Args)]
pub struct DrawArgs {
    /// A finding as the other commands print it, or - for standard input.
    finding: PathBuf,
    /// File to write; its ending says what: svg or csv.
    #[arg(long)]
    to: PathBuf,
    /// On which paper.
    #[arg(long, value_enum, default_value_t = ThemeArg::Light)]
    theme: ThemeArg,
    /// Width in pixels; the figure is laid out for it.
    #[arg(long, default_value_t = 1200)]
    width: u32,
    /// Which figure of the finding, by its name; the main one unless given.
    #[arg(long)]
    figure: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ThemeArg {
    Light,
    Dark,
}

/// Writes the figure, and says what was written.
pub fn run(args: &DrawArgs) -> Result<Answer> {
    let DrawArgs { finding, to, theme, width, figure } = args;
    let kind = to.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    match kind.as_str() {
        "svg" | "csv" => {}
        "png" | "html" | "json" => bail!("this version writes svg and csv, and not yet {kind}"),
        _ => bail!("{} has to end in .svg or .csv, which says what to write", to.display()),
    }
    let (least, most) = WIDTHS.into_inner();
    ensure!(WIDTHS.contains(width), "a width of {width} pixels cannot be drawn; it must be from {least} to {most}");
    let found = Finding::from_json(&text_of(finding)?)?;
    let figures = drawings(&found, *width as f32);
    let Some(main) = figures.first() else {
        bail!("a generated text has no figure; explain one of its tokens instead");
    };
    let chosen = match figure {
        None => main,
        Some(name) => figures.iter().find(|figure| figure.name == name).with_context(|| {
            let names: Vec<&str> = figures.iter().map(|figure| figure.name).collect();
            format!("this finding has no figure {name:?}; it has {}", names.join(", "))
        })?,
    };
    let theme = match theme {
        ThemeArg::Light => Theme::Light,
        ThemeArg::Dark => Theme::Dark,
    };
    let file = if kind == "csv" { csv(&chosen.table) } else { svg(&chosen.drawing, theme, &chosen.says) };
    write(to, &file)?;
    let all: Vec<&str> = figures.iter().map(|figure| figure.name).collect();
    print(&json!({ "file": to, "bytes": file.len(), "figure": chosen.name, "figures": all, "says": chosen.says }))
}

fn write(to: &Path, file: &str) -> Result<()> {
    std::fs::write(to, file).with_context(|| format!("{} cannot be written", to.display()))
}
