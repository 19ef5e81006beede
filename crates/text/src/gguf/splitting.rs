//! What `tokenizer.ggml.pre` means: where a text is cut before its pieces are merged.
//!
//! A cut is a regular expression; what it finds stands alone, and so does what is left between. They are applied one after the
//! other, each to the pieces of the one before. Source: `llm_tokenizer_bpe` in `llama-vocab.cpp` of llama.cpp, and the
//! `tokenizer.json` that each vocabulary was made from.

use tokenizers::normalizers::{NFC, NormalizerWrapper};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{Result, SplitDelimiterBehavior};

/// The words of GPT-2.
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
/// The words of BLOOM, up to the punctuation of several scripts.
const NO_PUNCTUATION: &str = r" ?[^(\s|.,!?…。，、।۔،)]+";
/// Each digit of every script.
const DIGIT: &str = r"\p{N}";

/// How a vocabulary's author cut texts.
#[derive(Debug, Clone)]
pub(super) struct Splitting {
    cuts: Vec<&'static str>,
    /// Whether a piece that is a token is not merged from its parts.
    pub whole_words: bool,
    /// Whether letters and their accents become one character first. llama.cpp passes this over; the models were taught with it.
    composed: bool,
}

/// The words of GPT-3.5 and its kin: contractions in any case, one character of punctuation goes with the letters after it.
macro_rules! later_words {
    ($digits:literal) => {
        concat!(
            r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|",
            $digits,
            r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
        )
    };
}

/// Letters that have a large and a small form, as the vocabularies of DeepSeek list them.
const CASED: &str = r"\s?[A-Za-z\x{b5}\x{c0}-\x{d6}\x{d8}-\x{f6}\x{f8}-\x{1ba}\x{1bc}-\x{1bf}\x{1c4}-\x{293}\x{295}-\x{2af}\x{370}-\x{373}\x{376}\x{377}\x{37b}-\x{37d}\x{37f}\x{386}\x{388}-\x{38a}\x{38c}\x{38e}-\x{3a1}\x{3a3}-\x{3f5}\x{3f7}-\x{481}\x{48a}-\x{52f}\x{531}-\x{556}\x{10a0}-\x{10c5}\x{13a0}-\x{13f5}\x{13f8}-\x{13fd}\x{1c90}-\x{1cba}\x{1cbd}-\x{1cbf}\x{1d00}-\x{1d2b}\x{1d6b}-\x{1d77}\x{1d79}-\x{1d9a}\x{1e00}-\x{1f15}\x{1f18}-\x{1f1d}\x{1f20}-\x{1f45}\x{1f48}-\x{1f4d}\x{1f50}-\x{1f57}\x{1f59}\x{1f5b}\x{1f5d}\x{1f5f}-\x{1f7d}\x{1f80}-\x{1fb4}\x{1fb6}-\x{1fbc}\x{1fbe}\x{1fc2}-\x{1fc4}\x{1fc6}-\x{1fcc}\x{1fd0}-\x{1fd3}\x{1fd6}-\x{1fdb}\x{1fe0}-\x{1fec}\x{1ff2}-\x{1ff4}\x{1ff6}-\x{1ffc}\x{2102}\x{2107}\x{210a}-\x{2113}\x{2115}\x{2119}-\x{211d}\x{2124}\x{2126}\x{2128}\x{212a}-\x{212d}\x{212f}-\x{2134}\x{2139}\x{213c}-\x{213f}\x{2145}-\x{2149}\x{214e}\x{2183}\x{2184}\x{2c00}-\x{2c7b}\x{2c7e}-\x{2ce4}\x{2ceb}-\x{2cee}\x{2cf2}\x{2cf3}\x{a640}-\x{a66d}\x{a680}-\x{a69b}\x{a722}-\x{a76f}\x{a771}-\x{a787}\x{a78b}-\x{a78e}\x{ab70}-\x{abbf}\x{fb00}-\x{fb06}\x{fb13}-\x{fb17}\x{ff21}-\x{ff3a}\x{ff41}-\x{ff5a}\x{10400}-\x{1044f}\x{104b0}-\x{104d3}\x{104d8}-\x{104fb}\x{10c80}-\x{10cb2}\x{10cc0}-\x{10cf2}\x{118a0}-\x{118df}\x{1e900}-\x{1e943}]+";
/// Their Chinese, Japanese and Korean.
const IDEOGRAPHS: &str = r"[\x{4e00}-\x{9fa5}\x{800}-\x{4e00}\x{ac00}-\x{d7ff}]+";
const THREE_DIGITS: &str = "[0-9][0-9][0-9]";

