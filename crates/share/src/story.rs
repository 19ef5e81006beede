//! The address of a step of the Story: `#/story/<scene>/<step>?predict=1`. Steps count from 1.

use std::fmt;

/// Longest name of a scene that is repeated to the reader.
const MOST_SHOWN: usize = 40;

/// Where the reader of the Story is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Whether the address names the Story; else it is the first screen.
    pub named: bool,
    /// The scene; where the Story is named without one, its contents are meant.
    pub scene: Option<String>,
    /// The step, from 1; the head of the scene where there is none.
    pub step: Option<usize>,
    /// Whether outcomes are hidden until the reader has said what will come.
    pub predict: bool,
}

impl Place {
    /// Reads an address, with its `#` or without. What says nothing is passed over: a Story is read from anywhere.
    #[must_use]
    pub fn read(address: &str) -> Self {
        let (path, words) = address.split_once('?').unwrap_or((address, ""));
        let mut parts = path.trim_start_matches('#').split('/').filter(|part| !part.is_empty());
        let named = parts.next().is_some_and(|page| page.eq_ignore_ascii_case("story"));
        let scene = parts.next().filter(|_| named);
        Self {
            named,
            scene: scene.map(|scene| scene.chars().take(MOST_SHOWN).collect::<String>().to_lowercase()),
            step: parts.next().and_then(|step| step.parse().ok()).filter(|step| *step > 0 && scene.is_some()),
            predict: words.split('&').any(|word| word == "predict=1"),
        }
    }

    /// A step of a scene.
    #[must_use]
    pub fn step(scene: &str, step: usize, predict: bool) -> Self {
        Self { named: true, scene: Some(scene.to_owned()), step: Some(step), predict }
    }
}

/// The address, with its `#`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.named { "#/story" } else { "#/" })?;
        if let Some(scene) = &self.scene {
            write!(f, "/{scene}")?;
        }
        if let Some(step) = self.step {
            write!(f, "/{step}")?;
        }
        if self.predict { f.write_str("?predict=1") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_scene_and_a_step_or_the_contents() {
        let place = Place::read("#/story/circuit/2?predict=1");
        assert_eq!(place, Place::step("circuit", 2, true));
        assert_eq!(place.to_string(), "#/story/circuit/2?predict=1");
        assert_eq!(Place::read("#/story").to_string(), "#/story");
        assert_eq!(Place::read("#/"), Place::default());
        assert_eq!(Place::read("#/").to_string(), "#/");
        assert_eq!(Place::read("#/Story/Circuit/0?x=1&predict=1").to_string(), "#/story/circuit?predict=1");
        assert_eq!(Place::read("story/a/b/c").step, None);
        assert_eq!(Place::read(&format!("#/story/{}", "a".repeat(900))).scene.map(|scene| scene.len()), Some(40));
    }
}
