//! From the files of a model to a session, or to a sentence that says why not.

use std::sync::Arc;

use burn::tensor::Device;
use vitrine_methods::StandIns;
use vitrine_model::Loader;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::inspection::{self, Account, Inspection, StopToken};
use vitrine_schema::protocol::{Entailment, ModelCard};
use vitrine_schema::{ProblemType, Traits};
use vitrine_text::{ChatTemplate, Override, Settings, Tokenizer, Vocabulary};
use vitrine_weights::folder::{self, SmallFiles};
use vitrine_weights::gguf::Part;
use vitrine_weights::gguf::{self, Metadata};
use vitrine_weights::{
    Described, Dtype, GgufStream, ModelConfig, SafetensorsStream, Stop, StopAt, Tensor, TokenizerConfig, WeightsError,
    accept,
};

use crate::inside::Measured;
use crate::session::LONGEST_PROMPT;
use crate::{EngineError, Session};

/// What identifies a model, and its small files.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Identifier, by which questions name the model.
    pub id: String,
    /// Licence, SPDX; `None` where only the files may tell it.
    pub licence: Option<String>,
    /// SHA-256 of the weights.
    pub sha256: String,
    /// Size of all files.
    pub bytes: u64,
    /// How its files are laid out.
    pub layout: Layout,
}

/// How the files of a model are laid out.
#[derive(Debug, Clone)]
pub enum Layout {
    /// A Hugging Face folder: its small files; the weights are one or more safetensors files.
    HuggingFace(SmallFiles),
    /// One GGUF file that holds everything, or its parts.
    Gguf,
}

/// Takes the files of a model one after the other; each tensor goes to the device as soon as it is complete.
///
/// What was read stays with the builder when something fails, so that [`SessionBuilder::inspection`] can always tell.
#[derive(Debug)]
pub struct SessionBuilder {
    parts: Parts,
    device: Device,
    most_bytes: u64,
    account: Account,
    described: Option<Described>,
    ready: Option<Ready>,
    counted: Option<inspection::Parts>,
    file: String,
    /// Files of weights that were begun.
    begun: u64,
    /// Parts of a GGUF file, by its first.
    parts_said: u64,
    stream: Stream,
    /// Whether reading goes on when something is not understood, so that all of it can be told.
    to_the_end: bool,
}

/// What tokens and tensors become, once the small files, or the header of a GGUF file, were read.
#[derive(Debug)]
struct Ready {
    tokenizer: Tokenizer,
    loader: Option<Loader>,
}

#[derive(Debug)]
enum Stream {
    None,
    Safetensors(SafetensorsStream),
    Gguf(GgufStream),
}

impl SessionBuilder {
    /// Starts on a model; one whose weights take more than `most_bytes` will be refused.
    #[must_use]
    pub fn new(parts: Parts, device: Device, most_bytes: u64) -> Self {
        Self {
            parts,
            device,
            most_bytes,
            account: Account::default(),
            described: None,
            ready: None,
            counted: None,
            file: String::new(),
            begun: 0,
            parts_said: 1,
            stream: Stream::None,
            to_the_end: false,
        }
    }

    /// Reads on when something is not understood; the model is refused at the end.
    #[must_use]
    pub fn to_the_end(self) -> Self {
        Self { to_the_end: true, ..self }
    }

