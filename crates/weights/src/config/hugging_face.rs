//! The configuration in a Hugging Face folder.
//!
//! Source: the configuration classes of transformers, whose names, aliases and defaults these are. A key is used, or it stands
//! in a list of those that change nothing here, each with its reason, or it is not understood and the model is not run. A key
//! that transformers' own configuration of the architecture does not have is not read by it either, and is a remark.

use serde_json::{Value, json};
use vitrine_schema::inspection::{Account, Group};

use super::classes::{self, Classes};
use super::decoder::{Decoder, Sizes};
use super::without_effect::{OTHER_HEAD, WITHOUT_EFFECT};
use super::{Activation, Architecture, Format, ModelConfig};
use crate::keys::{Judgement, Keys};
use crate::{WeightsError, json};

/// The class of transformers that is built of an architecture.
pub(super) const fn class_of(architecture: Architecture) -> &'static str {
    match architecture {
        Architecture::Bert => "BertForSequenceClassification",
        Architecture::DistilBert => "DistilBertForSequenceClassification",
        Architecture::Roberta => "RobertaForSequenceClassification",
        Architecture::XlmRoberta => "XLMRobertaForSequenceClassification",
        Architecture::Camembert => "CamembertForSequenceClassification",
        Architecture::Electra => "ElectraForSequenceClassification",
        Architecture::Albert => "AlbertForSequenceClassification",
        Architecture::ModernBert => "ModernBertForSequenceClassification",
        Architecture::Gpt2 => "GPT2LMHeadModel",
        Architecture::GptNeox => "GPTNeoXForCausalLM",
        Architecture::Llama => "LlamaForCausalLM",
        Architecture::Qwen2 => "Qwen2ForCausalLM",
        Architecture::Qwen3 => "Qwen3ForCausalLM",
        Architecture::Gemma3 => "Gemma3ForCausalLM",
    }
}

/// Classes without their heads; a language model that reads its answer off the embedding matrix has none of its own.
const HEADLESS: [(&str, Architecture); 5] = [
    ("GPT2Model", Architecture::Gpt2),
    ("LlamaModel", Architecture::Llama),
    ("Qwen2Model", Architecture::Qwen2),
    ("Qwen3Model", Architecture::Qwen3),
    ("Gemma3TextModel", Architecture::Gemma3),
];

/// Model types of which one part reads a text and another writes a new one.
const ENCODER_DECODERS: [&str; 24] = [
    "t5",
    "mt5",
    "umt5",
    "longt5",
    "switch_transformers",
    "t5gemma",
    "bart",
    "mbart",
    "plbart",
    "bigbird_pegasus",
    "pegasus",
    "pegasus_x",
    "marian",
    "m2m_100",
    "nllb-moe",
    "fsmt",
    "blenderbot",
    "blenderbot-small",
    "led",
    "mvp",
    "prophetnet",
    "whisper",
    "speech_to_text",
    "encoder-decoder",
];

/// Why a model type is not built, where more can be said than that.
fn refusal(model_type: &str) -> Option<&'static str> {
    const BOTH: &str = "one part of it reads a text and another writes a new one, as in translation; models that classify a text, and models that \
                        write on, are built";
    const EYES: &str = "it also reads images; gemma3_text, which Gemma 3 270M and 1B are, is built";
    match model_type {
        "gemma3" => Some(EYES),
        other => ENCODER_DECODERS.contains(&other).then_some(BOTH),
    }
}

/// What the configuration of an architecture calls its sizes; the first name is the one that is missed.
struct Names {
    d_model: &'static [&'static str],
    n_layers: &'static [&'static str],
    n_heads: &'static [&'static str],
    d_mlp: &'static [&'static str],
    n_positions: &'static [&'static str],
    activation: &'static [&'static str],
    norm_eps: &'static [&'static str],
    /// Used where a file does not name them.
    defaults: (Activation, f64),
}

