//! What `tokenizer_config.json` says about splitting, where it may overrule `tokenizer.json`.
//!
//! Which key counts depends on the class that transformers would take; the rules are those of version 4.57.1, where they differ from
//! 5.24 with a note:
//!
//! - the BERT family sets case, accents and Chinese characters of its normalizer, also to their defaults;
//! - the GPT-2 family sets the space in front of a text, also to its default, none;
//! - the Llama family adds `bos_token` and `eos_token` as it is told (5.24 leaves that to `tokenizer.json`; a default overrules it
//!   in neither, because files without the key agree with the default), and puts the space in front as it is told;
//! - every other class takes `tokenizer.json` as it stands.
//!
//! `clean_up_tokenization_spaces` moves spaces in decoded text only; what a model wrote is shown as it wrote it.

use tokenizers::normalizers::{NormalizerWrapper, Prepend, Sequence as Normalizers};
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::metaspace::PrependScheme;
use tokenizers::processors::PostProcessorWrapper;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{PostProcessor, Tokenizer};

use crate::TextError;
use crate::bare;

/// What was said; the default says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `tokenizer_class`, of `tokenizer_config.json`, else of `config.json`.
    pub class: Option<String>,
    /// `model_type` of `config.json`, which names the class where nothing else does.
    pub model_type: Option<String>,
    /// `do_lower_case`.
    pub do_lower_case: Option<bool>,
    /// `strip_accents`; without it accents go where case goes.
    pub strip_accents: Option<bool>,
    /// `tokenize_chinese_chars`.
    pub tokenize_chinese_chars: Option<bool>,
    /// `add_prefix_space`.
    pub add_prefix_space: Option<bool>,
    /// `add_bos_token`.
    pub add_bos_token: Option<bool>,
    /// `add_eos_token`.
    pub add_eos_token: Option<bool>,
    /// `bos_token`.
    pub bos_token: Option<String>,
    /// `eos_token`.
    pub eos_token: Option<String>,
    /// `unk_token`.
    pub unk_token: Option<String>,
    /// `sep_token`.
    pub sep_token: Option<String>,
    /// `pad_token`.
    pub pad_token: Option<String>,
    /// `cls_token`.
    pub cls_token: Option<String>,
    /// `mask_token`.
    pub mask_token: Option<String>,
}

/// A setting that overruled `tokenizer.json`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// The key of `tokenizer_config.json`.
    pub name: &'static str,
    /// What `tokenizer.json` says.
    pub found: String,
    /// What was taken.
    pub taken: String,
}

/// Classes that read the same keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Bert,
    Gpt2,
    Roberta,
    Llama,
    Other,
}

impl Settings {
    pub(crate) fn family(&self) -> Family {
        let class = self.class.as_deref().map(|class| class.strip_suffix("Fast").unwrap_or(class));
        match (class, self.model_type.as_deref()) {
            (
                Some(
                    "BertTokenizer"
                    | "DistilBertTokenizer"
                    | "ConvBertTokenizer"
                    | "ElectraTokenizer"
                    | "FunnelTokenizer"
                    | "LayoutLMTokenizer"
                    | "LxmertTokenizer"
                    | "MobileBertTokenizer"
                    | "MPNetTokenizer"
                    | "SplinterTokenizer"
                    | "SqueezeBertTokenizer",
                ),
                _,
            )
            | (None, Some("bert" | "distilbert" | "electra" | "mobilebert")) => Family::Bert,
            (Some("GPT2Tokenizer"), _) | (None, Some("gpt2" | "gptj" | "gpt_neo")) => Family::Gpt2,
            (Some("RobertaTokenizer" | "BartTokenizer" | "LongformerTokenizer"), _) | (None, Some("roberta")) => {
                Family::Roberta
            }
            (Some("LlamaTokenizer" | "CodeLlamaTokenizer"), _) => Family::Llama,
            _ => Family::Other,
        }
    }

    /// Changes a tokenizer as these settings say, and reports each change.
    ///
    /// # Errors
    /// [`TextError::BadTokenizer`] when a token that is to be added cannot be.
    pub(crate) fn apply(&self, tokenizer: &mut Tokenizer) -> Result<Vec<Override>, TextError> {
        let mut overrides = Vec::new();
        match self.family() {
            Family::Bert => self.case_and_accents(tokenizer, &mut overrides)?,
            Family::Gpt2 | Family::Roberta => self.space_of_bytes(tokenizer, &mut overrides),
            Family::Llama => {
                self.space_of_marks(tokenizer, &mut overrides)?;
                self.ends(tokenizer, &mut overrides)?;
            }
            Family::Other => {}
        }
        Ok(overrides)
    }

    fn case_and_accents(&self, tokenizer: &mut Tokenizer, overrides: &mut Vec<Override>) -> Result<(), TextError> {
        let Some(NormalizerWrapper::BertNormalizer(found)) = tokenizer.get_normalizer() else { return Ok(()) };
        let mut taken = *found;
        taken.lowercase = self.do_lower_case.unwrap_or(true);
        taken.strip_accents = self.strip_accents;
        taken.handle_chinese_chars = self.tokenize_chinese_chars.unwrap_or(true);
        let shown = |accents: Option<bool>| accents.map_or_else(|| "as case".to_owned(), |strip| strip.to_string());
        for (name, found, taken) in [
            ("do_lower_case", found.lowercase.to_string(), taken.lowercase.to_string()),
            ("strip_accents", shown(found.strip_accents), shown(taken.strip_accents)),
            ("tokenize_chinese_chars", found.handle_chinese_chars.to_string(), taken.handle_chinese_chars.to_string()),
        ] {
            note(overrides, name, found, taken);
        }
        tokenizer.with_normalizer(Some(taken)).map_err(bad)?;
        Ok(())
    }

