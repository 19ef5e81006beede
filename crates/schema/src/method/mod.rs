//! The methods as data: names, parameters, and what a menu or legend needs to know about each.
//!
//! `declared.rs` is the one place where a method is declared; from it come the names in JSON and addresses, the flags of the
//! command line, menus, controls, help, legends, and the refusal of what does not fit. The method itself is a file of `methods`.

use crate::diagnostic::Refusal;
use crate::named::named;

mod declared;
mod param;
mod passes;

pub use param::{Choice, Kind, Layers, NamedLayers, Needs, Param, Params, Traits};
pub use passes::{Passes, Per};

named! {
    /// Identifier of a method.
    MethodId {
        /// Integrated Gradients.
        IntegratedGradients = "integrated-gradients",
        /// Gradient × Input.
        GradientXInput = "gradient-x-input",
        /// Saliency.
        Saliency = "saliency",
        /// SmoothGrad.
        SmoothGrad = "smoothgrad",
        /// Occlusion.
        Occlusion = "occlusion",
        /// Exact Shapley values.
        ExactShapley = "exact-shapley",
        /// Shapley values by weighted least squares.
        KernelShap = "kernel-shap",
        /// Owen values on a tree of the text.
        PartitionShap = "partition-shap",
        /// A linear model fitted around the text.
        Lime = "lime",
        /// What the attention of a layer gives each token.
        Attention = "attention",
        /// Attention through all layers.
        AttentionRollout = "attention-rollout",
        /// What attention can carry at most.
        AttentionFlow = "attention-flow",
    }
}

named! {
    /// Where a path through the embeddings starts: what stands in for "nothing was said".
    Baseline {
        /// The mask token: `[MASK]`, `<mask>`.
        Mask = "mask",
        /// The padding token: `[PAD]`, `<pad>`.
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
    /// What taking a token away means.
    Absence {
        /// Replace it by the mask token.
        Mask = "mask",
        /// Leave it out; later positions move up.
        Delete = "delete",
        /// Keep its place, but nothing may read it.
        BlockAttention = "block-attention",
        /// Replace its embedding by the mean of the embedding matrix.
        Mean = "mean",
        /// Replace it by the token that ends a text (models of language).
        Eos = "eos",
        /// Replace it by the token of a space (models of language).
        Space = "space",
    }
}

/// All that is known of a method before it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Declaration {
    /// Which method.
    pub id: MethodId,
    /// Name as the literature writes it.
    pub name: &'static str,
    /// Its name where there is little room.
    pub code: &'static str,
    /// The question it answers.
    pub question: &'static str,
    /// How to read a score.
    pub reads_as: &'static str,
    /// When it misleads.
    pub limits: &'static str,
    /// What it costs in passes through the model.
    pub cost: &'static str,
    /// The same in numbers.
    pub passes: Passes,
    /// Whether scores have a direction, with its defaults.
    pub signed: bool,
    /// A parameter and its value with which they have none after all.
    pub unsigned_where: Option<(&'static str, &'static str)>,
    /// Whether it says where the model looks, which is not a causal effect.
    pub heuristic: bool,
    /// Whether it draws at random, so that its seed belongs to its result.
    pub random: bool,
    /// Whether scores promise to sum to the difference of the values.
    pub complete: bool,
    /// Where it comes from.
    pub source: &'static str,
    /// Where it stands among the others.
    pub place: Taxonomy,
    /// Its parameters, in the order of the controls.
    pub params: &'static [Param],
}

/// Where a method stands among the others, as the reference table has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taxonomy {
    /// What it works with.
    pub family: &'static str,
    /// What it has to see of the model.
    pub access: &'static str,
    /// What it is proved to satisfy.
    pub axioms: &'static str,
    /// What speaks for it.
    pub strength: &'static str,
    /// What it is best for.
    pub good_for: &'static str,
    /// The reference library, as which it is checked where one is named.
    pub library: &'static str,
}

impl Declaration {
    /// Whether it takes players away; another scores tokens, whose scores are summed into those of players.
    #[must_use]
    pub fn removes(&self) -> bool {
        self.params.iter().any(|param| param.name == "variant")
    }
}

