//! Nothing in a model's files is read wrong in silence: one key, one tensor or one type changed anywhere in a good checkpoint
//! gives the same numbers, or a refusal that names it, and never other numbers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::path::PathBuf;

use burn::tensor::Device;
use futures_executor::block_on;
use serde_json::{Value, json};
use vitrine_engine::{Asker, EngineError, Layout, Parts, Session, SessionBuilder};
use vitrine_schema::diagnostic::Refusal;
use vitrine_schema::inspection::Norms;
use vitrine_schema::protocol::Sample;
use vitrine_schema::recipe::Generate;
use vitrine_schema::{Ask, Finding, Generation, Recipe};
use vitrine_weights::folder::SmallFiles;

const FOLDERS: [&str; 15] = [
    "tiny-bert",
    "tiny-distilbert",
    "tiny-roberta",
    "tiny-xlm-roberta",
    "tiny-electra",
    "tiny-albert",
    "tiny-modernbert",
    "tiny-modernbert-biases",
    "tiny-gpt2",
    "tiny-llama",
    "tiny-llama3",
    "tiny-qwen2",
    "tiny-qwen3",
    "tiny-gpt-neox",
    "tiny-gemma3",
];

fn file(model: &str, name: &str) -> Vec<u8> {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "../../tests/golden", model, name].iter().collect();
    std::fs::read(path).unwrap()
}

fn build(layout: Layout, weights: &[u8]) -> Result<Session, EngineError> {
    let parts = Parts { id: "tiny".into(), licence: None, sha256: String::new(), bytes: 0, layout };
    let mut builder = SessionBuilder::new(parts, Device::flex(), u64::MAX);
    builder.begin()?;
    builder.file("weights", weights.len() as u64)?;
    builder.push(weights)?;
    builder.finish()
}

fn logits(session: &Session) -> Vec<f32> {
    block_on(session.run_ids(&[vec![2, 5, 7, 3]], &Asker::default())).unwrap().concat()
}

/// A folder of which parts can be changed.
#[derive(Clone)]
struct Folder {
    config: Value,
    small: SmallFiles,
    weights: Vec<u8>,
}

impl Folder {
    fn golden(model: &str) -> Self {
        let config = serde_json::from_slice(&file(model, "config.json")).unwrap();
        let small = [("tokenizer.json".to_owned(), file(model, "tokenizer.json"))].into();
        Self { config, small, weights: file(model, "model.safetensors") }
    }

    fn with(mut self, name: &str, value: &Value) -> Self {
        self.small.insert(name.to_owned(), serde_json::to_vec(value).unwrap());
        self
    }

    fn open(&self) -> Result<Session, EngineError> {
        let mut small = self.small.clone();
        small.insert("config.json".to_owned(), serde_json::to_vec(&self.config).unwrap());
        build(Layout::HuggingFace(small), &self.weights)
    }

    /// The same numbers, or a refusal that names one of these.
    fn check(&self, expected: &[f32], names: &[&str]) {
        match self.open() {
            Ok(session) => assert_eq!(logits(&session), expected, "other numbers after {names:?}"),
            Err(error) => {
                let said = error.to_string();
                assert!(names.iter().any(|name| said.contains(name)), "{names:?}: {said}");
            }
        }
    }

    /// Header and data of the weights.
    fn tensors(&self) -> (Value, &[u8]) {
        let (length, rest) = self.weights.split_first_chunk::<8>().unwrap();
        let (header, data) = rest.split_at(u64::from_le_bytes(*length) as usize);
        (serde_json::from_slice(header).unwrap(), data)
    }

    fn with_tensors(&self, header: &Value, data: &[u8]) -> Self {
        let header = serde_json::to_vec(header).unwrap();
        let weights = [&(header.len() as u64).to_le_bytes(), &*header, data].concat();
        Self { weights, ..self.clone() }
    }

    /// One tensor more, of this shape.
    fn with_tensor(&self, name: &str, dtype: &str, shape: &[usize], bytes: usize) -> Self {
        let (mut header, data) = self.tensors();
        let end = data.len() + bytes;
        header[name] = json!({"dtype": dtype, "shape": shape, "data_offsets": [data.len(), end]});
        self.with_tensors(&header, &[data, &vec![0; bytes]].concat())
    }
}

/// A value as other types.
fn retyped(value: &Value) -> Vec<Value> {
    let mut all = vec![json!(null), json!([value]), json!({ "a": value }), json!(value.to_string()), json!("NaN")];
    if let Some(number) = value.as_f64() {
        all.extend([json!(number), json!(number as i64), json!(number + 0.5), json!(-number - 1.0)]);
    }
    if let Some(flag) = value.as_bool() {
        all.push(json!(i32::from(flag)));
    }
    all.retain(|other| other != value || other.is_f64() != value.is_f64());
    all
}