    /// Reads the small files.
    ///
    /// # Errors
    /// [`EngineError::Weights`], [`EngineError::Text`], [`Refusal::TooLarge`].
    pub fn begin(&mut self) -> Result<(), EngineError> {
        let Layout::HuggingFace(files) = &self.parts.layout else { return Ok(()) };
        let described = folder::describe(files, &mut self.account)?;
        let config = self.described.insert(described).config.clone();
        self.check()?;
        let Layout::HuggingFace(files) = &self.parts.layout else { return Ok(()) };
        let settings = self.described.as_ref().map(settings).unwrap_or_default();
        let (most, d_vocab) = (cut_at(&config), config.d_vocab);
        let tokenizer = match (files.get(folder::TOKENIZER), files.get(folder::VOCABULARY)) {
            (Some(json), _) => {
                let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
                Tokenizer::from_json(json, &settings, most, d_vocab)?
            }
            (None, Some(words)) if !config.architecture.causal() => {
                Tokenizer::from_vocab(words, &settings, most, d_vocab)?
            }
            _ => match (files.get(folder::PAIRS), files.get(folder::MERGES)) {
                (Some(ids), Some(merges)) => Tokenizer::from_pairs(ids, merges, &settings, most, d_vocab)?,
                (Some(_), None) => return Err(WeightsError::MissingFile { file: folder::MERGES.to_owned() }.into()),
                _ => return Err(WeightsError::MissingFile { file: folder::TOKENIZER.to_owned() }.into()),
            },
        };
        for Override { name, found, taken } in tokenizer.overrides() {
            let reason = format!("it says {found}; transformers takes {taken}, from {}", folder::TOKENIZER_CONFIG);
            self.account.pass_over(folder::TOKENIZER, name, reason);
        }
        for (&id, text) in self.described.iter().flat_map(|described| &described.tokenizer.added_tokens) {
            if tokenizer.id_of(text) != Some(id) {
                let name = format!("added_tokens_decoder.{id}");
                let reason = format!("the vocabulary does not have {text:?} there; save the tokenizer again");
                self.account.refuse(folder::TOKENIZER_CONFIG, &name, reason);
            }
        }
        self.check()?;
        self.ready(config, tokenizer);
        Ok(())
    }

    /// Refuses a model whose description is not understood.
    fn check(&self) -> Result<(), EngineError> {
        if !self.to_the_end {
            accept(&self.account)?;
        }
        Ok(())
    }

    /// Refuses a model that is too large, by what the header of its first file says of its matrices.
    fn check_room(&self) -> Result<(), EngineError> {
        let loader = self.ready.as_ref().and_then(|ready| ready.loader.as_ref());
        let Some((loader, matrices)) = loader.zip(self.stream.matrices()) else { return Ok(()) };
        let (needed, most) = (loader.room(matrices), self.most_bytes);
        if needed > most { Err(Refusal::TooLarge { needed, most }.into()) } else { Ok(()) }
    }

    fn ready(&mut self, config: ModelConfig, tokenizer: Tokenizer) {
        let loader = Some(Loader::new(config, self.device.clone()));
        self.ready = Some(Ready { tokenizer, loader });
    }

    /// Starts on a file of weights of that many bytes, or of a length that is not known and that an empty piece ends; the
    /// one before must be complete.
    ///
    /// # Errors
    /// [`EngineError::Weights`] when the file before was cut short.
    pub fn file(&mut self, name: &str, bytes: impl Into<Option<u64>>) -> Result<(), EngineError> {
        let next = match self.parts.layout {
            Layout::HuggingFace(_) => Stream::Safetensors(SafetensorsStream::new(bytes)),
            Layout::Gguf => Stream::Gguf(GgufStream::new(bytes)),
        };
        name.clone_into(&mut self.file);
        self.begun += 1;
        if let Some(Ready { loader: Some(loader), .. }) = &mut self.ready {
            loader.file(name);
        }
        Ok(std::mem::replace(&mut self.stream, next).finish()?)
    }

