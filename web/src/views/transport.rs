//! Play, pause, step, scrub, speed.

use leptos::prelude::*;
use vitrine_figure::playback::SPEEDS;

use crate::state::playback::Playback;

/// Play, pause, step, scrub, speed of any animation.
#[component]
pub fn Player(
    /// Where the animation stands.
    playback: Playback,
    /// Where a step stops.
    #[prop(into)]
    edges: Signal<Vec<f32>>,
    /// The position in words.
    #[prop(into)]
    said: Signal<String>,
    /// What the scrubber moves along.
    label: &'static str,
) -> impl IntoView {
    let step = move |forward: bool| edges.with(|edges| playback.step(edges, forward));
    view! {
        <div class="transport" role="group" aria-label="Animation">
            <button type="button" class="button" data-testid="play" on:click=move |_| playback.toggle()>
                {move || if playback.playing.get() { "❚❚ Pause" } else { "▶ Play" }}
            </button>
            <button type="button" class="button" on:click=move |_| step(false)>"◂ Step"</button>
            <button type="button" class="button" on:click=move |_| step(true)>"Step ▸"</button>
            <input
                type="range"
                class="transport__scrubber"
                data-testid="scrubber"
                min="0"
                max="1"
                step="0.001"
                aria-label=label
                aria-valuetext=move || said.get()
                prop:value=move || playback.alpha.get().to_string()
                on:input=move |event| event_target_value(&event).parse().into_iter().for_each(|alpha| playback.scrub(alpha))
            />
            <span class="number">{move || said.get()}</span>
            <label class="transport__speed">
                "Speed "
                <select class="field" on:change=move |event| event_target_value(&event).parse().into_iter().for_each(|speed| playback.set_speed(speed))>
                    {SPEEDS.iter().map(|speed| view! {
                        <option value=speed.to_string() selected=*speed == playback.speed.get_untracked()>{format!("{speed}×")}</option>
                    }).collect_view()}
                </select>
            </label>
        </div>
    }
}