/// What a change of the value may well change; the rest has to give the same numbers or be named.
fn means_something_else(key: &str, value: &Value) -> bool {
    match key {
        // No key/value heads named: as many as query heads; no head size named: what the width gives.
        "num_key_value_heads" | "head_dim" | "rope_theta" | "rope_scaling" => value.is_null(),
        // No base of the angles of layers with a window: that of the others.
        "local_rope_theta" => value.is_null(),
        // None named: which layers read a window follows from another key.
        "layer_types" => value.is_null(),
        // Another number is another model.
        _ => false,
    }
}

#[test]
fn a_changed_type_anywhere_in_the_configuration() {
    for model in FOLDERS {
        let good = Folder::golden(model);
        let expected = logits(&good.open().unwrap());
        let keys: Vec<String> = good.config.as_object().unwrap().keys().cloned().collect();
        for key in keys {
            for value in retyped(&good.config[&key]) {
                // A number with another value is asked for below.
                let other_number = good.config[&key].as_f64().zip(value.as_f64()).is_some_and(|(a, b)| a != b);
                if other_number || means_something_else(&key, &value) {
                    continue;
                }
                let mut changed = good.clone();
                changed.config[&key] = value.clone();
                changed.check(&expected, &[&key, &clipped(&value)]);
            }
        }
    }
}

fn clipped(value: &Value) -> String {
    value.to_string().trim_matches('"').chars().take(20).collect()
}

#[test]
fn a_size_that_is_no_size_is_named() {
    for model in FOLDERS {
        let good = Folder::golden(model);
        let keys: Vec<String> = good.config.as_object().unwrap().keys().cloned().collect();
        let sizes = ["size", "layer", "head", "dim", "inner", "position", "embd"];
        for key in keys.iter().filter(|key| sizes.iter().any(|size| key.contains(size)) && !key.contains("initializer"))
        {
            let Some(number) = good.config[key].as_f64().filter(|number| number.fract() == 0.0) else { continue };
            for value in [json!(number + 0.5), json!(-number), json!("NaN")] {
                let mut changed = good.clone();
                changed.config[key] = value;
                let error = changed.open().map(|_| ()).unwrap_err().to_string();
                assert!(error.contains(&**key), "{model} {key}: {error}");
            }
        }
    }
}

#[test]
fn an_unknown_key_anywhere() {
    for model in FOLDERS {
        let good = Folder::golden(model);
        let expected = logits(&good.open().unwrap());
        for value in [json!(null), json!(true), json!(7), json!("text"), json!([1, 2]), json!({"factor": 2.0})] {
            let mut changed = good.clone();
            changed.config["wobble"] = value.clone();
            let session = changed.open().unwrap();
            assert_eq!(logits(&session), expected);
            assert!(session.card().inspection.without_effect.iter().any(|entry| entry.name == "wobble"), "{model}");
            for name in ["tokenizer_config.json", "generation_config.json", "special_tokens_map.json"] {
                good.clone().with(name, &json!({ "wobble": value })).check(&expected, &["wobble"]);
            }
        }
    }
    let mut llama = Folder::golden("tiny-llama");
    for (name, kind) in [("rope_scaling", "linear"), ("rope_parameters", "default")] {
        llama.config[name] = json!({"rope_type": kind, "factor": 1.0, "wobble": 1});
        assert!(llama.open().map(|_| ()).unwrap_err().to_string().contains(&format!("{name}.wobble")));
        llama.config[name] = json!(null);
    }
}

#[test]
fn an_unknown_tensor_anywhere() {
    for model in FOLDERS {
        let good = Folder::golden(model);
        let expected = logits(&good.open().unwrap());
        let (header, _) = good.tensors();
        let mut names: Vec<String> =
            header.as_object().unwrap().keys().filter(|name| *name != "__metadata__").cloned().collect();
        names.push("wobble".to_owned());
        for name in names {
            let parent = name.rsplit_once('.').map_or("", |(parent, _)| parent);
            for (extra, dtype, shape, bytes) in [
                (format!("{name}.wobble"), "F32", &[2][..], 8),
                (format!("{parent}.wobble"), "F32", &[2, 2], 16),
                (name.replacen('.', "..", 1) + ".", "F32", &[1], 4),
                (format!("{parent}.wobble"), "I64", &[1], 8),
                (format!("{parent}.wobble"), "F32", &[1, 1, 1], 4),
                (format!("{name}_scale"), "F32", &[1], 4),
            ] {
                good.with_tensor(&extra, dtype, shape, bytes).check(&expected, &[&extra]);
            }
        }
        // What Hugging Face once saved beside the weights, and what belongs to nobody, is passed over and told.
        for (name, dtype, bytes) in [("wobble.weight", "F32", 8), ("embeddings.position_ids", "I64", 16)] {
            let with = good.with_tensor(name, dtype, &[2], bytes);
            let told = |session: &Session| session.card().inspection.without_effect.iter().any(|e| e.name == name);
            match with.open() {
                Ok(session) => assert!(logits(&session) == expected && told(&session), "{model} {name}"),
                Err(error) => assert!(error.to_string().contains(name) || model == "tiny-bert", "{model}: {error}"),
            }
        }
    }
}

