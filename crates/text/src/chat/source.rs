//! What a template is before it runs: text and tags, how deep they stand in each other, and the places where a value
//! gets a name.
//!
//! The engine counts the steps of a template, not the size of its values, and offers no place to look at them while it
//! adds or joins. A value grows without end only where it gets a name and is used again, so each such place is given a
//! filter that looks at the value, and one tag may name only so many values.

use std::borrow::Cow;

/// Names in one tag: by so much may a value grow before it is looked at. Published templates have up to 21.
const MAX_NAMES: usize = 50;
/// Tokens in one tag; the reader of templates calls itself for each that follows on another. Published ones: up to 52.
const MAX_TOKENS: usize = 400;
/// Multiplications in one tag.
const MAX_PRODUCTS: usize = 16;
/// Slices in one tag; each puts a bracket around what it cuts.
const MAX_SLICES: usize = 16;
/// Blocks in each other, and brackets in each other.
const MAX_NESTING: usize = 24;
/// Branches of one `if` that weigh as much as a block in another.
const BRANCHES: usize = 4;
/// Bytes of plain text that the captures of one template may make.
const MAX_CAPTURED: usize = 64 << 20;

/// The filters that are put in; a template cannot name a filter anew.
pub const WITHIN: &str = "__within";
/// Of what a namespace keeps, which may not be a namespace.
pub const KEPT: &str = "__kept";
/// Of what is added, joined, filtered or cut.
pub const USED: &str = "__used";
/// Of the left side of a product.
pub const FACTOR: &str = "__factor";
/// Of its right side.
pub const TIMES: &str = "__times";

/// A part of a template.
#[derive(Debug, Clone, Copy)]
enum Piece<'a> {
    /// Text, comments and raw blocks, as they stand.
    Plain(&'a str),
    /// `{{ … }}` and `{% … %}`: the mark that opens it, what stands inside, the mark that closes it.
    Tag { open: &'a str, inside: &'a str, close: &'a str },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Name,
    Number,
    Quoted,
    Open,
    Close,
    Sign,
}

/// A word of a tag with its place; brackets have the depth outside of them.
#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    start: usize,
    depth: usize,
}

impl Token<'_> {
    const fn end(&self) -> usize {
        self.start + self.text.len()
    }

    fn is(&self, text: &str) -> bool {
        matches!(self.kind, Kind::Name | Kind::Sign | Kind::Open) && self.text == text
    }
}

/// A template that can be run, and the steps that its plain text leaves it.
#[derive(Debug)]
pub struct Prepared {
    pub source: String,
    pub max_steps: u64,
}

/// Reads the tags, refuses what is too deep or too long for the reader of templates, and puts the filters in.
pub fn prepare(source: &str) -> Result<Prepared, String> {
    let too_deep = || format!("its blocks and brackets stand more than {MAX_NESTING} deep in each other");
    let mut out = String::with_capacity(source.len() + source.len() / 4);
    // The blocks that are open: whether what they make is captured, and their branches.
    let mut open_blocks: Vec<(bool, usize)> = Vec::new();
    let mut longest = 1;
    for piece in pieces(source) {
        let (open, inside, close) = match piece {
            Piece::Plain(text) => {
                if open_blocks.iter().any(|(captured, _)| *captured) {
                    longest = longest.max(text.len());
                }
                out.push_str(text);
                continue;
            }
            Piece::Tag { open, inside, close } => (open, inside, close),
        };
        // What does not close its brackets is left for the reader of templates to refuse.
        let Some(tokens) = tokens(inside) else {
            out.extend([open, inside, close]);
            continue;
        };
        check(&tokens)?;
        if tokens.iter().any(|token| token.depth >= MAX_NESTING) {
            return Err(too_deep());
        }
        let inside = with_filters(inside, &tokens);
        let tokens = if matches!(inside, Cow::Owned(_)) { self::tokens(&inside).unwrap_or_default() } else { tokens };
        out.push_str(open);
        if open.starts_with("{{") {
            out.extend([&*inside, close]);
            continue;
        }
        match tokens.first().map_or("", |token| token.text) {
            word if word.starts_with("end") => _ = open_blocks.pop(),
            "elif" => {
                if let Some((_, branches)) = open_blocks.last_mut() {
                    *branches += 1;
                }
            }
            "set" if assignment(&tokens).is_some() => {}
            "set" | "macro" | "call" | "filter" | "block" => open_blocks.push((true, 0)),
            "for" => open_blocks.push((tokens.last().is_some_and(|last| last.is("recursive")), 0)),
            "if" | "with" | "generation" | "autoescape" => open_blocks.push((false, 0)),
            _ => {}
        }
        let depth: usize = open_blocks.iter().map(|(_, branches)| 1 + branches / BRANCHES).sum();
        if depth > MAX_NESTING {
            return Err(too_deep());
        }
        block(&inside, &tokens, close, &mut out);
    }
    let max_steps = u64::try_from(MAX_CAPTURED / longest).unwrap_or(u64::MAX);
    Ok(Prepared { source: out, max_steps })
}

