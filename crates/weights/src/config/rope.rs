//! How positions turn queries and keys (Su et al. 2021, arXiv 2104.09864), as a configuration tells it.
//!
//! Source: `modeling_rope_utils.py` of transformers, whose names and defaults these are.

use serde_json::json;
use vitrine_schema::inspection::Group;

use crate::WeightsError;
use crate::keys::{Judgement, Keys};

/// How queries and keys are turned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rope {
    /// Base of the angles.
    pub base: f64,
    /// What is done to the angles of a model that was made for shorter texts.
    pub scaling: RopeScaling,
    /// Numbers of a head that are turned, the first ones.
    pub width: usize,
}

/// What is done to the angles of a model that was made for shorter texts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RopeScaling {
    /// Each position is divided by a factor; by 1 where nothing is done.
    Linear(f64),
    /// Slow turns are divided by a factor, fast ones are left, and those between get a share of both (Llama 3.1).
    Llama3 {
        /// What slow turns are divided by.
        factor: f64,
        /// Turns within the first length below which one is slow.
        low: f64,
        /// Turns within the first length above which one is fast.
        high: f64,
        /// Tokens that the model was made for at first.
        first_length: f64,
    },
    /// The same with another ramp, and a pattern that is sharpened (Peng et al. 2023, arXiv 2309.00071).
    Yarn {
        /// What slow turns are divided by.
        factor: f64,
        /// Turns within the first length below which one is slow.
        slow: f64,
        /// Turns within the first length above which one is fast.
        fast: f64,
        /// Tokens that the model was made for at first.
        first_length: f64,
        /// What queries and keys are multiplied by.
        amplitude: f64,
        /// Whether the ends of the ramp are whole numbers.
        whole: bool,
    },
}

impl RopeScaling {
    /// Nothing is done.
    pub const NONE: Self = Self::Linear(1.0);

    const fn factor(self) -> f64 {
        match self {
            Self::Linear(factor) | Self::Llama3 { factor, .. } | Self::Yarn { factor, .. } => factor,
        }
    }
}

impl Rope {
    /// What cannot be, as a sentence.
    pub(super) fn fault(&self, d_head: usize) -> Option<String> {
        let Self { base, scaling, width } = *self;
        if !width.is_multiple_of(2) || width == 0 || width > d_head {
            return Some(format!("{width} of the {d_head} numbers of a head cannot be rotated"));
        }
        if !(1.0..1e12).contains(&base) {
            return Some(format!("the base of the rotary angles is {base}"));
        }
        let factor = scaling.factor();
        if !(factor > 0.0 && factor < 1e6) {
            return Some(format!("the rotary positions are divided by {factor}"));
        }
        let within = |numbers: &[f64]| numbers.iter().all(|number| (1e-6..1e9).contains(number));
        let fine = match scaling {
            RopeScaling::Linear(_) => true,
            RopeScaling::Llama3 { low, high, first_length, .. } => within(&[low, high, first_length]) && low < high,
            RopeScaling::Yarn { slow, fast, first_length, amplitude, .. } => {
                within(&[slow, fast, first_length, amplitude]) && slow < fast && base > 1.0
            }
        };
        (!fine).then(|| format!("the rope scaling {scaling:?} cannot be"))
    }
}

/// Base and scaling, of a model of that many positions, from `rope_theta` (under the names it has there) and `rope_scaling`, or
/// `rope_parameters` as it is called by now.
pub(super) fn read(
    keys: &mut Keys<'_>,
    base_names: &[&str],
    default_base: f64,
    n_positions: usize,
) -> Result<(f64, RopeScaling), WeightsError> {
    let shape = Group::Shape;
    let mut base = keys.number(shape, base_names)?;
    let mut scaling: Option<RopeScaling> = None;
    for name in ["rope_scaling", "rope_parameters"] {
        let Some(inside) = keys.inside(shape, name)? else { continue };
        let (here, kind) = read_inside(inside, n_positions)?;
        match (base, here) {
            (Some(known), Some(here)) if known != here => {
                let said = format!("{name} gives rope_theta as {here}, but it was given as {known} before");
                return Err(keys.wrong(said));
            }
            _ => base = base.or(here),
        }
        match (scaling, kind) {
            (Some(known), Some(kind)) if known != kind => {
                return Err(keys.wrong(format!("{name} is not the scaling that was given before")));
            }
            _ => scaling = scaling.or(kind),
        }
    }
    Ok((base.unwrap_or(default_base), scaling.unwrap_or(RopeScaling::NONE)))
}

