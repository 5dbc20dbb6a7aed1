//! `kstack`, `kstack([mode][, limit])`

use ir::Side;

use crate::{
    functions::{Takes, Word},
    stack,
};

pub(super) const KSTACK: Word = Word {
    name: "kstack",
    usage: "kstack, kstack([mode,] [limit])",
    summary: "The kernel's stack; modes `bpftrace`, `perf`, `raw`, at most `limit` frames (127).",
    example: "profile:hz:99 { @[kstack] = count(); }",
    arity: (0, 2),
    takes: Takes::Names,
    check: |c, call| stack::check(c, call, Side::Kernel),
    lower: stack::lower,
};
