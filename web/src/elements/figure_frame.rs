//! What every figure has: a name, a summary in words, and the same numbers as a table.

use leptos::prelude::*;
use vitrine_figure::table::Table;
use wasm_bindgen::JsCast;

use crate::elements::table::TableView;

/// A named figure with a switch to its table.
#[component]
pub fn FigureFrame(
    /// The heading above it.
    title: &'static str,
    /// One sentence that says what is seen; also the alternative text.
    #[prop(into)]
    summary: Signal<String>,
    /// The same numbers.
    #[prop(into)]
    table: Callback<(), Table>,
    /// Whether the sentence stands elsewhere; a screen reader is told it here all the same.
    #[prop(optional)]
    said: bool,
    /// Whether the figure has not come to its end, of which the sentence speaks.
    #[prop(optional, into)]
    on_the_way: Signal<bool>,
    /// Whether the numbers are seen first.
    #[prop(optional)]
    as_table: bool,
    /// What stands below.
    #[prop(optional, into)]
    legend: ViewFn,
    /// Called for Space, where the figure moves and nothing in it that has the focus means something else by it.
    #[prop(optional)]
    on_space: Option<Callback<()>>,
    /// The drawing.
    children: ChildrenFn,
) -> impl IntoView {
    let as_table = RwSignal::new(as_table);
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        if let Some(on_space) = on_space
            && event.key() == " "
            && !event.default_prevented()
            && !uses_space(&event)
        {
            event.prevent_default();
            on_space.run(());
        }
    };
    view! {
        <figure class="figure" aria-label=title tabindex=on_space.map(|_| "-1") on:keydown=on_key>
            <div class="figure__head">
                <h2>{title}</h2>
                <button
                    type="button"
                    class="button button--quiet"
                    aria-pressed=move || as_table.get().to_string()
                    on:click=move |_| as_table.update(|on| *on = !*on)
                >
                    {move || if as_table.get() { "Show as figure" } else { "Show as table" }}
                    <span class="visually-hidden">": " {title}</span>
                </button>
            </div>
            {move || if as_table.get() {
                view! { <TableView table=table.run(()) title=format!("{title}, as a table") caption=summary.get()/> }.into_any()
            } else {
                children().into_any()
            }}
            {legend.run()}
            <figcaption class="aside-text" class:visually-hidden=said class:is-on-the-way=move || on_the_way.get()>{move || summary.get()}</figcaption>
        </figure>
    }
}

/// Whether the key was pressed where Space already does something; a slider is not such a place.
fn uses_space(event: &leptos::ev::KeyboardEvent) -> bool {
    const USES_SPACE: &str = "textarea, select, button, summary, a, input:not([type=range])";
    let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
    target.is_some_and(|element| element.matches(USES_SPACE) == Ok(true))
}
