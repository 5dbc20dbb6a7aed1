//! `distinct(key)`

use ir::{Bin, Inst, REGISTER_BITS, REGISTERS, Reduce, Sign, Ty, ValueId, Width};

use super::{Aggregation, Register, Update, hist::power};
use crate::{Call, Lower, memory};

pub(super) const DISTINCT: Aggregation = Aggregation {
    name: "distinct",
    usage: "distinct(key)",
    summary: "How many different values there were, in bounded memory: two thirds of the time within 1.6 %.",
    example: "tracepoint:syscalls:sys_enter_openat { @files = distinct(str(args.filename)); }",
    arity: (1, 1),
    check: |c, call| {
        let arg = call.args.first()?;
        if matches!(arg.ty, Ty::Void | Ty::Reduced(_) | Ty::Opaque(_)) {
            c.wrong_type(call, arg, "a value", "write `@ = distinct(pid)`");
            return None;
        }
        Some(Reduce::Distinct)
    },
    update: Update::Register { find, put },
};

/// An odd number whose bits look like chance: 2^64 divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

fn find(l: &mut dyn Lower, call: &Call) -> Register {
    let hash = hash(l, call);
    let b = l.b();
    let group = b.bin_const(Bin::And, hash, (1i64 << REGISTER_BITS) / i64::from(REGISTERS) - 1);
    let within = b.shr(hash, REGISTER_BITS - REGISTERS.ilog2());
    let within = b.bin_const(Bin::And, within, i64::from(REGISTERS) - 1);
    // The other bits decide the rank: 1 + how many zeros they end in. The one behind them is a
    // stop, so that there always is a 1.
    let rest = b.shr(hash, REGISTER_BITS);
    let rest = b.bin_const(Bin::Or, rest, 1i64 << (64 - REGISTER_BITS));
    let zero = b.constant(0);
    let negative = b.bin(Bin::Sub, zero, rest);
    let lowest = b.bin(Bin::And, rest, negative);
    let zeros = power(l, lowest);
    let rank = l.b().bin_const(Bin::Add, zeros, 1);
    Register { group, within, rank }
}

fn put(l: &mut dyn Lower, bucket: ValueId, register: Register) {
    let b = l.b();
    let within = b.push(Inst::Opaque(register.within));
    let within = b.bin_const(Bin::And, within, i64::from(REGISTERS) - 1);
    let ptr = b.push(Inst::Offset(bucket, within));
    let old = b.load(ptr, 0, Width::W8, Sign::Unsigned);
    let higher = b.bin(Bin::ULt, old, register.rank);
    let (raise, done) = (b.block(), b.block());
    b.branch(higher, raise, done);
    b.switch_to(raise);
    // Where two raise it at once, one may be lost: less than the error that the sketch has anyway.
    b.store(ptr, 0, Width::W8, register.rank);
    b.jump(done);
    b.switch_to(done);
}

/// A hash of a value: zeros that follow it change nothing, so that texts in memories of different
/// sizes have the same.
fn hash(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(arg) = call.args.first() else { return l.b().constant(0) };
    if arg.ty.is_scalar() {
        let value = l.value(arg);
        let first = word(l, value, 1);
        return finish(l, first);
    }
    let size = arg.ty.size();
    let memory = l.memory(size, 8);
    l.value_at(arg, memory, &arg.ty);
    let mut sum = l.b().constant(0);
    for (at, width) in memory::words(size) {
        let value = l.b().load(memory, at as i32, width, Sign::Unsigned);
        // What stands in the same 8 bytes has its place in the word.
        let value = l.b().bin_const(Bin::Shl, value, i64::from(at % 8) * 8);
        let part = word(l, value, u64::from(at / 8 + 1));
        sum = l.b().add(sum, part);
    }
    finish(l, sum)
}

/// What a word adds; 0 for 0.
fn word(l: &mut dyn Lower, value: ValueId, place: u64) -> ValueId {
    let factor = mixed(STEP.wrapping_mul(place)) | 1;
    let b = l.b();
    let high = b.shr(value, 32);
    let value = b.bin(Bin::Xor, value, high);
    b.bin_const(Bin::Mul, value, factor.cast_signed())
}

/// The finalizer of splitmix64.
const FACTORS: [u64; 2] = [0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb];

const fn mixed(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(FACTORS[0]);
    let value = (value ^ (value >> 27)).wrapping_mul(FACTORS[1]);
    value ^ (value >> 31)
}

fn finish(l: &mut dyn Lower, value: ValueId) -> ValueId {
    let b = l.b();
    let mut value = b.bin_const(Bin::Add, value, STEP.cast_signed());
    for (shift, factor) in [(30, FACTORS[0]), (27, FACTORS[1])] {
        let high = b.shr(value, shift);
        value = b.bin(Bin::Xor, value, high);
        value = b.bin_const(Bin::Mul, value, factor.cast_signed());
    }
    let high = b.shr(value, 31);
    b.bin(Bin::Xor, value, high)
}
