//! `avg(n)`

use ir::Reduce;

use super::{Aggregation, Update, add_sample, sample};

pub(super) const AVG: Aggregation = Aggregation {
    name: "avg",
    usage: "avg(number)",
    summary: "Keeps the mean of the samples.",
    example: "tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @[comm] = avg(args.ret); }",
    arity: (1, 1),
    check: |c, call| sample(c, call).map(Reduce::Mean),
    update: Update::Cell(|l, sample, cell, _| {
        if let Some(sample) = sample {
            add_sample(l, sample, cell);
        }
    }),
};
