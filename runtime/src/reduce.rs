//! Cells of many CPUs, made one. It knows the layout of cells ([`ir::Reduce`]), not how maps are read.

use std::collections::HashMap;

use ir::{REGISTERS, Reduce, Sign, Width};

use crate::{
    series::{Points, Timeline},
    sketch::{Quantiles, Registers},
    value::load,
};

/// What many samples came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reduced {
    /// A count, a sum, a least or a greatest: signed.
    Int(i64),
    /// The same, unsigned.
    Uint(u64),
    /// A mean.
    Mean(Total),
    /// Count, mean and sum.
    Stats(Total),
    /// Samples in each power of two; buckets as in [`Reduce::Log2`].
    Log2 {
        /// Parts of each power of two, as a power of two.
        bits: u8,
        /// How many samples each has.
        buckets: Vec<u64>,
    },
    /// Samples in each step; buckets as in [`Reduce::Linear`].
    Linear {
        /// Lower bound, inclusive.
        min: i64,
        /// Upper bound, exclusive.
        max: i64,
        /// Width of a bucket.
        step: i64,
        /// How many samples each has.
        buckets: Vec<u64>,
    },
    /// A value for each interval of time.
    Series(Timeline),
    /// Ranks.
    Quantiles(Quantiles),
}

/// How many samples, and what they add up to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Total {
    /// Their sum, wrapped to 64 bits as the program's own arithmetic does.
    pub sum: i128,
    /// How many.
    pub count: u64,
}

impl Total {
    /// The mean, cut towards zero; 0 of no samples.
    pub fn mean(self) -> i128 {
        self.sum.checked_div(i128::from(self.count)).unwrap_or(0)
    }
}

/// Makes one value of the cells of all CPUs. Cells that are short or missing count as zero.
pub fn reduce<'a>(kind: Reduce, cells: impl Iterator<Item = &'a [u8]>) -> Reduced {
    match kind {
        Reduce::Count => Reduced::Uint(sum_words(cells)),
        Reduce::Sum(Sign::Signed) => Reduced::Int(sum_words(cells) as i64),
        Reduce::Sum(Sign::Unsigned) => Reduced::Uint(sum_words(cells)),
        Reduce::Min(sign) | Reduce::Max(sign) => extreme(kind, sign, cells),
        Reduce::Mean(sign) => Reduced::Mean(total(sign, cells)),
        Reduce::Stats(sign) => Reduced::Stats(total(sign, cells)),
        Reduce::Distinct => {
            let mut registers = Registers::default();
            cells.for_each(|cell| registers.add(0, cell));
            Reduced::Uint(registers.estimate())
        }
        Reduce::Log2 { .. } | Reduce::Linear { .. } | Reduce::Quantiles => {
            let mut buckets = vec![0u64; kind.buckets() as usize];
            for cell in cells {
                for (bucket, bytes) in buckets.iter_mut().zip(cell.chunks(8)) {
                    *bucket = bucket.wrapping_add(load(bytes, Width::W64));
                }
            }
            histogram(kind, buckets)
        }
        // Told apart, not reduced: see `frequent`.
        Reduce::Top(_) => Reduced::Uint(0),
        Reduce::Series(series) => {
            let mut points = Points::new(series);
            cells.for_each(|cell| points.add(cell));
            Reduced::Series(points.finish())
        }
    }
}

/// A table whose buckets are entries of their own: key, then the bucket's index.
pub(crate) struct BucketTable<'a> {
    kind: Reduce,
    rows: HashMap<&'a [u8], Buckets>,
}

/// The buckets of one key.
enum Buckets {
    Counts(Vec<u64>),
    Points(Points),
    Registers(Registers),
}

impl<'a> BucketTable<'a> {
    /// An empty one.
    pub(crate) fn new(kind: Reduce) -> Self {
        Self { kind, rows: HashMap::new() }
    }

