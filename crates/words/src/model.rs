//! What a model is, as its files describe it: its parts, what each panel can do with it and why another cannot, what was
//! converted, and whether it says of a text what its card says.

use vitrine_schema::catalog::TABLES;
use vitrine_schema::inspection::{Block, Norms, PartOf, Parts, Positions, Shape};
use vitrine_schema::protocol::{DeviceKind, Failure, ModelCard, RefusedModel, Sample};
use vitrine_schema::{Inspection, Ranked};

use crate::answer;
use crate::device::short;
use crate::number::percent;

/// A probability of a card is written with two digits.
const ROUNDED: f32 = 0.01;

/// Probabilities of two devices that sum in another order.
const SAME_DEVICES: f32 = 1e-4;

/// A part of the model: its name, what it is made of, how many numbers it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartSaid {
    /// Its name.
    pub name: &'static str,
    /// What it is made of, in a few words.
    pub says: String,
    /// The numbers that it holds.
    pub numbers: u64,
}

/// The parts of a model from the text to the answer. The second and the third are in every block.
#[must_use]
pub fn parts(inspection: &Inspection) -> Vec<PartSaid> {
    let (Some(shape), Some(block)) = (&inspection.shape, &inspection.block) else { return Vec::new() };
    let held = inspection.parameters_by_part.unwrap_or_default();
    let part = |name, says, numbers| PartSaid { name, says, numbers };
    let mut parts = vec![
        part("Embedding", embedding(shape, block), held.embedding),
        part("Attention", attention(shape, block), held.attention),
        part("MLP", mlp(shape, block), held.mlp),
    ];
    if block.norms == Norms::After {
        parts.push(part("Norms", format!("each of {} numbers and as many shifts", grouped(shape.d_model)), held.norms));
    } else {
        parts.push(part("Norms", format!("in each block, and a last one of {}", grouped(shape.d_model)), held.norms));
    }
    parts.push(output(inspection, held));
    parts
}

/// What stands over the tensors of one part, by its row in the drawing.
#[must_use]
pub fn tensors_of(inspection: &Inspection, row: usize) -> Option<String> {
    let part = parts(inspection).into_iter().nth(row)?;
    let of = PartOf::ALL.get(row)?;
    match inspection.tensors.iter().filter(|tensor| tensor.part == *of).count() {
        0 => Some(format!("{}: no tensors of its own.", part.name)),
        n => Some(format!("{}: {}, as the files name them.", part.name, counted(n, "tensor"))),
    }
}

fn embedding(shape: &Shape, block: &Block) -> String {
    let places = match block.positions {
        Positions::Learned => format!(", and {} places", grouped(shape.context)),
        Positions::Rotary => String::new(),
    };
    let widened = match shape.d_model {
        d_model if d_model == block.d_embed => String::new(),
        d_model => format!(", widened to {}", grouped(d_model)),
    };
    format!("{} tokens{places}, each {} numbers{widened}", grouped(shape.d_vocab), grouped(block.d_embed))
}

fn attention(shape: &Shape, block: &Block) -> String {
    let mut says = format!("{} of {}", counted(shape.n_heads, "head"), shape.d_head);
    if shape.n_key_value_heads < shape.n_heads {
        says += &format!(", which share {} of keys and values", shape.n_key_value_heads);
    }
    if block.positions == Positions::Rotary {
        says += "; rotary positions";
    }
    if let Some(window) = block.window {
        says +=
            &format!("; in {} of {} blocks a window of {}", window.n_layers, shape.n_layers, grouped(window.tokens));
    }
    with_norms(says, block)
}

fn mlp(shape: &Shape, block: &Block) -> String {
    let function = match &*block.activation {
        "gelu" => "GELU",
        "gelu_pytorch_tanh" => "GELU by tanh",
        "relu" => "ReLU",
        "silu" => "SiLU",
        other => other,
    };
    let how = if block.gated { "gated by" } else { "through" };
    let says = format!("{} wide, {how} {function}", grouped(shape.d_mlp));
    let says = if block.parallel { format!("beside attention: {says}") } else { says };
    with_norms(says, block)
}

