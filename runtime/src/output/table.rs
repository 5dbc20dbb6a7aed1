//! Tables and the order of their entries.

use std::cmp::Ordering;

use ir::{Reduce, Ty};

use super::order::{Order, cut};
use crate::{frequent::Frequent, reduce::Reduced, value::Value};

/// A table as it is printed.
#[derive(Debug)]
pub struct TableView<'a> {
    /// With its `@`.
    pub name: &'a str,
    /// What it holds.
    pub ty: &'a Ty,
    /// Whether it has keys; without, it has one row.
    pub keyed: bool,
    /// Whether the script ever put anything into it.
    pub written: bool,
    /// Whether something was lost that belongs into it.
    pub lower_bound: bool,
    /// Its entries, in any order.
    pub rows: Vec<Row<'a>>,
}

/// One entry of a table.
#[derive(Debug)]
pub struct Row<'a> {
    /// Its key; [`Value::None`] in a scalar table.
    pub key: Value<'a>,
    /// What it holds.
    pub value: Cell<'a>,
}

/// What an entry holds.
#[derive(Debug)]
pub enum Cell<'a> {
    /// A value that is kept once.
    Value(Value<'a>),
    /// What the cells of all CPUs came to.
    Reduced(Reduced),
    /// What comes most often.
    Top(Frequent<'a>),
}

impl Cell<'_> {
    /// The last interval of a time series that has samples.
    pub(super) fn newest_interval(&self) -> u64 {
        match self {
            Self::Reduced(Reduced::Series(timeline)) => timeline.newest().unwrap_or(0),
            Self::Value(_) | Self::Reduced(_) | Self::Top(_) => 0,
        }
    }
}

/// What `print(@map, top, div)` and the command line ask for; 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// So many entries, the largest.
    pub top: u64,
    /// What values are divided by.
    pub div: u64,
    /// The order, if not the language's.
    pub order: Option<Order>,
}

/// What a table's entries look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A value in a line.
    Plain,
    /// Means, or count, mean and sum.
    Stats,
    /// Ranks.
    Quantiles,
    /// Several lines, an item each, and one more.
    Top,
    /// Several lines, a bucket each.
    Histogram,
    /// Several lines, an interval each.
    Series,
}

impl<'a> TableView<'a> {
    /// The scalar table without a row, to start from.
    pub const EMPTY: Self = Self {
        name: "",
        ty: &Ty::Void,
        keyed: false,
        written: false,
        lower_bound: false,
        rows: Vec::new(),
    };

    /// The entries to print, in the order in which they are.
    pub(super) fn ordered(&self, limits: Limits) -> Vec<&Row<'a>> {
        let order = limits.order.unwrap_or_default();
        let with_rank = |row| (order.column.of(row), Head::of(&row.key), row);
        let mut rows: Vec<_> = self.rows.iter().map(with_rank).collect();
        rows.sort_unstable_by(|(rank, head, row), (other_rank, other_head, other)| {
            // Entries of the same rank are ordered by key, so that runs can be compared.
            let by_key = || head.cmp(other_head).then_with(|| compare(&row.key, &other.key));
            rank.cmp(other_rank).then_with(by_key)
        });
        cut(rows.into_iter().map(|(_, _, row)| row).collect(), order, limits.top)
    }

    /// The last interval that any row of a time series has, so that all of them end there.
    pub(super) fn newest_interval(&self) -> u64 {
        let newest = self.rows.iter().map(|row| row.value.newest_interval());
        newest.max().unwrap_or(0)
    }

    pub(super) const fn shape(&self) -> Shape {
        match self.ty {
            Ty::Reduced(Reduce::Log2 { .. } | Reduce::Linear { .. }) => Shape::Histogram,
            Ty::Reduced(Reduce::Series(_)) => Shape::Series,
            Ty::Reduced(Reduce::Quantiles) => Shape::Quantiles,
            Ty::Reduced(Reduce::Top(_)) => Shape::Top,
            Ty::Reduced(Reduce::Mean(_) | Reduce::Stats(_)) => Shape::Stats,
            Ty::Reduced(
                Reduce::Count
                | Reduce::Sum(_)
                | Reduce::Min(_)
                | Reduce::Max(_)
                | Reduce::Distinct,
            )
            | Ty::Void
            | Ty::Bool
            | Ty::Int(..)
            | Ty::Str(_)
            | Ty::Bytes(_)
            | Ty::Tuple(_)
            | Ty::Record(_)
            | Ty::Array(..)
            | Ty::Ptr(..)
            | Ty::Enum(_)
            | Ty::Coded(_)
            | Ty::Packed(_)
            | Ty::Opaque(_) => Shape::Plain,
        }
    }
}

