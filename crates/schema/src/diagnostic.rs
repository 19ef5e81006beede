//! Things a reader should know about a result, as data; the sentences are made by whoever shows them.

use crate::kinds::kinds;
use crate::method::MethodId;
use crate::recipe::Ask;

kinds! {
    /// One remark on a result.
    #[derive(Clone, Debug, PartialEq)]
    #[non_exhaustive]
    pub enum Diagnostic in "id" {
        /// The text had more tokens than the model can read; the rest was cut.
        InputTruncated {
            /// Tokens read, special tokens included.
            kept: usize,
            /// Tokens the whole text would have had.
            total: usize,
            /// First byte of the text that was not read.
            cut_at: usize,
        },
        /// Integrated gradients stopped at its cap before the gap was small enough.
        NodeCapReached {
            /// Nodes used.
            nodes: usize,
            /// Relative gap that was left.
            relative_gap: f32,
        },
        /// The target or foil was several tokens; the first one is meant.
        SeveralTokens {
            /// What was asked for.
            text: String,
            /// How many tokens it has.
            n_tokens: usize,
            /// The first.
            first: String,
        },
        /// The first token kept its embedding on the path: models of language rest their attention on it, and moving it
        /// breaks the path.
        FirstTokenHeld,
        /// Writing ended because the model reads no more.
        ContextFull {
            /// Tokens that it reads.
            most: usize,
        },
        /// Taking this out would leave nothing to read, so it was not run.
        NothingLeft {
            /// Position of the token, whose score is 0; `None` where it is every token together, which would have been the
            /// baseline: its value is then the value of the text.
            position: Option<usize>,
            /// What was to be taken out.
            text: String,
        },
        /// A method that does not serve here, of those that were to be compared.
        LeftOut {
            /// The method.
            method: MethodId,
            /// Why.
            refusal: Box<Refusal>,
        },
        /// The budget was spent before every group was taken apart; within a group that was left whole all got the same.
        BudgetSpent {
            /// Runs of the model that it allowed.
            budget: usize,
        },
        /// Scores are means over random draws.
        Sampled {
            /// How many were drawn.
            samples: usize,
            /// Standard error of each token's score.
            standard_errors: Vec<f32>,
        },
        /// Scores are those of a simpler model that was fitted to random texts.
        Fitted {
            /// Share of the weighted variance of the answer that it explains.
            r_squared: f32,
            /// Least score of each token over the seeds that were tried.
            lowest: Vec<f32>,
            /// Largest score of each token over these seeds.
            highest: Vec<f32>,
        },
        /// The method does not promise that scores sum to the difference of the values.
        NotComplete,
        /// The numbers came in a link and were computed by its sender. What a link has no room for is left out: identifiers of
        /// tokens, paths, curves, rows of a continuation; of [`Diagnostic::per_token`] lists the largest stands for all.
        Sent,
        /// Nothing that was copied moved the answer.
        NothingMoved,
        /// A chain did not come to an answer.
        ChainCut {
            /// Tokens after which it was cut.
            most: usize,
        },
        /// Nothing that was written can be read as an answer.
        AnswerUnread,
        /// The question has no number that steps could be compared with.
        NoNumber,
        /// Without temperature all chains are the same.
        SameSamples,
        /// Chains to which the change could not be made.
        NotTried {
            /// How many.
            n: usize,
        },
    }
}

impl Diagnostic {
    /// Numbers of the tokens, each list as long as what was scored.
    #[must_use]
    pub fn per_token(&self) -> Vec<&Vec<f32>> {
        match self {
            Self::Sampled { standard_errors, .. } => vec![standard_errors],
            Self::Fitted { lowest, highest, .. } => vec![lowest, highest],
            _ => Vec::new(),
        }
    }

    /// The same, to be changed.
    pub fn per_token_mut(&mut self) -> Vec<&mut Vec<f32>> {
        match self {
            Self::Sampled { standard_errors, .. } => vec![standard_errors],
            Self::Fitted { lowest, highest, .. } => vec![lowest, highest],
            _ => Vec::new(),
        }
    }
}

