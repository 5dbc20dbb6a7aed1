//! `debugf(format, …)`

use diag::{Code, Diagnostic};
use ir::{Helper, Inst, Letter, Piece, Ty, ValueId};

use super::{Takes, Word, format};
use crate::{Call, Check, Lower};

pub(super) const DEBUGF: Word = Word {
    name: "debugf",
    usage: "debugf(format, …)",
    summary: "Writes to the kernel's trace pipe, with at most 3 values: for finding faults, not for production.",
    example: "tracepoint:syscalls:sys_enter_read { debugf(\"%d reads\", pid); }",
    arity: (1, 4),
    takes: Takes::Values,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let before = c.problems.len();
    format::check(c, call);
    if c.problems.len() > before {
        return Ty::Void;
    }
    let text = call.args.first().and_then(crate::Arg::text).unwrap_or_default();
    for piece in format::parse(text, c.config.formats_narrowly()).pieces {
        let Piece::Convert(conversion) = piece else { continue };
        let known = matches!(
            conversion.letter,
            Letter::Signed | Letter::Unsigned | Letter::Hex | Letter::Pointer | Letter::Any
        );
        if !known || conversion.width.is_some() || conversion.precision.is_some() {
            let span = call.args[0].span;
            let title = "`debugf` knows %d, %u, %x, %p and %s, without widths";
            let problem = Diagnostic::new(Code::BadFormat, span, title, "in this format");
            return c.refuse(problem.help("use `printf` for all others"));
        }
    }
    for arg in call.args.iter().skip(1) {
        if !arg.ty.is_scalar() && !matches!(arg.ty, Ty::Str(_)) {
            return c.wrong_type(call, arg, "a number or text", "use `printf` for others");
        }
    }
    let title = "`debugf` is not meant for production";
    let label = "writes to a buffer that all tools share";
    let problem = Diagnostic::new(Code::Debugging, call.span, title, label);
    let compat = "The debugf() builtin is not recommended for production use. \
                  For more information see bpf_trace_printk in bpf-helpers(7).";
    c.problems.push(problem.help("use `printf`").compat(compat).warning());
    Ty::Void
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let mut text = Vec::new();
    for piece in format::pieces(l, call) {
        match piece {
            // The kernel reads it as a format again.
            Piece::Text(plain) => text.extend(plain.replace('%', "%%").into_bytes()),
            Piece::Bytes(bytes) => text.extend(bytes),
            Piece::Convert(conversion) => text.extend_from_slice(match conversion.letter {
                Letter::Signed => b"%lld".as_slice(),
                Letter::Hex => b"%llx",
                Letter::Pointer => b"%px",
                Letter::Any => b"%s",
                Letter::Unsigned
                | Letter::Octal
                | Letter::HexUpper
                | Letter::Char
                | Letter::Bytes
                | Letter::BytesEscaped
                | Letter::BytesHex
                | Letter::PageFlags => b"%llu",
            }),
        }
    }
    text.push(0);
    let size = text.len() as u32;
    let values: Vec<_> = call.args.iter().skip(1).map(|arg| value(l, arg)).collect();
    let format = l.memory(size, 8);
    let b = l.b();
    b.store_bytes(format, 0, text, 8);
    let size = b.constant(i64::from(size));
    let mut arguments = vec![format, size];
    arguments.extend(values);
    b.call(Helper::TRACE_PRINTK, &arguments)
}

/// A number, or the address of text.
fn value(l: &mut dyn Lower, arg: &crate::Arg) -> ValueId {
    let value = l.value(arg);
    if arg.ty.is_scalar() {
        return value;
    }
    l.b().push(Inst::Address(value))
}
