//! Histograms: the rows of buckets, their labels and their bars.

use std::io::Write;

use ir::log2_range;

use super::number::{decimal, divide, signed};
use crate::reduce::Reduced;

/// Columns of a full bar.
const BAR: usize = 52;
/// Columns of a label.
const LABEL: usize = 16;

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bucket {
    /// The least value, unless there is none.
    pub(super) first: Option<i64>,
    /// The greatest value, unless there is none.
    pub(super) last: Option<i64>,
    /// How many samples.
    pub(super) count: u64,
}

/// From the first to the last bucket that has samples. The counts of a `hist` are divided by
/// `div`, those of an `lhist` are not.
pub(super) fn buckets(reduced: &Reduced, div: u64) -> Vec<Bucket> {
    let (counts, div) = match reduced {
        Reduced::Log2 { buckets, .. } => (buckets, div),
        Reduced::Linear { buckets, .. } => (buckets, 0),
        Reduced::Int(_)
        | Reduced::Uint(_)
        | Reduced::Mean(_)
        | Reduced::Stats(_)
        | Reduced::Quantiles(_)
        | Reduced::Series(_) => {
            return Vec::new();
        }
    };
    let used = |count: &u64| *count != 0;
    let (Some(start), Some(end)) =
        (counts.iter().position(used), counts.iter().rposition(used))
    else {
        return Vec::new();
    };
    let bucket = |index: usize| {
        let (first, last) = bounds(reduced, index);
        let count = divide(i128::from(counts[index]), div) as u64;
        Bucket { first, last, count }
    };
    (start..=end).map(bucket).collect()
}

/// The first and the last value of bucket `index`.
fn bounds(reduced: &Reduced, index: usize) -> (Option<i64>, Option<i64>) {
    match reduced {
        Reduced::Log2 { bits, .. } => match log2_range(index as u32, *bits) {
            (i64::MIN, last) => (None, Some(last)),
            (first, last) => (Some(first), Some(last)),
        },
        Reduced::Linear { min, max, step, buckets } => {
            let start =
                |index: usize| step.saturating_mul(index as i64).saturating_add(*min).min(*max);
            match index {
                0 => (None, Some(min.saturating_sub(1))),
                index if index + 1 >= buckets.len() => (Some(*max), None),
                index => (Some(start(index - 1)), Some(start(index).saturating_sub(1))),
            }
        }
        Reduced::Int(_)
        | Reduced::Uint(_)
        | Reduced::Mean(_)
        | Reduced::Stats(_)
        | Reduced::Quantiles(_)
        | Reduced::Series(_) => (None, None),
    }
}

/// Appends the rows as text.
pub(super) fn show(out: &mut Vec<u8>, reduced: &Reduced, div: u64) {
    let buckets = buckets(reduced, div);
    let most = buckets.iter().map(|bucket| bucket.count).max().unwrap_or(0);
    for bucket in &buckets {
        let start = out.len();
        show_label(out, reduced, bucket);
        let blanks = (start + LABEL).saturating_sub(out.len());
        out.extend(std::iter::repeat_n(b' ', blanks));
        // Writing to a vector can't fail.
        _ = write!(out, "{:>8} |", bucket.count);
        let length = u128::from(bucket.count) * BAR as u128;
        let length = length.checked_div(u128::from(most)).unwrap_or(0) as usize;
        out.extend(std::iter::repeat_n(b'@', length));
        out.extend(std::iter::repeat_n(b' ', BAR - length.min(BAR)));
        out.extend_from_slice(b"|\n");
    }
}

/// The bounds of bucket `index`, as they stand before its bar.
pub(crate) fn bucket_label(reduced: &Reduced, index: usize) -> String {
    let (first, last) = bounds(reduced, index);
    let mut label = Vec::new();
    show_label(&mut label, reduced, &Bucket { first, last, count: 0 });
    String::from_utf8_lossy(&label).into_owned()
}

fn show_label(out: &mut Vec<u8>, reduced: &Reduced, bucket: &Bucket) {
    // The greatest value of all is i64::MAX, so the bound after it needs 64 bits without a sign.
    let end = bucket.last.map(|last| i128::from(last) + 1);
    match (bucket.first, end) {
        (Some(first), Some(end)) if is_single(reduced, first, end) => {
            out.push(b'[');
            show_bound(out, reduced, i128::from(first));
            out.push(b']');
        }
        (Some(first), Some(end)) => {
            out.push(b'[');
            show_bound(out, reduced, i128::from(first));
            out.extend_from_slice(b", ");
            show_bound(out, reduced, end);
            out.push(b')');
        }
        (None, Some(end)) => {
            out.extend_from_slice(b"(..., ");
            show_bound(out, reduced, end);
            out.push(b')');
        }
        (Some(first), None) => {
            out.push(b'[');
            show_bound(out, reduced, i128::from(first));
            out.extend_from_slice(b", ...)");
        }
        (None, None) => {}
    }
}

fn is_single(reduced: &Reduced, first: i64, end: i128) -> bool {
    matches!(reduced, Reduced::Log2 { .. }) && end - i128::from(first) == 1
}

fn show_bound(out: &mut Vec<u8>, reduced: &Reduced, value: i128) {
    match reduced {
        Reduced::Log2 { bits, .. } => show_log2_bound(out, value as u64, *bits),
        Reduced::Linear { step, .. } => show_linear_bound(out, value as i64, *step),
        Reduced::Int(_)
        | Reduced::Uint(_)
        | Reduced::Mean(_)
        | Reduced::Stats(_)
        | Reduced::Quantiles(_)
        | Reduced::Series(_) => {}
    }
}

/// The unit is the greatest in which all parts of the value's power of two are whole numbers, so
/// that labels of one power of two have one unit: `[1024, 1280)`, but `[4K, 5K)`.
fn show_log2_bound(out: &mut Vec<u8>, value: u64, bits: u8) {
    let power = value.checked_ilog2().unwrap_or(0);
    let unit = (power.saturating_sub(u32::from(bits)) / 10) as usize;
    decimal(out, value >> (10 * unit));
    out.extend_from_slice(
        ["", "K", "M", "G", "T", "P", "E"].get(unit).unwrap_or(&"").as_bytes(),
    );
}

/// Units are used only where the step makes every label a whole number of them.
fn show_linear_bound(out: &mut Vec<u8>, value: i64, step: i64) {
    const K: i64 = 1 << 10;
    const M: i64 = 1 << 20;
    let in_units = step % K == 0 && value != 0;
    let (value, unit) = match value {
        value if in_units && value % M == 0 => (value / M, "M"),
        value if in_units && value % K == 0 => (value / K, "K"),
        value => (value, ""),
    };
    signed(out, value);
    out.extend_from_slice(unit.as_bytes());
}
