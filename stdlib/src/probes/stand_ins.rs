//! What serves instead of kernel functions where they can't be probed.

use diag::{Code, Diagnostic};

use super::{Expand, Request};

/// Which system call does the work of a function that people probe, so that its tracepoints can
/// stand in where there are no kprobes.
const STAND_INS: &[(&str, &str)] = &[
    ("vfs_read", "syscalls:sys_enter_read"),
    ("vfs_write", "syscalls:sys_enter_write"),
    ("vfs_open", "syscalls:sys_enter_openat"),
    ("vfs_fsync", "syscalls:sys_enter_fsync"),
    ("vfs_unlink", "syscalls:sys_enter_unlinkat"),
    ("vfs_statx", "syscalls:sys_enter_statx"),
    ("do_sys_open", "syscalls:sys_enter_openat"),
    ("tcp_sendmsg", "syscalls:sys_enter_sendto"),
    ("tcp_set_state", "sock:inet_sock_set_state"),
    ("tcp_retransmit_skb", "tcp:tcp_retransmit_skb"),
    ("kfree_skb", "skb:kfree_skb"),
    ("do_nanosleep", "syscalls:sys_enter_nanosleep"),
    ("finish_task_switch", "sched:sched_switch"),
    ("oom_kill_process", "oom:mark_victim"),
];

pub(super) fn without_kprobes(x: &Expand<'_>, request: &Request<'_>) -> Diagnostic {
    let name = request.row.name;
    let target = request.parts.last().map_or("", |part| part.text.as_str());
    let parts: Vec<_> = request.parts.iter().map(|part| part.text.as_str()).collect();
    let whole = parts.join(":");
    let title = format!("this kernel has no kprobes, so `{name}:{whole}` can't be attached");
    let others = tracepoints_for(x, target);
    let help = if others.is_empty() {
        "list the tracepoints that exist with `hawk -l 'tracepoint:*'`".to_owned()
    } else {
        format!("these would serve: {}", others.join(", "))
    };
    Diagnostic::new(Code::MissingFeature, request.span, title, "needs CONFIG_KPROBES")
        .help(help)
}

/// Tracepoints that tell of the same as the function that an attach point names.
pub(super) fn tracepoints_for(x: &Expand<'_>, target: &str) -> Vec<String> {
    let stem = target.trim_start_matches("__x64_").trim_start_matches("__");
    let stem = stem.split(['*', '+', '.']).next().unwrap_or_default();
    tracepoints_like(x, stem)
}

/// Tracepoints that tell of the same as a function whose name is or starts with `stem`.
fn tracepoints_like(x: &Expand<'_>, stem: &str) -> Vec<String> {
    if stem.is_empty() {
        return Vec::new();
    }
    let exists = |name: &str| {
        let (category, event) = name.split_once(':').unwrap_or_default();
        x.kernel.tracepoints(category, event).is_ok_and(|found| !found.is_empty())
    };
    let table = STAND_INS
        .iter()
        .filter(|(function, _)| *function == stem || function.starts_with(stem));
    let known = table.map(|(_, event)| *event).filter(|event| exists(event));
    let mut found: Vec<_> = known.map(|event| format!("tracepoint:{event}")).collect();
    let word =
        stem.trim_start_matches("vfs_").trim_start_matches("sys_").trim_start_matches("do_");
    for (category, event) in [("*", stem), ("syscalls", &format!("sys_enter_{word}"))] {
        for (category, event) in x.kernel.tracepoints(category, event).unwrap_or_default() {
            let name = format!("tracepoint:{category}:{event}");
            if found.len() < 4 && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}
