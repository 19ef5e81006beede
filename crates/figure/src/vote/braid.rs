//! The chains as a prefix tree: threads run side by side while their steps are the same, part where they differ, and meet again
//! where the answer is the same.

use std::collections::BTreeMap;

use vitrine_schema::Voting;
use vitrine_schema::reasoning::{Drawn, StepCheck};

use super::named;
use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Part, Role, Shape, Step, Stroke, Text};
use crate::font::{self, Letters};
use crate::playback::climbed;

/// Below this width threads are thin and heads are left out.
const NARROW: f32 = 520.0;
/// Threads that are drawn one by one; above that they become ribbons.
const THREADS: usize = 40;
const SMALL: Letters = Letters::LABEL.size(12.0);
/// Above the threads.
const TOP: f32 = 44.0;
/// So far a thread may rise or fall beside a label.
const CLEAR: f32 = 4.0;

/// A place where threads run together.
#[derive(Clone, Debug, Default)]
struct Knot {
    /// Threads that run through it, in their order.
    threads: Vec<usize>,
}

/// A thread, or a ribbon of chains that are the same.
struct Thread<'a> {
    chain: &'a Drawn,
    /// The places of its chains in the order in which they were drawn.
    places: Vec<usize>,
    keys: Vec<String>,
}

impl Thread<'_> {
    const fn n(&self) -> usize {
        self.places.len()
    }
}

/// How far the chains have come at a position from 0 to 1: one after the other, each from its question to its answer.
#[derive(Clone, Copy)]
struct Grown {
    position: f32,
    n_chains: usize,
    n_columns: usize,
}

impl Grown {
    /// Columns that the chain of a place has reached.
    fn reached(self, place: usize) -> usize {
        climbed(self.n_columns, (self.position * self.n_chains as f32 - place as f32).clamp(0.0, 1.0))
    }

    /// Chains of a thread that have reached a number of columns.
    fn count(self, thread: &Thread<'_>, columns: usize) -> usize {
        thread.places.iter().filter(|place| self.reached(**place) >= columns).count()
    }
}

