//! The residual stream walked through: what each layer wrote, from where, and what the model would say if it stopped there.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::answer::lens_share;
use vitrine_figure::stream::{MlpMark, Ribbon, Room, Stream, Width, rank_line, stream, table};
use vitrine_schema::inside::Walk;
use vitrine_schema::{Ablation, How, Part, ProblemType};
use vitrine_words::ablation::taken_out;
use vitrine_words::answer::name;
use vitrine_words::number::{plain, signed};
use vitrine_words::stream::{self as words, largest_parts};
use vitrine_words::token::{clipped, labels};

use crate::elements::choice::{Choice, Item};
use crate::elements::figure_frame::FigureFrame;
use crate::state::playback::Playback;
use crate::state::preferences::Preferences;
use crate::views::moved::MovedView;
use crate::views::transport::Player;

/// Parts that are listed for removal.
const LISTED_PARTS: usize = 12;
/// Ranks are drawn against a vocabulary of this size.
const D_VOCAB: f32 = 50_000.0;
/// Letters of a word in the drawing.
const WORD_MOST: usize = 11;

/// What is pointed at.
#[derive(Clone, Copy, PartialEq)]
enum Pointed {
    Ribbon(usize),
    Mlp(usize),
}

/// The building, its lens, and the list of parts.
#[component]
pub fn StreamView(
    /// The stream.
    walk: Arc<Walk>,
    /// The newest test without a part.
    moved: RwSignal<Option<Arc<Ablation>>>,
    /// Take a part out.
    on_test: Callback<(Part, How)>,
) -> impl IntoView {
    let preferences = expect_context::<Preferences>();
    let post_norm = walk.post_norm;
    let walk = StoredValue::new(walk);
    let width = RwSignal::new(if post_norm { Width::Size } else { Width::Effect });
    let drawing = Memo::new(move |_| {
        let room = Room { narrow: preferences.narrow.get(), width: width.get() };
        walk.with_value(|walk| stream(walk, room))
    });
    let playback = Playback::new();
    if !preferences.reduced_motion.get_untracked() {
        playback.scrub(0.0);
        playback.play();
    }
    let pointed = RwSignal::new(None::<Pointed>);
    let edges = Memo::new(move |_| {
        let n = drawing.with(|drawing| drawing.floors.len()).max(1);
        (0..=n).map(|i| i as f32 / n as f32).collect::<Vec<f32>>()
    });
    let floor_now = move || {
        let n = drawing.with(|drawing| drawing.floors.len());
        ((playback.alpha.get() * n as f32).ceil() as usize).min(n)
    };
    let summary = Signal::derive(move || walk.with_value(|walk| words::summary(walk, width.get() == Width::Effect)));
    let table = Signal::derive(move || walk.with_value(|walk| table(walk)));
    let widths: Signal<Vec<Item>> = Signal::stored(vec![
        ("effect".to_owned(), "direct effect on the answer".to_owned()),
        ("size".to_owned(), "size of the write".to_owned()),
    ]);
    view! {
        <div class="stream" data-testid="stream">
            <p class="claim" data-testid="stream-claim">{walk.with_value(|walk| words::claim(walk))}</p>
            <FigureFrame title="The residual stream, floor by floor" summary=summary table=table on_space=Callback::new(move |()| playback.toggle())>
                {move || drawing.with(|drawing| picture(walk, drawing, playback, pointed))}
                <Player playback=playback edges=edges label="Position in the stream, from the embeddings to the answer" said=Signal::derive(move || {
                    let now = floor_now();
                    drawing.with(|drawing| match drawing.floors.get(now) {
                        Some(floor) => format!("before layer {}", floor.layer),
                        None => "after the last layer".to_owned(),
                    })
                })/>
                <p class="aside-text" aria-live="polite" data-testid="stream-said">{move || said(walk, &drawing.get(), pointed.get())}</p>
            </FigureFrame>
            {(!post_norm).then(|| view! {
            <Choice
                label="Ribbons show"
                test_id="ribbon-select"
                items=widths
                value=Signal::derive(move || if width.get() == Width::Effect { "effect".to_owned() } else { "size".to_owned() })
                on_choose=Callback::new(move |name: String| {
                    pointed.set(None);
                    width.set(if name == "size" { Width::Size } else { Width::Effect });
                })
            />
                <Parts walk=walk moved=moved on_test=on_test/>
            })}
        </div>
    }
}

