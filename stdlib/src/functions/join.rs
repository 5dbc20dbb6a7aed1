//! `join(texts [, separator])`

use ir::{Action, Bin, Helper, Inst, LossKind, Space, Ty, ValueId, Width};

use super::{Takes, Word};
use crate::{Arg, Call, Check, Lower, count_loss, memory, send_bytes};

/// Most texts that are read, and most bytes of each, its NUL included.
const TEXTS: u32 = 16;
const LONGEST: u32 = 1024;

pub(super) const JOIN: Word = Word {
    name: "join",
    usage: "join(texts [, separator])",
    summary: "Prints an array of texts, as `execve` takes one, in one line: at most 16 of 1024 bytes.",
    example: "tracepoint:syscalls:sys_enter_execve { join(args.argv); }",
    arity: (1, 2),
    takes: Takes::Values,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(first) = call.args.first() else { return Ty::Void };
    if !matches!(first.ty, Ty::Ptr(..) | Ty::Int(..)) {
        let help = "give it the address of an array of texts: `join(args.argv)`";
        return c.wrong_type(call, first, "a pointer", help);
    }
    if let Some(separator) = call.args.get(1)
        && separator.text().is_none()
    {
        let help = "write `join(args.argv, \", \")`";
        return c.wrong_type(call, separator, "a literal string", help);
    }
    (c.uses.events, c.uses.prints) = (true, true);
    Ty::Void
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(first) = call.args.first() else { return l.b().constant(0) };
    let separator = call.args.get(1).and_then(Arg::text).unwrap_or(b" ");
    let separator = String::from_utf8_lossy(separator).into_owned();
    let space = if let Ty::Ptr(_, space) = &first.ty { *space } else { l.offers().space };
    let longest = l.config().max_strlen.min(LONGEST);
    let array = l.value(first);
    let action = Action::Join { separator };
    send_bytes(l, call, (action, TEXTS * longest), &mut |l, to| {
        texts(l, to, (array, space), longest)
    });
    l.b().constant(0)
}

/// Writes the texts one after the other, each with its NUL; how many bytes they have.
fn texts(
    l: &mut dyn Lower,
    to: ValueId,
    (array, space): (ValueId, Space),
    longest: u32,
) -> ValueId {
    let b = l.b();
    let (length, done) = (b.slot(8, 8), b.block());
    let zero = b.constant(0);
    b.store64(length, 0, zero);
    for index in 0..TEXTS {
        let pointer = l.b().slot(8, 8);
        l.b().zero(pointer, 0, 8, 8);
        let at = l.b().bin_const(Bin::Add, array, i64::from(index) * 8);
        let eight = l.b().constant(8);
        let failed = memory::read(l, pointer, (eight, at), space);
        let (fault, go) = (l.b().block(), l.b().block());
        l.b().branch(failed, fault, go);
        l.b().switch_to(fault);
        count_loss(l, LossKind::ReadFault, None);
        l.b().jump(done);
        l.b().switch_to(go);
        let address = l.b().load64(pointer, 0);
        let (more, next) = (l.b().block(), l.b().block());
        // The array ends with a null pointer.
        l.b().branch(address, more, done);
        l.b().switch_to(more);
        one(l, (to, length), (address, space), (index, longest), next);
        l.b().switch_to(next);
    }
    l.b().jump(done);
    l.b().switch_to(done);
    let used = l.b().load64(length, 0);
    memory::at_most(l, used, TEXTS * longest)
}

fn one(
    l: &mut dyn Lower,
    (to, length): (ValueId, ValueId),
    (address, space): (ValueId, Space),
    (index, longest): (u32, u32),
    next: ir::BlockId,
) {
    let used = l.b().load64(length, 0);
    // So many bytes at most are written so far, which the verifier forgot.
    let used = memory::at_most(l, used, index * longest);
    let b = l.b();
    let to = b.push(Inst::Offset(to, used));
    let size = b.constant(i64::from(longest));
    let helper = match space {
        Space::Kernel | Space::Context | Space::PerCpu => Helper::PROBE_READ_KERNEL_STR,
        Space::User | Space::Unknown => Helper::PROBE_READ_USER_STR,
    };
    let written = b.call(helper, &[to, size, address]);
    let zero = b.constant(0);
    let good = b.bin(Bin::SLt, zero, written);
    let (add, fault) = (b.block(), b.block());
    b.branch(good, add, fault);
    b.switch_to(add);
    let sum = b.add(used, written);
    b.store(length, 0, Width::W64, sum);
    b.jump(next);
    b.switch_to(fault);
    count_loss(l, LossKind::ReadFault, None);
    l.b().jump(next);
}
