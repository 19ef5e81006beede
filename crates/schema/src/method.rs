//! The methods as data: names, parameters, and what a menu or legend needs to know about each.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::diagnostic::Refusal;

/// Declares an enum whose values have fixed names in JSON, links and menus.
macro_rules! named {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $text)] $variant,)+ }

        impl $name {
            /// Every value, in the order of the menus.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The fixed name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// The value of that name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.name() == name)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }
    };
}

named! {
    /// Identifier of a method.
    MethodId {
        /// Integrated Gradients.
        IntegratedGradients = "integrated-gradients",
        /// Gradient × Input.
        GradientXInput = "gradient-x-input",
        /// Saliency.
        Saliency = "saliency",
        /// Occlusion.
        Occlusion = "occlusion",
    }
}

named! {
    /// What stands in for "nothing was said": the players' embeddings are replaced, `[CLS]` and `[SEP]` stay.
    Baseline {
        /// The `[MASK]` token.
        Mask = "mask",
        /// The `[PAD]` token.
        Pad = "pad",
        /// The zero vector.
        Zero = "zero",
        /// The mean of the embedding matrix.
        Mean = "mean",
        /// The token that ends a text (models of language).
        Eos = "eos",
    }
}

named! {
    /// Quadrature on [0, 1].
    Rule {
        /// Midpoints of equal steps.
        Midpoint = "midpoint",
        /// Gauss–Legendre nodes.
        GaussLegendre = "gauss-legendre",
        /// Trapezoid with weights that sum to 1.
        Trapezoid = "trapezoid",
    }
}

named! {
    /// How a token is taken away.
    Occlusion {
        /// Replace it by `[MASK]`.
        Mask = "mask",
        /// Leave it out; later positions move up.
        Delete = "delete",
        /// Keep its place, but nothing may read it.
        Block = "block-attention",
        /// Replace its embedding by the mean of the embedding matrix.
        Mean = "mean",
        /// Replace it by the token that ends a text (models of language).
        Eos = "eos",
    }
}

/// A method with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "id", rename_all = "kebab-case")]
pub enum Method {
    /// See `methods::integrated_gradients`.
    IntegratedGradients {
        /// Where the path starts.
        baseline: Baseline,
        /// Where the nodes stand.
        rule: Rule,
        /// Nodes to start with.
        nodes: usize,
        /// Nodes are doubled up to this many while the relative gap is 1 % or more.
        max_nodes: usize,
    },
    /// See `methods::gradient_x_input`.
    GradientXInput,
    /// See `methods::saliency`.
    Saliency,
    /// See `methods::occlusion`.
    Occlusion {
        /// How a token is taken away.
        variant: Occlusion,
    },
}

/// What menus, legends and colour scales need to know about a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// Which method.
    pub id: MethodId,
    /// Name as the literature writes it.
    pub name: &'static str,
    /// The question it answers.
    pub question: &'static str,
    /// How to read a score.
    pub reads_as: &'static str,
    /// When it misleads.
    pub limits: &'static str,
    /// What it costs in passes through the model.
    pub cost: &'static str,
    /// Whether scores have a direction.
    pub signed: bool,
    /// Whether scores promise to sum to the difference of the values.
    pub complete: bool,
    /// Where it comes from.
    pub source: &'static str,
}