    /// Takes the next piece of the file.
    ///
    /// # Errors
    /// [`EngineError::Weights`], [`EngineError::Text`], [`Refusal::TooLarge`].
    pub fn push(&mut self, piece: &[u8]) -> Result<(), EngineError> {
        let header_was_open = self.stream.matrices().is_none();
        self.pass(piece)?;
        if !header_was_open || self.stream.matrices().is_none() {
            return Ok(());
        }
        // The header of a safetensors file tells no more than its tensors; other files are written as the first is.
        let Some(metadata) = self.stream.metadata() else {
            return if self.begun == 1 { self.check_room() } else { Ok(()) };
        };
        let Part { nth, count } = gguf::part(metadata);
        if self.begun > 1 {
            let (part, place, said) = (nth.saturating_add(1), self.begun, self.parts_said);
            if (part, count) != (place, said) {
                let detail = format!("it says it is part {part} of {count}, and stands as part {place} of {said}");
                return Err(WeightsError::Config { file: self.file.clone(), detail }.into());
            }
            return Ok(self.pass(&[])?);
        }
        let described = gguf::describe(metadata, &self.file, &mut self.account)?;
        let (config, said) = (described.config.clone(), described.tokenizer.clone());
        self.described = Some(described);
        self.parts_said = count;
        self.check()?;
        let Some(metadata) = self.stream.metadata() else { return Ok(()) };
        let tokenizer = tokenizer_of(metadata, &said, &config)?;
        self.ready(config, tokenizer);
        let file = self.file.clone();
        if let Some(Ready { loader: Some(loader), .. }) = &mut self.ready {
            loader.file(&file);
        }
        self.check_room()?;
        Ok(self.pass(&[])?)
    }

    fn pass(&mut self, piece: &[u8]) -> Result<(), WeightsError> {
        let mut outcome = Ok(());
        let (ready, stream) = (&mut self.ready, &mut self.stream);
        let mut sink = |tensor: Tensor| {
            if let Some(Ready { loader: Some(loader), .. }) = ready
                && outcome.is_ok()
            {
                outcome = loader.accept(tensor);
            }
        };
        match stream {
            Stream::None => {}
            Stream::Safetensors(stream) => stream.push(piece, &mut sink)?,
            Stream::Gguf(stream) => stream.push(piece, &mut sink)?,
        }
        outcome
    }

    /// Puts the session together.
    ///
    /// # Errors
    /// [`EngineError::Weights`] when something is missing, or is not understood.
    pub fn finish(&mut self) -> Result<Session, EngineError> {
        std::mem::replace(&mut self.stream, Stream::None).finish()?;
        if self.begun < self.parts_said {
            let detail = format!("it has {} parts, of which {} came", self.parts_said, self.begun);
            return Err(WeightsError::Config { file: self.file.clone(), detail }.into());
        }
        let cut = || WeightsError::CutShort { expected: self.parts.bytes, found: 0 };
        let Ready { loader, .. } = self.ready.as_mut().ok_or_else(cut)?;
        let loader = loader.take().ok_or(WeightsError::CutShort { expected: self.parts.bytes, found: 0 })?;
        let (model, counted) = loader.finish(&mut self.account)?;
        self.counted = Some(counted);
        let inspection = self.inspection();
        let (Some(Ready { tokenizer, .. }), Some(described)) = (self.ready.take(), self.described.take()) else {
            return Err(WeightsError::CutShort { expected: self.parts.bytes, found: 0 }.into());
        };
        let Described { config, tokenizer: said, chat_template, about, samples, .. } = described;
        // A model of language was not taught to fill a gap, whatever its vocabulary has.
        let mark = |name: &str, usual: [&str; 2]| {
            let named = said.named_tokens.get(name).filter(|_| !config.architecture.causal());
            named.map(String::as_str).into_iter().chain(usual).find_map(|text| tokenizer.id_of(text))
        };
        let [mask, pad] = [mark("mask_token", ["[MASK]", "<mask>"]), mark("pad_token", ["[PAD]", "<pad>"])];
        let chat = chat_template.map(|source| ChatTemplate::new(source).with_tokens(said.named_tokens));
        let own_words = about.get("license").cloned();
        let Parts { id, licence, sha256, bytes, .. } = self.parts.clone();
        // What stands between two texts; a model that was taught to chat ends its turns with another token.
        let end_of_text = tokenizer.id_of(END_OF_TEXT).filter(|_| config.architecture.causal());
        let end_of_text = end_of_text.or_else(|| inspection.stop_tokens.first().map(|stop| stop.id));
        let causal = config.architecture.causal();
        let space = tokenizer.find(" ").ok().filter(|ids| causal && ids.len() == 1);
        let stand_ins = StandIns {
            mask,
            pad,
            eos: end_of_text.filter(|_| causal),
            space: space.and_then(|ids| ids.first().copied()),
        };
        let traits = Traits {
            causal,
            mask: stand_ins.mask.is_some(),
            pad: stand_ins.pad.is_some(),
            eos: stand_ins.eos.is_some(),
            space: stand_ins.space.is_some(),
            n_layers: config.n_layers,
        };
        let entailment = entailment(&config, &tokenizer)?;
        let card = ModelCard {
            id,
            architecture: config.architecture.name().to_owned(),
            licence: licence.or(own_words).unwrap_or_else(|| "unknown".to_owned()),
            sha256,
            bytes,
            labels: config.labels.clone(),
            problem_type: config.problem_type,
            max_tokens: max_tokens(&config),
            causal,
            traits,
            n_layers: config.n_layers,
            n_heads: config.n_heads,
            chat: chat.is_some(),
            weight_bits: model.weight_bits(),
            memory_bytes: model.memory_bytes(),
            about,
            samples,
            entailment,
            inspection: Box::new(inspection),
        };
        Ok(Session {
            card,
            tokenizer,
            model,
            chat,
            stand_ins,
            measured: Measured::default(),
            known: Arc::default(),
            probed: Arc::default(),
            read: Arc::default(),
            unchanged: Arc::default(),
        })
    }

