//! `exit([code])`

use diag::{Code, Diagnostic};
use ir::{Action, Bin, State, Ty};

use super::{Takes, Word};
use crate::send;

pub(super) const EXIT: Word = Word {
    name: "exit",
    usage: "exit([code])",
    summary: "Ends tracing: no probe runs after it but `end`, and hawk's exit code is the given one.",
    example: "interval:s:1 { exit(3); }",
    arity: (0, 1),
    takes: Takes::Values,
    check: |c, call| {
        c.uses.events = true;
        if c.in_loop {
            let title = "`exit()` in a loop, which bpftrace refuses";
            let problem =
                Diagnostic::new(Code::Obsolete, call.span, title, "ends the loop too");
            let help = "leave the loop with `break`, and call `exit()` behind it";
            let compat = "exit() is not allowed in a for-loop";
            c.problems.push(problem.help(help).compat(compat).warning());
        }
        match call.args.first() {
            Some(arg) if !arg.is_integer() => {
                c.wrong_type(call, arg, "an integer", "write `exit()` or `exit(1)`")
            }
            Some(_) | None => Ty::Void,
        }
    },
    lower: |l, call| {
        let code = match call.args.first() {
            Some(arg) => l.value(arg),
            None => l.b().constant(0),
        };
        if let Some(state) = l.program().state {
            let b = l.b();
            let code = b.bin_const(Bin::And, code, 0xff);
            let code = b.bin_const(Bin::Add, code, 1);
            let address = b.global(state.global);
            b.store64(address, State::EXIT, code);
            // From here on every event program returns at once.
            let stopped = b.constant(0);
            b.store64(address, State::RUNNING, stopped);
        }
        // The reader would find out on its own timer; this only makes it sooner.
        send(l, call, Action::Wake, &[]);
        l.leave();
        l.b().constant(0)
    },
};