fn with_norms(says: String, block: &Block) -> String {
    match block.norms {
        Norms::Before => format!("norm, then {says}"),
        Norms::After => format!("{says}; then a norm of the sum"),
        Norms::Around => format!("norm, then {says}, then a norm"),
    }
}

fn output(inspection: &Inspection, held: Parts) -> PartSaid {
    let (name, says) = match (inspection.labels.len(), held.output) {
        (0, 0) => ("Next token", "read with the embedding again".to_owned()),
        (0, _) => ("Next token", "read with a matrix of its own".to_owned()),
        (1, _) => ("Number", "one, read off the last stream".to_owned()),
        (n, _) => ("Labels", format!("{n}, read off the last stream")),
    };
    PartSaid { name, says, numbers: held.output }
}

/// Where a model that cannot be used fell short, and the way on.
#[must_use]
pub fn fell_short(refused: &RefusedModel) -> (String, &'static str) {
    let RefusedModel { id, inspection, failure } = refused;
    let split = inspection.tokenizer.is_some();
    let at_tokenizer = match inspection.not_understood.first() {
        Some(entry) => entry.source.contains("tokenizer") || entry.name.contains("tokenizer"),
        None => inspection.shape.is_some() && !split,
    };
    let (part, way_on) = match failure {
        Failure::Refused { .. } => {
            ("its size", "A smaller model of the same kind, or the same in fewer bits as a GGUF file, may fit.")
        }
        Failure::MissingFile { .. } | Failure::NotAFile { .. } => (
            "its files",
            "A folder needs config.json, its tokenizer and its safetensors files beside each other; a GGUF file holds everything in itself.",
        ),
        _ if at_tokenizer => (
            "its tokenizer",
            "Python writes one that is read: AutoTokenizer.from_pretrained(\"NAME\").save_pretrained(\"folder\").",
        ),
        _ if !split => (
            "its configuration",
            "A model of one of the types that are built runs as it is; how to bring the others stands in the project’s docs/models.md.",
        ),
        _ => (
            "its weights",
            "If its files do not belong together or were cut, fetch them anew from one place; how to bring other kinds of weights stands in the project’s docs/models.md.",
        ),
    };
    (format!("{id} does not run here: what fell short is {part}."), way_on)
}

/// Over the frame of the blocks.
#[must_use]
pub fn blocks(inspection: &Inspection) -> String {
    let n_layers = inspection.shape.map_or(0, |shape| shape.n_layers);
    match inspection.block.as_ref().is_some_and(|block| block.shared) {
        true => format!("the same block {n_layers} ×"),
        false => format!("{n_layers} ×"),
    }
}

/// What the drawing shows, in two sentences.
#[must_use]
pub fn caption(inspection: &Inspection) -> String {
    if inspection.parameters == 0 {
        return "As its configuration says; its numbers were not counted, since it did not open.".to_owned();
    }
    let parts = parts(inspection);
    let held: Vec<String> = parts
        .iter()
        .filter(|part| part.numbers > 0)
        .map(|part| format!("{} {}", part.name, amount(part.numbers)))
        .collect();
    format!(
        "{} numbers: {}. The bars show where they are; they say nothing about what matters.",
        amount(inspection.parameters),
        held.join(", ")
    )
}

/// What kind of model it is.
#[must_use]
pub fn kind(inspection: &Inspection) -> String {
    let architecture = inspection.architecture.as_deref().map_or("an unknown architecture", architecture);
    match inspection.labels.len() {
        0 => format!("{architecture}, a model of language"),
        1 => format!("{architecture}, which gives one number"),
        n => format!("{architecture}, a classifier of {n} labels"),
    }
}

