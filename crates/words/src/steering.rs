//! A text that was pushed, in words.

use vitrine_schema::recipe::Steer;
use vitrine_schema::summary::Written;
use vitrine_schema::{Ask, Generation};

use crate::number::plain;
use crate::phrase::quoted;

/// What the push was, and what it did; the text itself of one that was not pushed.
#[must_use]
pub fn claim(found: &Generation) -> String {
    claim_of(&Written::from(found), &found.resolved.ask)
}

/// The same by the summary of a link, and its question.
#[must_use]
pub fn claim_of(written: &Written, ask: &Ask) -> String {
    let (Ask::Steer(ask), Some(pushed)) = (ask, &written.pushed) else { return written.text.clone() };
    let push = push(ask);
    if pushed.without == written.text {
        return format!("{push} changes nothing of what it writes.");
    }
    let did = match pushed.n_shared {
        0 => format!("{push} changes what it writes from the first token on."),
        n => format!("{push} changes what it writes from token {} on.", n + 1),
    };
    if pushed.falls_apart { format!("{did} The text falls apart: it says the same over and over.") } else { did }
}

/// From where to where, how far, and at which layer.
fn push(ask: &Steer) -> String {
    let layer = ask.layer.map_or_else(String::new, |layer| format!(" at layer {layer}"));
    let (away, toward) = (quoted(&ask.away), quoted(&ask.toward));
    match ask.strength {
        0.0 => format!("Adding nothing of the way from {away} to {toward}{layer}"),
        strength if strength < 0.0 => {
            format!("Pushing{layer} from {toward} back to {away}, {} times,", plain(-strength))
        }
        strength => format!("Pushing{layer} from {away} to {toward}, {} times,", plain(strength)),
    }
}

/// At which strength the text falls apart, of those that were tried; nothing as long as one alone was, and stood.
#[must_use]
pub fn breaks(tried: &[&Generation]) -> Option<String> {
    let strength = |found: &&&Generation| match &found.resolved.ask {
        Ask::Steer(ask) => Some(ask.strength),
        _ => None,
    };
    let all: Vec<f32> = tried.iter().filter_map(|found| strength(&found)).collect();
    let (first, most) = (all.first()?, all.last()?);
    let broken = tried.iter().find(|found| found.falls_apart());
    Some(match broken.as_ref().and_then(strength) {
        Some(at) if at == *first => {
            format!("It falls apart at {} already: of its tokens not half are different ones.", plain(at))
        }
        Some(at) => format!("It falls apart at {}: of its tokens not half are different ones.", plain(at)),
        None if tried.len() < 2 => return None,
        None => format!("It does not fall apart up to {}.", plain(*most)),
    })
}

#[cfg(test)]
mod tests {
    use vitrine_schema::Recipe;
    use vitrine_schema::generation::{Finish, GeneratedToken};

    use super::*;

    fn pushed(tokens: &[&str], without: &str, strength: f32) -> Generation {
        let steer = Steer { toward: "love".into(), away: "hate".into(), layer: Some(3), strength };
        let recipe = Recipe::new("m", "I think that you are", Ask::Steer(steer));
        let token = |(id, token): (usize, &&str)| GeneratedToken {
            id: tokens.iter().position(|other| other == token).unwrap_or(id) as u32,
            token: (*token).to_owned(),
            probability: 0.5,
            logit: 1.0,
        };
        Generation {
            resolved: recipe.clone(),
            recipe,
            model: vitrine_schema::ModelRef::default(),
            input: vitrine_schema::Input::default(),
            text: tokens.concat(),
            tokens: tokens.iter().enumerate().map(token).collect(),
            finish: Finish::Length,
            stopped_by: None,
            without: Some(without.to_owned()),
            top: Vec::new(),
            top_without: Vec::new(),
            checks: Vec::new(),
            diagnostics: Vec::new(),
        }
    }

    #[test]
    fn a_push_says_where_the_text_parts() {
        let found = pushed(&[" a", " good", " man"], " a bad man", 2.0);
        assert_eq!(
            claim(&found),
            "Pushing at layer 3 from “hate” to “love”, 2.00 times, changes what it writes from token 2 on."
        );
        assert!(claim(&pushed(&[" a"], " a", 2.0)).ends_with("changes nothing of what it writes."));
        assert!(
            claim(&pushed(&[" x"], " a", -1.0))
                .starts_with("Pushing at layer 3 from “love” back to “hate”, 1.00 times,")
        );
    }

    #[test]
    fn a_text_falls_apart_where_it_says_the_same_again_and_again() {
        let (fine, broken) =
            (pushed(&[" a", " b", " c", " d", " e", " f", " g", " h"], "", 1.0), pushed(&[" a"; 9], "", 4.0));
        assert!(!fine.falls_apart() && broken.falls_apart());
        assert!(claim(&broken).ends_with("it says the same over and over."));
        assert!(breaks(&[&fine, &broken]).is_some_and(|said| said.starts_with("It falls apart at 4.00:")));
        assert_eq!(breaks(&[&fine, &fine]).as_deref(), Some("It does not fall apart up to 1.00."));
        assert_eq!(breaks(&[&fine]), None);
        assert_eq!(breaks(&[]), None);
    }
}
