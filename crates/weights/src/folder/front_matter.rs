//! The lines between two rules at the top of a `README.md`, as far as cards of models use YAML.
//!
//! Maps and lists by indentation, texts plain, quoted or folded; lists and maps in brackets where they are JSON as well. Every
//! value without structure is a text. Nothing that a model computes depends on it, so what cannot be read is left out.

use serde_json::{Map, Value};

/// Longest card whose lines are looked at.
const MOST_BYTES: usize = 1 << 20;
/// Most lines that are read.
const MOST_LINES: usize = 5000;
/// Maps and lists inside of each other.
const DEEPEST: usize = 8;

/// What the top of a card says; nothing where there is no such top.
pub fn front_matter(card: &[u8]) -> Map<String, Value> {
    let card = card.strip_prefix(b"\xef\xbb\xbf").unwrap_or(card);
    let Ok(text) = std::str::from_utf8(card.get(..MOST_BYTES).unwrap_or(card)) else { return Map::new() };
    let mut lines = text.lines().map(str::trim_end);
    if lines.next() != Some("---") {
        return Map::new();
    }
    let inside = lines.take_while(|line| *line != "---").take(MOST_LINES);
    // The last line is to be read first.
    let mut left: Vec<Line<'_>> = inside.map(Line::of).collect();
    left.reverse();
    let mut reader = Reader { left };
    match reader.value(0, 0) {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

#[derive(Clone, Copy, Debug)]
struct Line<'a> {
    indent: usize,
    text: &'a str,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Self {
        let text = line.trim_start_matches(' ');
        Self { indent: line.len().saturating_sub(text.len()), text }
    }

    fn blank(&self) -> bool {
        self.text.is_empty() || self.text.starts_with('#')
    }

    /// What follows the dash of an item, with its place.
    fn item(&self) -> Option<Self> {
        let rest = self.text.strip_prefix('-').filter(|rest| rest.is_empty() || rest.starts_with(' '))?;
        let text = rest.trim_start();
        Some(Self { indent: self.indent.saturating_add(self.text.len().saturating_sub(text.len())), text })
    }

    /// A key and what follows on its line.
    fn pair(&self) -> Option<(&'a str, &'a str)> {
        let (key, rest) = self.text.split_once(": ").or_else(|| Some((self.text.strip_suffix(':')?, "")))?;
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        (!key.is_empty() && key.chars().all(plain)).then_some((key, rest.trim()))
    }
}

struct Reader<'a> {
    /// What was not read yet, the next line last.
    left: Vec<Line<'a>>,
}

