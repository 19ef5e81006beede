//! The last models of the reader's own that were opened, by name: a line for each, the newest first.

/// Most that are remembered.
const MOST: usize = 8;

/// A model of the reader's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// What it is called on this page; on the hub, too, if it came from there.
    pub id: String,
    /// Whether it came from the hub; the files of others have to be handed over again.
    pub hub: bool,
}

/// What was remembered; lines that say nothing are left out.
#[must_use]
pub fn read(lines: &str) -> Vec<Recent> {
    let line = |line: &str| {
        let (from, id) = line.split_once(' ').filter(|(_, id)| !id.is_empty())?;
        let hub = matches!(from, "hub");
        (hub || from == "disk").then(|| Recent { id: id.to_owned(), hub })
    };
    lines.lines().filter_map(line).take(MOST).collect()
}

/// The same with a model in front, which stands there once.
#[must_use]
pub fn with(recent: Vec<Recent>, newest: Recent) -> Vec<Recent> {
    let older = recent.into_iter().filter(|other| other.id != newest.id).collect::<Vec<_>>();
    std::iter::once(newest).chain(older).take(MOST).collect()
}

/// As lines; a name that has line breaks is remembered without them.
#[must_use]
pub fn write(recent: &[Recent]) -> String {
    let line = |Recent { id, hub }: &Recent| {
        format!("{} {}", if *hub { "hub" } else { "disk" }, id.replace(['\n', '\r'], " "))
    };
    recent.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_models_are_remembered_once_each() {
        let model = |id: &str, hub| Recent { id: id.to_owned(), hub };
        let mut recent = Vec::new();
        for nth in 0..10 {
            recent = with(recent, model(&format!("own model {nth}"), nth == 9));
        }
        assert_eq!((recent.len(), &*recent[0].id, &*recent[7].id), (8, "own model 9", "own model 2"));
        recent = with(recent, model("own model 4", true));
        assert_eq!(recent.iter().filter(|recent| recent.id == "own model 4").count(), 1);
        assert_eq!(read(&write(&recent)), recent);
        assert_eq!(read("hub a\n\nnone b\ndisk \nhub\ndisk a b"), [model("a", true), model("a b", false)]);
        assert_eq!(read(&write(&[model("a\nhub b", false)])), [model("a hub b", false)]);
    }
}
