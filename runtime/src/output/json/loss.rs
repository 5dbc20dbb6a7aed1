//! A line of the ledger of losses as an object.

use ir::LossKind;

use super::{integer, place, string};
use crate::output::{LossLine, Lost};

/// `{"lost": "map_full", "count": 12, "probe": "begin", "map": "@a", …}`
pub(super) fn loss_line(out: &mut Vec<u8>, line: &LossLine<'_>) {
    let what = match line.lost {
        Lost::Place(LossKind::MapFull) => "map_full",
        Lost::Place(LossKind::RingFull) => "ring_full",
        Lost::Place(LossKind::ReadFault) => "read_fault",
        Lost::Place(LossKind::NoScratch) => "no_scratch",
        Lost::Place(LossKind::Truncated) => "truncated",
        Lost::Place(LossKind::StacksFull) => "stacks_full",
        Lost::Place(LossKind::Refused) => "refused",
        Lost::Place(LossKind::Turns) => "turns",
        Lost::Place(LossKind::Division) => "division_by_zero",
        Lost::Place(LossKind::OutOfBounds) => "out_of_bounds",
        Lost::Place(LossKind::MissingKey) => "missing_key",
        Lost::Place(LossKind::MissingEntry) => "missing_entry",
        Lost::Place(LossKind::Unfollowed) => "unfollowed",
        Lost::Missed => "missed",
        Lost::Recursion => "recursion",
    };
    out.extend_from_slice(b"{\"lost\": ");
    string(out, what.as_bytes());
    out.extend_from_slice(b", \"count\": ");
    match line.count {
        Some(count) => integer(out, i128::from(count)),
        None => out.extend_from_slice(b"null"),
    }
    out.extend_from_slice(b", \"probe\": ");
    string(out, line.probe.as_bytes());
    if let Some(table) = line.table {
        out.extend_from_slice(b", \"map\": ");
        string(out, table.as_bytes());
    }
    place(out, line.position);
    out.push(b'}');
}
