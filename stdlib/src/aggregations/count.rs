//! `count()`

use ir::Reduce;

use super::{Aggregation, Update, bump};

pub(super) const COUNT: Aggregation = Aggregation {
    name: "count",
    usage: "count()",
    summary: "Counts how often the statement runs.",
    example: "tracepoint:syscalls:sys_enter_read { @[pid] = count(); }",
    arity: (0, 0),
    check: |_, _| Some(Reduce::Count),
    update: Update::Cell(|l, _, cell, _| bump(l, cell.ptr, cell.sharing)),
};