/// Cuts a template as the engine's lexer does. A tag that never closes is plain; the engine refuses it.
fn pieces(source: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let mut braces = rest.match_indices('{').map(|(at, _)| at);
        let opens = |at: &usize| rest.get(at + 1..).is_some_and(|next| next.starts_with(['{', '%', '#']));
        let start = braces.find(opens).unwrap_or(rest.len());
        let (text, tag) = rest.split_at(start);
        if !text.is_empty() {
            out.push(Piece::Plain(text));
        }
        let whole = if tag.starts_with("{#") { tag.find("#}").map_or(tag.len(), |end| end + 2) } else { raw(tag) };
        if whole > 0 || tag.is_empty() {
            let (plain, after) = tag.split_at(whole);
            out.push(Piece::Plain(plain));
            rest = after;
            continue;
        }
        let marked = usize::from(tag.get(2..).is_some_and(|inside| inside.starts_with(['-', '+'])));
        let (open, inside) = tag.split_at(2 + marked);
        let Some((end, mark)) = tag_end(inside, if tag.starts_with("{{") { "}}" } else { "%}" }) else {
            out.push(Piece::Plain(tag));
            break;
        };
        let (inside, after) = inside.split_at(end);
        let (close, after) = after.split_at(mark);
        out.push(Piece::Tag { open, inside, close });
        rest = after;
    }
    out
}

/// The length of a raw block at the start, 0 where there is none.
fn raw(tag: &str) -> usize {
    let named = |tag: &str, name: &str| {
        let inside = tag.strip_prefix("{%")?;
        let word = inside.strip_prefix(['-', '+']).unwrap_or(inside).trim_ascii_start();
        let end = word.strip_prefix(name)?.trim_ascii_start();
        let end = end.strip_prefix(['-', '+']).unwrap_or(end).strip_prefix("%}")?;
        Some(tag.len() - end.len())
    };
    let Some(mut at) = named(tag, "raw") else { return 0 };
    while let Some(next) = tag.get(at..).and_then(|rest| rest.find("{%")) {
        at += next;
        match tag.get(at..).and_then(|rest| named(rest, "endraw")) {
            Some(end) => return at + end,
            None => at += 2,
        }
    }
    tag.len()
}

/// Where a tag ends, and how long the mark is: outside of strings and brackets.
fn tag_end(inside: &str, end: &str) -> Option<(usize, usize)> {
    let mut depth = 0_isize;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        if let Some(q) = quote {
            if !escaped && c == q {
                quote = None;
            }
            escaped = !escaped && c == '\\';
            continue;
        }
        let rest = inside.get(at..).unwrap_or_default();
        if depth == 0 {
            if rest.starts_with(end) {
                return Some((at, end.len()));
            }
            if rest.strip_prefix(['-', '+']).is_some_and(|rest| rest.starts_with(end)) {
                return Some((at, 1 + end.len()));
            }
        }
        match c {
            '\'' | '"' => quote = Some(c),
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// The words of a tag; none where brackets close that were not opened.
fn tokens(inside: &str) -> Option<Vec<Token<'_>>> {
    let mut out: Vec<Token<'_>> = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    while let Some(c) = inside.get(start..).and_then(|rest| rest.chars().next()) {
        let rest = inside.get(start..).unwrap_or_default();
        let word = |c: char| c.is_alphanumeric() || c == '_' || !c.is_ascii();
        let (kind, len) = match c {
            c if c.is_ascii_whitespace() => {
                start += 1;
                continue;
            }
            '\'' | '"' => {
                let mut escaped = false;
                let end = rest.char_indices().skip(1).find(|(_, d)| {
                    let closes = !escaped && *d == c;
                    escaped = !escaped && *d == '\\';
                    closes
                });
                (Kind::Quoted, end.map_or(rest.len(), |(at, _)| at + 1))
            }
            '(' | '[' | '{' => (Kind::Open, 1),
            ')' | ']' | '}' => {
                depth = depth.checked_sub(1)?;
                (Kind::Close, 1)
            }
            c if word(c) => {
                let kind = if c.is_ascii_digit() { Kind::Number } else { Kind::Name };
                (kind, rest.find(|c| !word(c)).unwrap_or(rest.len()))
            }
            _ => {
                let two = ["==", "!=", "<=", ">=", "**", "//"].iter().any(|sign| rest.starts_with(sign));
                (Kind::Sign, if two { 2 } else { c.len_utf8() })
            }
        };
        out.push(Token { kind, text: rest.get(..len)?, start, depth });
        depth += usize::from(kind == Kind::Open);
        start += len;
    }
    (depth == 0).then_some(out)
}

