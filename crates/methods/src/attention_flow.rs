//! Attention flow.
//!
//! **Question.** How much could flow at most from each token to the place that is read, if attention weights were pipes?
//!
//! **Definition.** A graph with a node for each position at each depth; from position `q` above layer `l` to `k` below it leads a pipe of
//! capacity `Â_l[q, k]`.
//! ```text
//! Â_l = ½ mean_h A_l + ½ I     f_i = Σ_q r_q maxflow(q above the last layer → i below the first)     s_i = f_i / Σ_j f_j
//! ```
//! `r` as in `attention_weights.rs`.
//!
//! **Reads as.** A share, unsigned; the scores of all tokens sum to 1.
//!
//! **Cost.** One forward pass for the patterns, one for the values, and a largest flow for each pair of a position that is read and a
//! token; at most 64 tokens.
//!
//! **Limits.** A heuristic: not a causal effect. Each token's flow has all pipes for itself, and what a model carries need not be the
//! most that it could. What leaves a position is at most 1, so in deep models many flows are alike.
//!
//! **Source.** Abnar, Zuidema 2020, *Quantifying Attention Flow in Transformers*, section 3, arXiv 2005.00928; largest flows: Dinic 1970.

use vitrine_schema::MethodId;

use crate::attention::{mean_of_heads, patterns_for, refuse_longer};
use crate::gradient_x_input::between_ends;
use crate::{Attribution, Context, MethodError};

const MOST_TOKENS: usize = 64;
/// What a pipe has left below this is rounding.
const ROUNDING: f64 = 1e-9;

/// Runs the method.
///
/// # Errors
/// [`vitrine_schema::diagnostic::Refusal::TextTooLong`], [`MethodError`].
pub async fn attribute(ctx: &Context<'_>) -> Result<Attribution, MethodError> {
    refuse_longer(ctx, MethodId::AttentionFlow, MOST_TOKENS)?;
    let (pos, config) = (ctx.input.tokens.len(), ctx.model.config());
    let patterns = patterns_for(ctx, MethodId::AttentionFlow, 0..config.n_layers).await?;
    let pipes = Pipes::new(&patterns, config.n_heads, pos);
    let mut flows = vec![0.0; pos];
    for (source, share) in ctx.model.read_from(pos).into_iter().enumerate().filter(|(_, share)| *share > 0.0) {
        for (sink, flow) in flows.iter_mut().enumerate() {
            *flow += f64::from(share) * pipes.largest_flow(source, sink);
        }
        ctx.monitor.turn().await?;
    }
    let total: f64 = flows.iter().sum();
    let scores = flows.iter().map(|flow| (flow / total) as f32).collect();
    Ok(Attribution { scores, ..between_ends(ctx).await? })
}

/// Capacities between depths, from the top: `[depth][from * pos + to]`.
#[derive(Clone)]
struct Pipes {
    pos: usize,
    layers: Vec<Vec<f64>>,
}

impl Pipes {
    fn new(patterns: &[f32], n_heads: usize, pos: usize) -> Self {
        let capacity = |layer: &[f32]| {
            let mean = mean_of_heads(layer, n_heads, pos).into_iter().enumerate();
            mean.map(|(at, mean)| 0.5 * f64::from(mean) + if at / pos == at % pos { 0.5 } else { 0.0 }).collect()
        };
        Self { pos, layers: patterns.chunks((n_heads * pos * pos).max(1)).rev().map(capacity).collect() }
    }

    /// From a position at the top to one at the bottom.
    fn largest_flow(&self, source: usize, sink: usize) -> f64 {
        let sink = self.layers.len() * self.pos + sink;
        let mut flow = Flow { left: self.clone(), back: self.empty(), distance: Vec::new(), next: Vec::new() };
        let mut total = 0.0;
        while flow.reaches(source, sink) {
            let more = flow.push(source, sink, f64::INFINITY);
            if more <= ROUNDING {
                break;
            }
            total += more;
        }
        total
    }

    fn empty(&self) -> Self {
        Self { pos: self.pos, layers: self.layers.iter().map(|layer| vec![0.0; layer.len()]).collect() }
    }
}

/// A flow on its way to be the largest (Dinic). Nodes are numbered from the top, depth by depth.
struct Flow {
    /// What each pipe could still take.
    left: Pipes,
    /// What each pipe carries, and could give back.
    back: Pipes,
    /// Steps from the source, of nodes that are reached.
    distance: Vec<Option<usize>>,
    /// The first neighbour of each node that may still take something.
    next: Vec<usize>,
}

