//! The chat template of a model: roles and messages to the prompt that the model was trained on.
//!
//! Templates are written in the Jinja language and come with the model, so they are run with a limit on their work.

use minijinja::{Environment, Error, ErrorKind, Value, context};
use vitrine_schema::ChatMessage;

use crate::TextError;

/// Steps that a template may take; published ones take some hundred a message.
const FUEL: u64 = 200_000;

/// A template as the model's file gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatTemplate {
    source: String,
}

impl ChatTemplate {
    /// Keeps a template; what is wrong with it shows when it is filled in.
    #[must_use]
    pub const fn new(source: String) -> Self {
        Self { source }
    }

    /// The prompt after which the model answers as the assistant.
    ///
    /// # Errors
    /// [`TextError::BadTemplate`].
    pub fn prompt(&self, messages: &[ChatMessage]) -> Result<String, TextError> {
        let bad = |error: Error| TextError::BadTemplate { detail: error.to_string() };
        let mut environment = Environment::new();
        environment.set_fuel(Some(FUEL));
        environment.set_trim_blocks(true);
        environment.set_lstrip_blocks(true);
        // What published templates use of Jinja's own; the whole set would be a tenth of the page's download.
        environment.add_filter("trim", |text: String| text.trim().to_owned());
        environment.add_test("defined", |value: Value| !value.is_undefined());
        environment.add_test("none", |value: Value| value.is_none());
        environment.add_test("string", |value: Value| value.as_str().is_some());
        environment.add_function("raise_exception", |message: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        });
        environment
            .render_str(
                &self.source,
                context! { messages, add_generation_prompt => true, bos_token => "", eos_token => "" },
            )
            .map_err(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHATML: &str = "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nBe brief<|im_end|>\n' }}{% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    #[test]
    fn roles_are_filled_in() {
        let user = ChatMessage { role: "user".into(), content: "Hi {{ 7 * 7 }}".into() };
        let prompt = ChatTemplate::new(CHATML.into()).prompt(std::slice::from_ref(&user)).unwrap();
        assert_eq!(
            prompt,
            "<|im_start|>system\nBe brief<|im_end|>\n<|im_start|>user\nHi {{ 7 * 7 }}<|im_end|>\n<|im_start|>assistant\n"
        );
        let system = ChatMessage { role: "system".into(), content: "Be long".into() };
        let prompt = ChatTemplate::new(CHATML.into()).prompt(&[system, user]).unwrap();
        assert!(prompt.starts_with("<|im_start|>system\nBe long<|im_end|>"));
    }

    #[test]
    fn a_template_that_is_broken_or_never_ends_is_refused() {
        let nested = |inside: String, _| format!("{{% for a in [1,2,3,4,5,6,7,8,9] %}}{inside}{{% endfor %}}");
        let endless = (0..9).fold("a".to_owned(), nested);
        for source in ["{% for %}", "{{ nothing.here }}", "{{ raise_exception('no system message') }}", &endless] {
            let error = ChatTemplate::new(source.into()).prompt(&[]).unwrap_err();
            assert!(error.to_string().starts_with("the chat template of this model cannot be used: "), "{error}");
        }
    }
}
