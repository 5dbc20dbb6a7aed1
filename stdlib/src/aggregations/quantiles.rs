//! `quantiles(n)`

use ir::{QUANTILE_BITS, Reduce};

use super::{Aggregation, Update, hist::log2_bucket, sample};

pub(super) const QUANTILES: Aggregation = Aggregation {
    name: "quantiles",
    usage: "quantiles(number)",
    summary: "Median, p90, p99, p99.9 and greatest of samples from 0 on, each within 1 %.",
    example: "tracepoint:syscalls:sys_exit_read { @[comm] = quantiles(args.ret); }",
    arity: (1, 1),
    check: |c, call| sample(c, call).map(|_| Reduce::Quantiles),
    update: Update::Bucket(|l, sample, _| log2_bucket(l, sample, QUANTILE_BITS)),
};
