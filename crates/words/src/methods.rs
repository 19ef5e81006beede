//! From a question to a method, and the rules that keep a picture honest.

use vitrine_schema::method::Declaration;
use vitrine_schema::{MethodId, Receipt};

use crate::number::plain;

/// A question that a reader starts from.
#[derive(Clone, Copy, Debug)]
pub struct Question {
    /// As a reader would ask it.
    pub asks: &'static str,
    /// The attributions that answer it, the first choice first.
    pub methods: &'static [MethodId],
    /// What else answers it.
    pub others: &'static [Other],
    /// What none of these can say.
    pub cannot: &'static str,
}

/// A way of looking that is no attribution.
#[derive(Clone, Copy, Debug)]
pub struct Other {
    /// Name as the literature writes it.
    pub name: &'static str,
    /// What it does.
    pub does: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// The question that opens it in the Lab.
    pub address: &'static str,
}

const ABLATION: Other = Other {
    name: "Ablation of a head, an MLP or a neuron",
    does: "Takes a part of the model out and runs it again.",
    source: "Michel, Levy, Neubig 2019, arXiv 1905.10650",
    address: "#/lab?model=sentiment&text=the%20plot%20is%20dull%20but%20funny&ask=attention",
};
const MAPS: Other = Other {
    name: "Attention maps",
    does: "The weights of every head, and what happens when one is shuffled.",
    source: "Vaswani et al. 2017, arXiv 1706.03762",
    address: "#/lab?model=sentiment&text=the%20plot%20is%20dull%20but%20funny&ask=attention",
};
const LENS: Other = Other {
    name: "Logit lens",
    does: "Reads at every layer what the model would say if it stopped there.",
    source: "nostalgebraist 2020",
    address: "#/lab?model=smollm2-135m&text=The%20capital%20of%20France%20is&ask=stream",
};
const PROBES: Other = Other {
    name: "Probing classifiers",
    does: "Tests what can be read off each layer, beside a control.",
    source: "Alain, Bengio 2016, arXiv 1610.01644; Hewitt, Liang 2019, arXiv 1909.03368",
    address: "#/lab?model=smollm2-135m&ask=probe&data=tense",
};
const DIRECT: Other = Other {
    name: "Direct logit attribution",
    does: "What each head and MLP writes towards the answer.",
    source: "Elhage et al. 2021, A Mathematical Framework for Transformer Circuits",
    address: "#/lab?model=smollm2-135m&text=The%20capital%20of%20France%20is&ask=stream",
};
const PATCHING: Other = Other {
    name: "Activation patching",
    does: "Copies parts of one run into another and sees whether the answer follows.",
    source: "Meng et al. 2022, arXiv 2202.05262; Wang et al. 2022, arXiv 2211.00593",
    address: "#/lab?model=smollm2-135m&ask=patch&clean=When%20Mary%20and%20John%20went%20to%20the%20store,%20John%20gave%20a%20bottle%20to&corrupt=When%20Mary%20and%20John%20went%20to%20the%20store,%20Mary%20gave%20a%20bottle%20to&target=%20Mary&foil=%20John&approximate=true",
};
const CHAIN: Other = Other {
    name: "Chain of thought, tested",
    does: "Changes a step of the reasoning and sees whether the answer follows.",
    source: "Lanham et al. 2023, arXiv 2307.13702",
    address: "#/lab?model=smollm2-135m&ask=chain&question=x%20%3D%207.%20y%20%3D%20x%20%2B%209.%20z%20%3D%20y%20%2B%208.%20What%20is%20z?",
};

const COURTROOM: Other = Other {
    name: "The same over many problems",
    does: "Changes, cuts or swaps a step, fills it with dots, hints at an answer or asks for it early, and counts what follows.",
    source: "Lanham et al. 2023, arXiv 2307.13702; Turpin et al. 2023, arXiv 2305.04388",
    address: "#/lab?model=smollm2-135m&ask=courtroom",
};
const VOTES: Other = Other {
    name: "Votes",
    does: "Draws several chains for one question and counts their answers.",
    source: "Wang et al. 2022, arXiv 2203.11171",
    address: "#/lab?model=smollm2-135m&ask=vote&question=x%20%3D%207.%20y%20%3D%20x%20%2B%209.%20z%20%3D%20y%20%2B%208.%20What%20is%20z?",
};

