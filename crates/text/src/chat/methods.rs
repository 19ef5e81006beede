//! Python's methods of strings, lists and dicts: those of the companion crate, and where it differs, ours.

use minijinja::value::{Kwargs, Value, ValueKind, from_args};
use minijinja::{Error, ErrorKind, State};
use minijinja_contrib::pycompat;

use super::{growth, python};

/// What `value.method(args)` gives.
pub fn call(state: &State, value: &Value, method: &str, args: &[Value]) -> Result<Value, Error> {
    if let Some(text) = value.as_str() {
        python::within_limit(text.len())?;
        match method {
            "split" | "rsplit" => return split(text, method == "rsplit", args),
            "splitlines" => return splitlines(text, args),
            // Of nothing, the companion counts for ever.
            "count" => {
                let (what,): (&str,) = from_args(args)?;
                return Ok(Value::from(text.matches(what).count()));
            }
            // Python counts characters, the companion bytes.
            "find" | "rfind" | "index" | "rindex" => {
                let (what,): (&str,) = from_args(args)?;
                let byte = if method.starts_with('r') { text.rfind(what) } else { text.find(what) };
                let place = byte.and_then(|byte| text.get(..byte)).map(|before| before.chars().count());
                return match place {
                    Some(place) => Ok(Value::from(place)),
                    None if method.ends_with("find") => Ok(Value::from(-1)),
                    None => Err(Error::new(ErrorKind::InvalidOperation, "substring not found")),
                };
            }
            "replace" => {
                let (old, new, count): (&str, &str, Option<i64>) = from_args(args)?;
                return replace(text, old, new, count).map(Value::from);
            }
            "join" => {
                let (values,): (&Value,) = from_args(args)?;
                return join(values, text).map(Value::from);
            }
            "removeprefix" => {
                let (start,): (&str,) = from_args(args)?;
                return Ok(Value::from(text.strip_prefix(start).unwrap_or(text)));
            }
            "removesuffix" => {
                let (end,): (&str,) = from_args(args)?;
                return Ok(Value::from(text.strip_suffix(end).unwrap_or(text)));
            }
            // Python's answer for an empty text is no.
            "isdigit" | "isnumeric" | "isalpha" | "isalnum" | "isspace" | "islower" | "isupper" if text.is_empty() => {
                return Ok(Value::from(false));
            }
            "title" => return Ok(Value::from(title(text))),
            "format" => growth::check_format(text, args)?,
            _ => {}
        }
    }
    // A list that the template made lazily is a list to Python.
    if matches!(value.kind(), ValueKind::Iterable) && matches!(method, "count" | "index") {
        let listed: Value = value.try_iter()?.collect();
        return call(state, &listed, method, args);
    }
    pycompat::unknown_method_callback(state, value, method, args).map_err(|error| {
        if matches!(error.kind(), ErrorKind::UnknownMethod) {
            let detail = format!("a value of type {} has no method {method}", value.kind());
            return Error::new(ErrorKind::UnknownMethod, detail);
        }
        error
    })
}

/// `a.replace(b, c)`, stopped before it grows too long.
pub fn replace(text: &str, old: &str, new: &str, count: Option<i64>) -> Result<String, Error> {
    let count = count.and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX);
    let times = text.matches(old).count().min(count);
    python::within_limit(text.len().saturating_add(times.saturating_mul(new.len())))?;
    Ok(text.replacen(old, new, count))
}

/// `between.join(values)`, of any values.
pub fn join(values: &Value, between: &str) -> Result<String, Error> {
    let mut out = String::new();
    if values.is_undefined() {
        return Ok(out);
    }
    for (place, value) in values.try_iter()?.enumerate() {
        if place > 0 {
            out.push_str(between);
        }
        out.push_str(&python::text(&value)?);
        python::within_limit(out.len())?;
    }
    Ok(out)
}

/// Python's `title`: a letter after what is no letter is upper.
fn title(text: &str) -> String {
    let mut inside = false;
    let mut out = String::new();
    for c in text.chars() {
        if inside {
            out.extend(c.to_lowercase())
        } else {
            out.extend(c.to_uppercase())
        }
        inside = c.is_alphabetic();
    }
    out
}

fn split(text: &str, from_end: bool, args: &[Value]) -> Result<Value, Error> {
    let (separator, limit, options): (Option<Value>, Option<i64>, Kwargs) = from_args(args)?;
    let separator = separator.filter(|value| !value.is_none()).or(options.get::<Option<Value>>("sep")?);
    let limit = limit.or(options.get("maxsplit")?).and_then(|limit| usize::try_from(limit).ok());
    options.assert_all_used()?;
    let parts = limit.map_or(usize::MAX, |limit| limit.saturating_add(1));
    let mut out: Vec<&str> = match separator.as_ref().map(|value| value.as_str().unwrap_or_default()) {
        Some("") => return Err(Error::new(ErrorKind::InvalidOperation, "empty separator")),
        Some(separator) if from_end => text.rsplitn(parts, separator).collect(),
        Some(separator) => text.splitn(parts, separator).collect(),
        None => words(text, from_end, parts),
    };
    if from_end {
        out.reverse();
    }
    Ok(out.into_iter().map(Value::from).collect())
}

/// Splits at runs of white space; what is left when the count is reached keeps its own.
fn words(text: &str, from_end: bool, parts: usize) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let cut = if from_end { rest.rsplit_once(char::is_whitespace) } else { rest.split_once(char::is_whitespace) };
        match cut {
            Some((head, tail)) if out.len() + 1 < parts => {
                let (word, left) = if from_end { (tail, head.trim_end()) } else { (head, tail.trim_start()) };
                out.push(word);
                rest = left;
            }
            _ => {
                // Only the outer side of the last part is trimmed by Python.
                out.push(rest);
                break;
            }
        }
    }
    out
}

fn splitlines(text: &str, args: &[Value]) -> Result<Value, Error> {
    let (keep, options): (Option<bool>, Kwargs) = from_args(args)?;
    let keep = keep.or(options.get("keepends")?).unwrap_or(false);
    options.assert_all_used()?;
    let lines = text.split_inclusive('\n');
    let bare = |line: &str| {
        let line = line.strip_suffix('\n').unwrap_or(line);
        Value::from(line.strip_suffix('\r').unwrap_or(line))
    };
    Ok(lines.map(|line| if keep { Value::from(line) } else { bare(line) }).collect())
}