impl MethodId {
    /// Names of all methods.
    #[must_use]
    pub fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|id| id.name()).collect()
    }

    /// The one that a model is explained by unless another is asked for.
    #[must_use]
    pub const fn usual(model: &Traits) -> Self {
        if model.causal { Self::Occlusion } else { Self::IntegratedGradients }
    }

    /// The method of that name.
    ///
    /// # Errors
    /// [`Refusal::UnknownMethod`] names those that there are.
    pub fn asked(name: &str) -> Result<Self, Refusal> {
        Self::named(name).ok_or_else(|| Refusal::UnknownMethod { id: name.to_owned() })
    }

    /// What is known of it.
    #[must_use]
    pub fn declared(self) -> &'static Declaration {
        match self {
            Self::IntegratedGradients => &declared::INTEGRATED_GRADIENTS,
            Self::GradientXInput => &declared::GRADIENT_X_INPUT,
            Self::Saliency => &declared::SALIENCY,
            Self::SmoothGrad => &declared::SMOOTHGRAD,
            Self::Occlusion => &declared::OCCLUSION,
            Self::ExactShapley => &declared::EXACT_SHAPLEY,
            Self::KernelShap => &declared::KERNEL_SHAP,
            Self::PartitionShap => &declared::PARTITION_SHAP,
            Self::Lime => &declared::LIME,
            Self::Attention => &declared::ATTENTION,
            Self::AttentionRollout => &declared::ATTENTION_ROLLOUT,
            Self::AttentionFlow => &declared::ATTENTION_FLOW,
        }
    }

    /// Whether scores have a direction with these parameters.
    #[must_use]
    pub fn signed(self, params: &Params) -> bool {
        let Declaration { signed, unsigned_where, .. } = self.declared();
        let is = |(name, value): (&str, &str)| params.0.get(name).and_then(|found| found.as_str()) == Some(value);
        *signed && !unsigned_where.is_some_and(is)
    }

    /// Every parameter of the method for such a model: as asked for, or its default.
    ///
    /// # Errors
    /// [`Refusal`] names the parameter or value that is not known or does not fit the model, and what would.
    pub fn resolve(self, asked: &Params, model: &Traits) -> Result<Params, Refusal> {
        let params = || self.declared().params.iter().filter(|param| model.serves(param.needs));
        for name in asked.0.keys() {
            if !params().any(|param| param.name == name) {
                let known = params().map(|param| param.name.to_owned()).collect();
                return Err(Refusal::UnknownParameter { method: self.to_string(), name: name.clone(), known });
            }
        }
        let mut resolved = Params::default();
        for param in params() {
            let value = match (asked.0.get(param.name), param.kind) {
                (Some(value), kind) => kind.check(param.name, value, model)?,
                // A cap that was not named lies at the number that was.
                (None, Kind::Count { capped: Some(start), default, .. }) if asked.0.contains_key(start) => {
                    resolved.0.get(start).cloned().unwrap_or_else(|| default.into())
                }
                (None, kind) => kind.check(param.name, &kind.default(model), model)?,
            };
            resolved.0.insert(param.name.to_owned(), value);
        }
        Ok(resolved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSIFIER: Traits = Traits { causal: false, mask: true, pad: true, eos: false, space: false, n_layers: 6 };
    const LANGUAGE: Traits = Traits { causal: true, mask: false, pad: false, eos: true, space: true, n_layers: 30 };

    fn resolved(id: &str, words: &[(&str, &str)], model: &Traits) -> Result<String, String> {
        let id = MethodId::asked(id).map_err(|refusal| refusal.to_string())?;
        let params = Params::from_words(id, words.iter().map(|&(k, v)| (k.to_owned(), v.to_owned())));
        let resolved = id.resolve(&params, model).map_err(|refusal| refusal.to_string())?;
        serde_json::to_string(&resolved).map_err(|error| error.to_string())
    }

    #[test]
    fn every_method_is_declared_under_its_own_id_with_values_that_exist() {
        for &id in MethodId::ALL {
            let declared = id.declared();
            assert_eq!(declared.id, id);
            for model in [CLASSIFIER, LANGUAGE] {
                assert!(id.resolve(&Params::default(), &model).is_ok(), "{id}");
            }
            for param in declared.params {
                let Kind::Choice { choices, .. } = param.kind else { continue };
                for choice in choices {
                    let known = match param.name {
                        "baseline" => Baseline::named(choice.name).is_some(),
                        "rule" => Rule::named(choice.name).is_some(),
                        "of" => MethodId::named(choice.name).is_some(),
                        _ => Absence::named(choice.name).is_some(),
                    };
                    assert!(known, "{id}: {} has no {}", param.name, choice.name);
                }
            }
        }
    }

    #[test]
    fn what_is_not_asked_for_is_written_out() {
        let check = |id, words: &[(&str, &str)], model: &Traits, json: &str| {
            assert_eq!(resolved(id, words, model).as_deref(), Ok(json));
        };
        let ig = "integrated-gradients";
        check(ig, &[], &CLASSIFIER, r#"{"baseline":"mask","max_nodes":200,"nodes":50,"rule":"midpoint"}"#);
        check(
            ig,
            &[],
            &LANGUAGE,
            r#"{"baseline":"mean","hold_first":true,"max_nodes":200,"nodes":50,"rule":"midpoint"}"#,
        );
        // Nodes alone means exactly that many.
        let asked = [("nodes", "32"), ("baseline", "pad")];
        check(ig, &asked, &CLASSIFIER, r#"{"baseline":"pad","max_nodes":32,"nodes":32,"rule":"midpoint"}"#);
        let asked = [("nodes", "8"), ("max_nodes", "64"), ("rule", "trapezoid")];
        check(ig, &asked, &CLASSIFIER, r#"{"baseline":"mask","max_nodes":64,"nodes":8,"rule":"trapezoid"}"#);
        check("occlusion", &[], &CLASSIFIER, r#"{"variant":"mask"}"#);
        check("occlusion", &[("hold_first", "true")], &LANGUAGE, r#"{"hold_first":true,"variant":"mean"}"#);
        check("saliency", &[], &LANGUAGE, "{}");
        check("attention", &[], &CLASSIFIER, r#"{"layer":"last"}"#);
        check("attention", &[("layer", "29")], &LANGUAGE, r#"{"layer":29}"#);
        check("smoothgrad", &[], &CLASSIFIER, r#"{"of":"gradient-x-input","samples":64,"sigma":0.1}"#);
        let asked = [("of", "saliency"), ("sigma", "1")];
        check("smoothgrad", &asked, &CLASSIFIER, r#"{"of":"saliency","samples":64,"sigma":1.0}"#);
    }

    #[test]
    fn a_parameter_can_take_the_direction_away() {
        let of = |name: &str| Params::from_words(MethodId::SmoothGrad, [("of".to_owned(), name.to_owned())]);
        assert!(
            MethodId::SmoothGrad.signed(&of("gradient-x-input")) && MethodId::SmoothGrad.signed(&Params::default())
        );
        assert!(!MethodId::SmoothGrad.signed(&of("saliency")) && !MethodId::Saliency.signed(&Params::default()));
    }

    #[test]
    fn a_menu_offers_what_the_model_has_and_what_was_asked_for() {
        let param = |id: MethodId, name| id.declared().params.iter().find(|param| param.name == name);
        let menu = |id, name, model: &Traits, asked| {
            let param: &Param = param(id, name).ok_or(format!("no {name}"))?;
            let items = param.menu(model, asked);
            let chosen = param.chosen(model, asked);
            assert!(items.is_empty() || items.iter().any(|(name, _)| *name == chosen), "{name}: {chosen}");
            Ok::<_, String>((
                items.into_iter().map(|(name, label)| format!("{name}={label}")).collect::<Vec<_>>(),
                chosen,
            ))
        };
        let (ig, occlusion) = (MethodId::IntegratedGradients, MethodId::Occlusion);
        let (nodes, chosen) = menu(ig, "nodes", &CLASSIFIER, "7").unwrap_or_default();
        assert!(nodes.iter().any(|item| item.starts_with('=')), "{nodes:?}");
        assert_eq!((nodes.last().map(String::as_str), chosen.as_str()), (Some("7=exactly 7"), "7"));
        let (variants, chosen) = menu(occlusion, "variant", &LANGUAGE, "").unwrap_or_default();
        assert!(!variants.iter().any(|item| item.starts_with("mask=")) && chosen == "mean", "{variants:?}");
        let asked = menu(occlusion, "variant", &CLASSIFIER, "blur").unwrap_or_default();
        assert_eq!((asked.0.last().map(String::as_str), asked.1.as_str()), (Some("blur=blur"), "blur"));
        let layers = menu(MethodId::Attention, "layer", &CLASSIFIER, "").unwrap_or_default();
        assert_eq!((layers.0[0].as_str(), layers.0.len(), layers.1.as_str()), ("last=the last", 8, "last"));
        assert_eq!(menu(occlusion, "hold_first", &CLASSIFIER, ""), Ok((Vec::new(), "false".to_owned())));
    }

    #[test]
    fn refusals_say_what_would_be_right() {
        let check = |id: &str, words: &[(&str, &str)], model: &Traits, sentence: &str| {
            assert_eq!(resolved(id, words, model), Err(sentence.to_owned()));
        };
        let none = format!("there is no method \"blur\"; known: {}", MethodId::names().join(", "));
        check("blur", &[], &CLASSIFIER, &none);
        let variants = "variant must be one of mask, delete, block-attention, mean, not \"blur\"";
        check("occlusion", &[("variant", "blur")], &CLASSIFIER, variants);
        let unknown = "the method occlusion has no parameter \"nodes\"; it has: variant";
        check("occlusion", &[("nodes", "3")], &CLASSIFIER, unknown);
        let takes_none = "the method saliency has no parameter \"nodes\"; it takes none";
        check("saliency", &[("nodes", "3")], &CLASSIFIER, takes_none);
        for found in ["0", "many", "1.5", "-3", "2001"] {
            let sentence = format!("nodes must be a whole number from 1 to 2000, not \"{found}\"");
            check("integrated-gradients", &[("nodes", found)], &CLASSIFIER, &sentence);
        }
        let bare = Traits { mask: false, ..CLASSIFIER };
        let absent = "the model has no mask token, so variant cannot be mask; choose delete, block-attention or mean";
        check("occlusion", &[], &bare, absent);
        check("occlusion", &[("variant", "mask")], &bare, absent);
        let absent = "the model has no mask token, so baseline cannot be mask; choose pad, zero or mean";
        check("integrated-gradients", &[], &bare, absent);
        let layer = "layer must be last, all, or a layer from 0 to 5, not \"29\"";
        check("attention", &[("layer", "29")], &CLASSIFIER, layer);
        let number = Kind::Real { least: 0.5, most: 2.0, default: 1.0, offered: &[] };
        let refused = |kind: Kind, value: serde_json::Value| {
            kind.check("it", &value, &CLASSIFIER).map_err(|refusal| refusal.to_string())
        };
        assert_eq!(refused(number, 0.75.into()), Ok(0.75.into()));
        assert_eq!(refused(number, 3.into()), Err("it must be a number from 0.5 to 2, not \"3\"".to_owned()));
        assert_eq!(refused(Kind::Layer, "last".into()), Ok("last".into()));
        assert_eq!(refused(Kind::Layer, 5.0.into()), Ok(5.into()));
        for found in [serde_json::Value::from(6), "first".into(), (-1).into()] {
            let sentence = refused(Kind::Layer, found).unwrap_err();
            assert!(sentence.starts_with("it must be last, all, or a layer from 0 to 5, not "), "{sentence}");
        }
        let flag = "hold_first must be true or false, not \"maybe\"";
        check("occlusion", &[("hold_first", "maybe")], &LANGUAGE, flag);
    }
}
