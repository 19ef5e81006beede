//! What the model wrote, growing.

use leptos::prelude::*;
use vitrine_words::remark;

use crate::state::workbench::Workbench;
use crate::state::writing::Written;

/// The prompt and what follows it, if the model was asked to write.
#[component]
pub fn WrittenText() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    move || bench.writing.written.get().map(|written| section(bench, written))
}

fn section(bench: Workbench, written: Written) -> impl IntoView {
    let Written { prompt, text, n_tokens, ended, elapsed_millis } = written;
    let kept = format!("{prompt}{text}");
    let state = remark::written(n_tokens, ended.as_deref().map(|generation| (generation, elapsed_millis)));
    view! {
        <section class="written" aria-label="What the model writes">
            <h2>"What it writes"</h2>
            <p class="written__text" data-testid="written" data-millis-per-token=(elapsed_millis / f64::from(n_tokens.max(1) as u32)).to_string()><span class="written__prompt">{prompt}</span>{text}</p>
            <p>
                <span class="aside-text" role="status">{state}</span>
                " "
                <button type="button" class="quiet" data-testid="keep" on:click=move |_| bench.ask_about(kept.clone())>"Ask about all of it"</button>
            </p>
        </section>
    }
}
