//! `buf(value [, length])`

use diag::{Code, Diagnostic};
use ir::{Bin, Inst, LossKind, Space, Ty, ValueId, Width};

use super::{Takes, Word};
use crate::{Arg, Call, Check, Lower, memory};

pub(super) const BUF: Word = Word {
    name: "buf",
    usage: "buf(address, length), buf(value [, length])",
    summary: "Bytes as they are: of an array, a text or a number, or at an address.",
    example: "tracepoint:syscalls:sys_enter_write { printf(\"%r\\n\", buf(args.buf, args.count)); }",
    arity: (1, 2),
    takes: Takes::Values,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(first) = call.args.first() else { return Ty::Void };
    let address = matches!(first.ty, Ty::Ptr(..));
    let number = matches!(first.ty, Ty::Int(..) | Ty::Bool | Ty::Enum(_));
    let own = matches!(first.ty, Ty::Array(..) | Ty::Str(_)) || number;
    if !own && !address {
        let help = "give it an address, an array, a text or a number";
        return c.wrong_type(call, first, "an address or an array", help);
    }
    let Some(length) = call.args.get(1) else {
        if address {
            let title = "`buf` of an address needs a length";
            let problem =
                Diagnostic::new(Code::WrongArity, call.span, title, "how many bytes?");
            let compat = "buf() expects a length argument for non-array type";
            return c.refuse(problem.help("write `buf(address, 16)`").compat(compat));
        }
        return Ty::Bytes(whole(first));
    };
    if !length.is_integer() {
        return c.wrong_type(call, length, "an integer as length", "write `buf(address, 16)`");
    }
    let room = if from_memory(call) { c.config.max_strlen } else { whole(first) };
    match length.int() {
        Some(count) if count < 1 => {
            let title = format!("a buffer of length {count}");
            let problem = Diagnostic::new(Code::OutOfRange, length.span, title, "less than 1");
            c.refuse(problem.help("give at least 1"))
        }
        Some(count) if from_memory(call) => {
            Ty::Bytes(u32::try_from(count).unwrap_or(u32::MAX).min(65_536))
        }
        Some(count) => Ty::Bytes(u32::try_from(count).unwrap_or(u32::MAX).min(room)),
        None => Ty::Bytes(room),
    }
}

/// Whether the first argument is an address: a pointer, or a number with a length beside it.
fn from_memory(call: &Call) -> bool {
    let scalar = call.args.first().is_some_and(|arg| arg.ty.is_scalar());
    scalar && call.args.len() == 2
}

/// Bytes that a value has; of text, those before the NUL at the end of its memory.
fn whole(arg: &Arg) -> u32 {
    if let Ty::Str(size) = arg.ty { size.saturating_sub(1).max(1) } else { arg.ty.size() }
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(first) = call.args.first() else { return l.b().constant(0) };
    let Ty::Bytes(size) = call.ty else { return l.b().constant(0) };
    let source = l.value(first);
    let wanted = call.args.get(1).filter(|arg| arg.int().is_none()).map(|arg| l.value(arg));
    let length = match (wanted, &first.ty) {
        (Some(wanted), _) => memory::at_most(l, wanted, size),
        (None, Ty::Str(capacity)) if call.args.len() == 1 => {
            memory::text_length(l, source, *capacity)
        }
        (None, _) => l.b().constant(i64::from(size)),
    };
    let to = l.place(&call.ty);
    let b = l.b();
    b.zero(to, 0, call.ty.size(), 4);
    b.store(to, 0, Width::W32, length);
    let bytes = b.offset(to, 4);
    if from_memory(call) {
        read(l, (to, bytes), (length, source), first);
    } else if let Some((width, _)) = first.ty.scalar() {
        b.store(bytes, 0, width, source);
    } else {
        part(l, bytes, (source, length), size, wanted.is_some());
    }
    to
}

/// Copies from an address. What can't be read is a buffer of no bytes.
fn read(
    l: &mut dyn Lower,
    (to, bytes): (ValueId, ValueId),
    (length, address): (ValueId, ValueId),
    first: &Arg,
) {
    let space = if let Ty::Ptr(_, space) = &first.ty { *space } else { l.offers().space };
    let failed = memory::read(l, bytes, (length, address), space);
    let (lost, done) = (l.b().block(), l.b().block());
    l.b().branch(failed, lost, done);
    l.b().switch_to(lost);
    crate::count_loss(l, LossKind::ReadFault, None);
    let b = l.b();
    let zero = b.constant(0);
    b.store(to, 0, Width::W32, zero);
    b.jump(done);
    b.switch_to(done);
}

/// Copies the first bytes of a value in memory, so many as `length` says.
fn part(
    l: &mut dyn Lower,
    bytes: ValueId,
    (source, length): (ValueId, ValueId),
    size: u32,
    varies: bool,
) {
    if !varies {
        l.b().copy(bytes, source, size, 1);
        return;
    }
    let b = l.b();
    let address = b.push(Inst::Address(source));
    let one = b.bin_const(Bin::Ne, length, 0);
    let (some, done) = (b.block(), b.block());
    b.branch(one, some, done);
    b.switch_to(some);
    memory::read(l, bytes, (length, address), Space::Kernel);
    l.b().jump(done);
    l.b().switch_to(done);
}
