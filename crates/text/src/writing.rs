//! Text that a model writes, token by token.

use crate::Tokenizer;

/// The text so far. A character that is spread over tokens appears with the token that completes it: the tokens before it have an
/// empty text, so that the texts of all tokens together are the whole text.
#[derive(Debug, Clone)]
pub struct Writing<'t> {
    tokenizer: &'t Tokenizer,
    text: String,
    /// Bytes of a character that is not complete.
    open: Vec<u8>,
}

impl Tokenizer {
    /// An empty text.
    #[must_use]
    pub const fn writing(&self) -> Writing<'_> {
        Writing { tokenizer: self, text: String::new(), open: Vec::new() }
    }
}

impl Writing<'_> {
    /// Writes one token; returns the characters that it completes.
    pub fn push(&mut self, id: u32) -> String {
        self.open.extend(self.tokenizer.bytes_of(id));
        let mut completed = String::new();
        let bytes = std::mem::take(&mut self.open);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    completed += text;
                    rest = &[];
                }
                Err(error) => {
                    let (valid, broken) = rest.split_at(error.valid_up_to());
                    completed += &String::from_utf8_lossy(valid);
                    match error.error_len() {
                        // No further byte makes a character of these.
                        Some(n) => {
                            completed.push(char::REPLACEMENT_CHARACTER);
                            rest = broken.get(n..).unwrap_or_default();
                        }
                        None => {
                            self.open = broken.to_vec();
                            rest = &[];
                        }
                    }
                }
            }
        }
        self.text += &completed;
        completed
    }

    /// The whole characters so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What is left when no token follows: the replacement character for a character that was begun and not completed.
    #[must_use]
    pub fn rest(&self) -> String {
        String::from_utf8_lossy(&self.open).into_owned()
    }
}
