//! `cpu`

use ir::{Helper, Ty};

use crate::functions::{Takes, Word};

pub(super) const CPU: Word = Word {
    name: "cpu",
    usage: "cpu",
    summary: "Number of the current CPU.",
    example: "profile:hz:99 { @[cpu] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U64,
    lower: |l, _| l.b().call(Helper::GET_SMP_PROCESSOR_ID, &[]),
};
