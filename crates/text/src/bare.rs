//! A tokenizer without the space that it puts in front of a text.
//!
//! Many vocabularies spell the first word of a text as if a space stood before it. What follows a prompt has no such space of its
//! own, so it is split without one.

use tokenizers::Tokenizer;
use tokenizers::normalizers::{NormalizerWrapper, Sequence as Normalizers};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::metaspace::PrependScheme;
use tokenizers::pre_tokenizers::sequence::Sequence as PreTokenizers;

/// The parts of a tokenizer that change a text before the model splits it, without what puts a space in front.
pub(crate) type Parts = (Option<NormalizerWrapper>, Option<PreTokenizerWrapper>);

pub(crate) fn parts(tokenizer: &Tokenizer) -> Parts {
    (tokenizer.get_normalizer().and_then(normalizer), tokenizer.get_pre_tokenizer().map(pre_tokenizer))
}

/// Whether a text gets a space in front.
pub(crate) fn puts_space_in_front(tokenizer: &Tokenizer) -> bool {
    let normalizes = tokenizer.get_normalizer().is_some_and(normalizer_puts);
    normalizes || tokenizer.get_pre_tokenizer().is_some_and(pre_tokenizer_puts)
}

fn normalizer(found: &NormalizerWrapper) -> Option<NormalizerWrapper> {
    match found {
        NormalizerWrapper::Prepend(_) => None,
        NormalizerWrapper::Sequence(sequence) => {
            Some(Normalizers::new(sequence.as_ref().iter().filter_map(normalizer).collect()).into())
        }
        other => Some(other.clone()),
    }
}

fn normalizer_puts(found: &NormalizerWrapper) -> bool {
    match found {
        NormalizerWrapper::Prepend(_) => true,
        NormalizerWrapper::Sequence(sequence) => sequence.as_ref().iter().any(normalizer_puts),
        _ => false,
    }
}

fn pre_tokenizer(found: &PreTokenizerWrapper) -> PreTokenizerWrapper {
    match found {
        PreTokenizerWrapper::ByteLevel(bytes) => bytes.add_prefix_space(false).into(),
        PreTokenizerWrapper::Metaspace(metaspace) => {
            let mut metaspace = metaspace.clone();
            metaspace.set_prepend_scheme(PrependScheme::Never);
            metaspace.into()
        }
        PreTokenizerWrapper::Sequence(sequence) => {
            PreTokenizers::new(sequence.as_ref().iter().map(pre_tokenizer).collect()).into()
        }
        other => other.clone(),
    }
}

fn pre_tokenizer_puts(found: &PreTokenizerWrapper) -> bool {
    match found {
        PreTokenizerWrapper::ByteLevel(bytes) => bytes.add_prefix_space,
        PreTokenizerWrapper::Metaspace(metaspace) => metaspace.get_prepend_scheme() != PrependScheme::Never,
        PreTokenizerWrapper::Sequence(sequence) => sequence.as_ref().iter().any(pre_tokenizer_puts),
        _ => false,
    }
}
