//! What went wrong, in one sentence that says what to do next.

use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::protocol::{Failure, Origin};

/// A worker's failure.
#[must_use]
pub fn failure(failure: &Failure) -> String {
    match failure {
        Failure::Refused { refusal } => refused(refusal),
        Failure::Fetch { file, origin: Origin::Disk, .. } => {
            format!("{file} can no longer be read from your disk; choose it again.")
        }
        Failure::Fetch { file, status: 0, resumes, .. } => {
            let then = if *resumes { ", it goes on where it stopped" } else { "" };
            format!("The download of {file} was interrupted; check the connection and try again{then}.")
        }
        Failure::Fetch { file, status, origin: Origin::Hub, .. } => {
            format!(
                "The hub answered {status} for {file}; check the name of the model, or whether the hub asks for a login."
            )
        }
        Failure::Fetch { file, status, .. } => {
            format!(
                "The server answered {status} for {file}; the page is incomplete where it is hosted, tell whoever put it there."
            )
        }
        Failure::MissingFile { file } => {
            format!(
                "This model has no {file}; a folder needs config.json, tokenizer.json and its safetensors files, or choose a GGUF file."
            )
        }
        Failure::NotAFile { file, origin: Origin::Site } => {
            format!(
                "{file} cannot be used: a web page came instead of it; the page is incomplete where it is hosted, tell whoever put it there."
            )
        }
        Failure::NotAFile { file, .. } => {
            format!(
                "A web page came instead of {file}; check the name of the model, or whether the hub asks for a login."
            )
        }
        Failure::Corrupt { file } => {
            format!(
                "{file} arrived damaged twice; something between the server and this browser changes it. Try another network."
            )
        }
        Failure::BadModel { detail } => format!("The model cannot be used: {detail}."),
        Failure::NotLoaded { model } => {
            format!(
                "The model {model} is not loaded (the engine was started again); it is being read back, ask again in a moment."
            )
        }
        Failure::NotReady => "The model is not ready yet; this runs as soon as it is.".to_owned(),
        Failure::Engine { detail } => format!("The engine could not do this: {detail}."),
    }
}

fn refused(refusal: &Refusal) -> String {
    match refusal {
        Refusal::NothingToRead => {
            "Nothing in this text is a word that the model can read; type at least one word, letter or sign.".to_owned()
        }
        Refusal::OnlyControlTokens { tokens } => {
            format!(
                "Only control tokens are in this text ({}), and they are no words; write at least one word beside them.",
                tokens.join(", ")
            )
        }
        Refusal::TooLarge { needed, most } => {
            format!(
                "This model takes {} MB of memory, and {} MB are left beside the models that are here; choose a smaller one, or reload the page to let go of the others.",
                needed / 1_000_000,
                most / 1_000_000
            )
        }
        other => format!("This cannot be done: {other}."),
    }
}

/// An error as a sentence of its own: a capital in front, a full stop behind.
#[must_use]
pub fn sentence_of(error: &str) -> String {
    // The name of a key stays as it is written.
    if error.split_once(' ').is_some_and(|(first, _)| first.contains('=')) {
        return format!("{error}.");
    }
    let mut letters = error.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_says_what_to_do_or_what_is_wrong() {
        let fetch = |status, origin, resumes| Failure::Fetch { file: "a.bin".into(), status, origin, resumes };
        let cases = [
            (fetch(404, Origin::Disk, false), "a.bin can no longer be read from your disk; choose it again."),
            (
                fetch(0, Origin::Site, true),
                "The download of a.bin was interrupted; check the connection and try again, it goes on where it stopped.",
            ),
            (
                fetch(401, Origin::Hub, false),
                "The hub answered 401 for a.bin; check the name of the model, or whether the hub asks for a login.",
            ),
            (Failure::BadModel { detail: "no norm".into() }, "The model cannot be used: no norm."),
            (
                Failure::Refused { refusal: Refusal::EmptyTarget },
                &format!("This cannot be done: {}.", Refusal::EmptyTarget),
            ),
        ];
        for (found, expected) in cases {
            assert_eq!(failure(&found), expected);
        }
        let large = Refusal::TooLarge { needed: 3_000_000, most: 1_000_000 };
        assert!(
            failure(&Failure::Refused { refusal: large }).starts_with("This model takes 3 MB of memory, and 1 MB are")
        );
    }

    #[test]
    fn an_error_becomes_a_sentence_and_a_key_stays_as_it_is_written() {
        assert_eq!(sentence_of("the address is cut off"), "The address is cut off.");
        assert_eq!(sentence_of("ask=explain needs a method"), "ask=explain needs a method.");
    }
}
