//! `time([format])`

use ir::{Action, Ty};

use super::{Takes, Word};
use crate::send;

/// What is printed without an argument.
const DEFAULT: &str = "%H:%M:%S\n";

pub(super) const TIME: Word = Word {
    name: "time",
    usage: "time([format])",
    summary: "Prints the time of day by a strftime format, `%H:%M:%S` and a newline by default.",
    example: "interval:s:1 { time(\"%H:%M\\n\"); exit(); }",
    arity: (0, 1),
    takes: Takes::Values,
    check: |c, call| {
        (c.uses.events, c.uses.prints) = (true, true);
        if let Some(arg) = call.args.first()
            && arg.text().is_none()
        {
            return c.wrong_type(
                call,
                arg,
                "a literal format",
                "write `time(\"%H:%M:%S\\n\")`",
            );
        }
        Ty::Void
    },
    lower: |l, call| {
        let format = call.args.first().and_then(crate::Arg::text);
        let format = format.map_or_else(|| DEFAULT.into(), String::from_utf8_lossy);
        send(l, call, Action::Clock(format.into_owned()), &[]);
        l.b().constant(0)
    },
};
