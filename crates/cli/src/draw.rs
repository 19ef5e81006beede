//! A finding to a file that shows it, without a browser and without a model.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use serde_json::json;
use vitrine_figure::color::Theme;
use vitrine_figure::html::{html, is_address};
use vitrine_figure::picture::{self, WIDTH};
use vitrine_figure::svg::svg;
use vitrine_figure::{Figure, drawings};
use vitrine_schema::Finding;
use vitrine_share::png::{of_pixels, with_link};
use vitrine_share::{Link, Place, address};
use vitrine_words::receipt::told;

use crate::commands::{Answer, print};
use crate::paint::paint;
use crate::question::text_of;

/// The width of an SVG unless one is given.
const SVG_WIDTH: u32 = 1200;
/// Widths for which figures are laid out.
const WIDTHS: std::ops::RangeInclusive<u32> = 280..=4000;

#[derive(Args)]
pub struct DrawArgs {
    /// A finding as the other commands print it, or - for standard input.
    finding: PathBuf,
    /// File to write; its ending says what: svg, png, csv, html or json.
    #[arg(long)]
    to: PathBuf,
    /// On which paper.
    #[arg(long, value_enum, default_value_t = ThemeArg::Light)]
    theme: ThemeArg,
    /// Width in pixels for which the figure is laid out, of svg, 1200 unless given, and of png, 680, which is twice as fine and has a
    /// margin.
    #[arg(long)]
    width: Option<u32>,
    /// Which figure of the finding, by its name, of svg, png and csv; the main one unless given.
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
        "svg" | "png" | "csv" => false,
        "html" | "json" => true,
        _ => bail!("{} has to end in .svg, .png, .csv, .html or .json, which says what to write", to.display()),
    };
    let (least, most) = WIDTHS.into_inner();
    let usual = if kind == "png" { WIDTH as u32 } else { SVG_WIDTH };
    let width = width.unwrap_or(usual);
    ensure!(WIDTHS.contains(&width), "a width of {width} pixels cannot be drawn; it must be from {least} to {most}");
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
    let figures = drawings(&found, width as f32);
    let all: Vec<&str> = figures.iter().map(|figure| figure.name).collect();
    if whole {
        let file = match kind.as_str() {
            "json" => serde_json::to_string(&told(found).json())?,
            // What does not fit into a link has a file without one.
            _ => html(&found, theme, Link::of(&found)?.write().ok().as_deref(), page.as_deref()),
        };
        write(to, file.as_bytes())?;
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
        "csv" => chosen.csv(&found).into_bytes(),
        "png" => png(&found, chosen, theme)?,
        _ => svg(&chosen.drawing, theme, &chosen.told.says).into_bytes(),
    };
    write(to, &file)?;
    print(&json!({ "file": to, "bytes": file.len(), "figure": chosen.name, "figures": all, "says": chosen.told.says }))
}

/// The figure as a picture that opens again on the page: with its link inside, or its question where a link does not hold it.
fn png(found: &Finding, figure: &Figure, theme: Theme) -> Result<Vec<u8>> {
    let question = || address::write(&Place::from(found.resolved().clone())).ok();
    let inside = Link::of(found).and_then(|link| link.write()).ok().or_else(question);
    let picture = paint(&picture::drawing(figure, inside.is_some()), theme)
        .context("this figure is too large for a picture; write svg, or give a smaller --width")?;
    let file = of_pixels(picture.width, picture.height, &picture.pixels)?;
    Ok(inside.map_or(Ok(file.clone()), |inside| with_link(&file, &inside))?)
}

fn write(to: &Path, file: &[u8]) -> Result<()> {
    std::fs::write(to, file).with_context(|| format!("{} cannot be written", to.display()))
}
