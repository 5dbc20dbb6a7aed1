//! How a sample gets into the bucket of its interval: see [`ir::Series`] for what is in a bucket.

use ir::{Bin, Builder, Inst, Keep, Reduce, Series, ValueId};

use super::{Cell, Moment, Sharing, add, raise};
use crate::Lower;

/// Where the words of a bucket are: the interval, the value, and one more.
const VALUE: i32 = 8;
const EXTRA: i32 = 16;

/// How often a bucket is tried to be moved on before a rival is let win.
const TRIES: u32 = 2;

/// Puts a sample into its bucket.
pub(super) fn put(
    l: &mut dyn Lower,
    sample: ValueId,
    moment: Moment,
    cell: Cell,
    reduce: Reduce,
) {
    let Reduce::Series(Series { keep, .. }) = reduce else { return };
    let mark = l.b().bin_const(Bin::Add, moment.number, 1);
    let done = l.b().block();
    let values = match cell.sharing {
        Sharing::Exclusive => begin(l.b(), mark, cell.ptr, keep),
        Sharing::Shared => claim(l.b(), mark, (cell.ptr, keep), done),
    };
    let values = Cell { ptr: values, ..cell };
    match keep {
        Keep::Last => {
            l.b().store64(values.ptr, 0, sample);
            l.b().store64(values.ptr, EXTRA - VALUE, moment.now);
        }
        Keep::Max | Keep::Min => raise(l, sample, values, reduce),
        Keep::Mean => {
            add(l, values, 0, sample);
            let one = l.b().constant(1);
            add(l, values, EXTRA - VALUE, one);
        }
        Keep::Sum => add(l, values, 0, sample),
    }
    let b = l.b();
    b.jump(done);
    b.switch_to(done);
}

/// Empties the bucket if it belongs to another interval; where its values are.
fn begin(b: &mut Builder, mark: ValueId, ptr: ValueId, keep: Keep) -> ValueId {
    if keep == Keep::Last {
        b.store64(ptr, 0, mark);
        return b.offset(ptr, i64::from(VALUE));
    }
    let (other, done) = (b.block(), b.block());
    let old = b.load64(ptr, 0);
    let differs = b.bin(Bin::Ne, old, mark);
    b.branch(differs, other, done);
    b.switch_to(other);
    b.zero(ptr, VALUE, 16, 8);
    b.store64(ptr, 0, mark);
    b.jump(done);
    b.switch_to(done);
    b.offset(ptr, i64::from(VALUE))
}

/// The same where rivals may come between any two instructions. Whoever moves the bucket to the
/// new interval takes the old samples out, so that those of rivals that come meanwhile stay: of
/// sums by taking away what was there before. Extremes have two words in turn, told by the
/// highest bit of the mark, and the one that is left is emptied for the next turn. A bucket never
/// moves back: what comes too late for its interval goes to `late`.
fn claim(
    b: &mut Builder,
    mark: ValueId,
    (ptr, keep): (ValueId, Keep),
    late: ir::BlockId,
) -> ValueId {
    let (word, ready) = (b.slot(8, 8), b.block());
    for _ in 0..TRIES {
        let old = current(b, (ptr, mark, word), (ready, late));
        move_on(b, (ptr, old, word), (mark, keep), ready);
    }
    current(b, (ptr, mark, word), (ready, late));
    b.jump(late);
    b.switch_to(ready);
    let word = b.load64(word, 0);
    match keep {
        Keep::Max | Keep::Min => turn(b, ptr, word),
        Keep::Last | Keep::Mean | Keep::Sum => b.offset(ptr, i64::from(VALUE)),
    }
}

/// The bucket's mark, stored in `word` too. Goes to `ready` if it is of this interval, to `late` if
/// it is of a newer one, and goes on here if it is of an older one.
fn current(
    b: &mut Builder,
    (ptr, mark, word): (ValueId, ValueId, ValueId),
    (ready, late): (ir::BlockId, ir::BlockId),
) -> ValueId {
    let old = b.load64(ptr, 0);
    b.store64(word, 0, old);
    let of = b.bin_const(Bin::And, old, Series::NUMBER.cast_signed());
    let (others, older) = (b.block(), b.block());
    let same = b.bin(Bin::Eq, of, mark);
    b.branch(same, ready, others);
    b.switch_to(others);
    let newer = b.bin(Bin::ULt, mark, of);
    b.branch(newer, late, older);
    b.switch_to(older);
    old
}

/// Moves the bucket to the interval `mark` and goes to `ready`; goes on here if a rival has moved
/// it.
fn move_on(
    b: &mut Builder,
    (ptr, old, word): (ValueId, ValueId, ValueId),
    (mark, keep): (ValueId, Keep),
    ready: ir::BlockId,
) {
    let (stale, new) = match keep {
        Keep::Max | Keep::Min => {
            let turned = b.bin_const(Bin::Xor, old, Series::TURN.cast_signed());
            let turned = b.bin_const(Bin::And, turned, Series::TURN.cast_signed());
            (turn(b, ptr, old), b.bin(Bin::Or, mark, turned))
        }
        Keep::Last | Keep::Mean | Keep::Sum => (b.offset(ptr, i64::from(VALUE)), mark),
    };
    let value = b.load64(stale, 0);
    let extra = b.load64(ptr, EXTRA);
    let found = b.push(Inst::CompareExchange { ptr, expected: old, new });
    let won = b.bin(Bin::Eq, found, old);
    let (winner, lost) = (b.block(), b.block());
    b.branch(won, winner, lost);
    b.switch_to(winner);
    b.store64(word, 0, new);
    let zero = b.constant(0);
    match keep {
        Keep::Max | Keep::Min => {
            b.push(Inst::CompareExchange { ptr: stale, expected: value, new: zero });
        }
        Keep::Mean | Keep::Sum => {
            for (offset, stale) in [(VALUE, value), (EXTRA, extra)] {
                let less = b.bin(Bin::Sub, zero, stale);
                b.atomic_add(ptr, offset, less);
            }
        }
        // It is written over.
        Keep::Last => {}
    }
    b.jump(ready);
    b.switch_to(lost);
}

/// The word of an extreme whose turn it is by the bucket's mark.
fn turn(b: &mut Builder, ptr: ValueId, mark: ValueId) -> ValueId {
    let second = b.bin_const(Bin::Shr, mark, 63);
    let offset = b.bin_const(Bin::Shl, second, 3);
    let offset = b.bin_const(Bin::Add, offset, i64::from(VALUE));
    b.push(Inst::Offset(ptr, offset))
}