/// The braid as far as it has grown at a position from 0 to 1; nothing before the first token was drawn. Threads keep the places that
/// they have in the end.
#[must_use]
pub fn drawing(found: &Voting, position: f32, width: f32) -> Option<Drawing> {
    let narrow = width < NARROW;
    let n_steps = found.chains.iter().map(|chain| chain.steps.len()).max()?;
    let threads = threads(found, n_steps);
    let n: usize = threads.iter().map(Thread::n).sum();
    let thick = (if narrow { 5.4f32 } else { 8.0 }).min(320.0 / n.max(1) as f32);
    let gap: f32 = if narrow { 26.0 } else { 32.0 };
    let n_columns = n_steps + 2;
    let grown = Grown { position, n_chains: found.chains.len(), n_columns };
    // The answer that most of those give that are there.
    let complete = |place: &usize| grown.reached(*place) == n_columns;
    let so_far = super::first(found, (0..found.chains.len()).filter(complete).count());
    let columns: Vec<Vec<(String, Knot)>> = (0..n_columns).map(|column| knots(&threads, column)).collect();
    let tall = |column: &Vec<(String, Knot)>| {
        let all: usize = column.iter().flat_map(|(_, knot)| &knot.threads).map(|&at| threads[at].n()).sum();
        all as f32 * thick + gap * column.len().saturating_sub(1) as f32
    };
    let height = columns.iter().map(tall).fold(0.0, f32::max);
    let mut placed: Vec<BTreeMap<&str, (f32, f32)>> = Vec::new();
    for column in &columns {
        let mut y = TOP + (height - tall(column)) / 2.0;
        let mut places = BTreeMap::new();
        for (key, knot) in column {
            let wide: usize = knot.threads.iter().map(|&at| threads[at].n()).sum();
            places.insert(key.as_str(), (y, wide as f32 * thick));
            y += wide as f32 * thick + gap;
        }
        placed.push(places);
    }
    let right = if narrow { 64.0 } else { 128.0 };
    let hold: f32 = if narrow { 6.0 } else { 14.0 };
    let x = |column: usize| 2.0 + hold + (width - right - 2.0 - 2.0 * hold) * column as f32 / (n_columns - 1) as f32;
    // How much of each knot is taken already, thread by thread.
    let mut taken: Vec<BTreeMap<&str, f32>> = vec![BTreeMap::new(); n_columns];
    let mut groups = Vec::new();
    for (at, thread) in threads.iter().enumerate() {
        let wide = thread.n() as f32 * thick;
        let seen = grown.count(thread, 1);
        let reached = thread.places.iter().map(|place| grown.reached(*place)).max().unwrap_or(0);
        let mut steps: Vec<Step> = Vec::new();
        let mut before = None;
        for (column, (places, taken)) in placed.iter().zip(&mut taken).enumerate() {
            let Some(key) = thread.keys.get(column) else { break };
            let Some(&(top, _)) = places.get(key.as_str()) else { break };
            let Some((key, _)) = places.get_key_value(key.as_str()) else { break };
            let used = taken.entry(key).or_default();
            let y = top + *used + wide / 2.0;
            *used += wide;
            if column >= reached {
                continue;
            }
            match before {
                None => steps.push(Step::Move(x(0) - hold, y)),
                Some((x0, y0)) => {
                    let x1 = x(column) - hold;
                    let middle = (x0 + x1) / 2.0;
                    steps.push(Step::Cubic([middle, y0, middle, y, x1, y]));
                }
            }
            steps.push(Step::Line(x(column) + hold, y));
            before = Some((x(column) + hold, y));
        }
        let majority = thread.chain.ended && so_far.majority.is_some() && thread.chain.answer == so_far.majority;
        let (role, opacity) = if majority { (Role::Strength(1.0), 0.85) } else { (Role::Soft, 0.5) };
        let mut line = Stroke::new(role, (seen as f32 * thick - 1.6).max(0.8)).faded(opacity);
        if !thread.chain.ended {
            line = line.dashed(3.0, 3.0);
        }
        let shapes = if steps.is_empty() { Vec::new() } else { vec![Shape::along(steps, line)] };
        groups.push(Group::of(Part::Ribbon(at), None, shapes));
    }
    let mut labels = heads(&columns, narrow, x, width);
    labels.extend(tags(&columns, &threads, grown, &placed, x, narrow));
    let from = x(n_columns - 1) + hold + 8.0;
    let ended: usize = so_far.n_ended();
    for (key, (y, tall)) in placed.last().into_iter().flatten() {
        let middle = y + tall / 2.0;
        let here = || threads.iter().filter(|thread| thread.keys.last().is_some_and(|last| last == key));
        let count: usize = here().map(|thread| grown.count(thread, n_columns)).sum();
        let Some(thread) = here().next().filter(|_| count > 0) else { continue };
        let name = if thread.chain.ended { named(thread.chain.answer.as_ref()) } else { "…".to_owned() };
        let first = thread.chain.ended && so_far.majority.is_some() && thread.chain.answer == so_far.majority;
        let letters = Letters::WORD.size(if first { 22.0 } else { 17.0 });
        let of = format!("{count} of {ended}");
        let room = if narrow { width - from } else { width - from - font::width(&of, Letters::NUMBER) - 12.0 };
        let text = Text::new(from, middle + 6.0, &name, letters).clipped(room.max(12.0));
        let end = text.span().1;
        labels.push(Shape::text(text, Role::Ink));
        if !narrow && thread.chain.ended && end + 10.0 + font::width(&of, Letters::NUMBER) <= width {
            labels.push(Shape::text(Text::new(end + 10.0, middle + 5.0, &of, Letters::NUMBER), Role::Soft));
        }
    }
    let area = Area::new(0.0, 0.0, width, TOP + height + 16.0);
    let layers = vec![Layer::new(groups), Layer::new(vec![Group::new(labels)])];
    Some(Drawing::new(width, area.height, layers))
}

/// The chain that a thread is, the first of them where it is a ribbon, by its place among the chains.
#[must_use]
pub fn chain_of(found: &Voting, thread: usize) -> Option<usize> {
    let n_steps = found.chains.iter().map(|chain| chain.steps.len()).max()?;
    threads(found, n_steps).get(thread)?.places.iter().min().copied()
}

