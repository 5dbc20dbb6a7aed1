//! `printf` in an iterator that is pinned: into the file as which it is read, by the kernel's own
//! formats. Nobody reads events there.

use diag::{Code, Diagnostic};
use ir::{Conversion, Global, Helper, Inst, Letter, Mutability, Piece, Sign, Ty, ValueId};

use crate::{Arg, Call, Check, Lower, article, functions::format};

/// Most arguments that the kernel takes (`MAX_SEQ_PRINTF_VARARGS`).
const MOST: usize = 12;

/// Complains of what the kernel's formats don't have.
pub(super) fn check(c: &mut Check<'_>, call: &Call) {
    let before = c.problems.len();
    format::check(c, call);
    if c.problems.len() > before {
        return;
    }
    let text = call.args.first().and_then(Arg::text).unwrap_or_default();
    let plain = |byte: &u8| byte.is_ascii_graphic() || byte.is_ascii_whitespace();
    let format = format::parse(text, false);
    let values = &call.args[1..];
    let convertible =
        format.conversions().zip(values).all(|((it, _), arg)| kernel_format(it, arg).is_some());
    let what = if !text.iter().all(plain) {
        "text that is not ASCII".to_owned()
    } else if values.len() > MOST {
        format!("more than {MOST} values")
    } else if convertible {
        return;
    } else {
        let odd = format
            .conversions()
            .zip(values)
            .find(|((it, _), arg)| kernel_format(it, arg).is_none());
        odd.map_or_else(String::new, |(_, arg)| {
            format!("{} by this conversion", article(&arg.ty))
        })
    };
    let title = format!("a pinned iterator does not print {what}");
    let problem = Diagnostic::new(Code::BadFormat, call.span, title, "the kernel prints here");
    let help = "it prints integers by %d, %u, %x and %p, and texts by %s, each with a width";
    c.problems.push(problem.help(help));
}

/// The kernel's conversion for a value, if it has one.
fn kernel_format(conversion: &Conversion, arg: &Arg) -> Option<String> {
    let Conversion { flags, width, precision, letter, .. } = conversion;
    let is_text = matches!(arg.ty, Ty::Str(_));
    let (before, letters) = match letter {
        Letter::Any if is_text => ("", "s"),
        _ if is_text || !arg.is_integer() && !matches!(arg.ty, Ty::Ptr(..)) => return None,
        Letter::Signed => ("", "lld"),
        Letter::Unsigned => ("", "llu"),
        Letter::Hex => ("", "llx"),
        Letter::Pointer => ("0x", "llx"),
        Letter::Any if matches!(arg.ty.scalar(), Some((_, Sign::Unsigned))) => ("", "llu"),
        Letter::Any => ("", "lld"),
        Letter::Octal
        | Letter::HexUpper
        | Letter::Char
        | Letter::Bytes
        | Letter::BytesEscaped
        | Letter::BytesHex
        | Letter::PageFlags => return None,
    };
    if precision.is_some() || flags.alternate {
        return None;
    }
    let flag = |is: bool, sign: &'static str| if is { sign } else { "" };
    let flags = [
        flag(flags.zero, "0"),
        flag(flags.space, " "),
        flag(flags.plus, "+"),
        flag(flags.left, "-"),
    ];
    let width = width.map(|width| width.to_string()).unwrap_or_default();
    Some(format!("{before}%{}{width}{letters}", flags.concat()))
}

/// Calls the kernel's `seq_printf`.
pub(super) fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let mut text = String::new();
    let mut values = call.args.iter().skip(1);
    for piece in format::pieces(l, call) {
        match piece {
            Piece::Text(plain) => text += &plain.replace('%', "%%"),
            Piece::Bytes(_) => {}
            Piece::Convert(conversion) => {
                let arg = values.next();
                text +=
                    &arg.and_then(|arg| kernel_format(&conversion, arg)).unwrap_or_default();
            }
        }
    }
    let args: Vec<_> = call.args.iter().skip(1).collect();
    let size = 8 * args.len().max(1) as u32;
    let data = l.memory(size, 8);
    for (index, arg) in args.iter().enumerate() {
        // Of text, its address: the kernel reads it there.
        let value = l.value(arg);
        l.b().store64(data, 8 * index as i32, value);
    }
    let number = l.program().globals.len();
    text.push('\0');
    let length = text.len() as i64;
    let format = l.program().globals.push(Global {
        name: format!("format_{number}"),
        content: text.into_bytes(),
        align: 1,
        mutability: Mutability::Constant,
    });
    let context = l.context();
    let b = l.b();
    // struct bpf_iter_meta *, whose first member is struct seq_file *.
    let meta = b.push(Inst::LoadPtr(context));
    let file = b.push(Inst::LoadPtr(meta));
    let (format, length) = (b.global(format), b.constant(length));
    let given = b.constant(8 * args.len() as i64);
    b.call(Helper::SEQ_PRINTF, &[file, format, length, data, given]);
    b.constant(0)
}
