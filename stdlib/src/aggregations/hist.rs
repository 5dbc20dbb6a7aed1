//! `hist(n [, bits])`

use diag::{Code, Diagnostic};
use ir::{Bin, Reduce, ValueId};

use super::{Aggregation, Update, sample};
use crate::Lower;

pub(super) const HIST: Aggregation = Aggregation {
    name: "hist",
    usage: "hist(number [, bits])",
    summary: "Counts samples by powers of two, each split in `2^bits` parts (0 to 5, 0 by default).",
    example: "tracepoint:syscalls:sys_enter_read { @ = hist(args.count); }",
    arity: (1, 2),
    check: |c, call| {
        sample(c, call)?;
        let Some(arg) = call.args.get(1) else { return Some(Reduce::Log2 { bits: 0 }) };
        match arg.int() {
            Some(bits @ 0..=5) => Some(Reduce::Log2 { bits: bits as u8 }),
            Some(bits) => {
                let title = format!("`hist` splits powers of two by 0 to 5 bits, not {bits}");
                let problem =
                    Diagnostic::new(Code::OutOfRange, arg.span, title, "out of range");
                c.refuse(problem.help("write `hist(number, 2)`"));
                None
            }
            None => {
                c.wrong_type(call, arg, "an int literal as bits", "write `hist(number, 2)`");
                None
            }
        }
    },
    update: Update::Bucket(bucket),
};

/// The arithmetic of [`ir::log2_bucket`].
fn bucket(l: &mut dyn Lower, sample: ValueId, reduce: Reduce) -> ValueId {
    let Reduce::Log2 { bits } = reduce else { return sample };
    log2_bucket(l, sample, bits)
}

/// The bucket of a sample where powers of two are split in `2^bits` parts.
pub(super) fn log2_bucket(l: &mut dyn Lower, sample: ValueId, bits: u8) -> ValueId {
    let b = l.b();
    let index = b.slot(8, 8);
    let (done, positive, large) = (b.block(), b.block(), b.block());
    let zero = b.constant(0);
    b.store64(index, 0, zero);
    let negative = b.bin(Bin::SLt, sample, zero);
    b.branch(negative, done, positive);
    b.switch_to(positive);
    let small = b.bin_const(Bin::Add, sample, 1);
    b.store64(index, 0, small);
    let limit = b.constant(2 << bits);
    let is_small = b.bin(Bin::ULt, sample, limit);
    b.branch(is_small, done, large);
    b.switch_to(large);
    let power = power(l, sample);
    let b = l.b();
    // parts = 2^bits; index = 1 + (power - bits + 1) * parts + the bits below the leading one
    let shift = b.bin_const(Bin::Sub, power, i64::from(bits));
    let mantissa = b.bin(Bin::Shr, sample, shift);
    let part = b.bin_const(Bin::And, mantissa, (1 << bits) - 1);
    let row = b.bin_const(Bin::Add, shift, 1);
    let row = b.bin_const(Bin::Shl, row, i64::from(bits));
    let found = b.add(row, part);
    let found = b.bin_const(Bin::Add, found, 1);
    b.store64(index, 0, found);
    b.jump(done);
    b.switch_to(done);
    b.load64(index, 0)
}

/// The position of the highest 1, by halving: BPF has no instruction for it.
pub(super) fn power(l: &mut dyn Lower, sample: ValueId) -> ValueId {
    let b = l.b();
    let (rest, power) = (b.slot(8, 8), b.slot(8, 8));
    let zero = b.constant(0);
    b.store64(rest, 0, sample);
    b.store64(power, 0, zero);
    for step in [32, 16, 8, 4, 2, 1] {
        let (high, next) = (b.block(), b.block());
        let value = b.load64(rest, 0);
        let limit = b.constant((1 << step) - 1);
        let above = b.bin(Bin::ULt, limit, value);
        b.branch(above, high, next);
        b.switch_to(high);
        let shifted = b.shr(value, step);
        b.store64(rest, 0, shifted);
        let old = b.load64(power, 0);
        let new = b.bin_const(Bin::Add, old, i64::from(step));
        b.store64(power, 0, new);
        b.jump(next);
        b.switch_to(next);
    }
    b.load64(power, 0)
}
