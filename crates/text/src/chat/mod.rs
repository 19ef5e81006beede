//! The chat template of a model: roles and messages to the prompt that the model was trained on.
//!
//! Templates are written in the Jinja language and come with the model, so they are run as transformers runs them, with a
//! limit on their work, their depth and what they write.

mod date;
mod growth;
mod json;
mod methods;
mod python;
mod source;

use std::collections::BTreeMap;
use std::fmt;
use std::io;

use minijinja::value::{Kwargs, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Value, context};
use vitrine_schema::ChatMessage;

use crate::TextError;
use growth::Growth;

/// Steps that a template may take; published ones take some hundred a message.
const FUEL: u64 = 200_000;
/// Nested blocks and macro calls; a macro call counts four and a little. The stack of a worker is 1 MiB.
const MAX_DEPTH: usize = 100;
/// Bytes of a template; the longest published ones have some ten thousand.
const MAX_TEMPLATE: usize = 1 << 18;
/// Characters of an error that are shown.
const MAX_DETAIL: usize = 400;

/// A template as the model's file gives it, with the tokens that it may name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatTemplate {
    source: String,
    tokens: BTreeMap<String, String>,
}

/// What `raise_exception` was given.
#[derive(Debug)]
struct Raised(String);

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Raised {}

impl ChatTemplate {
    /// Keeps a template; what is wrong with it shows when it is filled in.
    #[must_use]
    pub const fn new(source: String) -> Self {
        Self { source, tokens: BTreeMap::new() }
    }

    /// The same template with tokens by the names that templates use: `bos_token` to `<s>` and so on.
    #[must_use]
    pub fn with_tokens(self, tokens: BTreeMap<String, String>) -> Self {
        Self { tokens, ..self }
    }

    /// The prompt after which the model answers as the assistant. `now` is the clock to be shown by templates that name
    /// today, in seconds since 1970; this crate reads none.
    ///
    /// # Errors
    /// [`TextError::TemplateRefuses`] with the template's own words, [`TextError::BadTemplate`] where it is broken or does
    /// not end.
    pub fn prompt(&self, messages: &[ChatMessage], now: Option<i64>) -> Result<String, TextError> {
        if self.source.len() > MAX_TEMPLATE {
            let detail = format!("it has {} bytes, and at most {MAX_TEMPLATE} are read", self.source.len());
            return Err(TextError::BadTemplate { detail });
        }
        let prepared = source::prepare(&self.source).map_err(|detail| TextError::BadTemplate { detail })?;
        let chat_bytes = messages.iter().map(|message| message.content.len()).sum();
        let mut environment = environment(now, &Growth::new(chat_bytes));
        environment.set_fuel(Some(FUEL.min(prepared.max_steps)));
        let mut values: BTreeMap<&str, Value> =
            self.tokens.iter().map(|(name, token)| (name.as_str(), Value::from(token.as_str()))).collect();
        // As transformers: a chat without tools has them as None, not undefined.
        values.extend([
            ("messages", Value::from_serialize(messages)),
            ("tools", Value::from(())),
            ("documents", Value::from(())),
            ("add_generation_prompt", Value::from(true)),
        ]);
        let mut prompt = Limited(Vec::new());
        environment
            .template_from_named_str("template", &prepared.source)
            .and_then(|template| {
                template.render_captured_to(context! { ..Value::from(values) }, &mut prompt).map(|_| ())
            })
            .map_err(|error| refusal(&error))?;
        String::from_utf8(prompt.0).map_err(|error| TextError::BadTemplate { detail: error.to_string() })
    }
}

/// The language as transformers sets it up.
fn environment<'a>(now: Option<i64>, grown: &Growth) -> Environment<'a> {
    let mut environment = Environment::new();
    environment.set_recursion_limit(MAX_DEPTH);
    environment.set_trim_blocks(true);
    environment.set_lstrip_blocks(true);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    let written = grown.clone();
    environment.set_formatter(move |out, _, value| {
        let text = python::text(value)?;
        written.wrote(text.len())?;
        out.write_str(&text).map_err(|_| ErrorKind::WriteFailure.into())
    });
    grown.watch(&mut environment);
    environment.add_filter("tojson", json::tojson);
    environment.add_filter("string", |value: &Value| python::text(value));
    environment.add_filter("join", |values: &Value, between: Option<String>, options: Kwargs| {
        let attribute = options.get::<Option<String>>("attribute")?;
        let between = between.or(options.get("d")?).unwrap_or_default();
        options.assert_all_used()?;
        let Some(attribute) = attribute else { return methods::join(values, &between) };
        let picked: Vec<Value> = values.try_iter()?.map(|v| v.get_attr(&attribute)).collect::<Result<_, _>>()?;
        methods::join(&Value::from(picked), &between)
    });
    environment.add_filter("replace", |text: &Value, old: String, new: String, count: Option<i64>| {
        methods::replace(&python::text(text)?, &old, &new, count)
    });
    // To Python a string and a dict are sequences too, a truth value is a number, and None cannot be iterated.
    environment.add_test("sequence", |value: &Value| {
        matches!(value.kind(), ValueKind::Seq | ValueKind::Iterable | ValueKind::Map | ValueKind::String)
    });
    environment.add_test("iterable", |value: &Value| !value.is_none() && value.try_iter().is_ok());
    environment.add_test("number", |value: &Value| matches!(value.kind(), ValueKind::Number | ValueKind::Bool));
    environment.add_function("raise_exception", |message: &Value| -> Result<String, Error> {
        let message = python::text(message)?;
        Err(Error::new(ErrorKind::InvalidOperation, message.clone()).with_source(Raised(message)))
    });
    environment.add_function("strftime_now", move |format: String| {
        let unknown = || Error::new(ErrorKind::InvalidOperation, "it asks for today's date, which is not known here");
        date::strftime(now.ok_or_else(unknown)?, &format)
    });
    environment
}

/// The prompt as it grows, up to a limit.
struct Limited(Vec<u8>);

impl io::Write for Limited {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > python::MAX_BYTES {
            return Err(io::Error::other(format!("it makes more than {} MiB of text", python::MAX_BYTES >> 20)));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One sentence: the template's own words, or what is wrong and in which line.
fn refusal(error: &Error) -> TextError {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(Raised(message)) = inner.downcast_ref() {
            return TextError::TemplateRefuses { message: one_line(message) };
        }
        cause = inner.source();
    }
    let kind = match error.kind() {
        ErrorKind::OutOfFuel => "it does not end".to_owned(),
        ErrorKind::WriteFailure => format!("it makes more than {} MiB of text", python::MAX_BYTES >> 20),
        kind => kind.to_string(),
    };
    let detail = error.detail().filter(|_| error.kind() != ErrorKind::OutOfFuel);
    let line = error.line().map(|line| format!(" (line {line})")).unwrap_or_default();
    let detail = detail.map_or(kind.clone(), |detail| format!("{kind}: {detail}"));
    TextError::BadTemplate { detail: one_line(&detail) + &line }
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let line = words.join(" ");
    if line.chars().count() <= MAX_DETAIL {
        return line;
    }
    line.chars().take(MAX_DETAIL).chain(['…']).collect()
}

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
