//! A table of labelled texts: `text<TAB>label` lines, in a text perhaps one word between asterisks.

use vitrine_schema::ProbePosition;
use vitrine_schema::diagnostic::Refusal;

/// Rows that are probed.
const MOST_ROWS: usize = 2000;
/// Labels that are told apart.
const MOST_LABELS: usize = 12;
/// Rows of each label, of which some are trained on and some are held out.
const LEAST_ROWS: usize = 4;

/// The rows of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Labelled {
    /// Names of the labels, in the order of the alphabet.
    pub names: Vec<String>,
    /// The rows in the order of the table.
    pub rows: Vec<LabelledText>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelledText {
    /// The text without asterisks.
    pub text: String,
    /// First byte of the marked word, and one past its last.
    pub marked: Option<(usize, usize)>,
    /// Which of the names.
    pub label: usize,
}

impl LabelledText {
    /// What is labelled: the marked word, or the text.
    #[must_use]
    pub fn thing(&self) -> String {
        let whole = || self.text.as_str();
        self.marked.and_then(|(start, end)| self.text.get(start..end)).unwrap_or_else(whole).to_lowercase()
    }
}

impl Labelled {
    /// Reads a table; a first line with the label `label` is a heading.
    ///
    /// # Errors
    /// One sentence on the first line that is no row, or on what the whole table lacks.
    pub fn read(table: &str, position: ProbePosition) -> Result<Self, Refusal> {
        let lines = table.strip_prefix('\u{feff}').unwrap_or(table).lines().enumerate();
        let mut rows: Vec<(LabelledText, String)> = Vec::new();
        for (at, line) in lines.filter(|(_, line)| !line.trim().is_empty()) {
            let bad = || Refusal::NotALabelledText { line: at + 1 };
            let (text, label) = line.split_once('\t').ok_or_else(bad)?;
            let (text, label) = (unquoted(text.trim()), unquoted(label.trim()));
            if at == 0 && label.eq_ignore_ascii_case("label") {
                continue;
            }
            if text.is_empty() || label.is_empty() || label.contains('\t') {
                return Err(bad());
            }
            let (text, marked) = if position == ProbePosition::Marked {
                let (text, marked) = unmarked(&text).ok_or(Refusal::NoMarkedWord { line: at + 1 })?;
                (text, Some(marked))
            } else {
                (text, None)
            };
            rows.push((LabelledText { text, marked, label: 0 }, label));
        }
        if rows.is_empty() {
            return Err(Refusal::NotALabelledText { line: 1 });
        }
        if rows.len() > MOST_ROWS {
            return Err(Refusal::TooManyRows { most: MOST_ROWS, found: rows.len() });
        }
        let mut names: Vec<String> = rows.iter().map(|(_, label)| label.clone()).collect();
        names.sort();
        names.dedup();
        if let [label] = &names[..] {
            return Err(Refusal::OneLabel { label: label.clone() });
        }
        if names.len() > MOST_LABELS {
            return Err(Refusal::TooManyLabels { most: MOST_LABELS, found: names.len() });
        }
        for label in &names {
            let found = rows.iter().filter(|(_, known)| known == label).count();
            if found < LEAST_ROWS {
                return Err(Refusal::TooFewRows { label: label.clone(), needed: LEAST_ROWS, found });
            }
        }
        let place = |label: &String| names.binary_search(label).unwrap_or(0);
        let rows = rows.into_iter().map(|(row, label)| LabelledText { label: place(&label), ..row }).collect();
        Ok(Self { names, rows })
    }
}

/// A field as spreadsheets write one with quotes in it.
fn unquoted(field: &str) -> String {
    let inside = field.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.map_or_else(|| field.to_owned(), |inside| inside.replace("\"\"", "\""))
}

/// A text without the two asterisks around a word, and where that word is.
fn unmarked(text: &str) -> Option<(String, (usize, usize))> {
    let (before, rest) = text.split_once('*')?;
    let (word, after) = rest.split_once('*')?;
    let marked = (before.len(), before.len() + word.len());
    (!word.trim().is_empty()).then(|| (format!("{before}{word}{after}"), marked))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(table: &str, position: ProbePosition) -> String {
        Labelled::read(table, position).map_or_else(|refusal| refusal.to_string(), |table| table.rows.len().to_string())
    }

    #[test]
    fn a_table_is_read_as_spreadsheets_write_it() {
        let table = "\u{feff}Text\tLabel\r\n\"say \"\"no\"\", twice\"\tB\r\na, b\tA\n\nc\t\"A\"\nd\tA\ne\tA\nf\tB\ng\tB\nh\tB\n";
        let found = Labelled::read(table, ProbePosition::Last).unwrap();
        assert_eq!(found.names, ["A", "B"]);
        assert_eq!((found.rows[0].text.as_str(), found.rows[0].label), ("say \"no\", twice", 1));
        assert_eq!(found.rows.iter().map(|row| row.label).collect::<Vec<_>>(), [1, 0, 0, 0, 0, 1, 1, 1]);
    }

    #[test]
    fn a_marked_word_is_known_by_its_bytes() {
        let rows: String = (0..4).map(|_| "the *Hund* bit\tnoun\nit *läuft*\tverb\n").collect();
        let found = Labelled::read(&rows, ProbePosition::Marked).unwrap();
        assert_eq!((found.rows[0].text.as_str(), found.rows[0].marked), ("the Hund bit", Some((4, 8))));
        assert_eq!(found.rows[1].thing(), "läuft");
        assert!(sentence("the Hund\tnoun\n", ProbePosition::Marked).starts_with("line 1 marks no word"));
    }

    #[test]
    fn what_is_no_table_gets_one_sentence() {
        let check = |table: &str, expected: &str| {
            let said = sentence(table, ProbePosition::Mean);
            assert!(said.contains(expected), "{said}");
        };
        check("", "line 1 of the table is not text, a tab and a label");
        check("a\tA\nb\n", "line 2 of the table");
        check("a\tA\tC\n", "line 1 of the table");
        check(&"a\tA\n".repeat(9), "every row has the label \"A\"");
        check("a\tA\nb\tB\nc\tA\n", "the label \"A\" has 2 rows, a probe needs 4 of each");
        check(&"a\tA\n".repeat(20_000), "the table has 20000 rows, at most 2000 are probed");
        check(&(0..80).map(|at| format!("a\tL{}\n", at % 20)).collect::<String>(), "20 labels, at most 12");
    }
}
