//! `printf(format, …)`

mod file;

use ir::{Action, Ty};

use super::{Takes, Word, format};
use crate::{Payload, send};

pub(super) const PRINTF: Word = Word {
    name: "printf",
    usage: "printf(format, …)",
    summary: "Prints text by a format as C's printf does; `%s` takes any value.",
    example: "tracepoint:syscalls:sys_enter_openat { printf(\"%-16s %6d %s\\n\", comm, pid, str(args.filename)); }",
    arity: (1, 256),
    takes: Takes::Values,
    check: |c, call| {
        if c.offers.to_file {
            file::check(c, call);
            return Ty::Void;
        }
        (c.uses.events, c.uses.prints) = (true, true);
        format::check(c, call);
        Ty::Void
    },
    lower: |l, call| {
        if l.offers().to_file {
            return file::lower(l, call);
        }
        let pieces = format::pieces(l, call);
        let payload: Vec<_> = call.args.iter().skip(1).map(Payload::Arg).collect();
        let action = Action::Text { kind: "printf".to_owned(), pieces };
        send(l, call, action, &payload);
        l.b().constant(0)
    },
};
