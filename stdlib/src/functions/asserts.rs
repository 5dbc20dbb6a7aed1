//! `static_assert(condition, text)`, `assert_str(value)`, `fail(format, …)`: what is decided when
//! the program is compiled.

use diag::{Code, Diagnostic};
use ir::{Letter, Piece, Ty};

use super::{Takes, Word, format, text};
use crate::{Arg, ArgKind, Call, Check, Literal};

pub(super) const STATIC_ASSERT: Word = Word {
    name: "static_assert",
    usage: "static_assert(condition, \"text\")",
    summary: "Refuses the program with a text unless a condition that is known beforehand holds.",
    example: "begin { static_assert(sizeof(nsecs) == 8, \"strange numbers\"); print(\"as expected\"); exit(); }",
    arity: (2, 2),
    takes: Takes::Values,
    check: static_check,
    lower: |l, _| l.b().constant(0),
};

pub(super) const ASSERT_STR: Word = Word {
    name: "assert_str",
    usage: "assert_str(value)",
    summary: "Refuses the program unless the value is text.",
    example: "profile:hz:99 { assert_str(comm); @[comm] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| {
        text(c, call, 0);
        Ty::Void
    },
    lower: |l, _| l.b().constant(0),
};

pub(super) const FAIL: Word = Word {
    name: "fail",
    usage: "fail(format, …)",
    summary: "Refuses the program with a text, if it is reached at all; its values must be literals.",
    example: "begin { if (is_str(comm)) { print(comm); } else { fail(\"comm is no text\"); } exit(); }",
    arity: (1, 256),
    takes: Takes::Values,
    check: fail_check,
    lower: |l, _| l.b().constant(0),
};

fn static_check(c: &mut Check<'_>, call: &Call) -> Ty {
    let [condition, message] = call.args.as_slice() else { return Ty::Void };
    let Some(message) = message.text() else {
        return c.wrong_type(call, message, "a literal string", "give the message in quotes");
    };
    let message = String::from_utf8_lossy(message).into_owned();
    match condition.int() {
        Some(0) => {
            let problem =
                Diagnostic::new(Code::Asserted, call.span, message.clone(), "does not hold");
            c.refuse(problem.compat(message))
        }
        Some(_) => Ty::Void,
        None => {
            let help = "give it literals and what is made of them; `assert` is for the others";
            c.wrong_type(call, condition, "a literal condition", help)
        }
    }
}

fn fail_check(c: &mut Check<'_>, call: &Call) -> Ty {
    let before = c.problems.len();
    format::check(c, call);
    if c.problems.len() > before {
        return Ty::Void;
    }
    for arg in call.args.iter().skip(1) {
        if !matches!(arg.kind, ArgKind::Literal(_)) {
            return c.wrong_type(
                call,
                arg,
                "literals",
                "the text is made before the program runs",
            );
        }
    }
    let format = call.args.first().and_then(Arg::text).unwrap_or_default();
    let mut values = call.args.iter().skip(1);
    let mut message = String::new();
    for piece in format::parse(format, false).pieces {
        match piece {
            Piece::Text(plain) => message += &plain,
            Piece::Bytes(bytes) => message += &String::from_utf8_lossy(&bytes),
            Piece::Convert(conversion) => {
                message +=
                    &values.next().map(|arg| shown(arg, conversion.letter)).unwrap_or_default();
            }
        }
    }
    let message = message.trim_end().to_owned();
    let problem = Diagnostic::new(Code::Asserted, call.span, message.clone(), "reached");
    c.refuse(problem.compat(message))
}

fn shown(arg: &Arg, letter: Letter) -> String {
    match &arg.kind {
        ArgKind::Literal(Literal::Int(value)) if letter == Letter::Hex => format!("{value:x}"),
        ArgKind::Literal(Literal::Int(value)) => value.to_string(),
        ArgKind::Literal(Literal::Bool(value)) => value.to_string(),
        ArgKind::Literal(Literal::Str(text)) => String::from_utf8_lossy(text).into_owned(),
        ArgKind::Value | ArgKind::Map(_) | ArgKind::Type => String::new(),
    }
}
