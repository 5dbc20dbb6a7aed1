//! Pieces of lowering that words for text and bytes share.

use ir::{Bin, Builder, Helper, Inst, LossKind, Sign, Space, Ty, ValueId, Width};

use crate::{Arg, Lower, lose_if};

/// The length of the text at `text`, in memory of so many bytes, without its NUL. The kernel
/// counts while it copies: no loop for the verifier.
pub(crate) fn text_length(l: &mut dyn Lower, text: ValueId, size: u32) -> ValueId {
    let to = l.memory(size, 8);
    let b = l.b();
    let address = b.push(Inst::Address(text));
    let size = b.constant(i64::from(size));
    let with_nul = b.call(Helper::PROBE_READ_KERNEL_STR, &[to, size, address]);
    b.bin_const(Bin::Sub, with_nul, 1)
}

/// Copies `size` bytes at an address to `to`; not 0 if that failed.
pub(crate) fn read(
    l: &mut dyn Lower,
    to: ValueId,
    (size, address): (ValueId, ValueId),
    space: Space,
) -> ValueId {
    let b = l.b();
    match space {
        Space::User => b.call(Helper::PROBE_READ_USER, &[to, size, address]),
        Space::Kernel | Space::Context | Space::PerCpu => {
            b.call(Helper::PROBE_READ_KERNEL, &[to, size, address])
        }
        Space::Unknown => {
            let slot = b.slot(8, 8);
            let result = b.call(Helper::PROBE_READ_USER, &[to, size, address]);
            b.store64(slot, 0, result);
            let (again, done) = (b.block(), b.block());
            b.branch(result, again, done);
            b.switch_to(again);
            let result = b.call(Helper::PROBE_READ_KERNEL, &[to, size, address]);
            b.store64(slot, 0, result);
            b.jump(done);
            b.switch_to(done);
            b.load64(slot, 0)
        }
    }
}

/// Copies `size` bytes of what an argument is or points to to `to`. Where memory can't be read,
/// the loss is counted and there are zeros.
pub(crate) fn copy_of(l: &mut dyn Lower, arg: &Arg, to: ValueId, size: u32) {
    if !arg.ty.is_scalar() {
        let from = l.value(arg);
        l.b().copy(to, from, size.min(arg.ty.size()), 1);
        return;
    }
    let space = if let Ty::Ptr(_, space) = &arg.ty { *space } else { l.offers().space };
    let address = l.value(arg);
    let size = l.b().constant(i64::from(size));
    let failed = read(l, to, (size, address), space);
    lose_if(l, failed, LossKind::ReadFault, None);
}

/// The smaller of a number, taken without sign, and a limit, so that the verifier sees it.
pub(crate) fn at_most(l: &mut dyn Lower, value: ValueId, limit: u32) -> ValueId {
    let b = l.b();
    let value = b.push(Inst::Opaque(value));
    let slot = b.slot(8, 8);
    let most = b.constant(i64::from(limit));
    b.store64(slot, 0, most);
    let less = b.bin(Bin::ULt, value, most);
    let (smaller, done) = (b.block(), b.block());
    b.branch(less, smaller, done);
    b.switch_to(smaller);
    b.store64(slot, 0, value);
    b.jump(done);
    b.switch_to(done);
    b.load64(slot, 0)
}

/// A number that the verifier knows nothing of, so that programs that go on with one of many
/// values are looked at once and not for each of them.
pub(crate) fn forget(l: &mut dyn Lower, value: ValueId) -> ValueId {
    let b = l.b();
    let (from, to) = (b.slot(8, 8), b.slot(8, 8));
    b.store64(from, 0, value);
    let (size, address) = (b.constant(8), b.push(Inst::Address(from)));
    b.call(Helper::PROBE_READ_KERNEL, &[to, size, address]);
    b.load64(to, 0)
}

