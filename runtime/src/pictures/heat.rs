//! Histograms over time: what was added to a map of them from one moment to the next. However
//! long it takes, there are only so many columns: when there are too many, neighbours become one.

mod draw;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, mem, time::Duration};

use crate::{
    output::{Cell, TableView},
    reduce::Reduced,
};

pub use draw::draw;

/// The most columns.
pub const MOST_COLUMNS: usize = 600;

/// A histogram over time.
#[derive(Debug, Default)]
pub struct HeatMap {
    columns: Vec<Column>,
    /// A histogram of the map's kind, of which the bounds of buckets are asked.
    shape: Option<Reduced>,
    /// What the map held when the last column ended.
    before: Vec<u64>,
    /// When the last column ended.
    ended: Duration,
    /// How many moments a column takes, as a power of two.
    merged: u32,
}

/// What was added in some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// When it begins, since tracing began.
    pub start: Duration,
    /// When it ends.
    pub end: Duration,
    /// How many samples, by the index of the bucket.
    pub counts: BTreeMap<usize, u64>,
    /// The moments that are in it.
    parts: u32,
}

impl HeatMap {
    /// What there is so far, the oldest first.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// How many looks a column is by now, as a power of two.
    pub(super) const fn merged(&self) -> u32 {
        self.merged
    }

    /// The column that ends now has what `view` holds more than when the last one ended. Of a map
    /// with keys all are taken together.
    pub(crate) fn take(&mut self, view: &TableView<'_>, now: Duration) {
        for row in &view.rows {
            if let Cell::Reduced(reduced @ (Reduced::Log2 { .. } | Reduced::Linear { .. })) =
                &row.value
            {
                self.shape.get_or_insert_with(|| reduced.clone());
            }
        }
        let counts = sum(view);
        let before = mem::replace(&mut self.before, counts);
        let added = self.before.iter().enumerate().filter_map(|(index, count)| {
            // Where keys were deleted there may be less.
            let added = count.saturating_sub(before.get(index).copied().unwrap_or(0));
            (added > 0).then_some((index, added))
        });
        let column = Column { start: self.ended, end: now, counts: added.collect(), parts: 1 };
        self.ended = now;
        self.push(column);
    }

    /// The last column: what came after the one before it, if anything did.
    pub(crate) fn take_rest(&mut self, view: &TableView<'_>, now: Duration) {
        if sum(view) != self.before {
            self.take(view, now);
        }
    }

    /// The map is empty now.
    pub(crate) fn clear(&mut self) {
        self.before.clear();
    }

    fn push(&mut self, column: Column) {
        match self.columns.last_mut() {
            Some(last) if last.parts < 1 << self.merged => last.join(column),
            Some(_) | None => self.columns.push(column),
        }
        if self.columns.len() <= MOST_COLUMNS {
            return;
        }
        self.merged = (self.merged + 1).min(31);
        let mut columns = mem::take(&mut self.columns).into_iter();
        while let Some(mut column) = columns.next() {
            if let Some(next) = columns.next() {
                column.join(next);
            }
            self.columns.push(column);
        }
    }
}

impl Column {
    /// Takes in the column that comes after it.
    fn join(&mut self, next: Self) {
        self.end = next.end;
        self.parts = self.parts.saturating_add(next.parts);
        for (index, count) in next.counts {
            let sum = self.counts.entry(index).or_default();
            *sum = sum.saturating_add(count);
        }
    }
}

/// The buckets of all rows, added up.
fn sum(view: &TableView<'_>) -> Vec<u64> {
    let mut sum: Vec<u64> = Vec::new();
    for row in &view.rows {
        if let Cell::Reduced(Reduced::Log2 { buckets, .. } | Reduced::Linear { buckets, .. }) =
            &row.value
        {
            sum.resize(sum.len().max(buckets.len()), 0);
            for (total, count) in sum.iter_mut().zip(buckets) {
                *total = total.saturating_add(*count);
            }
        }
    }
    sum
}
