//! `progenyof(pid)`

use diag::{Code, Diagnostic};
use ir::{Root, Ty};

use super::{Takes, Word};
use crate::{Arg, Call, Check};

/// Largest process id that Linux gives (`PID_MAX_LIMIT`).
const LARGEST_PID: i64 = 0x40_0000;

pub(super) const PROGENYOF: Word = Word {
    name: "progenyof",
    usage: "progenyof(pid)",
    summary: "Whether the current process is that one or descends from it; `pid` is a number, `$1` or `cpid`.",
    example: "tracepoint:syscalls:sys_enter_openat /progenyof(cpid)/ { @[comm] = count(); }",
    arity: (1, 1),
    takes: Takes::Names,
    check,
    lower: |l, call| match call.args.first().and_then(root) {
        Some(root) => crate::descends(l, root),
        None => l.b().constant(0),
    },
};

fn root(arg: &Arg) -> Option<Root> {
    match (arg.int(), arg.text()) {
        (Some(pid @ 1..=LARGEST_PID), _) => Some(Root::Process(pid as u32)),
        (None, Some(b"cpid")) => Some(Root::Child),
        _ => None,
    }
}

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    match root(arg) {
        Some(Root::Process(_)) => Ty::Bool,
        Some(Root::Child) => {
            if !c.kernel.has_child() {
                let title = "`cpid` is 0 without `-c`";
                let problem =
                    Diagnostic::new(Code::AlwaysZero, call.span, title, "no child process");
                let help = "give the command to trace: `hawk … -c 'COMMAND'`; to trace all, leave out what asks for it";
                c.problems.push(problem.help(help).warning());
            }
            c.uses.child = true;
            Ty::Bool
        }
        None => {
            let title = "`progenyof` takes a process id that is known when tracing begins";
            let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, "not known");
            c.refuse(
                problem.help("write `progenyof(1234)`, `progenyof($1)` or `progenyof(cpid)`"),
            )
        }
    }
}
