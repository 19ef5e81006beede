//! Attention patterns in words.

use vitrine_schema::inside::{AttentionMaps, HeadRef};

use crate::number::percent;
use crate::token::labels;

/// From this mean weight on the first token on a head is said to rest there.
const RESTS: f32 = 0.5;
/// From this share of resting heads on it is worth a sentence.
const MANY: f32 = 0.25;

/// What the thumbnails show.
#[must_use]
pub fn summary(maps: &AttentionMaps, layers_down: bool) -> String {
    let along =
        if layers_down { "Layers run down, heads to the right." } else { "Layers run to the right, heads down." };
    format!(
        "All {} heads on this text; dark where a token (row) reads another (column). {along} Point at one, click to keep it.",
        maps.n_layers * maps.n_heads
    )
}

/// The head's place and what it was measured to do.
#[must_use]
pub fn title(maps: &AttentionMaps, at: HeadRef) -> String {
    let scores = maps.heads.get(at.layer * maps.n_heads + at.head);
    let role = scores.and_then(|scores| {
        Some((scores.name()?, scores.previous_token.max(scores.duplicate_token).max(scores.induction)))
    });
    role.map_or_else(|| at.to_string(), |(name, score)| format!("{at}: {name} head ({score:.2})"))
}

/// The weight with which one token reads another.
#[must_use]
pub fn cell(maps: &AttentionMaps, at: HeadRef, query: usize, key: usize) -> String {
    let words = labels(&maps.input);
    let word = |token: usize| words.get(token).cloned().unwrap_or_default();
    let weight = maps.pattern(at).get(query * words.len() + key).copied().unwrap_or(0.0);
    format!("“{}” reads “{}” with {}.", word(query), word(key), percent(weight))
}

/// Where the colours and the widths of lines end.
#[must_use]
pub fn scale(largest: f32) -> String {
    format!("{} is the largest weight drawn, as a cell and as a line.", percent(largest))
}

/// Why so many heads look at the first token, where they do. Only a model that reads from left to right parks its
/// attention there.
#[must_use]
pub fn resting(maps: &AttentionMaps) -> Option<String> {
    let n_heads = maps.n_layers * maps.n_heads;
    let all = (0..maps.n_layers).flat_map(|layer| (0..maps.n_heads).map(move |head| HeadRef { layer, head }));
    let share = all.filter(|&at| maps.on_first_token(at) >= RESTS).count() as f32 / n_heads.max(1) as f32;
    (maps.causal && share > MANY).then(|| {
        format!(
            "{} of the heads put most of their weight on the first token. That is where a head of such a model rests when it has nothing to read: weights have to sum to 1, so what is not needed is parked there. It says nothing about the first word.",
            percent(share)
        )
    })
}