fn read_inside(mut keys: Keys<'_>, n_positions: usize) -> Result<(Option<f64>, Option<RopeScaling>), WeightsError> {
    let shape = Group::Shape;
    let kind = keys.text(shape, &["rope_type", "type"])?;
    let base = keys.number(shape, &["rope_theta"])?;
    keys.only(shape, "partial_rotary_factor", &[json!(1), json!(null)], "");
    let scaling = match kind.as_deref() {
        Some("default") => Some(RopeScaling::NONE),
        Some("linear") => Some(RopeScaling::Linear(needed(&mut keys, "linear", "factor")?)),
        Some("llama3") => Some(RopeScaling::Llama3 {
            factor: needed(&mut keys, "llama3", "factor")?,
            low: needed(&mut keys, "llama3", "low_freq_factor")?,
            high: needed(&mut keys, "llama3", "high_freq_factor")?,
            first_length: needed(&mut keys, "llama3", "original_max_position_embeddings")?,
        }),
        Some("yarn") => Some(yarn(&mut keys, n_positions)?),
        None if keys.has("factor") => {
            keys.not_understood("factor", "it is not said what kind of rope scaling this is");
            None
        }
        None => None,
        Some(other) => {
            let name = if keys.has("type") { "type" } else { "rope_type" };
            let built = "default, linear, llama3 and yarn are";
            keys.not_understood(name, format!("rope scaling {other:?} is not built; {built}"));
            return Ok((base, None));
        }
    };
    keys.finish(|name, _| match name.rsplit('.').next() {
        Some("factor" | "original_max_position_embeddings" | "attention_factor" | "finetuned") => {
            Judgement::WithoutEffect("this kind of rope scaling does not use it".to_owned())
        }
        _ => Judgement::NotUnderstood("this part of it is not built".to_owned()),
    });
    Ok((base, scaling))
}

fn needed(keys: &mut Keys<'_>, kind: &str, name: &str) -> Result<f64, WeightsError> {
    let number = keys.number(Group::Shape, &[name])?;
    number.ok_or_else(|| keys.wrong(format!("{kind} rope scaling names no {name}")))
}

fn yarn(keys: &mut Keys<'_>, n_positions: usize) -> Result<RopeScaling, WeightsError> {
    let shape = Group::Shape;
    let optional = ["attention_factor", "beta_fast", "beta_slow", "mscale", "mscale_all_dim"];
    keys.absent_if_null(shape, &optional);
    keys.absent_if_null(shape, &["original_max_position_embeddings"]);
    let factor = needed(keys, "yarn", "factor")?;
    let [attention, fast, slow, mscale, mscale_all] = {
        let mut numbers = [None; 5];
        for (slot, name) in numbers.iter_mut().zip(optional) {
            // To transformers 0 is the same as nothing, but for the first, which it takes as it is.
            *slot = keys.number(shape, &[name])?.filter(|&number| number != 0.0 || name == "attention_factor");
        }
        numbers
    };
    let first = keys.number(shape, &["original_max_position_embeddings"])?.filter(|&length| length != 0.0);
    let sharper = |mscale: f64| if factor <= 1.0 { 1.0 } else { 0.1 * mscale * factor.ln() + 1.0 };
    let amplitude = match (attention, mscale, mscale_all) {
        (Some(attention), _, _) => attention,
        (None, Some(mscale), Some(all)) => sharper(mscale) / sharper(all),
        _ => sharper(1.0),
    };
    Ok(RopeScaling::Yarn {
        factor,
        slow: slow.unwrap_or(1.0),
        fast: fast.unwrap_or(32.0),
        first_length: first.unwrap_or(n_positions as f64),
        amplitude,
        whole: keys.flag(shape, &["truncate"])?.unwrap_or(true),
    })
}