    /// Adds an entry: the table's key and 8 bytes of bucket index; a bucket for each CPU.
    pub(crate) fn add(&mut self, key: &'a [u8], cells: &[u8]) {
        let Some((key, index)) = key.split_last_chunk::<8>() else { return };
        let kind = self.kind;
        let row = self.rows.entry(key).or_insert_with(|| match kind {
            Reduce::Series(series) => Buckets::Points(Points::new(series)),
            Reduce::Distinct => Buckets::Registers(Registers::default()),
            Reduce::Count
            | Reduce::Sum(_)
            | Reduce::Min(_)
            | Reduce::Max(_)
            | Reduce::Mean(_)
            | Reduce::Stats(_)
            | Reduce::Log2 { .. }
            | Reduce::Linear { .. }
            | Reduce::Top(_)
            | Reduce::Quantiles => Buckets::Counts(vec![0; kind.buckets() as usize]),
        });
        let index = usize::try_from(u64::from_le_bytes(*index)).unwrap_or(usize::MAX);
        match row {
            Buckets::Registers(registers) => {
                cells.chunks(REGISTERS as usize).for_each(|cell| registers.add(index, cell));
            }
            Buckets::Counts(counts) => {
                if let Some(bucket) = counts.get_mut(index) {
                    *bucket = bucket.wrapping_add(sum_words(cells.chunks(8)));
                }
            }
            Buckets::Points(points) => points.add(cells),
        }
    }

    /// The keys and what they came to, ordered by the bytes of the key.
    pub(crate) fn finish(self) -> Vec<(&'a [u8], Reduced)> {
        let mut rows: Vec<_> = self.rows.into_iter().collect();
        rows.sort_unstable_by_key(|&(key, _)| key);
        let reduced = |buckets| match buckets {
            Buckets::Counts(counts) => histogram(self.kind, counts),
            Buckets::Points(points) => Reduced::Series(points.finish()),
            Buckets::Registers(registers) => Reduced::Uint(registers.estimate()),
        };
        rows.into_iter().map(|(key, buckets)| (key, reduced(buckets))).collect()
    }
}

fn histogram(kind: Reduce, buckets: Vec<u64>) -> Reduced {
    match kind {
        Reduce::Linear { min, max, step } => Reduced::Linear { min, max, step, buckets },
        Reduce::Log2 { bits } => Reduced::Log2 { bits, buckets },
        Reduce::Quantiles => Reduced::Quantiles(Quantiles::of(&buckets)),
        Reduce::Count
        | Reduce::Sum(_)
        | Reduce::Min(_)
        | Reduce::Max(_)
        | Reduce::Mean(_)
        | Reduce::Stats(_)
        | Reduce::Distinct
        | Reduce::Top(_)
        | Reduce::Series(_) => Reduced::Uint(buckets.iter().sum()),
    }
}

fn sum_words<'a>(cells: impl Iterator<Item = &'a [u8]>) -> u64 {
    cells.fold(0, |sum, cell| sum.wrapping_add(load(cell, Width::W64)))
}

/// The first words of the cells whose second word is not 0.
fn set<'a>(cells: impl Iterator<Item = &'a [u8]>) -> impl Iterator<Item = u64> {
    cells.map(two_words).filter(|&(_, set)| set != 0).map(|(value, _)| value)
}

/// The sample of the greatest rank of all CPUs; 0 where there is no sample.
fn extreme<'a>(kind: Reduce, sign: Sign, cells: impl Iterator<Item = &'a [u8]>) -> Reduced {
    let sample = set(cells).max().map_or(0, |rank| rank.cast_signed() ^ kind.mask());
    match sign {
        Sign::Signed => Reduced::Int(sample),
        Sign::Unsigned => Reduced::Uint(sample.cast_unsigned()),
    }
}

fn total<'a>(sign: Sign, cells: impl Iterator<Item = &'a [u8]>) -> Total {
    let add = |(sum, count): (u64, u64), (more, samples): (u64, u64)| {
        (sum.wrapping_add(more), count.wrapping_add(samples))
    };
    let (sum, count) = cells.map(two_words).fold((0, 0), add);
    match sign {
        Sign::Signed => Total { sum: i128::from(sum as i64), count },
        Sign::Unsigned => Total { sum: i128::from(sum), count },
    }
}

fn two_words(cell: &[u8]) -> (u64, u64) {
    (load(cell, Width::W64), load(cell.get(8..).unwrap_or_default(), Width::W64))
}
