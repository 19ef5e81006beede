//! Attention patterns in words.

use vitrine_schema::Input;
use vitrine_schema::inside::{AttentionMaps, HeadRef};
use vitrine_schema::summary::{Looks, Reading};

use crate::number::percent;
use crate::phrase::apart;
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

/// Which word of the text reads which other most, in one sentence; and that this is no reason yet. A first token at which a
/// model of language parks its weight is left out.
#[must_use]
pub fn claim(maps: &AttentionMaps, at: HeadRef) -> String {
    said(&maps.input, at, Reading::of(maps, at))
}

/// The same of the head that tells most, by the summary of a link.
#[must_use]
pub fn claim_of(looks: &Looks, input: &Input) -> String {
    said(input, looks.at, looks.reading)
}

fn said(input: &Input, at: HeadRef, reading: Option<Reading>) -> String {
    let place = format!("head {} of layer {}", at.head, at.layer);
    let words = labels(input);
    let word = |token: usize| words.get(token).map_or_else(String::new, |word| apart(word));
    match reading {
        None => format!("In {place} no word reads another."),
        Some(Reading { query, key, weight }) => format!(
            "In {place}, “{}” reads “{}” with {} of its weight. Where a head looks is not yet why.",
            word(query),
            word(key),
            percent(weight)
        ),
    }
}

/// The weight with which one token reads another.
#[must_use]
pub fn cell(maps: &AttentionMaps, at: HeadRef, query: usize, key: usize) -> String {
    let words = labels(&maps.input);
    let word = |token: usize| words.get(token).map_or_else(String::new, |word| apart(word));
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

/// The shares that rollout gives to the tokens.
#[must_use]
pub fn rollout(maps: &AttentionMaps) -> Vec<String> {
    let shares = labels(&maps.input).into_iter().zip(&maps.rollout);
    shares.map(|(word, share)| format!("{word} {}", percent(*share))).collect()
}

#[cfg(test)]
mod tests {
    use vitrine_schema::{Ask, Grid, Input, ModelRef, Recipe, Token};

    use super::*;

    #[test]
    fn the_claim_names_words_and_no_place_where_weight_is_parked() {
        let token = |text: &str| Token { id: 1, text: text.into(), start: 0, end: 0, special: false, continues: false };
        let recipe = Recipe::new("", "a b c", Ask::Predict {});
        let mut maps = AttentionMaps {
            resolved: recipe.clone(),
            recipe,
            model: ModelRef::default(),
            input: Input { text: "a b c".into(), tokens: ["a", " b", " c"].map(token).to_vec() },
            causal: true,
            n_layers: 1,
            n_heads: 1,
            patterns: Grid::new([1, 1, 3, 3], vec![1.0, 0.0, 0.0, 0.9, 0.1, 0.0, 0.7, 0.2, 0.1]),
            heads: Vec::new(),
            rollout: Vec::new(),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        };
        let at = HeadRef { layer: 0, head: 0 };
        let says = |maps: &AttentionMaps| claim(maps, at);
        assert_eq!(
            says(&maps),
            "In head 0 of layer 0, “c” reads “b” with 20.0 % of its weight. Where a head looks is not yet why."
        );
        maps.input.tokens[1].special = true;
        assert_eq!(says(&maps), "In head 0 of layer 0 no word reads another.");
        maps.causal = false;
        assert_eq!(
            says(&maps),
            "In head 0 of layer 0, “c” reads “a” with 70.0 % of its weight. Where a head looks is not yet why."
        );
    }
}
