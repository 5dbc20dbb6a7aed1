//! `is_str(value)` and the like: what kind of value something is, known before the program runs.

use ir::{Sign, Ty};

use super::{Takes, Word};
use crate::{Arg, ArgKind, Call, Check, Literal};

pub(super) const IS_ARRAY: Word = Word {
    name: "is_array",
    usage: "is_array(value)",
    summary: "Whether a value is an array.",
    example: "begin { print(is_array(pton(\"::1\"))); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, |arg| matches!(arg.ty, Ty::Array(..))),
    lower: |l, _| l.b().constant(0),
};

pub(super) const IS_INTEGER: Word = Word {
    name: "is_integer",
    usage: "is_integer(value)",
    summary: "Whether a value is an integer, of any size and sign.",
    example: "begin { print(is_integer(pid)); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, |arg| matches!(arg.ty, Ty::Int(..))),
    lower: |l, _| l.b().constant(0),
};

pub(super) const IS_LITERAL: Word = Word {
    name: "is_literal",
    usage: "is_literal(value)",
    summary: "Whether a value is known before the program runs.",
    example: "begin { print(is_literal(1)); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, |arg| matches!(arg.kind, ArgKind::Literal(_))),
    lower: |l, _| l.b().constant(0),
};

pub(super) const IS_PTR: Word = Word {
    name: "is_ptr",
    usage: "is_ptr(value)",
    summary: "Whether a value is a pointer.",
    example: "begin { print(is_ptr(curtask)); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, |arg| matches!(arg.ty, Ty::Ptr(..))),
    lower: |l, _| l.b().constant(0),
};

pub(super) const IS_STR: Word = Word {
    name: "is_str",
    usage: "is_str(value)",
    summary: "Whether a value is text.",
    example: "begin { print(is_str(comm)); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, |arg| matches!(arg.ty, Ty::Str(_))),
    lower: |l, _| l.b().constant(0),
};

pub(super) const IS_UNSIGNED_INTEGER: Word = Word {
    name: "is_unsigned_integer",
    usage: "is_unsigned_integer(value)",
    summary: "Whether a value is an integer without a sign.",
    example: "begin { print(is_unsigned_integer(pid)); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| check(c, call, |arg| matches!(arg.ty, Ty::Int(_, Sign::Unsigned))),
    lower: |l, _| l.b().constant(0),
};

fn check(c: &mut Check<'_>, call: &Call, is: fn(&Arg) -> bool) -> Ty {
    let answer = call.args.first().is_some_and(is);
    c.known(Literal::Bool(answer), Ty::Bool)
}
