//! A drawing whose parts are the words of an explanation: what is pointed at or locked in one is so in all.

use leptos::prelude::*;
use vitrine_figure::drawing::{Drawing, Part};

use crate::elements::drawing::DrawingView;
use crate::state::preferences::Preferences;
use crate::views::shown::Shown;

/// One drawing of the explanation that is shown.
#[component]
pub fn MarksView(
    /// The drawing.
    #[prop(into)]
    drawing: Signal<Drawing>,
    /// What is seen.
    says: Signal<String>,
    /// How much room there is.
    width: RwSignal<f32>,
) -> impl IntoView {
    let selection = expect_context::<Shown>().selection;
    let preferences = expect_context::<Preferences>();
    let mark = |part| if let Part::Mark(mark) = part { Some(mark) } else { None };
    view! {
        <DrawingView
            drawing=drawing
            says=says
            theme=Signal::derive(move || preferences.theme())
            width=width
            pointed=Signal::derive(move || selection.hovered().map(Part::Mark))
            chosen=Signal::derive(move || selection.locked().map(Part::Mark))
            on_point=Callback::new(move |part: Option<Part>| selection.hover(part.and_then(mark)))
            on_choose=Callback::new(move |part| mark(part).into_iter().for_each(|mark| selection.toggle(mark)))
        />
    }
}
