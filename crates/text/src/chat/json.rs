//! `tojson` as transformers defines it for templates: Python's `json.dumps` without escapes for HTML.
//!
//! The filter of the template engine makes text that is safe inside a page; a model was trained on the plain text.

use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Error, ErrorKind};

use super::python;

/// Values inside values; Python stops at about a thousand, a wasm stack earlier.
const MAX_DEPTH: usize = 64;

/// The filter: `ensure_ascii`, `indent`, `separators` and `sort_keys` mean what they mean in Python, in this order.
pub fn tojson(value: &Value, ensure_ascii: Option<bool>, options: Kwargs) -> Result<String, Error> {
    let given = |name: &str| options.get::<Option<Value>>(name).map(|v| v.filter(|v| !v.is_none()));
    let indent = match given("indent")? {
        None => None,
        Some(text) if text.as_str().is_some() => Some(text.to_string()),
        Some(width) => Some(" ".repeat(i64::try_from(width)?.clamp(0, 64).unsigned_abs() as usize)),
    };
    let (item, key) = match given("separators")? {
        Some(pair) => (pair.get_item(&Value::from(0))?.to_string(), pair.get_item(&Value::from(1))?.to_string()),
        None if indent.is_some() => (",".to_owned(), ": ".to_owned()),
        None => (", ".to_owned(), ": ".to_owned()),
    };
    let ascii = given("ensure_ascii")?.map_or(ensure_ascii.unwrap_or(false), |v| v.is_true());
    let sort = given("sort_keys")?.is_some_and(|v| v.is_true());
    options.assert_all_used()?;
    let mut writer = Writer { out: String::new(), indent, item, key, ascii, sort };
    writer.value(value, 0)?;
    Ok(writer.out)
}

struct Writer {
    out: String,
    indent: Option<String>,
    item: String,
    key: String,
    ascii: bool,
    sort: bool,
}

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) -> Result<(), Error> {
        if depth > MAX_DEPTH {
            return Err(Error::new(ErrorKind::InvalidOperation, "the value for tojson is nested too deeply"));
        }
        python::within_limit(self.out.len())?;
        match value.kind() {
            ValueKind::None => self.out.push_str("null"),
            ValueKind::Bool => self.out.push_str(if value.is_true() { "true" } else { "false" }),
            ValueKind::Number => self.out.push_str(&python::text(value)?),
            ValueKind::String => self.string(value.as_str().unwrap_or_default()),
            ValueKind::Seq | ValueKind::Iterable => {
                let items: Vec<Value> = value.try_iter()?.collect();
                self.items('[', ']', &items, depth, |writer, item| writer.value(item, depth + 1))?;
            }
            ValueKind::Map => {
                let mut keys: Vec<Value> = value.try_iter()?.collect();
                if self.sort {
                    keys.sort();
                }
                self.items('{', '}', &keys, depth, |writer, name| {
                    let mut inside = Self { out: String::new(), ..writer.like() };
                    inside.value(name, MAX_DEPTH)?;
                    if name.as_str().is_some() {
                        writer.out.push_str(&inside.out);
                    } else {
                        writer.string(&inside.out);
                    }
                    let separator = writer.key.clone();
                    writer.out.push_str(&separator);
                    writer.value(&value.get_item(name)?, depth + 1)
                })?;
            }
            kind => {
                let detail = format!("a value of type {kind} is not JSON serializable");
                return Err(Error::new(ErrorKind::InvalidOperation, detail));
            }
        }
        Ok(())
    }

    /// The same choices, with nothing written.
    fn like(&self) -> Self {
        let (indent, item, key) = (self.indent.clone(), self.item.clone(), self.key.clone());
        Self { out: String::new(), indent, item, key, ascii: self.ascii, sort: self.sort }
    }

    fn items(
        &mut self,
        open: char,
        close: char,
        items: &[Value],
        depth: usize,
        write: impl Fn(&mut Self, &Value) -> Result<(), Error>,
    ) -> Result<(), Error> {
        self.out.push(open);
        for (place, item) in items.iter().enumerate() {
            if place > 0 {
                let separator = self.item.clone();
                self.out.push_str(&separator);
            }
            self.line(depth + 1);
            write(self, item)?;
        }
        if !items.is_empty() {
            self.line(depth);
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self, depth: usize) {
        if let Some(indent) = &self.indent {
            self.out.push('\n');
            self.out.push_str(&indent.repeat(depth));
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for c in text.chars() {
            match c {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{8}' => self.out.push_str("\\b"),
                '\u{c}' => self.out.push_str("\\f"),
                c if c < ' ' || (self.ascii && c > '~') => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        self.out.push_str(&format!("\\u{unit:04x}"));
                    }
                }
                c => self.out.push(c),
            }
        }
        self.out.push('"');
    }
}
