//! The tokenizer of a folder that has only `vocab.txt`, as the BERT family saved it before there was `tokenizer.json`.

use tokenizers::decoders::wordpiece::WordPiece as Decoder;
use tokenizers::models::bpe::Vocab;
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

use crate::{Settings, TextError};

/// Builds it from the lines of `vocab.txt`, one token each, in the order of their ids.
pub(crate) fn build(vocab: &[u8], settings: &Settings) -> Result<Tokenizer, TextError> {
    let bad = |detail: String| TextError::BadWordList { file: "vocab.txt".to_owned(), detail };
    let wrong = |error: tokenizers::Error| bad(error.to_string());
    let text = std::str::from_utf8(vocab).map_err(|error| bad(error.to_string()))?;
    let lines = text.strip_prefix('\u{FEFF}').unwrap_or(text).lines();
    let ids: std::collections::HashMap<String, u32> = lines.zip(0..).map(|(line, id)| (line.to_owned(), id)).collect();
    let named = |token: &Option<String>, usual: &str| token.clone().unwrap_or_else(|| usual.to_owned());
    let (cls, sep) = (named(&settings.cls_token, "[CLS]"), named(&settings.sep_token, "[SEP]"));
    let unk = named(&settings.unk_token, "[UNK]");
    let (pad, mask) = (named(&settings.pad_token, "[PAD]"), named(&settings.mask_token, "[MASK]"));
    let id = |token: &String| ids.get(token).copied().ok_or_else(|| bad(format!("it has no token {token}")));
    let (cls_id, sep_id, _) = (id(&cls)?, id(&sep)?, id(&unk)?);
    // Padding and mask are not needed to split a text.
    let special = [&pad, &unk, &cls, &sep, &mask];
    let special: Vec<AddedToken> = special
        .into_iter()
        .filter(|token| ids.contains_key(*token))
        .map(|token| AddedToken::from(token.clone(), true))
        .collect();
    let template = TemplateProcessing::builder()
        .try_single(vec![cls.clone(), "$A".to_owned(), sep.clone()])
        .map_err(bad)?
        .special_tokens(vec![(cls, cls_id), (sep, sep_id)])
        .build()
        .map_err(|error| bad(error.to_string()))?;
    let model = WordPiece::builder().vocab(ids.into_iter().collect::<Vocab>()).unk_token(unk).build().map_err(wrong)?;
    let lowercase = settings.do_lower_case.unwrap_or(true);
    let chinese = settings.tokenize_chinese_chars.unwrap_or(true);
    let mut tokenizer = Tokenizer::new(model);
    tokenizer
        .with_normalizer(Some(BertNormalizer::new(true, chinese, settings.strip_accents, lowercase)))
        .map_err(wrong)?
        .with_pre_tokenizer(Some(BertPreTokenizer))
        .with_post_processor(Some(template))
        .with_decoder(Some(Decoder::new("##".to_owned(), false)));
    tokenizer.add_special_tokens(special).map_err(wrong)?;
    Ok(tokenizer)
}
