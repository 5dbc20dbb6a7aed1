//! `bswap(number)`

use ir::{Sign, Ty, ValueId, Width};

use super::{Takes, Word};
use crate::{Call, Check, Lower, memory};

pub(super) const BSWAP: Word = Word {
    name: "bswap",
    usage: "bswap(number)",
    summary: "An integer with its bytes the other way round: from network order to the machine's.",
    example: "tracepoint:syscalls:sys_enter_connect { $to = (struct sockaddr_in *)args.uservaddr; @[bswap($to.sin_port)] = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    if let Ty::Int(width, _) = arg.ty {
        return Ty::Int(width, Sign::Unsigned);
    }
    c.wrong_type(call, arg, "an integer", "write `bswap((uint16)port)`")
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(arg) = call.args.first() else { return l.b().constant(0) };
    let value = l.value(arg);
    let (width, _) = call.ty.scalar().unwrap_or((Width::W64, Sign::Unsigned));
    memory::swapped(l, value, width)
}
