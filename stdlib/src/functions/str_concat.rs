//! `str_concat(a, b)`

use ir::{Bin, Helper, Inst, Ty, ValueId};

use super::{Takes, Word, text};
use crate::{Call, Check, Literal, Lower, memory};

pub(super) const STR_CONCAT: Word = Word {
    name: "str_concat",
    usage: "str_concat(text, text)",
    summary: "One text, then the other.",
    example: "profile:hz:99 { @[str_concat(comm, \"!\")] = count(); }",
    arity: (2, 2),
    takes: Takes::Values,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let texts = [text(c, call, 0), text(c, call, 1)];
    let [first, second] = call.args.as_slice() else { return Ty::Void };
    if texts.contains(&false) {
        return Ty::Void;
    }
    let ty = Ty::Str(first.ty.size() + second.ty.size() - 1);
    match (first.text(), second.text()) {
        (Some(a), Some(b)) => c.known(Literal::Str([a, b].concat()), ty),
        _ => ty,
    }
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let [first, second] = call.args.as_slice() else { return l.b().constant(0) };
    let (a, b) = (l.value(first), l.value(second));
    let to = l.text_place(&call.ty);
    let size = first.ty.size();
    let length = append(l, (to, None), a, size);
    // Without its NUL; the verifier has to see that the rest has room.
    let length = l.b().bin_const(Bin::Sub, length, 1);
    let length = memory::at_most(l, length, size - 1);
    let written = append(l, (to, Some(length)), b, second.ty.size());
    let whole = l.b().add(length, written);
    let whole = memory::at_most(l, whole, call.ty.size());
    l.note_length(whole);
    to
}

/// Copies text to an offset; how many bytes that are, the NUL included.
fn append(
    l: &mut dyn Lower,
    (to, offset): (ValueId, Option<ValueId>),
    from: ValueId,
    size: u32,
) -> ValueId {
    let b = l.b();
    let to = offset.map_or(to, |offset| b.push(Inst::Offset(to, offset)));
    let (address, size) = (b.push(Inst::Address(from)), b.constant(i64::from(size)));
    b.call(Helper::PROBE_READ_KERNEL_STR, &[to, size, address])
}
