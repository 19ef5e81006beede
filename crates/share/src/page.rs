//! The pages, by their addresses: fragments, so that any static host serves them and none is told.

use crate::percent::{decoded, encoded, end_escaped};

/// Where the page of a model begins, behind `#/`.
const MODEL: &str = "models/";

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The Story, which is the first screen too.
    Home,
    /// The Lab.
    Lab,
    /// The table of methods.
    Methods,
    /// What the reader prefers.
    Settings,
    /// The models that the browser keeps.
    Models,
    /// An explanation that was sent.
    Shared,
    /// Nothing is there.
    Nowhere,
}

impl Page {
    /// The page of an address, with its `#` or without.
    #[must_use]
    pub fn of(address: &str) -> Self {
        match address.trim_start_matches(['#', '/']).split(['/', '?']).next() {
            None | Some("") => Self::Home,
            Some(page) if page.eq_ignore_ascii_case("story") => Self::Home,
            Some(page) if page.eq_ignore_ascii_case("lab") => Self::Lab,
            Some(page) if page.eq_ignore_ascii_case("methods") => Self::Methods,
            Some(page) if page.eq_ignore_ascii_case("settings") => Self::Settings,
            Some(page) if page.eq_ignore_ascii_case("models") => Self::Models,
            Some("x") => Self::Shared,
            Some(_) => Self::Nowhere,
        }
    }

    /// The address of the page of one model, by its identifier.
    #[must_use]
    pub fn address_of_model(id: &str) -> String {
        end_escaped(format!("#/{MODEL}{}", encoded(id)))
    }

    /// The model whose page stands at an address; `None` where all of them are listed, and anywhere else.
    #[must_use]
    pub fn model_named(address: &str) -> Option<String> {
        let path = address.trim_start_matches(['#', '/']);
        let (pages, id) = (path.get(..MODEL.len())?, path.get(MODEL.len()..)?);
        (pages.eq_ignore_ascii_case(MODEL) && !id.is_empty()).then(|| decoded(id).0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_its_page_or_nowhere() {
        let cases = [
            ("", Page::Home),
            ("#/", Page::Home),
            ("#/?text=a", Page::Home),
            ("#/story/circuit/2?predict=1", Page::Home),
            ("#/Story", Page::Home),
            ("#/stories", Page::Nowhere),
            ("#/lab", Page::Lab),
            ("#/LAB?text=a/b", Page::Lab),
            ("#lab/more", Page::Lab),
            ("#/methods", Page::Methods),
            ("#/settings", Page::Settings),
            ("#/Models", Page::Models),
            ("#/x/v1.abc", Page::Shared),
            ("#/labs", Page::Nowhere),
        ];
        for (address, page) in cases {
            assert_eq!(Page::of(address), page, "{address}");
        }
    }

    #[test]
    fn the_page_of_a_model_has_its_name() {
        for id in ["sentiment", "tiny/gpt2", "own model", "a?b#c%", "日本語.Q8_0", "ends with."] {
            let address = Page::address_of_model(id);
            assert_eq!(Page::of(&address), Page::Models, "{address}");
            assert_eq!(Page::model_named(&address).as_deref(), Some(id), "{address}");
        }
        assert_eq!(Page::address_of_model("tiny/gpt2"), "#/models/tiny/gpt2");
        for address in ["#/models", "#/models/", "#/lab", "", "#/modelsx/a", "#/mödels/a"] {
            assert_eq!(Page::model_named(address), None, "{address}");
        }
    }
}
