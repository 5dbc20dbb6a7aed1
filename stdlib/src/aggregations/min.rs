//! `min(n)`

use ir::Reduce;

use super::{Aggregation, Update, keep, sample};

pub(super) const MIN: Aggregation = Aggregation {
    name: "min",
    usage: "min(number)",
    summary: "Keeps the least sample.",
    example: "tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @[comm] = min(args.ret); }",
    arity: (1, 1),
    check: |c, call| sample(c, call).map(Reduce::Min),
    update: Update::Cell(|l, sample, cell, reduce| {
        if let Some(sample) = sample {
            keep(l, sample, cell, reduce);
        }
    }),
};
