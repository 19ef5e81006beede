//! How the largest cells hang together, in words.

use vitrine_schema::Patching;
use vitrine_schema::patching::Path;

use super::{called, capital};
use crate::number::{plain, signed};

/// Least share of the way that is told.
const LEAST: f32 = 0.02;
/// Paths that are named.
const NAMED: usize = 3;

/// What goes by way of what, the largest first; nothing where no cells were joined.
#[must_use]
pub fn joined(found: &Patching) -> Option<String> {
    let known = found.paths.iter().filter_map(|path| Some((path, found.by_way(path)?)));
    let mut paths: Vec<(&Path, f32)> = known.collect();
    let (all, first) = (paths.len(), paths.iter().map(|(path, _)| path.from).min()?);
    paths.retain(|(_, share)| share.abs() >= LEAST);
    paths.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    if paths.is_empty() {
        return Some(format!(
            "None of the {all} pairs, from {} up, carries {LEAST} of the way or more.",
            called(found, first)
        ));
    }
    let named: Vec<String> = paths.iter().take(NAMED).map(|(at, share)| said(found, at, *share)).collect();
    let more = paths.len().saturating_sub(NAMED);
    let more = if more > 0 { format!("; {more} more pairs carry {LEAST} or more") } else { String::new() };
    Some(format!("{}{more}.", capital(&named.join("; "))))
}

/// What one cell brings over by way of another.
#[must_use]
pub fn path(found: &Patching, path: &Path) -> String {
    let Some(share) = found.by_way(path) else { return String::new() };
    let (alone, kept) = (found.cell(path.from.layer, path.from.column).unwrap_or(0.0), called(found, path.to));
    let start = capital(&called(found, path.from));
    format!("{start} goes {} of the way, and {} while {kept} is kept as it was.", signed(alone), signed(alone - share))
}

fn said(found: &Patching, path: &Path, share: f32) -> String {
    let [from, to] = [path.from, path.to].map(|cell| called(found, cell));
    let alone = found.cell(path.from.layer, path.from.column).unwrap_or(0.0);
    // What works against the first is no way that it takes.
    if share * alone < 0.0 {
        return format!("{to} takes back {} of what {from} would bring over", plain(share.abs()));
    }
    format!("of the {} of {from}, {} goes by way of {to}", signed(alone), signed(share))
}

#[cfg(test)]
mod tests {
    use vitrine_schema::Cell;

    use super::*;
    use crate::example::patching;

    #[test]
    fn what_goes_by_way_of_what_is_said_with_its_share() {
        let mut found = patching(&[[0.0, 0.8, 0.0], [0.0, 0.4, 0.5]]);
        assert_eq!(joined(&found), None);
        let cell = |layer, column| Cell { layer, column };
        let path = |to, share: f32| Path { from: cell(0, 1), to, metric: 10.0 * share - 5.0 };
        found.paths = vec![path(cell(1, 1), 0.79), path(cell(1, 2), 0.3)];
        assert_eq!(
            joined(&found).as_deref(),
            Some("Of the +0.80 of layer 0, second “John”, +0.50 goes by way of layer 1, last word.")
        );
        assert_eq!(
            super::path(&found, &found.paths[1]),
            "Layer 0, second “John” goes +0.80 of the way, and +0.30 while layer 1, last word is kept as it was."
        );
        found.paths[0].metric = 5.0;
        let said = joined(&found).unwrap();
        assert!(
            said.ends_with("; layer 1, second “John” takes back 0.20 of what layer 0, second “John” would bring over."),
            "{said}"
        );
        found.paths[0].metric = 2.9;
        found.paths.pop();
        assert_eq!(
            joined(&found).as_deref(),
            Some("None of the 1 pairs, from layer 0, second “John” up, carries 0.02 of the way or more.")
        );
    }
}
