//! Attach points to try, for each probe type; a type that is not listed is tried as its row's
//! example writes it.

use std::path::PathBuf;

use stdlib::probes;

use super::vocabulary::probe_type;

/// Attach points by probe type. `{target}` is a traced program of the tests.
#[rustfmt::skip]
const KNOWN: &[(&str, &[&str])] = &[
    ("begin", &["begin"]),
    ("end", &["end"]),
    ("interval", &["interval:ms:100", "interval:us:500"]),
    ("profile", &["profile:hz:99"]),
    ("software", &["software:page-faults:100", "software:cpu-clock:1000000"]),
    ("tracepoint", &[
        "tracepoint:syscalls:sys_enter_openat", "tracepoint:syscalls:sys_exit_read",
        "tracepoint:raw_syscalls:sys_enter", "tracepoint:sched:sched_switch",
        "tracepoint:sched:sched_process_exec", "tracepoint:sched:sched_wakeup",
        "tracepoint:syscalls:sys_enter_getp*", "tracepoint:block:block_rq_issue",
    ]),
    ("rawtracepoint", &["rawtracepoint:sched_switch", "rawtracepoint:sys_enter"]),
    ("uprobe", &[
        "uprobe:{target}:six", "uprobe:{target}:s*", "uprobe:libc:getenv",
    ]),
    ("uretprobe", &["uretprobe:{target}:point", "uretprobe:{target}:s*"]),
    ("kprobe", &["kprobe:vfs_read", "kprobe:vfs_*"]),
    ("kretprobe", &["kretprobe:vfs_read"]),
    ("fentry", &["fentry:vfs_read"]),
    ("fexit", &["fexit:vfs_read"]),
];

/// Probe types and attach points, of which this machine may not have all.
pub(super) fn candidates() -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for row in probes::ALL {
        let known = KNOWN.iter().find(|(name, _)| *name == row.name);
        let known = known.map(|(_, heads)| *heads).unwrap_or_default();
        found.extend(known.iter().map(|head| (row.name, with_target(head))));
        found.extend(of_example(row.example).map(|head| (row.name, head)));
    }
    found.dedup();
    found
}

/// The attach point of the first probe of an example.
fn of_example(example: &str) -> Option<String> {
    let head = example.split(['{', ' ']).next()?;
    probe_type(head)?;
    Some(head.trim_end_matches(',').to_owned())
}

fn with_target(head: &str) -> String {
    let folder = std::env::var_os("HAWK_PROGRAMS").map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| crate::root().join("target/programs"));
    head.replace("{target}", &folder.join("uprobe_target").to_string_lossy())
}
