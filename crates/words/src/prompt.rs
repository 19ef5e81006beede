//! What a model read before it wrote a chain, by role.

use vitrine_schema::reasoning::shots::{asked, before, read};
use vitrine_schema::{Chaining, Family, Token};

use crate::chain::question;

/// Who speaks in a chat, as templates write it.
const ROLES: [&str; 4] = ["system", "user", "assistant", "tool"];

/// A piece of a prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Whose it is: a role of the chat, `example 1`, `question`.
    pub role: String,
    /// What stands there, in pieces; of each whether it is a special token.
    pub text: Vec<(String, bool)>,
}

/// The prompt of a chain, piece by piece; all of it is there, in order.
#[must_use]
pub fn spoken(found: &Chaining) -> Vec<Spoken> {
    if let Some(pieces) = examples(found) {
        return pieces;
    }
    let mut all: Vec<Spoken> = Vec::new();
    let mut tokens = found.input.tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        let text = piece(found, token);
        if token.special {
            // A special token that a role follows begins what that role says.
            let next = tokens.peek().map(|next| piece(found, next)).unwrap_or_default();
            match ROLES.iter().find(|role| next.trim() == **role) {
                Some(role) => all.push(Spoken { role: (*role).to_owned(), text: vec![(text, true)] }),
                None => match all.last_mut() {
                    Some(last) => last.text.push((text, true)),
                    None => all.push(Spoken { role: "begin".to_owned(), text: vec![(text, true)] }),
                },
            }
            continue;
        }
        if all.is_empty() {
            all.push(Spoken { role: "prompt".to_owned(), text: Vec::new() });
        }
        let Some(last) = all.last_mut() else { continue };
        match last.text.last_mut() {
            Some((text_so_far, false)) => text_so_far.push_str(&text),
            _ => last.text.push((text, false)),
        }
    }
    all
}

fn piece(found: &Chaining, token: &Token) -> String {
    match found.input.text.get(token.start..token.end) {
        Some(text) if !text.is_empty() => text.to_owned(),
        _ => token.text.clone(),
    }
}

/// A prompt of examples and a question; `None` where it is put otherwise.
fn examples(found: &Chaining) -> Option<Vec<Spoken>> {
    let plain = |role: String, text: &str| Spoken { role, text: vec![(text.to_owned(), false)] };
    let reasoned =
        [true, false].into_iter().find(|reasoned| found.prompt.ends_with(&asked(question(found), *reasoned)))?;
    let own = asked(question(found), reasoned);
    let examples = found.prompt.strip_suffix(own.as_str())?;
    // Without their reasoning only the built-in ones are put before a question.
    let built_in = Family::Chain.shots();
    let with = before(&built_in, false) != examples;
    let shots = match () {
        () if examples.is_empty() => Vec::new(),
        () if with => read(examples).ok()?,
        () => built_in,
    };
    if before(&shots, with) != examples {
        return None;
    }
    let one = |(at, shot)| plain(format!("example {}", at + 1), before(std::slice::from_ref(shot), with).trim_end());
    let mut all: Vec<Spoken> = shots.iter().enumerate().map(one).collect();
    all.push(plain("question".to_owned(), &own));
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::chain;

    #[test]
    fn examples_stand_before_the_question() {
        let mut found = chain();
        found.prompt = format!("{}{}", before(&Family::Chain.shots(), true), found.prompt);
        let pieces = spoken(&found);
        let roles: Vec<&str> = pieces.iter().map(|piece| piece.role.as_str()).collect();
        assert_eq!(roles, ["example 1", "example 2", "example 3", "example 4", "question"]);
        assert!(pieces[4].text[0].0.ends_with("What is z?\nReasoning:"));
        // The same without their reasoning.
        found.prompt = format!("{}{}", before(&Family::Chain.shots(), false), asked(question(&found), false));
        let pieces = spoken(&found);
        assert_eq!((pieces.len(), pieces[0].text[0].0.lines().count()), (5, 2));
    }

    #[test]
    fn a_chat_is_cut_at_its_roles_and_its_special_tokens_are_seen() {
        let mut found = chain();
        let parts = [
            ("<|im_start|>", true),
            ("user", false),
            ("\n", false),
            ("Why?", false),
            ("<|im_end|>", true),
            ("\n", false),
        ];
        let parts = parts.into_iter().chain([("<|im_start|>", true), ("assistant", false), ("\n", false)]);
        found.prompt.clear();
        for (text, special) in parts {
            let (start, end) = (found.input.text.len(), found.input.text.len() + text.len());
            found.input.text.push_str(text);
            found.prompt.push_str(text);
            found.input.tokens.push(Token { id: 0, text: text.into(), start, end, special, continues: false });
        }
        let pieces = spoken(&found);
        let roles: Vec<&str> = pieces.iter().map(|piece| piece.role.as_str()).collect();
        assert_eq!(roles, ["user", "assistant"]);
        let said: Vec<(&str, bool)> = pieces[0].text.iter().map(|(text, special)| (text.as_str(), *special)).collect();
        assert_eq!(said, [("<|im_start|>", true), ("user\nWhy?", false), ("<|im_end|>", true), ("\n", false)]);
    }
}
