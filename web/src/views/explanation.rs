//! Everything about one explanation: claim, strip, river, sum, and the notes in the margin.

use std::sync::Arc;

use leptos::context::Provider;
use leptos::prelude::*;
use vitrine_figure::river::laid_out;
use vitrine_figure::{bars, claims, sum, trail};
use vitrine_schema::Explanation;
use vitrine_share::Span;
use vitrine_share::embed::Piece;
use vitrine_words::blank;
use vitrine_words::claims::{claims as claims_of, compared};
use vitrine_words::explanation::{arithmetic, claim};
use vitrine_words::marks::{Grouping, marks};
use vitrine_words::phrase::flat;
use vitrine_words::players;
use vitrine_words::remark::{remark, truncated};

use crate::elements::claim::ClaimView;
use crate::elements::later::Later;
use crate::state::playback::Playback;
use crate::state::preferences::Preferences;
use crate::state::selection::Selection;
use crate::views::answer::Answer;
use crate::views::marks::{MarksFigure, RiverView, TrailView};
use crate::views::reading::Reading;
use crate::views::receipt::Receipt;
use crate::views::shown::Shown;
use crate::views::token_strip::TokenStrip;

/// Room for a figure before it is measured.
const ROOM: f32 = 400.0;

/// One explanation with all its views.
#[component]
pub fn ExplanationView(
    /// The explanation.
    #[prop(into)]
    explanation: Signal<Arc<Explanation>>,
    /// Whether word pieces are merged.
    grouping: RwSignal<Grouping>,
    /// The marks that are locked.
    locked: RwSignal<Option<Span>>,
    /// Whether a newer one is being computed.
    #[prop(into)]
    stale: Signal<bool>,
    /// The same with its receipt, once that is measured.
    #[prop(optional, into)]
    measured: Signal<Option<Arc<Explanation>>>,
    /// Whether a word that is clicked is taken out.
    #[prop(optional)]
    provable: bool,
    /// What of it an embed shows; all of it elsewhere.
    #[prop(optional)]
    pieces: Option<Vec<Piece>>,
    /// Where this explanation comes from, when that needs saying.
    #[prop(optional, into)]
    provenance: Signal<Option<String>>,
    /// What stands under the claim.
    #[prop(optional, into)]
    status: ViewFn,
    /// What stands under the strip.
    #[prop(optional, into)]
    line: ViewFn,
    /// What stands below the receipt.
    #[prop(optional, into)]
    trust: ViewFn,
    /// What stands first in the margin.
    #[prop(optional, into)]
    first_note: ViewFn,
) -> impl IntoView {
    let preferences = expect_context::<Preferences>();
    let marks = Memo::new(move |_| marks(&explanation.get(), grouping.get()));
    // Sentences name whole words.
    let words = Memo::new(move |_| self::marks(&explanation.get(), Grouping::Words));
    let river_width = RwSignal::new(ROOM);
    let river = Memo::new(move |_| {
        marks.with(|marks| explanation.with(|explanation| laid_out(explanation, marks, river_width.get())))
    });
    let playback = Playback::new();
    let running = Memo::new(move |_| {
        let alpha = playback.alpha.get();
        let frame = river.with(|river| river.as_ref().map(|river| river.frame(alpha, marks.with(Vec::len)).scores));
        frame.or_else(|| explanation.with(|explanation| marks.with(|marks| trail::scores(explanation, marks, alpha))))
    });
    let selection = Selection::new(locked);
    let whole = pieces.is_none();
    let shows = move |piece: Piece| pieces.as_ref().is_none_or(|pieces| pieces.contains(&piece));
    let plays = shows(Piece::Controls);
    let shown = Shown {
        explanation,
        measured,
        provable,
        plays,
        marks,
        words,
        river,
        river_width,
        running,
        selection,
        playback,
    };

    // A new picture plays once, and not again for its receipt; with reduced motion it stands at its end.
    let has_path = Memo::new(move |_| explanation.with(|explanation| explanation.path.is_some()));
    let has_trail = Memo::new(move |_| explanation.with(|explanation| explanation.trail.is_some()));
    let adds_up = Memo::new(move |_| shown.of(sum::adds_up));
    let claimed = Memo::new(move |_| shown.of(|explanation| claims_of(explanation).is_some()));
    // The figures side by side, of which each is built in its turn.
    let (bars, paths) = (whole || shows(Piece::Table), shows(Piece::Path));
    // What nothing was measured of says so by its name.
    let tested = provable || shown.of(|explanation| explanation.receipt.is_some());
    let bars_name = if tested { "Said, and measured" } else { "From the strongest word on" };
    let halves = Memo::new(move |_| {
        let there = [bars, paths && has_path.get(), paths && has_trail.get(), whole && adds_up.get()];
        there.into_iter().filter(|there| *there).count()
    });
    let picture = Memo::new(move |_| explanation.with(|found| (found.input.text.clone(), found.scores.clone())));
    Effect::new(move |_| {
        picture.track();
        playback.play_once(
            !(has_path.get_untracked() || has_trail.get_untracked()) || preferences.reduced_motion.get_untracked(),
        );
    });
    // A mark that an address names may not be there.
    Effect::new(move |_| {
        if !stale.get() && locked.get().is_some_and(|span| span.last() >= marks.with(Vec::len)) {
            locked.set(None);
        }
    });
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if event.key() == "Escape" {
            // One key, one thing: what is locked is let go before the panel is made small.
            if selection.locked.get_untracked().is_some() {
                event.prevent_default();
            }
            selection.clear();
        }
    };

    view! {
        // Handed to these views alone, so that two explanations on one page do not meet.
        <Provider value=shown>
        <div class="explanation" class:columns=whole class:is-stale=move || stale.get() on:keydown=on_key aria-busy=move || stale.get().to_string()>
            <div class="columns__main">
                {shows(Piece::Claim).then(|| view! {
                    <div>
                        <ClaimView segments=Signal::derive(move || shown.worded(claim))/>
                        {move || provenance.get().map(|said| view! { <p class="provenance" data-testid="provenance">{said}</p> })}
                    </div>
                })}
                {status.run()}
                {shows(Piece::Figure).then(|| view! { <Later><TokenStrip grouping=grouping/></Later> })}
                <Later>{line.run()}</Later>
                {whole.then(|| view! {
                    <Later>{move || claimed.get().then(|| view! {
                        <MarksFigure
                            name=("What the chain claims, and what the model does", "claims")
                            draw=|explanation, _, width| claims::drawing(explanation, width).unwrap_or_default()
                            table=|explanation, _| claims::table(explanation).unwrap_or_default()
                            says=|explanation, _| claims_of(explanation).as_ref().map(compared).unwrap_or_default()
                        />
                    })}</Later>
                })}
                {move || shown.of(truncated).map(|(said, rest)| view! {
                    <div class="truncation" data-testid="truncated">
                        <p>{said}</p>
                        <p class="truncation__rest"><span aria-hidden="true">"✂ "</span>{rest}"…"</p>
                    </div>
                })}
                {move || shown.of(players::how).map(|said| view! { <p class="aside-text" data-testid="players">{said}</p> })}
                {move || shown.of(blank::remark).map(|said| view! { <p class="truncation" data-testid="blank">{said}</p> })}
                {move || explanation.with(|explanation| explanation.diagnostics.iter().filter_map(remark).map(|said| view! {
                    <p class="truncation" data-testid="remark">{said}</p>
                }).collect_view())}
                <div class="explanation__halves" class:is-alone=move || halves.get() < 2>
                    {bars.then(|| view! {
                        <Later>
                            <MarksFigure
                                name=(bars_name, "bars")
                                draw=bars::drawing
                                table=bars::table
                                measured=true
                                says=|explanation, words| flat(&claim(explanation, words))
                                said=true
                                as_table=!whole
                            />
                        </Later>
                    })}
                    {paths.then(|| view! {
                        <Later>{move || has_path.get().then(|| view! { <RiverView/> })}</Later>
                        <Later>{move || has_trail.get().then(|| view! { <TrailView/> })}</Later>
                    })}
                    // Nothing where scores cannot be added up to a value.
                    {whole.then(|| view! {
                        <Later>{move || adds_up.get().then(|| view! {
                            <MarksFigure
                                name=("The sum", "sum")
                                draw=|explanation, marks, width| sum::drawing(explanation, marks, width).unwrap_or_default()
                                table=sum::table
                                says=|explanation, _| arithmetic(explanation)
                            />
                        })}</Later>
                    })}
                </div>
            </div>
            <aside class="columns__margin">
                {first_note.run()}
                {shows(Piece::Receipt).then(|| view! { <Later><Receipt/></Later> })}
                {trust.run()}
                {whole.then(|| view! { <Later><Answer/></Later><Later><Reading/></Later> })}
            </aside>
        </div>
        </Provider>
    }
}
