//! `cpid`

use ir::{State, Ty};

use crate::functions::{Takes, Word};

pub(super) const CPID: Word = Word {
    name: "cpid",
    usage: "cpid",
    summary: "Process id of the child that `-c` starts; 0 without one.",
    example: "profile:hz:99 /pid == cpid/ { @ = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, call| {
        if !c.kernel.has_child() {
            let problem = diag::Diagnostic::new(
                diag::Code::AlwaysZero,
                call.span,
                "`cpid` is 0 without `-c`",
                "no child process",
            );
            let help = "give the command to trace: `hawk … -c 'COMMAND'`; to trace all, leave out what asks for it";
            c.problems.push(problem.help(help).warning());
        }
        c.uses.child = true;
        Ty::U32
    },
    lower: |l, _| {
        let state = l.program().state;
        let b = l.b();
        let Some(state) = state else { return b.constant(0) };
        let address = b.global(state.global);
        b.load64(address, State::CHILD)
    },
};
