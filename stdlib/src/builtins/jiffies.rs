//! `jiffies`

use ir::{Helper, Ty};

use crate::functions::{Takes, Word};

pub(super) const JIFFIES: Word = Word {
    name: "jiffies",
    usage: "jiffies",
    summary: "Ticks of the kernel's timer since it started.",
    example: "interval:s:1 { print(jiffies); exit(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U64,
    lower: |l, _| l.b().call(Helper::JIFFIES64, &[]),
};
