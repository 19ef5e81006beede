//! Every method, declared once.

use super::{Choice, Declaration, Kind, MethodId, Needs, Param, Passes, Per, Taxonomy};

const NODES_MOST: u64 = 2000;

const fn choice(name: &'static str, label: &'static str) -> Choice {
    Choice { name, label, needs: Needs::Nothing }
}

/// Language models rest their attention on the first token: held, it is never absent and never interpolated.
const fn hold_first(default: bool) -> Param {
    let kind = Kind::Flag { default, yes: "held", no: "like the others" };
    Param { name: "hold_first", label: "First token", kind, needs: Needs::Language }
}

/// Values of [`super::Baseline`].
const BASELINES: &[Choice] = &[
    Choice { name: "mask", label: "mask token", needs: Needs::Mask },
    Choice { name: "pad", label: "padding token", needs: Needs::Pad },
    choice("zero", "zero"),
    choice("mean", "average word"),
    Choice { name: "eos", label: "end-of-text token", needs: Needs::Eos },
];

/// Methods of one gradient.
const SMOOTHED: &[Choice] = &[choice("gradient-x-input", "Gradient × Input"), choice("saliency", "Saliency")];

/// Values of [`super::Rule`].
const RULES: &[Choice] =
    &[choice("midpoint", "midpoint"), choice("gauss-legendre", "Gauss–Legendre"), choice("trapezoid", "trapezoid")];

/// Values of [`super::Absence`].
const ABSENCES: &[Choice] = &[
    Choice { name: "mask", label: "replaced by the mask token", needs: Needs::Mask },
    choice("delete", "deleted"),
    choice("block-attention", "hidden from attention"),
    choice("mean", "replaced by the average word"),
    Choice { name: "eos", label: "replaced by the end-of-text token", needs: Needs::Eos },
    Choice { name: "space", label: "replaced by a space", needs: Needs::Space },
];

/// How many runs of the model, or draws, a method may take.
const fn runs(name: &'static str, label: &'static str, default: u64, most: u64, menu: Menu) -> Param {
    let Menu { offered, open } = menu;
    let kind = Kind::Count { least: 2, most, default, capped: None, offered, open };
    Param { name, label, kind, needs: Needs::Nothing }
}

/// What a menu offers beside asking for nothing.
struct Menu {
    offered: &'static [u64],
    open: &'static str,
}

/// How players are taken away.
const VARIANT: Param = Param {
    name: "variant",
    label: "A word is",
    kind: Kind::Choice { choices: ABSENCES, classifier: "mask", language: "mean" },
    needs: Needs::Nothing,
};

pub(super) const INTEGRATED_GRADIENTS: Declaration = Declaration {
    id: MethodId::IntegratedGradients,
    name: "Integrated Gradients",
    code: "IG",
    question: "How much of the answer does each word account for, on the way from a blank sentence to this one?",
    reads_as: "In the unit of the answer. Positive pushed towards the target, negative away from it. The scores sum to the answer minus the blank sentence's answer.",
    limits: "Depends on what counts as blank. A word's share includes what it does together with the others.",
    cost: "one forward and one backward pass per node, in batches",
    passes: Passes::bounded(Per::Parameter, "nodes", 1).backward(),
    signed: true,
    unsigned_where: None,
    heuristic: false,
    random: false,
    complete: true,
    source: "Sundararajan, Taly, Yan 2017, arXiv 1703.01365",
    place: Taxonomy {
        family: "gradient",
        access: "weights",
        axioms: "complete, sensitive, the same for any implementation",
        strength: "Its own check: the parts must meet the answer.",
        good_for: "showing how the whole answer is shared out",
        library: "captum",
    },
    params: &[
        Param {
            name: "baseline",
            label: "Blank",
            kind: Kind::Choice { choices: BASELINES, classifier: "mask", language: "mean" },
            needs: Needs::Nothing,
        },
        Param {
            name: "rule",
            label: "Rule",
            kind: Kind::Choice { choices: RULES, classifier: "midpoint", language: "midpoint" },
            needs: Needs::Nothing,
        },
        Param {
            name: "nodes",
            label: "Nodes",
            kind: Kind::Count {
                least: 1,
                most: NODES_MOST,
                default: 50,
                capped: None,
                offered: &[8, 16, 32, 50, 100, 200],
                open: "until it adds up",
            },
            needs: Needs::Nothing,
        },
        Param {
            name: "max_nodes",
            label: "Most nodes",
            kind: Kind::Count {
                least: 1,
                most: NODES_MOST,
                default: 200,
                capped: Some("nodes"),
                offered: &[],
                open: "200",
            },
            needs: Needs::Nothing,
        },
        hold_first(true),
    ],
};

