//! What is shown as files, each with its size before it is pressed.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::color::Theme;
use vitrine_figure::html::html;
use vitrine_figure::picture::{self, WIDTH};
use vitrine_figure::svg::svg;
use vitrine_figure::{Figure, drawings};
use vitrine_schema::Finding;
use vitrine_share::png::with_link;
use vitrine_words::receipt::told;
use vitrine_words::size::size;

use super::Taken;
use super::words::Words;
use crate::elements::choice::{Choice, Item};
use crate::services::clock::in_turn;
use crate::services::page::{absolute, json};
use crate::services::take::{png, save};

/// A kind of file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Png,
    Svg,
    Html,
    Json,
    Csv,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Png, Self::Svg, Self::Html, Self::Json, Self::Csv];

    const fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG",
            Self::Svg => "SVG",
            Self::Html => "HTML",
            Self::Json => "JSON",
            Self::Csv => "CSV",
        }
    }

    const fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Svg => "image/svg+xml",
            Self::Html => "text/html",
            Self::Json => "application/json",
            Self::Csv => "text/csv",
        }
    }

    /// What it is for.
    const fn about(self) -> &'static str {
        match self {
            Self::Png => "twice as fine as the screen. Opens again: drop it on this page, what was asked is inside.",
            Self::Svg => "words stay words, sharp at every size.",
            Self::Html => "everything for a report in one file, needs no network. Opens again.",
            Self::Json => "every number, for programs. Opens again.",
            Self::Csv => "the numbers of the figure, for a spreadsheet.",
        }
    }

    /// Whether it holds one figure, and not all of them.
    const fn is_of_figure(self) -> bool {
        matches!(self, Self::Png | Self::Svg | Self::Csv)
    }
}

/// What files are made of.
struct Source {
    finding: Finding,
    figures: Vec<Figure>,
    taken: Taken,
    words: Words,
    theme: Signal<Theme>,
}

/// The newest; of what came as a summary there is none.
type Newest = Memo<Option<Arc<Source>>>;

impl Source {
    /// The figure of a name; the first where that one is not there.
    fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name).or(self.figures.first())
    }

    /// The bytes of a file; nothing where the browser cannot make it.
    async fn made(&self, kind: Kind, figure: Option<&Figure>) -> Option<Vec<u8>> {
        let theme = self.theme.get_untracked();
        let payload = untrack(|| self.words.sender()).ok().and_then(|sender| self.taken.payload(sender).ok());
        match kind {
            Kind::Png => {
                let inside = payload.or_else(|| self.taken.question().ok());
                let picture = png(&picture::drawing(figure?, inside.is_some()), theme).await?;
                match inside {
                    Some(inside) => with_link(&picture, &inside).ok(),
                    None => Some(picture),
                }
            }
            Kind::Svg => figure.map(|figure| svg(&figure.drawing, theme, &figure.told.says).into_bytes()),
            Kind::Html => {
                // A report is read on paper.
                let file = html(&self.finding, Theme::Light, payload.as_deref(), Some(&absolute("./")));
                Some(file.into_bytes())
            }
            Kind::Json => {
                let text = js_sys::JSON::stringify(&json(&told(self.finding.clone()).json())).ok()?;
                Some(String::from(text).into_bytes())
            }
            Kind::Csv => figure.map(|figure| figure.csv(&self.finding).into_bytes()),
        }
    }
}

/// A row for each kind.
#[component]
pub fn Files(taken: Signal<Option<Taken>>, words: Words) -> impl IntoView {
    let theme = expect_context::<Signal<Theme>>();
    let source = move |taken: Taken| {
        let finding = taken.finding.clone()?;
        Some(Arc::new(Source { figures: drawings(&finding, WIDTH), finding, taken, words, theme }))
    };
    let newest: Newest = Memo::new_with_compare(move |_| taken.get().and_then(source), |_, _| true);
    let names = Memo::new(move |_| {
        newest.with(|source| {
            source.iter().flat_map(|source| &source.figures).map(|figure| figure.name).collect::<Vec<_>>()
        })
    });
    let chosen = RwSignal::new(String::new());
    let items = Signal::derive(move || {
        names.get().into_iter().map(|name| (name.to_owned(), name.to_owned())).collect::<Vec<Item>>()
    });
    let shown =
        Memo::new(move |_| newest.with(|source| source.as_ref()?.figure(&chosen.read()).map(|figure| figure.name)));
    let several = Memo::new(move |_| names.with(|names| names.len() > 1));
    let kinds = Memo::new(move |_| {
        let (there, figures) = (newest.with(Option::is_some), names.with(|names| !names.is_empty()));
        Kind::ALL.into_iter().filter(|kind| there && (figures || !kind.is_of_figure())).collect::<Vec<_>>()
    });
    view! {
        {move || several.get().then(|| view! {
            <li class="take__row">
                <b>"Figure"</b>
                <Choice
                    label="of PNG, SVG and CSV"
                    test_id="take-figure"
                    items=items
                    value=Signal::derive(move || shown.get().unwrap_or_default().to_owned())
                    on_choose=Callback::new(move |name: String| chosen.set(name))
                />
            </li>
        })}
        {move || kinds.get().into_iter().map(|kind| view! { <File kind=kind newest=newest chosen=chosen/> }).collect_view()}
    }
}

/// One file.
#[component]
fn File(kind: Kind, newest: Newest, chosen: RwSignal<String>) -> impl IntoView {
    // How large it is, or that it cannot be made.
    let bytes = RwSignal::new(None::<Option<usize>>);
    let theme = expect_context::<Signal<Theme>>();
    let source = move || {
        let chosen = chosen.try_get_untracked()?;
        Some((newest.try_get_untracked()??, chosen))
    };
    Effect::new(move |_| {
        theme.track();
        newest.track();
        if kind.is_of_figure() {
            chosen.track();
        }
        // After what is seen, one file after the other.
        in_turn(move || {
            let Some((source, chosen)) = source() else { return };
            leptos::task::spawn_local(async move {
                let made = source.made(kind, source.figure(&chosen)).await.map(|bytes| bytes.len());
                let _ = bytes.try_set(Some(made));
            });
        });
    });
    let keep = move |_| {
        let Some((source, chosen)) = source() else { return };
        leptos::task::spawn_local(async move {
            let figure = source.figure(&chosen);
            let name = figure.filter(|_| kind.is_of_figure()).map(|figure| format!("-{}", figure.name));
            let name = format!("vitrine{}.{}", name.unwrap_or_default(), kind.name().to_ascii_lowercase());
            let made = source.made(kind, figure).await;
            let saved = made.as_ref().and_then(|made| save(&name, kind.media_type(), made));
            let _ = bytes.try_set(Some(made.filter(|_| saved.is_some()).map(|made| made.len())));
        });
    };
    let said = move || match bytes.get() {
        None => "measuring…".to_owned(),
        Some(Some(bytes)) => format!("{}, {}", size(bytes), kind.about()),
        Some(None) => "This browser cannot make this file; take the SVG or the link instead.".to_owned(),
    };
    let test_id = format!("save-{}", kind.name().to_ascii_lowercase());
    view! {
        <li class="take__row">
            <b>{kind.name()}</b>
            <span>{said}</span>
            <button type="button" class="button" data-testid=test_id disabled=move || !matches!(bytes.get(), Some(Some(_))) on:click=keep>
                "Save"<span class="visually-hidden">" "{kind.name()}</span>
            </button>
        </li>
    }
}
