//! The scenes of the Story, as they lie beside the page: prose whose numbers were filled in from the findings that it is about.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use vitrine_schema::Finding;

use crate::services::page::beside;

/// What there is, in order.
#[derive(Clone, Deserialize)]
pub struct Contents {
    /// The scenes.
    pub scenes: Vec<Listed>,
    /// What the scenes cite, each once.
    pub sources: Vec<String>,
}

/// A scene as it is listed.
#[derive(Clone, PartialEq, Deserialize)]
pub struct Listed {
    /// Its name in addresses, and that of its file.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its claim.
    pub claim: String,
}

/// One scene.
#[derive(Deserialize)]
pub struct Scene {
    /// What stands before the figure, by paragraphs.
    pub text: Vec<String>,
    /// What stands beside it.
    pub notes: Vec<Note>,
    /// What the button says that plays the scene, where the claim asks for one.
    pub button: Option<String>,
    /// Its steps; at least one.
    pub steps: Vec<Step>,
    /// One number, and where it comes from.
    pub number: Number,
    /// One thing to do.
    pub trial: Trial,
    /// The finding whose question is asked in the Lab.
    pub lab: String,
    /// Everything that is drawn, by name.
    pub findings: BTreeMap<String, Finding>,
}

/// A note in the margin.
#[derive(Clone, Deserialize)]
pub struct Note {
    /// Its heading.
    pub head: String,
    /// What it says.
    pub text: String,
}

/// One step: a state of the figure.
#[derive(Clone, Deserialize)]
pub struct Step {
    /// Its heading.
    pub head: String,
    /// What it says.
    pub text: String,
    /// Which finding is drawn.
    pub finding: String,
    /// By which of its figures.
    pub figure: String,
    /// At which position of its animation, from 0 to 1.
    pub at: f32,
}

/// A number, and where it comes from.
#[derive(Clone, Deserialize)]
pub struct Number {
    /// The number.
    pub shown: String,
    /// What it is.
    pub is: String,
    /// The finding that it stands in.
    pub finding: String,
    /// Where in its JSON.
    pub field: String,
    /// The step that shows it, from 1.
    pub step: usize,
}

/// Something to do, and what is asked of the reader before.
#[derive(Clone, Deserialize)]
pub struct Trial {
    /// What it is.
    pub asks: String,
    /// What may come.
    pub expects: Vec<String>,
    /// What can be done.
    pub choices: Vec<Choice>,
}

/// One thing that can be done, and what comes of it.
#[derive(Clone, Deserialize)]
pub struct Choice {
    /// As the button says it.
    pub does: String,
    /// What comes of it.
    pub finding: String,
    /// By which figure it is drawn.
    pub figure: String,
    /// What comes of it, in words.
    pub then: String,
}

impl Scene {
    /// What is drawn at a place from 0 to 1 along the steps: the step whose figure it is, and the position of its animation.
    /// Between two steps of the same figure it is between their positions; the figure of another one comes up from its beginning.
    pub fn frame(&self, place: f32) -> (usize, f32) {
        let last = self.steps.len().saturating_sub(1);
        let along = place.clamp(0.0, 1.0) * last as f32;
        let near = (along.round() as usize).min(last);
        let (before, after) = (along.floor() as usize, (along.ceil() as usize).min(last));
        let at = |step: usize| self.steps.get(step).map_or(1.0, |step| step.at);
        let what = |step: usize| self.steps.get(step).map(|step| (&step.finding, &step.figure));
        if what(before) == what(after) {
            (near, at(before) + (at(after) - at(before)) * (along - before as f32))
        } else if near == before {
            (near, at(near))
        } else {
            (near, at(near) * (2.0 * (along - before as f32) - 1.0))
        }
    }
}

/// The contents; `None` where the file is missing or cannot be read.
pub async fn contents() -> Option<Contents> {
    read("contents").await
}

/// A scene; `None` where its file is missing or cannot be read.
pub async fn scene(name: &str) -> Option<Scene> {
    read(name).await.filter(|scene: &Scene| !scene.steps.is_empty())
}

async fn read<T: DeserializeOwned>(name: &str) -> Option<T> {
    let text = beside(&format!("story/{name}.json")).await?;
    // Read as every answer of the worker is: a second reader of the same values would add to the page.
    serde_wasm_bindgen::from_value(js_sys::JSON::parse(&text).ok()?).ok()
}
