//! What the model wrote, growing.

use leptos::prelude::*;
use vitrine_words::remark::ended;

use crate::state::workbench::Workbench;
use crate::state::writing::Written;

/// The prompt and what follows it, if the model was asked to write.
#[component]
pub fn WrittenText() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    move || bench.writing.written.get().map(|written| section(bench, written))
}

fn section(bench: Workbench, written: Written) -> impl IntoView {
    let Written { prompt, text, n_tokens, ended: whole, elapsed_millis } = written;
    let kept = format!("{prompt}{text}");
    let speed = || {
        format!("{n_tokens} tokens, {:.1} a second", f64::from(n_tokens as u32) / (elapsed_millis / 1000.0).max(1e-3))
    };
    let state = match whole {
        None => format!("{n_tokens} tokens so far"),
        Some(generation) => format!("{}; {}", speed(), ended(&generation)),
    };
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
