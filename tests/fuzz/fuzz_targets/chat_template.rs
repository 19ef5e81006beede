//! Any text as a chat template: it is filled in, or refused, and it ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_text::ChatTemplate;

fuzz_target!(|source: String| {
    let _ = ChatTemplate::new(source).prompt(&[], Some(0));
});
