//! From the files of a model to a session.

use burn::tensor::Device;
use serde::Deserialize;
use vitrine_model::Loader;
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::protocol::ModelCard;
use vitrine_text::{ChatTemplate, Tokenizer, Vocabulary};
use vitrine_weights::gguf::{self, Metadata};
use vitrine_weights::{GgufStream, ModelConfig, SafetensorsStream, Tensor, WeightsError};

use crate::inside::Measured;
use crate::session::LONGEST_PROMPT;
use crate::{EngineError, Session};

/// What identifies a model, and its small files.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Identifier.
    pub id: String,
    /// Licence, SPDX.
    pub licence: String,
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
    /// A Hugging Face folder: the weights are one or more safetensors files.
    HuggingFace {
        /// `config.json`.
        config: Vec<u8>,
        /// `tokenizer.json`.
        tokenizer: Vec<u8>,
        /// `tokenizer_config.json`, which may hold a chat template.
        tokenizer_config: Option<Vec<u8>>,
    },
    /// One GGUF file that holds everything.
    Gguf,
}

/// Takes the weights piece by piece; each tensor goes to the device as soon as it is complete.
#[derive(Debug)]
pub struct SessionBuilder {
    parts: Parts,
    device: Device,
    most_bytes: u64,
    ready: Option<Ready>,
    stream: Stream,
}

/// What is known once the small files, or the header of a GGUF file, were read.
#[derive(Debug)]
struct Ready {
    config: ModelConfig,
    tokenizer: Tokenizer,
    chat: Option<ChatTemplate>,
    loader: Loader,
}

#[derive(Debug)]
enum Stream {
    None,
    Safetensors(SafetensorsStream),
    Gguf(GgufStream),
}

impl SessionBuilder {
    /// Reads the small files; a model whose weights take more than `most_bytes` is refused.
    ///
    /// # Errors
    /// [`EngineError::Weights`], [`EngineError::Text`], [`Refusal::TooLarge`].
    pub fn new(parts: Parts, device: Device, most_bytes: u64) -> Result<Self, EngineError> {
        let ready = match &parts.layout {
            Layout::Gguf => None,
            Layout::HuggingFace { config, tokenizer, tokenizer_config } => {
                let config = ModelConfig::from_json(config)?;
                check_size(&config, most_bytes)?;
                let tokenizer = Tokenizer::from_json(tokenizer, cut_at(&config), config.d_vocab)?;
                let chat = tokenizer_config.as_deref().and_then(chat_template);
                Some(Ready { loader: Loader::new(config.clone(), device.clone()), config, tokenizer, chat })
            }
        };
        Ok(Self { parts, device, most_bytes, ready, stream: Stream::None })
    }

    /// Starts on a file of weights of that many bytes; the one before must be complete.
    ///
    /// # Errors
    /// [`EngineError::Weights`] when the file before was cut short.
    pub fn file(&mut self, bytes: u64) -> Result<(), EngineError> {
        let next = match self.parts.layout {
            Layout::HuggingFace { .. } => Stream::Safetensors(SafetensorsStream::new(bytes)),
            Layout::Gguf => Stream::Gguf(GgufStream::new(bytes)),
        };
        Ok(std::mem::replace(&mut self.stream, next).finish()?)
    }

    /// Takes the next piece of the file.
    ///
    /// # Errors
    /// [`EngineError::Weights`], [`EngineError::Text`], [`Refusal::TooLarge`].
    pub fn push(&mut self, piece: &[u8]) -> Result<(), EngineError> {
        let header_was_open = self.ready.is_none();
        self.pass(piece)?;
        if header_was_open
            && let Stream::Gguf(stream) = &self.stream
            && let Some(metadata) = stream.metadata()
        {
            check_size(&gguf::llama::config(metadata)?, self.most_bytes)?;
            self.ready = Some(ready_from(metadata, &self.device)?);
            self.pass(&[])?;
        }
        Ok(())
    }