fn picture(
    walk: StoredValue<Arc<Walk>>,
    drawing: &Stream,
    playback: Playback,
    pointed: RwSignal<Option<Pointed>>,
) -> impl IntoView + use<> {
    let preferences = expect_context::<Preferences>();
    let Stream { width, height, columns, floors, top, bottom, ribbons, mlps, norms, lens_left, lens_width } =
        drawing.clone();
    let words: Vec<String> = walk.with_value(|walk| labels(&walk.input));
    let position = walk.with_value(|walk| walk.position);
    let climbed = move || bottom - playback.alpha.get() * (bottom - top);
    // One number has no rank.
    let ranked = walk.with_value(|walk| walk.problem_type != ProblemType::Regression);
    let ranks = walk.with_value(|walk| if ranked { rank_line(walk, drawing, D_VOCAB) } else { Vec::new() });
    let ranks: Vec<String> = ranks.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let readings: Vec<(f32, String, f32, bool)> = walk.with_value(|walk| {
        let ends = floors.iter().map(|floor| (floor.layer, floor.y)).chain([(walk.layers.len(), top)]);
        let reading = |(layer, y): (usize, f32)| {
            let first = walk.lens.get(layer)?.top.first()?;
            let said = match first.probability {
                Some(probability) => format!("{} {probability:.2}", clipped(&name(first), WORD_MOST)),
                None => plain(first.logit),
            };
            Some((y, said, lens_share(walk, first), first.id == walk.target.index))
        };
        ends.filter_map(reading).collect()
    });
    let columns_again = columns.clone();
    let narrow = width < 600.0;
    let letters = if width < 600.0 { "11" } else { "12" };
    let turned = columns.len() > 10 || width < 600.0;
    let step = floors.first().map_or(20.0, |floor| floor.y) - floors.get(1).map_or(0.0, |floor| floor.y);
    let every = if step < 26.0 && floors.len() > 12 { 2 } else { 1 };
    view! {
        <svg class="stream__picture" viewBox=format!("0 0 {width} {height}") role="img" aria-label="The residual stream as a building" font-size=letters data-floor=move || format!("{:.3}", playback.alpha.get())>
            <defs>
                <clipPath id="stream-so-far">
                    <rect x="0" width=width.to_string() y=move || (climbed() - 9.0).to_string() height=move || (height - climbed() + 9.0).to_string()></rect>
                </clipPath>
            </defs>
            <g class="stream__columns">
                {columns.iter().enumerate().map(|(token, x)| view! {
                    <line class:is-watched=token == position x1=x.to_string() x2=x.to_string() y1=top.to_string() y2=bottom.to_string()></line>
                }).collect_view()}
            </g>
            <g class="stream__floors">
                {floors.iter().step_by(every).map(|floor| view! { <text x="8" y=(floor.y + 4.0).to_string()>{format!("L{}", floor.layer)}</text> }).collect_view()}
            </g>
            <g class="stream__words">
                {columns.iter().zip(words).enumerate().map(|(token, (x, word))| {
                    let (anchor, turn) = if turned { ("end", format!("rotate(-38 {x} {})", bottom + 16.0)) } else { ("middle", String::new()) };
                    view! { <text class:is-watched=token == position x=x.to_string() y=(bottom + 18.0).to_string() text-anchor=anchor transform=turn>{clipped(&word, WORD_MOST)}</text> }
                }).collect_view()}
            </g>
            <g class="stream__norms">
                {norms.iter().flat_map(|y| columns_again.iter().map(move |x| (*x, *y))).map(|(x, y)| view! {
                    <line x1=(x - 7.0).to_string() x2=(x + 7.0).to_string() y1=y.to_string() y2=y.to_string()></line>
                }).collect_view()}
            </g>
            <g clip-path="url(#stream-so-far)">
                {ribbons.into_iter().enumerate().map(|(index, ribbon)| {
                    let Ribbon { value, stroke, path, .. } = ribbon;
                    let here = Pointed::Ribbon(index);
                    view! {
                        <path
                            class="stream__ribbon"
                            d=path
                            stroke=move || preferences.theme().pole(value, true).css()
                            stroke-width=stroke.to_string()
                            stroke-opacity=move || match pointed.get() { Some(at) if at == here => "0.95", Some(_) => "0.16", None => "0.5" }
                            on:mouseenter=move |_| pointed.set(Some(here))
                            on:mouseleave=move |_| pointed.set(None)
                        ></path>
                    }
                }).collect_view()}
                {mlps.into_iter().enumerate().map(|(index, mark)| {
                    let MlpMark { value, radius, x, y, .. } = mark;
                    let here = Pointed::Mlp(index);
                    view! {
                        <circle
                            class="stream__mlp"
                            cx=x.to_string()
                            cy=y.to_string()
                            r=radius.to_string()
                            fill=move || preferences.theme().pole(value, true).css()
                            fill-opacity=move || match pointed.get() { Some(at) if at == here => "1", Some(_) => "0.25", None => "0.7" }
                            on:mouseenter=move |_| pointed.set(Some(here))
                            on:mouseleave=move |_| pointed.set(None)
                        ></circle>
                    }
                }).collect_view()}
                {readings.into_iter().step_by(1).enumerate().filter(|(i, _)| i % every == 0).map(|(_, (y, said, share, is_target))| view! {
                    <rect
                        class="stream__lens"
                        class:is-target=is_target
                        x=lens_left.to_string()
                        y=(y - 7.0).to_string()
                        width=(2.0 + lens_width * share).to_string()
                        height="13"
                        rx="3"
                    ></rect>
                    <text class="stream__reading" class:is-target=is_target x=(lens_left + 6.0).to_string() y=(y + 4.0).to_string()>
                        {said}
                    </text>
                }).collect_view()}
                <polyline class="stream__rank" points=ranks.join(" ")></polyline>
            </g>
            <text class="stream__title" x=lens_left.to_string() y="12">"if it stopped here"</text>
            {(!narrow && ranked).then(|| view! { <text class="stream__title" x=(width - 4.0).to_string() y="12" text-anchor="end">"rank → 1"</text> })}
            <line class="stream__now" x1="36" x2=(width - 8.0).to_string() y1=move || climbed().to_string() y2=move || climbed().to_string()></line>
        </svg>
    }
}

