//! `ustack`, `ustack([mode][, limit])`

use ir::Side;

use crate::{
    functions::{Takes, Word},
    stack,
};

pub(super) const USTACK: Word = Word {
    name: "ustack",
    usage: "ustack, ustack([mode,] [limit])",
    summary: "The process's stack; modes `bpftrace`, `perf`, `raw`, `build_id`, at most `limit` frames (127).",
    example: "profile:hz:99 { @[ustack(8)] = count(); }",
    arity: (0, 2),
    takes: Takes::Names,
    check: |c, call| stack::check(c, call, Side::User),
    lower: stack::lower,
};
