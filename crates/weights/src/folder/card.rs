//! The card of a model, `README.md`: its licence, and texts of which it says what the model makes of them.

use std::collections::BTreeMap;

use serde_json::Value;
use vitrine_schema::inspection::{Account, Group, clipped};
use vitrine_schema::protocol::Sample;

use super::front_matter::front_matter;
use crate::keys::{Judgement, Keys};

/// The card.
pub const CARD: &str = "README.md";
/// Samples that are kept; more would be a list.
const MOST_SAMPLES: usize = 5;
/// Longest text of a sample, in characters.
const LONGEST: usize = 2000;

/// What the card says about the model, and its samples.
pub fn read(card: &[u8], account: &mut Account) -> (BTreeMap<String, String>, Vec<Sample>) {
    let mut keys = Keys::new(CARD, front_matter(card), account);
    let licence = keys.peek("license").and_then(Value::as_str).map(|licence| clipped(licence, 100));
    let about = licence.map(|licence| {
        keys.take(Group::Shown, "license");
        ("license".to_owned(), licence)
    });
    let samples = keys.peek("widget").map(samples).unwrap_or_default();
    if !samples.is_empty() {
        keys.take(Group::Shown, "widget");
    }
    keys.finish(|name, _| {
        let reason = if name == "widget" { "it has no text to try" } else { "what the card tells its readers" };
        Judgement::WithoutEffect(reason.to_owned())
    });
    (about.into_iter().collect(), samples)
}

/// The texts of a widget, each with the likeliest of the labels that stand beside it.
fn samples(widget: &Value) -> Vec<Sample> {
    let sample = |entry: &Value| {
        let text = entry.get("text").and_then(Value::as_str)?.trim();
        let outputs = entry.get("output").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let said = |output: &Value| {
            let score = output.get("score")?;
            let score = score.as_f64().or_else(|| score.as_str()?.parse().ok()).filter(|score| score.is_finite())?;
            Some((clipped(output.get("label")?.as_str()?, 100), score as f32))
        };
        let likeliest = outputs.iter().filter_map(said).max_by(|one, other| one.1.total_cmp(&other.1));
        let fits = !text.is_empty() && text.chars().count() <= LONGEST;
        fits.then(|| Sample { text: text.to_owned(), says: likeliest })
    };
    widget.as_array().into_iter().flatten().filter_map(sample).take(MOST_SAMPLES).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_tells_its_licence_and_what_the_model_says_of_a_text() {
        let card = "---\nlicense: mit\ntags:\n- x\nwidget:\n- text: I like it\n  output:\n  - label: joy\n    score: 0.2\n  - label: love\n    score: 0.7\n- src: a.png\n- text: And this\n---\n";
        let mut account = Account::default();
        let (about, samples) = read(card.as_bytes(), &mut account);
        let sample = |text: &str, says: Option<(&str, f32)>| Sample {
            text: text.to_owned(),
            says: says.map(|(label, score)| (label.to_owned(), score)),
        };
        assert_eq!(samples, [sample("I like it", Some(("love", 0.7))), sample("And this", None)]);
        assert_eq!(about.get("license").map(String::as_str), Some("mit"));
        assert_eq!(account.used.shown_keys, 2);
        assert_eq!(account.without_effect.iter().map(|entry| &*entry.name).collect::<Vec<_>>(), ["tags"]);
        let (_, none) = read(b"---\nwidget:\n- src: a.png\n---\n", &mut account);
        assert_eq!((none.len(), account.without_effect.len()), (0, 2));
    }
}
