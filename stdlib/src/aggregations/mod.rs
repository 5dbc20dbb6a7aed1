//! Functions that make one value of many samples: `@m[key] = count()`, `hist(n)`, …
//! Their cells (see [`ir::Reduce`]) are kept for each CPU and reduced in user space.

mod avg;
mod count;
mod distinct;
mod hist;
mod interval;
mod lhist;
mod max;
mod min;
mod quantiles;
mod stats;
mod sum;
mod topk;
mod tseries;

use ir::{Bin, Inst, Reduce, Sign, Ty, ValueId};

use crate::{Call, Check, Lower};

/// One aggregation: its row and what it does to a cell.
#[derive(Debug)]
pub struct Aggregation {
    /// How it is written.
    pub name: &'static str,
    /// How it is called.
    pub usage: &'static str,
    /// One sentence for the manual and for completion.
    pub summary: &'static str,
    /// A program that shows it.
    pub example: &'static str,
    /// Least and most number of arguments.
    pub arity: (usize, usize),
    /// How samples are reduced; none after a complaint.
    pub check: fn(&mut Check<'_>, &Call) -> Option<Reduce>,
    /// What one sample does.
    pub update: Update,
}

/// What one sample does to the map.
#[derive(Debug, Clone, Copy)]
pub enum Update {
    /// It changes the cell; the sample is none for `count()`.
    Cell(fn(&mut dyn Lower, Option<ValueId>, Cell, Reduce)),
    /// It adds 1 to the bucket with this index.
    Bucket(fn(&mut dyn Lower, ValueId, Reduce) -> ValueId),
    /// It raises a register of a sketch.
    Register {
        /// Works out which, and to what, from the arguments, which may be of any type.
        find: fn(&mut dyn Lower, &Call) -> Register,
        /// Raises it in its bucket.
        put: fn(&mut dyn Lower, ValueId, Register),
    },
    /// It counts an item.
    Item {
        /// Puts the item, of this type, into memory and picks its set of counters.
        find: fn(&mut dyn Lower, &Call, &Ty, Reduce) -> Item,
        /// Counts it in its set.
        put: fn(&mut dyn Lower, Cell, Item, Reduce),
    },
    /// It changes the bucket of the interval that it comes in.
    Interval {
        /// Looks at the clock.
        now: fn(&mut dyn Lower, Reduce) -> Moment,
        /// Changes the bucket.
        put: fn(&mut dyn Lower, ValueId, Moment, Cell, Reduce),
    },
}

/// The register of a sketch that a sample belongs to.
#[derive(Debug, Clone, Copy)]
pub struct Register {
    /// The bucket.
    pub group: ValueId,
    /// The byte within it.
    pub within: ValueId,
    /// What it is raised to.
    pub rank: ValueId,
}

/// What is counted, and where.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// The address of the item, padded with zeros to a multiple of 8 bytes.
    pub memory: ValueId,
    /// Its hash, never 0.
    pub hash: ValueId,
    /// Its set of counters.
    pub set: ValueId,
}

/// What a time series knows of the time of a sample.
#[derive(Debug, Clone, Copy)]
pub struct Moment {
    /// Nanoseconds.
    pub now: ValueId,
    /// The number of the interval.
    pub number: ValueId,
    /// The interval's bucket.
    pub index: ValueId,
}

/// The memory that a sample changes.
#[derive(Debug, Clone, Copy)]
pub struct Cell {
    /// Its address.
    pub ptr: ValueId,
    /// Whether others may change it at the same time.
    pub sharing: Sharing,
}

/// Whether something can come between reading and writing a cell of this CPU.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// No: only one program that is not preempted writes it.
    Exclusive,
    /// Yes: updates must be atomic.
    Shared,
}

/// Every aggregation, sorted by name.
#[rustfmt::skip]
pub const ALL: &[Aggregation] = &[
    avg::AVG,
    count::COUNT,
    distinct::DISTINCT,
    hist::HIST,
    lhist::LHIST,
    max::MAX,
    min::MIN,
    quantiles::QUANTILES,
    stats::STATS,
    sum::SUM,
    topk::TOPK,
    tseries::TSERIES,
];