/// How people write the name of an architecture.
fn architecture(model_type: &str) -> &str {
    match model_type {
        "bert" => "BERT",
        "distilbert" => "DistilBERT",
        "roberta" => "RoBERTa",
        "xlm-roberta" => "XLM-RoBERTa",
        "camembert" => "CamemBERT",
        "electra" => "ELECTRA",
        "albert" => "ALBERT",
        "modernbert" => "ModernBERT",
        "gpt2" => "GPT-2",
        "gpt_neox" => "GPT-NeoX",
        "llama" => "Llama",
        "qwen2" => "Qwen2",
        "qwen3" => "Qwen3",
        "gemma3_text" => "Gemma 3",
        other => other,
    }
}

/// Whether something can be done with a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Can {
    /// All of it.
    Yes,
    /// With something missing, or to be known.
    With,
    /// Not at all.
    No,
}

impl Can {
    /// Its mark, and how it is read out.
    #[must_use]
    pub const fn mark(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Yes => ("✓", "yes", "pass"),
            Self::With => ("!", "with care", "warn"),
            Self::No => ("×", "no", "fail"),
        }
    }
}

/// What a panel can do with a model, by its name in addresses; `writes` says whether only a model that writes has it.
#[must_use]
pub fn panel(name: &str, writes: bool, card: &ModelCard) -> (Can, String) {
    if writes && !card.causal {
        return (Can::No, "it answers and writes nothing".to_owned());
    }
    let (blocks, heads) = (counted(card.n_layers, "block"), counted(card.n_heads, "head"));
    let said = match name {
        "attribution" if !card.causal && !card.traits.mask => {
            let blank = if card.traits.pad { "padding" } else { "zeros or the average word" };
            return (Can::With, format!("its tokenizer has no mask token: a word that is taken away becomes {blank}"));
        }
        "attribution" if card.causal => "every method, for the next token and for each that it writes".to_owned(),
        "attribution" => "every method".to_owned(),
        "compare" => "methods side by side".to_owned(),
        "attention" => format!("{blocks} of {heads}"),
        "stream" if !card.causal => {
            let post_norm = card.inspection.block.as_ref().is_none_or(|block| block.norms == Norms::After);
            let why = if post_norm { "each sum is normed" } else { "its head is not linear" };
            return (Can::With, format!("{blocks}; {why}, so no part has an effect of its own"));
        }
        "stream" => format!("{blocks}, the effect of every part"),
        "patching" => "between two texts".to_owned(),
        "probes" => {
            let n = TABLES.len();
            return (Can::With, format!("it needs texts with labels: {n} tables are here, or bring your own"));
        }
        "reasoning" => {
            return (Can::With, "whether a chain of thought helps it has to be measured first".to_owned());
        }
        _ => "while it writes".to_owned(),
    };
    (Can::Yes, said)
}

/// What else has to be known of a model, each with a name.
#[must_use]
pub fn besides(card: &ModelCard) -> Vec<(&'static str, Can, String)> {
    let mut lines = vec![numbers(card)];
    if card.causal {
        lines.push(match card.chat {
            true => ("Chat", Can::Yes, "by the template of its files".to_owned()),
            false => ("Chat", Can::No, "its files have no chat template, so a text goes in as it is".to_owned()),
        });
        lines.push(("Labels", Can::No, "it has none; ask why one token rather than another".to_owned()));
    } else if card.labels.len() > 1 {
        let nameless = card.labels.iter().all(|label| label.starts_with("LABEL_"));
        lines.push(if nameless {
            ("Labels", Can::With, format!("its files give no names to the {}", card.labels.len()))
        } else {
            ("Labels", Can::Yes, listed(&card.labels, 6))
        });
    }
    lines
}

/// Whether its numbers are those that it was trained to.
fn numbers(card: &ModelCard) -> (&'static str, Can, String) {
    let rounded: Vec<&str> = rounded(card).collect();
    if rounded.is_empty() {
        return ("Numbers", Can::Yes, "as precise as the files".to_owned());
    }
    let formats = rounded.join(", ");
    ("Numbers", Can::With, format!("those of the rounded file ({formats}), which may differ from the original’s"))
}

