//! SentencePiece's pairs: two pieces that stand side by side become one while the vocabulary has what they write, the piece of the
//! best score first, of equals the one further left.
//!
//! The pairs of the `tokenizers` crate have ranks, which say the same only where no two pieces have one score.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::ops::Range;

use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::normalizers::{Prepend, Replace, Sequence as Normalizers};
use tokenizers::{Model, ModelWrapper, Token, Tokenizer};

use super::{Vocabulary, bad, wrong};
use crate::TextError;

const MARK: &str = "▁";

/// The score of each token.
#[derive(Debug, Clone)]
pub(crate) struct Scored {
    scores: Vec<f32>,
    unknown: Option<u32>,
}

pub(super) fn build(vocabulary: &Vocabulary<'_>, tokens: &[String]) -> Result<(Tokenizer, Scored), TextError> {
    let scores = vocabulary.scores.clone();
    if scores.len() != tokens.len() {
        return Err(bad(format!("it has {} tokens and {} scores", tokens.len(), scores.len())));
    }
    if let Some(id) = scores.iter().position(|score| !score.is_finite()) {
        return Err(bad(format!("the score of token {id} is not finite")));
    }
    let vocab: Vocab = tokens.iter().cloned().zip(0u32..).collect();
    if vocab.len() != tokens.len() {
        return Err(bad("a token stands twice".to_owned()));
    }
    let unknown = vocabulary.unknown.and_then(|id| Some((id, tokens.get(id as usize)?)));
    if unknown.is_none() && (0..=u8::MAX).any(|byte| !vocab.contains_key(&name_of_byte(byte))) {
        return Err(bad("it has no tokens for single bytes, and none for what is unknown".to_owned()));
    }
    let model = BPE::builder().vocab_and_merges(vocab, Merges::new()).byte_fallback(true).fuse_unk(true);
    let model = match unknown {
        Some((_, token)) => model.unk_token(token.clone()),
        None => model,
    };
    let scored = Scored { scores, unknown: unknown.map(|(id, _)| id) };
    let mut tokenizer = Tokenizer::new(model.build().map_err(wrong)?);
    let marks = Replace::new(" ", MARK).map_err(wrong)?.into();
    let spaces = Replace::new(MARK, " ").map_err(wrong)?.into();
    let mut normalizers = vec![marks];
    let mut decoders = vec![spaces, ByteFallback::default().into(), Fuse::default().into()];
    if vocabulary.space_in_front {
        normalizers.insert(0, Prepend::new(MARK.to_owned()).into());
        decoders.push(Strip::new(' ', 1, 0).into());
    }
    tokenizer.with_normalizer(Some(Normalizers::new(normalizers))).map_err(wrong)?;
    tokenizer.with_decoder(Some(Decoders::new(decoders)));
    Ok((tokenizer, scored))
}

fn name_of_byte(byte: u8) -> String {
    format!("<0x{byte:02X}>")
}

/// A piece of the text; of one that went into its neighbour, nothing is left.
struct Symbol {
    range: Range<usize>,
    before: Option<usize>,
    after: Option<usize>,
}

