//! Which tokens of two texts belong together, in words.

use vitrine_schema::{Input, Patching};

use super::word_of;

/// Tokens that are named of those that are not copied.
const TOLD: usize = 5;

/// A place in both texts: a token of A, the one of B that belongs to it, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// A token of A.
    pub a: Option<usize>,
    /// A token of B.
    pub b: Option<usize>,
}

/// The tokens of both texts in their order, those that belong together in one place.
#[must_use]
pub fn slots(found: &Patching) -> Vec<Slot> {
    let mut slots = Vec::new();
    let mut left = (0..found.corrupt.tokens.len()).peekable();
    for (a, partner) in found.partners().into_iter().enumerate() {
        let before = |b: &usize| partner.is_some_and(|partner| *b < partner);
        while let Some(b) = left.next_if(before) {
            slots.push(Slot { a: None, b: Some(b) });
        }
        slots.push(Slot { a: Some(a), b: left.next_if(|b| Some(*b) == partner) });
    }
    slots.extend(left.map(|b| Slot { a: None, b: Some(b) }));
    slots
}

/// How the tokens of both texts are aligned.
#[must_use]
pub fn aligned(found: &Patching) -> String {
    apart(found).unwrap_or_else(|| "Aligned token by token, one to one.".to_owned())
}

/// A token of A or B with the one that belongs to it.
#[must_use]
pub fn partner(found: &Patching, of_a: bool, at: usize) -> String {
    let pair = slots(found).into_iter().find(|slot| if of_a { slot.a == Some(at) } else { slot.b == Some(at) });
    let (own, other, names) = match of_a {
        true => (word_of(&found.input, at), pair.and_then(|slot| Some(word_of(&found.corrupt, slot.b?))), ["A", "B"]),
        false => (word_of(&found.corrupt, at), pair.and_then(|slot| Some(word_of(&found.input, slot.a?))), ["B", "A"]),
    };
    match other {
        Some(other) => format!("{own} of {}, with {other} of {}", names[0], names[1]),
        None => format!("{own} of {}, with none of {}", names[0], names[1]),
    }
}

/// Which tokens belong to none of the other text, and so are not copied; nothing where each has a partner.
#[must_use]
pub fn apart(found: &Patching) -> Option<String> {
    let [a, b] = found.apart();
    let of = |input: &Input, apart: &[usize], name: &str| {
        let words: Vec<String> = apart.iter().map(|&at| word_of(input, at)).collect();
        let (rest, words) = (words.len().saturating_sub(TOLD), words.into_iter().take(TOLD).collect::<Vec<_>>());
        let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
        (!words.is_empty()).then(|| format!("{}{more} of {name}", words.join(", ")))
    };
    let sides = [of(&found.input, &a, "A"), of(&found.corrupt, &b, "B")];
    let said: Vec<String> = sides.into_iter().flatten().collect();
    (!said.is_empty()).then(|| format!("Not aligned, and so not copied: {}.", said.join("; ")))
}

#[cfg(test)]
mod tests {
    use vitrine_schema::recipe::Patch;
    use vitrine_schema::{Aligned, Ask};

    use super::*;
    use crate::example::patching;

    #[test]
    fn what_has_no_partner_is_said_and_has_a_place_of_its_own() {
        let mut found = patching(&[[0.0, 1.0, 0.0]]);
        assert_eq!(aligned(&found), "Aligned token by token, one to one.");
        assert_eq!(slots(&found).len(), 3);
        let pair = |clean, corrupt| Aligned { clean, corrupt };
        let align = vec![pair(1, 0), pair(2, 2)];
        found.resolved.ask = Ask::Patch(Patch { align, ..Patch::default() });
        let slot = |a, b| Slot { a, b };
        assert_eq!(
            slots(&found),
            [slot(Some(0), None), slot(Some(1), Some(0)), slot(None, Some(1)), slot(Some(2), Some(2))]
        );
        assert_eq!(aligned(&found), "Not aligned, and so not copied: first “John” of A; “Mary” of B.");
        assert_eq!(partner(&found, true, 2), "“to” of A, with “to” of B");
        assert_eq!(partner(&found, false, 1), "“Mary” of B, with none of A");
    }
}
