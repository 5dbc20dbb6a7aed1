//! Words that stand for a value: `pid`, `comm`, `arg0`, …; each may also be written `pid()`.

mod args;
mod argument;
mod cgroup;
mod comm;
mod config;
mod cpid;
mod cpu;
mod ctx;
mod curtask;
mod elapsed;
mod func;
mod gid;
mod has_cpid;
mod jiffies;
mod kstack;
mod local;
mod ncpus;
mod nsecs;
mod numaid;
mod pid;
mod probe;
mod probetype;
mod rand;
mod retval;
mod sarg;
mod tid;
mod uid;
mod usermode;
mod username;
mod ustack;

pub(crate) use nsecs::to_date;

use crate::functions::Word;

/// Every builtin, sorted by name.
#[rustfmt::skip]
pub const ALL: &[Word] = &[
    argument::ARGUMENT, args::ARGS, cgroup::CGROUP, comm::COMM, config::CONFIG, cpid::CPID, cpu::CPU, ctx::CTX,
    curtask::CURTASK, ustack::DW_USTACK, elapsed::ELAPSED, func::FUNC, gid::GID, has_cpid::HAS_CPID, jiffies::JIFFIES,
    kstack::KSTACK, local::LOCAL, ncpus::NCPUS, nsecs::NSECS, numaid::NUMAID, pid::PID, probe::PROBE, probetype::PROBETYPE,
    rand::RAND, retval::RETVAL, sarg::SARG, tid::TID, uid::UID, usermode::USERMODE, username::USERNAME,
    ustack::USTACK,
];

/// Whether the parser itself gives this name a meaning, so that no parameter of a macro can have
/// it; other builtins are hidden by a parameter of their name.
pub fn is_reserved(name: &str) -> bool {
    let numbered = find(name).is_some_and(|row| row.name != name);
    numbered || matches!(name, "args" | "ctx" | "kstack" | "ustack" | "nsecs" | "pid" | "tid")
}

/// The names below which bpftrace's own standard library finds what its parser knows; scripts that
/// were copied from there use them.
const INNER: &[&str] = &[
    "comm",
    "cpid",
    "cpu",
    "dw_ustack",
    "elapsed",
    "func",
    "ncpus",
    "probe",
    "retval",
    "usermode",
];

/// `comm` for `__builtin_comm`; any other name as it is.
fn outer(name: &str) -> &str {
    name.strip_prefix("__builtin_").filter(|rest| INNER.contains(rest)).unwrap_or(name)
}

/// The builtin called `name`; `arg0`, `arg1`, … are all `argN`, and so for `sargN`.
pub fn find(name: &str) -> Option<&'static Word> {
    let is_numbered = |start| {
        name.strip_prefix(start).is_some_and(|rest: &str| {
            !rest.is_empty() && rest.len() < 3 && rest.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    let name = match outer(name) {
        _ if is_numbered("arg") => "argN",
        _ if is_numbered("sarg") => "sargN",
        name => name,
    };
    ALL.iter().find(|row| row.name == name)
}

/// Whether `name` stands for the named fields of the probe.
pub fn names_fields(name: &str) -> bool {
    [args::ARGS.name, local::LOCAL.name, retval::RETVAL.name].contains(&outer(name))
}

/// The id of the current process, in hawk's own namespace: what `-p` filters by.
pub fn process_id(l: &mut dyn crate::Lower) -> ir::ValueId {
    pid::id(l, pid::Id::Process)
}