/// The questions of the page of methods.
pub const QUESTIONS: [Question; 8] = [
    Question {
        asks: "Which words pushed the answer?",
        methods: &[
            MethodId::IntegratedGradients,
            MethodId::ExactShapley,
            MethodId::KernelShap,
            MethodId::PartitionShap,
            MethodId::Occlusion,
            MethodId::Lime,
            MethodId::SmoothGrad,
            MethodId::GradientXInput,
            MethodId::Saliency,
        ],
        others: &[],
        cannot: "None of them says why a word pushes, or whether the model is right.",
    },
    Question {
        asks: "Which word decided it?",
        methods: &[MethodId::Occlusion, MethodId::ExactShapley],
        others: &[],
        cannot: "Where two words say the same, taking out one changes nothing: then no single word decided it, and Shapley values share it out.",
    },
    Question {
        asks: "What if this were gone?",
        methods: &[MethodId::Occlusion],
        others: &[ABLATION],
        cannot: "A text with a hole is unlike what the model learned from; the answer to it is the model's, not the world's.",
    },
    Question {
        asks: "Where does it look?",
        methods: &[MethodId::Attention, MethodId::AttentionRollout, MethodId::AttentionFlow],
        others: &[MAPS],
        cannot: "Looking is not causing: what a head looks at need not change the answer. Shuffle it and see.",
    },
    Question {
        asks: "What does each layer know?",
        methods: &[],
        others: &[LENS, PROBES],
        cannot: "What can be read off a layer need not be used by the model.",
    },
    Question {
        asks: "Which part does it?",
        methods: &[],
        others: &[DIRECT, ABLATION, PATCHING],
        cannot: "A part that is enough to bring an answer back need not be the only one that holds it.",
    },
    Question {
        asks: "Does it do what it says?",
        methods: &[],
        others: &[CHAIN, COURTROOM, VOTES],
        cannot: "An answer that follows its steps depends on them; that is not to say that they are all it depends on. Chains can agree and be wrong.",
    },
    Question {
        asks: "Can I show this to a customer?",
        methods: &[MethodId::IntegratedGradients, MethodId::PartitionShap],
        others: &[CHAIN],
        cannot: "Only a picture whose receipt holds, with the sentence that it is about, and as what this model did: not as the reason in the world.",
    },
];

/// How to read a score, in a few words.
#[must_use]
pub fn reads(about: &Declaration) -> &'static str {
    match about {
        _ if about.heuristic => "no sign, not a cause",
        _ if !about.signed => "no sign",
        _ if about.complete => "signed, adds up",
        _ if about.removes() && about.place.family == "removal" => "signed, is a measurement",
        _ if about.removes() => "signed, check its fit",
        _ => "signed, does not add up",
    }
}

/// How much farther the answer moves than at random, or why that cannot be said.
#[must_use]
pub fn faithful(receipt: &Receipt) -> String {
    receipt.ratio().map_or_else(|| "untested".to_owned(), |ratio| format!("{} ×", plain(ratio)))
}

/// A rule, with an example of breaking it.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// In one sentence.
    pub rule: &'static str,
    /// Why.
    pub why: &'static str,
    /// What the example shows.
    pub example: &'static str,
    /// The question of the example.
    pub address: &'static str,
}