/// The formats of its files that hold fewer than 16 bits a number.
fn rounded(card: &ModelCard) -> impl Iterator<Item = &str> {
    let whole = ["F64", "F32", "F16", "BF16"];
    card.inspection.formats.keys().map(String::as_str).filter(move |format| !whole.contains(format))
}

/// In which formats its numbers stand in the files, and what became of them here.
#[must_use]
pub fn converted(card: &ModelCard) -> String {
    let formats = &card.inspection.formats;
    let held: Vec<String> =
        formats.iter().map(|(format, numbers)| format!("{} as {format}", amount(*numbers))).collect();
    let rounded = formats.contains_key("F64").then_some(" The last bits of 64 were rounded away.");
    let here = match card.weight_bits {
        32 => "as 32-bit floats, which changes none of them".to_owned(),
        16 if formats.contains_key("F32") => "as 16-bit floats: each is off by 1 part in 2,000 at most".to_owned(),
        16 => "as 16-bit floats".to_owned(),
        bits => format!("at about {bits} bits each, and widened where they are used"),
    };
    format!("In the files: {}. Here matrices are kept {here}.{}", held.join(", "), rounded.unwrap_or_default())
}

/// Whose word the licence is.
#[must_use]
pub fn licence(card: &ModelCard, shipped: bool) -> String {
    match (&*card.licence, shipped) {
        (licence, true) => format!("{licence}."),
        ("unknown" | "", _) => "The files name no licence.".to_owned(),
        (licence, _) => format!("{licence}, say the files. Vitrine cannot check that."),
    }
}

/// What the model says of a text, and on which device.
#[must_use]
pub fn tried(top: &[Ranked], device: Option<DeviceKind>) -> String {
    let Some(first) = top.first() else { return "It gives no answer.".to_owned() };
    let on = device.map(|device| format!(" on the {}", short(device, 0))).unwrap_or_default();
    match first.probability {
        None => format!("Here{on} it gives {}.", answer::number(first)),
        Some(_) => format!("Here{on} it says {}, {}.", answer::name(first), answer::number(first)),
    }
}

/// Whether a model says of a text what its card says; nothing where the card says nothing of it.
#[must_use]
pub fn compared(sample: &Sample, top: &[Ranked]) -> Option<(Can, String)> {
    let (label, score) = sample.says.as_ref()?;
    let first = top.first()?;
    let (name, probability) = (answer::name(first), first.probability?);
    let said = percent(*score);
    Some(if name != *label {
        let fault = "Its files, or their conversion, are not those that the card was written for: do not rely on what it shows.";
        (Can::No, format!("The card says {label}, {said}. {fault}"))
    } else if (probability - score).abs() > ROUNDED {
        (Can::With, format!("The card says {said} for the same label: the files may be of another version or rounded."))
    } else {
        (Can::Yes, format!("The card says the same: {label}, {said}."))
    })
}

/// Whether the CPU says the same as the graphics card, by their probabilities.
#[must_use]
pub fn devices(here: &[Ranked], on_cpu: &[Ranked]) -> (Can, String) {
    let number = |ranked: &Ranked| ranked.probability.unwrap_or(ranked.logit);
    let apart = here.iter().map(|ranked| {
        let same = on_cpu.iter().find(|other| other.id == ranked.id);
        same.map_or(f32::INFINITY, |other| (number(ranked) - number(other)).abs())
    });
    let apart = apart.fold(0.0, f32::max);
    match apart {
        _ if apart <= SAME_DEVICES => (Can::Yes, format!("The CPU says the same: they differ by {apart:.0e} at most.")),
        _ if apart <= ROUNDED => (
            Can::With,
            format!(
                "The CPU says nearly the same: they differ by {apart:.0e} at most, as 16-bit floats can make them."
            ),
        ),
        _ => (
            Can::No,
            "The CPU says something else: choose it in Settings, the graphics card computes wrongly here.".to_owned(),
        ),
    }
}

