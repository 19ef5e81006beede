//! Any letter and any bytes as a link, and any text as one: what opens can be written, and is then read as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use vitrine_share::link::{Link, sealed};

fn opens(text: &str) {
    match Link::read(text) {
        Ok(link) => assert_eq!(link.write().and_then(|payload| Link::read(&payload)), Ok(link)),
        Err(error) => {
            let sentence = error.to_string();
            assert!(sentence.lines().count() == 1 && sentence.len() < 1000);
        }
    }
}

fuzz_target!(|input: (&[u8], &[u8], &str)| {
    let (letter, capsule, text) = input;
    opens(&sealed(letter, capsule));
    opens(text);
});
