//! The path from the blank sentence to the reader's, as bands beside the model's own curve.

use leptos::prelude::*;
use vitrine_figure::river::{Band, River};
use vitrine_words::explanation::path;
use vitrine_words::number::{plain, signed};
use vitrine_words::token::clipped;

use crate::elements::figure_frame::{FigureFrame, Table};
use crate::state::preferences::Preferences;
use crate::views::shown::Shown;
use crate::views::transport::Transport;

/// Letters of a word beside its band.
const WORD_MOST: usize = 12;

/// The drawing; what changes with time is the clip, the marker and the labels.
#[component]
pub fn RiverView() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let summary = Signal::derive(move || shown.explanation.with(|explanation| path(explanation)));
    let table = Signal::derive(move || table(&shown));
    view! {
        <FigureFrame title="From a blank sentence to this one" summary=summary table=table on_space=Callback::new(move |()| shown.playback.toggle())>
            {move || shown.river.get().map(|river| drawing(shown, river))}
            <Transport/>
        </FigureFrame>
    }
}

fn drawing(shown: Shown, river: River) -> impl IntoView {
    let preferences = expect_context::<Preferences>();
    let canvas = river.canvas;
    let trusted = shown.explanation.with(|explanation| explanation.trusted());
    let frame = move || shown.frame.get();
    let x = move || frame().map_or(canvas.right, |frame| frame.x);
    let bands = river.bands.clone();
    let zero = river.y(0.0);
    let curve = line(&river.curve);
    let total = line(&river.total);
    let letters = canvas.letters.to_string();
    view! {
        <svg
            class="river"
            class:is-distrusted=!trusted
            viewBox=format!("0 0 {} {}", canvas.width, canvas.height)
            role="img"
            aria-label=move || shown.explanation.with(|explanation| path(explanation))
            font-size=letters
            data-testid="river"
            data-alpha=move || frame().map(|frame| format!("{:.4}", frame.alpha))
        >
            <defs>
                <clipPath id="river-so-far">
                    <rect x="0" y="0" width=move || x().to_string() height=canvas.height.to_string()></rect>
                </clipPath>
                <pattern id="river-distrust" width="8" height="8" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
                    <rect class="river__hatch" width="3" height="8"></rect>
                </pattern>
            </defs>
            <g class="river__grid">
                {river.ticks.iter().map(|&(y, value)| view! {
                    <line x1=canvas.left.to_string() x2=canvas.right.to_string() y1=y.to_string() y2=y.to_string()></line>
                    <text x=(canvas.left - 8.0).to_string() y=(y + 4.0).to_string() text-anchor="end">{short(value)}</text>
                }).collect_view()}
                <line class="river__zero" x1=canvas.left.to_string() x2=canvas.right.to_string() y1=zero.to_string() y2=zero.to_string()></line>
                <text x=canvas.left.to_string() y=(canvas.height - 8.0).to_string()>"blank sentence"</text>
                <text x=canvas.right.to_string() y=(canvas.height - 8.0).to_string() text-anchor="end">"this sentence"</text>
            </g>
            <g clip-path="url(#river-so-far)">
                {bands.into_iter().map(|band| {
                    let Band { mark, score, outline, rank, .. } = band;
                    let fill = move || if trusted { preferences.theme().pole(score, true).css() } else { "url(#river-distrust)".to_owned() };
                    let opacity = move || match shown.selection.current() {
                        Some(selected) if selected == mark => "0.9".to_owned(),
                        Some(_) => "0.14".to_owned(),
                        None => (0.62 - 0.14 * (rank.min(3) as f32)).to_string(),
                    };
                    view! {
                        <path
                            class="river__band"
                            d=closed(&outline)
                            fill=fill
                            fill-opacity=opacity
                            on:mouseenter=move |_| shown.selection.hover(Some(mark))
                            on:mouseleave=move |_| shown.selection.hover(None)
                            on:click=move |_| shown.selection.toggle(mark)
                        ></path>
                    }
                }).collect_view()}
                <path class="river__curve" d=curve></path>
                <path class="river__total" d=total></path>
            </g>
            <line class="river__now" x1=move || x().to_string() x2=move || x().to_string() y1="14" y2=canvas.bottom().to_string()></line>
            <circle class="river__dot" r="5" cx=move || x().to_string() cy=move || frame().map_or(zero, |frame| frame.y_value).to_string()></circle>
            <text
                class="river__says"
                y="12"
                x=move || x().to_string()
                text-anchor=move || if x() < (canvas.left + canvas.right) / 2.0 { "start" } else { "end" }
            >
                {move || frame().map(|frame| format!("model {} · sum {}", signed(frame.value), signed(frame.total)))}
            </text>
            <g>
                {move || frame().map(|frame| frame.labels).unwrap_or_default().into_iter().map(|label| view! {
                    <text
                        x=(x() + 10.0).to_string()
                        y=(label.y + 4.0).to_string()
                        fill=preferences.theme().pole(label.score, true).css()
                        font-weight=if shown.selection.current() == Some(label.mark) { "700" } else { "400" }
                    >{format!("{} {}", clipped(&label.text, WORD_MOST), signed(label.score))}</text>
                }).collect_view()}
            </g>
        </svg>
    }
}

fn short(value: f32) -> String {
    let text = signed(value);
    text.trim_end_matches('0').trim_end_matches('.').to_owned().replace("+0", "0")
}

fn line(points: &[(f32, f32)]) -> String {
    let mut path = String::new();
    for (i, (x, y)) in points.iter().enumerate() {
        path.push_str(&format!("{}{x:.2},{y:.2}", if i == 0 { "M" } else { "L" }));
    }
    path
}

fn closed(points: &[(f32, f32)]) -> String {
    line(points) + "Z"
}

fn table(shown: &Shown) -> Table {
    let rows = shown.explanation.with(|explanation| {
        let Some(path) = &explanation.path else { return Vec::new() };
        let mut so_far = 0.0;
        path.alphas
            .iter()
            .zip(&path.values)
            .zip(&path.contributions)
            .map(|((alpha, value), contributions)| {
                so_far += contributions.iter().sum::<f32>();
                vec![format!("{alpha:.3}"), plain(value - explanation.baseline_value), plain(so_far)]
            })
            .collect()
    });
    let heads = vec![("α".into(), true), ("Model, from the blank".into(), true), ("Sum of the bands".into(), true)];
    Table { heads, rows }
}
