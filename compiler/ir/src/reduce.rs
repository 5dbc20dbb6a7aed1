//! Aggregations: how many samples become one value, and where a cell keeps what.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Sign;

/// How many samples become one value. Cells are kept for each CPU and reduced in user space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Reduce {
    /// How many. Cell: `u64 count`.
    Count,
    /// Their sum. Cell: `i64 sum`.
    Sum(Sign),
    /// The least. Cell: `u64 rank, u64 set`; see [`Reduce::mask`].
    Min(Sign),
    /// The greatest. Cell: `u64 rank, u64 set`; see [`Reduce::mask`].
    Max(Sign),
    /// Their mean. Cell: `i64 sum, u64 count`.
    Mean(Sign),
    /// Count, mean and sum. Cell: `i64 sum, u64 count`.
    Stats(Sign),
    /// How many in each power of two, split in `2^bits` parts. Cell: [`Reduce::buckets`] × `u64`.
    Log2 {
        /// 0 to 5.
        bits: u8,
    },
    /// How many in each step between two bounds. Cell: [`Reduce::buckets`] × `u64`.
    Linear {
        /// Lower bound, inclusive.
        min: i64,
        /// Upper bound, exclusive.
        max: i64,
        /// Width of a bucket.
        step: i64,
    },
    /// One value for each of the last intervals of time. Cell: [`Reduce::buckets`] × `u64 mark, u64
    /// value, u64 extra`. The mark is 1 + the number of the interval. For `Keep::Max` and
    /// `Keep::Min` the value is a rank, and in the extra word if [`Series::TURN`] is set in the
    /// mark; the extra word is the moment for `Keep::Last` and the count for `Keep::Mean`.
    Series(Series),
    /// Ranks and the greatest, each within 1 %. Cell: [`Reduce::buckets`] × `u64`, the buckets of
    /// a [`Reduce::Log2`] of [`QUANTILE_BITS`] bits.
    Quantiles,
    /// How many different ones, by a `HyperLogLog`. Cell: [`Reduce::buckets`] × [`REGISTERS`] bytes,
    /// each the greatest number of zeros, plus 1, that a hash with its place ended in.
    Distinct,
    /// Which ones come most often. Cell: [`Reduce::buckets`] sets of counters, see [`Top`].
    Top(Top),
}

/// Counters for what comes most often: a hash of the item picks the set, and each set is a
/// *Space-Saving* summary (Metwally et al., 2005) of what falls into it.
///
/// Set: `u64 busy, u64 missed, u64 moved`, then [`Top::WAYS`] counters. Counter: `u64 hash` (0 for
/// a free one), `u64 count, u64 error`, the item. An item came at least `count - error` and at most
/// `count` times; one without a counter at most as often as the least count of its set. What was
/// missed and moved widens all of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Top {
    /// How many are shown.
    pub shown: u16,
    /// Bytes of an item, a multiple of 8.
    pub item: u32,
}

impl Top {
    /// Counters of a set.
    pub const WAYS: u32 = 8;
    /// Bytes of a set before its counters.
    pub const HEAD: u32 = 24;
    /// In the head: whether somebody is giving a counter to another item.
    pub const BUSY: u32 = 0;
    /// In the head: how many found it busy, and were not counted elsewhere.
    pub const MISSED: u32 = 8;
    /// In the head: by how much bounds are off, as counters were taken while they counted.
    pub const MOVED: u32 = 16;
    /// In a counter.
    pub const HASH: u32 = 0;
    /// In a counter.
    pub const COUNT: u32 = 8;
    /// In a counter.
    pub const ERROR: u32 = 16;
    /// In a counter.
    pub const ITEM: u32 = 24;

    /// Bytes of a counter.
    pub const fn counter(self) -> u32 {
        Self::ITEM + self.item
    }

    /// Number of sets: 1024 counters, and for each one shown at least 8. A power of two.
    pub const fn sets(self) -> u32 {
        let shown = (self.shown as u32).next_power_of_two();
        if shown < 128 { 128 } else { shown }
    }
}

