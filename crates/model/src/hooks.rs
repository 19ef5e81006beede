//! What to read and what to change during a forward pass.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use burn::tensor::{Slice, Tensor, TensorData};
use vitrine_schema::{BlockSite, Site};

use crate::ModelError;
use crate::trace::Readback;

/// What to do with an activation.
#[derive(Debug, Clone, PartialEq)]
pub enum Intervention {
    /// Put these values there, row-major, as many as the region has.
    Replace(Vec<f32>),
    /// Put zeros there.
    Zero,
    /// Put there the mean over batch and (query) positions.
    Mean,
    /// Multiply by a factor.
    Scale(f32),
}

/// One change at a site.
#[derive(Debug, Clone, PartialEq)]
pub struct Edit {
    /// Range on each leading axis; axes that are not named are taken whole.
    pub region: Vec<Range<usize>>,
    /// What to do there.
    pub intervention: Intervention,
}

/// Watches and edits a forward pass; [`Hooks::default`] does neither and costs nothing.
#[derive(Debug, Default)]
pub struct Hooks {
    observed: BTreeSet<Site>,
    edits: BTreeMap<Site, Vec<Edit>>,
    readback: Readback,
    error: Option<ModelError>,
}

impl Hooks {
    /// Keeps the activations at these sites.
    #[must_use]
    pub fn observing(sites: impl IntoIterator<Item = Site>) -> Self {
        Self { observed: sites.into_iter().collect(), ..Self::default() }
    }

    /// Adds an edit; edits at one site are applied in the order in which they were added, before it is observed.
    #[must_use]
    pub fn edit(mut self, site: Site, edit: Edit) -> Self {
        self.edits.entry(site).or_default().push(edit);
        self
    }

    /// Whether anything happens at a site, so that a detour for its sake is worth it.
    #[must_use]
    pub(crate) fn wants(&self, site: Site) -> bool {
        self.observed.contains(&site) || self.edits.contains_key(&site)
    }

    /// Passes an activation through its site.
    pub(crate) fn at<const D: usize>(&mut self, site: Site, mut activation: Tensor<D>) -> Tensor<D> {
        for edit in self.edits.get(&site).into_iter().flatten() {
            let shape = activation.dims();
            match apply(site, activation.clone(), edit) {
                Some(edited) => activation = edited,
                None => {
                    let shape = shape.to_vec();
                    self.error.get_or_insert(ModelError::EditShape { site: site.to_string(), shape });
                }
            }
        }
        if self.observed.contains(&site) {
            self.readback.keep(site, activation.clone());
        }
        activation
    }

    /// What was observed, still on the device.
    ///
    /// # Errors
    /// [`ModelError::EditShape`] when an edit did not fit.
    pub fn into_readback(self) -> Result<Readback, ModelError> {
        self.error.map_or(Ok(self.readback), Err)
    }
}

fn apply<const D: usize>(site: Site, activation: Tensor<D>, edit: &Edit) -> Option<Tensor<D>> {
    let dims = activation.dims();
    if edit.region.len() > D || edit.region.iter().zip(dims).any(|(r, length)| r.start >= r.end || r.end > length) {
        return None;
    }
    let region: [Slice; D] = std::array::from_fn(|axis| {
        let range = edit.region.get(axis).cloned().unwrap_or(0..dims[axis]);
        Slice::from(range)
    });
    let old = activation.clone().slice(region);
    let shape = old.dims();
    let new = match &edit.intervention {
        Intervention::Zero => old.zeros_like(),
        Intervention::Scale(factor) => old.mul_scalar(*factor),
        Intervention::Mean => mean_over_positions(site, activation.clone()).slice(region),
        Intervention::Replace(values) if values.len() == shape.iter().product::<usize>() => {
            Tensor::from_data(TensorData::new(values.clone(), shape), &activation.device())
        }
        Intervention::Replace(_) => return None,
    };
    Some(activation.slice_assign(region, new))
}

/// The mean over batch and (query) position, spread back to the full shape.
fn mean_over_positions<const D: usize>(site: Site, activation: Tensor<D>) -> Tensor<D> {
    let scores = matches!(site, Site::Block { site: BlockSite::AttnScores | BlockSite::Pattern, .. });
    let shape = activation.dims();
    activation.mean_dim(0).mean_dim(if scores { 2 } else { 1 }).expand(shape)
}
