//! `distinct(key)`

use ir::{Bin, Inst, REGISTER_BITS, REGISTERS, Reduce, Sign, Ty, ValueId, Width};

use super::{Aggregation, Register, Update, hist::power};
use crate::{Call, Lower, hash};

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

fn find(l: &mut dyn Lower, call: &Call) -> Register {
    let hash = hash::of(l, call);
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
