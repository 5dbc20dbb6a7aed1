//! `strlen(text)`, `strcap(text)`, `default_str_length()`: how long text is and may be.

use ir::{Ty, ValueId};

use super::{Takes, Word, text};
use crate::{Call, Literal, Lower, memory};

pub(super) const STRLEN: Word = Word {
    name: "strlen",
    usage: "strlen(text)",
    summary: "Number of bytes of a text, without its final NUL.",
    example: "tracepoint:syscalls:sys_enter_openat { @ = hist(strlen(str(args.filename))); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| {
        let Some(arg) = call.args.first() else { return Ty::Void };
        if !text(c, call, 0) {
            return Ty::Void;
        }
        match arg.text() {
            Some(text) => c.known(Literal::Int(text.len() as i64), Ty::U64),
            None => Ty::U64,
        }
    },
    lower: strlen,
};

pub(super) const STRCAP: Word = Word {
    name: "strcap",
    usage: "strcap(text)",
    summary: "Number of bytes that the memory of a text has room for, its final NUL included.",
    example: "begin { $x = \"abc\"; print(strcap($x)); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| {
        let Some(arg) = call.args.first() else { return Ty::Void };
        if !text(c, call, 0) {
            return Ty::Void;
        }
        c.known(Literal::Int(i64::from(arg.ty.size())), Ty::U64)
    },
    lower: |l, _| l.b().constant(0),
};

pub(super) const DEFAULT_STR_LENGTH: Word = Word {
    name: "default_str_length",
    usage: "default_str_length()",
    summary: "The setting `max_strlen`: bytes that `str()` reads, the final NUL included.",
    example: "begin { print(default_str_length()); exit(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, _| c.known(Literal::Int(i64::from(c.config.max_strlen)), Ty::U64),
    lower: |l, _| l.b().constant(0),
};

fn strlen(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(arg) = call.args.first() else { return l.b().constant(0) };
    let text = l.value(arg);
    memory::text_length(l, text, arg.ty.size())
}