#[test]
fn a_tensor_of_another_type_or_wrapped_name() {
    for model in FOLDERS {
        let good = Folder::golden(model);
        let expected = logits(&good.open().unwrap());
        let (header, data) = good.tensors();
        let prefix = |prefix: &str| {
            let renamed = header.as_object().unwrap().iter().map(|(name, entry)| match &**name {
                "__metadata__" => (name.clone(), entry.clone()),
                _ => (format!("{prefix}{name}"), entry.clone()),
            });
            good.with_tensors(&Value::Object(renamed.collect()), data)
        };
        assert_eq!(logits(&prefix("module.").open().unwrap()), expected, "{model}");
        let plain = |name: &str| -> String {
            let base = match model {
                "tiny-bert" => "bert.",
                "tiny-distilbert" => "distilbert.",
                "tiny-roberta" | "tiny-xlm-roberta" => "roberta.",
                "tiny-electra" => "electra.",
                "tiny-albert" => "albert.",
                "tiny-gpt2" => "transformer.",
                "tiny-gpt-neox" => "gpt_neox.",
                _ => "model.",
            };
            name.strip_prefix(base).unwrap_or(name).to_owned()
        };
        let bare: serde_json::Map<String, Value> =
            header.as_object().unwrap().iter().map(|(name, entry)| (plain(name), entry.clone())).collect();
        let bare = good.with_tensors(&Value::Object(bare), data).open();
        assert_eq!(logits(&bare.unwrap_or_else(|error| panic!("{model}: {error}"))), expected, "{model}");
        // 64-bit floats hold every 32-bit one.
        let (mut wide, mut at) = (serde_json::Map::new(), 0);
        let mut bytes = Vec::new();
        for (name, entry) in header.as_object().unwrap() {
            if name == "__metadata__" {
                continue;
            }
            let place = |i: usize| entry["data_offsets"][i].as_u64().unwrap() as usize;
            let old = &data[place(0)..place(1)];
            let (dtype, new): (&str, Vec<u8>) = if entry["dtype"] == "F32" {
                let widen = |b: &[u8; 4]| f64::from(f32::from_le_bytes(*b)).to_le_bytes();
                ("F64", old.as_chunks().0.iter().flat_map(widen).collect())
            } else {
                (entry["dtype"].as_str().unwrap(), old.to_vec())
            };
            wide.insert(
                name.clone(),
                json!({"dtype": dtype, "shape": entry["shape"], "data_offsets": [at, at + new.len()]}),
            );
            at += new.len();
            bytes.extend(new);
        }
        let session = good.with_tensors(&Value::Object(wide), &bytes).open().unwrap();
        assert_eq!(logits(&session), expected, "{model}");
        let told = |e: &vitrine_schema::inspection::Entry| e.reason.contains("rounded to 32");
        assert!(session.card().inspection.without_effect.iter().any(told));
    }
}

