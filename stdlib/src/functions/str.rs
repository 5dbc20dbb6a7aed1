//! `str(pointer [, length])`

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, LossKind, Space, Ty, ValueId};

use super::{Takes, Word};
use crate::{ArgKind, Call, Check, Literal, Lower, memory};

pub(super) const STR: Word = Word {
    name: "str",
    usage: "str(pointer [, length])",
    summary: "The text at an address, up to its NUL or to `length` or `max_strlen` bytes.",
    example: "tracepoint:syscalls:sys_enter_openat { @[str(args.filename)] = count(); }",
    arity: (1, 2),
    takes: Takes::Values,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(first) = call.args.first() else { return Ty::Void };
    if let Some(arg) = call.args.get(1)
        && !arg.is_integer()
    {
        return c.wrong_type(call, arg, "an integer as length", "write `str(pointer, 64)`");
    }
    let length = call.args.get(1).and_then(crate::Arg::int);
    if let Some(length) = length.filter(|length| *length < 1) {
        let title = format!("a string of length {length}");
        let span = call.args[1].span;
        let problem = Diagnostic::new(Code::OutOfRange, span, title, "less than 1");
        return c.refuse(problem.help("give at least 1, room for the final NUL included"));
    }
    warn_of_cut(c, call, length);
    // The length, as the user gives it, does not count the NUL.
    let longest = i64::from(c.config.max_strlen);
    let size = length.map_or(longest, |length| (length + 1).min(longest)) as u32;
    match (&first.kind, &first.ty) {
        (ArgKind::Literal(Literal::Str(_)), ty) if call.args.len() == 1 => ty.clone(),
        (_, Ty::Ptr(..) | Ty::Int(..)) => Ty::Str(size),
        // A text that fills its memory gets a NUL where it is cut.
        (_, Ty::Str(own)) if call.args.len() == 2 && length.is_none() => {
            Ty::Str((own + 1).min(size))
        }
        (_, Ty::Str(own)) => Ty::Str(*own.min(&size)),
        (_, Ty::Array(item, count)) if item.size() == 1 => Ty::Str((count + 1).min(size)),
        _ => c.wrong_type(
            call,
            first,
            "a pointer",
            "give the address of the text, e.g. `str(arg0)`",
        ),
    }
}

/// Warns of a length above what texts can have.
fn warn_of_cut(c: &mut Check<'_>, call: &Call, length: Option<i64>) {
    let longest = c.config.max_strlen;
    let Some(length) = length.filter(|length| *length > i64::from(longest)) else { return };
    let title = format!("texts have at most {longest} bytes, the NUL included, not {length}");
    let problem = Diagnostic::new(Code::CutText, call.args[1].span, title, "cut")
        .help(format!(
            "leave the length out, or say `config = {{ max_strlen = {} }}`",
            length.saturating_add(1)
        ))
        .compat(format!(
            "length param ({length}) is too long and will be shortened to {longest} bytes (see \
             BPFTRACE_MAX_STRLEN)"
        ));
    c.problems.push(problem.warning());
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(first) = call.args.first() else { return l.b().constant(0) };
    if !first.ty.is_scalar() {
        if is_whole(call, &first.ty) {
            let to = l.place(&call.ty);
            l.value_at(first, to, &call.ty);
            return to;
        }
        return cut(l, call, first);
    }
    let address = l.value(first);
    let size = call.ty.size();
    let dynamic = call.args.get(1).filter(|arg| arg.int().is_none());
    let limit = dynamic.map(|arg| l.value(arg));
    let to = l.text_place(&call.ty);
    let size = match limit {
        None => l.b().constant(i64::from(size)),
        Some(limit) => {
            let with_nul = l.b().bin_const(Bin::Add, limit, 1);
            memory::at_most(l, with_nul, size)
        }
    };
    let space = if let Ty::Ptr(_, space) = &first.ty { *space } else { l.offers().space };
    let length = match space {
        Space::User => l.b().call(Helper::PROBE_READ_USER_STR, &[to, size, address]),
        // An address of each CPU's own memory is none: the read fails, and that is counted.
        Space::Kernel | Space::Context | Space::PerCpu => {
            l.b().call(Helper::PROBE_READ_KERNEL_STR, &[to, size, address])
        }
        Space::Unknown => either(l, to, size, address),
    };
    let length = counted(l, to, length);
    // Where the script gives a length, it asked for no more.
    let longest = l.config().max_strlen;
    if dynamic.is_none() && call.ty.size() == longest && !is_asked(call, longest) {
        count_cut(l, (address, space), length, longest);
    }
    l.note_length(length);
    to
}