    fn space_of_bytes(&self, tokenizer: &mut Tokenizer, overrides: &mut Vec<Override>) {
        let Some(PreTokenizerWrapper::ByteLevel(found)) = tokenizer.get_pre_tokenizer() else { return };
        let taken = found.add_prefix_space(self.add_prefix_space.unwrap_or(false));
        note(overrides, "add_prefix_space", found.add_prefix_space.to_string(), taken.add_prefix_space.to_string());
        tokenizer.with_pre_tokenizer(Some(taken));
    }

    fn space_of_marks(&self, tokenizer: &mut Tokenizer, overrides: &mut Vec<Override>) -> Result<(), TextError> {
        let Some(asked) = self.add_prefix_space else { return Ok(()) };
        let found = bare::puts_space_in_front(tokenizer);
        if found == asked {
            return Ok(());
        }
        if asked {
            put_space_in_front(tokenizer)?;
        } else {
            let (normalizer, pre_tokenizer) = bare::parts(tokenizer);
            tokenizer.with_normalizer(normalizer).map_err(bad)?;
            tokenizer.with_pre_tokenizer(pre_tokenizer);
        }
        note(overrides, "add_prefix_space", found.to_string(), asked.to_string());
        Ok(())
    }

    /// Builds the post-processor anew where a key says something else than it does.
    fn ends(&self, tokenizer: &mut Tokenizer, overrides: &mut Vec<Override>) -> Result<(), TextError> {
        let id = |named: &Option<String>, usual: &str| {
            let token = named.clone().unwrap_or_else(|| usual.to_owned());
            tokenizer.token_to_id(&token).map(|id| (token, id))
        };
        let (bos, eos) = (id(&self.bos_token, "<s>"), id(&self.eos_token, "</s>"));
        let added = added(tokenizer);
        let has = |token: &Option<(String, u32)>| token.as_ref().is_some_and(|(_, id)| added.contains(id));
        let (found_bos, found_eos) = (has(&bos), has(&eos));
        // A token that the vocabulary lacks cannot be added.
        let bos = bos.filter(|_| self.add_bos_token.unwrap_or(found_bos));
        let eos = eos.filter(|_| self.add_eos_token.unwrap_or(found_eos));
        if (bos.is_some(), eos.is_some()) == (found_bos, found_eos) {
            return Ok(());
        }
        // Such a name means a text in a template.
        if let Some((token, _)) = bos.iter().chain(&eos).find(|(token, _)| token.starts_with('$')) {
            let detail = format!("{token:?} is to stand around a text, and stands for one");
            return Err(TextError::BadTokenizer { detail });
        }
        note(overrides, "add_bos_token", found_bos.to_string(), bos.is_some().to_string());
        note(overrides, "add_eos_token", found_eos.to_string(), eos.is_some().to_string());
        let name = |token: &Option<(String, u32)>| token.as_ref().map(|(token, _)| token.clone());
        let pieces = [name(&bos), Some("$A".to_owned()), name(&eos)];
        let template = TemplateProcessing::builder()
            .try_single(pieces.into_iter().flatten().collect::<Vec<String>>())
            .map_err(|detail| TextError::BadTokenizer { detail })?
            .special_tokens([bos, eos].into_iter().flatten().collect::<Vec<_>>())
            .build()
            .map_err(|error| TextError::BadTokenizer { detail: error.to_string() })?;
        tokenizer.with_post_processor(Some(template));
        Ok(())
    }
}

/// Ids that the post-processor puts around a text.
fn added(tokenizer: &Tokenizer) -> Vec<u32> {
    let around = |processor: &PostProcessorWrapper| processor.added_tokens(false) > 0;
    if !tokenizer.get_post_processor().is_some_and(around) {
        return Vec::new();
    }
    tokenizer.encode("", true).map(|encoding| encoding.get_ids().to_vec()).unwrap_or_default()
}

fn put_space_in_front(tokenizer: &mut Tokenizer) -> Result<(), TextError> {
    if let Some(PreTokenizerWrapper::Metaspace(metaspace)) = tokenizer.get_pre_tokenizer() {
        let mut metaspace = metaspace.clone();
        metaspace.set_prepend_scheme(PrependScheme::First);
        tokenizer.with_pre_tokenizer(Some(metaspace));
    } else if let Some(normalizer) = tokenizer.get_normalizer() {
        let parts = vec![Prepend::new("▁".to_owned()).into(), normalizer.clone()];
        tokenizer.with_normalizer(Some(Normalizers::new(parts))).map_err(bad)?;
    }
    Ok(())
}

fn note(overrides: &mut Vec<Override>, name: &'static str, found: String, taken: String) {
    if found != taken {
        overrides.push(Override { name, found, taken });
    }
}

fn bad(error: tokenizers::Error) -> TextError {
    TextError::BadTokenizer { detail: error.to_string() }
}
