//! The residual stream walked through: what each layer wrote, from where, and what the model would say if it stopped there.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::drawing::Part as Drawn;
use vitrine_figure::playback::{climbed, edges};
use vitrine_figure::stream::{Building, Width, table};
use vitrine_schema::inside::Walk;
use vitrine_words::stream as words;

use crate::elements::choice::{Choice, Item};
use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;
use crate::state::playback::Playback;
use crate::state::preferences::Preferences;
use crate::views::switchboard::Switchboard;
use crate::views::transport::Player;

/// Room for the drawing before it is measured.
const ROOM: f32 = 360.0;

/// The building, its lens, and the list of parts.
#[component]
pub fn StreamView(
    /// The stream.
    walk: Arc<Walk>,
) -> impl IntoView {
    let preferences = expect_context::<Preferences>();
    let has_effects = walk.has_effects();
    let walk = StoredValue::new(walk);
    let playback = Playback::new();
    let shows = RwSignal::new(if has_effects { Width::Effect } else { Width::Size });
    let width = RwSignal::new(ROOM);
    let building = Memo::new(move |_| walk.with_value(|walk| Building::of(walk, shows.get(), width.get())));
    let draw = move |_| {
        let climbed = playback.alpha.get();
        building.with(|building| building.climbed(climbed))
    };
    playback.play_once(preferences.reduced_motion.get_untracked());
    let pointed = RwSignal::new(None::<Drawn>);
    let edges = Memo::new(move |_| building.with(|building| edges(building.stream.floors.len())));
    let floor = Signal::derive(move || {
        building.with(|building| {
            let floors = &building.stream.floors;
            words::floor(floors.get(climbed(floors.len(), playback.alpha.get())).map(|floor| floor.layer))
        })
    });
    let summary = Signal::derive(move || walk.with_value(|walk| words::summary(walk, shows.get() == Width::Effect)));
    let claim = walk.with_value(|walk| words::claim(walk));
    let widths: Vec<Item> = Width::ALL.map(|width| (width.name().to_owned(), width.label().to_owned())).to_vec();
    view! {
        <div class="stream" data-testid="stream">
            <p class="claim" data-testid="stream-claim">{claim.clone()}</p>
            <FigureFrame title="The residual stream, floor by floor" summary=summary table=move |()| walk.with_value(|walk| table(walk)) on_space=Callback::new(move |()| playback.toggle())>
                <div class="stream__picture" data-floor=move || format!("{:.3}", playback.alpha.get())>
                    <DrawingView draw=draw says=claim.clone() width=width pointed=pointed on_point=Callback::new(move |part| pointed.set(part))/>
                </div>
                <Player playback=playback edges=edges said=floor label="Position in the stream, from the embeddings to the answer"/>
                <p class="aside-text" aria-live="polite" data-testid="stream-said">{move || building.with(|building| walk.with_value(|walk| building.stream.said(walk, pointed.get())))}</p>
            </FigureFrame>
            {has_effects.then(|| view! {
            <Choice
                label="Ribbons show"
                test_id="ribbon-select"
                items=widths
                value=Signal::derive(move || shows.get().name().to_owned())
                on_choose=move |name: String| {
                    pointed.set(None);
                    Width::ALL.into_iter().filter(|width| width.name() == name).for_each(|width| shows.set(width));
                }
            />
            })}
            <Switchboard walk=walk/>
        </div>
    }
}
