//! `rand`

use ir::{Helper, Sign, Ty, Width};

use crate::functions::{Takes, Word};

pub(super) const RAND: Word = Word {
    name: "rand",
    usage: "rand",
    summary: "A random number of 32 bits.",
    example: "tracepoint:raw_syscalls:sys_enter /rand % 10 == 0/ { @[pid] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U32,
    lower: |l, _| {
        let number = l.b().call(Helper::GET_PRANDOM_U32, &[]);
        l.b().extend(number, Width::W32, Sign::Unsigned)
    },
};
