//! `curtask`

use ir::{Helper, Space, Ty};

use crate::functions::{Takes, Word};

pub(super) const CURTASK: Word = Word {
    name: "curtask",
    usage: "curtask",
    summary: "The current task, a `struct task_struct *` of the kernel.",
    example: "profile:hz:99 { @[curtask] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::Ptr(Box::new(Ty::Opaque("struct task_struct".into())), Space::Kernel),
    lower: |l, _| l.b().call(Helper::GET_CURRENT_TASK, &[]),
};
