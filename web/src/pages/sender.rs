//! What came with a link beside the numbers: the sender's own words, and their picture where this device came to another.

use std::sync::Arc;

use leptos::prelude::*;
use vitrine_figure::strip;
use vitrine_schema::Explanation;
use vitrine_share::link::Sender;
use vitrine_words::explanation::one_line;
use vitrine_words::marks::{Grouping, marks};
use vitrine_words::size::day;

use crate::elements::drawing::DrawingView;
use crate::elements::figure_frame::FigureFrame;

/// The sender's words: plain text, never in the place of what was measured.
#[component]
pub fn SenderWrites(sender: Sender) -> impl IntoView {
    let Sender { title, note, name, date } = sender;
    let said =
        |words: Option<String>, class: &'static str| words.map(|words| view! { <p class=class><bdi>{words}</bdi></p> });
    let who = name.is_some() || date.is_some();
    let comma = (name.is_some() && date.is_some()).then_some(", ");
    let date = date.map(|date| view! { <time datetime=date.clone()>{day(&date)}</time> });
    view! {
        <section class="sender" aria-label="The sender writes" data-testid="sender">
            <h2>"The sender writes"</h2>
            <div class="sender__words">
                {said(title, "sender__title")}
                {said(note, "sender__note")}
                {who.then(|| view! { <p class="sender__who"><bdi>{name}</bdi>{comma}{date}</p> })}
            </div>
        </section>
    }
}

/// The sender's picture, hatched, below the one of this device.
#[component]
pub fn SentPicture(explanation: Arc<Explanation>) -> impl IntoView {
    let marks = marks(&explanation, Grouping::Words);
    let says = format!("The sender’s numbers, which this device does not find: {}", one_line(&explanation, &marks));
    let table = strip::table(&explanation, &marks);
    let says = Signal::stored(says);
    let draw = Callback::new(move |width| strip::disputed(&explanation, &marks, width));
    view! {
        <div data-testid="sent-picture">
            <FigureFrame title="What the sender’s link says" summary=says table=move |()| table.clone()>
                <DrawingView draw=draw says=says/>
            </FigureFrame>
        </div>
    }
}
