//! Play, pause, step, scrub, speed.

use leptos::prelude::*;
use vitrine_figure::playback::SPEEDS;
use wasm_bindgen::JsCast;

use crate::views::explanation::Shown;

/// Elements in which Space has a meaning of its own.
const USES_SPACE: [&str; 6] = ["TEXTAREA", "SELECT", "BUTTON", "SUMMARY", "A", "INPUT"];

/// The controls under the river.
#[component]
pub fn Transport() -> impl IntoView {
    let shown = expect_context::<Shown>();
    let playback = shown.playback;
    let step = move |forward: bool| {
        shown.river.with(|river| {
            if let Some(river) = river {
                playback.step(&river.edges, forward);
            }
        });
    };
    let heard = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == " " && !event.default_prevented() && !uses_space(&event) {
            event.prevent_default();
            playback.toggle();
        }
    });
    on_cleanup(move || heard.remove());
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
                aria-label="Position on the path, from the blank sentence to this one"
                aria-valuetext=move || format!("alpha {:.2}", playback.alpha.get())
                prop:value=move || playback.alpha.get().to_string()
                on:input=move |event| {
                    if let Ok(alpha) = event_target_value(&event).parse() {
                        playback.scrub(alpha);
                    }
                }
            />
            <span class="number">{move || format!("α {:.2}", playback.alpha.get())}</span>
            <label class="transport__speed">
                "Speed "
                <select
                    class="field"
                    on:change=move |event| {
                        if let Ok(speed) = event_target_value(&event).parse() {
                            playback.set_speed(speed);
                        }
                    }
                >
                    {SPEEDS.iter().map(|speed| view! {
                        <option value=speed.to_string() selected=*speed == playback.speed.get_untracked()>{format!("{speed}×")}</option>
                    }).collect_view()}
                </select>
            </label>
        </div>
    }
}

/// Whether the key was pressed where Space already does something; the scrubber is not such a place.
fn uses_space(event: &leptos::ev::KeyboardEvent) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| {
        let slider = element.get_attribute("type").as_deref() == Some("range");
        USES_SPACE.contains(&element.tag_name().as_str()) && !slider
    })
}