impl Flow {
    /// Neighbour number `at` of a node: first the positions below, then those above.
    fn neighbour(&self, node: usize, at: usize) -> Option<(usize, f64)> {
        let pos = self.left.pos;
        let (depth, here) = (node / pos, node % pos);
        if at < pos {
            let layer = self.left.layers.get(depth)?;
            return Some(((depth + 1) * pos + at, layer[here * pos + at]));
        }
        let above = depth.checked_sub(1)?;
        Some((above * pos + at - pos, self.back.layers[above][(at - pos) * pos + here]))
    }

    fn carry(&mut self, node: usize, at: usize, amount: f64) {
        let pos = self.left.pos;
        let (depth, here) = (node / pos, node % pos);
        let (layer, pipe, sign) =
            if at < pos { (depth, here * pos + at, 1.0) } else { (depth - 1, (at - pos) * pos + here, -1.0) };
        self.left.layers[layer][pipe] -= sign * amount;
        self.back.layers[layer][pipe] += sign * amount;
    }

    /// Measures distances from the source; whether there is still a way to the sink.
    fn reaches(&mut self, source: usize, sink: usize) -> bool {
        let (pos, n_nodes) = (self.left.pos, (self.left.layers.len() + 1) * self.left.pos);
        self.distance = vec![None; n_nodes];
        self.next = vec![0; n_nodes];
        self.distance[source] = Some(0);
        let mut waiting = std::collections::VecDeque::from([(source, 0)]);
        while let Some((node, steps)) = waiting.pop_front() {
            for at in 0..2 * pos {
                match self.neighbour(node, at) {
                    Some((to, room)) if room > ROUNDING && self.distance[to].is_none() => {
                        self.distance[to] = Some(steps + 1);
                        waiting.push_back((to, steps + 1));
                    }
                    _ => {}
                }
            }
        }
        self.distance[sink].is_some()
    }

    /// Sends as much as `most` from a node along shortest ways.
    fn push(&mut self, node: usize, sink: usize, most: f64) -> f64 {
        if node == sink {
            return most;
        }
        let further = self.distance[node].map(|steps| steps + 1);
        let mut sent = 0.0;
        while self.next[node] < 2 * self.left.pos {
            let at = self.next[node];
            if let Some((to, room)) = self.neighbour(node, at)
                && room > ROUNDING
                && self.distance[to] == further
            {
                let amount = self.push(to, sink, room.min(most - sent));
                if amount > 0.0 {
                    self.carry(node, at, amount);
                    sent += amount;
                    if most - sent <= ROUNDING {
                        return sent;
                    }
                }
            }
            self.next[node] += 1;
        }
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;

    /// The least capacity that parts source and sink, over all ways to part the nodes.
    fn least_cut(pipes: &Pipes, source: usize, sink: usize) -> f64 {
        let pos = pipes.pos;
        let sink = pipes.layers.len() * pos + sink;
        let n_nodes = (pipes.layers.len() + 1) * pos;
        let cut = |side: usize| {
            let with_source = |node: usize| side >> node & 1 == 1;
            let crossing = |depth: usize, from: usize, to: usize| {
                with_source(depth * pos + from) && !with_source((depth + 1) * pos + to)
            };
            let layers = pipes.layers.iter().enumerate();
            layers
                .flat_map(|(depth, layer)| layer.iter().enumerate().map(move |(at, capacity)| (depth, at, capacity)))
                .filter(|&(depth, at, _)| crossing(depth, at / pos, at % pos))
                .map(|(_, _, capacity)| capacity)
                .sum::<f64>()
        };
        let parts = (0..1usize << n_nodes).filter(|side| side >> source & 1 == 1 && side >> sink & 1 == 0);
        parts.map(cut).fold(f64::INFINITY, f64::min)
    }

    #[test]
    fn the_largest_flow_is_the_least_cut() {
        let mut chance = Chance::seeded(0);
        for _ in 0..30 {
            let pos = 3;
            // Some weights are 0, as in a causal model.
            let mut weight = || if chance.unit() < 0.3 { 0.0 } else { chance.unit() as f32 };
            let patterns: Vec<f32> = (0..3 * pos * pos).map(|_| weight()).collect();
            let pipes = Pipes::new(&patterns, 1, pos);
            for (source, sink) in [(0, 0), (0, 2), (2, 1)] {
                let (flow, cut) = (pipes.largest_flow(source, sink), least_cut(&pipes, source, sink));
                assert!((flow - cut).abs() < 1e-7, "{flow} is not {cut}");
            }
        }
    }

    #[test]
    fn who_looks_back_by_one_lets_a_half_through() {
        // Two layers, one head, two tokens; the second looks at the first, the first at itself.
        let back = [1.0, 0.0, 1.0, 0.0];
        let pipes = Pipes::new(&[back, back].concat(), 1, 2);
        let flows = [pipes.largest_flow(1, 0), pipes.largest_flow(1, 1)];
        assert!((flows[0] - 1.0).abs() < 1e-9 && (flows[1] - 0.5).abs() < 1e-9, "{flows:?}");
    }
}
