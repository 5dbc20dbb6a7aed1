//! `ustack`, `ustack([mode][, way][, limit])`; `dw_ustack`

use ir::Side;

use crate::{
    functions::{Takes, Word},
    stack,
};

pub(super) const USTACK: Word = Word {
    name: "ustack",
    usage: "ustack, ustack([mode,] [way,] [limit])",
    summary: "The process's stack; modes `bpftrace`, `perf`, `raw`, `build_id`; `dwarf` or `fp`; at most `limit` frames (127).",
    example: "profile:hz:99 { @[ustack(8)] = count(); }",
    arity: (0, 3),
    takes: Takes::Names,
    check: |c, call| stack::check(c, call, Side::User),
    lower: stack::lower,
};

pub(super) const DW_USTACK: Word = Word {
    name: "dw_ustack",
    usage: "dw_ustack, dw_ustack([mode,] [limit])",
    summary: "The same as `ustack(dwarf)`: the process's stack, followed by `.eh_frame`.",
    example: "profile:hz:99 { @[dw_ustack(8)] = count(); }",
    arity: (0, 2),
    takes: Takes::Names,
    check: |c, call| stack::check(c, call, Side::User),
    lower: stack::lower,
};
