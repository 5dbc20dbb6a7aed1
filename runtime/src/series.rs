//! Time series: the buckets of all CPUs, made one value for each interval. It knows their layout
//! ([`ir::Series`]), not what they look like.

use std::collections::BTreeMap;

use ir::{Keep, Reduce, Series, Sign, Width};

use crate::value::load;

/// Bytes of a bucket.
const BUCKET: usize =
    Reduce::Series(Series { interval: 1, count: 1, keep: Keep::Last, sign: Sign::Signed })
        .bucket_size() as usize;

/// Intervals of time and what each came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timeline {
    /// Nanoseconds of an interval.
    pub interval: u64,
    /// How many intervals are kept.
    pub count: u64,
    /// By the number of the interval, those that have samples.
    pub points: BTreeMap<u64, i128>,
    /// By how much the wall clock is ahead of the clock that the numbers count.
    pub ahead: i128,
}

impl Timeline {
    /// The number of the last interval that has samples.
    pub fn newest(&self) -> Option<u64> {
        self.points.keys().next_back().copied()
    }

    /// When an interval starts, in nanoseconds since 1970.
    pub fn start(&self, number: u64) -> i128 {
        i128::from(number) * i128::from(self.interval) + self.ahead
    }
}

/// What is known of a series.
pub(crate) struct Points {
    kind: Series,
    /// By the number of the interval: value, and the word beside it.
    found: BTreeMap<u64, (u64, u64)>,
}

impl Points {
    /// Nothing.
    pub(crate) const fn new(kind: Series) -> Self {
        Self { kind, found: BTreeMap::new() }
    }

    /// Adds the buckets of one CPU.
    pub(crate) fn add(&mut self, cell: &[u8]) {
        for bucket in cell.chunks_exact(BUCKET) {
            let word = |index: usize| load(&bucket[8 * index..], Width::W64);
            let mark = word(0);
            let Some(number) = (mark & Series::NUMBER).checked_sub(1) else { continue };
            let keep = self.kind.keep;
            let new = match keep {
                Keep::Max | Keep::Min if mark & Series::TURN != 0 => (word(2), 0),
                Keep::Max | Keep::Min => (word(1), 0),
                Keep::Last | Keep::Mean | Keep::Sum => (word(1), word(2)),
            };
            self.found
                .entry(number)
                .and_modify(|old| *old = merge(keep, *old, new))
                .or_insert(new);
        }
    }

    /// The last intervals.
    pub(crate) fn finish(self) -> Timeline {
        let Series { interval, count, .. } = self.kind;
        let count = u64::from(count);
        let newest = self.found.keys().next_back().copied().unwrap_or(0);
        // What a CPU has not touched since is older.
        let shown = self.found.range(newest.saturating_sub(count - 1)..);
        let points = shown.map(|(number, words)| (*number, self.value(*words))).collect();
        Timeline { interval, count, points, ahead: 0 }
    }

    fn value(&self, (value, extra): (u64, u64)) -> i128 {
        let mask = Reduce::Series(self.kind).mask().cast_unsigned();
        let wide = |word: u64| match self.kind.sign {
            Sign::Signed => i128::from(word.cast_signed()),
            Sign::Unsigned => i128::from(word),
        };
        match self.kind.keep {
            Keep::Mean => wide(value).checked_div(i128::from(extra)).unwrap_or(0),
            Keep::Last | Keep::Sum | Keep::Max | Keep::Min => wide(value ^ mask),
        }
    }
}

fn merge(keep: Keep, old: (u64, u64), new: (u64, u64)) -> (u64, u64) {
    match keep {
        Keep::Last if new.1 >= old.1 => new,
        Keep::Last => old,
        // Ranks.
        Keep::Max | Keep::Min => (old.0.max(new.0), 0),
        Keep::Mean | Keep::Sum => (old.0.wrapping_add(new.0), old.1.wrapping_add(new.1)),
    }
}

#[cfg(test)]
mod tests {
    use ir::{Keep, Series, Sign};

    use super::Points;

    fn series(keep: Keep, sign: Sign, cells: &[&[[u64; 3]]]) -> Vec<(u64, i128)> {
        let mut points = Points::new(Series { interval: 10, count: 3, keep, sign });
        for cell in cells {
            let words = cell.iter().flatten().flat_map(|word| word.to_le_bytes());
            points.add(&words.collect::<Vec<u8>>());
        }
        points.finish().points.into_iter().collect()
    }

    #[test]
    fn cpus_become_one() {
        let cpus: &[&[[u64; 3]]] =
            &[&[[6, 7, 100], [0, 0, 0], [8, 1, 120]], &[[6, 9, 90], [7, 4, 110], [5, 3, 80]]];
        let last = series(Keep::Last, Sign::Unsigned, cpus);
        assert_eq!(last, [(5, 7), (6, 4), (7, 1)], "interval 4 is too old");
        let sum = series(Keep::Sum, Sign::Unsigned, cpus);
        assert_eq!(sum, [(5, 16), (6, 4), (7, 1)]);
        let max = series(Keep::Max, Sign::Unsigned, cpus);
        assert_eq!(max, [(5, 9), (6, 4), (7, 1)]);
        assert_eq!(series(Keep::Sum, Sign::Unsigned, &[]), []);
    }

    #[test]
    fn means_and_ranks() {
        let negative = (-7i64).cast_unsigned();
        let mean = series(Keep::Mean, Sign::Signed, &[&[[1, negative, 2]], &[[1, 1, 1]]]);
        assert_eq!(mean, [(0, -2)]);
        let rank = |value: i64| (value ^ i64::MAX).cast_unsigned();
        let least = series(Keep::Min, Sign::Signed, &[&[[1, rank(-7), 0]], &[[1, rank(5), 0]]]);
        assert_eq!(least, [(0, -7)]);
    }
}
