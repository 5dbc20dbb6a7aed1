//! `nsecs`

use ir::{Helper, Ty};

use crate::functions::{Takes, Word};

pub(super) const NSECS: Word = Word {
    name: "nsecs",
    usage: "nsecs",
    summary: "Nanoseconds since the machine was booted, time in suspend included.",
    example: "profile:hz:99 { @last[cpu] = nsecs; }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U64,
    lower: |l, _| l.b().call(Helper::KTIME_GET_BOOT_NS, &[]),
};
