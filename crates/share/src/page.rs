//! The pages, by their addresses: fragments, so that any static host serves them and none is told.

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
}
