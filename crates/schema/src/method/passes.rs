//! What a method runs, as declared: a page can say beforehand about how long it takes.

use serde_json::Value;

use super::Params;

/// A gradient, in forward passes.
const GRADIENT: f64 = 3.0;

/// What the passes of a method grow with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Per {
    /// One for the text.
    Text,
    /// One for each player, and the text.
    Player,
    /// About one for each pair of players.
    Pair,
    /// One for each set of players.
    Subset,
    /// As many as a parameter says.
    Parameter,
}

/// Passes of a method; equal texts are run once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes {
    /// What they grow with.
    pub per: Per,
    /// The parameter that bounds them, and how many passes one of it is.
    pub at_most: Option<(&'static str, u32)>,
    /// Whether each is a forward and a backward pass.
    pub gradient: bool,
}

impl Passes {
    /// Passes that a parameter bounds.
    pub(super) const fn bounded(per: Per, by: &'static str, times: u32) -> Self {
        Self { per, at_most: Some((by, times)), gradient: false }
    }

    /// Forward passes without a bound.
    pub(super) const fn forward(per: Per) -> Self {
        Self { per, at_most: None, gradient: false }
    }

    /// The same, each with a backward pass.
    pub(super) const fn backward(self) -> Self {
        Self { gradient: true, ..self }
    }

    /// About how many forward passes these are, of parameters that are resolved; a gradient counts as three.
    #[must_use]
    pub fn about(&self, params: &Params, n_players: usize) -> f64 {
        let n = n_players as f64;
        let wanted = match self.per {
            Per::Text => 1.0,
            Per::Player => n + 1.0,
            Per::Pair => n * n,
            Per::Subset => n.exp2(),
            Per::Parameter => f64::INFINITY,
        };
        let bound = self.at_most.and_then(|(name, times)| {
            let number = |name: &str| params.0.get(name).and_then(Value::as_f64);
            // What is left open has a bound of its own.
            let value = number(name).or_else(|| number(&format!("max_{name}")))?;
            Some(value * f64::from(times))
        });
        // What has neither number is a run of the text at least.
        let passes = bound.map_or(wanted, |bound| wanted.min(bound));
        (if passes.is_finite() { passes } else { 1.0 }) * if self.gradient { GRADIENT } else { 1.0 }
    }
}

#[cfg(test)]
mod tests {
    use crate::method::Traits;
    use crate::{MethodId, Params};

    #[test]
    fn a_longer_method_has_more_passes() {
        let model = Traits { n_layers: 6, mask: true, ..Traits::default() };
        let passes = |id: MethodId, n| {
            let params = id.resolve(&Params::default(), &model).unwrap_or_default();
            id.declared().passes.about(&params, n)
        };
        assert_eq!(passes(MethodId::IntegratedGradients, 9), 150.0);
        assert_eq!(passes(MethodId::Saliency, 9), 3.0);
        assert_eq!([9, 12].map(|n| passes(MethodId::ExactShapley, n)), [512.0, 4096.0]);
        assert_eq!([9, 12].map(|n| passes(MethodId::KernelShap, n)), [512.0, 2048.0]);
        assert_eq!([9, 12].map(|n| passes(MethodId::Lime, n)), [512.0, 1500.0]);
        assert_eq!([9, 40].map(|n| passes(MethodId::PartitionShap, n)), [81.0, 500.0]);
        assert_eq!([9, 40].map(|n| passes(MethodId::Occlusion, n)), [10.0, 41.0]);
        assert_eq!(passes(MethodId::AttentionRollout, 9), 1.0);
    }
}