kinds! {
    /// Why a request cannot be served; each is shown as one sentence with a next step.
    #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
    #[non_exhaustive]
    pub enum Refusal in "refusal" {
        /// The text is empty, or nothing in it is a token of the model.
        #[error("there is nothing to read in this text; write at least one word")]
        NothingToRead,
        /// Every token of the text is a control token, so there is nothing that could be read or explained.
        #[error("only control tokens are in this text ({}); write at least one word beside them", tokens.join(", "))]
        OnlyControlTokens {
            /// The control tokens of the text.
            tokens: Vec<String>,
        },
        /// The text leaves no room in what the model reads.
        #[error("the text has {found} tokens, at most {most} are read here; shorten it")]
        PromptTooLong {
            /// Tokens that are read.
            most: usize,
            /// Tokens there are.
            found: usize,
        },
        /// The request needs a model of another kind.
        #[error("the model {id} {}", if *causal { "predicts the next token; this needs a classifier" } else { "is a classifier; this needs a model of language" })]
        WrongTask {
            /// The model.
            id: String,
            /// Whether the model is one of language.
            causal: bool,
        },
        /// The weights are larger than what can be held.
        #[error("this model takes {} MB when it is loaded, at most {} MB are possible here; choose a smaller one", needed / 1_000_000, most / 1_000_000)]
        TooLarge {
            /// Bytes that it takes.
            needed: u64,
            /// Bytes there can be.
            most: u64,
        },
        /// The model has no such layer, head or neuron.
        #[error(
            "the model has no part {part}; it has {n_layers} layers of {n_heads} heads and {n_neurons} neurons each, counted from 0"
        )]
        NoSuchPart {
            /// What was asked for.
            part: String,
            /// Layers there are.
            n_layers: usize,
            /// Heads of a layer.
            n_heads: usize,
            /// Neurons of an MLP.
            n_neurons: usize,
        },
        /// The model's file has no chat template.
        #[error("the model {id} has no chat template; write the prompt as plain text")]
        NoChatTemplate {
            /// The model.
            id: String,
        },
        /// No such model is installed.
        #[error("there is no model {id:?}; {}", if installed.is_empty() { "none is installed".to_owned() } else { format!("installed: {}", installed.join(", ")) })]
        UnknownModel {
            /// What was asked for.
            id: String,
            /// What there is.
            installed: Vec<String>,
        },
        /// No such method.
        #[error("there is no method {id:?}; known: {}", MethodId::names().join(", "))]
        UnknownMethod {
            /// What was asked for.
            id: String,
        },
        /// The model has no such class.
        #[error("the model has no class {label:?}{}", if known.is_empty() { String::new() } else { format!("; it knows: {}", known.join(", ")) })]
        UnknownTarget {
            /// What was asked for.
            label: String,
            /// The classes of the model.
            known: Vec<String>,
        },
        /// The model gives one number, and this needs a probability.
        #[error("the model {id} gives one number and no probability; ask for quantity logit, which is that number")]
        NoProbability {
            /// The model.
            id: String,
        },
        /// The answers of the model do not exclude each other, so there is no single right one to count.
        #[error(
            "the model {id} {}, so its answers are not right or wrong as classes are; accuracy needs a model whose classes exclude each other",
            if *one_label { "gives one number" } else { "gives independent labels" }
        )]
        NotOneClass {
            /// The model.
            id: String,
            /// Whether it has one label only.
            one_label: bool,
        },
        /// The target or foil is an empty text.
        #[error("the target is empty; name a class, or write the text that the model is to say next")]
        EmptyTarget,
        /// The vocabulary of the model has no tokens for the target.
        #[error("the model has no token that writes {text:?}; choose a text in the characters of its vocabulary")]
        NoSuchToken {
            /// What was asked for.
            text: String,
        },
        /// Target and foil are the same class.
        #[error("target and foil are both {label:?}; choose two different classes")]
        TargetIsFoil {
            /// The class named twice.
            label: String,
        },
        /// A difference of logits was asked for, and nothing to compare with.
        #[error("the quantity logit-difference compares two answers; name the other one as the foil")]
        NothingToCompare,
        /// The method has no such parameter.
        #[error("the method {method} has no parameter {name:?}; {}", if known.is_empty() { "it takes none".to_owned() } else { format!("it has: {}", known.join(", ")) })]
        UnknownParameter {
            /// Method asked for.
            method: String,
            /// Parameter asked for.
            name: String,
            /// Parameters of the method.
            known: Vec<String>,
        },
        /// The value does not fit the parameter.
        #[error("{name} must be {expected}, not {found:?}")]
        BadParameter {
            /// Name of the parameter.
            name: String,
            /// What it takes.
            expected: String,
            /// What was given.
            found: String,
        },
        /// The model lacks the token that a value of a parameter stands for.
        #[error("the model has no {token} token, so {name} cannot be {value}; choose {}", one_of(others))]
        NoStandIn {
            /// The token.
            token: String,
            /// The parameter.
            name: String,
            /// The value asked for.
            value: String,
            /// The values that this model has.
            others: Vec<String>,
        },
        /// A recipe or finding of another version, or something else.
        #[error("this {}; this version reads {read}", if found.is_empty() { "says no schema".to_owned() } else { format!("is {found:?}") })]
        OtherVersion {
            /// The schema that it names.
            found: String,
            /// What is read.
            read: String,
        },
        /// A recipe that cannot be read.
        #[error("the recipe cannot be read: {detail}")]
        BadRecipe {
            /// What is wrong.
            detail: String,
        },
        /// A finding that cannot be read.
        #[error("the finding cannot be read: {detail}")]
        BadFinding {
            /// What is wrong.
            detail: String,
        },
        /// A question of no kind that there is.
        #[error("nothing can be asked by the name {id:?}; known: {}", Ask::NAMES.join(", "))]
        UnknownQuestion {
            /// What was asked for.
            id: String,
        },
        /// A question about a text, without one.
        #[error("this question needs a text; write at least one word")]
        NoText,
        /// A name that is no part of a model.
        #[error("{found:?} is no part of a model; parts are named like L5H1 (a head), MLP3 and L5N120 (a neuron)")]
        NotAPart {
            /// The name.
            found: String,
        },
        /// A position outside of the text.
        #[error("there is no position {position} in a text of {n_tokens} tokens; positions go from 0 to {}", n_tokens.saturating_sub(1))]
        NoSuchPosition {
            /// The position asked for.
            position: usize,
            /// Tokens there are.
            n_tokens: usize,
        },
        /// Taking these tokens out leaves none.
        #[error("without these tokens nothing is left to read; leave at least one, or replace them")]
        NothingWouldBeLeft,
        /// A second text of another length, where the tokens of both belong together.
        #[error("the second text has {found} tokens and the first {needed}; choose one of the same length")]
        OtherLength {
            /// Tokens of the first.
            needed: usize,
            /// Tokens of the second.
            found: usize,
        },
        /// More players than subsets of them can be run.
        #[error(
            "exact Shapley values of {found} players take 2^{found} runs of the model, and at most {most} are possible; \
             choose larger players, such as words or sentences, or partition-shap"
        )]
        TooManyPlayers {
            /// Players there can be.
            most: usize,
            /// Players there are.
            found: usize,
        },
        /// A second text and a second model at once, or a second model where there is one only.
        #[error("{}", if *both { "compare with another text or with another model, not with both" } else { "the second model is not open; open it first" })]
        NothingBeside {
            /// Whether both were named.
            both: bool,
        },
        /// A continuation without a token of its own.
        #[error(
            "the continuation is empty, or its first letters belong to the last word of the text; begin it with a space"
        )]
        NothingContinued,
        /// A range of bytes that is no player.
        #[error(
            "[{start},{end}] is no part of the text with a word in it; the text has {length} bytes, and a range goes from the first byte of a letter to one past the last"
        )]
        NotASpan {
            /// First byte.
            start: usize,
            /// One past the last.
            end: usize,
            /// Bytes of the text.
            length: usize,
        },
        /// The text is longer than the method can take.
        #[error(
            "{method} takes at most {most} tokens of this model and the text has {found}; shorten it, or choose another method"
        )]
        TextTooLong {
            /// The method.
            method: String,
            /// Tokens that it takes.
            most: usize,
            /// Tokens there are.
            found: usize,
        },
        /// Fewer runs of the model than the method can do with.
        #[error("{method} needs {name} to be at least {needed} for this text, not {found}; raise it, or shorten the text")]
        TooFewRuns {
            /// The method.
            method: String,
            /// The parameter.
            name: String,
            /// What it must be at least.
            needed: usize,
            /// What it is.
            found: usize,
        },
        /// A value, a score or a logit is no number that JSON or a figure could hold.
        #[error(
            "the numbers of this model overflow on this text, so nothing can be explained; choose another text or target"
        )]
        Overflow,
        /// Two texts that are the same tokens.
        #[error("both texts are the same to the model, so there is nothing to copy; change a word in one of them")]
        SameTexts,
        /// A text of one token.
        #[error("one of the texts is a single token, and copying that would copy everything; write at least two words in both")]
        OneToken,
        /// Pairs of tokens that are not those of two texts in their order.
        #[error(
            "tokens are aligned in their order, each once, from 0 to {} of A and from 0 to {} of B, not {pair}; write pairs such as 0:0,2:1",
            n_clean.saturating_sub(1), n_corrupt.saturating_sub(1)
        )]
        NotAligned {
            /// The first pair that is none.
            pair: String,
            /// Tokens of the first text.
            n_clean: usize,
            /// Tokens of the second.
            n_corrupt: usize,
        },
        /// A cell at a token that belongs to none of the other text.
        #[error("token {token} of A belongs to no token of B, so there is nothing to copy in {cell}; align it first, or ask for another cell")]
        NoPartner {
            /// What was asked for.
            cell: String,
            /// The token.
            token: usize,
        },
        /// Weights from tokens to tokens, of texts that are not one to one.
        #[error(
            "a head's weights are from each token to each, and these texts are not aligned one to one; copy something else, such as head"
        )]
        NoWeights,
        /// Two texts with one answer, and nobody said which answers to compare.
        #[error("the model answers both texts with {label:?}; name a target and a foil, or change the text")]
        SameAnswer {
            /// The answer.
            label: String,
        },
        /// Two texts that the metric cannot tell apart.
        #[error("the two prompts do not differ enough ({difference}); pick another pair")]
        NoDifference {
            /// By how much, in the unit of the metric.
            difference: String,
        },
        /// A cell that the map does not have.
        #[error("the map has no cell {cell}; it has {n_layers} layers and {n_columns} {}, counted from 0", if *heads { "heads" } else { "tokens" })]
        NoSuchCell {
            /// What was asked for.
            cell: String,
            /// Layers there are.
            n_layers: usize,
            /// Tokens or heads there are.
            n_columns: usize,
            /// Whether columns are heads.
            heads: bool,
        },
        /// A probe without its table.
        #[error("the table of this question is not here; give the file whose SHA-256 is {}", if data.is_empty() { "named in the recipe" } else { data })]
        NoTable {
            /// SHA-256 of the table.
            data: String,
        },
        /// A line of a table that is no labelled text.
        #[error("line {line} of the table is not text, a tab and a label; write one of each on every line")]
        NotALabelledText {
            /// Which line, from 1.
            line: usize,
        },
        /// A row of a table of words in which none is marked.
        #[error("line {line} marks no word; put the word between two asterisks, as in *this*")]
        NoMarkedWord {
            /// Which line, from 1.
            line: usize,
        },
        /// A table with more rows than are probed.
        #[error("the table has {found} rows, at most {most} are probed; leave some out")]
        TooManyRows {
            /// Rows there can be.
            most: usize,
            /// Rows there are.
            found: usize,
        },
        /// A table in which all labels are the same.
        #[error("every row has the label {label:?}; a probe needs at least two labels to tell apart")]
        OneLabel {
            /// The label.
            label: String,
        },
        /// A table with more labels than are told apart.
        #[error("the table has {found} labels, at most {most} are told apart; join some")]
        TooManyLabels {
            /// Labels there can be.
            most: usize,
            /// Labels there are.
            found: usize,
        },
        /// Too few rows of a label to train on some and hold some out.
        #[error("the label {label:?} has {found} rows, a probe needs {needed} of each; add some")]
        TooFewRows {
            /// The label.
            label: String,
            /// Rows it must have.
            needed: usize,
            /// Rows it has.
            found: usize,
        },
        /// A question with examples of its own, without their file.
        #[error("the examples of this question are not here; give the file whose SHA-256 is {data}")]
        NoShots {
            /// SHA-256 of the file.
            data: String,
        },
        /// A line of a file of examples that is out of place.
        #[error(
            "line {line} of the examples is out of place; each is a line of Question:, one of Reasoning: and one of Answer:"
        )]
        NotAShot {
            /// Which line, from 1.
            line: usize,
        },
        /// A step that the chain does not have.
        #[error("{}", if *n == 0 { "this chain has no steps that could be replaced; ask with examples, or another question".to_owned() } else { format!("the chain has no step {step}; it has {n}, counted from 1") })]
        NoSuchStep {
            /// The step asked for.
            step: usize,
            /// Steps there are.
            n: usize,
        },
        /// A step after which nothing can be forced.
        #[error(
            "the start of what comes after this step is not known; replace a step that computes, with another one after it, or leave out forced"
        )]
        NothingToForce,
        /// An ablation of nothing, or of tokens and parts at once.
        #[error("name either tokens or parts to take out{}", if *both { ", not both" } else { "" })]
        NothingToAblate {
            /// Whether both were named.
            both: bool,
        },
    }
}

/// Names in a row, the last one after "or".
fn one_of(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_sentence_ends_in_an_empty_list() {
        let sentence = |label: &str, known: &[&str]| {
            let known = known.iter().map(|label| (*label).to_owned()).collect();
            Refusal::UnknownTarget { label: label.to_owned(), known }.to_string()
        };
        assert_eq!(sentence("HAPPY", &["NO", "YES"]), "the model has no class \"HAPPY\"; it knows: NO, YES");
        assert_eq!(sentence("HAPPY", &[]), "the model has no class \"HAPPY\"");
        let parameter = Refusal::UnknownParameter { method: "saliency".into(), name: "x".into(), known: Vec::new() };
        assert_eq!(parameter.to_string(), "the method saliency has no parameter \"x\"; it takes none");
        let model = Refusal::UnknownModel { id: "x".into(), installed: Vec::new() };
        assert_eq!(model.to_string(), "there is no model \"x\"; none is installed");
    }
}