const ABOUT: [About; 4] = [
    About {
        id: MethodId::IntegratedGradients,
        name: "Integrated Gradients",
        question: "How much of the answer does each word account for, on the way from a blank sentence to this one?",
        reads_as: "Logits. Positive pushed towards the target, negative away from it. The scores sum to the answer minus the blank sentence's answer.",
        limits: "Depends on what counts as blank. A word's share includes what it does together with the others.",
        cost: "one forward and one backward pass per node, in batches",
        signed: true,
        complete: true,
        source: "Sundararajan, Taly, Yan 2017, arXiv 1703.01365",
    },
    About {
        id: MethodId::GradientXInput,
        name: "Gradient × Input",
        question: "How would the answer move if each word's embedding were scaled a little?",
        reads_as: "Logits, to first order at this input only. Signed.",
        limits: "Local: where the model is saturated an important word can score near 0. The scores do not sum to the answer.",
        cost: "one forward and one backward pass",
        signed: true,
        complete: false,
        source: "Shrikumar et al. 2016, arXiv 1605.01713",
    },
    About {
        id: MethodId::Saliency,
        name: "Saliency",
        question: "To which word is the answer most sensitive?",
        reads_as: "Length of the gradient. Large means a small change of this word's embedding moves the answer; it has no direction.",
        limits: "Says how sensitive, not which way or how much of the answer is due to the word.",
        cost: "one forward and one backward pass",
        signed: false,
        complete: false,
        source: "Simonyan, Vedaldi, Zisserman 2013, arXiv 1312.6034",
    },
    About {
        id: MethodId::Occlusion,
        name: "Occlusion",
        question: "What happens to the answer when one word is taken away?",
        reads_as: "Logits: the answer with the word minus the answer without it. Positive means the word helped the target.",
        limits: "One word at a time: two words that say the same hide each other. The text without the word may look unlike any text the model learned from.",
        cost: "one forward pass per word, in batches",
        signed: true,
        complete: false,
        source: "Zeiler, Fergus 2014, arXiv 1311.2901; Li, Monroe, Jurafsky 2016, arXiv 1612.08220",
    },
];

impl MethodId {
    /// What menus and legends need to know.
    #[must_use]
    pub fn about(self) -> &'static About {
        match self {
            Self::IntegratedGradients => &ABOUT[0],
            Self::GradientXInput => &ABOUT[1],
            Self::Saliency => &ABOUT[2],
            Self::Occlusion => &ABOUT[3],
        }
    }
}

impl Method {
    /// Nodes of integrated gradients unless asked otherwise.
    pub const NODES: usize = 50;
    /// Cap of the doubling.
    pub const MAX_NODES: usize = 400;
    /// Most nodes that can be asked for.
    pub const NODE_LIMIT: usize = 2000;

    /// Names of all methods.
    #[must_use]
    pub fn ids() -> Vec<&'static str> {
        MethodId::ALL.iter().map(|id| id.name()).collect()
    }

    /// The method with its default parameters, for a classifier or for a model of language.
    ///
    /// A model of language has no `[MASK]`; what is taken away becomes the mean of the embedding matrix.
    #[must_use]
    pub fn default_of(id: MethodId, causal: bool) -> Self {
        match id {
            MethodId::IntegratedGradients => Self::IntegratedGradients {
                baseline: if causal { Baseline::Mean } else { Baseline::Mask },
                rule: Rule::Midpoint,
                nodes: Self::NODES,
                max_nodes: Self::MAX_NODES,
            },
            MethodId::GradientXInput => Self::GradientXInput,
            MethodId::Saliency => Self::Saliency,
            MethodId::Occlusion => Self::Occlusion { variant: if causal { Occlusion::Mean } else { Occlusion::Mask } },
        }
    }

    /// Which method this is.
    #[must_use]
    pub const fn id(&self) -> MethodId {
        match self {
            Self::IntegratedGradients { .. } => MethodId::IntegratedGradients,
            Self::GradientXInput => MethodId::GradientXInput,
            Self::Saliency => MethodId::Saliency,
            Self::Occlusion { .. } => MethodId::Occlusion,
        }
    }

    /// Builds a method from names, as the command line and links give them.
    ///
    /// `nodes` alone asks for exactly that many nodes; without it they start at [`Self::NODES`] and double up to
    /// `max_nodes`.
    ///
    /// # Errors
    /// [`Refusal`] names the method, parameter or value that is not known, and what is.
    pub fn from_params(id: &str, params: &BTreeMap<String, String>, causal: bool) -> Result<Self, Refusal> {
        let id = MethodId::named(id).ok_or_else(|| Refusal::UnknownMethod { id: id.to_owned() })?;
        let mut method = Self::default_of(id, causal);
        let known: Vec<String> = method.params().into_keys().collect();
        if let Some(name) = params.keys().find(|name| !known.contains(name)) {
            let name = name.clone();
            return Err(Refusal::UnknownParameter { method: id.to_string(), name, known });
        }
        match &mut method {
            Self::IntegratedGradients { baseline, rule, nodes, max_nodes } => {
                choose(params, "baseline", baseline, Baseline::named, Baseline::ALL)?;
                choose(params, "rule", rule, Rule::named, Rule::ALL)?;
                if let Some(given) = count(params, "nodes")? {
                    (*nodes, *max_nodes) = (given, given);
                }
                if let Some(given) = count(params, "max_nodes")? {
                    *max_nodes = given.max(*nodes);
                }
            }
            Self::Occlusion { variant } => {
                choose(params, "variant", variant, Occlusion::named, Occlusion::ALL)?;
            }
            Self::GradientXInput | Self::Saliency => {}
        }
        Ok(method)
    }

    /// The parameters by name.
    #[must_use]
    pub fn params(&self) -> BTreeMap<String, Value> {
        let Ok(Value::Object(fields)) = serde_json::to_value(self) else {
            return BTreeMap::new();
        };
        fields.into_iter().filter(|(name, _)| name != "id").collect()
    }
}

