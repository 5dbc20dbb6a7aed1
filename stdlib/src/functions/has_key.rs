//! `has_key(@map, key)`

use ir::{Ty, ValueId};

use super::{Takes, Word};
use crate::{Call, Check, Lower};

pub(super) const HAS_KEY: Word = Word {
    name: "has_key",
    usage: "has_key(@map, key)",
    summary: "Whether a map has an entry with this key.",
    example: "tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; } tracepoint:syscalls:sys_exit_read /has_key(@start, tid)/ { @ns = hist(nsecs - @start[tid]); delete(@start, tid); }",
    arity: (2, 2),
    takes: Takes::KeyedMaps,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    if !super::keyed_map(c, call, "write `has_key(@name, key)`") {
        return Ty::Void;
    }
    if !super::has_whole_entries(c, call) {
        return Ty::Void;
    }
    Ty::Bool
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(map) = call.args.first().and_then(|arg| arg.map()) else {
        return l.b().constant(0);
    };
    let key = l.key(map, &call.args[1..]);
    let table = l.table(map);
    let table = l.program().tables[table].clone();
    let found = crate::look_up(l, &table, key);
    let b = l.b();
    let absent = b.is_null(found);
    b.bin_const(ir::Bin::Eq, absent, 0)
}