    fn pass(&mut self, piece: &[u8]) -> Result<(), WeightsError> {
        let mut outcome = Ok(());
        let (ready, stream) = (&mut self.ready, &mut self.stream);
        let is_gguf = matches!(stream, Stream::Gguf(_));
        let mut sink = |tensor: Tensor| {
            let Some(Ready { config, loader, .. }) = ready.as_mut().filter(|_| outcome.is_ok()) else { return };
            let tensor = if is_gguf { gguf::llama::to_hugging_face(tensor, config) } else { Ok(tensor) };
            outcome = tensor.and_then(|tensor| loader.accept(tensor));
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
    /// [`EngineError::Weights`] when something is missing.
    pub fn finish(self) -> Result<Session, EngineError> {
        self.stream.finish()?;
        let cut = WeightsError::CutShort { expected: self.parts.bytes, found: 0 };
        let Ready { config, tokenizer, chat, loader } = self.ready.ok_or(cut)?;
        let Parts { id, licence, sha256, bytes, .. } = self.parts;
        let model = loader.finish()?;
        let card = ModelCard {
            id,
            architecture: config.architecture.name().to_owned(),
            licence,
            sha256,
            bytes,
            labels: config.labels.clone(),
            problem_type: config.problem_type,
            max_tokens: max_tokens(&config),
            causal: config.architecture.causal(),
            n_layers: config.n_layers,
            n_heads: config.n_heads,
            chat: chat.is_some(),
            weight_bits: model.weight_bits(),
            memory_bytes: model.memory_bytes(),
        };
        // A model that was taught to chat ends its turns with another token than the one that ended its first texts.
        let end_of_text = tokenizer.id_of("<|endoftext|>").filter(|_| card.causal);
        let ends = end_of_text.into_iter().chain(config.eos_ids).collect();
        Ok(Session { card, tokenizer, model, chat, ends, measured: Measured::default() })
    }
}

impl Stream {
    fn finish(self) -> Result<(), WeightsError> {
        match self {
            Self::None => Ok(()),
            Self::Safetensors(stream) => stream.finish(),
            Self::Gguf(stream) => stream.finish(),
        }
    }
}

fn check_size(config: &ModelConfig, most: u64) -> Result<(), Refusal> {
    let needed = config.memory_bytes();
    if needed > most { Err(Refusal::TooLarge { needed, most }) } else { Ok(()) }
}

fn max_tokens(config: &ModelConfig) -> usize {
    if config.architecture.causal() { config.n_positions.min(LONGEST_PROMPT) } else { config.n_positions }
}

/// The end of a prompt matters most, so one that is too long is refused rather than cut.
fn cut_at(config: &ModelConfig) -> usize {
    if config.architecture.causal() { usize::MAX } else { config.n_positions }
}

fn ready_from(metadata: &Metadata, device: &Device) -> Result<Ready, EngineError> {
    let config = gguf::llama::config(metadata)?;
    let missing = |key: &str| WeightsError::Config { file: "the GGUF header", detail: format!("{key} is missing") };
    let texts = |key: &str| metadata.texts(key).ok_or_else(|| missing(key));
    let first = metadata.flag("tokenizer.ggml.add_bos_token").unwrap_or(false);
    let first = first.then(|| metadata.integer("tokenizer.ggml.bos_token_id")).flatten();
    let vocabulary = Vocabulary {
        model: metadata.text("tokenizer.ggml.model").unwrap_or_default(),
        pre: metadata.text("tokenizer.ggml.pre").unwrap_or("default"),
        tokens: texts("tokenizer.ggml.tokens")?,
        merges: texts("tokenizer.ggml.merges")?,
        kinds: metadata.integers("tokenizer.ggml.token_type").into_iter().flatten(),
        first: first.and_then(|id| u32::try_from(id).ok()),
    };
    let tokenizer = Tokenizer::from_vocabulary(vocabulary, cut_at(&config), config.d_vocab)?;
    let chat = metadata.text("tokenizer.chat_template").map(|source| ChatTemplate::new(source.to_owned()));
    Ok(Ready { loader: Loader::new(config.clone(), device.clone()), config, tokenizer, chat })
}

/// The template in `tokenizer_config.json`; where there are several, the one called `default`.
fn chat_template(json: &[u8]) -> Option<ChatTemplate> {
    #[derive(Deserialize)]
    struct Raw {
        chat_template: Option<Templates>,
    }
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Templates {
        One(String),
        Many(Vec<Named>),
    }
    #[derive(Deserialize)]
    struct Named {
        name: String,
        template: String,
    }
    match serde_json::from_slice::<Raw>(json).ok()?.chat_template? {
        Templates::One(source) => Some(ChatTemplate::new(source)),
        Templates::Many(named) => {
            named.into_iter().find(|t| t.name == "default").map(|t| ChatTemplate::new(t.template))
        }
    }
}