const fn names(architecture: Architecture) -> Names {
    let usual = Names {
        d_model: &["hidden_size"],
        n_layers: &["num_hidden_layers"],
        n_heads: &["num_attention_heads"],
        d_mlp: &["intermediate_size"],
        n_positions: &["max_position_embeddings"],
        activation: &["hidden_act"],
        norm_eps: &["layer_norm_eps"],
        defaults: (Activation::Gelu, 1e-12),
    };
    match architecture {
        Architecture::Bert => usual,
        Architecture::DistilBert => Names {
            d_model: &["dim", "hidden_size"],
            n_layers: &["n_layers", "num_hidden_layers"],
            n_heads: &["n_heads", "num_attention_heads"],
            d_mlp: &["hidden_dim"],
            activation: &["activation"],
            norm_eps: &[],
            ..usual
        },
        Architecture::Gpt2 => Names {
            d_model: &["n_embd", "hidden_size"],
            n_layers: &["n_layer", "num_hidden_layers"],
            n_heads: &["n_head", "num_attention_heads"],
            d_mlp: &["n_inner"],
            n_positions: &["n_positions", "max_position_embeddings"],
            activation: &["activation_function"],
            norm_eps: &["layer_norm_epsilon"],
            defaults: (Activation::GeluTanh, 1e-5),
        },
        Architecture::Roberta | Architecture::XlmRoberta | Architecture::Camembert | Architecture::Electra => usual,
        Architecture::Albert => Names { defaults: (Activation::GeluTanh, 1e-12), ..usual },
        Architecture::ModernBert => Names {
            activation: &["hidden_activation"],
            norm_eps: &["norm_eps"],
            defaults: (Activation::Gelu, 1e-5),
            ..usual
        },
        Architecture::GptNeox => Names { defaults: (Activation::Gelu, 1e-5), ..usual },
        Architecture::Llama | Architecture::Qwen2 | Architecture::Qwen3 => {
            Names { norm_eps: &["rms_norm_eps"], defaults: (Activation::Silu, 1e-6), ..usual }
        }
        Architecture::Gemma3 => Names {
            activation: &["hidden_activation"],
            norm_eps: &["rms_norm_eps"],
            defaults: (Activation::GeluTanh, 1e-6),
            ..usual
        },
    }
}

impl ModelConfig {
    /// Reads and checks `config.json`; what becomes of each key is told to the account.
    ///
    /// # Errors
    /// [`WeightsError::Config`] when there is no model to be told of. What is merely not understood stands in the account.
    pub fn from_json(json: &[u8], account: &mut Account) -> Result<Self, WeightsError> {
        const FILE: &str = "config.json";
        let mut keys = Keys::new(FILE, json::object(FILE, json)?, account);
        let shape = Group::Shape;
        keys.absent_if_null(
            shape,
            &["model_type", "architectures", "problem_type", "id2label", "label2id", "num_labels"],
        );
        keys.absent_if_null(shape, &["quantization_config", "rope_scaling", "rope_parameters", "eos_token_id"]);
        keys.absent_if_null(shape, &["n_inner", "hidden_activation"]);
        keys.absent_if_null(Group::Tokenizer, &["tokenizer_class"]);
        let (architecture, class_named) = class(&mut keys)?;
        if architecture != Architecture::ModernBert {
            keys.absent_if_null(shape, &["classifier_pooling"]);
        }
        quantisation(&mut keys);
        let names = names(architecture);
        let (default_activation, default_eps) = names.defaults;
        let d_model = keys.needed_size(shape, names.d_model)?;
        let n_heads = keys.needed_size(shape, names.n_heads)?;
        let n_positions = keys.needed_size(shape, names.n_positions)?;
        let d_mlp = match keys.size(shape, names.d_mlp)? {
            Some(d_mlp) => d_mlp,
            // The one architecture whose configuration may leave it out.
            None if architecture == Architecture::Gpt2 => d_model.saturating_mul(4),
            None => keys.needed_size(shape, names.d_mlp)?,
        };
        let activation = activation(&mut keys, names.activation, default_activation)?;
        let pools = matches!(architecture, Architecture::Bert | Architecture::DistilBert | Architecture::ModernBert);
        let classes = if architecture.causal() { Classes::default() } else { classes::read(&mut keys, pools)? };
        let n_layers = keys.needed_size(shape, names.n_layers)?;
        let decoder = Decoder::read(&mut keys, architecture, Sizes { d_model, n_layers, n_heads, n_positions })?;
        let first_position = first_position(&mut keys, architecture)?;
        only_what_is_built(&mut keys, architecture);
        let config = Self {
            architecture,
            d_vocab: keys.needed_size(shape, &["vocab_size"])?,
            d_model,
            d_embed: match architecture {
                Architecture::Electra | Architecture::Albert => keys.size(shape, &["embedding_size"])?.unwrap_or(128),
                _ => d_model,
            },
            n_layers,
            n_heads,
            n_kv_heads: decoder.n_kv_heads,
            d_head: decoder.d_head,
            d_mlp,
            n_positions: n_positions.saturating_sub(first_position),
            first_position,
            norm_eps: keys.number(shape, names.norm_eps)?.unwrap_or(default_eps),
            rope: decoder.rope,
            sliding: decoder.sliding,
            scores: decoder.scores,
            activation,
            head_activation: match architecture {
                Architecture::ModernBert => self::activation(&mut keys, &["classifier_activation"], Activation::Gelu)?,
                _ => Activation::Gelu,
            },
            biases: decoder.biases,
            parallel: decoder.parallel,
            tied: match architecture {
                _ if !architecture.causal() => None,
                Architecture::Gpt2 | Architecture::Gemma3 => {
                    Some(keys.flag(shape, &["tie_word_embeddings"])?.unwrap_or(true))
                }
                _ => Some(keys.flag(shape, &["tie_word_embeddings"])?.unwrap_or(false)),
            },
            n_segments: if architecture.segments() { keys.size(shape, &["type_vocab_size"])?.unwrap_or(2) } else { 0 },
            class_named,
            format: Format::HuggingFace,
            pooling: classes.pooling,
            labels: classes.labels,
            problem_type: classes.problem_type,
            tokenizer_class: keys.text(Group::Tokenizer, &["tokenizer_class"])?,
            eos_ids: if architecture.causal() { keys.ids(Group::Tokenizer, "eos_token_id")? } else { Vec::new() },
        };
        keys.finish(|name, _| judge(architecture, name));
        config.checked(FILE)
    }
}

