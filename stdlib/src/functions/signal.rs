//! `signal(number)`, `signal_thread(number)`: signals to the current process or thread.

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, LossKind, Ty, ValueId};

use super::{Takes, Word, names};
use crate::{Arg, Call, Check, Gate, Lower};

pub(super) const SIGNAL: Word = Word {
    name: "signal",
    usage: "signal(number), signal(\"NAME\")",
    summary: "Sends a signal to the current process. Needs `--unsafe`.",
    example: "kprobe:vfs_read /comm == \"victim\"/ { printf(\"%d ends\\n\", pid); signal(\"KILL\"); }",
    arity: (1, 1),
    takes: Takes::Values,
    check,
    lower: |l, call| lower(l, call, Helper::SEND_SIGNAL),
};

pub(super) const SIGNAL_THREAD: Word = Word {
    name: "signal_thread",
    usage: "signal_thread(number), signal_thread(\"NAME\")",
    summary: "Sends a signal to the current thread. Needs `--unsafe`.",
    example: "kprobe:vfs_read /comm == \"victim\"/ { printf(\"%d is told\\n\", tid); signal_thread(\"USR1\"); }",
    arity: (1, 1),
    takes: Takes::Values,
    check,
    lower: |l, call| lower(l, call, Helper::SEND_SIGNAL_THREAD),
};

/// Probes whose current task is the one that the probe is about.
const PROBES: &[&str] = &[
    "kprobe",
    "kretprobe",
    "uprobe",
    "uretprobe",
    "usdt",
    "tracepoint",
    "profile",
    "fentry",
    "fexit",
    "rawtracepoint",
];

fn number(arg: &Arg) -> Option<i64> {
    match arg.text() {
        Some(name) => names::signal_number(&String::from_utf8_lossy(name)).map(i64::from),
        None => arg.int(),
    }
}

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    if !PROBES.contains(&c.offers.type_name) {
        let help = "use it where a task is at hand, e.g. in kprobe or tracepoint probes";
        let compat =
            format!("{} can not be used with \"{}\" probes", call.name, c.offers.type_name);
        return c.not_here(call, "whose process?", help, &compat);
    }
    if !c.needs_unsafe(call, Gate::Library) {
        return Ty::Void;
    }
    if arg.text().is_none() && !arg.is_integer() {
        return c.wrong_type(call, arg, "an integer or a name", "write `signal(\"TERM\")`");
    }
    let known = arg.text().is_some() || arg.int().is_some();
    if known && !number(arg).is_some_and(|number| (1..=64).contains(&number)) {
        let title = "there is no such signal";
        let problem = Diagnostic::new(Code::OutOfRange, arg.span, title, "not a signal");
        let help = "signals have the numbers 1 to 64, or names such as \"TERM\"";
        let compat = match arg.text() {
            Some(name) => {
                let name = String::from_utf8_lossy(name).into_owned();
                format!("{name} is not a valid signal")
            }
            None => {
                format!(
                    "{} is not a valid signal, allowed range: [1,64]",
                    arg.int().unwrap_or(0)
                )
            }
        };
        return c.refuse(problem.help(help).compat(compat));
    }
    Ty::Void
}

fn lower(l: &mut dyn Lower, call: &Call, helper: Helper) -> ValueId {
    let Some(arg) = call.args.first() else { return l.b().constant(0) };
    let signal = match number(arg) {
        Some(number) => l.b().constant(number),
        None => l.value(arg),
    };
    let b = l.b();
    let failed = b.call(helper, &[signal]);
    let failed = b.bin_const(Bin::Ne, failed, 0);
    crate::lose_if(l, failed, LossKind::Refused, None);
    l.b().constant(0)
}
