//! Tokenizers of GGUF files.

use proptest::prelude::*;
use vitrine_text::{Settings, TextError, Tokenizer, Vocabulary};

/// Pieces with scores, each made of the ones before: what a text of these letters can become.
const PIECES: [(&str, f32); 16] = [
    ("▁", -20.0),
    ("a", -21.0),
    ("b", -22.0),
    ("c", -23.0),
    ("ab", -1.0),
    ("▁a", -2.0),
    ("bc", -3.0),
    ("abc", -4.0),
    ("▁ab", -5.0),
    ("aa", -6.0),
    ("▁▁", -7.0),
    ("aab", -8.0),
    ("ca", -9.0),
    ("▁abc", -10.0),
    ("aaaa", -11.0),
    ("日本", -12.0),
];
const CONTROL: [&str; 3] = ["<unk>", "<s>", "</s>"];

/// Token names: three of control, the bytes, then the pieces.
fn names() -> Vec<String> {
    let bytes = (0..=255).map(|byte| format!("<0x{byte:02X}>"));
    CONTROL.iter().map(|name| (*name).to_owned()).chain(bytes).chain(PIECES.map(|(name, _)| name.to_owned())).collect()
}

fn pieces(names: &[String]) -> Vocabulary<'_> {
    Vocabulary {
        model: "llama",
        tokens: names.iter().map(String::as_str).collect(),
        scores: std::iter::repeat_n(0.0, 259).chain(PIECES.map(|(_, score)| score)).collect(),
        kinds: [2, 3, 3].into_iter().chain(std::iter::repeat_n(6, 256)).chain(std::iter::repeat_n(1, 16)).collect(),
        first: Some(1),
        unknown: Some(0),
        space_in_front: true,
        ..Vocabulary::default()
    }
}

fn build(vocabulary: Vocabulary<'_>) -> Tokenizer {
    Tokenizer::from_vocabulary(vocabulary, usize::MAX, usize::MAX).unwrap()
}

pub fn scored() -> Tokenizer {
    build(pieces(&names()))
}

/// By the definition: of all neighbours that can become one, those of the best score, the leftmost of equals; then again.
fn by_definition(names: &[String], scores: &[f32], text: &str) -> Vec<u32> {
    let id = |piece: &str| names.iter().position(|name| name == piece);
    let marked = if text.is_empty() { String::new() } else { format!("▁{}", text.replace(' ', "▁")) };
    let mut parts: Vec<String> = marked.chars().map(String::from).collect();
    loop {
        let mut best: Option<(f32, usize)> = None;
        for at in 1..parts.len() {
            let score = id(&format!("{}{}", parts[at - 1], parts[at])).map(|id| scores[id]);
            if let Some(score) = score.filter(|score| best.is_none_or(|(best, _)| *score > best)) {
                best = Some((score, at));
            }
        }
        let Some((_, at)) = best else { break };
        let right = parts.remove(at);
        parts[at - 1] += &right;
    }
    let ids = parts.iter().flat_map(|part| match id(part) {
        Some(id) => vec![id as u32],
        None => part.bytes().map(|byte| u32::from(byte) + 3).collect(),
    });
    ids.collect()
}

fn ids(tokenizer: &Tokenizer, text: &str) -> Vec<u32> {
    tokenizer.split_as_written(text).unwrap().input.tokens.iter().map(|token| token.id).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn pieces_are_merged_by_their_scores(text in "[abc 日本é\n]{0,24}", equal in any::<bool>()) {
        let names = names();
        let mut vocabulary = pieces(&names);
        if equal {
            // As files have them that were made from a list of words without scores.
            vocabulary.scores.fill(-1000.0);
        }
        let scores = vocabulary.scores.clone();
        let tokenizer = build(vocabulary);
        prop_assert_eq!(ids(&tokenizer, &text), by_definition(&names, &scores, &text), "{:?}", text);
    }

    #[test]
    fn any_vocabulary_is_built_or_refused(
        model in prop::sample::select(vec!["gpt2", "llama", ""]), pre in prop::sample::select(vec!["gpt-2", "llama-bpe", "deepseek-llm", ""]),
        tokens in prop::collection::vec("[ab▁ <>$]{0,3}", 0..6), merges in prop::collection::vec("[ab ]{0,4}", 0..3),
        scores in prop::collection::vec(any::<f32>(), 0..6), kinds in prop::collection::vec(0..9u64, 0..8),
        first in prop::option::of(0..7u32), last in prop::option::of(0..7u32), unknown in prop::option::of(0..7u32),
        space_in_front in any::<bool>(), text in "[ab▁ <>$é]{0,9}",
    ) {
        let tokens: Vec<&str> = tokens.iter().map(String::as_str).collect();
        let merges = merges.iter().map(String::as_str).collect();
        let vocabulary = Vocabulary { model, pre, tokens, merges, scores, kinds, first, last, unknown, space_in_front };
        if let Ok(tokenizer) = Tokenizer::from_vocabulary(vocabulary, 9, usize::MAX) {
            let _ = (tokenizer.split(&text), tokenizer.find(&text), tokenizer.to_json());
        }
    }

    #[test]
    fn what_is_exported_splits_alike(text in "[abc \n]{0,24}") {
        let tokenizer = scored();
        let exported = tokenizer.to_json().unwrap();
        let again = Tokenizer::from_json(exported.as_bytes(), &Settings::default(), usize::MAX, usize::MAX).unwrap();
        prop_assert_eq!(tokenizer.split(&text).unwrap(), again.split(&text).unwrap());
    }
}

