//! `strftime(format, nanoseconds)`

use ir::{Packed, Ty, ValueId};

use super::{Takes, Word};
use crate::{Call, Check, Clock, Lower, builtins::to_date};

pub(super) const STRFTIME: Word = Word {
    name: "strftime",
    usage: "strftime(format, nanoseconds)",
    summary: "The date and time at a moment of `nsecs`; `%f`, `%l`, `%k`: the second's micro-, milli-, nanoseconds.",
    example: "tracepoint:syscalls:sys_enter_openat { printf(\"%s %s\\n\", strftime(\"%H:%M:%S.%f\", nsecs), comm); }",
    arity: (2, 2),
    takes: Takes::Values,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let [format, moment] = call.args.as_slice() else { return Ty::Void };
    let help = "write `strftime(\"%H:%M:%S\", nsecs)`";
    if format.text().is_none() {
        return c.wrong_type(call, format, "a literal format", help);
    }
    if !moment.is_integer() {
        return c.wrong_type(call, moment, "an integer", help);
    }
    Ty::Packed(Packed::Time)
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let [format, moment] = call.args.as_slice() else { return l.b().constant(0) };
    let format = String::from_utf8_lossy(format.text().unwrap_or_default()).into_owned();
    let formats = &mut l.program().time_formats;
    let known = formats.iter().position(|known| *known == format);
    let index = known.unwrap_or_else(|| {
        formats.push(format);
        formats.len() - 1
    });
    let nanoseconds = l.value(moment);
    let nanoseconds = to_date(l, nanoseconds, moment.clock.unwrap_or(Clock::Boot));
    let to = l.place(&call.ty);
    let b = l.b();
    b.store64(to, 0, nanoseconds);
    let number = b.constant(index as i64 + 1);
    b.store64(to, 8, number);
    to
}