/// Heads and MLPs with the largest direct effects; a click takes one out.
#[component]
fn Parts(
    walk: StoredValue<Arc<Walk>>,
    moved: RwSignal<Option<Arc<Ablation>>>,
    on_test: Callback<(Part, How)>,
) -> impl IntoView {
    let parts = walk.with_value(|walk| largest_parts(walk, LISTED_PARTS));
    let chosen = RwSignal::new(None::<(Part, f32)>);
    // A prediction belongs to the part that was taken out, not to an older test.
    let predicted = Signal::derive(move || {
        let (taken, _) = taken_out(&*moved.get()?)?;
        chosen.get().filter(|(part, _)| *part == taken).map(|(_, effect)| -effect)
    });
    view! {
        <section class="margin-note" aria-label="Take a part out">
            <h2>"Take a part out"</h2>
            <p class="aside-text">"The parts with the largest direct effects. Click one to remove it: the prediction is its direct effect taken away; the measurement runs the model without it, so it also contains everything that later layers do about it."</p>
            <ul class="stream__parts">
                {parts.into_iter().map(|part| {
                    let (taken, effect) = part;
                    view! {
                        <li><button
                            type="button"
                            class="button"
                            data-testid="part"
                            aria-pressed=move || (chosen.get() == Some(part)).to_string()
                            on:click=move |_| { chosen.set(Some(part)); on_test.run((taken, How::Zero)); }
                        >{format!("{taken} {}", signed(effect))}</button></li>
                    }
                }).collect_view()}
            </ul>
            <MovedView moved=moved predicted=predicted/>
        </section>
    }
}

fn said(walk: StoredValue<Arc<Walk>>, drawing: &Stream, pointed: Option<Pointed>) -> String {
    let said = walk.with_value(|walk| match pointed? {
        Pointed::Ribbon(index) => {
            let ribbon = drawing.ribbons.get(index)?;
            Some(words::carried(walk, ribbon.layer, ribbon.from, ribbon.to, ribbon.value))
        }
        Pointed::Mlp(index) => drawing.mlps.get(index).map(|mark| words::written(walk, mark.layer, mark.value)),
    });
    said.unwrap_or_else(|| "Point at a ribbon or a dot for its numbers.".to_owned())
}
