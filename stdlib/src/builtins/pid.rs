//! `pid`

use ir::{Bin, Helper, Ty, ValueId, Width};

use crate::{
    Lower,
    functions::{Takes, Word},
};

pub(super) const PID: Word = Word {
    name: "pid",
    usage: "pid",
    summary: "Process id of the current task, in the process id namespace of hawk.",
    example: "profile:hz:99 { @[pid] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |_, _| Ty::U32,
    lower: |l, _| id(l, Id::Process),
};

/// Which of the two ids of a task.
#[derive(Clone, Copy)]
pub(super) enum Id {
    Process,
    Thread,
}

/// The current task's id, in hawk's own namespace.
pub(super) fn id(l: &mut dyn Lower, which: Id) -> ValueId {
    if let Some(namespace) = l.kernel().pid_namespace() {
        return namespaced(l, namespace, which);
    }
    let b = l.b();
    // The thread id is in the low half, the thread group id in the high one.
    let both = b.call(Helper::GET_CURRENT_PID_TGID, &[]);
    match which {
        Id::Process => b.shr(both, 32),
        Id::Thread => b.bin_const(Bin::And, both, 0xffff_ffff),
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