/// Room for a process's name and an integer.
const HEAD: usize = 24;

/// The first bytes of a key, written so that their order is that of the keys. Most keys differ
/// in them, and comparing keys themselves takes four times as long.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Head([u8; HEAD]);

impl Head {
    fn of(key: &Value<'_>) -> Self {
        let mut head = Self([0; HEAD]);
        head.add(key, 0);
        head
    }

    /// Writes `value` at byte `at` and returns where the next one goes.
    fn add(&mut self, value: &Value<'_>, at: usize) -> usize {
        match value {
            Value::Int(number) | Value::Enum { number, .. } => {
                self.put(&((*number as u64) ^ (1 << 63)).to_be_bytes(), at)
            }
            Value::Uint(_) | Value::Bool(_) | Value::Pointer(_) | Value::None => {
                self.put(&value.bits().unwrap_or(0).to_be_bytes(), at)
            }
            // Text is ended by the zero that is already there.
            Value::Str { text, .. } => self.put(text, at) + 1,
            Value::Symbol { text, .. } => self.put(text.as_bytes(), at) + 1,
            Value::Lines(text) => {
                text.parts().fold(at, |at, part| self.put(part.as_bytes(), at)) + 1
            }
            // Bytes may be zero themselves, so nothing can follow them.
            Value::Bytes(bytes) => self.put(bytes, at).max(self.0.len()),
            Value::Tuple(items) | Value::Array(items) => {
                items.iter().fold(at, |at, item| self.add(item, at))
            }
            Value::Record(fields) => {
                fields.iter().fold(at, |at, (_, field)| self.add(field, at))
            }
        }
    }

    fn put(&mut self, bytes: &[u8], at: usize) -> usize {
        let free = self.0.get_mut(at..).unwrap_or_default();
        let length = bytes.len().min(free.len());
        free[..length].copy_from_slice(&bytes[..length]);
        at + bytes.len()
    }
}

/// Keys: integers by size, text by its bytes, the parts of composite ones one after the other.
fn compare(left: &Value<'_>, right: &Value<'_>) -> Ordering {
    match (left, right) {
        (Value::Str { text: left, .. }, Value::Str { text: right, .. })
        | (Value::Bytes(left), Value::Bytes(right)) => left.cmp(right),
        (Value::Symbol { text: left, .. }, Value::Symbol { text: right, .. }) => {
            left.cmp(right)
        }
        (Value::Lines(left), Value::Lines(right)) => left.cmp(right),
        (Value::Tuple(left), Value::Tuple(right))
        | (Value::Array(left), Value::Array(right)) => compare_all(left.iter(), right.iter()),
        (Value::Record(left), Value::Record(right)) => compare_all(
            left.iter().map(|(_, value)| value),
            right.iter().map(|(_, value)| value),
        ),
        (Value::Int(left) | Value::Enum { number: left, .. }, right) => {
            left.cmp(&(right.bits().unwrap_or(0) as i64))
        }
        (left, right) => left.bits().cmp(&right.bits()),
    }
}

fn compare_all<'v, 'b: 'v>(
    left: impl Iterator<Item = &'v Value<'b>>,
    right: impl Iterator<Item = &'v Value<'b>>,
) -> Ordering {
    let unequal = left.zip(right).map(|(left, right)| compare(left, right));
    unequal.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
