//! `usermode`

use ir::{Bin, ProgramKind, Sign, Ty, Width};

use crate::{
    Literal,
    functions::{Takes, Word},
};

pub(super) const USERMODE: Word = Word {
    name: "usermode",
    usage: "usermode",
    summary: "Whether the CPU was running a process's own code (1) or the kernel's (0). On x86-64 only.",
    example: "profile:hz:99 { @[usermode] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, call| {
        const BYTE: Ty = Ty::Int(Width::W8, Sign::Unsigned);
        if c.kernel.register("cs").is_none() {
            let compat = "'usermode' builtin is only supported on x86_64.";
            return c.not_here(call, "only x86-64 tells", "remove it", compat);
        }
        match c.offers.kind {
            ProgramKind::PerfEvent => {
                c.uses.context = true;
                BYTE
            }
            ProgramKind::Uprobe => c.known(Literal::Int(1), BYTE),
            ProgramKind::Kprobe
            | ProgramKind::Tracepoint
            | ProgramKind::RawTracepoint
            | ProgramKind::Fentry
            | ProgramKind::Fexit
            | ProgramKind::Iter
            | ProgramKind::TestRun => c.known(Literal::Int(0), BYTE),
        }
    },
    lower: |l, _| {
        // The two low bits of the code segment's selector are the privilege level: 3 for processes.
        let offset = l.kernel().register("cs").unwrap_or_default();
        let context = l.context();
        let b = l.b();
        let selector = b.load64(context, offset as i32);
        let level = b.bin_const(Bin::And, selector, 3);
        b.bin_const(Bin::Eq, level, 3)
    },
};
