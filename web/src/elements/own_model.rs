//! A model of the reader's own: dropped or picked from the disk, or named on the hub.

use leptos::prelude::*;
use wasm_bindgen::prelude::*;

use crate::elements::download::{Coming, DownloadBar};

/// Where a model of the reader's own comes in.
#[component]
pub fn OwnModel(
    /// Its progress, if it is on its way.
    #[prop(into)]
    coming: Signal<Option<Coming>>,
    /// Read these files.
    on_files: Callback<js_sys::Array>,
    /// Fetch this from the hub.
    on_hub: Callback<String>,
    /// Stop loading; what has come stays in the storage.
    on_stop: Callback<()>,
) -> impl IntoView {
    let over = RwSignal::new(false);
    let hub_id = RwSignal::new(String::new());
    let picked = move |event: leptos::ev::Event| {
        let input = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlInputElement>().ok());
        if let Some(files) = input.and_then(|input| input.files()).filter(|files| files.length() > 0) {
            on_files.run(js_sys::Array::from(&files));
        }
    };
    let dropped = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        over.set(false);
        if let Some(transfer) = event.data_transfer() {
            leptos::task::spawn_local(async move { on_files.run(files_of(&transfer).await) });
        }
    };
    let ask_hub = move || {
        let id = hub_id.get_untracked().trim().to_owned();
        if !id.is_empty() {
            on_hub.run(id);
        }
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
            <form class="own__hub" on:submit=move |event| { event.prevent_default(); ask_hub(); }>
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
            </form>
            <p class="aside-text">"Classifiers of the BERT and DistilBERT types, language models of the GPT-2 and Llama types. A folder needs config.json, tokenizer.json and its safetensors files. From the hub this browser fetches them itself; the hub learns which model, and nothing that you type."</p>
            {move || coming.get().map(|coming| view! { <DownloadBar coming=coming label="Model" on_stop=on_stop/> })}
        </section>
    }
}

/// The files of a drop; of a folder, those directly in it.
async fn files_of(transfer: &web_sys::DataTransfer) -> js_sys::Array {
    let files = js_sys::Array::new();
    let items = transfer.items();
    // Entries have to be asked for before the first pause, after which the drop is over.
    let entries: Vec<web_sys::FileSystemEntry> =
        (0..items.length()).filter_map(|i| items.get(i)?.webkit_get_as_entry().ok().flatten()).collect();
    if let Some(plain) = transfer.files() {
        (0..plain.length()).filter_map(|i| plain.get(i)).for_each(|file| {
            files.push(&file);
        });
    }
    for entry in entries.into_iter().filter(web_sys::FileSystemEntry::is_directory) {
        let directory: web_sys::FileSystemDirectoryEntry = entry.unchecked_into();
        let reader = directory.create_reader();
        let listed = js_sys::Promise::new(&mut |resolve, reject| {
            let _ = reader.read_entries_with_callback_and_callback(&resolve, &reject);
        });
        let Ok(listed) = wasm_bindgen_futures::JsFuture::from(listed).await else { continue };
        for entry in js_sys::Array::from(&listed).iter() {
            let entry: web_sys::FileSystemFileEntry = entry.unchecked_into();
            if entry.is_file() {
                let file = js_sys::Promise::new(&mut |resolve, reject| {
                    entry.file_with_callback_and_callback(&resolve, &reject);
                });
                if let Ok(file) = wasm_bindgen_futures::JsFuture::from(file).await {
                    files.push(&file);
                }
            }
        }
    }
    files
}
