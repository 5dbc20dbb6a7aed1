//! What buckets and registers of sketches tell: quantiles, and how many different values there were.

use ir::{QUANTILE_BITS, REGISTER_BITS, REGISTERS, log2_range};

/// Ranks of many samples, each within 1 %.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Quantiles {
    /// How many samples.
    pub count: u64,
    /// The values of [`Quantiles::RANKS`], and the greatest.
    pub values: [i64; 5],
}

impl Quantiles {
    /// Names of the values.
    pub const NAMES: [&str; 5] = ["p50", "p90", "p99", "p99.9", "max"];
    /// Which of 1000 samples in order of size each value is.
    pub const RANKS: [u64; 5] = [500, 900, 990, 999, 1000];

    /// What the counts of the buckets tell.
    pub fn of(buckets: &[u64]) -> Self {
        let count: u64 = buckets.iter().sum();
        Self { count, values: Self::RANKS.map(|rank| at(buckets, count, rank)) }
    }
}

/// The sample at a rank: no less than that part of all samples are at most it.
fn at(buckets: &[u64], count: u64, rank: u64) -> i64 {
    let wanted = (u128::from(count) * u128::from(rank)).div_ceil(1000) as u64;
    if wanted == 0 {
        return 0;
    }
    let mut seen = 0u64;
    for (index, samples) in buckets.iter().enumerate() {
        seen += samples;
        if seen >= wanted {
            return middle(index as u32);
        }
    }
    0
}

/// The middle of a bucket; -1 for that of all negative samples.
fn middle(index: u32) -> i64 {
    let (first, last) = log2_range(index, QUANTILE_BITS);
    if first < 0 { -1 } else { first + (last - first) / 2 }
}

/// The registers of a `HyperLogLog`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Registers(Vec<u8>);

/// Bits of a hash that decide the rank of a register.
const RANK_BITS: u32 = 64 - REGISTER_BITS;

impl Default for Registers {
    fn default() -> Self {
        Self(vec![0; 1 << REGISTER_BITS])
    }
}

impl Registers {
    /// Adds the registers of one CPU, from that of bucket `group` on.
    pub(crate) fn add(&mut self, group: usize, ranks: &[u8]) {
        let start = group.saturating_mul(REGISTERS as usize);
        let mine = self.0.iter_mut().skip(start);
        for (mine, rank) in mine.zip(ranks) {
            *mine = (*mine).max(*rank);
        }
    }

    /// How many different values there were: the estimator of Ertl (2017), which has no bias for
    /// small or large numbers and so needs no tables.
    pub(crate) fn estimate(&self) -> u64 {
        let size = self.0.len() as f64;
        let mut counts = vec![0u64; RANK_BITS as usize + 2];
        for rank in &self.0 {
            let rank = usize::from(*rank).min(RANK_BITS as usize + 1);
            counts[rank] += 1;
        }
        let part = |rank: u32| counts[rank as usize] as f64;
        let mut sum = size * tau(1.0 - part(RANK_BITS + 1) / size);
        for rank in (1..=RANK_BITS).rev() {
            sum = 0.5 * (sum + part(rank));
        }
        sum += size * sigma(part(0) / size);
        let factor = 0.5 / std::f64::consts::LN_2;
        (factor * size * size / sum).round() as u64
    }
}

fn sigma(x: f64) -> f64 {
    if x >= 1.0 {
        return f64::INFINITY;
    }
    let (mut x, mut y, mut z) = (x, 1.0, x);
    loop {
        x *= x;
        let before = z;
        z += x * y;
        y += y;
        if z <= before {
            return z;
        }
    }
}

fn tau(x: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return 0.0;
    }
    let (mut x, mut y, mut z) = (x, 1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        let before = z;
        y *= 0.5;
        z -= (1.0 - x).powi(2) * y;
        if z >= before {
            return z / 3.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use ir::{QUANTILE_BITS, Reduce, log2_bucket};

    use super::{Quantiles, RANK_BITS, Registers};

    /// A hash that looks like chance.
    fn mixed(value: u64) -> u64 {
        let value = value.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn quantiles(samples: &mut [i64]) -> (Quantiles, [i64; 5]) {
        let mut buckets = vec![0; Reduce::Quantiles.buckets() as usize];
        for sample in samples.iter() {
            buckets[log2_bucket(*sample, QUANTILE_BITS) as usize] += 1;
        }
        samples.sort_unstable();
        let exact =
            |rank: u64| samples[(samples.len() as u64 * rank).div_ceil(1000) as usize - 1];
        (Quantiles::of(&buckets), Quantiles::RANKS.map(exact))
    }

    #[test]
    fn quantiles_are_within_one_percent() {
        let uniform = |n: u64| (mixed(n) % 1_000_000) as i64;
        let zipf = |n: u64| (1e12 / (1.0 + (mixed(n) % 100_000) as f64)) as i64;
        let constant = |_: u64| 123_456_789;
        let small = |n: u64| (n % 100) as i64;
        for make in [&uniform as &dyn Fn(u64) -> i64, &zipf, &constant, &small] {
            let mut samples: Vec<_> = (0..100_000).map(make).collect();
            let (found, exact) = quantiles(&mut samples);
            assert_eq!(found.count, 100_000);
            for (found, exact) in found.values.into_iter().zip(exact) {
                let error = (found - exact).abs() as f64;
                assert!(error <= exact as f64 / 100.0, "{found} for {exact}");
            }
        }
        assert_eq!(Quantiles::of(&[0; 100]), Quantiles::default());
    }

    #[test]
    fn different_values_are_estimated_within_the_error() {
        for count in [0, 1, 10, 1000, 10_000, 100_000, 3_000_000u64] {
            let mut registers = Registers::default();
            for value in 0..count {
                let hash = mixed(value + 1);
                let rank = (hash >> 12 | 1 << RANK_BITS).trailing_zeros() + 1;
                let register = &mut registers.0[(hash & 4095) as usize];
                *register = (*register).max(rank as u8);
            }
            let found = registers.estimate();
            // Three times the standard error.
            let error = (found as f64 - count as f64).abs();
            assert!(error <= 0.049 * count as f64, "{found} for {count}");
        }
    }
}
