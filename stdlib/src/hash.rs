//! Hashes of values, as programs work them out, and the same in user space.

use ir::{Bin, Builder, Sign, ValueId};

use crate::{Call, Lower, memory};

/// An odd number whose bits look like chance: 2^64 divided by the golden ratio.
const STEP: u64 = 0x9e37_79b9_7f4a_7c15;

/// Bytes that are hashed without a loop, at most.
const LONGEST_STRAIGHT: u32 = 256;

/// A hash of a call's first argument.
pub(crate) fn of(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(arg) = call.args.first() else { return l.b().constant(0) };
    if arg.ty.is_scalar() {
        let value = l.value(arg);
        let first = word(l, value, 1);
        return finish(l, first);
    }
    let size = arg.ty.size();
    let memory = l.memory(size, 8);
    l.value_at(arg, memory, &arg.ty);
    of_memory(l, memory, size)
}

/// A hash of so many bytes, of which the first is at a multiple of 8: zeros that follow change
/// nothing, so that texts in memories of different sizes have the same.
pub(crate) fn of_memory(l: &mut dyn Lower, memory: ValueId, size: u32) -> ValueId {
    let whole = if size > LONGEST_STRAIGHT { size / 8 * 8 } else { 0 };
    let mut sum = if whole > 0 { of_many(l, memory, whole) } else { l.b().constant(0) };
    for (at, width) in memory::words(size).into_iter().filter(|(at, _)| *at >= whole) {
        let value = l.b().load(memory, at as i32, width, Sign::Unsigned);
        // What stands in the same 8 bytes has its place in the word.
        let value = l.b().bin_const(Bin::Shl, value, i64::from(at % 8) * 8);
        let part = word(l, value, u64::from(at / 8 + 1));
        sum = l.b().add(sum, part);
    }
    finish(l, sum)
}

/// The sum of so many bytes' words, a multiple of 8: a loop, because the registers of straight code
/// for all of them would fill the stack.
fn of_many(l: &mut dyn Lower, memory: ValueId, size: u32) -> ValueId {
    let b = l.b();
    let sum = b.slot(8, 8);
    let zero = b.constant(0);
    b.store64(sum, 0, zero);
    memory::each_word(b, memory, size, None, |b, offset, value| {
        let (add, next) = (b.block(), b.block());
        b.branch(value, add, next);
        b.switch_to(add);
        let place = b.shr(offset, 3);
        let place = b.bin_const(Bin::Add, place, 1);
        let factor = b.bin_const(Bin::Mul, place, STEP.cast_signed());
        let factor = mix(b, factor);
        let factor = b.bin_const(Bin::Or, factor, 1);
        let high = b.shr(value, 32);
        let value = b.bin(Bin::Xor, value, high);
        let part = b.bin(Bin::Mul, value, factor);
        let old = b.load64(sum, 0);
        let new = b.add(old, part);
        b.store64(sum, 0, new);
        b.jump(next);
        b.switch_to(next);
    });
    b.load64(sum, 0)
}

/// The hash that programs work out of whole words.
pub fn of_words(words: impl Iterator<Item = u64>) -> u64 {
    let part = |(value, place): (u64, u64)| (value ^ (value >> 32)).wrapping_mul(factor(place));
    let sum = words.zip(1..).map(part).fold(0, u64::wrapping_add);
    mixed(sum.wrapping_add(STEP))
}

const fn factor(place: u64) -> u64 {
    mixed(STEP.wrapping_mul(place)) | 1
}

/// What a word adds; 0 for 0.
fn word(l: &mut dyn Lower, value: ValueId, place: u64) -> ValueId {
    let b = l.b();
    let high = b.shr(value, 32);
    let value = b.bin(Bin::Xor, value, high);
    b.bin_const(Bin::Mul, value, factor(place).cast_signed())
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
    let value = b.bin_const(Bin::Add, value, STEP.cast_signed());
    mix(b, value)
}

/// [`mixed`] in a program.
fn mix(b: &mut Builder, mut value: ValueId) -> ValueId {
    for (shift, factor) in [(30, FACTORS[0]), (27, FACTORS[1])] {
        let high = b.shr(value, shift);
        value = b.bin(Bin::Xor, value, high);
        value = b.bin_const(Bin::Mul, value, factor.cast_signed());
    }
    let high = b.shr(value, 31);
    b.bin(Bin::Xor, value, high)
}
