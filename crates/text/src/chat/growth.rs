//! Stops a template whose values grow without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use minijinja::value::{Rest, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, filters};

use super::{methods, python, source};

/// Bytes of a value that has a name, all that it holds included; of a longer chat, so many times its text.
const MAX_VALUE: usize = 1 << 18;
const MAX_VALUE_CHATS: usize = 4;
/// Bytes that a value takes beside its text.
const OVERHEAD: usize = 24;
/// Values inside values; the engine calls itself for each when it shows and when it drops them.
const MAX_DEPTH: usize = 32;
/// Bytes that are looked at while one prompt is made, in values of the largest size.
const MAX_WORK_VALUES: usize = 256;
/// Bytes of a text that is multiplied, and by how much.
const MAX_FACTOR: usize = 256;
const MAX_TIMES: i64 = 10_000;

/// What one template has made.
#[derive(Debug, Clone)]
pub struct Growth {
    max_value: usize,
    written: Arc<AtomicUsize>,
    work: Arc<AtomicUsize>,
}

impl Growth {
    /// Counts from nothing, for a chat with so many bytes.
    pub fn new(chat_bytes: usize) -> Self {
        let max_value = MAX_VALUE.max(chat_bytes.saturating_mul(MAX_VALUE_CHATS));
        Self { max_value, written: Arc::default(), work: Arc::default() }
    }

    /// Counts what is written, into variables and from macros too.
    pub fn wrote(&self, bytes: usize) -> Result<(), Error> {
        let before = self.written.fetch_add(bytes, Ordering::Relaxed);
        python::within_limit(before.saturating_add(bytes))
    }

    /// Gives the environment the filters that look at values, and those of the engine that make much out of little.
    pub fn watch(&self, environment: &mut Environment<'_>) {
        let growth = self.clone();
        environment.add_filter(source::WITHIN, move |value: Value| growth.within(value, true));
        let growth = self.clone();
        environment.add_filter(source::KEPT, move |value: Value| growth.within(value, false));
        let growth = self.clone();
        environment.add_filter(source::USED, move |value: Value| growth.used(&value).map(|()| value));
        let growth = self.clone();
        environment.set_unknown_method_callback(move |state, value, method, args| {
            growth.used(value)?;
            methods::call(state, value, method, args)
        });
        environment.add_filter(source::FACTOR, factor);
        environment.add_filter(source::TIMES, times);
        // A template cannot name these: names have no spaces.
        environment.add_filter("the map", filters::map);
        environment.add_filter("the indent", filters::indent);
        environment.add_filter("the format", filters::format);
        environment.add_filter("the batch", filters::batch);
        environment.add_filter("the slice", filters::slice);
        let growth = self.clone();
        environment.add_filter("map", move |state: &State, values: Value, args: Rest<Value>| {
            growth.map(state, &values, &args)
        });
        environment.add_filter("indent", |state: &State, text: Value, args: Rest<Value>| {
            let lines = text.as_str().map_or(0, |text| text.lines().count());
            python::within_limit(lines.saturating_mul(largest(&args)?))?;
            apply(state, "the indent", text, &args)
        });
        environment.add_filter("format", |state: &State, text: Value, args: Rest<Value>| {
            check_format(text.as_str().unwrap_or_default(), &args)?;
            apply(state, "the format", text, &args)
        });
        for (name, inner) in [("batch", "the batch"), ("slice", "the slice")] {
            environment.add_filter(name, move |state: &State, values: Value, args: Rest<Value>| {
                if largest(&args)? > MAX_TIMES.unsigned_abs() as usize {
                    Err(grows())
                } else {
                    apply(state, inner, values, &args)
                }
            });
        }
    }

    /// The value, if it and all that it holds is of a size that templates need.
    fn within(&self, value: Value, namespaces: bool) -> Result<Value, Error> {
        let mut left = self.max_value;
        measure(&value, 0, namespaces, &mut left)?;
        self.worked(self.max_value - left)?;
        Ok(value)
    }

    /// Counts what is read to make something else of it.
    pub fn used(&self, value: &Value) -> Result<(), Error> {
        self.worked(value.as_str().map_or_else(|| value.len().unwrap_or(1).saturating_mul(OVERHEAD), str::len))
    }