/// What nobody took.
fn judge(architecture: Architecture, name: &str) -> Judgement {
    let declared = WITHOUT_EFFECT.iter().find(|(_, names)| names.contains(&name));
    let reason = match (declared, name) {
        (Some((reason, _)), _) => (*reason).to_owned(),
        (None, "eos_token_id" | "tie_word_embeddings") => "a classifier writes nothing".to_owned(),
        (None, "id2label" | "problem_type" | "num_labels" | "classifier_pooling") => OTHER_HEAD.to_owned(),
        _ if name.contains('.') => return Judgement::NotUnderstood("this part of it is not built".to_owned()),
        _ => format!("transformers' configuration of {} has no such key", architecture.name()),
    };
    Judgement::WithoutEffect(reason)
}

/// Which transformer, and whether the file names its class.
fn class(keys: &mut Keys<'_>) -> Result<(Architecture, bool), WeightsError> {
    let model_type = keys.text(Group::Shape, &["model_type"])?;
    let named = match keys.take(Group::Shape, "architectures") {
        None => None,
        Some(Value::Array(classes)) => classes.first().map(|class| class.as_str().unwrap_or_default().to_owned()),
        Some(other) => return Err(keys.wrong(format!("architectures is {other}, not a list of classes"))),
    };
    let by_type = Architecture::ALL.into_iter().find(|known| Some(known.name()) == model_type.as_deref());
    if let Some(reason) = model_type.as_deref().filter(|_| by_type.is_none()).and_then(refusal) {
        return Err(keys.wrong(format!("model type {} is not built: {reason}", model_type.unwrap_or_default())));
    }
    let all = Architecture::ALL.map(|architecture| (class_of(architecture), architecture));
    let by_class = named.as_deref().map(|named| all.iter().chain(&HEADLESS).find(|(class, _)| *class == named));
    match (by_type, by_class, model_type.as_deref()) {
        (_, Some(None), _) => {
            let known = all.map(|(class, _)| class).join(", ");
            let named = named.unwrap_or_default();
            Err(keys.wrong(format!("the class {named} is not built; {known} are")))
        }
        (None, _, Some(other)) => {
            let known = Architecture::ALL.map(Architecture::name).join(", ");
            Err(keys.wrong(format!("model type {other:?} is not built; {known} are")))
        }
        (Some(by_type), Some(Some((class, by_class))), _) if by_type != *by_class => {
            Err(keys.wrong(format!("model_type says {}, but architectures says {class}", by_type.name())))
        }
        (_, Some(Some((_, architecture))), _) => Ok((*architecture, true)),
        (Some(architecture), None, _) => {
            keys.remark("architectures", "not there; the class is told by model_type and the tensors");
            Ok((architecture, false))
        }
        (None, None, None) => Err(keys.wrong("it names neither architectures nor model_type".to_owned())),
    }
}

/// One of the activations that are built.
fn activation(keys: &mut Keys<'_>, names: &[&str], default: Activation) -> Result<Activation, WeightsError> {
    let Some(name) = keys.text(Group::Shape, names)? else { return Ok(default) };
    let known = Activation::NAMES.iter().find(|(known, _)| *known == name);
    if known.is_none() {
        let built = Activation::NAMES.map(|(known, _)| known).join(", ");
        let key = names.first().copied().unwrap_or_default();
        keys.not_understood(key, format!("the activation {name:?} is not built; {built} are"));
    }
    Ok(known.map_or(default, |(_, activation)| *activation))
}