pub(super) const GRADIENT_X_INPUT: Declaration = Declaration {
    id: MethodId::GradientXInput,
    name: "Gradient × Input",
    code: "G×I",
    question: "How would the answer move if each word's embedding were scaled a little?",
    reads_as: "In the unit of the answer, to first order at this input only. Signed.",
    limits: "Local: where the model is saturated an important word can score near 0. The scores do not sum to the answer.",
    cost: "one forward and one backward pass",
    passes: Passes::forward(Per::Text).backward(),
    signed: true,
    unsigned_where: None,
    heuristic: false,
    random: false,
    complete: false,
    source: "Shrikumar et al. 2016, arXiv 1605.01713",
    place: Taxonomy {
        family: "gradient",
        access: "weights",
        axioms: "none",
        strength: "Instant, and signed.",
        good_for: "a first look, and as a warning beside the others",
        library: "captum",
    },
    params: &[],
};

pub(super) const SALIENCY: Declaration = Declaration {
    id: MethodId::Saliency,
    name: "Saliency",
    code: "SA",
    question: "To which word is the answer most sensitive?",
    reads_as: "Length of the gradient. Large means a small change of this word's embedding moves the answer; it has no direction.",
    limits: "Says how sensitive, not which way or how much of the answer is due to the word.",
    cost: "one forward and one backward pass",
    passes: Passes::forward(Per::Text).backward(),
    signed: false,
    unsigned_where: None,
    heuristic: false,
    random: false,
    complete: false,
    source: "Simonyan, Vedaldi, Zisserman 2013, arXiv 1312.6034",
    place: Taxonomy {
        family: "gradient",
        access: "weights",
        axioms: "none",
        strength: "Instant.",
        good_for: "finding what the model is touchy about",
        library: "captum",
    },
    params: &[],
};

pub(super) const SMOOTHGRAD: Declaration = Declaration {
    id: MethodId::SmoothGrad,
    name: "SmoothGrad",
    code: "SG",
    question: "What do the gradients say of each word, on average over embeddings near this sentence's own?",
    reads_as: "As the method that it is of, with a gradient that does not hang on one point. Each score has a standard error.",
    limits: "Still local: it says how the answer moves nearby, not how much of it is due to the word. How far nearby goes is a choice.",
    cost: "one forward and one backward pass per sample, in batches",
    passes: Passes::bounded(Per::Parameter, "samples", 1).backward(),
    signed: true,
    unsigned_where: Some(("of", "saliency")),
    heuristic: false,
    random: true,
    complete: false,
    source: "Smilkov et al. 2017, arXiv 1706.03825",
    place: Taxonomy {
        family: "gradient",
        access: "weights",
        axioms: "none",
        strength: "Calmer than one gradient, with an error for each score.",
        good_for: "a gradient that jumps about",
        library: "captum",
    },
    params: &[
        Param {
            name: "of",
            label: "Of",
            kind: Kind::Choice { choices: SMOOTHED, classifier: "gradient-x-input", language: "gradient-x-input" },
            needs: Needs::Nothing,
        },
        runs("samples", "Samples", 64, 4096, Menu { offered: &[16, 256], open: "64" }),
        Param {
            name: "sigma",
            label: "Noise",
            kind: Kind::Real { least: 0.001, most: 1.0, default: 0.1, offered: &[0.05, 0.1, 0.2, 0.5] },
            needs: Needs::Nothing,
        },
    ],
};

