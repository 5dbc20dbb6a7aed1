//! `clear(@m)`

use ir::{Action, Ty};

use super::{Takes, Word, whole_map};
use crate::send;

pub(super) const CLEAR: Word = Word {
    name: "clear",
    usage: "clear(@map)",
    summary: "Removes all entries of a map.",
    example: "tracepoint:syscalls:sys_enter_read { @reads = count(); @last[tid] = nsecs; } end { clear(@last); }",
    arity: (1, 1),
    takes: Takes::Maps,
    check: |c, call| {
        whole_map(c, call, "write `clear(@name)`");
        (c.uses.events, c.uses.prints) = (true, true);
        Ty::Void
    },
    lower: |l, call| {
        if let Some(map) = call.args.first().and_then(|arg| arg.map()) {
            let table = l.table(map);
            send(l, call, Action::Clear(table), &[]);
        }
        l.b().constant(0)
    },
};