#[test]
fn the_class_is_read_and_not_guessed() {
    let open = |model: &str, class: &str| {
        let mut folder = Folder::golden(model);
        folder.config["architectures"] = json!([class]);
        folder.open().map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(open("tiny-bert", "BertForSequenceClassification"), Ok(()));
    assert_eq!(open("tiny-llama", "LlamaForCausalLM"), Ok(()));
    for (model, class) in [
        ("tiny-bert", "BertForTokenClassification"),
        ("tiny-bert", "BertForMaskedLM"),
        ("tiny-distilbert", "DistilBertForQuestionAnswering"),
        ("tiny-gpt2", "GPT2ForSequenceClassification"),
        ("tiny-llama", "LlamaForSequenceClassification"),
        ("tiny-llama", "WobbleForCausalLM"),
        ("tiny-llama", "GPT2LMHeadModel"),
        ("tiny-roberta", "RobertaForTokenClassification"),
        ("tiny-xlm-roberta", "RobertaForSequenceClassification"),
        ("tiny-gpt-neox", "GPTNeoXForSequenceClassification"),
        ("tiny-qwen2", "Qwen3ForCausalLM"),
        ("tiny-gemma3", "Gemma3ForConditionalGeneration"),
        ("tiny-modernbert", "ModernBertForMaskedLM"),
    ] {
        let said = open(model, class).unwrap_err();
        assert!(said.contains(class), "{said}");
    }
    // Without a class the tensors tell: a head for something else is not passed over.
    for (model, tensor) in [("tiny-gpt2", "score.weight"), ("tiny-llama", "score.weight")] {
        let error = Folder::golden(model).with_tensor(tensor, "F32", &[2, 32], 256).open();
        assert!(error.map(|_| ()).unwrap_err().to_string().contains(tensor));
    }
}

#[test]
fn camembert_is_roberta_with_another_name() {
    let mut folder = Folder::golden("tiny-roberta");
    let expected = logits(&folder.open().unwrap());
    for (model_type, class) in
        [("camembert", "CamembertForSequenceClassification"), ("xlm-roberta", "XLMRobertaForSequenceClassification")]
    {
        folder.config["model_type"] = json!(model_type);
        folder.config["architectures"] = json!([class]);
        assert_eq!(logits(&folder.open().unwrap()), expected);
    }
}

#[test]
fn a_configuration_and_weights_that_do_not_belong_together_are_one_sentence() {
    let said = |folder: &Folder| folder.open().map(|_| ()).unwrap_err().to_string();
    let mixed = |config: &str, weights: &str| {
        said(&Folder { weights: file(weights, "model.safetensors"), ..Folder::golden(config) })
    };
    for (config, weights, sentence) in [
        (
            "tiny-roberta",
            "tiny-bert",
            "it says roberta, but the weights have bert.embeddings.word_embeddings.weight, as bert has",
        ),
        ("tiny-bert", "tiny-roberta", "it says bert, but the weights have roberta.embeddings.word_embeddings.weight"),
        ("tiny-gpt-neox", "tiny-gpt2", "it says gpt_neox, but the weights have transformer.wte.weight, as gpt2 has"),
        ("tiny-llama", "tiny-gpt-neox", "it says llama, but the weights have gpt_neox.embed_in.weight"),
        ("tiny-llama", "tiny-llama3", "tensor layers.0.self_attn.q_proj.weight has shape"),
        (
            "tiny-modernbert",
            "tiny-bert",
            "it says modernbert, but the weights have bert.embeddings.word_embeddings.weight, as bert has",
        ),
        ("tiny-bert", "tiny-modernbert", "it says bert, but the weights have model.embeddings.tok_embeddings.weight"),
        ("tiny-modernbert", "tiny-modernbert-biases", "layers.3"),
        ("tiny-qwen2", "tiny-llama", "the file has no tensor layers.0.self_attn.q_proj.bias"),
    ] {
        let found = mixed(config, weights);
        assert!(found.contains(sentence), "{found}");
    }
    // A head with other labels than the configuration names.
    let mut labels = Folder::golden("tiny-xlm-roberta");
    labels.config["id2label"] = json!({"0": "negative", "1": "positive"});
    let found = said(&labels);
    assert_eq!(found, "config.json cannot be used: it has 2 labels (id2label), but the head has 3");
    // A tokenizer that knows more tokens than the embedding matrix has rows.
    let mut words = Folder::golden("tiny-xlm-roberta");
    words.small = Folder::golden("tiny-roberta").small;
    let ask = Recipe::new("tiny", "the film", Ask::Predict {});
    let found = block_on(words.open().unwrap().run(&ask, &Asker::default())).unwrap_err().to_string();
    assert!(
        found.starts_with("the tokenizer makes token ") && found.ends_with(", but the model has 22 rows"),
        "{found}"
    );
    // Weights that are no numbers.
    let mut nan = Folder::golden("tiny-roberta");
    let end = nan.weights.len();
    nan.weights[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let found = said(&nan);
    assert!(found.contains("holds a value that is not finite"), "{found}");
}

#[test]
fn weights_in_a_packing_of_their_own_are_named() {
    for (model, tensor, sentence) in [
        ("tiny-llama", "model.layers.0.mlp.up_proj.qweight", "GPTQ and AWQ weights are not read"),
        ("tiny-gpt2", "transformer.h.0.attn.c_attn.weight.absmax", "bitsandbytes weights are not read"),
        ("tiny-bert", "bert.encoder.layer.0.output.dense.lora_A.weight", "it is of an adapter"),
    ] {
        let error = Folder::golden(model).with_tensor(tensor, "I32", &[2], 8).open();
        let said = error.map(|_| ()).unwrap_err().to_string();
        assert!(said.contains(tensor) && said.contains(sentence), "{said}");
    }
    let mut pointer = Folder::golden("tiny-bert");
    pointer.small.insert("tokenizer.json".into(), b"version https://git-lfs.github.com/spec/v1\nsize 9\n".to_vec());
    let said = pointer.open().map(|_| ()).unwrap_err().to_string();
    assert!(said.starts_with("tokenizer.json is a Git LFS pointer"), "{said}");
}

#[test]
fn a_head_that_is_the_embedding_has_to_be_it() {
    let good = Folder::golden("tiny-llama");
    let expected = logits(&good.open().unwrap());
    let (header, data) = good.tensors();
    let entry = &header["model.embed_tokens.weight"];
    let place = |i: usize| entry["data_offsets"][i].as_u64().unwrap() as usize;
    let embedding = data[place(0)..place(1)].to_vec();
    let with_head = |head: &[u8]| {
        let mut header = header.clone();
        header["lm_head.weight"] = json!({"dtype": entry["dtype"], "shape": entry["shape"], "data_offsets": [data.len(), data.len() + head.len()]});
        good.with_tensors(&header, &[data, head].concat())
    };
    assert_eq!(logits(&with_head(&embedding).open().unwrap()), expected);
    let mut other = embedding.clone();
    other.rotate_left(4);
    let said = with_head(&other).open().map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("lm_head.weight") && said.contains("tie_word_embeddings"), "{said}");
    let mut untied = with_head(&other);
    untied.config["tie_word_embeddings"] = json!(false);
    assert_ne!(logits(&untied.open().unwrap()), expected);
    let mut headless = good.clone();
    headless.config["tie_word_embeddings"] = json!(false);
    assert!(headless.open().map(|_| ()).unwrap_err().to_string().contains("lm_head.weight"));
}

/// A GGUF file, taken apart to be put together again with one change.
#[derive(Clone)]
struct Gguf {
    n_tensors: u64,
    /// Name, type and bytes of each key.
    keys: Vec<(String, u32, Vec<u8>)>,
    /// Where the tensors are.
    entries: Vec<u8>,
    data: Vec<u8>,
}

const U32: u32 = 4;
const I32: u32 = 5;
const F32: u32 = 6;
const TEXT: u32 = 8;
const U64: u32 = 10;
const F64: u32 = 12;

impl Gguf {
    fn read(bytes: &[u8]) -> Self {
        let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
        let fixed = |kind: u32| match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            _ => 8,
        };
        let past_text = |at: usize| at + 8 + number(at) as usize;
        let (n_tensors, n_keys) = (number(8), number(16));
        let (mut at, mut keys) = (24, Vec::new());
        for _ in 0..n_keys {
            let name = String::from_utf8(bytes[at + 8..past_text(at)].to_vec()).unwrap();
            at = past_text(at) + 4;
            let kind = word(at - 4);
            let end = match kind {
                TEXT => past_text(at),
                9 => {
                    let (element, count) = (word(at), number(at + 4));
                    (0..count).fold(at + 12, |at, _| if element == TEXT { past_text(at) } else { at + fixed(element) })
                }
                other => at + fixed(other),
            };
            keys.push((name, kind, bytes[at..end].to_vec()));
            at = end;
        }
        let end = (0..n_tensors).fold(at, |at, _| past_text(at) + 4 + 8 * word(past_text(at)) as usize + 12);
        let data = bytes[end.next_multiple_of(32)..].to_vec();
        Self { n_tensors, keys, entries: bytes[at..end].to_vec(), data }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = [b"GGUF".as_slice(), &3u32.to_le_bytes(), &self.n_tensors.to_le_bytes()].concat();
        out.extend((self.keys.len() as u64).to_le_bytes());
        for (name, kind, value) in &self.keys {
            out.extend([&(name.len() as u64).to_le_bytes(), name.as_bytes(), &kind.to_le_bytes(), value].concat());
        }
        out.extend(&self.entries);
        out.resize(out.len().next_multiple_of(32), 0);
        out.extend(&self.data);
        out
    }

    fn with(&self, name: &str, kind: u32, value: &[u8]) -> Self {
        let mut changed = self.clone();
        changed.keys.retain(|(known, ..)| known != name);
        changed.keys.push((name.to_owned(), kind, value.to_vec()));
        changed
    }

    fn with_tensor(&self, name: &str) -> Self {
        let mut changed = self.clone();
        changed.n_tensors += 1;
        let place = (self.data.len().next_multiple_of(32) as u64).to_le_bytes();
        let name = [&(name.len() as u64).to_le_bytes(), name.as_bytes()].concat();
        let entry = [&*name, &1u32.to_le_bytes(), &4u64.to_le_bytes(), &0u32.to_le_bytes(), &place].concat();
        changed.entries.extend(entry);
        changed.data.resize(self.data.len().next_multiple_of(32) + 32, 0);
        changed
    }

    fn open(&self) -> Result<Session, EngineError> {
        build(Layout::Gguf, &self.bytes())
    }

    fn check(&self, expected: &[f32], name: &str) {
        match self.open() {
            Ok(session) => assert_eq!(logits(&session), expected, "other numbers after {name}"),
            Err(error) => assert!(error.to_string().contains(name), "{name}: {error}"),
        }
    }
}

