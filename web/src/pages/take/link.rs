//! The link, and what carries it: the clipboard, the system's share sheet, a code for a camera.

use leptos::html::Input;
use leptos::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_figure::qr;
use vitrine_share::LinkError;
use vitrine_words::failure::sentence_of;
use vitrine_words::size::size;

use super::copying::Copying;
use super::words::{Words, WordsFields};
use super::{Take, Taken};
use crate::elements::drawing::DrawingView;
use crate::services::page::absolute;
use crate::services::take::{share, sheet};

/// Widest that a code is drawn.
const CODE: f32 = 320.0;

/// An address to be taken, and what is said of it.
#[derive(Clone, PartialEq)]
struct Address {
    text: String,
    about: String,
}

/// The link with the sender's words; the question alone where it does not hold the result.
fn address(taken: &Taken, words: Words) -> Result<Address, String> {
    let said = |error: LinkError| sentence_of(&error.to_string());
    let sender = words.sender().map_err(said)?;
    match taken.payload(sender) {
        Ok(payload) => {
            // Without what this visit’s address says of the device.
            let text = absolute(&format!("./#/x/{payload}"));
            let about = format!(
                "{}. Opens at once, without a model; whoever opens it can have it computed again on their own device.",
                size(text.len())
            );
            Ok(Address { text, about })
        }
        Err(error) => {
            let text = taken.question()?;
            let about = format!("{}. The question alone, which is asked again: {error}.", size(text.len()));
            Ok(Address { text, about })
        }
    }
}

/// What a code holds, and what is said of it; nothing where even the question is too long for one.
fn code(link: &str, question: Option<Result<String, String>>) -> (Option<String>, String) {
    let (most, letters) = (qr::MOST_CHARACTERS, |text: &str| text.chars().count());
    if letters(link) <= most {
        return (Some(link.to_owned()), "Of this link, for a camera.".to_owned());
    }
    let too_long = format!("the link has {} characters, and a camera reads at most {most}.", letters(link));
    match question.and_then(Result::ok).filter(|question| letters(question) <= most) {
        Some(question) => (Some(question), format!("Of the question alone, for a camera: {too_long}")),
        None => (None, format!("There is none: {too_long} Take a file, or shorten the text.")),
    }
}

/// Copies the link at once, without words of the sender's that were not written; where that cannot be done, everything that can be
/// taken opens, and with it the link to copy by hand.
#[component]
pub fn CopyLink(take: Take) -> impl IntoView {
    let Take { open, words, ready, taken } = take;
    let copying = Copying::default();
    let go = move |_| match untrack(|| taken.get()).map(|taken| address(&taken, words)) {
        Some(Ok(link)) => copying.copy(link.text, move || _ = open.try_set(true)),
        _ => open.set(true),
    };
    view! {
        <button type="button" class="quiet" data-testid="share-link" disabled=move || !ready.get() on:click=go>
            <span aria-live="polite">{move || copying.label("Copy link")}</span>
        </button>
        {move || copying.refused().map(|_| view! {
            <span class="aside-text" role="status" data-testid="no-clipboard">"This browser lends no clipboard here: copy the link below by hand."</span>
        })}
    }
}

/// The rows of the link.
#[component]
pub fn Links(taken: Signal<Option<Taken>>, words: Words) -> impl IntoView {
    let field = NodeRef::<Input>::new();
    let copying = Copying::default();
    let question = Memo::new(move |_| taken.with(|taken| taken.as_ref().map(Taken::question)));
    let here = Memo::new(move |_| taken.with(|taken| taken.as_ref().map(|taken| address(taken, words))));
    let text = Memo::new(move |_| here.get().and_then(Result::ok).map(|address| address.text).unwrap_or_default());
    copying.follow(field, text);
    let take = move |_| copying.copy_from(field, text.get_untracked());
    let said = move || match here.get()? {
        Err(said) => Some(said),
        Ok(address) => Some(copying.refused().map_or(address.about, str::to_owned)),
    };
    let is_wrong = move || !here.with(|here| here.as_ref().is_some_and(Result::is_ok));
    let title = move || words.sender().ok().and_then(|sender| sender.title).unwrap_or_default();
    view! {
        <li class="take__row">
            <b>"Link"</b>
            <input type="text" class="field take__link" readonly aria-label="The link" data-testid="link" node_ref=field prop:value=text/>
            <button type="button" class="button" data-testid="copy-link" disabled=is_wrong on:click=take>{move || copying.label("Copy")}</button>
            <p class="aside-text" role="status" data-testid="link-said">{said}</p>
            <WordsFields words=words/>
        </li>
        {sheet().map(|_| view! {
            <li class="take__row">
                <b>"Send"</b>
                <span>"The same link, through what this device sends with."</span>
                <button type="button" class="button" data-testid="send" disabled=is_wrong on:click=move |_| _ = share(&untrack(title), &text.get_untracked())>"Send…"</button>
            </li>
        })}
        <Code link=text question=question/>
    }
}

/// The row of the code, which is drawn when it is asked for.
#[component]
fn Code(link: Memo<String>, question: Memo<Option<Result<String, String>>>) -> impl IntoView {
    let open = RwSignal::new(false);
    let theme = expect_context::<Signal<Theme>>();
    let code = Memo::new(move |_| code(&link.get(), question.get()));
    view! {
        <li class="take__row">
            <b>"QR code"</b>
            <span data-testid="code-said">{move || code.get().1}</span>
            <button
                type="button"
                class="button"
                data-testid="code"
                aria-expanded=move || open.get().to_string()
                disabled=move || code.with(|(holds, _)| holds.is_none())
                on:click=move |_| open.update(|open| *open = !*open)
            >{move || if open.get() { "Hide" } else { "Show" }}</button>
            {move || open.get().then(|| {
                let draw = move |width: f32| {
                    let holds = code.get().0.unwrap_or_default();
                    qr::drawing(&holds, theme.get(), width.min(CODE)).unwrap_or_default()
                };
                view! { <div class="take__code"><DrawingView draw=draw says=Signal::stored("A QR code of this address".to_owned())/></div> }
            })}
        </li>
    }
}
