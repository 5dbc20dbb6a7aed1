//! `kprobe`

use diag::{Code, Diagnostic};
use ir::{Attach, Phase, ProgramKind, Space, When};

use super::{Arguments, Expand, Expanded, Listing, Offers, ProbeType, Request, no_match};
use crate::{Feature, Kernel, Unanswered, nearest};

pub(super) const KPROBE: ProbeType = ProbeType {
    name: "kprobe",
    aliases: &["k"],
    usage: "kprobe:[MODULE:]FUNCTION[+OFFSET]",
    summary: "Entry of a kernel function.",
    example: "kprobe:vfs_read { @[comm] = count(); }",
    parts: (1, 2),
    expand: |x, request| expand(x, request, When::Entry),
    list: |kernel, parts| list(kernel, parts, "kprobe"),
    listing: Listing::Always,
};

/// Expands `kprobe` and `kretprobe`.
pub(super) fn expand(x: &mut Expand<'_>, request: &Request<'_>, when: When) -> Vec<Expanded> {
    if !x.kernel.has(Feature::Kprobe) {
        let problem = without_kprobes(x, request);
        return x.refuse(problem);
    }
    let (module, target) = match request.parts {
        [module, function] => (Some(module.text.as_str()), function.text.as_str()),
        _ => (None, request.text(0)),
    };
    let last = request.parts.len().saturating_sub(1);
    let (pattern, offset) = match split_offset(target) {
        Ok(split) => split,
        Err(text) => {
            let title = format!("`{text}` is no offset");
            let problem =
                Diagnostic::new(Code::BadAttachPoint, request.at(last), title, "here");
            return x
                .refuse(problem.help("write `kprobe:function+8` or `kprobe:function+0x8`"));
        }
    };
    if when == When::Return && offset > 0 {
        let title = "a kretprobe fires at the return and takes no offset";
        let problem =
            Diagnostic::new(Code::BadAttachPoint, request.at(last), title, "an offset");
        let help = format!("write `kretprobe:{pattern}`, or `kprobe:{target}`");
        return x.refuse(problem.help(help).compat("Offset not allowed"));
    }
    let answer = x.kernel.functions(module, pattern);
    let Some(found) = x.answer(request.span, answer) else { return Vec::new() };
    if found.is_empty() {
        let problem = not_found(x, request, pattern);
        return x.refuse(problem);
    }
    let shown = module.is_some();
    found.into_iter().map(|found| one(request, found, offset, (when, shown))).collect()
}

fn one(
    request: &Request<'_>,
    (module, function): (Option<String>, String),
    offset: u64,
    (when, shown): (When, bool),
) -> Expanded {
    let mut name = request.row.name.to_owned();
    if let Some(module) = module.as_ref().filter(|_| shown) {
        name += &format!(":{module}");
    }
    name += &format!(":{function}");
    if offset > 0 {
        name += &format!("+{offset}");
    }
    let function = match module.filter(|_| shown) {
        Some(module) if module != "vmlinux" => format!("{module}:{function}"),
        Some(_) | None => function,
    };
    // Registers hold arguments at the first instruction only, but are there at every one.
    let offers = Offers {
        arguments: if when == When::Entry { Arguments::Registers } else { Arguments::None },
        returns: Some(when),
        space: Space::Kernel,
        ..Offers::plain(ProgramKind::Kprobe, request.row.name)
    };
    let attach = Attach::Kprobe { function, offset, when };
    Expanded { name, attach, cheaper: None, phase: Phase::Trace, offers }
}

/// `function+8` or `function+0x8`; the text that is no number otherwise.
pub(super) fn split_offset(target: &str) -> Result<(&str, u64), &str> {
    let Some((name, offset)) = target.rsplit_once('+') else { return Ok((target, 0)) };
    let number = match offset.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => offset.parse(),
    };
    number.map(|number| (name, number)).map_err(|_| offset)
}

fn not_found(x: &Expand<'_>, request: &Request<'_>, pattern: &str) -> Diagnostic {
    let last = request.parts.len().saturating_sub(1);
    // Names that share their start: a look through all of them for a typo.
    let all = x.kernel.functions(None, "*").unwrap_or_default();
    let near = nearest(pattern, all.iter().map(|(_, name)| name.as_str())).map(str::to_owned);
    no_match(request, last, "traceable kernel function", near)
}

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

fn without_kprobes(x: &Expand<'_>, request: &Request<'_>) -> Diagnostic {
    let name = request.row.name;
    let target = request.parts.last().map_or("", |part| part.text.as_str());
    let title = format!("this kernel has no kprobes, so `{name}:{target}` can't be attached");
    let stem = target.trim_start_matches("__x64_").trim_start_matches("__");
    let stem = stem.split(['*', '+', '.']).next().unwrap_or_default();
    let mut others = tracepoints_like(x, stem);
    if x.kernel.has(Feature::Fentry) {
        let kind = if name == "kprobe" { "fentry" } else { "fexit" };
        others.insert(0, format!("{kind}:{target}"));
    }
    let help = if others.is_empty() {
        "list the tracepoints that exist with `hawk -l 'tracepoint:*'`".to_owned()
    } else {
        format!("these would serve: {}", others.join(", "))
    };
    Diagnostic::new(Code::MissingFeature, request.span, title, "needs CONFIG_KPROBES")
        .help(help)
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

/// Lists `kprobe` and `kretprobe`; names have their module if the pattern has one.
pub(super) fn list(
    kernel: &dyn Kernel,
    parts: &[&str],
    name: &str,
) -> Result<Vec<String>, Unanswered> {
    if !kernel.has(Feature::Kprobe) {
        return Err(Unanswered {
            problem: format!("this kernel has no kprobes, so there is no `{name}` to list"),
            help: Some("list its tracepoints with `hawk -l 'tracepoint:*'`".to_owned()),
        });
    }
    let (module, pattern) = match parts {
        [] => (None, "*"),
        [pattern] => (None, *pattern),
        [module, pattern, ..] => (Some(*module), *pattern),
    };
    let found = kernel.functions(module, pattern)?;
    let shown = found.into_iter().filter(|(_, function)| !function.contains(".part."));
    let line = |(found, function): (Option<String>, String)| match (module, found) {
        (Some(_), Some(module)) => format!("{name}:{module}:{function}"),
        (Some(_), None) => format!("{name}:vmlinux:{function}"),
        (None, _) => format!("{name}:{function}"),
    };
    Ok(shown.map(line).collect())
}
