//! A model of the reader's own: dropped or picked from the disk, or named on the hub.

use js_sys::{Array, Function, Promise};
use leptos::prelude::*;
use vitrine_schema::catalog::OWN;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{FileSystemDirectoryEntry, FileSystemEntry, FileSystemFileEntry};

use crate::pages::offer::{Coming, ModelTrouble};
use crate::state::models::Models;

/// Where a model of the reader's own comes in.
#[component]
pub fn OwnModel() -> impl IntoView {
    let models = expect_context::<Models>();
    let over = RwSignal::new(false);
    let (hub_id, keep) = (RwSignal::new(String::new()), RwSignal::new(false));
    let picked = move |event: leptos::ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        if let Some(files) = input.and_then(|input| input.files()).filter(|files| files.length() > 0) {
            models.open(Array::from(&files), None);
        }
    };
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(transfer) = event.data_transfer() {
            leptos::task::spawn_local(async move { models.open(files_of(&transfer).await, None) });
        }
    };
    let ask_hub = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let id = hub_id.get_untracked();
        Some(id.trim()).filter(|id| !id.is_empty()).into_iter().for_each(|id| models.fetch(id, keep.get_untracked()));
    };
    view! {
        <section class="offer" aria-label="Your own model" data-testid="own-model">
            <p class="claim">"A model of your own: it is read here and sent nowhere."</p>
            <div
                class="own__drop"
                class:is-over=move || over.get()
                data-testid="drop"
                on:dragover=move |event| { event.prevent_default(); over.set(true); }
                on:dragleave=move |_| over.set(false)
                on:drop=dropped
            >
                <p>"Drop a Hugging Face folder or a GGUF file here, or pick it:"</p>
                <label class="choice"><span class="choice__label">"A GGUF file, or the files of a folder"</span><input type="file" multiple data-testid="pick-files" on:change=picked/></label>
                <label class="choice"><span class="choice__label">"A folder"</span><input type="file" multiple prop:webkitdirectory=true data-testid="pick-folder" on:change=picked/></label>
            </div>
            <form class="own__hub" on:submit=ask_hub>
                <label class="choice">
                    <span class="choice__label">"Or the name of a model on the Hugging Face hub"</span>
                    <input
                        type="text"
                        class="field"
                        placeholder="openai-community/gpt2"
                        data-testid="hub-id"
                        prop:value=move || hub_id.get()
                        on:input=move |event| hub_id.set(event_target_value(&event))
                    />
                </label>
                <button type="submit" class="button" data-testid="fetch-hub">"Fetch it"</button>
                <label class="choice">
                    <input type="checkbox" data-testid="keep-hub" prop:checked=move || keep.get() on:change=move |event| keep.set(event_target_checked(&event))/>
                    <span>"Keep its files in this browser"</span>
                </label>
            </form>
            <p class="aside-text">"Classifiers of the BERT, DistilBERT, RoBERTa, XLM-RoBERTa, CamemBERT, ELECTRA, ALBERT and ModernBERT types, language models of the GPT-2, GPT-NeoX (Pythia), Llama, Qwen2, Qwen3 and Gemma 3 types. A folder needs config.json, its tokenizer (tokenizer.json, vocab.txt, or vocab.json with merges.txt) and its safetensors files; with its README.md the page tries it on the texts of its card. From the hub this browser fetches them itself; the hub learns which model, and nothing that you type."</p>
            <Coming id=OWN label="Model"/>
        </section>
        <ModelTrouble/>
    }
}

/// The files of a drop; of a folder, those directly in it.
async fn files_of(transfer: &web_sys::DataTransfer) -> Array {
    let items = transfer.items();
    // Entries have to be asked for before the first pause, after which the drop is over.
    let entries: Vec<FileSystemEntry> =
        (0..items.length()).filter_map(|i| items.get(i)?.webkit_get_as_entry().ok().flatten()).collect();
    let files = transfer.files().map(|files| Array::from(&files)).unwrap_or_default();
    for entry in entries.into_iter().filter(FileSystemEntry::is_directory) {
        let reader = entry.unchecked_into::<FileSystemDirectoryEntry>().create_reader();
        let listed = |resolve, reject| _ = reader.read_entries_with_callback_and_callback(&resolve, &reject);
        let Some(listed) = promised(listed).await else { continue };
        for entry in
            Array::from(&listed).iter().map(FileSystemFileEntry::unchecked_from_js).filter(|entry| entry.is_file())
        {
            let file = promised(|resolve, reject| entry.file_with_callback_and_callback(&resolve, &reject)).await;
            file.iter().for_each(|file| _ = files.push(file));
        }
    }
    files
}

/// What an older interface of the browser calls back with.
async fn promised(mut ask: impl FnMut(Function, Function)) -> Option<JsValue> {
    JsFuture::from(Promise::new(&mut ask)).await.ok()
}
