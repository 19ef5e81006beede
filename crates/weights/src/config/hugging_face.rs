//! The configuration in a Hugging Face folder.
//!
//! Source: the configuration classes of transformers, whose names, aliases and defaults these are. A key is used, or it stands
//! in a list of those that change nothing here, each with its reason, or it is not understood and the model is not run. A key
//! that transformers' own configuration of the architecture does not have is not read by it either, and is a remark.

use serde_json::{Value, json};
use vitrine_schema::ProblemType;
use vitrine_schema::inspection::{Account, Group};

use super::without_effect::{OTHER_HEAD, WITHOUT_EFFECT};
use super::{Activation, Architecture, Format, ModelConfig, Pooling};
use crate::keys::{Judgement, Keys};
use crate::{WeightsError, json};

/// Classes of transformers that are built, each with the architecture it belongs to.
const CLASSES: [(&str, Architecture); 6] = [
    ("BertForSequenceClassification", Architecture::Bert),
    ("DistilBertForSequenceClassification", Architecture::DistilBert),
    ("GPT2LMHeadModel", Architecture::Gpt2),
    ("LlamaForCausalLM", Architecture::Llama),
    // Without their heads; a language model that reads its answer off the embedding matrix has none of its own.
    ("GPT2Model", Architecture::Gpt2),
    ("LlamaModel", Architecture::Llama),
];

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
        Architecture::Llama => Names { norm_eps: &["rms_norm_eps"], defaults: (Activation::Silu, 1e-6), ..usual },
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
        keys.absent_if_null(shape, &["n_inner", "num_key_value_heads", "head_dim", "classifier_pooling"]);
        keys.absent_if_null(Group::Tokenizer, &["tokenizer_class"]);
        let (architecture, class_named) = class(&mut keys)?;
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
        let activation = match keys.text(shape, names.activation)? {
            None => default_activation,
            Some(name) => match Activation::NAMES.iter().find(|(known, _)| *known == name) {
                Some((_, activation)) => *activation,
                None => {
                    let known = Activation::NAMES.map(|(known, _)| known).join(", ");
                    let key = names.activation.first().copied().unwrap_or_default();
                    keys.not_understood(key, format!("the activation {name:?} is not built; {known} are"));
                    default_activation
                }
            },
        };
        let classes = if architecture.causal() { Classes::default() } else { classes(&mut keys)? };
        let llama = (architecture == Architecture::Llama).then(|| llama(&mut keys)).transpose()?.unwrap_or_default();
        only_what_is_built(&mut keys, architecture);
        let config = Self {
            architecture,
            d_vocab: keys.needed_size(shape, &["vocab_size"])?,
            d_model,
            n_layers: keys.needed_size(shape, names.n_layers)?,
            n_heads,
            n_kv_heads: llama.n_kv_heads.unwrap_or(n_heads),
            d_head: llama.d_head.or(d_model.checked_div(n_heads)).unwrap_or(0),
            d_mlp,
            n_positions,
            norm_eps: keys.number(shape, names.norm_eps)?.unwrap_or(default_eps),
            rope_base: llama.rope_base.unwrap_or(10_000.0),
            rope_factor: llama.rope_factor.unwrap_or(1.0),
            activation,
            attention_bias: Some(llama.attention_bias),
            tied: match architecture {
                Architecture::Bert | Architecture::DistilBert => None,
                Architecture::Gpt2 => Some(keys.flag(shape, &["tie_word_embeddings"])?.unwrap_or(true)),
                Architecture::Llama => Some(keys.flag(shape, &["tie_word_embeddings"])?.unwrap_or(false)),
            },
            n_segments: match architecture {
                Architecture::Bert => keys.size(shape, &["type_vocab_size"])?.unwrap_or(2),
                _ => 0,
            },
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
    let by_class = named.as_deref().map(|named| CLASSES.iter().find(|(class, _)| *class == named));
    match (by_type, by_class, model_type.as_deref()) {
        (_, Some(None), _) => {
            let known: Vec<&str> = CLASSES.iter().take(Architecture::ALL.len()).map(|(class, _)| *class).collect();
            let named = named.unwrap_or_default();
            Err(keys.wrong(format!("the class {named} is not built; {} are", known.join(", "))))
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
        Architecture::Bert => {
            let absolute = [json!("absolute"), json!(null)];
            keys.only(shape, "position_embedding_type", &absolute, "; absolute positions are");
            keys.only(shape, "is_decoder", &no, "; it would read from left to right");
        }
        Architecture::DistilBert => {}
        Architecture::Gpt2 => {
            keys.only(shape, "scale_attn_weights", &[json!(true)], "");
            keys.only(shape, "scale_attn_by_inverse_layer_idx", &no, "");
            keys.take(shape, "is_decoder");
        }
        Architecture::Llama => {
            keys.only(shape, "mlp_bias", &no, "");
            keys.take(shape, "is_decoder");
        }
    }
}

/// What only a classifier has.
struct Classes {
    pooling: Pooling,
    labels: Vec<String>,
    problem_type: ProblemType,
}

impl Default for Classes {
    fn default() -> Self {
        Self { pooling: Pooling::First, labels: Vec::new(), problem_type: ProblemType::default() }
    }
}

fn classes(keys: &mut Keys<'_>) -> Result<Classes, WeightsError> {
    let shape = Group::Shape;
    let pooling = match keys.text(shape, &["classifier_pooling"])?.as_deref() {
        None | Some("cls") => Pooling::First,
        Some("mean") => Pooling::Mean,
        Some(other) => {
            keys.not_understood("classifier_pooling", format!("{other:?} is not built; cls and mean are"));
            Pooling::First
        }
    };
    let counted = keys.size(shape, &["num_labels"])?;
    let labels = match keys.take(shape, "id2label") {
        None => (0..counted.unwrap_or(2).min(1 << 13)).map(|class| format!("LABEL_{class}")).collect(),
        Some(Value::Object(names)) => labels(keys, names, counted)?,
        Some(other) => return Err(keys.wrong(format!("id2label is {other}, not an object"))),
    };
    let problem_type = match keys.text(shape, &["problem_type"])?.as_deref() {
        // A single logit has nothing to be weighed against.
        _ if labels.len() == 1 => ProblemType::Regression,
        None | Some("single_label_classification") => ProblemType::SingleLabel,
        Some("multi_label_classification") => ProblemType::MultiLabel,
        Some(other) => {
            keys.not_understood("problem_type", format!("{other:?} of {} labels is not built", labels.len()));
            ProblemType::SingleLabel
        }
    };
    Ok(Classes { pooling, labels, problem_type })
}

/// Names of classes in the order of their ids as numbers, which have to count from 0.
fn labels(
    keys: &Keys<'_>,
    names: serde_json::Map<String, Value>,
    counted: Option<usize>,
) -> Result<Vec<String>, WeightsError> {
    let mut by_id = std::collections::BTreeMap::new();
    for (id, name) in names {
        let label = name.as_str().map_or_else(|| name.to_string(), str::to_owned);
        let id: usize = id.trim().parse().map_err(|_| keys.wrong(format!("id2label has {id:?}, no number")))?;
        if by_id.insert(id, label).is_some() {
            return Err(keys.wrong(format!("id2label names class {id} twice")));
        }
    }
    if by_id.keys().copied().ne(0..by_id.len()) {
        return Err(keys.wrong("id2label does not count from 0".to_owned()));
    }
    if counted.is_some_and(|counted| counted != by_id.len()) {
        let counted = counted.unwrap_or_default();
        return Err(keys.wrong(format!("num_labels is {counted}, but id2label names {}", by_id.len())));
    }
    Ok(by_id.into_values().collect())
}

/// What only Llama has.
#[derive(Default)]
struct LlamaKeys {
    n_kv_heads: Option<usize>,
    d_head: Option<usize>,
    attention_bias: bool,
    rope_base: Option<f64>,
    rope_factor: Option<f64>,
}

fn llama(keys: &mut Keys<'_>) -> Result<LlamaKeys, WeightsError> {
    let shape = Group::Shape;
    let mut found = LlamaKeys {
        n_kv_heads: keys.size(shape, &["num_key_value_heads"])?,
        d_head: keys.size(shape, &["head_dim"])?,
        attention_bias: keys.flag(shape, &["attention_bias"])?.unwrap_or(false),
        rope_base: keys.number(shape, &["rope_theta"])?,
        rope_factor: None,
    };
    keys.only(shape, "partial_rotary_factor", &[json!(1), json!(null)], "");
    for name in ["rope_scaling", "rope_parameters"] {
        let Some(inside) = keys.inside(shape, name)? else { continue };
        let (base, factor) = rope(inside)?;
        for (what, known, here) in
            [("rope_theta", &mut found.rope_base, base), ("factor", &mut found.rope_factor, factor)]
        {
            match (*known, here) {
                (Some(known), Some(here)) if known != here => {
                    return Err(
                        keys.wrong(format!("{name} gives {what} as {here}, but it was given as {known} before"))
                    );
                }
                _ => *known = known.or(here),
            }
        }
    }
    Ok(found)
}

/// Base and factor of the rotary positions in `rope_scaling`, or in `rope_parameters` as it is called by now.
fn rope(mut keys: Keys<'_>) -> Result<(Option<f64>, Option<f64>), WeightsError> {
    let shape = Group::Shape;
    let kind = keys.text(shape, &["rope_type", "type"])?;
    let base = keys.number(shape, &["rope_theta"])?;
    keys.only(shape, "partial_rotary_factor", &[json!(1), json!(null)], "");
    let factor = match kind.as_deref() {
        Some("linear") => match keys.number(shape, &["factor"])? {
            Some(factor) => Some(factor),
            None => return Err(keys.wrong("linear rope scaling names no factor".to_owned())),
        },
        Some("default") => Some(1.0),
        None if keys.has("factor") => {
            keys.not_understood("factor", "it is not said what kind of rope scaling this is");
            None
        }
        None => None,
        Some(other) => {
            let name = if keys.has("type") { "type" } else { "rope_type" };
            keys.not_understood(name, format!("rope scaling {other:?} is not built; default and linear are"));
            return Ok((base, None));
        }
    };
    keys.finish(|name, _| match name.rsplit('.').next() {
        Some("factor" | "original_max_position_embeddings" | "attention_factor" | "finetuned") => {
            Judgement::WithoutEffect("this kind of rope scaling does not use it".to_owned())
        }
        _ => Judgement::NotUnderstood("this part of it is not built".to_owned()),
    });
    Ok((base, factor))
}

#[cfg(test)]
mod tests {
    use super::*;

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
        check(("\"bert\"", "\"t5\""), "model type \"t5\" is not built; bert, distilbert, gpt2, llama are");
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
        check(("\"bert\",", "\"llama\",\"head_dim\":3,"), "odd");
        check(("\"bert\",", "\"llama\",\"rope_theta\":0,"), "rotary");
        check(("\"bert\",", "\"llama\",\"mlp_bias\":true,"), "mlp_bias: true is not built");
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
        let rope = |more: &str| llama(more).0.map(|config| (config.rope_base, config.rope_factor));
        assert_eq!(rope(r#""rope_theta":5000"#), Ok((5000.0, 1.0)));
        assert_eq!(rope(r#""rope_scaling":{"type":"linear","factor":4}"#), Ok((10_000.0, 4.0)));
        assert_eq!(rope(r#""rope_parameters":{"rope_type":"linear","factor":2.0,"rope_theta":7}"#), Ok((7.0, 2.0)));
        assert_eq!(rope(r#""rope_theta":7,"rope_scaling":null,"rope_parameters":{"rope_theta":7.0}"#), Ok((7.0, 1.0)));
        let said = rope(r#""rope_theta":7,"rope_parameters":{"rope_theta":8}"#).unwrap_err();
        assert!(said.contains("rope_theta as 8"), "{said}");
        for kind in ["llama3", "yarn", "dynamic", "longrope"] {
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
