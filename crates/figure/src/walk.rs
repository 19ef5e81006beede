//! How the keys walk the parts of a figure: through a map by its rows and columns, through everything else in reading order.

use crate::drawing::{Area, Drawing, Part};

impl Drawing {
    /// The part that a key leads to; `None` where the key leads nowhere in a figure.
    #[must_use]
    pub fn walked(&self, here: Option<Part>, key: &str) -> Option<Part> {
        let (right, down) = match key {
            "ArrowRight" => (1, 0),
            "ArrowLeft" => (-1, 0),
            "ArrowDown" => (0, 1),
            "ArrowUp" => (0, -1),
            "Home" | "End" => return here.and_then(|here| self.end_of_column(here, key == "End")),
            _ => return None,
        };
        match here {
            Some(cell @ Part::Cell(_)) => Some(self.next_to(cell, right, down).unwrap_or(cell)),
            here => self.beside(here, right + down > 0),
        }
    }

    fn cells(&self) -> impl Iterator<Item = (Part, Area)> {
        let cells = self.groups().filter(|group| matches!(group.part, Some(Part::Cell(_))));
        cells.filter_map(|group| Some((group.part?, group.area?)))
    }

    fn area_of(&self, part: Part) -> Option<Area> {
        self.cells().find(|(other, _)| *other == part).map(|(_, area)| area)
    }

    /// The nearest cell of the same row or column.
    fn next_to(&self, here: Part, right: i32, down: i32) -> Option<Part> {
        let area = self.area_of(here)?;
        let ahead = |other: Area| {
            let across = middle(other.x, other.width) - middle(area.x, area.width);
            let along = middle(other.y, other.height) - middle(area.y, area.height);
            let (ahead, aside) =
                if right == 0 { (down as f32 * along, across) } else { (right as f32 * across, along) };
            let room = if right == 0 { area.width } else { area.height };
            (ahead > 0.5 && 2.0 * aside.abs() < room).then_some(ahead)
        };
        let cells = self.cells().filter_map(|(part, other)| Some((part, ahead(other)?)));
        cells.reduce(|near, next| if next.1 < near.1 { next } else { near }).map(|(part, _)| part)
    }

    /// The first or last layer of a column; of a single row its first or last cell.
    fn end_of_column(&self, here: Part, last: bool) -> Option<Part> {
        let area = self.area_of(here)?;
        let column = |other: &Area| 2.0 * (other.x - area.x).abs() < area.width;
        let of_column: Vec<Part> = self.cells().filter(|(_, other)| column(other)).map(|(part, _)| part).collect();
        let parts = if of_column.len() > 1 { of_column } else { self.cells().map(|(part, _)| part).collect() };
        if last { parts.into_iter().max() } else { parts.into_iter().min() }
    }
}

fn middle(start: f32, length: f32) -> f32 {
    start + length / 2.0
}

#[cfg(test)]
mod tests {
    use crate::drawing::Part;
    use crate::example::{patching, probing};
    use crate::{patching as map, probing as bars};

    #[test]
    fn a_map_is_walked_by_rows_and_columns() {
        let drawing = map::drawing(&patching(&[[0.0, 1.0, 0.0], [0.0, 0.2, 0.9], [0.0, 0.1, 0.9]]), None, 700.0);
        let walk = |from, key| drawing.walked(Some(Part::Cell(from)), key);
        // Three words, the first of them before the difference; layer 0 is the lowest row.
        assert_eq!(walk(4, "ArrowRight"), Some(Part::Cell(5)));
        assert_eq!([walk(4, "ArrowUp"), walk(4, "ArrowDown")], [7, 1].map(|cell| Some(Part::Cell(cell))));
        assert_eq!([walk(4, "ArrowLeft"), walk(7, "ArrowUp")], [4, 7].map(|cell| Some(Part::Cell(cell))));
        assert_eq!([walk(4, "Home"), walk(4, "End")], [1, 7].map(|cell| Some(Part::Cell(cell))));
        assert_eq!((drawing.walked(None, "ArrowRight"), walk(4, "x")), (Some(Part::Cell(7)), None));
    }

    #[test]
    fn bars_are_walked_from_end_to_end() {
        let drawing = bars::drawing(&probing(&[(0.5, 0.5), (0.9, 0.4), (0.8, 0.5)]), 700.0);
        let walk = |from, key| drawing.walked(Some(Part::Cell(from)), key);
        assert_eq!([walk(1, "Home"), walk(1, "End"), walk(1, "ArrowUp")], [0, 2, 1].map(|at| Some(Part::Cell(at))));
    }
}
