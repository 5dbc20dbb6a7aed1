//! In which order a table's entries are printed, and how many of them: what `--sort` and `--top`
//! ask for. It knows entries, not the command line.

use std::cmp::Reverse;

use ir::{Reduce, Ty};

use super::table::{Cell, Row};
use crate::{reduce::Reduced, sketch::Quantiles, value::Value};

/// What entries are ordered by. Entries that are equal in it are ordered by their keys.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Column {
    /// What the language orders by: the number, or the mean, or how many samples there are; the
    /// key where the value is no number.
    #[default]
    Value,
    /// The key.
    Key,
    /// How many samples there are.
    Count,
    /// Their mean.
    Average,
    /// Their sum.
    Total,
    /// One of [`Quantiles::NAMES`], by its place there.
    Quantile(usize),
}

/// An order of entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Order {
    /// By what.
    pub column: Column,
    /// Whether the largest comes first.
    pub descending: bool,
}

impl Column {
    /// Every name that a column has.
    pub fn names() -> impl Iterator<Item = &'static str> {
        ["value", "key", "count", "average", "total"].into_iter().chain(Quantiles::NAMES)
    }

    /// The column of that name.
    pub fn named(name: &str) -> Option<Self> {
        let quantile = || Quantiles::NAMES.iter().position(|it| *it == name);
        match name {
            "value" => Some(Self::Value),
            "key" => Some(Self::Key),
            "count" => Some(Self::Count),
            "average" => Some(Self::Average),
            "total" => Some(Self::Total),
            _ => quantile().map(Self::Quantile),
        }
    }

    /// Whether entries that hold `ty` have this column.
    pub const fn is_of(self, ty: &Ty) -> bool {
        let Ty::Reduced(reduce) = ty else { return matches!(self, Self::Value | Self::Key) };
        match self {
            Self::Value | Self::Key => true,
            Self::Count => matches!(
                reduce,
                Reduce::Count
                    | Reduce::Mean(_)
                    | Reduce::Stats(_)
                    | Reduce::Log2 { .. }
                    | Reduce::Linear { .. }
                    | Reduce::Quantiles
                    | Reduce::Top(_)
            ),
            Self::Average => matches!(reduce, Reduce::Mean(_) | Reduce::Stats(_)),
            Self::Total => {
                matches!(reduce, Reduce::Sum(_) | Reduce::Mean(_) | Reduce::Stats(_))
            }
            Self::Quantile(_) => matches!(reduce, Reduce::Quantiles),
        }
    }

    /// What one entry has in this column; the same for all where only keys count.
    pub(super) fn of(self, row: &Row<'_>) -> i128 {
        match (self, &row.value) {
            (Self::Key, _) => 0,
            (Self::Count, Cell::Reduced(Reduced::Mean(total) | Reduced::Stats(total))) => {
                i128::from(total.count)
            }
            (Self::Total, Cell::Reduced(Reduced::Mean(total) | Reduced::Stats(total))) => {
                total.sum
            }
            (Self::Quantile(at), Cell::Reduced(Reduced::Quantiles(ranks))) => {
                ranks.values.get(at).map_or(0, |value| i128::from(*value))
            }
            (_, cell) => value(cell),
        }
    }
}

/// What the language orders by.
fn value(cell: &Cell<'_>) -> i128 {
    match cell {
        Cell::Value(Value::Int(value)) | Cell::Reduced(Reduced::Int(value)) => {
            i128::from(*value)
        }
        Cell::Value(Value::Uint(value)) | Cell::Reduced(Reduced::Uint(value)) => {
            i128::from(*value)
        }
        Cell::Reduced(Reduced::Mean(total) | Reduced::Stats(total)) => total.mean(),
        Cell::Reduced(Reduced::Log2 { buckets, .. } | Reduced::Linear { buckets, .. }) => {
            buckets.iter().map(|&count| i128::from(count)).sum()
        }
        Cell::Reduced(Reduced::Quantiles(ranks)) => i128::from(ranks.count),
        Cell::Top(list) => i128::from(list.total),
        // Time goes on in all of them.
        Cell::Value(_) | Cell::Reduced(Reduced::Series(_)) => 0,
    }
}

/// Puts rows that are in ascending order by `wanted` (all of them, or by key) into the order that
/// is asked for, of which the `top` largest are left; 0 leaves all.
pub(super) fn cut<'r, 'v>(
    mut rows: Vec<&'r Row<'v>>,
    order: Order,
    top: u64,
) -> Vec<&'r Row<'v>> {
    let top = usize::try_from(top).unwrap_or(usize::MAX);
    if top > 0 && rows.len() > top {
        if order.column == Column::Key {
            rows = largest(rows, top);
        } else {
            rows.drain(..rows.len() - top);
        }
    }
    if order.descending {
        rows.reverse();
    }
    rows
}

/// Of rows in order of their keys the `top` that have the largest values, still in that order.
fn largest<'r, 'v>(rows: Vec<&'r Row<'v>>, top: usize) -> Vec<&'r Row<'v>> {
    let mut ranked: Vec<_> =
        rows.into_iter().enumerate().map(|(at, row)| (value(&row.value), at, row)).collect();
    ranked.sort_unstable_by_key(|(value, at, _)| Reverse((*value, *at)));
    ranked.truncate(top);
    ranked.sort_unstable_by_key(|(_, at, _)| *at);
    ranked.into_iter().map(|(_, _, row)| row).collect()
}