#[test]
fn a_gguf_file_with_one_thing_changed() {
    let bytes = file("tiny-llama", "tiny-llama.gguf");
    let good = Gguf::read(&bytes);
    assert_eq!(good.bytes(), bytes);
    let expected = logits(&good.open().unwrap());
    // The same number in another type.
    for (name, kind, value) in &good.keys {
        let number = match *kind {
            U32 => f64::from(u32::from_le_bytes(value[..].try_into().unwrap())),
            F32 => f64::from(f32::from_le_bytes(value[..].try_into().unwrap())),
            _ => continue,
        };
        for (other, bytes) in [
            (U64, (number as u64).to_le_bytes().to_vec()),
            (I32, (number as i32).to_le_bytes().to_vec()),
            (F32, (number as f32).to_le_bytes().to_vec()),
            (F64, number.to_le_bytes().to_vec()),
        ] {
            if matches!(other, U64 | I32) && number.fract() != 0.0 {
                continue;
            }
            let session = good.with(name, other, &bytes).open().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(logits(&session), expected, "{name}");
        }
        // No number at all, and one that no size and no factor is.
        let text = [&1u64.to_le_bytes(), b"7".as_slice()].concat();
        for (other, bytes) in
            [(TEXT, text), (F64, (number + 0.5).to_le_bytes().to_vec()), (F32, f32::NAN.to_le_bytes().to_vec())]
        {
            if name.starts_with("general.") || (other == F64 && *kind == F32) {
                continue;
            }
            let opened = good.with(name, other, &bytes).open();
            match opened {
                Ok(session) => assert_eq!(logits(&session), expected, "{name}"),
                Err(error) => assert!(error.to_string().contains(name), "{name}: {error}"),
            }
        }
    }
    for name in
        ["llama.wobble", "llama.attention.wobble", "tokenizer.ggml.wobble", "llama.rope.scaling.yarn_log_multiplier"]
    {
        let said = good.with(name, U32, &[1, 0, 0, 0]).open().map(|_| ()).unwrap_err().to_string();
        assert!(said.contains(name), "{said}");
    }
    for name in ["general.wobble", "wobble", "gpt2.context_length", "quantize.imatrix.file"] {
        let session = good.with(name, U32, &[1, 0, 0, 0]).open().unwrap();
        assert_eq!(logits(&session), expected);
        assert!(session.card().inspection.without_effect.iter().any(|entry| entry.name == name), "{name}");
    }
    for name in [
        "wobble",
        "blk.0.wobble.weight",
        "blk.0.attn_q.wobble",
        "blk.0..attn_q.weight",
        "blk.9.attn_q.weight",
        "output.bias",
        "token_embd.bias",
    ] {
        good.with_tensor(name).check(&expected, name);
        assert!(good.with_tensor(name).open().is_err(), "{name}");
    }
    let factor = |name: &str, factor: f32| logits(&good.with(name, F32, &factor.to_le_bytes()).open().unwrap());
    assert_eq!(factor("llama.rope.scaling.factor", 4.0), factor("llama.rope.scale_linear", 4.0));
    assert_ne!(factor("llama.rope.scale_linear", 4.0), expected);
}