pub(super) const OCCLUSION: Declaration = Declaration {
    id: MethodId::Occlusion,
    name: "Occlusion",
    code: "OC",
    question: "What happens to the answer when one word is taken away?",
    reads_as: "In the unit of the answer: the answer with the word minus the answer without it. Positive means the word helped the target.",
    limits: "One word at a time: two words that say the same hide each other. The text without the word may look unlike any text the model learned from.",
    cost: "one forward pass per word, in batches",
    passes: Passes::forward(Per::Player),
    signed: true,
    unsigned_where: None,
    heuristic: false,
    random: false,
    complete: false,
    source: "Zeiler, Fergus 2014, arXiv 1311.2901; Li, Monroe, Jurafsky 2016, arXiv 1612.08220",
    place: Taxonomy {
        family: "removal",
        access: "outputs",
        axioms: "dummy",
        strength: "It is the measurement itself: nothing is assumed.",
        good_for: "asking what one word did",
        library: "captum",
    },
    params: &[VARIANT, hold_first(false)],
};

pub(super) const EXACT_SHAPLEY: Declaration = Declaration {
    id: MethodId::ExactShapley,
    name: "Shapley values, exact",
    code: "SV",
    question: "What does each word bring, on average over every company of other words that it could join?",
    reads_as: "In the unit of the answer. Positive means that the word, whenever it joins, tends to move the answer to the target. The scores sum to the answer minus the answer without any word.",
    limits: "Most of the texts that it averages over are full of holes, unlike what the model learned from. Twelve words at most.",
    cost: "a forward pass for every subset of the words: 2 to the power of their number, in batches",
    passes: Passes::forward(Per::Subset),
    signed: true,
    unsigned_where: None,
    heuristic: false,
    random: false,
    complete: true,
    source: "Shapley 1953; Lundberg, Lee 2017, arXiv 1705.07874",
    place: Taxonomy {
        family: "game",
        access: "outputs",
        axioms: "efficient, symmetric, dummy, linear",
        strength: "The only shares with all four axioms, exactly.",
        good_for: "short texts where words work together",
        library: "shap",
    },
    params: &[VARIANT, hold_first(false)],
};

pub(super) const KERNEL_SHAP: Declaration = Declaration {
    id: MethodId::KernelShap,
    name: "KernelSHAP",
    code: "KS",
    question: "What does each word bring, on average over every company of other words, as far as the budget of runs tells?",
    reads_as: "In the unit of the answer, as Shapley values are. Where not every company was run each score has a standard error. The scores sum to the answer minus the answer without any word.",
    limits: "Most of the texts that it runs are full of holes, unlike what the model learned from. A long text leaves much to chance.",
    cost: "as many forward passes as the budget says, or 2 to the power of the words where that is less, in batches",
    passes: Passes::bounded(Per::Subset, "budget", 1),
    signed: true,
    unsigned_where: None,
    heuristic: false,
    random: true,
    complete: true,
    source: "Lundberg, Lee 2017, arXiv 1705.07874; Covert, Lee 2021, arXiv 2012.01536",
    place: Taxonomy {
        family: "game",
        access: "outputs",
        axioms: "all four, as far as it samples",
        strength: "Shapley values for texts that are too long to enumerate.",
        good_for: "longer texts, when time allows",
        library: "shap",
    },
    params: &[
        VARIANT,
        runs("budget", "Budget", 2048, 65_536, Menu { offered: &[256, 1024, 8192], open: "2048" }),
        hold_first(false),
    ],
};

pub(super) const PARTITION_SHAP: Declaration = Declaration {
    id: MethodId::PartitionShap,
    name: "PartitionSHAP",
    code: "PS",
    question: "What does each group of neighbouring words bring, and within it each word?",
    reads_as: "In the unit of the answer. Positive means that the word, whenever it joins with or without the groups beside it, tends to move the answer to the target. The scores sum to the answer minus the answer without any word.",
    limits: "Words are joined by a rule of spelling, not by what they mean; another tree gives other scores. Where the budget ends, words that are still together share alike.",
    cost: "as many forward passes as the budget says, fewer for a short text, in batches",
    passes: Passes::bounded(Per::Pair, "budget", 1),
    signed: true,
    unsigned_where: None,
    heuristic: false,
    random: false,
    complete: true,
    source: "Owen 1977; Lundberg et al., shap 0.51, PartitionExplainer",
    place: Taxonomy {
        family: "game",
        access: "outputs",
        axioms: "efficient",
        strength: "Few runs: words are taken apart in groups.",
        good_for: "long texts",
        library: "shap",
    },
    params: &[
        VARIANT,
        runs("budget", "Budget", 500, 65_536, Menu { offered: &[100, 2000, 8000], open: "500" }),
        hold_first(false),
    ],
};

