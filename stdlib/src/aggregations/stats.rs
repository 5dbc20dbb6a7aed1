//! `stats(n)`

use ir::Reduce;

use super::{Aggregation, Update, add_sample, sample};

pub(super) const STATS: Aggregation = Aggregation {
    name: "stats",
    usage: "stats(number)",
    summary: "Keeps count, mean and sum of the samples.",
    example: "tracepoint:syscalls:sys_exit_read /args.ret > 0/ { @[comm] = stats(args.ret); }",
    arity: (1, 1),
    check: |c, call| sample(c, call).map(Reduce::Stats),
    update: Update::Cell(|l, sample, cell, _| {
        if let Some(sample) = sample {
            add_sample(l, sample, cell);
        }
    }),
};