/// The chains in the order of the braid: by answer, the most frequent first, then by their steps; alike ones as one ribbon where there
/// are many.
fn threads(found: &Voting, n_steps: usize) -> Vec<Thread<'_>> {
    let rank = |chain: &Drawn| {
        let place = found.answers.iter().position(|one| one.answer == chain.answer).filter(|_| chain.ended);
        place.unwrap_or(usize::MAX)
    };
    let end =
        |chain: &Drawn| if chain.ended { format!("= {}", named(chain.answer.as_ref())) } else { "…".to_owned() };
    let keys = |chain: &Drawn| {
        let mut keys = vec![String::new()];
        for at in 0..n_steps {
            let before = keys.last().cloned().unwrap_or_default();
            keys.push(chain.steps.get(at).map_or(before.clone(), |step| format!("{before}\n{}", step.text)));
        }
        keys.push(end(chain));
        keys
    };
    let thread = |(place, chain)| Thread { chain, places: vec![place], keys: keys(chain) };
    let all = found.chains.iter().enumerate().map(thread);
    let mut threads: Vec<Thread<'_>> = all.collect();
    // Where chains part, the larger branch lies above.
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for key in threads.iter().flat_map(|thread| thread.keys.iter()) {
        *sizes.entry(key.clone()).or_default() += 1;
    }
    let order = |thread: &Thread<'_>| -> (usize, Vec<(usize, String)>) {
        let size = |key: &String| (usize::MAX - sizes.get(key).copied().unwrap_or(0), key.clone());
        (rank(thread.chain), thread.keys.iter().map(size).collect())
    };
    threads.sort_by_cached_key(order);
    if threads.len() <= THREADS {
        return threads;
    }
    let mut ribbons: Vec<Thread<'_>> = Vec::new();
    for thread in threads {
        match ribbons.last_mut().filter(|last| last.keys == thread.keys) {
            Some(last) => last.places.extend(thread.places),
            None => ribbons.push(thread),
        }
    }
    ribbons
}