#[test]
fn pieces_know_their_places() {
    let input = scored().split("abc日本é").unwrap().input;
    let found: Vec<(&str, usize, usize, bool)> =
        input.tokens.iter().map(|token| (token.text.as_str(), token.start, token.end, token.special)).collect();
    let expected =
        [("<s>", 0, 0, true), ("abc", 0, 3, false), ("日本", 3, 9, false), ("é", 9, 11, false), ("é", 9, 11, false)];
    assert_eq!(found, expected);
}

#[test]
fn a_vocabulary_that_cannot_split_is_refused() {
    let refused = |change: &dyn Fn(&mut Vocabulary<'_>), sentence: &str| {
        let names = names();
        let mut vocabulary = pieces(&names);
        change(&mut vocabulary);
        let error = Tokenizer::from_vocabulary(vocabulary, 9, 9).unwrap_err();
        assert!(matches!(error, TextError::BadVocabulary { .. }));
        assert!(error.to_string().contains(sentence), "{error}");
    };
    refused(&|v| v.model = "rwkv", "its kind \"rwkv\" is not built");
    refused(&|v| v.scores.truncate(5), "275 tokens and 5 scores");
    refused(&|v| v.scores[7] = f32::NAN, "the score of token 7 is not finite");
    refused(&|v| v.tokens[9] = "a", "a token stands twice");
    refused(&|v| v.first = Some(900), "its first token 900 does not exist");
    refused(&|v| v.last = Some(901), "its last token 901 does not exist");
    refused(&|v| (v.tokens[9], v.unknown) = ("x", None), "none for what is unknown");
    refused(&|v| (v.model, v.pre) = ("gpt2", "new"), "its splitting \"new\" is not built");
    refused(&|v| (v.model, v.pre, v.merges) = ("gpt2", "gpt-2", vec!["ab"]), "has no two parts");
}

/// Bytes, and pairs that tell where a text was cut: digits, and punctuation before letters.
fn cut(pre: &str, text: &str) -> Vec<String> {
    let mut alphabet: Vec<char> = tokenizers::pre_tokenizers::byte_level::ByteLevel::alphabet().into_iter().collect();
    alphabet.sort_unstable();
    let merges = ["1 2", "12 3", "123 4", "a b", "Ġ ab", "! ab", "! !", "Ġ !!", "Ċ Ċ", "Ġ Ġ", "' S"];
    let mut tokens: Vec<String> = alphabet.into_iter().map(String::from).collect();
    tokens.extend(merges.iter().map(|merge| merge.replace(' ', "")));
    let tokens = tokens.iter().map(String::as_str).collect();
    let tokenizer = build(Vocabulary { model: "gpt2", pre, tokens, merges: merges.to_vec(), ..Vocabulary::default() });
    tokenizer.split(text).unwrap().input.tokens.into_iter().map(|token| token.text).collect()
}

#[test]
fn texts_are_cut_where_the_author_of_the_vocabulary_cut_them() {
    for (pre, text, expected) in [
        ("gpt-2", "1234", &["1234"][..]),
        ("smollm", "1234", &["1", "2", "3", "4"]),
        ("starcoder", "1234", &["1", "2", "3", "4"]),
        ("qwen2", "1234", &["1", "2", "3", "4"]),
        ("llama-bpe", "1234", &["123", "4"]),
        ("falcon", "1234", &["123", "4"]),
        ("default", "1234", &["123", "4"]),
        ("deepseek-llm", "1234", &["1234"]),
        ("deepseek-coder", "1234", &["1", "2", "3", "4"]),
        ("deepseek-v3", "1234", &["123", "4"]),
        ("tekken", "1234", &["1", "2", "3", "4"]),
        ("gpt-2", "!ab", &["!", "ab"]),
        ("llama-bpe", "!ab", &["!ab"]),
        ("qwen2", "!ab", &["!ab"]),
        ("deepseek-v3", "!ab", &["!ab"]),
        ("gpt-2", "ab !!", &["ab", " !!"]),
        ("falcon", "ab !!", &["ab", " ", "!!"]),
        ("gpt-2", "a'S", &["a", "'", "S"]),
        ("llama-bpe", "a'S", &["a", "'S"]),
        ("qwen2", "\n\n", &["\n\n"]),
        ("deepseek-coder", "\n\n", &["\n", "\n"]),
        ("gpt-2", "a  ab", &["a", " ", " ab"]),
    ] {
        assert_eq!(cut(pre, text), expected, "{pre}: {text:?}");
    }
}

#[test]
fn letters_are_composed_where_the_model_was_taught_so() {
    // In composed form a byte of é alone stands for both code points.
    assert_eq!(cut("qwen2", "e\u{301}"), ["e\u{301}", "e\u{301}"]);
    assert_eq!(cut("gpt-2", "e\u{301}").len(), 3);
}
