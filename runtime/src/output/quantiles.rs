//! Quantiles, as text and as JSON.

use super::{
    json::{integer, member},
    number::{decimal, divide, wide},
};
use crate::sketch::Quantiles;

/// Appends `{ .count = 3, .p50 = 2, … }`.
pub(super) fn show(out: &mut Vec<u8>, ranks: &Quantiles, div: u64) {
    out.extend_from_slice(b"{ .count = ");
    decimal(out, ranks.count);
    for (name, value) in Quantiles::NAMES.into_iter().zip(ranks.values) {
        out.extend_from_slice(b", .");
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(b" = ");
        wide(out, divide(i128::from(value), div));
    }
    out.extend_from_slice(b" }");
}

/// Appends `{"count": 3, "p50": 2, …}`.
pub(super) fn write_json(out: &mut Vec<u8>, ranks: &Quantiles, div: u64) {
    out.extend_from_slice(b"{\"count\": ");
    integer(out, i128::from(ranks.count));
    for (name, value) in Quantiles::NAMES.into_iter().zip(ranks.values) {
        out.extend_from_slice(b", ");
        member(out, name);
        integer(out, divide(i128::from(value), div));
    }
    out.push(b'}');
}
