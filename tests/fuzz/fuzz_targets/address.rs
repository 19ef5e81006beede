//! Any text as an address of the Lab: what is read of it can be written, and is then read as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_share::{Opened, address};

fuzz_target!(|query: String| {
    let Some(Opened { place, fault }) = address::read(&format!("#/lab?{query}")) else { return };
    let sentence = fault.map(|fault| fault.to_string()).unwrap_or_default();
    assert!(sentence.lines().count() <= 1 && sentence.len() < 1000);
    if let Ok(written) = address::write(&place) {
        assert_eq!(address::read(&written), Some(Opened { place, fault: None }));
    }
});
