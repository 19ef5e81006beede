//! Numbers with a shape.

use serde::de::{SeqAccess, Visitor};
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Numbers in rows, layers, heads …; nested lists in JSON, where a number that is none (a cell that was not asked for) is `null`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    /// Length of each axis, outermost first.
    pub shape: Vec<usize>,
    /// As many values as the shape says, row-major.
    pub values: Vec<f32>,
}

impl Grid {
    /// Values with their shape; where they do not fit it, the shape is one axis.
    #[must_use]
    pub fn new(shape: impl Into<Vec<usize>>, values: Vec<f32>) -> Self {
        let shape = shape.into();
        let fits = shape.iter().product::<usize>() == values.len();
        Self { shape: if fits { shape } else { vec![values.len()] }, values }
    }
}

/// One axis of a grid and what lies inside of it.
struct Axis<'a> {
    shape: &'a [usize],
    values: &'a [f32],
}

impl Serialize for Grid {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Axis { shape: &self.shape, values: &self.values }.serialize(serializer)
    }
}

impl Serialize for Axis<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some((&length, inner)) = self.shape.split_first() else {
            return serializer.serialize_seq(Some(0))?.end();
        };
        let mut seq = serializer.serialize_seq(Some(length))?;
        let stride = self.values.len() / length.max(1);
        for at in 0..length {
            let values = self.values.get(at * stride..(at + 1) * stride).unwrap_or_default();
            match (inner, values) {
                ([], [value]) => seq.serialize_element(&Some(*value).filter(|value| value.is_finite()))?,
                (shape, values) => seq.serialize_element(&Axis { shape, values })?,
            }
        }
        seq.end()
    }
}

/// What stands in the lists.
enum Cell {
    Number(f32),
    List(Vec<Cell>),
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Cells;
        impl<'de> Visitor<'de> for Cells {
            type Value = Cell;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a number, null or a list of them")
            }

            fn visit_f64<E>(self, value: f64) -> Result<Cell, E> {
                Ok(Cell::Number(value as f32))
            }

            fn visit_f32<E>(self, value: f32) -> Result<Cell, E> {
                Ok(Cell::Number(value))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Cell, E> {
                Ok(Cell::Number(value as f32))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Cell, E> {
                Ok(Cell::Number(value as f32))
            }

            fn visit_unit<E>(self) -> Result<Cell, E> {
                Ok(Cell::Number(f32::NAN))
            }

            fn visit_none<E>(self) -> Result<Cell, E> {
                Ok(Cell::Number(f32::NAN))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Cell, A::Error> {
                let mut cells = Vec::new();
                while let Some(cell) = seq.next_element()? {
                    cells.push(cell);
                }
                Ok(Cell::List(cells))
            }
        }
        deserializer.deserialize_any(Cells)
    }
}

impl Cell {
    /// Adds the numbers inside; false where lists of one axis differ in length, or a number stands beside a list.
    fn flatten(&self, depth: usize, shape: &mut Vec<usize>, values: &mut Vec<f32>) -> bool {
        match self {
            Self::Number(value) => {
                values.push(*value);
                depth == shape.len()
            }
            Self::List(cells) => {
                // The first list of an axis says how long it is; after the first number no axis begins.
                match shape.get(depth) {
                    Some(&length) if length != cells.len() => return false,
                    None if !values.is_empty() => return false,
                    None => shape.push(cells.len()),
                    Some(_) => {}
                }
                cells.iter().all(|cell| cell.flatten(depth + 1, shape, values))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Grid {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut grid = Self::default();
        let cell = Cell::deserialize(deserializer)?;
        if matches!(cell, Cell::List(_)) && cell.flatten(0, &mut grid.shape, &mut grid.values) {
            return Ok(grid);
        }
        Err(serde::de::Error::custom("the rows of a matrix differ in length"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_cell_that_was_not_asked_for_is_null() {
        let grid = Grid::new([2, 2], vec![1.0, f32::NAN, 0.5, 2.0]);
        assert_eq!(serde_json::to_string(&grid).ok().as_deref(), Some("[[1.0,null],[0.5,2.0]]"));
        let back: Grid = serde_json::from_str("[[1, null], [0.5, 2]]").unwrap();
        assert_eq!((back.shape, back.values.get(1).map(|value| value.is_nan())), (vec![2, 2], Some(true)));
    }

    #[test]
    fn rows_of_different_lengths_are_no_matrix() {
        for json in ["[[1], [1, 2]]", "[1, [2]]", "[[1], 2]", "1", "null", "[[[1]], [2]]", "[[], [1]]"] {
            assert!(serde_json::from_str::<Grid>(json).is_err(), "{json}");
        }
    }

    proptest! {
        #[test]
        fn a_grid_comes_back_as_it_was(shape in prop::collection::vec(1usize..4, 1..5), seed in any::<f32>().prop_filter("finite", |x| x.is_finite())) {
            let n: usize = shape.iter().product();
            let grid = Grid::new(shape, (0..n).map(|i| seed / (i + 1) as f32).collect());
            let json = serde_json::to_string(&grid).unwrap();
            prop_assert_eq!(serde_json::from_str::<Grid>(&json).unwrap(), grid);
        }
    }
}