impl<'a> Reader<'a> {
    /// The next line that says something.
    fn next(&mut self) -> Option<Line<'a>> {
        while self.left.last().is_some_and(Line::blank) {
            self.left.pop();
        }
        self.left.last().copied()
    }

    /// A map or list whose lines begin at a place, or a text.
    fn value(&mut self, indent: usize, depth: usize) -> Value {
        let Some(first) = self.next().filter(|_| depth < DEEPEST) else { return Value::Null };
        if first.item().is_some() {
            return self.list(indent, depth);
        }
        if first.pair().is_some() {
            return self.map(indent, depth);
        }
        self.left.pop();
        self.text(first.text, indent.saturating_sub(1))
    }

    fn list(&mut self, indent: usize, depth: usize) -> Value {
        let mut items = Vec::new();
        while let Some(line) = self.next().filter(|line| line.indent == indent) {
            let Some(item) = line.item() else { break };
            self.left.pop();
            if !item.text.is_empty() {
                self.left.push(item);
            }
            items.push(match self.next() {
                Some(inside) if inside.indent > indent => self.value(inside.indent, depth.saturating_add(1)),
                _ => Value::Null,
            });
            self.leave(indent);
        }
        Value::Array(items)
    }

    fn map(&mut self, indent: usize, depth: usize) -> Value {
        let mut map = Map::new();
        while let Some(line) = self.next().filter(|line| line.indent == indent) {
            let Some((key, rest)) = line.pair() else { break };
            self.left.pop();
            let value = match (rest, self.next()) {
                ("", Some(inside)) if inside.indent > indent || inside.indent == indent && inside.item().is_some() => {
                    self.value(inside.indent, depth.saturating_add(1))
                }
                ("", _) => Value::Null,
                (rest, _) => self.text(rest, indent),
            };
            map.insert(key.to_owned(), value);
            self.leave(indent);
        }
        Value::Object(map)
    }

    /// Passes over what stands deeper than what was read.
    fn leave(&mut self, indent: usize) {
        while self.left.last().is_some_and(|line| line.blank() || line.indent > indent) {
            self.left.pop();
        }
    }

    /// A text that begins on the line of its key and goes on where lines stand deeper.
    fn text(&mut self, first: &str, indent: usize) -> Value {
        let folded = first.starts_with('>');
        if folded || first.starts_with('|') {
            let mut lines = Vec::new();
            while let Some(line) = self.left.last().filter(|line| line.text.is_empty() || line.indent > indent) {
                lines.push(line.text);
                self.left.pop();
            }
            return Value::String(lines.join(if folded { " " } else { "\n" }).trim().to_owned());
        }
        let mut text = first.to_owned();
        while let Some(line) = self.left.last().filter(|line| !line.blank() && line.indent > indent) {
            text.push(' ');
            text.push_str(line.text);
            self.left.pop();
        }
        if text.starts_with(['[', '{', '"'])
            && let Ok(value) = serde_json::from_str(&text)
        {
            return value;
        }
        let inside = |quote: char| text.strip_prefix(quote)?.strip_suffix(quote);
        Value::String(match (inside('\''), inside('"')) {
            (Some(single), _) => single.replace("''", "'"),
            (_, Some(double)) => double.to_owned(),
            _ => text.split(" #").next().unwrap_or_default().trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Value {
        Value::Object(front_matter(text.as_bytes()))
    }

    #[test]
    fn a_card_is_read_as_yaml_has_it() {
        let card = "---\nlicense: apache-2.0 # of the weights\nlanguage:\n- en\n- \"zh\"\ntags: [\"a\", \"b\"]\nwidget:\n  - text: 'it''s good: very'\n    output:\n    - label: POSITIVE\n      score: 0.9\n  - text: \"a \\\"b\\\"\\n\"\n\n  - text: >-\n      two\n      lines\n    example_title: x\n- broken\n---\n# title\nkey: no\n";
        let expected = json!({
            "license": "apache-2.0",
            "language": ["en", "zh"],
            "tags": ["a", "b"],
            "widget": [
                {"text": "it's good: very", "output": [{"label": "POSITIVE", "score": "0.9"}]},
                {"text": "a \"b\"\n"},
                {"text": "two lines", "example_title": "x"},
            ],
        });
        assert_eq!(read(card), expected);
        assert_eq!(
            read("---\na: 'one\n  two'\nb: plain\n  goes on\n---"),
            json!({"a": "one two", "b": "plain goes on"})
        );
        assert_eq!(read("---\r\na: b\r\n---\r\n"), json!({"a": "b"}));
    }

    #[test]
    fn what_is_no_card_says_nothing_and_hurts_nobody() {
        for text in ["", "# A title\n---\na: b\n---", "---", "---\n---", "---\n: x\n---", "---\n\t- a\n---"] {
            assert_eq!(read(text), json!({}), "{text:?}");
        }
        assert_eq!(front_matter(b"---\na: \xff\n---"), Map::new());
        let deep = format!("---\na:\n {}x\n---", "- ".repeat(100_000));
        assert!(read(&deep).is_object());
        let stairs: String = (0..3000).map(|at| format!("{}a:\n", " ".repeat(at))).collect();
        assert!(read(&format!("---\n{stairs}---")).is_object());
    }
}