/// What keeps a picture honest; the Lab warns where one is broken.
pub const RULES: [Rule; 5] = [
    Rule {
        rule: "Choose the baseline on purpose.",
        why: "Scores count from the blank. One on which the model already takes sides gives its own opinion to the words.",
        example: "On “not bad at all”, count from the zero vector instead of the mask token",
        address: "#/lab?model=sentiment&text=not%20bad%20at%20all&ask=explain&method=integrated-gradients&set.baseline=zero",
    },
    Rule {
        rule: "Check that the parts meet the whole.",
        why: "A method that promises to add up and does not has missed something on the way.",
        example: "Take one step where fifty are needed",
        address: "#/lab?model=sentiment&text=the%20plot%20is%20dull%20but%20funny&ask=explain&method=integrated-gradients&set.nodes=1&set.max_nodes=1&set.baseline=zero",
    },
    Rule {
        rule: "Never attention alone.",
        why: "Where a head looks says nothing about whether the answer hangs on it.",
        example: "Look at the heads, then shuffle one and see the answer stay",
        address: "#/lab?model=sentiment&text=the%20plot%20is%20dull%20but%20funny&ask=attention",
    },
    Rule {
        rule: "Verify by intervention.",
        why: "A score is a claim. Taking the word out is the test.",
        example: "Ask Gradient × Input about “terrible” and take it out",
        address: "#/lab?model=sentiment&text=the%20acting%20is%20terrible%20and%20the%20story%20is%20worse&ask=explain&method=gradient-x-input&at=4",
    },
    Rule {
        rule: "Report the seed.",
        why: "What is drawn at random comes out a little different each time; with few draws, very different.",
        example: "Draw only 40 of 512 companies, twice",
        address: "#/lab?model=sentiment&text=the%20acting%20is%20terrible%20and%20the%20story%20is%20worse&ask=explain&method=kernel-shap&set.budget=40&seed=1",
    },
];

/// A comparison that teaches something.
#[derive(Clone, Copy, Debug)]
pub struct Worked {
    /// What is looked at.
    pub title: &'static str,
    /// What it shows.
    pub shows: &'static str,
    /// Its question.
    pub address: &'static str,
}

/// Comparisons that teach something.
pub const WORKED: [Worked; 6] = [
    Worked {
        title: "not bad at all",
        shows: "Two words that only count together: methods that look at one word at a time part here.",
        address: "#/lab?model=sentiment&text=not%20bad%20at%20all&ask=compare",
    },
    Worked {
        title: "the plot is dull but funny",
        shows: "All name the same word; they quarrel over the small ones.",
        address: "#/lab?model=sentiment&text=the%20plot%20is%20dull%20but%20funny&ask=compare",
    },
    Worked {
        title: "the acting is terrible and the story is worse",
        shows: "Two words say the same. Occlusion takes out one and the other still speaks; Shapley values share it out.",
        address: "#/lab?model=sentiment&text=the%20acting%20is%20terrible%20and%20the%20story%20is%20worse&ask=compare&methods=occlusion,exact-shapley",
    },
    Worked {
        title: "Despite some flaws, it was not terrible at all.",
        shows: "A negation with a detour: who follows it?",
        address: "#/lab?model=sentiment&text=Despite%20some%20flaws%2C%20it%20was%20not%20terrible%20at%20all.&ask=compare",
    },
    Worked {
        title: "The capital of France is: the first token",
        shows: "Gradients and attention all put the first token first, because the model rests its attention there. Scaled to 1, as is usual, it would not be seen.",
        address: "#/lab?model=smollm2-135m&text=The%20capital%20of%20France%20is&ask=compare&methods=gradient-x-input,saliency,attention,occlusion",
    },
    Worked {
        title: "The same with Integrated Gradients, the first token not held",
        shows: "The path breaks where the first token moves: the parts miss the answer, and the colours are withheld.",
        address: "#/lab?model=smollm2-135m&text=The%20capital%20of%20France%20is&ask=explain&method=integrated-gradients&set.hold_first=false",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_answers_a_question_and_says_how_it_reads() {
        for id in MethodId::ALL {
            assert!(QUESTIONS.iter().any(|question| question.methods.contains(id)), "{}", id.name());
            assert!(!reads(id.declared()).is_empty());
        }
        let said: Vec<&str> = [MethodId::Occlusion, MethodId::Lime, MethodId::IntegratedGradients, MethodId::Attention]
            .map(|id| reads(id.declared()))
            .to_vec();
        assert_eq!(
            said,
            ["signed, is a measurement", "signed, check its fit", "signed, adds up", "no sign, not a cause"]
        );
    }
}
