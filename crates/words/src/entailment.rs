//! What a model that judges whether one text follows from another makes of labels of the reader's own.

use crate::number::{largest_first, percent};
use crate::phrase::apart;

/// The text that a label stands in, unless the reader writes another.
pub const TEMPLATE: &str = "This example is {}.";

/// Labels as a reader writes them, each once.
#[must_use]
pub fn labels(written: &str) -> Vec<String> {
    let mut labels: Vec<String> = Vec::new();
    for label in written.split(',').map(str::trim).filter(|label| !label.is_empty()) {
        if !labels.iter().any(|known| known == label) {
            labels.push(label.to_owned());
        }
    }
    labels
}

/// Labels with their shares, the largest first, each with its place among those that were given.
#[must_use]
pub fn ranked(labels: &[String], shares: &[f32]) -> Vec<(usize, String, f32)> {
    let rows = labels.iter().zip(shares).enumerate().map(|(at, (label, share))| (at, label.clone(), *share)).collect();
    largest_first(rows, |(_, _, share)| *share)
}

/// Which label it takes.
#[must_use]
pub fn claim(labels: &[String], shares: &[f32]) -> String {
    match ranked(labels, shares).first() {
        Some((_, label, share)) => format!("Of these it takes “{}”, {}.", apart(label), percent(*share)),
        None => String::new(),
    }
}

/// What the shares are of, and whether the best label is believed at all; `follows` is the probability that it follows from the text.
#[must_use]
pub fn how(template: &str, follows: f32) -> String {
    let doubt = if follows < 0.5 { " That is little: none of these labels may fit." } else { "" };
    format!(
        "Each label is put into “{}”, and the model says whether that follows from the text; the shares are a softmax over the logits that it does. Of the label that it takes it says so with {}.{doubt}",
        apart(template),
        percent(follows)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_with_the_largest_share_is_taken() {
        let labels = labels(" sport, politics ,, sport,food");
        assert_eq!(labels, ["sport", "politics", "food"]);
        let shares = [0.2, 0.7, 0.1];
        assert_eq!(claim(&labels, &shares), "Of these it takes “politics”, 70.0 %.");
        assert_eq!(ranked(&labels, &shares).iter().map(|(at, ..)| *at).collect::<Vec<_>>(), [1, 0, 2]);
        assert_eq!(claim(&[], &[]), "");
        assert!(how(TEMPLATE, 0.9).ends_with("that it takes it says so with 90.0 %."));
        assert!(how(TEMPLATE, 0.2).ends_with("none of these labels may fit."));
    }
}