/// The aggregation called `name`.
pub fn find(name: &str) -> Option<&'static Aggregation> {
    ALL.iter().find(|row| row.name == name)
}

/// The signedness of the first argument, which must be an integer.
fn sample(c: &mut Check<'_>, call: &Call) -> Option<Sign> {
    let arg = call.args.first()?;
    match &arg.ty {
        Ty::Int(_, Sign::Unsigned) | Ty::Bool | Ty::Ptr(..) => Some(Sign::Unsigned),
        Ty::Int(_, Sign::Signed) | Ty::Enum(_) => Some(Sign::Signed),
        Ty::Void
        | Ty::Str(_)
        | Ty::Bytes(_)
        | Ty::Tuple(_)
        | Ty::Record(_)
        | Ty::Array(..)
        | Ty::Coded(_)
        | Ty::Reduced(_)
        | Ty::Packed(_)
        | Ty::Opaque(_) => {
            let help = format!("write `@ = {}`", call.name.clone() + "(NUMBER)");
            c.wrong_type(call, arg, "an integer", &help);
            None
        }
    }
}

/// `*(ptr + offset) += value`
fn add(l: &mut dyn Lower, cell: Cell, offset: i32, value: ValueId) {
    let b = l.b();
    match cell.sharing {
        Sharing::Shared => b.atomic_add(cell.ptr, offset, value),
        Sharing::Exclusive => {
            let old = b.load64(cell.ptr, offset);
            let new = b.add(old, value);
            b.store64(cell.ptr, offset, new);
        }
    }
}

/// Adds 1 to the `u64` at `ptr`.
pub fn bump(l: &mut dyn Lower, ptr: ValueId, sharing: Sharing) {
    let one = l.b().constant(1);
    add(l, Cell { ptr, sharing }, 0, one);
}

/// Sum in the first word, number of samples in the second.
fn add_sample(l: &mut dyn Lower, sample: ValueId, cell: Cell) {
    add(l, cell, 0, sample);
    let one = l.b().constant(1);
    add(l, cell, 8, one);
}

/// How often an extreme is tried to be stored before a rival is let win: each failure means that
/// somebody else stored a better one meanwhile.
const TRIES: u32 = 8;

/// Keeps the sample of greater rank (see [`Reduce::mask`]) in the first word, and in the second
/// that there is one.
fn keep(l: &mut dyn Lower, sample: ValueId, cell: Cell, reduce: Reduce) {
    raise(l, sample, cell, reduce);
    let b = l.b();
    let one = b.constant(1);
    b.store64(cell.ptr, 8, one);
}

/// Keeps the sample of greater rank in the cell's first word.
fn raise(l: &mut dyn Lower, sample: ValueId, cell: Cell, reduce: Reduce) {
    let b = l.b();
    let (store, done) = (b.block(), b.block());
    let rank = b.bin_const(Bin::Xor, sample, reduce.mask());
    match cell.sharing {
        Sharing::Exclusive => {
            let old = b.load64(cell.ptr, 0);
            let better = b.bin(Bin::ULt, old, rank);
            b.branch(better, store, done);
            b.switch_to(store);
            b.store64(cell.ptr, 0, rank);
            b.jump(done);
        }
        Sharing::Shared => {
            for _ in 0..TRIES {
                exchange(b, cell.ptr, rank, done);
            }
            b.jump(done);
            b.switch_to(store);
            b.jump(done);
        }
    }
    b.switch_to(done);
}

/// Stores `rank` unless what is there is as good; goes on here when a rival came between.
fn exchange(b: &mut ir::Builder, ptr: ValueId, rank: ValueId, done: ir::BlockId) {
    let (attempt, again) = (b.block(), b.block());
    let old = b.load64(ptr, 0);
    let better = b.bin(Bin::ULt, old, rank);
    b.branch(better, attempt, done);
    b.switch_to(attempt);
    let found = b.push(Inst::CompareExchange { ptr, expected: old, new: rank });
    let lost = b.bin(Bin::Ne, found, old);
    b.branch(lost, again, done);
    b.switch_to(again);
}