/// Parts of each power of two, as a power of two, that quantiles are told from: the middle of a
/// part is at most 1/129 away from all that is in it.
pub const QUANTILE_BITS: u8 = 6;
/// Registers that are kept together.
pub const REGISTERS: u32 = 64;
/// All registers of a [`Reduce::Distinct`], as a power of two: the standard error is 1.04 / √2¹².
pub const REGISTER_BITS: u32 = 12;

/// What a time series keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Series {
    /// Nanoseconds of an interval.
    pub interval: u64,
    /// How many intervals.
    pub count: u32,
    /// What becomes of the samples of one.
    pub keep: Keep,
    /// Whether samples are signed.
    pub sign: Sign,
}

impl Series {
    /// The part of a bucket's mark that tells its interval.
    pub const NUMBER: u64 = !Self::TURN;
    /// The part that tells which word an extreme is in: set if it is in the extra word.
    pub const TURN: u64 = 1 << 63;
}

/// What becomes of the samples of one interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Keep {
    /// The last stays.
    Last,
    /// Their mean.
    Mean,
    /// The greatest.
    Max,
    /// The least.
    Min,
    /// Their sum.
    Sum,
}

impl Reduce {
    /// For `Min` and `Max`: a cell holds `sample ^ mask`, its rank, of which the greatest as an
    /// unsigned number stays. So an empty cell, rank 0, loses against every sample, and one word
    /// is enough to compare and exchange.
    pub const fn mask(self) -> i64 {
        match self {
            Self::Min(Sign::Unsigned) => -1,
            Self::Min(Sign::Signed) => i64::MAX,
            Self::Max(Sign::Signed) => i64::MIN,
            Self::Max(Sign::Unsigned)
            | Self::Count
            | Self::Sum(_)
            | Self::Mean(_)
            | Self::Stats(_)
            | Self::Log2 { .. }
            | Self::Linear { .. }
            | Self::Quantiles
            | Self::Distinct
            | Self::Top(_) => 0,
            Self::Series(Series { keep, sign, .. }) => match keep {
                Keep::Min => Self::Min(sign).mask(),
                Keep::Max => Self::Max(sign).mask(),
                Keep::Last | Keep::Mean | Keep::Sum => 0,
            },
        }
    }

    /// The number of buckets, 0 for what is neither histogram nor time series.
    ///
    /// `Log2`: bucket 0 holds the negative values; then, with `n = 2^bits`, values below `2n` have
    /// a bucket each (1 + value), and each further power of two has `n` (see [`log2_bucket`]).
    /// `Linear`: bucket 0 lies below `min`, the last at or above `max`.
    pub const fn buckets(self) -> u32 {
        match self {
            Self::Count
            | Self::Sum(_)
            | Self::Min(_)
            | Self::Max(_)
            | Self::Mean(_)
            | Self::Stats(_) => 0,
            Self::Log2 { bits } => 1 + (64 - bits as u32 + 1) * (1 << bits),
            Self::Linear { min, max, step } => {
                let span = max.wrapping_sub(min) as u64;
                (span.div_ceil(step as u64)) as u32 + 2
            }
            Self::Series(Series { count, .. }) => count,
            Self::Quantiles => Self::Log2 { bits: QUANTILE_BITS }.buckets(),
            Self::Distinct => (1 << REGISTER_BITS) / REGISTERS,
            Self::Top(top) => top.sets(),
        }
    }

    /// Bytes of one bucket, a multiple of 8; 0 for what has none.
    pub const fn bucket_size(self) -> u32 {
        match self {
            Self::Count
            | Self::Sum(_)
            | Self::Min(_)
            | Self::Max(_)
            | Self::Mean(_)
            | Self::Stats(_) => 0,
            Self::Log2 { .. } | Self::Linear { .. } | Self::Quantiles => 8,
            Self::Series(_) => 24,
            Self::Distinct => REGISTERS,
            Self::Top(top) => Top::HEAD + Top::WAYS * top.counter(),
        }
    }