/// Refuses a tag in which a value could grow too far, or that is too long for the stack.
fn check(tokens: &[Token<'_>]) -> Result<(), String> {
    let count = |what: &dyn Fn(&Token<'_>) -> bool| tokens.iter().filter(|token| what(token)).count();
    if count(&|token| token.kind == Kind::Name) > MAX_NAMES {
        return Err(format!("one of its tags names more than {MAX_NAMES} things"));
    }
    if count(&|token| token.is("*")) > MAX_PRODUCTS {
        return Err(format!("one of its tags multiplies more than {MAX_PRODUCTS} times"));
    }
    if slices(tokens).count() > MAX_SLICES {
        return Err(format!("one of its tags cuts more than {MAX_SLICES} slices"));
    }
    // A list of words is long, not deep.
    if count(&|token| token.kind != Kind::Quoted && token.text != ",") > MAX_TOKENS {
        return Err(format!("one of its tags has more than {MAX_TOKENS} words and signs"));
    }
    Ok(())
}

/// Words after which a value begins.
const BEFORE_VALUES: [&str; 8] = ["in", "is", "not", "and", "or", "if", "else", "elif"];

/// The places of the brackets that cut a slice out of the value before them.
fn slices<'t>(tokens: &'t [Token<'_>]) -> impl Iterator<Item = usize> + 't {
    tokens.iter().enumerate().filter_map(|(place, token)| {
        let inside = tokens.get(place + 1..)?.iter().take_while(|inside| inside.depth > token.depth);
        let cuts =
            token.is("[") && inside.filter(|inside| inside.depth == token.depth + 1).any(|inside| inside.is(":"));
        let follows = place.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(ends_a_value);
        (cuts && follows).then_some(place)
    })
}

/// Whether what stands behind this word belongs to its value.
fn ends_a_value(token: &Token<'_>) -> bool {
    !matches!(token.kind, Kind::Open | Kind::Sign) && !BEFORE_VALUES.contains(&token.text)
}

/// Puts filters where values are added, joined, filtered, multiplied and cut: there the engine copies them, uncounted.
fn with_filters<'a>(inside: &'a str, tokens: &[Token<'_>]) -> Cow<'a, str> {
    let word = tokens.first().map_or("", |token| token.text);
    if word == "filter" || (word == "set" && assignment(tokens).is_none()) {
        return Cow::Borrowed(inside);
    }
    let mut puts: Vec<(usize, &str)> = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let product = token.is("*");
        if token.kind != Kind::Sign || !(product || ["~", "+", "|"].contains(&token.text)) {
            continue;
        }
        let before = |count: usize| place.checked_sub(count).and_then(|before| tokens.get(before));
        let Some(left) = before(1) else { continue };
        // After a bracket, a comma or a word of the language it is no operator; after `is` stands no value.
        if !ends_a_value(left) || before(2).is_some_and(|before| before.is("is") || before.is("not")) {
            continue;
        }
        puts.extend([(left.end(), "|"), (left.end(), if product { FACTOR } else { USED })]);
        let right = tokens.get(place + 1..).unwrap_or_default();
        if let Some(end) = operand_end(right).filter(|_| product) {
            puts.extend([(end, "|"), (end, TIMES)]);
        }
    }
    for place in slices(tokens) {
        let before = tokens.get(..place).unwrap_or_default();
        if let (Some(start), Some(last)) = (operand_start(before), before.last()) {
            puts.extend([(start, "("), (last.end(), "|"), (last.end(), USED), (last.end(), ")")]);
        }
    }
    if puts.is_empty() {
        return Cow::Borrowed(inside);
    }
    puts.sort_by_key(|(at, _)| *at);
    let mut out = String::with_capacity(inside.len() + 16 * puts.len());
    let mut from = 0;
    for (at, put) in puts {
        out.push_str(inside.get(from..at).unwrap_or_default());
        out.push_str(put);
        from = at;
    }
    out.push_str(inside.get(from..).unwrap_or_default());
    Cow::Owned(out)
}

/// Where the value ends that starts here: a name, a literal or a bracket, with what follows on it.
fn operand_end(tokens: &[Token<'_>]) -> Option<usize> {
    let mut rest = tokens.iter().skip_while(|token| token.is("-") || token.is("+") || token.is("not")).peekable();
    let mut end = None;
    while let Some(token) = rest.next() {
        end = Some(match token.kind {
            Kind::Open => rest.by_ref().find(|close| close.kind == Kind::Close && close.depth == token.depth)?.end(),
            _ => token.end(),
        });
        // `.name`, `|name`, a call or an index.
        match rest.peek() {
            Some(next) if next.is(".") || next.is("|") => _ = rest.next(),
            Some(next) if next.is("(") || next.is("[") => {}
            _ => break,
        }
    }
    end
}

/// Where the value starts that ends here: the same, read from behind.
fn operand_start(tokens: &[Token<'_>]) -> Option<usize> {
    let mut rest = tokens;
    loop {
        let (last, mut before) = rest.split_last()?;
        let start = if last.kind == Kind::Close {
            let open = before.iter().rposition(|open| open.kind == Kind::Open && open.depth == last.depth)?;
            before = tokens.get(..open)?;
            tokens.get(open)?.start
        } else {
            last.start
        };
        rest = match before.last() {
            Some(dot) if dot.is(".") => before.get(..before.len() - 1)?,
            Some(called) if last.kind == Kind::Close && ends_a_value(called) => before,
            _ => return Some(start),
        };
    }
}

/// The sign between the names and the value of `set`; a block has none.
fn assignment<'t, 'a>(tokens: &'t [Token<'a>]) -> Option<&'t Token<'a>> {
    tokens.iter().find(|token| token.depth == 0 && token.is("="))
}

/// Writes a block tag after its opening mark, with the filters at what it names.
fn block(inside: &str, tokens: &[Token<'_>], close: &str, out: &mut String) {
    let word = tokens.first().map_or("", |token| token.text);
    let part = |from: usize, to: usize| inside.get(from..to).unwrap_or_default();
    let after_word = tokens.first().map_or(0, Token::end);
    match (word, tokens.len()) {
        // Marks what the assistant wrote, for training; what stands inside is rendered in a scope of its own.
        ("generation", 1) => return out.extend([" with ", close]),
        ("endgeneration", 1) => return out.extend([" endwith ", close]),
        ("set", _) => {
            let Some(equals) = assignment(tokens) else {
                return out.extend([inside, "|", WITHIN, " ", close]);
            };
            let dotted = tokens.iter().take_while(|token| token.start < equals.start).any(|token| token.is("."));
            let filter = if dotted { KEPT } else { WITHIN };
            let (target, value) = (part(0, equals.end()), part(equals.end(), inside.len()));
            return out.extend([target, " (", value, ")|", filter, " ", close]);
        }
        _ => {}
    }
    out.extend([inside, close]);
    let names: Vec<&str> = match word {
        "for" => {
            let Some(within) = tokens.iter().find(|token| token.is("in")) else { return };
            vec![part(after_word, within.start).trim().trim_end_matches(',')]
        }
        "macro" | "call" => {
            let at = if word == "macro" { 2 } else { 1 };
            if !tokens.get(at).is_some_and(|token| token.is("(")) {
                return;
            }
            let inner = tokens.iter().skip(at + 1).take_while(|token| token.depth > 0);
            let pairs = tokens.iter().skip(at).zip(inner);
            pairs
                .filter(|(left, name)| {
                    (left.is("(") || left.is(",")) && left.depth <= 1 && name.depth == 1 && name.kind == Kind::Name
                })
                .map(|(_, name)| name.text)
                .collect()
        }
        "with" => {
            let mut from = after_word;
            let mut names = Vec::new();
            let mut named = false;
            for token in tokens.iter().skip(1).filter(|token| token.depth == 0) {
                if token.is("=") && !named {
                    names.push(part(from, token.start));
                    named = true;
                } else if token.is(",") {
                    from = token.end();
                    named = false;
                }
            }
            names
        }
        _ => return,
    };
    if !names.is_empty() {
        // The mark that closes is the same, so the text around stays the same.
        out.extend(["{% set __ = (", &names.join(", "), ",)|", WITHIN, " ", close]);
    }
}
