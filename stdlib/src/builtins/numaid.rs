//! `numaid`

use ir::{Helper, Ty};

use crate::functions::{Takes, Word};

pub(super) const NUMAID: Word = Word {
    name: "numaid",
    usage: "numaid",
    summary: "Number of the memory node that the current CPU belongs to.",
    example: "profile:hz:99 { @[numaid] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U32,
    lower: |l, _| l.b().call(Helper::GET_NUMA_NODE_ID, &[]),
};