/// What a classifier was not made to read is cut, as transformers cuts it; what is too long here is refused, not cut to other numbers.
#[test]
fn a_text_that_is_too_long_for_a_classifier_is_refused() {
    let mut folder = Folder::golden("tiny-modernbert");
    let told = |folder: &Folder| {
        let recipe = Recipe::new("tiny", "the film ".repeat(600), Ask::Predict {});
        block_on(folder.open().unwrap().run(&recipe, &Asker::default())).map(|found| found.input().tokens.len())
    };
    assert_eq!(told(&folder).unwrap(), 24);
    folder.config["max_position_embeddings"] = json!(8192);
    let said = told(&folder).unwrap_err().to_string();
    assert!(said.ends_with("tokens, at most 1024 are read here; shorten it"), "{said}");
}

#[test]
fn large_and_contradicting_files_get_one_sentence() {
    let said = |folder: &Folder| {
        let said = folder.open().map(|_| ()).unwrap_err().to_string();
        assert!(said.len() < 400 && !said.contains('\n'), "{said}");
        said
    };
    let good = Folder::golden("tiny-llama");
    let mut many = good.clone();
    for key in 0..10_000 {
        many.config[format!("key_{key:096}")] = json!(key);
    }
    assert!(said(&many).contains("keys"), "{}", said(&many));
    let mut contradicting = good.clone();
    contradicting.config["rope_parameters"] = json!({"rope_theta": 5.0});
    assert!(said(&contradicting).contains("rope_theta"));
    let mut long = good;
    long.config["hidden_act"] = json!("x".repeat(100_000));
    assert!(said(&long).contains("activation"));
}