    fn worked(&self, bytes: usize) -> Result<(), Error> {
        let before = self.work.fetch_add(bytes, Ordering::Relaxed);
        if before.saturating_add(bytes) > self.max_value.saturating_mul(MAX_WORK_VALUES) {
            Err(ErrorKind::OutOfFuel.into())
        } else {
            Ok(())
        }
    }

    /// The engine's filter, one value after the other.
    fn map(&self, state: &State, values: &Value, args: &[Value]) -> Result<Value, Error> {
        let mut out: Vec<Value> = Vec::new();
        let mut left = self.max_value;
        if values.is_undefined() {
            return apply(state, "the map", values.clone(), args);
        }
        for value in values.try_iter()? {
            for made in apply(state, "the map", Value::from(vec![value]), args)?.try_iter()? {
                measure(&made, 0, true, &mut left)?;
                out.push(made);
            }
        }
        Ok(Value::from(out))
    }
}

/// Refuses a format that asks for a width which is no width of a line.
pub fn check_format(format: &str, args: &[Value]) -> Result<(), Error> {
    let digits = format.split(|c: char| !c.is_ascii_digit()).map(str::len).max().unwrap_or_default();
    if digits > 3 || (format.contains('*') && largest(args)? > MAX_FACTOR) { Err(grows()) } else { Ok(()) }
}

fn grows() -> Error {
    Error::new(ErrorKind::InvalidOperation, "a value in it grows without end")
}

fn apply(state: &State, filter: &str, value: Value, args: &[Value]) -> Result<Value, Error> {
    let args: Vec<Value> = std::iter::once(value).chain(args.iter().cloned()).collect();
    state.apply_filter(filter, &args)
}

/// The largest number among arguments, named ones too.
fn largest(args: &[Value]) -> Result<usize, Error> {
    let mut most = 0;
    for arg in args {
        if arg.is_kwargs() {
            for name in arg.try_iter()? {
                most = most.max(arg.get_item(&name)?.as_usize().unwrap_or(0));
            }
        } else if arg.is_number() {
            most = most.max(arg.as_usize().unwrap_or(0));
        }
    }
    Ok(most)
}

fn is_namespace(value: &Value) -> bool {
    value.as_object().is_some_and(|object| object.type_name().ends_with("::Namespace"))
}

/// Takes off what a value holds, and refuses it where nothing is left.
fn measure(value: &Value, depth: usize, namespaces: bool, left: &mut usize) -> Result<(), Error> {
    let bytes = value.as_str().map_or(0, str::len).saturating_add(OVERHEAD);
    *left = left.checked_sub(bytes).ok_or_else(grows)?;
    // A namespace in a namespace could come to hold itself.
    if depth > MAX_DEPTH || (!namespaces && is_namespace(value)) {
        return Err(grows());
    }
    match value.kind() {
        ValueKind::Seq | ValueKind::Iterable => {
            for item in value.try_iter()? {
                measure(&item, depth + 1, namespaces, left)?;
            }
        }
        ValueKind::Map => {
            for key in value.try_iter()? {
                measure(&key, depth + 1, namespaces, left)?;
                measure(&value.get_item(&key)?, depth + 1, namespaces, left)?;
            }
        }
        _ => {}
    }
    Ok(())
}

/// What stands left of `*`: a number, or a short text.
fn factor(value: Value) -> Result<Value, Error> {
    let short = value.as_str().is_some_and(|text| text.len() <= MAX_FACTOR);
    if short || matches!(value.kind(), ValueKind::Number | ValueKind::Bool | ValueKind::Undefined) {
        Ok(value)
    } else {
        Err(Error::new(ErrorKind::InvalidOperation, "it multiplies what is neither a number nor a short text"))
    }
}

/// What stands right of `*`: a number.
fn times(value: Value) -> Result<Value, Error> {
    let number = f64::try_from(value.clone()).ok();
    if number.is_some_and(|number| number.abs() <= MAX_TIMES as f64) {
        return Ok(value);
    }
    Err(Error::new(ErrorKind::InvalidOperation, format!("it multiplies by what is no number up to {MAX_TIMES}")))
}
