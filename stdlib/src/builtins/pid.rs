//! `pid`

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, Ty, ValueId, Width};

use crate::{
    Arg, Call, Check, Lower,
    functions::{Takes, Word},
};

pub(super) const PID: Word = Word {
    name: "pid",
    usage: "pid, pid(init)",
    summary: "Process id of the current task, in hawk's process id namespace; `init`: the first one.",
    example: "profile:hz:99 { @[pid] = count(); }",
    arity: (0, 1),
    takes: Takes::Names,
    check,
    lower: |l, call| asked(l, call, Id::Process),
};

/// Which of the two ids of a task.
#[derive(Clone, Copy)]
pub(super) enum Id {
    Process,
    Thread,
}

pub(super) fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::U32 };
    if matches!(arg.text(), Some(b"init" | b"curr_ns")) {
        return Ty::U32;
    }
    let title = format!("`{}` takes `init` or `curr_ns`", call.name);
    let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, "neither of them");
    let help = "`init` is the namespace of the first process, `curr_ns` that of hawk";
    let given = String::from_utf8_lossy(arg.text().unwrap_or_default()).into_owned();
    c.refuse(problem.help(help).compat(format!("Invalid PID namespace mode: {given}")))
}

/// The current task's id, in the namespace that the call names.
pub(super) fn asked(l: &mut dyn Lower, call: &Call, which: Id) -> ValueId {
    if call.args.first().and_then(Arg::text) == Some(b"init") {
        return initial(l, which);
    }
    id(l, which)
}

fn initial(l: &mut dyn Lower, which: Id) -> ValueId {
    let b = l.b();
    // The thread id is in the low half, the thread group id in the high one.
    let both = b.call(Helper::GET_CURRENT_PID_TGID, &[]);
    match which {
        Id::Process => b.shr(both, 32),
        Id::Thread => b.bin_const(Bin::And, both, 0xffff_ffff),
    }
}

/// The current task's id, in hawk's own namespace.
pub(super) fn id(l: &mut dyn Lower, which: Id) -> ValueId {
    match l.kernel().pid_namespace() {
        Some(namespace) => namespaced(l, namespace, which),
        None => initial(l, which),
    }
}

fn namespaced(l: &mut dyn Lower, namespace: crate::PidNamespace, which: Id) -> ValueId {
    let b = l.b();
    // struct bpf_pidns_info { u32 pid; u32 tgid; }; zeros for a task outside the namespace.
    let info = b.slot(8, 8);
    b.zero(info, 0, 8, 8);
    let (device, inode) = (namespace.device as i64, namespace.inode as i64);
    let (device, inode, size) = (b.constant(device), b.constant(inode), b.constant(8));
    b.call(Helper::GET_NS_CURRENT_PID_TGID, &[device, inode, info, size]);
    let offset = match which {
        Id::Process => 4,
        Id::Thread => 0,
    };
    b.load(info, offset, Width::W32, ir::Sign::Unsigned)
}
