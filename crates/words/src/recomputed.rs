//! A result that came in a link, in words: who computed it, and whether this device agrees.

use vitrine_schema::{Input, Outcome, Recomputed};

use crate::number::plain;
use crate::phrase::quoted;

/// What is said before this device has computed anything.
#[must_use]
pub fn unchecked() -> &'static str {
    "Computed by the sender; this device has not checked it."
}

/// What is said once it has.
#[must_use]
pub fn checked(recomputed: &Recomputed, input: &Input) -> String {
    let Recomputed { difference, furthest, outcome } = recomputed;
    let at = furthest.filter(|(_, by)| *by > 0.0).map_or_else(
        || format!("differs by {}", share(*difference)),
        |(token, by)| format!("differs by {} at {}", plain(by), quoted(&input.spelling(&[token]))),
    );
    match outcome {
        Outcome::Agrees => format!("Recomputed on your device: largest difference {}.", share(*difference)),
        Outcome::OtherModel => format!(
            "Recomputed on your device with other weights than the sender's, which need not agree: largest difference {}.",
            share(*difference)
        ),
        Outcome::Apart => format!(
            "Recomputed on your device, and it {at}: more than two devices should differ by. Rely on what yours says."
        ),
        Outcome::Forged if *difference > 0.0 => format!(
            "Recomputed on your device, and it {at}. The weights are the same, so these are not the numbers that they \
             give: the link was changed, or never computed."
        ),
        Outcome::Forged => {
            "Recomputed on your device: the numbers agree, but not the words and names beside them, so the \
                            link was changed."
                .to_owned()
        }
    }
}

/// A difference as a share of the largest number: one digit and a power of ten, as differences between devices are told.
fn share(difference: f32) -> String {
    if difference == 0.0 { "0".to_owned() } else { format!("{difference:.0e}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::example;

    #[test]
    fn every_outcome_has_its_sentence() {
        let said =
            |difference, furthest, outcome| checked(&Recomputed { difference, furthest, outcome }, &example().input);
        let all = [
            said(3e-6, Some((1, 1e-5)), Outcome::Agrees),
            said(0.0, None, Outcome::Agrees),
            said(0.31, Some((1, 0.9)), Outcome::OtherModel),
            said(0.02, Some((1, 0.06)), Outcome::Apart),
            said(0.14, Some((3, 0.41)), Outcome::Forged),
            said(0.14, None, Outcome::Forged),
            said(0.0, None, Outcome::Forged),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }
}
