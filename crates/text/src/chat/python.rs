//! Values as Python writes them: `True`, `None`, `1.0`, `['a']`.

use std::fmt::Write as _;

use minijinja::value::{Value, ValueKind};
use minijinja::{Error, ErrorKind};

/// Bytes that one value or the prompt may have; the longest context that is built is far below.
pub const MAX_BYTES: usize = 8 << 20;

/// Values inside values that are written.
const MAX_DEPTH: usize = 64;

/// Refuses what grows without end.
pub fn within_limit(bytes: usize) -> Result<(), Error> {
    if bytes > MAX_BYTES {
        let detail = format!("it makes more than {} MiB of text", MAX_BYTES >> 20);
        return Err(Error::new(ErrorKind::InvalidOperation, detail));
    }
    Ok(())
}

/// What `str(value)` gives; nothing for an undefined value.
pub fn text(value: &Value) -> Result<String, Error> {
    if let Some(text) = value.as_str() {
        within_limit(text.len())?;
        return Ok(text.to_owned());
    }
    let mut out = String::new();
    if !value.is_undefined() {
        repr(value, 0, &mut out)?;
    }
    Ok(out)
}

fn repr(value: &Value, depth: usize, out: &mut String) -> Result<(), Error> {
    if depth > MAX_DEPTH {
        return Err(Error::new(ErrorKind::InvalidOperation, "a value is nested too deeply"));
    }
    within_limit(out.len())?;
    match value.kind() {
        ValueKind::None => out.push_str("None"),
        ValueKind::Undefined => out.push_str("Undefined"),
        ValueKind::Bool => out.push_str(if value.is_true() { "True" } else { "False" }),
        ValueKind::Number if !value.is_integer() => float(f64::try_from(value.clone())?, out),
        ValueKind::String => quoted(value.as_str().unwrap_or_default(), out),
        ValueKind::Seq | ValueKind::Iterable => {
            out.push('[');
            for (place, item) in value.try_iter()?.enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                repr(&item, depth + 1, out)?;
            }
            out.push(']');
        }
        ValueKind::Map => {
            out.push('{');
            for (place, key) in value.try_iter()?.enumerate() {
                if place > 0 {
                    out.push_str(", ");
                }
                repr(&key, depth + 1, out)?;
                out.push_str(": ");
                repr(&value.get_item(&key)?, depth + 1, out)?;
            }
            out.push('}');
        }
        // What is left prints alike.
        _ => _ = write!(out, "{value}"),
    }
    Ok(())
}

/// A float as Python's `repr`: an exponent of two digits from 1e16 on and below 1e-4.
fn float(value: f64, out: &mut String) {
    let size = value.abs();
    if size != 0.0 && size.is_finite() && !(1e-4..1e16).contains(&size) {
        let plain = format!("{value:e}");
        let (digits, exponent) = plain.split_once('e').unwrap_or((&plain, "0"));
        let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |e| ('-', e));
        _ = write!(out, "{digits}e{sign}{exponent:0>2}");
    } else if value.is_nan() {
        out.push_str("nan");
    } else {
        _ = write!(out, "{value:?}");
    }
}

/// A string as Python's `repr`.
fn quoted(text: &str, out: &mut String) {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    out.push(quote);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\\' => out.push_str("\\\\"),
            c if c == quote => out.extend(['\\', c]),
            c if c < ' ' || c == '\u{7f}' => _ = write!(out, "\\x{:02x}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push(quote);
}