    /// Refuses a model of which something is not understood.
    ///
    /// # Errors
    /// [`WeightsError::NotUnderstood`].
    pub fn understood(&self) -> Result<(), WeightsError> {
        accept(&self.account)
    }

    /// What was read so far, and what was not.
    #[must_use]
    pub fn inspection(&self) -> Inspection {
        let config = self.described.as_ref().map(|described| &described.config);
        let tokenizer = self.ready.as_ref().map(|ready| &ready.tokenizer);
        let Account { used, formats, tensors, without_effect, not_understood } = self.account.clone();
        Inspection {
            schema: inspection::SCHEMA.to_owned(),
            architecture: config.map(|config| config.architecture.name().to_owned()),
            head: config.map(|config| config.architecture.head().to_owned()),
            labels: config.map(|config| config.labels.clone()).unwrap_or_default(),
            parameters: self.counted.map_or(0, |parts| parts.total()),
            tokenizer: tokenizer.map(|tokenizer| tokenizer.kind().to_owned()),
            special_tokens: tokenizer.map(Tokenizer::special_tokens).unwrap_or_default(),
            stop_tokens: match (self.described.as_ref(), tokenizer) {
                (Some(described), Some(tokenizer)) => stop_tokens(described, tokenizer),
                _ => Vec::new(),
            },
            chat_template: self.described.as_ref().is_some_and(|described| described.chat_template.is_some()),
            shape: config.map(ModelConfig::shape),
            block: config.map(ModelConfig::block),
            parameters_by_part: self.counted,
            formats,
            tensors,
            used,
            without_effect,
            not_understood,
        }
    }
}

impl Stream {
    /// What the header of a GGUF file says, once it is there.
    const fn metadata(&self) -> Option<&Metadata> {
        match self {
            Self::Gguf(stream) => stream.metadata(),
            Self::None | Self::Safetensors(_) => None,
        }
    }

    /// What the header of a file says of its matrices, once it is there.
    fn matrices(&self) -> Option<&[(Dtype, u64)]> {
        match self {
            Self::None => None,
            Self::Safetensors(stream) => stream.matrices(),
            Self::Gguf(stream) => stream.matrices(),
        }
    }

    fn finish(self) -> Result<(), WeightsError> {
        match self {
            Self::None => Ok(()),
            Self::Safetensors(stream) => stream.finish(),
            Self::Gguf(stream) => stream.finish(),
        }
    }
}

/// What most vocabularies of language models have between two texts.
const END_OF_TEXT: &str = "<|endoftext|>";

