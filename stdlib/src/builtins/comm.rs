//! `comm`

use ir::{Helper, Ty};

use crate::functions::{Takes, Word};

/// `TASK_COMM_LEN` of the kernel.
const SIZE: u32 = 16;

pub(super) const COMM: Word = Word {
    name: "comm",
    usage: "comm",
    summary: "Name of the current thread, at most 15 bytes.",
    example: "profile:hz:99 { @[comm] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::Str(SIZE),
    lower: |l, _| {
        // With zeros: the kernels from 5.19 to 6.2 leave what follows the name as it is.
        let to = l.text_place(&Ty::Str(SIZE));
        let b = l.b();
        let size = b.constant(i64::from(SIZE));
        b.call(Helper::GET_CURRENT_COMM, &[to, size]);
        to
    },
};
