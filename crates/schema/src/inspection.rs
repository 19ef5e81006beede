//! What was read of a model's files, and what was not: nothing in them is passed over in silence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Name and version of the JSON layout.
pub const SCHEMA: &str = "vitrine.inspection/1";

/// A key or tensor that was not used, with the reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The file that it stands in.
    pub source: String,
    /// What the file calls it.
    pub name: String,
    /// Why it has no effect here, or what is not understood of it.
    pub reason: String,
}

impl Entry {
    /// Names and reasons quote files, so they are clipped to what a sentence can hold.
    fn new(source: &str, name: &str, reason: String) -> Self {
        Self { source: clipped(source, 100), name: clipped(name, 200), reason: clipped(&reason, 300) }
    }
}

/// The beginning of a text that may come from a file, never longer than that many characters.
#[must_use]
pub fn clipped(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// What a key is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Layers, heads, widths, norms, positions, classes.
    Shape,
    /// How text becomes tokens, and where writing stops.
    Tokenizer,
    /// What the page shows and nothing else: name, author, licence.
    Shown,
}

/// How many tensors and keys were used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    /// Tensors; a matrix in 8 bits and its scales are one.
    pub tensors: usize,
    /// Keys of [`Group::Shape`].
    pub shape_keys: usize,
    /// Keys of [`Group::Tokenizer`].
    pub tokenizer_keys: usize,
    /// Keys of [`Group::Shown`].
    pub shown_keys: usize,
}

/// Where in a model a tensor belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PartOf {
    /// Tokens, positions and segments to vectors.
    Embedding,
    /// Attention of a block.
    Attention,
    /// The MLP of a block.
    Mlp,
    /// Gains and shifts of a norm.
    Norms,
    /// From the stream to the answer.
    Output,
}

impl PartOf {
    /// All of them, from the text to the answer.
    pub const ALL: [Self; 5] = [Self::Embedding, Self::Attention, Self::Mlp, Self::Norms, Self::Output];
}

/// A tensor that was used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UsedTensor {
    /// What the file calls it.
    pub name: String,
    /// Where it belongs.
    pub part: PartOf,
    /// Its lengths, as the file has them.
    pub shape: Vec<usize>,
    /// How the file writes its numbers, such as `F16` or `Q4_K`.
    pub format: String,
}

impl UsedTensor {
    /// Its name may come from anywhere, so it is clipped.
    #[must_use]
    pub fn new(name: &str, part: PartOf, shape: &[usize], format: &str) -> Self {
        Self { name: clipped(name, 200), part, shape: shape.to_vec(), format: format.to_owned() }
    }
}

/// Every key and every tensor of a model's files, by what became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// How many were read and had their effect.
    pub used: Used,
    /// Numbers of the tensors that were used, by how the files write them.
    pub formats: BTreeMap<String, u64>,
    /// The tensors that were used, in the order of their names here.
    pub tensors: Vec<UsedTensor>,
    /// Passed over, because it changes nothing here.
    pub without_effect: Vec<Entry>,
    /// May change a result and is not built; one is enough for the model not to be run.
    pub not_understood: Vec<Entry>,
}

impl Account {
    /// A key was used.
    pub const fn use_key(&mut self, group: Group) {
        let count = match group {
            Group::Shape => &mut self.used.shape_keys,
            Group::Tokenizer => &mut self.used.tokenizer_keys,
            Group::Shown => &mut self.used.shown_keys,
        };
        *count += 1;
    }

    /// Something has no effect here.
    pub fn pass_over(&mut self, source: &str, name: &str, reason: impl Into<String>) {
        self.without_effect.push(Entry::new(source, name, reason.into()));
    }

    /// Something may change a result and is not built.
    pub fn refuse(&mut self, source: &str, name: &str, reason: impl Into<String>) {
        self.not_understood.push(Entry::new(source, name, reason.into()));
    }
}

/// A token that is a mark, not a piece of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpecialToken {
    /// Row of the embedding matrix.
    pub id: u32,
    /// As it is written.
    pub text: String,
}

/// A token at which writing stops.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StopToken {
    /// Row of the embedding matrix.
    pub id: u32,
    /// As it is written.
    pub text: String,
    /// The file or key that says so.
    pub source: String,
}

/// The sizes of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Blocks of the stack.
    pub n_layers: usize,
    /// Attention heads of a block.
    pub n_heads: usize,
    /// Heads of keys and values of a block.
    pub n_key_value_heads: usize,
    /// Width of the residual stream.
    pub d_model: usize,
    /// Width of a head.
    pub d_head: usize,
    /// Width of the MLP.
    pub d_mlp: usize,
    /// Rows of the embedding matrix.
    pub d_vocab: usize,
    /// Tokens that the model was made for.
    pub context: usize,
}

impl Shape {
    /// Bytes that a pass keeps for its way back, about: activations of every token, and two weights of every pair in every head.
    #[must_use]
    pub const fn gradient_bytes(&self, n_tokens: usize) -> u64 {
        // The page's own numbers are of 32 bits.
        let (n_tokens, n_layers) = (n_tokens as u64, self.n_layers as u64);
        let each = 4 * n_layers * (10 * self.d_model as u64 + 4 * self.d_mlp as u64);
        let pairs = 2 * 4 * n_layers * self.n_heads as u64 * n_tokens;
        n_tokens * (each + pairs)
    }
}

