//! `sum(n)`

use ir::Reduce;

use super::{Aggregation, Update, add, sample};

pub(super) const SUM: Aggregation = Aggregation {
    name: "sum",
    usage: "sum(number)",
    summary: "Adds up the samples.",
    example: "tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @[comm] = sum(args.ret); }",
    arity: (1, 1),
    check: |c, call| sample(c, call).map(Reduce::Sum),
    update: Update::Cell(|l, sample, cell, _| {
        if let Some(sample) = sample {
            add(l, cell, 0, sample);
        }
    }),
};
