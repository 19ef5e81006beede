//! What to read and what to change during a forward pass.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use burn::tensor::{Device, Gradients, Slice, Tensor, TensorData};
use vitrine_schema::{BlockSite, Site};

use crate::ModelError;
use crate::trace::Readback;

/// What to do with an activation.
#[derive(Debug, Clone)]
pub enum Intervention {
    /// Put these values there, as many as the region has.
    Replace(Values),
    /// Add these values, as many as the region has, or one for each element of its last axis.
    Add(Values),
    /// Put zeros there.
    Zero,
    /// Put there the mean over batch and (query) positions.
    Mean,
    /// Multiply by a factor.
    Scale(f32),
}

/// Values for a region, row-major.
#[derive(Debug, Clone)]
pub enum Values {
    /// Numbers of the caller's.
    Here(Vec<f32>),
    /// Numbers that are on the device already, such as an activation of another run.
    OnDevice(Box<Tensor<1>>),
}

impl From<Vec<f32>> for Values {
    fn from(values: Vec<f32>) -> Self {
        Self::Here(values)
    }
}

impl Values {
    /// The values in a shape; `None` where they are more or fewer.
    fn shaped<const D: usize>(&self, shape: [usize; D], device: &Device) -> Option<Tensor<D>> {
        let fits = |found: usize| found == shape.iter().product::<usize>();
        match self {
            Self::Here(values) => {
                fits(values.len()).then(|| Tensor::from_data(TensorData::new(values.clone(), shape), device))
            }
            Self::OnDevice(values) => fits(values.dims()[0]).then(|| (**values).clone().reshape(shape)),
        }
    }
}

/// One change at a site.
#[derive(Debug, Clone)]
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
    differentiated: BTreeSet<Site>,
    leaves: Vec<Leaf>,
    readback: Readback,
    error: Option<ModelError>,
}

/// A site whose gradient is wanted: takes it out of those of a backward pass.
struct Leaf(Site, TakeGradient);

type TakeGradient = Box<dyn FnOnce(&mut Gradients, &mut Readback)>;

impl std::fmt::Debug for Leaf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "gradient at {}", self.0)
    }
}

impl Hooks {
    /// Keeps the activations at these sites.
    #[must_use]
    pub fn observing(sites: impl IntoIterator<Item = Site>) -> Self {
        Self { observed: sites.into_iter().collect(), ..Self::default() }
    }

    /// Wants the gradients at these sites. The pass has to begin with embeddings that were lifted with `autodiff()`.
    #[must_use]
    pub fn differentiating(mut self, sites: impl IntoIterator<Item = Site>) -> Self {
        self.differentiated.extend(sites);
        self
    }

    /// The gradients at the sites that were wanted, out of those of one backward pass from the end of the run.
    #[must_use]
    pub fn gradients(&mut self, gradients: &mut Gradients) -> Readback {
        let mut found = Readback::default();
        for Leaf(_, take) in std::mem::take(&mut self.leaves) {
            take(gradients, &mut found);
        }
        found
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
        self.observed.contains(&site) || self.edits.contains_key(&site) || self.differentiated.contains(&site)
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
        if self.differentiated.contains(&site) {
            // A zero that is added has the gradient of what it is added to.
            let zero = Tensor::<D>::zeros(activation.dims(), &activation.device()).autodiff().require_grad();
            activation = activation + zero.clone();
            let take = move |gradients: &mut Gradients, found: &mut Readback| {
                if let Some(gradient) = zero.grad_remove(gradients) {
                    found.keep(site, gradient);
                }
            };
            self.leaves.push(Leaf(site, Box::new(take)));
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
        Intervention::Replace(values) => values.shaped(shape, &activation.device())?,
        Intervention::Add(values) => {
            let mut row = [1; D];
            if let (Some(slot), Some(&width)) = (row.last_mut(), shape.last()) {
                *slot = width;
            }
            let device = activation.device();
            old + values.shaped(shape, &device).or_else(|| values.shaped(row, &device))?
        }
    };
    Some(activation.slice_assign(region, new))
}

/// The mean over batch and (query) position, spread back to the full shape.
fn mean_over_positions<const D: usize>(site: Site, activation: Tensor<D>) -> Tensor<D> {
    let scores = matches!(site, Site::Block { site: BlockSite::AttnScores | BlockSite::Pattern, .. });
    let shape = activation.dims();
    activation.mean_dim(0).mean_dim(if scores { 2 } else { 1 }).expand(shape)
}
