//! `topk(key, n)`

use diag::{Code, Diagnostic};
use ir::{Bin, Inst, Reduce, Sign, Top, Ty, ValueId, Width, align_up};

use super::{Aggregation, Cell, Item, Sharing, Update, add};
use crate::{Call, Check, Lower, hash};

/// Most that are shown.
const MOST: i64 = 1000;
/// Largest item, in bytes: a set of counters is one value of a map, of at most 32 KiB.
const LARGEST: u32 = 2048;

pub(super) const TOPK: Aggregation = Aggregation {
    name: "topk",
    usage: "topk(key, n)",
    summary: "The n keys that come most often, in bounded memory, each with a least and a most count.",
    example: "tracepoint:syscalls:sys_enter_openat { @files = topk(str(args.filename, 64), 10); }",
    arity: (2, 2),
    check,
    update: Update::Item { find, put },
};

fn check(c: &mut Check<'_>, call: &Call) -> Option<Reduce> {
    let [key, shown] = call.args.as_slice() else { return None };
    if matches!(key.ty, Ty::Void | Ty::Reduced(_) | Ty::Opaque(_)) {
        c.wrong_type(call, key, "a value", "write `@ = topk(comm, 10)`");
        return None;
    }
    if key.ty.size() > LARGEST {
        let title = format!("`topk` counts values of at most {LARGEST} bytes");
        let label = format!("this has {}", key.ty.size());
        let problem = Diagnostic::new(Code::OutOfRange, key.span, title, label);
        c.refuse(problem.help("take less of it: `str(pointer, 64)`"));
        return None;
    }
    let Some(count) = shown.int() else {
        c.wrong_type(call, shown, "a literal number", "write `@ = topk(comm, 10)`");
        return None;
    };
    if !(1..=MOST).contains(&count) {
        let title = format!("the {count} most frequent");
        let problem = Diagnostic::new(Code::OutOfRange, shown.span, title, "out of range");
        c.refuse(problem.help("give 1 to 1000"));
        return None;
    }
    // The item's size is known when all uses of the map are.
    Some(Reduce::Top(Top { shown: count as u16, item: 0 }))
}

fn find(l: &mut dyn Lower, call: &Call, ty: &Ty, reduce: Reduce) -> Item {
    let size = align_up(ty.size(), 8);
    let memory = l.memory(size, 8);
    if ty.has_padding() {
        l.b().zero(memory, 0, size, 8);
    } else if size != ty.size() {
        l.b().zero(memory, (size - 8) as i32, 8, 8);
    }
    if let Some(arg) = call.args.first() {
        l.value_at(arg, memory, ty);
    }
    let hash = hash::of_memory(l, memory, size);
    let b = l.b();
    let set = b.shr(hash, 8);
    let set = b.bin_const(Bin::And, set, i64::from(reduce.buckets()) - 1);
    // 0 is that of a counter that nobody has.
    let hash = b.bin_const(Bin::Or, hash, 1);
    Item { memory, hash, set }
}

/// Where the words of a counter are in its set.
const fn place(top: Top, way: u32, word: u32) -> i32 {
    (Top::HEAD + way * top.counter() + word) as i32
}

fn put(l: &mut dyn Lower, set: Cell, item: Item, reduce: Reduce) {
    let Reduce::Top(top) = reduce else { return };
    let done = l.b().block();
    for way in 0..Top::WAYS {
        let b = l.b();
        let known = b.load64(set.ptr, place(top, way, Top::HASH));
        let same = b.bin(Bin::Eq, known, item.hash);
        let (found, next) = (b.block(), b.block());
        b.branch(same, found, next);
        b.switch_to(found);
        count(l, set, place(top, way, 0), item);
        l.b().jump(done);
        l.b().switch_to(next);
    }
    match set.sharing {
        Sharing::Exclusive => replace(l, set, item, top),
        Sharing::Shared => replace_shared(l, set, item, top),
    }
    l.b().jump(done);
    l.b().switch_to(done);
}

