//! The line that puts what is shown into someone else's page.

use leptos::html::Input;
use leptos::prelude::*;
use vitrine_schema::Recipe;
use vitrine_share::embed::{Paper, Piece};
use vitrine_share::link::{Sent, Summarized};
use vitrine_share::{Embed, Link};
use vitrine_words::narrator;

use super::Taken;
use super::copying::Copying;
use super::words::Words;
use crate::services::page::absolute;

/// Width of a frame for which its height is reckoned, and of a letter in it, in pixels.
const FRAME: f32 = 640.0;
const LETTER: f32 = 11.0;
/// Letters of a word, about; rows of a table for which room is asked, and room for the foot.
const WORD: usize = 5;
const MOST_ROWS: u32 = 12;
const FOOT: u32 = 130;

/// The row of the embed: which pieces, and the line with its height.
#[component]
pub fn FrameRow(taken: Signal<Option<Taken>>, words: Words) -> impl IntoView {
    let show = RwSignal::new(Embed::USUAL.to_vec());
    let (field, copying) = (NodeRef::<Input>::new(), Copying::default());
    let line = Memo::new(move |_| {
        let taken = taken.get()?;
        let payload = taken.payload(words.sender().ok()?).ok()?;
        let letters = taken.recipe.subject().map_or(0, |text| text.chars().count());
        let show = show.get();
        let height = match &taken.link {
            Ok(Link { sent: Sent::Summary(sent), recipe, .. }) => height_of_lines(&lines(sent, recipe)),
            _ => height(&show, letters),
        };
        let address = absolute(&format!(
            "embed.html#{}",
            Embed { payload, show, paper: Paper::Auto, predict: false, fault: None }
        ));
        Some(format!(
            "<iframe src=\"{address}\" title=\"An explanation in Vitrine\" width=\"100%\" height=\"{height}\" \
             style=\"border:0\" loading=\"lazy\"></iframe>"
        ))
    });
    let text = Memo::new(move |_| line.get().unwrap_or_default());
    copying.follow(field, text);
    let take = move |_| copying.copy_from(field, text.get_untracked());
    let toggle = move |piece: Piece| {
        show.update(|show| match show.iter().position(|shown| *shown == piece) {
            Some(at) => drop(show.remove(at)),
            None => {
                show.push(piece);
                show.sort();
            }
        });
    };
    let there = Memo::new(move |_| line.with(Option::is_some));
    move || {
        there.get().then(|| view! {
            <li class="take__row">
                <b>"Embed"</b>
                <input type="text" class="field take__link" readonly aria-label="The line for a frame" data-testid="embed-line" node_ref=field prop:value=text/>
                <button type="button" class="button" data-testid="copy-embed" on:click=take>{move || copying.label("Copy")}</button>
                <p class="aside-text" role="status">{move || copying.refused().unwrap_or("A frame for a course page or an article; it shows, without a model:")}</p>
                <p class="take__pieces" role="group" aria-label="What the frame shows">
                    {Piece::ALL.map(|piece| view! {
                        <button type="button" class="quiet" aria-pressed=move || show.with(|show| show.contains(&piece)).to_string() on:click=move |_| toggle(piece)>{piece.name()}</button>
                    }).collect_view()}
                </p>
            </li>
        })
    }
}

/// What an embed says of what travels as a summary.
fn lines(sent: &Summarized, recipe: &Recipe) -> Vec<String> {
    let Summarized { model, input, summary } = sent;
    let claim = narrator::summary(summary, model, recipe, input);
    [vec![claim], narrator::beside(summary, model, recipe)].concat()
}

/// About how high a frame is that says these, in pixels.
fn height_of_lines(lines: &[String]) -> u32 {
    const LINE: u32 = 28;
    let rows = |line: &String| (line.chars().count() as f32 * LETTER / FRAME).ceil().max(1.0) as u32;
    FOOT + LINE * lines.iter().map(rows).sum::<u32>()
}

/// About how high a frame is that shows these pieces of a text, in pixels: what each takes in the embed, and its foot.
fn height(show: &[Piece], letters: usize) -> u32 {
    let lines = (letters as f32 * LETTER / FRAME).ceil().max(1.0) as u32;
    let pieces = show.iter().map(|piece| match piece {
        Piece::Claim => 56,
        Piece::Figure => 72 + 40 * lines,
        Piece::Receipt => 150,
        Piece::Path => 420,
        Piece::Controls => 0,
        // A row for each word.
        Piece::Table => 80 + 26 * u32::try_from(letters / WORD).unwrap_or(MOST_ROWS).min(MOST_ROWS),
    });
    FOOT + pieces.sum::<u32>()
}
