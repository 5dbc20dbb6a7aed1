//! `zero(@m)`

use ir::{Action, Ty};

use super::{Takes, Word, whole_map};
use crate::send;

pub(super) const ZERO: Word = Word {
    name: "zero",
    usage: "zero(@map)",
    summary: "Sets all values of a map to 0 and keeps its keys.",
    example: "tracepoint:syscalls:sys_enter_read { @reads[args.count] = count(); } end { zero(@reads); }",
    arity: (1, 1),
    takes: Takes::Maps,
    check: |c, call| {
        whole_map(c, call, "write `zero(@name)`");
        (c.uses.events, c.uses.prints) = (true, true);
        Ty::Void
    },
    lower: |l, call| {
        if let Some(map) = call.args.first().and_then(|arg| arg.map()) {
            let table = l.table(map);
            send(l, call, Action::Zero(table), &[]);
        }
        l.b().constant(0)
    },
};
