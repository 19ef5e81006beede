//! A table of labelled texts as the reader has it → lines of text, a tab and a label, and their SHA-256, by which a question
//! names them.

use sha2::{Digest, Sha256};

/// The table as it is asked about: of commas the fields of each row, of tabs what it was.
#[must_use]
pub fn lines(table: &str) -> String {
    let table = table.strip_prefix('\u{feff}').unwrap_or(table);
    if table.lines().any(|line| line.contains('\t')) || !table.contains(',') {
        return table.to_owned();
    }
    let line = |fields: Vec<String>| fields.join("\t") + "\n";
    rows(table).into_iter().map(line).collect()
}

/// SHA-256 of a table, in hexadecimal.
#[must_use]
pub fn sha256(table: &str) -> String {
    Sha256::digest(table.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Rows of fields between commas, as RFC 4180 has them: a field in quotes may hold commas, lines and doubled quotes.
fn rows(table: &str) -> Vec<Vec<String>> {
    let (mut rows, mut row, mut field) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut letters) = (false, table.chars().peekable());
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                letters.next();
                field.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if field.is_empty() => quoted = true,
            ',' if !quoted => row.push(kept(std::mem::take(&mut field))),
            '\n' if !quoted => {
                row.push(kept(std::mem::take(&mut field)));
                rows.push(std::mem::take(&mut row));
            }
            '\r' if !quoted => {}
            // A line of the table is a row.
            '\n' | '\r' | '\t' => field.push(' '),
            letter => field.push(letter),
        }
    }
    row.push(kept(field));
    rows.push(row);
    rows.retain(|row: &Vec<String>| row.iter().any(|field| !field.trim().is_empty()));
    rows
}

/// A field that would be taken for one in quotes is put into quotes.
fn kept(field: String) -> String {
    if field.trim().starts_with('"') { format!("\"{}\"", field.replace('"', "\"\"")) } else { field }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use vitrine_schema::catalog::TABLES;

    use super::*;

    #[test]
    fn commas_and_quotes_become_tabs() {
        let table =
            "\u{feff}text,label\r\n\"well, \"\"no\"\"\",A\r\nplain,B\r\n\r\n\"two\nlines\",A\n\"\"\"quoted\"\"\",B";
        let expected = "text\tlabel\nwell, \"no\"\tA\nplain\tB\ntwo lines\tA\n\"\"\"quoted\"\"\"\tB\n";
        assert_eq!(lines(table), expected);
        // What has tabs keeps its commas, and what is no table is left to whoever reads it.
        for whole in ["a, b\tA\nc\tB\n", "no table", ""] {
            assert_eq!(lines(whole), whole);
        }
        assert_eq!(lines("a,b,c\n"), "a\tb\tc\n");
    }

    #[test]
    fn the_tables_of_the_page_are_those_that_it_names() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/data");
        for known in TABLES {
            let table = std::fs::read_to_string(folder.join(format!("{}.tsv", known.name))).unwrap_or_default();
            assert_eq!(
                (sha256(&table).as_str(), table.lines().count() - 1),
                (known.sha256, known.rows),
                "{}",
                known.name
            );
        }
    }
}
