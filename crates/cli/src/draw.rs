//! A finding to a file that shows it, without a browser and without a model.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;
use vitrine_figure::color::Theme;
use vitrine_figure::drawings;
use vitrine_figure::html::{html, is_address};
use vitrine_figure::svg::svg;
use vitrine_schema::Finding;
use vitrine_share::Link;
use vitrine_words::receipt::told;

use crate::commands::{Answer, print};
use crate::question::text_of;

/// Widths for which figures are laid out.
const WIDTHS: std::ops::RangeInclusive<u32> = 280..=4000;

#[derive(Args)]
pub struct DrawArgs {
    /// A finding as the other commands print it, or - for standard input.
    finding: PathBuf,
    /// File to write; its ending says what: svg, csv, html or json.
    #[arg(long)]
    to: PathBuf,
    /// On which paper.
    #[arg(long, value_enum, default_value_t = ThemeArg::Light)]
    theme: ThemeArg,
    /// Width in pixels, of svg; the figure is laid out for it.
    #[arg(long, default_value_t = 1200)]
    width: u32,
    /// Which figure of the finding, by its name, of svg and csv; the main one unless given.
    #[arg(long)]
    figure: Option<String>,
    /// Address of the live page, to which html leads.
    #[arg(long, value_name = "URL")]
    page: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum ThemeArg {
    Light,
    Dark,
}

/// Writes the file, and says what was written.
pub fn run(args: &DrawArgs) -> Result<Answer> {
    let DrawArgs { finding, to, theme, width, figure, page } = args;
    let kind = to.extension().and_then(|ending| ending.to_str()).unwrap_or_default().to_ascii_lowercase();
    let whole = match kind.as_str() {
        "svg" | "csv" => false,
        "html" | "json" => true,
        "png" => bail!("this version writes svg, csv, html and json, and not yet png"),
        _ => bail!("{} has to end in .svg, .csv, .html or .json, which says what to write", to.display()),
    };
    let (least, most) = WIDTHS.into_inner();
    ensure!(WIDTHS.contains(width), "a width of {width} pixels cannot be drawn; it must be from {least} to {most}");
    ensure!(!whole || figure.is_none(), "{kind} holds all of a finding; leave --figure out");
    if let Some(page) = page {
        ensure!(kind == "html", "--page is where html leads; leave it out of {kind}");
        ensure!(is_address(page), "{page:?} is no address of a page; write one like https://example.org/vitrine/");
    }
    let found = Finding::from_json(&text_of(finding)?)?;
    let theme = match theme {
        ThemeArg::Light => Theme::Light,
        ThemeArg::Dark => Theme::Dark,
    };
    let figures = drawings(&found, *width as f32);
    let all: Vec<&str> = figures.iter().map(|figure| figure.name).collect();
    if whole {
        let file = match kind.as_str() {
            "json" => serde_json::to_string(&told(found).json())?,
            // What does not fit into a link has a file without one.
            _ => html(&found, theme, Link::of(&found)?.write().ok().as_deref(), page.as_deref()),
        };
        write(to, &file)?;
        return print(&json!({ "file": to, "bytes": file.len(), "figures": all }));
    }
    let Some(main) = figures.first() else {
        bail!("a generated text has no figure; explain one of its tokens instead");
    };
    let chosen = match figure {
        None => main,
        Some(name) => figures
            .iter()
            .find(|figure| figure.name == name)
            .with_context(|| format!("this finding has no figure {name:?}; it has {}", all.join(", ")))?,
    };
    let file = match kind.as_str() {
        "csv" => chosen.csv(&found),
        _ => svg(&chosen.drawing, theme, &chosen.says),
    };
    write(to, &file)?;
    print(&json!({ "file": to, "bytes": file.len(), "figure": chosen.name, "figures": all, "says": chosen.says }))
}

fn write(to: &Path, file: &str) -> Result<()> {
    std::fs::write(to, file).with_context(|| format!("{} cannot be written", to.display()))
}
