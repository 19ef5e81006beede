//! What the model wrote, growing.

use leptos::prelude::*;
use vitrine_words::remark;

use crate::state::workbench::Workbench;

/// The prompt and what follows it, if the model was asked to write.
#[component]
pub fn WrittenText() -> impl IntoView {
    let bench = expect_context::<Workbench>();
    move || {
        let draft = bench.writing.written.get()?;
        let kept = format!("{}{}", draft.prompt, draft.text);
        Some(view! {
            <section class="written" aria-label="What the model writes">
                <h2>"What it writes"</h2>
                <p class="written__text" data-testid="written" data-millis-per-token=draft.millis_per_token().to_string()><span class="written__prompt">{draft.prompt.clone()}</span>{draft.text.clone()}</p>
                <p>
                    <span class="aside-text" role="status">{remark::written(&draft)}</span>
                    " "
                    {draft.ended.is_some().then(|| view! {
                        <button type="button" class="quiet" data-testid="explain-each" on:click=move |_| bench.explain_each()>"Explain each token of it"</button>
                        " "
                    })}
                    <button type="button" class="quiet" data-testid="keep" on:click=move |_| bench.ask_about(kept.clone())>"Ask about all of it"</button>
                </p>
            </section>
        })
    }
}
