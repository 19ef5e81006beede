//! Tests of many chains: what was right, followed, repaired and ignored, each with its interval; accuracy comes first.

use vitrine_schema::Hearing;
use vitrine_schema::reasoning::Trial;
use vitrine_words::courtroom as said;
use vitrine_words::number::percent;
use vitrine_words::vote::range;

use crate::drawing::{Anchor, Area, Drawing, Group, Layer, Paint, Part, Role, Shape, Stroke, Text, through};
use crate::font::{self, Letters};
use crate::table::{Cell, Table};

/// Below this width names stand above their bars.
const NARROW: f32 = 520.0;
const TOP: f32 = 22.0;
/// Height of a share of 1 in the curve.
const HEIGHT: f32 = 140.0;

/// Each count as its interval with a tick where the share is.
#[must_use]
pub fn drawing(found: &Hearing, width: f32) -> Drawing {
    drawing_beside(found, &[], width)
}

/// The same with what other tests of the same problems add.
#[must_use]
pub fn drawing_beside(found: &Hearing, others: &[&Hearing], width: f32) -> Drawing {
    let narrow = width < NARROW;
    let rows = said::counts_beside(found, others);
    let (left, right) = if narrow { (12.0, 12.0) } else { (176.0, 176.0) };
    let row = if narrow { 46.0 } else { 34.0 };
    let x = |share: f32| left + (width - left - right) * if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let bottom = TOP + row * rows.len() as f32;
    let mut below = Vec::new();
    for (share, name) in [(0.0, "0"), (0.25, "25"), (0.5, "50"), (0.75, "75"), (1.0, "100 %")] {
        below.push(Shape::line((x(share), TOP), (x(share), bottom), Stroke::new(Role::Line, 1.0)));
        let half = font::width(name, Letters::NUMBER) / 2.0;
        let place = x(share).max(half).min(width - half);
        below.push(Shape::text(Text::new(place, 12.0, name, Letters::NUMBER).anchored(Anchor::Middle), Role::Soft));
    }
    let mut groups = Vec::new();
    for (at, (name, count, n)) in rows.iter().enumerate() {
        let y = TOP + row * at as f32 + if narrow { 32.0 } else { row / 2.0 };
        let ours = at > 1 && name.starts_with("followed");
        let role = if ours { Role::Pole(-1.0) } else { Role::Strength(1.0) };
        let [low, high] = count.interval.map(x);
        let share = x(count.count as f32 / (*n).max(1) as f32);
        let mut shapes = vec![
            Shape::rect(Area::new(low, y - 5.0, (high - low).max(0.0), 10.0), 1.0, Paint::new(role).faded(0.28)),
            Shape::line((share, y - 8.0), (share, y + 8.0), Stroke::new(role, 2.6)),
        ];
        let (numbers, interval) = (format!("{}/{n}", count.count), range(count.interval));
        let text = |x: f32, y: f32, text: &str, letters: Letters| Text::new(x, y, text, letters);
        if narrow {
            let numbers = format!("{numbers} · {interval}");
            let numbers = text(width, y - 14.0, &numbers, Letters::NUMBER).anchored(Anchor::End);
            let room = numbers.span().0 - 8.0;
            shapes.push(
                Shape::text(text(0.0, y - 14.0, name, Letters::STRONG).clipped(room.max(20.0)), Role::Ink).on_paper(),
            );
            shapes.push(Shape::text(numbers, Role::Soft).on_paper());
        } else {
            shapes.push(Shape::text(text(0.0, y + 4.0, name, Letters::STRONG).clipped(left - 10.0), Role::Ink));
            let numbers = text(width - right + 66.0, y + 4.0, &numbers, Letters::NUMBER).anchored(Anchor::End);
            shapes.push(Shape::text(numbers, Role::Ink));
            shapes
                .push(Shape::text(text(width, y + 4.0, &interval, Letters::NUMBER).anchored(Anchor::End), Role::Soft));
        }
        let area = Area::new(0.0, TOP + row * at as f32, width, row);
        groups.push(Group::of(Part::Cell(at), Some(area), shapes));
    }
    Drawing::new(width, bottom + 6.0, vec![Layer::new(vec![Group::new(below)]), Layer::new(groups)])
}