/// A prompt longer than what is read at once goes through the cache piece by piece.
#[test]
fn a_long_prompt_is_continued_as_if_it_was_read_at_once() {
    let mut folder = Folder::golden("tiny-llama");
    folder.config["max_position_embeddings"] = json!(4096);
    let session = folder.open().unwrap();
    let prompt = "x".repeat(2500);
    let write = |prompt: &str| {
        let ask = Ask::Generate(Generate { max_tokens: 1, ..Generate::default() });
        block_on(session.run(&Recipe::new("tiny-llama", prompt, ask), &Asker::default()))
    };
    let written = Generation::try_from(write(&prompt).unwrap()).unwrap();
    let row: Vec<u32> = written.input.tokens.iter().map(|token| token.id).collect();
    assert!(row.len() > 2048);
    let logits = block_on(session.run_ids(&[row], &Asker::default())).unwrap().concat();
    let (best, logit) = vitrine_schema::prediction::largest(&logits, 1)[0];
    assert_eq!(written.tokens[0].id as usize, best);
    assert!((written.tokens[0].logit - logit).abs() < 1e-4);
    assert!(write(&"x".repeat(5000)).unwrap_err().to_string().contains("at most 4096"));
}

#[test]
fn how_a_model_is_built_is_told_as_it_is() {
    for model in FOLDERS {
        let inspection = *Folder::golden(model).open().unwrap().card().inspection.clone();
        let block = inspection.block.unwrap();
        assert_eq!(inspection.formats.values().sum::<u64>(), inspection.parameters, "{model}");
        assert_eq!(block.parallel, model == "tiny-gpt-neox", "{model}");
        assert_eq!(block.shared, model == "tiny-albert", "{model}");
        assert_eq!(block.norms == Norms::Around, model == "tiny-gemma3", "{model}");
        let before = inspection.head.as_deref() == Some("causal-lm") || model.starts_with("tiny-modernbert");
        assert_eq!(block.norms == Norms::After, !before, "{model}");
        let windows = ["tiny-gemma3", "tiny-qwen2", "tiny-modernbert", "tiny-modernbert-biases"];
        assert_eq!(block.window.is_some(), windows.contains(&model), "{model}");
    }
}

#[test]
fn a_card_beside_the_weights_is_read_and_changes_nothing() {
    let folder = Folder::golden("tiny-bert");
    let plain = logits(&folder.open().unwrap());
    let mut with_card = folder;
    let card = "---\nlicense: mit\nwidget:\n- text: a film\n  output:\n  - label: joy\n    score: 0.7\n---\n";
    with_card.small.insert("README.md".to_owned(), card.as_bytes().to_vec());
    let session = with_card.open().unwrap();
    assert_eq!(logits(&session), plain);
    assert_eq!(session.card().licence, "mit");
    let sample = Sample { text: "a film".to_owned(), says: Some(("joy".to_owned(), 0.7)) };
    assert_eq!(session.card().samples, [sample]);
    with_card.small.insert("README.md".to_owned(), vec![0xff; 100]);
    assert_eq!(with_card.open().unwrap().card().samples, []);
}

