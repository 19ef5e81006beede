//! Rows that enter a pass between its blocks, each before its own: what lies below is not run again.

use vitrine_model::{Edit, Flow, Hooks, Intervention, KvCache, ModelError, trace};
use vitrine_schema::Site;
use vitrine_schema::floats::Floats;
use vitrine_schema::work::{Done, Enter, Entering, Put, Row};

use crate::crew::Tally;
use crate::{Context, MethodError};

impl Context<'_> {
    /// Runs all rows together from the first block on, each of them from its own.
    ///
    /// # Errors
    /// [`ModelError::Ragged`] where a row has other numbers than it says, [`ModelError::EditShape`] where what is put into one has;
    /// [`MethodError::Cancelled`].
    pub(crate) async fn enter(&self, work: &Enter, tally: &Tally<'_>) -> Result<Done, MethodError> {
        tally.tick().await?;
        let (model, config) = (self.model, self.model.config());
        let base = KvCache::from_kept(&work.past, model.device())?;
        let past = base.n_tokens();
        let first = work.rows.first().ok_or(ModelError::Ragged)?;
        let pos = first.stream.0.len() / config.d_model.max(1);
        let (mut flow, mut entered): (Option<Flow<'_>>, &[Entering]) = (None, &[]);
        for layer in first.layer..config.n_layers {
            let waiting = &work.rows[entered.len()..];
            let entering = &waiting[..waiting.iter().take_while(|row| row.layer == layer).count()];
            entered = &work.rows[..entered.len() + entering.len()];
            if !entering.is_empty() {
                let stream = entering.iter().flat_map(|row| &row.stream.0).copied().collect();
                let stream = model.upload_stream(stream, entering.len(), pos)?;
                flow = Some(match flow {
                    Some(flow) => flow.joined(stream),
                    None => Flow::at(model, layer, stream, None, past),
                });
            }
            let mut hooks = Hooks::default();
            for (at, row) in entered.iter().enumerate() {
                let here = |put: &&Put| matches!(put.site, Site::Block { layer: at, .. } if at == layer);
                for put in row.put.iter().filter(here) {
                    let region = std::iter::once(at..at + 1).chain(put.region.iter().cloned()).collect();
                    let intervention = Intervention::Replace(put.values.0.clone().into());
                    hooks = hooks.edit(put.site, Edit { region, intervention });
                }
            }
            let mut cache = base.spread(entered.len());
            flow = flow.map(|flow| flow.step(Some(&mut cache), &mut hooks));
            hooks.into_readback()?;
            self.monitor.turn().await?;
        }
        let logits = flow.ok_or(ModelError::Ragged)?.logits(None, &mut Hooks::default());
        let [batch, class] = logits.dims();
        if batch != work.rows.len() {
            return Err(ModelError::Ragged.into());
        }
        let read = if work.logits { trace::read(logits.clone()).await? } else { Vec::new() };
        let mut each = read.chunks(class.max(1)).map(|logits| Floats(logits.to_vec()));
        let values = self.values(logits).await?;
        tally.add(values.len());
        let row = |value| Row { value, logits: each.next().unwrap_or_default(), said: None };
        Ok(Done { rows: values.into_iter().map(row).collect(), ..Done::default() })
    }
}
