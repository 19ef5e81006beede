//! The tree of a text: which neighbours belong together, by their spelling alone.
//!
//! As in shap 0.51 (`maskers/_text.py`, `partition_tree`), so that values can be compared: of all neighbouring groups those with the
//! highest score join first, the first of equals. Tokens that are no players stand in it, since they part their neighbours.

use vitrine_schema::Token;

/// A token as the tree sees it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Leaf {
    /// Its text without spaces; of a special token nothing.
    pub(crate) text: String,
    /// Whether it goes on with the word of the token before.
    pub(crate) continues: bool,
    /// The player that it is, if it is one.
    pub(crate) player: Option<usize>,
}

impl Leaf {
    /// The tokens of a text, those of a player as one; of a model of language one that brings no space goes on with the word
    /// before.
    pub(crate) fn all(tokens: &[Token], players: &[Vec<usize>], causal: bool) -> Vec<Self> {
        let leaf = |(at, token): (usize, &Token)| {
            let player = players.iter().position(|player| player.contains(&at));
            let together = player.and_then(|player| players.get(player));
            if together.is_some_and(|together| together.first() != Some(&at)) {
                return None;
            }
            let text = if token.special { "" } else { &token.text };
            let joined = if causal { !text.starts_with(char::is_whitespace) } else { text.starts_with("##") };
            let continues = at > 0 && !token.special && joined;
            let more = together.into_iter().flatten().skip(1).filter_map(|&more| tokens.get(more));
            let text = more.fold(text.to_owned(), |text, more| text + more.text.trim_start_matches("##"));
            Some(Self { text: text.trim().to_owned(), continues, player })
        };
        tokens.iter().enumerate().filter_map(leaf).collect()
    }
}

/// Players that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Group {
    /// In order.
    pub(crate) players: Vec<usize>,
    /// The two groups that it was joined from, by their place in the tree.
    pub(crate) halves: Option<[usize; 2]>,
}

/// Groups, each after its halves: the last one is everybody.
pub(crate) fn tree(leaves: &[Leaf]) -> Vec<Group> {
    let mut tree = Vec::new();
    let mut balanced: Vec<bool> = leaves.iter().map(|leaf| !matches!(&*leaf.text, "(" | ")")).collect();
    let mut runs: Vec<Run> = Vec::new();
    for (at, leaf) in leaves.iter().enumerate() {
        let alone = leaf.player.map(|player| Group { players: vec![player], halves: None });
        runs.push(Run { first: at, last: at, group: alone.map(|alone| pushed(&mut tree, alone)) });
    }
    while runs.len() > 1 {
        let mut best = (0, f64::NEG_INFINITY);
        for (at, pair) in runs.windows(2).enumerate() {
            let score = score(leaves, &balanced, &pair[0], &pair[1]);
            if score > best.1 {
                best = (at, score);
            }
        }
        let right = runs.remove(best.0 + 1);
        let left = &mut runs[best.0];
        if leaves[left.first].text == "(" && leaves[right.last].text == ")" {
            (balanced[left.first], balanced[right.last]) = (true, true);
        }
        left.last = right.last;
        left.group = match (left.group, right.group) {
            (Some(left), Some(right)) => {
                let players = [left, right].iter().flat_map(|&half| tree[half].players.clone()).collect();
                Some(pushed(&mut tree, Group { players, halves: Some([left, right]) }))
            }
            (left, right) => left.or(right),
        };
    }
    tree
}

/// Neighbouring tokens, and the group of those that are players.
struct Run {
    first: usize,
    last: usize,
    group: Option<usize>,
}

fn pushed(tree: &mut Vec<Group>, group: Group) -> usize {
    tree.push(group);
    tree.len() - 1
}

/// How well two neighbours go together.
fn score(leaves: &[Leaf], balanced: &[bool], left: &Run, right: &Run) -> f64 {
    let text = |at: usize| leaves.get(at).map_or("", |leaf| &*leaf.text);
    let len = |run: &Run| run.last - run.first + 1;
    let (from, ends, begins) = (text(left.first), text(left.last), text(right.first));
    let connects = |text: &str| matches!(text, "but" | "and" | "or");
    let stops = |text: &str| matches!(text, "." | "?" | "!");
    let short = |text: &str| matches!(text, "t" | "s");
    let mut score = -((len(left) + len(right)) as f64);
    let mut when = |holds: bool, points: f64| score += if holds { points } else { 0.0 };
    when(leaves[right.first].continues, 20.0);
    when(begins == "'" && (len(right) == 1 || len(right) == 2 && short(text(right.last))), 15.0);
    when(ends == "'" && short(begins), 15.0);
    when(begins == "(" && !balanced[right.first], -100.0);
    when(ends == ")" && !balanced[left.last], -100.0);
    when(from == "(", -2.0);
    when(connects(ends) || connects(begins), -2.0);
    when(ends == ",", -10.0);
    when(begins == ",", if len(right) > 1 { -10.0 } else { -1.0 });
    when(stops(ends), -20.0);
    when(stops(begins), if len(right) > 1 { -20.0 } else { -1.0 });
    score
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Words with a `##` where they go on; every one is a player but those in square brackets.
    pub(crate) fn leaves(words: &str) -> Vec<Leaf> {
        let mut n = 0;
        let leaf = |word: &str| {
            let special = word.starts_with('[');
            n += usize::from(!special);
            let text = if special { "" } else { word }.to_owned();
            Leaf { text, continues: word.starts_with("##"), player: (!special).then(|| n - 1) }
        };
        words.split(' ').map(leaf).collect()
    }

    /// The tree as brackets.
    fn brackets(words: &str) -> String {
        fn of(tree: &[Group], at: usize) -> String {
            match tree[at].halves {
                None => tree[at].players[0].to_string(),
                Some([left, right]) => format!("({} {})", of(tree, left), of(tree, right)),
            }
        }
        let tree = tree(&leaves(words));
        of(&tree, tree.len() - 1)
    }

    #[test]
    fn neighbours_join_by_spelling() {
        let check = |words: &str, expected: &str| assert_eq!(brackets(words), expected, "{words}");
        check("[CLS] a great movie [SEP]", "(0 (1 2))");
        check("[CLS] this film is not good [SEP]", "((0 (1 2)) (3 4))");
        check("good", "0");
        check("a b ##c ##d", "(0 ((1 2) 3))");
        check("it ' s good", "(((0 1) 2) 3)");
        check("dull , but funny", "((0 1) (2 3))");
        check("a ( b ) c", "((0 (1 (2 3))) 4)");
        check("one . two", "((0 1) 2)");
    }

    #[test]
    fn a_model_of_language_says_by_a_space_where_words_begin() {
        let token = |text: &str| Token { id: 1, text: text.into(), start: 0, end: 0, special: false, continues: false };
        let leaves =
            Leaf::all(&[token("The"), token(" film"), token("s"), token("\n")], &[vec![1], vec![2], vec![3]], true);
        let continues: Vec<bool> = leaves.iter().map(|leaf| leaf.continues).collect();
        assert_eq!(continues, [false, false, true, false]);
        assert_eq!(leaves.iter().map(|leaf| leaf.player).collect::<Vec<_>>(), [None, Some(0), Some(1), Some(2)]);
    }
}
