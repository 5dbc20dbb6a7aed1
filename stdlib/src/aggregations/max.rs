//! `max(n)`

use ir::Reduce;

use super::{Aggregation, Update, keep, sample};

pub(super) const MAX: Aggregation = Aggregation {
    name: "max",
    usage: "max(number)",
    summary: "Keeps the greatest sample.",
    example: "tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @[comm] = max(args.ret); }",
    arity: (1, 1),
    check: |c, call| sample(c, call).map(Reduce::Max),
    update: Update::Cell(|l, sample, cell, reduce| {
        if let Some(sample) = sample {
            keep(l, sample, cell, reduce);
        }
    }),
};
