//! How a vocabulary spells text, and what each of its tokens writes.
//!
//! A vocabulary writes a space as `Ġ` or `▁`, a newline as `Ċ` or `<0x0A>`, and a character that it does not have as several
//! tokens of one byte. Which of these it does is asked of the tokenizer's own parts: first of its decoder, and where it has none,
//! of its model, pre-tokenizer and normalizer. Nothing here depends on the name of a model.

use std::borrow::Cow;

use tokenizers::decoders::DecoderWrapper;
use tokenizers::models::ModelWrapper;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::{Decoder, NormalizedString, Normalizer, Tokenizer};

/// The mark for a space of every SentencePiece vocabulary.
const MARK: char = '▁';

/// The spelling of one vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Every byte is a character of its own alphabet, as in GPT-2.
    Bytes,
    /// A mark stands for the space, and `<0xE6>` for a byte, as SentencePiece does.
    Marks {
        /// The mark.
        mark: char,
        /// Whether there are tokens of one byte.
        bytes: bool,
    },
    /// Words are apart without saying so, and a piece that continues one begins with a prefix, as in BERT.
    WordPieces {
        /// The prefix.
        prefix: String,
    },
    /// Every token is a word, apart from the one before it.
    Words,
    /// As it stands.
    Plain,
}

impl Spelling {
    /// Asks the parts of a tokenizer.
    pub(crate) fn of(tokenizer: &Tokenizer) -> Self {
        let mut found = Parts::default();
        match tokenizer.get_decoder() {
            Some(decoder) => found.ask(decoder),
            None => found.ask_the_rest(tokenizer),
        }
        match found {
            Parts { alphabet: true, .. } => Self::Bytes,
            Parts { prefix: Some(prefix), .. } => Self::WordPieces { prefix },
            Parts { mark: Some(mark), bytes, .. } => Self::Marks { mark, bytes },
            Parts { bytes: true, .. } => Self::Marks { mark: MARK, bytes: true },
            // A tokenizer without a decoder puts a space between tokens.
            _ if tokenizer.get_decoder().is_none() => Self::Words,
            _ => Self::Plain,
        }
    }

    /// The bytes that a token writes in the middle of a text.
    pub(crate) fn written(&self, token: &str) -> Vec<u8> {
        match self {
            // A token outside the alphabet was put there by hand, and is meant as it stands.
            Self::Bytes => token.chars().map(byte_of).collect::<Option<Vec<u8>>>().unwrap_or_else(|| token.into()),
            Self::Marks { mark, bytes } => match byte_token(token).filter(|_| *bytes) {
                Some(byte) => vec![byte],
                None => token.replace(*mark, " ").into_bytes(),
            },
            Self::WordPieces { prefix } => match token.strip_prefix(prefix.as_str()) {
                Some(rest) => rest.into(),
                None => format!(" {token}").into_bytes(),
            },
            Self::Words => format!(" {token}").into_bytes(),
            Self::Plain => token.into(),
        }
    }

    /// What an added token writes: what its author typed, except for marks.
    pub(crate) fn written_as_added<'t>(&self, token: &'t str) -> Cow<'t, str> {
        match self {
            Self::Marks { mark, .. } if token.contains(*mark) => token.replace(*mark, " ").into(),
            _ => token.into(),
        }
    }

    /// How the vocabulary spells a token that writes these bytes, if it can have one.
    pub(crate) fn spell(&self, bytes: &[u8]) -> Option<String> {
        match (self, bytes) {
            (Self::Bytes, _) => {
                let alphabet = alphabet();
                bytes.iter().map(|&byte| alphabet.get(usize::from(byte))).collect()
            }
            (Self::Marks { mark, bytes: single }, _) => match (std::str::from_utf8(bytes), bytes) {
                (Err(_), &[byte]) if *single => Some(format!("<0x{byte:02X}>")),
                (text, _) => Some(text.ok()?.replace(' ', &mark.to_string())),
            },
            (Self::WordPieces { prefix }, [b' ', word @ ..]) => {
                std::str::from_utf8(word).ok().filter(|word| !word.starts_with(prefix.as_str())).map(str::to_owned)
            }
            (Self::WordPieces { prefix }, _) => std::str::from_utf8(bytes).ok().map(|rest| format!("{prefix}{rest}")),
            (Self::Words, [b' ', word @ ..]) => std::str::from_utf8(word).ok().map(str::to_owned),
            (Self::Words | Self::Plain, _) => std::str::from_utf8(bytes).ok().map(str::to_owned),
        }
    }

    /// The token of one byte, where a vocabulary has such tokens beside those that write text.
    pub(crate) fn spell_byte(&self, byte: u8) -> Option<String> {
        matches!(self, Self::Marks { bytes: true, .. }).then(|| format!("<0x{byte:02X}>"))
    }
}

/// The id of the token that a model puts in the place of what it cannot spell, where it says so.
pub(crate) fn unknown(tokenizer: &Tokenizer) -> Option<u32> {
    let name = match tokenizer.get_model() {
        ModelWrapper::WordPiece(pieces) => Some(&pieces.unk_token),
        ModelWrapper::WordLevel(words) => Some(&words.unk_token),
        ModelWrapper::BPE(pairs) => pairs.unk_token.as_ref(),
        // It names an id, which only its file has; the token is one of control.
        ModelWrapper::Unigram(_) => None,
    };
    tokenizer.token_to_id(name?)
}

