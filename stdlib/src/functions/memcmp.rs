//! `memcmp(a, b, n)`

use ir::{Bin, Sign, Ty, ValueId};

use super::{Takes, Word, count};
use crate::{Arg, Call, Check, Lower, memory};

pub(super) const MEMCMP: Word = Word {
    name: "memcmp",
    usage: "memcmp(a, b, length)",
    summary: "Compares bytes of two values, or at two addresses: 0 if they are the same, else -1 or 1.",
    example: "tracepoint:syscalls:sys_enter_openat { @[memcmp(args.filename, \"/etc/\", 5)] = count(); }",
    arity: (3, 3),
    takes: Takes::Values,
    check,
    lower,
};

/// Most bytes that are compared.
const MOST: u32 = 1024;

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(length) = count(c, call, 2) else { return Ty::Void };
    for arg in &call.args[..2] {
        if !matches!(arg.ty, Ty::Ptr(..) | Ty::Int(..)) && arg.ty.size() < length {
            let wanted = format!("at least {length} bytes");
            return c.wrong_type(call, arg, &wanted, "compare no more bytes than both have");
        }
    }
    if length > MOST {
        let help = format!("compare at most {MOST} bytes at a time");
        return c.wrong_type(call, &call.args[2], "a smaller length", &help);
    }
    Ty::I32
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let [first, second, length] = call.args.as_slice() else { return l.b().constant(0) };
    let size = length.int().unwrap_or_default() as u32;
    let (a, b) = (bytes(l, first, size), bytes(l, second, size));
    let builder = l.b();
    let (slot, done) = (builder.slot(8, 8), builder.block());
    let equal = builder.constant(0);
    builder.store64(slot, 0, equal);
    for (at, width) in memory::words(size) {
        let x = l.b().load(a, at as i32, width, Sign::Unsigned);
        let y = l.b().load(b, at as i32, width, Sign::Unsigned);
        let same = l.b().bin(Bin::Eq, x, y);
        let (next, differ) = (l.b().block(), l.b().block());
        l.b().branch(same, next, differ);
        l.b().switch_to(differ);
        // The first byte decides: it has to be the highest.
        let (x, y) = (memory::swapped(l, x, width), memory::swapped(l, y, width));
        let b = l.b();
        let more = b.bin(Bin::ULt, y, x);
        let less = b.bin(Bin::ULt, x, y);
        let order = b.bin(Bin::Sub, more, less);
        b.store64(slot, 0, order);
        b.jump(done);
        b.switch_to(next);
    }
    let b = l.b();
    b.jump(done);
    b.switch_to(done);
    b.load64(slot, 0)
}

/// The bytes that are compared: those of a value, or what a pointer points to.
fn bytes(l: &mut dyn Lower, arg: &Arg, size: u32) -> ValueId {
    if !arg.ty.is_scalar() {
        return l.value(arg);
    }
    let to = l.memory(size, 8);
    l.b().zero(to, 0, size, 8);
    memory::copy_of(l, arg, to, size);
    to
}