#[test]
fn a_vocabulary_with_its_merges_stands_for_a_tokenizer_json() {
    for model in ["tiny-gpt2", "tiny-roberta"] {
        let whole = Folder::golden(model);
        let json: Value = serde_json::from_slice(&whole.small["tokenizer.json"]).unwrap();
        let merges: Vec<&str> = json["model"]["merges"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let mut older = Folder { small: SmallFiles::new(), ..whole.clone() };
        assert!(older.open().unwrap_err().to_string().starts_with("there is no tokenizer.json"));
        older = older.with("vocab.json", &json["model"]["vocab"]);
        assert!(older.open().unwrap_err().to_string().contains("there is no merges.txt"));
        let lines = format!("#version: 0.2\n{}\n", merges.join("\n"));
        older.small.insert("merges.txt".to_owned(), lines.into_bytes());
        let ids = |folder: &Folder, text: &str| {
            let session = folder.open().unwrap();
            let recipe = Recipe::new("tiny", text, Ask::Predict {});
            let Finding::Prediction(found) = block_on(session.run(&recipe, &Asker::default())).unwrap() else {
                panic!()
            };
            found.input.tokens.iter().map(|token| token.id).collect::<Vec<_>>()
        };
        for text in ["the film", " the  film is in\n", "é 😀 the"] {
            assert_eq!(ids(&older, text), ids(&whole, text), "{model} {text:?}");
        }
        let beside = older.with("added_tokens.json", &json!({"<more>": 3}));
        let said = beside.open().unwrap_err().to_string();
        assert!(said.contains("added_tokens_decoder.3"), "{said}");
    }
}

#[test]
fn labels_of_the_reader_get_the_shares_of_transformers() {
    let told: Value = serde_json::from_slice(&file("", "entailment.json")).unwrap();
    let texts = |value: &Value| {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let (labels, template) = (texts(&told["labels"]), told["template"].as_str().unwrap());
    for case in told["cases"].as_array().unwrap() {
        let model = case["model"].as_str().unwrap();
        let mut folder = Folder::golden(model);
        let names = texts(&case["names"]);
        let by_id: Value = names
            .iter()
            .enumerate()
            .map(|(id, name)| (id.to_string(), json!(name)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        let by_name: Value = names
            .iter()
            .enumerate()
            .map(|(id, name)| (name.clone(), json!(id)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        folder.config["id2label"] = by_id;
        folder.config["label2id"] = by_name;
        let session = folder.open().unwrap();
        let entailment = session.card().entailment.clone().unwrap();
        let text = case["text"].as_str().unwrap();
        let mut logits = Vec::new();
        for (label, ids) in labels.iter().zip(case["ids"].as_array().unwrap()) {
            let recipe = Recipe::new("tiny", entailment.text(text, template, label), Ask::Predict {});
            let Finding::Prediction(found) = block_on(session.run(&recipe, &Asker::default())).unwrap() else {
                panic!()
            };
            let read: Vec<u64> = found.input.tokens.iter().map(|token| token.id.into()).collect();
            assert_eq!(json!(read), *ids, "{model} {text:?} {label}");
            logits.push(found.logits.clone());
        }
        let rows: Vec<&[f32]> = logits.iter().map(Vec::as_slice).collect();
        for (share, expected) in entailment.shares(&rows).iter().zip(case["shares"].as_array().unwrap()) {
            assert!((f64::from(*share) - expected.as_f64().unwrap()).abs() < 1e-5, "{model} {text:?}");
        }
    }
    // A model with an embedding for second segments is not asked, and neither is one without such a label.
    assert_eq!(Folder::golden("tiny-roberta").open().unwrap().card().entailment, None);
    let mut bert = Folder::golden("tiny-bert");
    (bert.config["id2label"], bert.config["label2id"]) =
        (json!({"0": "no", "1": "entailment"}), json!({"no": 0, "entailment": 1}));
    assert_eq!(bert.open().unwrap().card().entailment, None);
}

#[test]
fn a_model_is_refused_by_the_room_that_its_files_need_before_they_are_read() {
    let small = |model: &str| {
        let files = ["config.json", "tokenizer.json"].map(|name| (name.to_owned(), file(model, name)));
        Layout::HuggingFace(SmallFiles::from(files))
    };
    let cases = [
        (small("tiny-bert"), file("tiny-bert", "model.safetensors")),
        (small("tiny-llama"), file("tiny-llama", "model.safetensors")),
        (Layout::Gguf, file("tiny-llama", "tiny-llama.gguf")),
        (Layout::Gguf, file("gguf", "gemma3.gguf")),
    ];
    for (layout, weights) in cases {
        let session = build(layout.clone(), &weights).unwrap();
        let (held, id) = (session.card().memory_bytes, session.card().architecture.clone());
        let begun = |most: u64, piece: &[u8]| {
            let parts =
                Parts { id: "tiny".into(), licence: None, sha256: String::new(), bytes: 0, layout: layout.clone() };
            let mut builder = SessionBuilder::new(parts, Device::flex(), most);
            builder.begin()?;
            builder.file("weights", weights.len() as u64)?;
            builder.push(piece)
        };
        assert!(begun(2 * held, &weights).is_ok(), "{id}");
        let Err(EngineError::Refused(Refusal::TooLarge { needed, .. })) =
            begun(held / 2, &weights[..weights.len() - 1])
        else {
            panic!("{id} was not refused")
        };
        assert!((held * 2 / 3..held * 3 / 2).contains(&needed), "{id} needs {held}, and {needed} were said");
    }
}