    /// Whether a cell is too large to be one value for each key and CPU, so that each bucket is an
    /// entry of its own.
    pub const fn is_divided(self) -> bool {
        self.size() > 1024
    }

    /// Whether its buckets are entries of their own even where there is no key: a time series
    /// takes as much memory as intervals have samples, and no array holds so many counters.
    pub const fn is_always_divided(self) -> bool {
        match self {
            Self::Series(_) | Self::Top(_) => self.is_divided(),
            Self::Count
            | Self::Sum(_)
            | Self::Min(_)
            | Self::Max(_)
            | Self::Mean(_)
            | Self::Stats(_)
            | Self::Log2 { .. }
            | Self::Linear { .. }
            | Self::Quantiles
            | Self::Distinct => false,
        }
    }

    /// Bytes of one cell.
    pub const fn size(self) -> u32 {
        match self {
            Self::Count | Self::Sum(_) => 8,
            Self::Min(_) | Self::Max(_) | Self::Mean(_) | Self::Stats(_) => 16,
            Self::Log2 { .. }
            | Self::Linear { .. }
            | Self::Series(_)
            | Self::Quantiles
            | Self::Distinct
            | Self::Top(_) => self.buckets() * self.bucket_size(),
        }
    }
}

/// The bucket of `value` in a [`Reduce::Log2`] with `bits`: the arithmetic that programs do.
pub const fn log2_bucket(value: i64, bits: u8) -> u32 {
    if value < 0 {
        return 0;
    }
    let parts = 1u64 << bits;
    let value = value as u64;
    if value < parts * 2 {
        return 1 + value as u32;
    }
    let power = 63 - value.leading_zeros();
    let part = (value >> (power - bits as u32)) & (parts - 1);
    1 + (power - bits as u32 + 1) * parts as u32 + part as u32
}

/// The values of bucket `index` of a [`Reduce::Log2`]: first and last, both inclusive.
/// Bucket 0 is every negative value.
pub const fn log2_range(index: u32, bits: u8) -> (i64, i64) {
    if index == 0 {
        return (i64::MIN, -1);
    }
    let (index, parts) = (index - 1, 1u32 << bits);
    if index < parts * 2 {
        return (index as i64, index as i64);
    }
    let power = index / parts - 1 + bits as u32;
    let shift = power - bits as u32;
    let low = ((parts + index % parts) as u64) << shift;
    (low as i64, (low + ((1u64 << shift) - 1)) as i64)
}

impl fmt::Display for Reduce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Count => "count_t",
            Self::Sum(Sign::Signed) => "sum_t",
            Self::Sum(Sign::Unsigned) => "usum_t",
            Self::Min(Sign::Signed) => "min_t",
            Self::Min(Sign::Unsigned) => "umin_t",
            Self::Max(Sign::Signed) => "max_t",
            Self::Max(Sign::Unsigned) => "umax_t",
            Self::Mean(Sign::Signed) => "avg_t",
            Self::Mean(Sign::Unsigned) => "uavg_t",
            Self::Stats(Sign::Signed) => "stats_t",
            Self::Stats(Sign::Unsigned) => "ustats_t",
            Self::Log2 { .. } => "hist_t",
            Self::Linear { .. } => "lhist_t",
            Self::Quantiles => "quantiles_t",
            Self::Distinct => "distinct_t",
            Self::Series(_) => "tseries_t",
            Self::Top(_) => "topk_t",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Reduce, log2_bucket, log2_range};

    #[test]
    fn log2_buckets_hold_their_range() {
        for bits in 0..=5 {
            for value in
                (0..4096).chain((12..63).flat_map(|p| [(1 << p) - 1, 1 << p, (1 << p) + 1]))
            {
                let (low, high) = log2_range(log2_bucket(value, bits), bits);
                assert!((low..=high).contains(&value), "{value} in {low}..={high} ({bits})");
            }
            let last = Reduce::Log2 { bits }.buckets() - 1;
            assert!(log2_bucket(i64::MAX, bits) <= last);
        }
    }
}