/// A count in words that are short: `28.3 million`.
#[must_use]
pub fn amount(numbers: u64) -> String {
    match numbers {
        0..100_000 => grouped(numbers as usize),
        100_000..999_950_000 => format!("{:.1} million", numbers as f64 / 1e6),
        _ => format!("{:.2} billion", numbers as f64 / 1e9),
    }
}

/// A whole number with its thousands apart.
#[must_use]
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut said = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

fn counted(number: usize, what: &str) -> String {
    format!("{} {what}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// Some of many.
fn listed(names: &[String], most: usize) -> String {
    let shown = names.iter().take(most).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(most) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use vitrine_schema::diagnostic::Refusal;
    use vitrine_schema::inspection::{Entry, Window};
    use vitrine_schema::{ProblemType, Traits};

    use super::*;
    use crate::example::llama;

    #[test]
    fn where_a_model_fell_short_is_said_with_the_way_on() {
        let failed = |inspection: Inspection, failure: Failure| {
            let refused = RefusedModel { id: "m".to_owned(), inspection, failure };
            let (said, way_on) = fell_short(&refused);
            assert!(way_on.ends_with('.') && way_on.len() < 200);
            said.trim_start_matches("m does not run here: what fell short is its ").trim_end_matches('.').to_owned()
        };
        let bad = || Failure::BadModel { detail: "no".to_owned() };
        let entry = |source: &str| {
            let [source, name, reason] = [source, "key", "no"].map(str::to_owned);
            vec![Entry { source, name, reason }]
        };
        let described = || Inspection { shape: llama().shape, ..Inspection::default() };
        let split = || Inspection { tokenizer: Some("BPE".to_owned()), ..described() };
        assert_eq!(failed(Inspection::default(), bad()), "configuration");
        assert_eq!(failed(Inspection { not_understood: entry("config.json"), ..described() }, bad()), "configuration");
        assert_eq!(failed(described(), bad()), "tokenizer");
        assert_eq!(
            failed(Inspection { not_understood: entry("tokenizer_config.json"), ..described() }, bad()),
            "tokenizer"
        );
        assert_eq!(failed(split(), bad()), "weights");
        assert_eq!(failed(split(), Failure::Refused { refusal: Refusal::TooLarge { needed: 2, most: 1 } }), "size");
        assert_eq!(failed(described(), Failure::MissingFile { file: "tokenizer.json".to_owned() }), "files");
    }

    fn card(inspection: Inspection, labels: &[&str]) -> ModelCard {
        let labels: Vec<String> = labels.iter().map(|label| (*label).to_owned()).collect();
        let causal = labels.is_empty();
        ModelCard {
            id: "m".to_owned(),
            architecture: "llama".to_owned(),
            licence: "mit".to_owned(),
            sha256: String::new(),
            bytes: 0,
            problem_type: ProblemType::SingleLabel,
            max_tokens: 8192,
            causal,
            traits: Traits { causal, mask: false, pad: !causal, ..Traits::default() },
            n_layers: 30,
            n_heads: 9,
            chat: false,
            weight_bits: 9,
            memory_bytes: 0,
            about: BTreeMap::new(),
            samples: Vec::new(),
            entailment: None,
            inspection: Box::new(Inspection { labels: labels.clone(), ..inspection }),
            labels,
        }
    }

    #[test]
    fn parts_are_told_as_the_files_have_them() {
        let says: Vec<String> = parts(&llama()).into_iter().map(|part| part.says).collect();
        let expected = [
            "49,152 tokens, each 576 numbers",
            "norm, then 9 heads of 64, which share 3 of keys and values; rotary positions",
            "norm, then 1,536 wide, gated by SiLU",
            "in each block, and a last one of 576",
            "read with the embedding again",
        ];
        assert_eq!(says, expected);
        assert!(
            caption(&llama()).starts_with("134.5 million numbers: Embedding 28.3 million, Attention 26.5 million, MLP")
        );
        assert_eq!((blocks(&llama()), kind(&llama())), ("30 ×".to_owned(), "Llama, a model of language".to_owned()));
        assert_eq!(parts(&Inspection::default()), []);
        let mut other = llama();
        other.labels = vec!["no".to_owned(), "yes".to_owned()];
        let block = other.block.as_mut().unwrap();
        (block.positions, block.norms, block.parallel, block.shared) = (Positions::Learned, Norms::After, true, true);
        block.d_embed = 128;
        block.window = Some(Window { tokens: 4096, n_layers: 25 });
        let says: Vec<String> = parts(&other).into_iter().map(|part| part.says).collect();
        assert!(
            says[0].ends_with("and 8,192 places, each 128 numbers, widened to 576")
                && says[1].contains("in 25 of 30 blocks a window of 4,096")
        );
        assert!(says[2].starts_with("beside attention") && says[2].ends_with("then a norm of the sum"));
        assert_eq!((&*says[4], &*blocks(&other)), ("2, read off the last stream", "the same block 30 ×"));
    }

    #[test]
    fn what_cannot_be_done_says_why() {
        let (writes, reads) = (card(llama(), &[]), card(llama(), &["LABEL_0", "LABEL_1"]));
        assert_eq!(panel("edit", true, &writes).0, Can::Yes);
        assert_eq!(panel("edit", true, &reads), (Can::No, "it answers and writes nothing".to_owned()));
        assert!(panel("attribution", false, &reads).1.ends_with("becomes padding"));
        assert_eq!(panel("attention", false, &reads), (Can::Yes, "30 blocks of 9 heads".to_owned()));
        let said = |card: &ModelCard| besides(card).into_iter().map(|(name, can, _)| (name, can)).collect::<Vec<_>>();
        assert_eq!(said(&writes), [("Numbers", Can::With), ("Chat", Can::No), ("Labels", Can::No)]);
        assert_eq!(said(&reads), [("Numbers", Can::With), ("Labels", Can::With)]);
        let labels: Vec<String> = "abcdefgh".chars().map(String::from).collect();
        assert_eq!(listed(&labels, 6), "a, b, c, d, e, f and 2 more");
        let said = "In the files: 35,136 as F32, 134.5 million as Q8_0. Here matrices are kept at about 9 bits each, and widened where they are used.";
        assert_eq!(converted(&writes), said);
    }

    #[test]
    fn devices_that_disagree_are_named() {
        let answer =
            |id, probability| Ranked { id, label: None, token: None, probability: Some(probability), logit: 0.0 };
        let here = [answer(1, 0.7), answer(0, 0.3)];
        let can = |other: [Ranked; 2]| devices(&here, &other).0;
        assert_eq!(can([answer(0, 0.300_01), answer(1, 0.699_99)]), Can::Yes);
        assert_eq!(can([answer(1, 0.695), answer(0, 0.305)]), Can::With);
        assert_eq!(can([answer(1, 0.5), answer(0, 0.5)]), Can::No);
        assert_eq!(can([answer(1, 0.7), answer(2, 0.3)]), Can::No);
    }

    #[test]
    fn a_wrong_conversion_is_seen_at_once() {
        let first = Ranked { id: 1, label: Some("joy".into()), token: None, probability: Some(0.934), logit: 2.0 };
        let found = [first];
        let sample = |label: &str, score| Sample { text: String::new(), says: Some((label.to_owned(), score)) };
        let verdict = |sample: &Sample| compared(sample, &found).map(|(can, _)| can);
        assert_eq!(verdict(&sample("joy", 0.93)), Some(Can::Yes));
        assert_eq!(verdict(&sample("joy", 0.9)), Some(Can::With));
        assert_eq!(verdict(&sample("love", 0.93)), Some(Can::No));
        assert_eq!(verdict(&Sample { text: String::new(), says: None }), None);
        let said = tried(&found, Some(DeviceKind::Cpu));
        assert_eq!(said, "Here on the CPU it says joy, 93.4 %.");
        let number = Ranked { label: None, probability: None, logit: 0.5, ..found[0].clone() };
        assert_eq!(tried(&[number], None), "Here it gives 0.50.");
    }
}
