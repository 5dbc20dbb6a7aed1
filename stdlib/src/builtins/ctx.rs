//! `ctx`

use ir::{Inst, ProgramKind, Space, Ty};

use crate::functions::{Takes, Word};

pub(super) const CTX: Word = Word {
    name: "ctx",
    usage: "ctx",
    summary: "What the kernel hands to the program: the registers, where it is called with them.",
    example: "iter:task /ctx.task.pid == 2/ { print(ctx.task.comm); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, _| {
        c.uses.context = true;
        if let Some(name) = &c.offers.context {
            return Ty::Ptr(Box::new(Ty::Opaque(name.as_str().into())), Space::Context);
        }
        c.uses.registers = true;
        let to = match c.offers.kind {
            ProgramKind::Kprobe | ProgramKind::Uprobe => Ty::Opaque("struct pt_regs".into()),
            ProgramKind::PerfEvent => Ty::Opaque("struct bpf_perf_event_data".into()),
            ProgramKind::Tracepoint
            | ProgramKind::RawTracepoint
            | ProgramKind::Fentry
            | ProgramKind::Fexit
            | ProgramKind::Iter
            | ProgramKind::TestRun => Ty::Void,
        };
        Ty::Ptr(Box::new(to), Space::Kernel)
    },
    lower: |l, _| {
        let context = l.context();
        l.b().push(Inst::Address(context))
    },
};
