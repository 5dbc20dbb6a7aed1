//! `system(format, …)`, `cat(format, …)`: what user space does when it reads the event.

use ir::{Action, Ty};

use super::{Takes, Word, format};
use crate::{Gate, Payload, send};

pub(super) const SYSTEM: Word = Word {
    name: "system",
    usage: "system(format, …)",
    summary: "Runs a command by `sh -c` when the event is read, and prints its output. Needs `--unsafe`.",
    example: "tracepoint:syscalls:sys_enter_nanosleep { system(\"echo %d sleeps\", pid); }",
    arity: (1, 256),
    takes: Takes::Values,
    check: |c, call| {
        if !c.needs_unsafe(call, Gate::Core) {
            return Ty::Void;
        }
        (c.uses.events, c.uses.prints) = (true, true);
        format::check(c, call);
        Ty::Void
    },
    lower: |l, call| {
        let pieces = format::pieces(l, call);
        let payload: Vec<_> = call.args.iter().skip(1).map(Payload::Arg).collect();
        send(l, call, Action::Run { pieces }, &payload);
        l.b().constant(0)
    },
};

pub(super) const CAT: Word = Word {
    name: "cat",
    usage: "cat(format, …)",
    summary: "Prints a file, up to `max_cat_bytes`, when the event is read.",
    example: "begin { cat(\"/proc/%d/comm\", pid); exit(); }",
    arity: (1, 256),
    takes: Takes::Values,
    check: |c, call| {
        (c.uses.events, c.uses.prints) = (true, true);
        format::check(c, call);
        Ty::Void
    },
    lower: |l, call| {
        let pieces = format::pieces(l, call);
        let most = l.config().max_cat_bytes;
        let payload: Vec<_> = call.args.iter().skip(1).map(Payload::Arg).collect();
        send(l, call, Action::Cat { pieces, most }, &payload);
        l.b().constant(0)
    },
};