pub(super) const LIME: Declaration = Declaration {
    id: MethodId::Lime,
    name: "LIME",
    code: "LI",
    question: "Which words would a simple sum of words need, to answer as the model does around this text?",
    reads_as: "In the unit of the answer: what the word adds in the fitted sum. Positive pushed towards the target.",
    limits: "The sum may fit badly: read how much of the answer it explains. Other random texts give other scores, which the band over three seeds shows.",
    cost: "three times as many forward passes as samples, equal texts once, in batches",
    passes: Passes::bounded(Per::Subset, "samples", 3),
    signed: true,
    unsigned_where: None,
    heuristic: false,
    random: true,
    complete: false,
    source: "Ribeiro, Singh, Guestrin 2016, arXiv 1602.04938",
    place: Taxonomy {
        family: "surrogate",
        access: "outputs",
        axioms: "none",
        strength: "A sum that anyone can check, with its fit.",
        good_for: "a simple rule of thumb for one sentence",
        library: "lime",
    },
    params: &[
        VARIANT,
        runs("samples", "Samples", 500, 10_000, Menu { offered: &[100, 1000, 5000], open: "500" }),
        hold_first(false),
    ],
};

pub(super) const ATTENTION: Declaration = Declaration {
    id: MethodId::Attention,
    name: "Attention",
    code: "AT",
    question: "How much does the place that is read look at each word?",
    reads_as: "A share of the attention, on average over heads. The shares of all tokens sum to 1. No direction.",
    limits: "A heuristic: not a causal effect. A head may look at a word and carry nothing from it, and words that it does not look at may have been mixed into others below.",
    cost: "one forward pass",
    passes: Passes::forward(Per::Text),
    signed: false,
    unsigned_where: None,
    heuristic: true,
    random: false,
    complete: false,
    source: "Jain, Wallace 2019, arXiv 1902.10186; Wiegreffe, Pinter 2019, arXiv 1908.04626",
    place: Taxonomy {
        family: "attention",
        access: "attention",
        axioms: "none",
        strength: "Free: the weights are there already.",
        good_for: "seeing where a layer looks",
        library: "bertviz",
    },
    params: &[Param { name: "layer", label: "Layer", kind: Kind::Layer, needs: Needs::Nothing }],
};

pub(super) const ATTENTION_ROLLOUT: Declaration = Declaration {
    id: MethodId::AttentionRollout,
    name: "Attention rollout",
    code: "AR",
    question: "Through all layers, how much of each word reaches the place that is read, if attention were all there is?",
    reads_as: "A share: half of each layer is taken to stay in place, the other half to follow the attention. The shares of all tokens sum to 1. No direction.",
    limits: "A heuristic: not a causal effect. It knows neither what is carried nor what the other parts of a layer do. In a model of language it drifts to the first token.",
    cost: "one forward pass",
    passes: Passes::forward(Per::Text),
    signed: false,
    unsigned_where: None,
    heuristic: true,
    random: false,
    complete: false,
    source: "Abnar, Zuidema 2020, arXiv 2005.00928",
    place: Taxonomy {
        family: "attention",
        access: "attention",
        axioms: "none",
        strength: "Follows all layers at once.",
        good_for: "seeing where all layers together look",
        library: "–",
    },
    params: &[],
};

pub(super) const ATTENTION_FLOW: Declaration = Declaration {
    id: MethodId::AttentionFlow,
    name: "Attention flow",
    code: "AF",
    question: "How much could flow at most from each word to the place that is read, if attention weights were pipes?",
    reads_as: "A share of the largest flows. The shares of all tokens sum to 1. No direction.",
    limits: "A heuristic: not a causal effect. Flows of different words share the same pipes, and what a model carries need not be the most that it could. At most 64 tokens.",
    cost: "one forward pass, and a largest flow for every pair of a place that is read and a token",
    passes: Passes::forward(Per::Text),
    signed: false,
    unsigned_where: None,
    heuristic: true,
    random: false,
    complete: false,
    source: "Abnar, Zuidema 2020, arXiv 2005.00928",
    place: Taxonomy {
        family: "attention",
        access: "attention",
        axioms: "none",
        strength: "Cannot count one path twice.",
        good_for: "seeing what could have got through",
        library: "–",
    },
    params: &[],
};