/// Whether no length is given, or one that cuts nothing off a text of type `own`.
fn is_whole(call: &Call, own: &Ty) -> bool {
    call.args.get(1).is_none_or(|arg| arg.int().is_some_and(|most| most >= own.size().into()))
}

/// The beginning of a text that the program has already.
fn cut(l: &mut dyn Lower, call: &Call, text: &crate::Arg) -> ValueId {
    let from = l.value(text);
    let size = call.ty.size();
    let size = match call.args.get(1).filter(|arg| arg.int().is_none()) {
        None => l.b().constant(i64::from(size)),
        Some(limit) => {
            let limit = l.value(limit);
            let with_nul = l.b().bin_const(Bin::Add, limit, 1);
            memory::at_most(l, with_nul, size)
        }
    };
    let to = l.text_place(&call.ty);
    let length = l.b().call(Helper::PROBE_READ_KERNEL_STR, &[to, size, from]);
    l.note_length(length);
    to
}

/// Reads from the process and, where that fails, from the kernel: for addresses of unknown space.
fn either(l: &mut dyn Lower, to: ValueId, size: ValueId, address: ValueId) -> ValueId {
    let b = l.b();
    let slot = b.slot(8, 8);
    let length = b.call(Helper::PROBE_READ_USER_STR, &[to, size, address]);
    b.store64(slot, 0, length);
    let zero = b.constant(0);
    let failed = b.bin(Bin::SLt, length, zero);
    let (again, done) = (b.block(), b.block());
    b.branch(failed, again, done);
    b.switch_to(again);
    let length = b.call(Helper::PROBE_READ_KERNEL_STR, &[to, size, address]);
    b.store64(slot, 0, length);
    b.jump(done);
    b.switch_to(done);
    b.load64(slot, 0)
}

/// Whether the script asks for exactly as much as there may be.
fn is_asked(call: &Call, longest: u32) -> bool {
    let length = call.args.get(1).and_then(crate::Arg::int);
    length.is_some_and(|length| length < i64::from(longest))
}

/// Counts text that goes on behind what was read: its last byte would be the NUL.
fn count_cut(
    l: &mut dyn Lower,
    (address, space): (ValueId, Space),
    length: ValueId,
    size: u32,
) {
    let b = l.b();
    let (look, done) = (b.block(), b.block());
    let is_full = b.bin_const(Bin::Eq, length, i64::from(size));
    b.branch(is_full, look, done);
    b.switch_to(look);
    let byte = b.slot(8, 8);
    let zero = b.constant(0);
    b.store64(byte, 0, zero);
    let (one, last) = (b.constant(1), b.bin_const(Bin::Add, address, i64::from(size) - 1));
    let helper = match space {
        Space::User | Space::Unknown => Helper::PROBE_READ_USER,
        Space::Kernel | Space::Context | Space::PerCpu => Helper::PROBE_READ_KERNEL,
    };
    b.call(helper, &[byte, one, last]);
    let goes_on = b.load64(byte, 0);
    crate::lose_if(l, goes_on, LossKind::Truncated, None);
    l.b().jump(done);
    l.b().switch_to(done);
}

/// The length where the read went well; else an empty string, and the loss counted.
fn counted(l: &mut dyn Lower, to: ValueId, length: ValueId) -> ValueId {
    let b = l.b();
    let slot = b.slot(8, 8);
    b.store64(slot, 0, length);
    let zero = b.constant(0);
    let good = b.bin(Bin::SLt, zero, length);
    let (failed, done) = (b.block(), b.block());
    b.branch(good, done, failed);
    b.switch_to(failed);
    crate::count_loss(l, LossKind::ReadFault, None);
    let b = l.b();
    let nul = b.constant(0);
    b.store(to, 0, ir::Width::W8, nul);
    let one = b.constant(1);
    b.store64(slot, 0, one);
    b.jump(done);
    b.switch_to(done);
    b.load64(slot, 0)
}