impl Splitting {
    /// `None` for a name that is not known.
    pub fn named(name: &str) -> Option<Self> {
        let whole_words = matches!(name, "llama3" | "llama-v3" | "llama-bpe" | "falcon3" | "tekken");
        let composed = matches!(name, "qwen2" | "deepseek-r1-qwen" | "mpt" | "olmo");
        let cuts = match name {
            "gpt-2" | "phi-2" | "jina-es" | "jina-de" | "gigachat" | "jina-v1-en" | "jina-v2-es" | "jina-v2-de"
            | "jina-v2-code" | "roberta-bpe" | "mpt" | "olmo" | "jais" => vec![WORDS],
            "smollm" | "starcoder" | "refact" | "command-r" | "codeshell" | "exaone" | "minerva-7b" => {
                vec![DIGIT, WORDS]
            }
            "llama3" | "llama-v3" | "llama-bpe" | "falcon3" | "dbrx" | "smaug-bpe" | "chatglm-bpe" => {
                vec![later_words!(r"\p{N}{1,3}")]
            }
            "qwen2" | "deepseek-r1-qwen" | "stablelm2" | "megrez" => vec![later_words!(r"\p{N}")],
            "falcon" => vec![r"[\p{P}$+<=>^~|`]+", WORDS, THREE_DIGITS],
            "default" => {
                vec![r"[\p{P}$+<=>^~|]+", WORDS, r"\p{N}+", THREE_DIGITS]
            }
            "deepseek-llm" => vec![
                r"[\r\n]",
                CASED,
                r"\s?[!-/:-~\x{ff01}-\x{ff0f}\x{ff1a}-\x{ff5e}\x{2018}-\x{201f}\x{3000}-\x{3002}]+",
                r"\s+$",
                IDEOGRAPHS,
                r"\p{N}+",
            ],
            "deepseek-coder" => vec![r"[\r\n]", r"\s?\p{L}+", r"\s?\p{P}+", IDEOGRAPHS, DIGIT],
            "deepseek-v3" => vec![
                r"\p{N}{1,3}",
                r"[\x{4e00}-\x{9fa5}\x{3040}-\x{309f}\x{30a0}-\x{30ff}]+",
                r##"[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"##,
            ],
            "tekken" => vec![
                r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
            ],
            "bloom" | "poro-chat" | "gpt3-finnish" => vec![NO_PUNCTUATION],
            "viking" => vec![NO_PUNCTUATION, DIGIT],
            _ => return None,
        };
        Some(Self { cuts, whole_words, composed })
    }

    pub fn normalizer(&self) -> Option<NormalizerWrapper> {
        self.composed.then(|| NFC.into())
    }

    pub fn pre_tokenizer(&self) -> Result<PreTokenizerWrapper> {
        let cut = |pattern: &&str| -> Result<PreTokenizerWrapper> {
            let pattern = SplitPattern::Regex((*pattern).to_owned());
            Ok(Split::new(pattern, SplitDelimiterBehavior::Isolated, false)?.into())
        };
        let parts = self.cuts.iter().map(cut).chain([Ok(ByteLevel::new(false, true, false).into())]);
        Ok(Sequence::new(parts.collect::<Result<Vec<_>>>()?).into())
    }
}