/// Rows of the position matrix in front of the one for the first token: RoBERTa counts on from the padding token.
fn first_position(keys: &mut Keys<'_>, architecture: Architecture) -> Result<usize, WeightsError> {
    if !architecture.of_roberta() {
        return Ok(0);
    }
    Ok(keys.size(Group::Shape, &["pad_token_id"])?.unwrap_or(1).saturating_add(1))
}

/// Weights in a packing of their own are named with the way out.
fn quantisation(keys: &mut Keys<'_>) {
    for name in ["quantization_config", "compression_config"] {
        let Some(value) = keys.peek(name) else { continue };
        let method = value.get("quant_method").and_then(Value::as_str);
        let bits = ["load_in_4bit", "load_in_8bit"].iter().any(|bits| value.get(bits) == Some(&json!(true)));
        let method = method.unwrap_or(if bits { "bitsandbytes" } else { "packed" }).to_owned();
        keys.take(Group::Shape, name);
        let way_out = "save the model without quantisation, or take a GGUF file of it";
        keys.not_understood(name, format!("{method} weights are not read; {way_out}"));
    }
}

/// Keys with one value that is built.
fn only_what_is_built(keys: &mut Keys<'_>, architecture: Architecture) {
    let no = [json!(false), json!(null)];
    let shape = Group::Shape;
    keys.only(shape, "is_encoder_decoder", &no, "; encoder and decoder are not built as one");
    keys.only(shape, "pruned_heads", &[json!({}), json!(null)], "; save the model without its pruned heads");
    keys.only(shape, "add_cross_attention", &no, "");
    match architecture {
        Architecture::Bert
        | Architecture::Roberta
        | Architecture::XlmRoberta
        | Architecture::Camembert
        | Architecture::Electra
        | Architecture::Albert => {
            let absolute = [json!("absolute"), json!(null)];
            keys.only(shape, "position_embedding_type", &absolute, "; absolute positions are");
            keys.only(shape, "is_decoder", &no, "; it would read from left to right");
            if architecture == Architecture::Albert {
                keys.only(shape, "num_hidden_groups", &[json!(1)], "; all layers are one block");
                keys.only(shape, "inner_group_num", &[json!(1)], "; all layers are one block");
            }
        }
        Architecture::DistilBert | Architecture::ModernBert => {}
        _ => drop(keys.take(shape, "is_decoder")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::RopeScaling;

    const BERT: &str = r#"{"model_type":"bert","vocab_size":10,"hidden_size":8,"num_hidden_layers":1,"num_attention_heads":2,"intermediate_size":16,"max_position_embeddings":8}"#;

    fn read(json: &str) -> (Result<ModelConfig, String>, Account) {
        let mut account = Account::default();
        let config = ModelConfig::from_json(json.as_bytes(), &mut account).map_err(|error| error.to_string());
        (config, account)
    }

    #[test]
    fn what_cannot_run_is_said() {
        let check = |change: (&str, &str), sentence: &str| {
            let (config, account) = read(&BERT.replace(change.0, change.1));
            let refused = account.not_understood.first().map(|entry| format!("{}: {}", entry.name, entry.reason));
            let said = config.err().or(refused).unwrap_or_default();
            assert!(said.contains(sentence) && said.is_empty() == sentence.is_empty(), "{change:?}: {said}");
        };
        let gpt2 = r#""gpt2","n_embd":8,"n_layer":1,"n_head":2,"n_positions":8"#;
        check(("", ""), "");
        check(("\"bert\"", "\"t5\""), "model type t5 is not built: one part of it reads a text");
        check(("\"bert\"", "\"mamba\""), "model type \"mamba\" is not built; bert, distilbert, roberta");
        check(("\"bert\"", "\"gemma3\""), "it also reads images");
        check(("\"num_attention_heads\":2", "\"num_attention_heads\":3"), "no multiple");
        check(("\"num_attention_heads\":2", "\"num_attention_heads\":0"), "outside");
        check(("\"hidden_size\":8", "\"hidden_size\":999999999"), "outside");
        check(("\"hidden_size\":8", "\"hidden_size\":\"8\""), "hidden_size is \"8\", not a whole number");
        check(("\"hidden_size\":8", "\"hidden_size\":8.0"), "");
        check(("\"hidden_size\":8", "\"hidden_size\":null"), "hidden_size is null");
        check(("\"hidden_size\":8,", ""), "hidden_size is missing");
        check(("}", ",\"hidden_act\":\"relu6\"}"), "activation \"relu6\" is not built");
        check(("}", ",\"hidden_act\":\"relu\"}"), "");
        check(("}", ",\"is_decoder\":true}"), "is_decoder: true is not built");
        check(("}", ",\"position_embedding_type\":\"relative_key\"}"), "relative_key");
        check(("}", "}}"), "trailing");
        check(("}", ",\"vocab_size\":10}"), "stands twice");
        check(("}", ",\"n_heads\":7}"), "");
        check(("\"bert\"", gpt2), "");
        check(("\"bert\"", &gpt2.replace("8,", "16,")), "n_embd is 16 and hidden_size is 8");
        check(("\"bert\"", "\"llama\""), "");
        check(("\"bert\",", "\"llama\",\"num_key_value_heads\":3,"), "cannot share 3");
        check(("\"bert\",", "\"llama\",\"head_dim\":3,"), "3 of the 3 numbers of a head cannot be rotated");
        check(("\"bert\",", "\"llama\",\"rope_theta\":0,"), "rotary");
        check(("\"bert\",", "\"llama\",\"mlp_bias\":true,"), "");
        check(("}", ",\"id2label\":{\"1\":\"a\"}}"), "count from 0");
        check(("}", ",\"num_labels\":3,\"id2label\":{\"0\":\"a\",\"1\":\"b\"}}"), "num_labels is 3");
        check(("}", ",\"quantization_config\":{\"quant_method\":\"gptq\"}}"), "gptq weights are not read");
        check(("}", ",\"quantization_config\":{\"load_in_4bit\":true}}"), "bitsandbytes weights are not read");
        check(("}", ",\"architectures\":[\"BertForQuestionAnswering\"]}"), "the class BertForQuestionAnswering is not");
        check(("}", ",\"architectures\":[\"LlamaForCausalLM\"]}"), "model_type says bert");
    }

    #[test]
    fn rope_is_read_under_both_of_its_names() {
        let llama = |more: &str| read(&BERT.replace("\"bert\"", &format!("\"llama\",{more}")));
        let rope = |more: &str| {
            llama(more).0.map(|config| match config.rope.scaling {
                RopeScaling::Linear(factor) => (config.rope.base, factor),
                other => panic!("{other:?}"),
            })
        };
        assert_eq!(rope(r#""rope_theta":5000"#), Ok((5000.0, 1.0)));
        assert_eq!(rope(r#""rope_scaling":{"type":"linear","factor":4}"#), Ok((10_000.0, 4.0)));
        assert_eq!(rope(r#""rope_parameters":{"rope_type":"linear","factor":2.0,"rope_theta":7}"#), Ok((7.0, 2.0)));
        assert_eq!(rope(r#""rope_theta":7,"rope_scaling":null,"rope_parameters":{"rope_theta":7.0}"#), Ok((7.0, 1.0)));
        let said = rope(r#""rope_theta":7,"rope_parameters":{"rope_theta":8}"#).unwrap_err();
        assert!(said.contains("rope_theta as 8"), "{said}");
        for kind in ["dynamic", "longrope"] {
            let (_, account) = llama(&format!(r#""rope_scaling":{{"rope_type":"{kind}","factor":2}}"#));
            assert!(account.not_understood[0].reason.contains(kind));
        }
        let (_, account) = llama(r#""rope_scaling":{"type":"linear","factor":2,"wobble":1}"#);
        assert_eq!(account.not_understood[0].name, "rope_scaling.wobble");
    }

    #[test]
    fn every_key_is_accounted_for() {
        let (config, account) = read(&BERT.replace('}', r#","dropout":0.1,"colour":"blue","pad_token_id":0}"#));
        assert!(config.is_ok() && account.not_understood.is_empty());
        assert_eq!(account.used.shape_keys, 7);
        let passed: Vec<&str> = account.without_effect.iter().map(|entry| &*entry.name).collect();
        assert_eq!(passed, ["architectures", "colour", "dropout", "pad_token_id"]);
    }

    #[test]
    fn labels_follow_their_numbers() {
        let names: Vec<String> = (0..12).map(|class| format!("\"{class}\":\"c{class}\"")).collect();
        let (config, _) = read(&BERT.replace('}', &format!(",\"id2label\":{{{}}}}}", names.join(","))));
        assert_eq!(config.unwrap().labels[10], "c10");
        let counted = read(&BERT.replace('}', ",\"num_labels\":3}")).0.unwrap();
        assert_eq!(counted.labels, ["LABEL_0", "LABEL_1", "LABEL_2"]);
    }
}