/// Where the numbers of a model are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Tokens, positions and segments to vectors.
    pub embedding: u64,
    /// Attention of all blocks.
    pub attention: u64,
    /// MLPs of all blocks.
    pub mlp: u64,
    /// Gains and shifts of all norms.
    pub norms: u64,
    /// From the stream to the answer; 0 where the embedding is used again.
    pub output: u64,
}

impl Parts {
    /// Adds the numbers of a tensor to the part that it belongs to.
    pub const fn add(&mut self, part: PartOf, numbers: u64) {
        let held = match part {
            PartOf::Embedding => &mut self.embedding,
            PartOf::Attention => &mut self.attention,
            PartOf::Mlp => &mut self.mlp,
            PartOf::Norms => &mut self.norms,
            PartOf::Output => &mut self.output,
        };
        *held = held.saturating_add(numbers);
    }

    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.embedding + self.attention + self.mlp + self.norms + self.output
    }
}

/// How a model knows the place of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// A vector for each place, added to the embedding.
    Learned,
    /// Queries and keys are turned by an angle that grows with the place.
    Rotary,
}

/// Where the norms of a block stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Norms {
    /// In front of each part.
    Before,
    /// Behind each sum, so that the stream itself is normed.
    After,
    /// In front of each part and behind it, before its sum.
    Around,
}

/// How the blocks of a model are built, as its configuration says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// Width of the embeddings, which a layer may widen to that of the stream.
    pub d_embed: usize,
    /// How it knows the place of a token.
    pub positions: Positions,
    /// Where its norms stand.
    pub norms: Norms,
    /// Whether a norm divides by the root mean square alone, without a mean taken off.
    pub root_mean_square: bool,
    /// Whether attention and MLP read the same stream and are added to it together.
    pub parallel: bool,
    /// Whether the MLP is gated: one half of it is multiplied by the other.
    pub gated: bool,
    /// The function between the halves of the MLP, in the name of Hugging Face.
    pub activation: String,
    /// Whether all blocks are one, with the same weights.
    pub shared: bool,
    /// Blocks that read the last tokens only, if there are any.
    pub window: Option<Window>,
}

/// Blocks that read the last tokens only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// How many tokens they read.
    pub tokens: usize,
    /// How many blocks do.
    pub n_layers: usize,
}

/// What was read of a model; of one that is refused, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inspection {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Which transformer.
    pub architecture: Option<String>,
    /// What it answers with: `sequence-classification` or `causal-lm`.
    pub head: Option<String>,
    /// Names of the classes; empty for a model of language.
    pub labels: Vec<String>,
    /// Numbers in all tensors that are used.
    pub parameters: u64,
    /// How text is split: `WordPiece`, `byte-level BPE` and so on.
    pub tokenizer: Option<String>,
    /// Marks of the tokenizer.
    pub special_tokens: Vec<SpecialToken>,
    /// Where writing stops.
    pub stop_tokens: Vec<StopToken>,
    /// Whether there is a template for chats.
    pub chat_template: bool,
    /// Its sizes; `None` where the configuration could not be read.
    pub shape: Option<Shape>,
    /// How its blocks are built.
    #[serde(default)]
    pub block: Option<Block>,
    /// Where the numbers are.
    pub parameters_by_part: Option<Parts>,
    /// How many numbers stand in the files in each format, such as `F16` or `Q4_K`.
    #[serde(default)]
    pub formats: BTreeMap<String, u64>,
    /// The tensors that were used.
    #[serde(default)]
    pub tensors: Vec<UsedTensor>,
    /// How many keys and tensors were used.
    pub used: Used,
    /// What changes nothing here.
    pub without_effect: Vec<Entry>,
    /// What may change a result and is not built.
    pub not_understood: Vec<Entry>,
}

impl Inspection {
    /// What has no effect, by the reason why.
    #[must_use]
    pub fn by_reason(&self) -> BTreeMap<String, Vec<String>> {
        let mut by_reason: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for Entry { name, reason, .. } in &self.without_effect {
            by_reason.entry(reason.clone()).or_default().push(name.clone());
        }
        by_reason
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_back_takes_what_was_measured() {
        // SmolLM2-135M; a process with a gradient through so many tokens took as much more than with none.
        let (n_layers, n_heads, n_key_value_heads, d_model, d_head, d_mlp) = (30, 9, 3, 576, 64, 1536);
        let (d_vocab, context) = (49_152, 2_048);
        let shape = Shape { n_layers, n_heads, n_key_value_heads, d_model, d_head, d_mlp, d_vocab, context };
        for (n_tokens, measured) in [(14, 22.0), (86, 125.0), (158, 264.0), (248, 482.0)] {
            let about = shape.gradient_bytes(n_tokens) as f64 / 1e6;
            assert!((about - measured).abs() < 0.15 * measured, "{n_tokens} tokens: {about} MB");
        }
    }
}
