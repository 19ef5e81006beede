//! JSON as Python writes it, read more strictly than usual: a name that stands twice is refused.
//!
//! Python puts a byte-order mark in front of some files and writes `NaN` and `Infinity`, which JSON does not have. They
//! become texts, so that a key whose value matters is refused as no number, and one that changes nothing is passed over.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::WeightsError;

/// Longest file that is read; a vocabulary of labels fits many times.
const MOST_BYTES: usize = 4 << 20;
/// Most keys of a file; published ones have about sixty.
const MOST_KEYS: usize = 1000;

/// The object that a small file holds.
///
/// # Errors
/// [`WeightsError::LfsPointer`], and [`WeightsError::Config`] for what is no such object.
pub fn object(file: &str, bytes: &[u8]) -> Result<Map<String, Value>, WeightsError> {
    let bad = |detail: String| WeightsError::Config { file: file.to_owned(), detail };
    if is_lfs_pointer(bytes) {
        return Err(WeightsError::LfsPointer { file: file.to_owned() });
    }
    if bytes.len() > MOST_BYTES {
        return Err(bad(format!("it has {} bytes; at most {MOST_BYTES} are read", bytes.len())));
    }
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes))
        .map_err(|_| bad("it is no UTF-8 text".to_owned()))?;
    if text.trim_start().starts_with('<') {
        return Err(bad("it holds a web page, not JSON; fetch the file itself".to_owned()));
    }
    let Strict(value) = serde_json::from_str(&without_bare_words(text))
        .map_err(|error| bad(format!("it is no valid JSON ({error}); save it again")))?;
    match value {
        Value::Object(object) if object.len() > MOST_KEYS => {
            Err(bad(format!("it has {} keys; at most {MOST_KEYS} are read", object.len())))
        }
        Value::Object(object) => Ok(object),
        _ => Err(bad("it is no JSON object".to_owned())),
    }
}

/// What Git leaves in the place of a large file that was not fetched.
pub(crate) fn is_lfs_pointer(bytes: &[u8]) -> bool {
    bytes.starts_with(b"version https://git-lfs.github.com/spec/")
}

/// `NaN`, `Infinity` and `-Infinity` outside of texts, put between quotes.
fn without_bare_words(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains("NaN") && !text.contains("Infinity") {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    for (place, part) in quoted_and_bare(text) {
        match place {
            Place::Quoted => out.push_str(part),
            Place::Bare => {
                let marked = part.replace("-Infinity", "\"-\u{1}\"").replace("Infinity", "\"Infinity\"");
                out.push_str(&marked.replace("\"-\u{1}\"", "\"-Infinity\"").replace("NaN", "\"NaN\""));
            }
        }
    }
    out.into()
}

#[derive(Clone, Copy)]
enum Place {
    Quoted,
    Bare,
}

/// Texts with their quotes, and what stands between them.
fn quoted_and_bare(text: &str) -> impl Iterator<Item = (Place, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.bytes().next()?;
        let (place, end) = if first == b'"' {
            let mut escaped = false;
            let closes = |&(_, byte): &(usize, u8)| {
                let closes = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                closes
            };
            let closing = rest.bytes().enumerate().skip(1).find(closes);
            (Place::Quoted, closing.map_or(rest.len(), |(at, _)| at.saturating_add(1)))
        } else {
            (Place::Bare, rest.find('"').unwrap_or(rest.len()))
        };
        let (part, tail) = rest.split_at(end);
        rest = tail;
        Some((place, part))
    })
}

/// A value none of whose objects has a name twice.
struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> Visitor<'de> for AnyValue {
            type Value = Strict;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E: Error>(self) -> Result<Strict, E> {
                Ok(Strict(Value::Null))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_str<E: Error>(self, value: &str) -> Result<Strict, E> {
                Ok(Strict(value.into()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Strict, A::Error> {
                let mut all = Vec::new();
                while let Some(Strict(item)) = items.next_element()? {
                    all.push(item);
                }
                Ok(Strict(all.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Strict, A::Error> {
                let mut all = Map::new();
                while let Some((name, Strict(value))) = entries.next_entry::<String, Strict>()? {
                    if all.contains_key(&name) {
                        return Err(A::Error::custom(format!("the name {name:?} stands twice")));
                    }
                    all.insert(name, value);
                }
                Ok(Strict(all.into()))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Value, String> {
        object("config.json", text.as_bytes()).map(Value::Object).map_err(|error| error.to_string())
    }

    #[test]
    fn what_python_writes_is_read() {
        let text =
            "\u{feff}{\"a\": NaN, \"b\": [-Infinity, Infinity], \"c\": \"NaN \\\" Infinity\", \"d\": {\"e\": 1.0}}";
        let expected = serde_json::json!(
            {"a": "NaN", "b": ["-Infinity", "Infinity"], "c": "NaN \" Infinity", "d": {"e": 1.0}}
        );
        assert_eq!(read(text), Ok(expected));
    }

    #[test]
    fn what_is_no_configuration_is_said() {
        let check = |text: &str, sentence: &str| {
            let said = read(text).unwrap_err();
            assert!(said.contains(sentence), "{said}");
        };
        check("{\"a\": 1, \"a\": 2}", "the name \"a\" stands twice");
        check("{\"a\": {\"b\": 1, \"b\": 1}}", "the name \"b\" stands twice");
        check("[1]", "no JSON object");
        check("{\"a\": 1,}", "no valid JSON");
        check("", "no valid JSON");
        check("<!doctype html><title>404</title>", "holds a web page");
        check("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "Git LFS");
        check(&"[".repeat(100_000), "no valid JSON");
        let many: Vec<String> = (0..10_000).map(|i| format!("\"k{i}\": {i}")).collect();
        check(&format!("{{{}}}", many.join(",")), "it has 10000 keys; at most 1000 are read");
        check(&format!("{{\"a\": \"{}\"}}", "x".repeat(5 << 20)), "at most 4194304 are read");
        assert!(object("config.json", b"{\"a\": \"\xff\"}").is_err());
    }
}