/// Two neighbours that can become one.
struct Pair {
    score: f32,
    left: usize,
    right: usize,
    /// Bytes of both, by which a pair is known that is no more.
    bytes: usize,
}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        self.score.total_cmp(&other.score).then(other.left.cmp(&self.left))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Pair {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Pair {}

impl Scored {
    /// The tokens of a text in which marks stand for spaces; `vocabulary` has their ids.
    pub fn tokenize(&self, vocabulary: &ModelWrapper, text: &str) -> Vec<Token> {
        let mut symbols: Vec<Symbol> = text
            .char_indices()
            .enumerate()
            .map(|(at, (start, c))| Symbol {
                range: start..start + c.len_utf8(),
                before: at.checked_sub(1),
                after: Some(at + 1),
            })
            .collect();
        if let Some(last) = symbols.last_mut() {
            last.after = None;
        }
        let mut pairs = BinaryHeap::new();
        for right in 1..symbols.len() {
            pairs.extend(self.pair(vocabulary, text, &symbols, Some(right - 1), Some(right)));
        }
        while let Some(Pair { left, right, bytes, .. }) = pairs.pop() {
            let (Some(a), Some(b)) = (symbols.get(left), symbols.get(right)) else { continue };
            if a.range.is_empty() || b.range.is_empty() || a.range.len() + b.range.len() != bytes {
                continue;
            }
            let (end, before, after) = (b.range.end, a.before, b.after);
            if let Some(b) = symbols.get_mut(right) {
                b.range.start = end;
            }
            if let Some(a) = symbols.get_mut(left) {
                (a.range.end, a.after) = (end, after);
            }
            if let Some(after) = after.and_then(|after| symbols.get_mut(after)) {
                after.before = Some(left);
            }
            pairs.extend(self.pair(vocabulary, text, &symbols, before, Some(left)));
            pairs.extend(self.pair(vocabulary, text, &symbols, Some(left), after));
        }
        let mut tokens = Vec::new();
        for Symbol { range, .. } in symbols.into_iter().filter(|symbol| !symbol.range.is_empty()) {
            self.write(vocabulary, text, range, &mut tokens);
        }
        tokens
    }

    fn pair(
        &self,
        vocabulary: &ModelWrapper,
        text: &str,
        symbols: &[Symbol],
        left: Option<usize>,
        right: Option<usize>,
    ) -> Option<Pair> {
        let (left, right) = (left?, right?);
        let range = symbols.get(left)?.range.start..symbols.get(right)?.range.end;
        let id = vocabulary.token_to_id(text.get(range.clone())?)?;
        Some(Pair { score: *self.scores.get(id as usize)?, left, right, bytes: range.len() })
    }

    /// A token of its own, or its bytes, or what stands for the unknown.
    fn write(&self, vocabulary: &ModelWrapper, text: &str, range: Range<usize>, tokens: &mut Vec<Token>) {
        let written = text.get(range.clone()).unwrap_or_default();
        if let Some(id) = vocabulary.token_to_id(written) {
            tokens.push(Token::new(id, written.to_owned(), (range.start, range.end)));
            return;
        }
        let byte = |(at, byte): (usize, u8)| {
            let name = name_of_byte(byte);
            Some(Token::new(vocabulary.token_to_id(&name)?, name, (at, at + 1)))
        };
        if let Some(bytes) = range.clone().zip(written.bytes()).map(byte).collect::<Option<Vec<_>>>() {
            tokens.extend(bytes);
        } else if let Some((id, name)) = self.unknown.and_then(|id| Some((id, vocabulary.id_to_token(id)?))) {
            tokens.push(Token::new(id, name, (range.start, range.end)));
        }
    }

    /// The same as pairs with ranks, for a `tokenizer.json`: every way to make a token of two others, the best score first.
    pub fn ranked(&self, pairs: &BPE) -> Result<BPE, tokenizers::Error> {
        let vocab: Vocab = pairs.get_vocab().into_iter().collect();
        let score = |id: u32| self.scores.get(id as usize).copied().unwrap_or(f32::MIN);
        let mut ways: Vec<(f32, u32, usize)> = Vec::new();
        for (token, &id) in &vocab {
            let cuts = token.char_indices().skip(1).map(|(at, _)| at);
            let both = |&at: &usize| {
                token
                    .get(..at)
                    .zip(token.get(at..))
                    .is_some_and(|(a, b)| vocab.contains_key(a) && vocab.contains_key(b))
            };
            ways.extend(cuts.filter(both).map(|at| (score(id), id, at)));
        }
        ways.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)).then(b.2.cmp(&a.2)));
        let way = |(_, id, at): (f32, u32, usize)| {
            let token = pairs.id_to_token(id)?;
            let (left, right) = token.split_at_checked(at)?;
            Some((left.to_owned(), right.to_owned()))
        };
        let merges: Merges = ways.into_iter().filter_map(way).collect();
        let model = BPE::builder().vocab_and_merges(vocab, merges).byte_fallback(true).fuse_unk(true);
        match pairs.get_unk_token() {
            Some(token) => model.unk_token(token.clone()).build(),
            None => model.build(),
        }
    }
}