/// 0 if so many bytes are equal.
pub fn difference(l: &mut dyn Lower, first: ValueId, second: ValueId, size: u32) -> ValueId {
    let words = words(size);
    any(l, words.len(), |b, index| {
        let (at, width) = words[index];
        let x = b.load(first, at as i32, width, Sign::Unsigned);
        let y = b.load(second, at as i32, width, Sign::Unsigned);
        b.bin(Bin::Xor, x, y)
    })
}

/// Numbers that are looked at together before it is decided whether to go on: LLVM reads all of
/// them before it does anything with the first, and what finds no register takes stack.
const TOGETHER: usize = 8;

/// 0 if so many numbers are; the later ones are not made after one that is not 0.
pub fn any(
    l: &mut dyn Lower,
    count: usize,
    number: impl Fn(&mut ir::Builder, usize) -> ValueId,
) -> ValueId {
    let b = l.b();
    if count == 0 {
        return b.constant(0);
    }
    let together = |b: &mut ir::Builder, start: usize| {
        let mut all = number(b, start);
        for index in start + 1..(start + TOGETHER).min(count) {
            let here = number(b, index);
            all = b.bin(Bin::Or, all, here);
        }
        all
    };
    if count <= TOGETHER {
        return together(b, 0);
    }
    let (result, done) = (b.slot(8, 8), b.block());
    for start in (0..count).step_by(TOGETHER) {
        let all = together(b, start);
        b.store64(result, 0, all);
        if start + TOGETHER >= count {
            b.jump(done);
        } else {
            b.leave_if(all, done);
        }
    }
    b.switch_to(done);
    b.load64(result, 0)
}

/// Does `body` with each word of the first `size` bytes, and with where it starts: a loop. Words
/// that start behind as many bytes as the word at `end` says are left out: it is read each time, for
/// what the verifier has learned of a value on the way keeps its ways apart behind the loop.
pub(crate) fn each_word(
    b: &mut Builder,
    memory: ValueId,
    size: u32,
    end: Option<ValueId>,
    body: impl FnOnce(&mut Builder, ValueId, ValueId),
) {
    let at = b.slot(8, 8);
    let zero = b.constant(0);
    b.store64(at, 0, zero);
    let (head, done) = (b.block(), b.block());
    b.jump(head);
    b.switch_to(head);
    let offset = b.load64(at, 0);
    // The verifier has to see this bound, whatever the optimizer knows of the other.
    let offset = b.push(Inst::Opaque(offset));
    let limit = b.constant(i64::from(size) - 7);
    let fits = b.bin(Bin::ULt, offset, limit);
    b.leave_unless(fits, done);
    if let Some(end) = end {
        let end = b.load64(end, 0);
        let more = b.bin(Bin::ULt, offset, end);
        b.leave_unless(more, done);
    }
    let address = b.push(Inst::Offset(memory, offset));
    let word = b.load64(address, 0);
    body(b, offset, word);
    let next = b.bin_const(Bin::Add, offset, 8);
    b.store64(at, 0, next);
    b.jump(head);
    b.switch_to(done);
}

/// The widest integers that so many bytes are made of, each with where it starts.
pub(crate) fn words(size: u32) -> Vec<(u32, Width)> {
    let mut list = Vec::new();
    let mut at = 0;
    while at < size {
        let width = match size - at {
            8.. => Width::W64,
            4..=7 => Width::W32,
            2..=3 => Width::W16,
            _ => Width::W8,
        };
        list.push((at, width));
        at += width.bytes();
    }
    list
}

/// An integer with its bytes the other way round.
pub(crate) fn swapped(l: &mut dyn Lower, value: ValueId, width: Width) -> ValueId {
    let b = l.b();
    let mut out = b.constant(0);
    for index in 0..width.bytes() {
        let byte = b.shr(value, index * 8);
        let byte = b.bin_const(Bin::And, byte, 0xff);
        let byte = b.bin_const(Bin::Shl, byte, i64::from((width.bytes() - 1 - index) * 8));
        out = b.bin(Bin::Or, out, byte);
    }
    out
}