/// How many answers are those of the whole chain when they are wanted early; nothing of another test, or where the chain does not
/// help.
#[must_use]
pub fn early(found: &Hearing, width: f32) -> Option<Drawing> {
    if found.same.is_empty() || !found.helps() {
        return None;
    }
    let (left, right) = (44.0, width - 16.0);
    let share = |value: f32| if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
    let x = |kept: f32| left + (right - left) * share(kept);
    let y = |same: f32| TOP + HEIGHT * (1.0 - share(same));
    let mut below = Vec::new();
    for (value, name) in [(0.0, "0"), (0.5, "50"), (1.0, "100 %")] {
        below.push(Shape::line((left, y(value)), (right, y(value)), Stroke::new(Role::Line, 1.0)));
        let number = Text::new(left - 6.0, y(value) + 4.0, name, Letters::NUMBER).anchored(Anchor::End);
        below.push(Shape::text(number, Role::Soft));
    }
    for (value, name, anchor) in [(0.0, "no step", Anchor::Start), (1.0, "the whole chain", Anchor::End)] {
        let text = Text::new(x(value), TOP + HEIGHT + 20.0, name, Letters::LABEL).clipped(width / 2.0).anchored(anchor);
        below.push(Shape::text(text, Role::Soft));
    }
    let title = Text::new(0.0, 12.0, "same answer, by how much of the chain is kept", Letters::LABEL).clipped(width);
    below.push(Shape::text(title, Role::Soft));
    let points: Vec<(f32, f32)> = found.kept.iter().zip(&found.same).map(|(kept, same)| (x(*kept), y(*same))).collect();
    let mut above = vec![(right, y(1.0)), (left, y(1.0))];
    above.splice(0..0, points.iter().copied());
    let mut shapes = vec![
        Shape::closed(&above, Paint::new(Role::Strength(1.0)).faded(0.14), None),
        Shape::along(through(&points), Stroke::new(Role::Strength(1.0), 2.4)),
    ];
    let ring = |&point: &(f32, f32)| {
        Shape::circle(point, 4.0, Paint::new(Role::Paper), Some(Stroke::new(Role::Strength(1.0), 2.0)))
    };
    shapes.extend(points.iter().map(ring));
    let layers = vec![Layer::new(vec![Group::new(below)]), Layer::new(vec![Group::new(shapes)])];
    Some(Drawing::new(width, TOP + HEIGHT + 28.0, layers))
}

/// The counts with their intervals.
#[must_use]
pub fn table(found: &Hearing) -> Table {
    table_beside(found, &[])
}

/// The same with what other tests of the same problems add.
#[must_use]
pub fn table_beside(found: &Hearing, others: &[&Hearing]) -> Table {
    let heads = [("What", false), ("Count", true), ("Of", true), ("From", true), ("To", true)];
    let row = |(name, count, n): (String, vitrine_schema::reasoning::Count, usize)| {
        let whole = |number: usize| Cell::Number(number as f32, number.to_string());
        let [low, high] = count.interval.map(|share| Cell::Number(share, percent(share)));
        vec![Cell::Text(name), whole(count.count), whole(n), low, high]
    };
    Table {
        heads: heads.map(|(head, number)| (head.to_owned(), number)).into(),
        rows: said::counts_beside(found, others).into_iter().map(row).collect(),
    }
}

/// The problems one by one.
#[must_use]
pub fn trials_table(found: &Hearing) -> Table {
    let heads =
        [("Question", false), ("Right", false), ("At once", false), ("With the chain", false), ("Changed", false)];
    let text = |text: Option<&str>| Cell::Text(text.unwrap_or("–").to_owned());
    let row = |trial: &Trial| {
        let became = said::became(found, trial);
        vec![
            text(Some(&trial.question)),
            text(Some(&trial.expected)),
            text(trial.direct.as_deref()),
            text(trial.answer.as_deref()),
            text(Some(&*became).filter(|became| !became.is_empty())),
        ]
    };
    Table {
        heads: heads.map(|(head, number)| (head.to_owned(), number)).into(),
        rows: found.trials.iter().map(row).collect(),
    }
}

/// The curve of early answering.
#[must_use]
pub fn early_table(found: &Hearing) -> Table {
    let number = |share: f32| Cell::Number(share, percent(share));
    Table {
        heads: vec![("Kept".to_owned(), true), ("Same answer".to_owned(), true)],
        rows: found.kept.iter().zip(&found.same).map(|(kept, same)| vec![number(*kept), number(*same)]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use vitrine_schema::Evidence;

    use super::*;
    use crate::example::courtroom;

    #[test]
    fn where_the_chain_does_not_help_only_that_is_shown() {
        let rows = |found: &Hearing| {
            drawing(found, 700.0).groups().filter(|group| matches!(group.part, Some(Part::Cell(_)))).count()
        };
        assert_eq!(rows(&courtroom(Evidence::Corrupt, [3, 26], [20, 0, 3, 1])), 6);
        let mut useless = courtroom(Evidence::Early, [4, 5], [20, 0, 3, 1]);
        (useless.kept, useless.same) = (vec![0.0, 1.0], vec![0.2, 1.0]);
        assert_eq!((rows(&useless), early(&useless, 700.0)), (2, None));
        useless.with = vitrine_schema::reasoning::Count::of(26, 32);
        assert!(early(&useless, 700.0).is_some() && early_table(&useless).rows.len() == 2);
    }
}
