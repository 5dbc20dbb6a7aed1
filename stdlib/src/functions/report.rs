//! `errorf(format, …)`, `warnf(format, …)`: messages to standard error, with their place.

use ir::{Action, Severity, Ty, ValueId};

use super::{Takes, Word, format};
use crate::{Call, Check, Lower, Payload, send};

pub(super) const ERRORF: Word = Word {
    name: "errorf",
    usage: "errorf(format, …)",
    summary: "Says on standard error that something is wrong, and where in the script.",
    example: "tracepoint:syscalls:sys_exit_read /args.ret < 0/ { errorf(\"read: %d\", args.ret); }",
    arity: (1, 256),
    takes: Takes::Values,
    check,
    lower: |l, call| lower(l, call, Severity::Error),
};

pub(super) const WARNF: Word = Word {
    name: "warnf",
    usage: "warnf(format, …)",
    summary: "Warns on standard error, with the place in the script.",
    example: "tracepoint:syscalls:sys_exit_read /args.ret == 0/ { warnf(\"%s reads nothing\", comm); }",
    arity: (1, 256),
    takes: Takes::Values,
    check,
    lower: |l, call| lower(l, call, Severity::Warning),
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    (c.uses.events, c.uses.prints) = (true, true);
    format::check(c, call);
    Ty::Void
}

fn lower(l: &mut dyn Lower, call: &Call, severity: Severity) -> ValueId {
    let pieces = format::pieces(l, call);
    let payload: Vec<_> = call.args.iter().skip(1).map(Payload::Arg).collect();
    send(l, call, Action::Report { severity, pieces }, &payload);
    l.b().constant(0)
}