fn choose<T: Copy + fmt::Display>(
    params: &BTreeMap<String, String>,
    name: &str,
    slot: &mut T,
    named: impl Fn(&str) -> Option<T>,
    all: &[T],
) -> Result<(), Refusal> {
    let Some(found) = params.get(name) else { return Ok(()) };
    *slot = named(found).ok_or_else(|| Refusal::BadParameter {
        name: name.to_owned(),
        expected: format!("one of {}", all.iter().map(T::to_string).collect::<Vec<_>>().join(", ")),
        found: found.clone(),
    })?;
    Ok(())
}

fn count(params: &BTreeMap<String, String>, name: &str) -> Result<Option<usize>, Refusal> {
    let Some(found) = params.get(name) else { return Ok(None) };
    match found.parse() {
        Ok(n) if (1..=Method::NODE_LIMIT).contains(&n) => Ok(Some(n)),
        _ => Err(Refusal::BadParameter {
            name: name.to_owned(),
            expected: format!("a whole number from 1 to {}", Method::NODE_LIMIT),
            found: found.clone(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())).collect()
    }

    #[test]
    fn every_method_is_described_under_its_own_id() {
        for &id in MethodId::ALL {
            assert_eq!(id.about().id, id);
            assert!([true, false].iter().all(|&causal| Method::default_of(id, causal).id() == id));
        }
    }

    #[test]
    fn nodes_alone_means_exactly_that_many() {
        let method = Method::from_params("integrated-gradients", &given(&[("nodes", "32")]), false);
        assert!(matches!(method, Ok(Method::IntegratedGradients { nodes: 32, max_nodes: 32, .. })));
        let method = Method::from_params("integrated-gradients", &given(&[("nodes", "8"), ("max_nodes", "64")]), true);
        assert!(matches!(method, Ok(Method::IntegratedGradients { nodes: 8, max_nodes: 64, .. })));
    }

    #[test]
    fn refusals_say_what_would_be_right() {
        let check = |id: &str, pairs: &[(&str, &str)], sentence: &str| {
            let refusal = Method::from_params(id, &given(pairs), false).map_err(|e| e.to_string());
            assert_eq!(refusal, Err(sentence.to_owned()));
        };
        check(
            "lime",
            &[],
            "there is no method \"lime\"; known: integrated-gradients, gradient-x-input, saliency, occlusion",
        );
        check(
            "occlusion",
            &[("variant", "blur")],
            "variant must be one of mask, delete, block-attention, mean, eos, not \"blur\"",
        );
        check("occlusion", &[("nodes", "3")], "the method occlusion has no parameter \"nodes\"; it has: variant");
        check("integrated-gradients", &[("nodes", "0")], "nodes must be a whole number from 1 to 2000, not \"0\"");
        check(
            "integrated-gradients",
            &[("nodes", "many")],
            "nodes must be a whole number from 1 to 2000, not \"many\"",
        );
    }
}