/// Where threads run together in a column, from above.
fn knots(threads: &[Thread<'_>], column: usize) -> Vec<(String, Knot)> {
    let mut knots: Vec<(String, Knot)> = Vec::new();
    for (at, thread) in threads.iter().enumerate() {
        let Some(key) = thread.keys.get(column) else { continue };
        match knots.iter_mut().find(|(known, _)| known == key) {
            Some((_, knot)) => knot.threads.push(at),
            None => knots.push((key.clone(), Knot { threads: vec![at] })),
        }
    }
    knots
}

/// What each column is.
fn heads(columns: &[Vec<(String, Knot)>], narrow: bool, x: impl Fn(usize) -> f32, width: f32) -> Vec<Shape> {
    let last = columns.len() - 1;
    let step = x(1) - x(0);
    let head = |column: usize| {
        let text = match column {
            0 if narrow => return None,
            0 => "question".to_owned(),
            column if column == last => "answer".to_owned(),
            column => format!("step {column}"),
        };
        let text = if font::width(&text, SMALL) <= step - 6.0 || column == last { text } else { column.to_string() };
        let half = font::width(&text, SMALL) / 2.0;
        let place = x(column).max(half).min(width - half);
        (step > 14.0 || column == last)
            .then(|| Shape::text(Text::new(place, 14.0, &text, SMALL).anchored(Anchor::Middle), Role::Soft))
    };
    (0..columns.len()).filter_map(head).collect()
}

/// What the branches say, where chains part.
fn tags(
    columns: &[Vec<(String, Knot)>],
    threads: &[Thread<'_>],
    grown: Grown,
    placed: &[BTreeMap<&str, (f32, f32)>],
    x: impl Fn(usize) -> f32,
    narrow: bool,
) -> Vec<Shape> {
    let mut shapes = Vec::new();
    let room = (x(1) - x(0) - 10.0).max(0.0);
    let last = columns.len() - 1;
    for (column, knots) in columns.iter().enumerate().take(last).skip(1) {
        if knots.len() < 2 {
            continue;
        }
        for (key, knot) in knots {
            let is_there = |&at: &usize| threads.get(at).is_some_and(|thread| grown.count(thread, column + 1) > 0);
            if !knot.threads.iter().any(is_there) {
                continue;
            }
            let chain = knot.threads.first().and_then(|&at| threads.get(at)).map(|thread| thread.chain);
            let step = chain.and_then(|chain| chain.steps.get(column - 1));
            let place = |column: usize, key: &str| placed.get(column).and_then(|places| places.get(key)).copied();
            let (Some(step), Some((y, tall))) = (step, place(column, key)) else { continue };
            // Where its threads come down to it or go up from it they would run through what stands above it.
            let beside = |column: usize| {
                let threads_here = knot.threads.iter().filter_map(|&at| threads.get(at));
                threads_here.filter_map(move |thread| place(column, thread.keys.get(column)?))
            };
            let around: Vec<(f32, f32)> = beside(column - 1).chain(beside(column + 1)).collect();
            let above = around.iter().all(|(top, _)| *top >= y - CLEAR);
            let below = around.iter().all(|(top, high)| top + high <= y + tall + CLEAR);
            let line = if below && !above { y + tall + 15.0 } else { y - 6.0 };
            let slip = step.check == Some(StepCheck::Wrong);
            let text = match (narrow, step.text.rsplit_once('=')) {
                (true, Some((_, result))) => result.trim().trim_end_matches('.').to_owned(),
                _ => step.text.trim_end_matches('.').to_owned(),
            };
            let text = if slip { format!("{text}, a slip") } else { text };
            let clipped = font::clipped(&text, SMALL, room);
            if clipped.chars().count() < 2 && clipped != text {
                continue;
            }
            let text = Text::new(x(column), line, &clipped, SMALL).anchored(Anchor::Middle);
            shapes.push(Shape::text(text, if slip { Role::Pole(-1.0) } else { Role::Soft }).on_paper());
        }
    }
    shapes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example::vote;

    #[test]
    fn there_is_a_thread_for_each_chain_until_there_are_many() {
        let count = |found: &Voting| {
            let drawing = drawing(found, 1.0, 900.0).unwrap_or_default();
            drawing.groups().filter(|group| matches!(group.part, Some(Part::Ribbon(_)))).count()
        };
        assert_eq!(count(&vote(&[("14", 11), ("15", 6), ("13", 3)])), 20);
        assert_eq!(count(&vote(&[("14", 30), ("15", 15)])), 2);
        assert_eq!(drawing(&vote(&[]), 1.0, 900.0), None);
        // The braid goes by answers, the chains by their seeds.
        let mut mixed = vote(&[("14", 2), ("15", 1)]);
        mixed.chains.rotate_right(1);
        assert_eq!([0, 1, 2, 3].map(|thread| chain_of(&mixed, thread)), [Some(1), Some(2), Some(0), None]);
    }

    #[test]
    fn threads_of_one_answer_end_together() {
        let found = vote(&[("14", 3), ("15", 2)]);
        let drawing = drawing(&found, 1.0, 900.0).unwrap_or_default();
        let end = |group: &Group| match group.shapes.first().map(|shape| &shape.form) {
            Some(crate::drawing::Form::Path(steps)) => match steps.last() {
                Some(Step::Line(_, y)) => *y,
                _ => f32::NAN,
            },
            _ => f32::NAN,
        };
        let ends: Vec<f32> = drawing.layers[0].groups.iter().map(end).collect();
        assert!(ends.windows(2).all(|pair| pair[0] < pair[1]), "{ends:?}");
        assert!(ends[3] - ends[2] > 3.0 * (ends[1] - ends[0]), "{ends:?}");
    }

    #[test]
    fn threads_grow_one_after_the_other_in_their_places() {
        let found = vote(&[("14", 3), ("15", 2)]);
        let at = |position| drawing(&found, position, 900.0).unwrap_or_default();
        let threads = |position| -> Vec<Group> {
            let drawing = at(position);
            drawing.groups().filter(|group| !group.shapes.is_empty() && group.part.is_some()).cloned().collect()
        };
        assert_eq!([0.0, 0.2, 0.21, 0.4, 1.0].map(|position| threads(position).len()), [0, 1, 2, 2, 5]);
        let half = threads(0.5);
        let whole = |group: &&Group| {
            threads(1.0).iter().any(|whole| whole.part == group.part && whole.shapes[0].form == group.shapes[0].form)
        };
        assert_eq!((half.len(), half.iter().filter(whole).count()), (3, 2), "two are there, one is on its way");
        assert_eq!((at(0.0).height, at(0.5).height), (at(1.0).height, at(1.0).height));
    }
}