/// Adds 1 to a counter that was the item's a moment ago.
fn count(l: &mut dyn Lower, set: Cell, counter: i32, item: Item) {
    let b = l.b();
    let one = b.constant(1);
    add(l, set, counter + Top::COUNT as i32, one);
    if set.sharing == Sharing::Exclusive {
        return;
    }
    let b = l.b();
    let ptr = b.offset(set.ptr, i64::from(counter));
    // Exchanged for itself: a plain load might be the one that was made before.
    let now = b.push(Inst::CompareExchange { ptr, expected: item.hash, new: item.hash });
    let taken = b.bin(Bin::Ne, now, item.hash);
    let (lost, done) = (b.block(), b.block());
    b.branch(taken, lost, done);
    b.switch_to(lost);
    b.atomic_add(set.ptr, Top::MOVED as i32, one);
    b.jump(done);
    b.switch_to(done);
}

/// One at a time gives counters of a set to other items. Who comes between is not waited for, as
/// it runs on the same CPU: the item is noted as missed, which widens the bounds of the set.
fn replace_shared(l: &mut dyn Lower, set: Cell, item: Item, top: Top) {
    let b = l.b();
    let (zero, one) = (b.constant(0), b.constant(1));
    let (free, busy, done) = (b.block(), b.block(), b.block());
    let old = b.push(Inst::CompareExchange { ptr: set.ptr, expected: zero, new: one });
    b.branch(old, busy, free);
    b.switch_to(busy);
    b.atomic_add(set.ptr, Top::MISSED as i32, one);
    b.jump(done);
    b.switch_to(free);
    replace(l, set, item, top);
    let b = l.b();
    b.push(Inst::CompareExchange { ptr: set.ptr, expected: one, new: zero });
    b.jump(done);
    b.switch_to(done);
}

/// Gives the counter with the least count to the item, which may have come so often before.
fn replace(l: &mut dyn Lower, set: Cell, item: Item, top: Top) {
    let (way, least) = least(l, set, top);
    let b = l.b();
    let way = b.push(Inst::Opaque(way));
    let way = b.bin_const(Bin::And, way, i64::from(Top::WAYS) - 1);
    let offset = b.bin_const(Bin::Mul, way, i64::from(top.counter()));
    let offset = b.bin_const(Bin::Add, offset, i64::from(Top::HEAD));
    let counter = b.push(Inst::Offset(set.ptr, offset));
    let one = b.constant(1);
    if set.sharing == Sharing::Shared {
        // First of all: from now on who counts for the old item sees that it has gone, and what
        // it has counted before is part of the error.
        let old = b.load64(counter, Top::HASH as i32);
        b.push(Inst::CompareExchange { ptr: counter, expected: old, new: item.hash });
    } else {
        b.store64(counter, Top::HASH as i32, item.hash);
    }
    let count = b.load64(counter, Top::COUNT as i32);
    if set.sharing == Sharing::Shared {
        // What was counted since the counters were compared: others may have less by now.
        let since = b.bin(Bin::Sub, count, least);
        b.atomic_add(set.ptr, Top::MOVED as i32, since);
    }
    b.store64(counter, Top::ERROR as i32, count);
    let to = b.offset(counter, i64::from(Top::ITEM));
    b.copy(to, item.memory, top.item, 8);
    add(l, Cell { ptr: counter, ..set }, Top::COUNT as i32, one);
}

/// The number of the counter with the least count, and that count.
fn least(l: &mut dyn Lower, set: Cell, top: Top) -> (ValueId, ValueId) {
    let b = l.b();
    let (best, number) = (b.slot(8, 8), b.slot(8, 8));
    let first = b.load64(set.ptr, place(top, 0, Top::COUNT));
    let zero = b.constant(0);
    b.store64(best, 0, first);
    b.store64(number, 0, zero);
    for way in 1..Top::WAYS {
        let count = b.load(set.ptr, place(top, way, Top::COUNT), Width::W64, Sign::Unsigned);
        let so_far = b.load64(best, 0);
        let less = b.bin(Bin::ULt, count, so_far);
        let (better, next) = (b.block(), b.block());
        b.branch(less, better, next);
        b.switch_to(better);
        let way = b.constant(i64::from(way));
        b.store64(best, 0, count);
        b.store64(number, 0, way);
        b.jump(next);
        b.switch_to(next);
    }
    (b.load64(number, 0), b.load64(best, 0))
}