/// Where writing stops, each token once with everybody who says so.
fn stop_tokens(described: &Described, tokenizer: &Tokenizer) -> Vec<StopToken> {
    let between = tokenizer.special_tokens().into_iter().find(|token| token.text == END_OF_TEXT);
    let between = between.filter(|_| described.config.architecture.causal());
    let between = between.map(|token| Stop { token: StopAt::Id(token.id), source: "vocabulary".to_owned() });
    let mut stops: Vec<StopToken> = Vec::new();
    for Stop { token, source } in described.stops.iter().chain(&between) {
        let id = match token {
            StopAt::Id(id) => Some(*id),
            StopAt::Text(text) => tokenizer.id_of(text),
        };
        let Some(id) = id else { continue };
        match stops.iter_mut().find(|stop| stop.id == id) {
            Some(known) => known.source = format!("{}, {source}", known.source),
            None => stops.push(StopToken { id, text: tokenizer.text_of(&[id]), source: source.clone() }),
        }
    }
    stops
}

/// What the files say about splitting beside the vocabulary.
fn settings(described: &Described) -> Settings {
    let (config, said) = (&described.config, &described.tokenizer);
    let named = |name: &str| said.named_tokens.get(name).cloned();
    Settings {
        class: said.class.clone().or_else(|| config.tokenizer_class.clone()),
        model_type: Some(config.architecture.name().to_owned()),
        do_lower_case: said.do_lower_case,
        strip_accents: said.strip_accents,
        tokenize_chinese_chars: said.tokenize_chinese_chars,
        add_prefix_space: said.add_prefix_space,
        add_bos_token: said.add_bos_token,
        add_eos_token: said.add_eos_token,
        bos_token: named("bos_token"),
        eos_token: named("eos_token"),
        unk_token: named("unk_token"),
        sep_token: named("sep_token"),
        pad_token: named("pad_token"),
        cls_token: named("cls_token"),
        mask_token: named("mask_token"),
    }
}

fn max_tokens(config: &ModelConfig) -> usize {
    config.n_positions.min(LONGEST_PROMPT)
}

/// How the model is asked whether one text follows from another, if it has a label for that. A model with an embedding for second
/// segments is not: here every token is of the first.
fn entailment(config: &ModelConfig, tokenizer: &Tokenizer) -> Result<Option<Entailment>, EngineError> {
    let follows = config.labels.iter().position(|label| label.to_lowercase().starts_with("entail"));
    let Some(follows) = follows.filter(|_| config.problem_type == ProblemType::SingleLabel) else { return Ok(None) };
    let between = tokenizer.between()?.filter(|between| !between.segments || config.n_segments < 2);
    Ok(between.map(|between| Entailment { between: between.text, follows }))
}

/// The end of a prompt matters most, so one that is too long is refused rather than cut.
fn cut_at(config: &ModelConfig) -> usize {
    if config.architecture.causal() { usize::MAX } else { config.n_positions }
}

fn tokenizer_of(metadata: &Metadata, said: &TokenizerConfig, config: &ModelConfig) -> Result<Tokenizer, EngineError> {
    let missing =
        |key: &str| WeightsError::Config { file: "the GGUF header".to_owned(), detail: format!("{key} is missing") };
    let texts = |key: &str| metadata.texts(key).map(Iterator::collect).ok_or_else(|| missing(key));
    let model = metadata.text("tokenizer.ggml.model").unwrap_or_default();
    let merges = if model == "gpt2" { texts("tokenizer.ggml.merges")? } else { Vec::new() };
    let vocabulary = Vocabulary {
        model,
        pre: metadata.text("tokenizer.ggml.pre").unwrap_or("default"),
        tokens: texts("tokenizer.ggml.tokens")?,
        merges,
        scores: metadata.floats("tokenizer.ggml.scores").into_iter().flatten().collect(),
        kinds: metadata.integers("tokenizer.ggml.token_type").into_iter().flatten().collect(),
        first: said.first,
        last: said.last,
        unknown: said.unknown,
        space_in_front: said.add_prefix_space.unwrap_or(false),
    };
    Ok(Tokenizer::from_vocabulary(vocabulary, cut_at(config), config.d_vocab)?)
}