/// What was found in the parts.
#[derive(Default)]
struct Parts {
    alphabet: bool,
    mark: Option<char>,
    bytes: bool,
    prefix: Option<String>,
}

impl Parts {
    fn ask(&mut self, decoder: &DecoderWrapper) {
        match decoder {
            DecoderWrapper::ByteLevel(_) => self.alphabet = true,
            DecoderWrapper::ByteFallback(_) => self.bytes = true,
            DecoderWrapper::Metaspace(metaspace) => self.mark = Some(metaspace.get_replacement()),
            DecoderWrapper::WordPiece(pieces) => self.prefix = Some(pieces.prefix.clone()),
            // Its pattern is private, so it is tried.
            DecoderWrapper::Replace(replace) => {
                let tried = replace.decode_chain(vec![MARK.to_string()]).unwrap_or_default();
                if tried.concat() == " " {
                    self.mark = Some(MARK);
                }
            }
            DecoderWrapper::Sequence(sequence) => sequence.get_decoders().iter().for_each(|part| self.ask(part)),
            _ => {}
        }
    }

    fn ask_the_rest(&mut self, tokenizer: &Tokenizer) {
        match tokenizer.get_model() {
            ModelWrapper::WordPiece(pieces) => self.prefix = Some(pieces.continuing_subword_prefix.clone()),
            ModelWrapper::BPE(pairs) => self.bytes = pairs.byte_fallback,
            ModelWrapper::Unigram(pieces) => self.bytes = pieces.byte_fallback(),
            ModelWrapper::WordLevel(_) => {}
        }
        if let Some(pre_tokenizer) = tokenizer.get_pre_tokenizer() {
            self.ask_pre_tokenizer(pre_tokenizer);
        }
        let mut tried = NormalizedString::from("a b");
        if let Some(normalizer) = tokenizer.get_normalizer()
            && normalizer.normalize(&mut tried).is_ok()
            && tried.get().contains(MARK)
        {
            self.mark = Some(MARK);
        }
    }

    fn ask_pre_tokenizer(&mut self, pre_tokenizer: &PreTokenizerWrapper) {
        match pre_tokenizer {
            PreTokenizerWrapper::ByteLevel(_) => self.alphabet = true,
            PreTokenizerWrapper::Metaspace(metaspace) => self.mark = Some(metaspace.get_replacement()),
            PreTokenizerWrapper::Sequence(sequence) => {
                sequence.as_ref().iter().for_each(|part| self.ask_pre_tokenizer(part));
            }
            _ => {}
        }
    }
}

/// The byte of a token such as `<0x0A>`.
fn byte_token(token: &str) -> Option<u8> {
    let digits = token.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok().filter(|_| digits.len() == 2)
}

/// Bytes that the byte-level alphabet writes as the character of the same number; the others follow from 256 on.
const fn is_itself(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF)
}

/// The byte-level alphabet, by byte.
fn alphabet() -> Vec<char> {
    let mut others = 256..;
    let number = |byte| if is_itself(byte) { Some(u32::from(byte)) } else { others.next() };
    (0..=u8::MAX).filter_map(number).filter_map(char::from_u32).collect()
}

/// The byte that a character of the byte-level alphabet stands for.
fn byte_of(c: char) -> Option<u8> {
    match u32::from(c) {
        number @ 0..=255 => u8::try_from(number).ok().filter(|byte| is_itself(*byte)),
        number => {
            let nth = usize::try_from(number - 256).ok()?;
            (0..=u8::MAX).filter(|byte| !is_itself(*byte)).nth(nth)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_byte_alphabet_is_that_of_the_tokenizers_crate() {
        let theirs = tokenizers::pre_tokenizers::byte_level::ByteLevel::alphabet();
        let ours = alphabet();
        assert!(ours.len() == 256 && ours.iter().all(|c| theirs.contains(c)));
        assert_eq!(ours.iter().map(|&c| byte_of(c).unwrap()).collect::<Vec<u8>>(), (0..=255).collect::<Vec<u8>>());
        assert_eq!((ours[usize::from(b' ')], ours[usize::from(b'\n')]), ('Ġ', 'Ċ'));
    }

    #[test]
    fn what_is_spelled_is_what_is_written() {
        let marks = Spelling::Marks { mark: '▁', bytes: true };
        let pieces = Spelling::WordPieces { prefix: "##".into() };
        for (spelling, token, written) in [
            (&Spelling::Bytes, "Ġthe", " the".as_bytes()),
            (&Spelling::Bytes, "Ċ", b"\n"),
            (&Spelling::Bytes, "ĠðŁ", b" \xF0\x9F"),
            (&marks, "▁the", b" the"),
            (&marks, "<0xE6>", b"\xE6"),
            (&pieces, "##ny", b"ny"),
            (&pieces, "fun", b" fun"),
            (&Spelling::Words, "fun", b" fun"),
            (&Spelling::Plain, "fun", b"fun"),
        ] {
            assert_eq!(spelling.written(token), written, "{token}");
            assert_eq!(spelling.spell(written).as_deref(), Some(token), "{token}");
        }
        assert_eq!(marks.written("<0x0A>"), b"\n");
        assert_eq!(marks.spell_byte(b'\n').as_deref(), Some("<0x0A>"));
    }
}
