//! What was scored as one, in words.

use vitrine_schema::{Ask, Explanation, Players};

/// A menu of what can be scored as one, as name and label; what the reader marked stands in it where it is chosen.
#[must_use]
pub fn menu(chosen: &Players) -> Vec<(String, String)> {
    let named =
        [Players::Tokens, Players::Words, Players::Sentences].map(|players| (players.to_string(), each(&players)));
    let marked = Some(chosen).filter(|players| matches!(players, Players::Spans(_)));
    named.into_iter().chain(marked.map(|players| (players.to_string(), each(players)))).collect()
}

fn each(players: &Players) -> String {
    match players {
        Players::Tokens => "each token",
        Players::Words => "each word",
        Players::Sentences => "each sentence",
        Players::Spans(_) => "what you marked",
    }
    .to_owned()
}

/// Whether scores of players were summed, which is exact, or run anew; nothing where each token is one.
#[must_use]
pub fn how(explanation: &Explanation) -> Option<String> {
    let Ask::Explain(explain) = &explanation.resolved.ask else { return None };
    let one = match explain.players {
        Players::Tokens => return None,
        Players::Words => "word",
        Players::Sentences => "sentence",
        Players::Spans(_) => "part that you marked",
    };
    let name = explanation.method.id.declared().name;
    Some(if explanation.method.id.declared().removes() {
        format!(
            "Each {one} was taken out as one and the model run again: {name} gives it another score than its tokens have together."
        )
    } else {
        format!(
            "Each {one} has the sum of its tokens' scores, which is exact for {name}: nothing was run again for it."
        )
    })
}

#[cfg(test)]
mod tests {
    use vitrine_schema::MethodId;
    use vitrine_schema::recipe::Explain;

    use super::*;
    use crate::example::example;

    #[test]
    fn it_is_said_whether_scores_were_summed_or_run() {
        let said = |id: MethodId, players: Players| {
            let mut explanation = example();
            explanation.method.id = id;
            explanation.resolved.ask = Ask::Explain(Explain { players, ..Explain::new(id, &[]) });
            how(&explanation).unwrap_or_default()
        };
        assert_eq!(said(MethodId::Occlusion, Players::Tokens), "");
        assert!(said(MethodId::Occlusion, Players::Words).starts_with("Each word was taken out as one"));
        assert!(said(MethodId::Saliency, Players::Sentences).starts_with("Each sentence has the sum"));
        assert!(said(MethodId::Lime, Players::Spans(vec![[0, 4]])).starts_with("Each part that you marked was taken"));
    }

    #[test]
    fn what_was_marked_stands_in_the_menu_where_it_is_chosen() {
        assert_eq!(menu(&Players::Words).len(), 3);
        assert_eq!(menu(&Players::Spans(vec![[0, 4]])).last().map(|(name, _)| name.as_str()), Some("[[0,4]]"));
    }
}
