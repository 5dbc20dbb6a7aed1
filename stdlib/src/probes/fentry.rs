//! `fentry`

use diag::{Code, Diagnostic};
use ir::{Attach, Host, Phase, ProgramKind, Space, When};

use super::{
    ArgsSource, Arguments, Expand, Expanded, Form, Listing, Offers, ProbeType, Request,
    details,
    form::{form, form_with},
    functions, matches, no_match, stand_ins,
};
use crate::{Answer, Feature, Kernel, Unanswered, nearest, needs::Need};

pub(super) const FENTRY: ProbeType = ProbeType {
    name: "fentry",
    aliases: &["f", "kfunc"],
    usage: "fentry:[MODULE:]FUNCTION or fentry:bpf:[ID:]FUNCTION",
    summary: "Entry of a kernel function, with its typed arguments in `args`; cheaper than a kprobe.",
    example: "fentry:vfs_read { @[args.count] = count(); }",
    parts: (1, 3),
    expand: |x, request| expand(x, request, When::Entry),
    list: |kernel, parts| list(kernel, parts, "fentry"),
    listing: Listing::Always,
    details: details::function,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("fentry:FUNCTION"),
        form_with("fentry:MODULE:FUNCTION", &[Need::ModuleBtf]),
        form("fentry:GLOB"),
        form("fentry:bpf:FUNCTION"),
        form("fentry:bpf:ID:FUNCTION"),
];

/// Expands `fentry` and `fexit`.
pub(super) fn expand(x: &mut Expand<'_>, request: &Request<'_>, when: When) -> Vec<Expanded> {
    if !x.kernel.has(Feature::Fentry) {
        let problem = without_fentry(x, request);
        return x.refuse(problem);
    }
    if request.parts.len() > 1 && request.text(0) == "bpf" {
        return of_bpf(x, request, when);
    }
    let (module, pattern) = match request.parts {
        [pattern] => (None, pattern.text.as_str()),
        [module, pattern] => (Some(module.text.as_str()), pattern.text.as_str()),
        _ => {
            let title = format!("`{}` takes a module and a function", request.row.name);
            let problem =
                Diagnostic::new(Code::BadAttachPoint, request.span, title, "three parts");
            return x.refuse(problem.help(format!("write `{}`", request.row.usage)));
        }
    };
    of_kernel(x, request, (module, pattern), when)
}

fn of_kernel(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    (module, pattern): (Option<&str>, &str),
    when: When,
) -> Vec<Expanded> {
    let answer = x.kernel.places().typed_functions(module, pattern);
    let Some(found) = x.answer(request.span, answer) else { return Vec::new() };
    if found.is_empty() {
        let typed = x.kernel.places().typed_functions(None, "*").unwrap_or_default();
        let near = nearest(pattern, typed.iter().map(|(_, name)| name.as_str()));
        let near = near.map(str::to_owned);
        let problem = functions::not_found(x.kernel, request, (module, pattern), near);
        return x.refuse(problem);
    }
    let one = |(module, function): (String, String)| {
        let name = format!("{}:{module}:{function}", request.row.name);
        let source =
            ArgsSource::Function { module: Some(module.clone()), function: function.clone() };
        let host = Host::Kernel((module != "vmlinux").then_some(module));
        site(request, (name, host, function), Some(source), when)
    };
    found.into_iter().map(one).collect()
}

fn site(
    request: &Request<'_>,
    (name, host, function): (String, Host, String),
    args: Option<ArgsSource>,
    when: When,
) -> Expanded {
    let kind = match when {
        When::Entry => ProgramKind::Fentry,
        When::Return => ProgramKind::Fexit,
    };
    let offers = Offers {
        arguments: if args.is_some() { Arguments::Array } else { Arguments::None },
        args,
        returns: Some(when),
        space: Space::Kernel,
        ..Offers::plain(kind, request.row.name)
    };
    let attach = Attach::Trampoline { host, function, when };
    Expanded { name, attach, cheaper: None, phase: Phase::Trace, offers }
}

/// Expands `kprobe` and `kretprobe` where the kernel has no kprobes.
pub(super) fn instead_of_kprobe(
    x: &mut Expand<'_>,
    request: &Request<'_>,
    (module, pattern): (Option<&str>, &str),
    when: When,
) -> Vec<Expanded> {
    let mut sites = of_kernel(x, request, (module, pattern), when);
    for site in &mut sites {
        if let (None, Attach::Trampoline { function, .. }) = (module, &site.attach) {
            site.name = format!("{}:{function}", request.row.name);
        }
    }
    sites
}

/// `fentry:bpf:FUNCTION` and `fentry:bpf:ID:FUNCTION`
fn of_bpf(x: &mut Expand<'_>, request: &Request<'_>, when: When) -> Vec<Expanded> {
    let (wanted, pattern) = match request.parts {
        [_, pattern] => (None, pattern.text.as_str()),
        _ => (Some(request.text(1)), request.text(2)),
    };
    let answer = x.kernel.places().bpf_functions(pattern);
    let Some(mut found) = x.answer(request.span, answer) else { return Vec::new() };
    if let Some(wanted) = wanted {
        found.retain(|it| matches(wanted, &it.program.to_string()));
    }
    if found.is_empty() {
        let all = x.kernel.places().bpf_functions("*").unwrap_or_default();
        let near = nearest(pattern, all.iter().map(|it| it.name.as_str()));
        let near = near.map(|near| format!("bpf:{near}"));
        let last = request.parts.len() - 1;
        return x.refuse(no_match(request, last, "function of a loaded BPF program", near));
    }
    let one = |it: crate::BpfFunction| {
        let name = format!("{}:bpf:{}:{}", request.row.name, it.program, it.name);
        site(request, (name, Host::Bpf(it.program), it.name), None, when)
    };
    found.into_iter().map(one).collect()
}

fn without_fentry(x: &Expand<'_>, request: &Request<'_>) -> Diagnostic {
    let name = request.row.name;
    let target = request.parts.last().map_or("", |part| part.text.as_str());
    let title = format!("this kernel loads no {name} programs");
    let help = if x.kernel.has(Feature::Kprobe) {
        let other = if name == "fentry" { "kprobe" } else { "kretprobe" };
        format!("write `{other}:{target}`, with its arguments in `args` as well")
    } else {
        match stand_ins::tracepoints_for(x, target) {
            found if found.is_empty() => {
                "list the tracepoints that exist with `hawk -l 'tracepoint:*'`".to_owned()
            }
            found => format!("these would serve: {}", found.join(", ")),
        }
    };
    let label = "needs BPF trampolines and BTF, and that the kernel is not locked down";
    Diagnostic::new(Code::MissingFeature, request.span, title, label)
        .help(help)
        .compat(format!("{name} is not available on this kernel"))
}

/// Lists `fentry` and `fexit`.
pub(super) fn list(kernel: &dyn Kernel, parts: &[&str], name: &str) -> Answer<Vec<String>> {
    if !kernel.has(Feature::Fentry) {
        let problem = format!("this kernel loads no {name} programs, so there is none to list");
        let help = "list its tracepoints with `hawk -l 'tracepoint:*'`".to_owned();
        return Err(Unanswered { problem, help: Some(help) });
    }
    let (module, pattern) = match parts {
        [] => (None, "*"),
        [pattern] => (None, *pattern),
        ["bpf", pattern @ .., function] => {
            let found = kernel.places().bpf_functions(function)?;
            let program = pattern.first().copied().unwrap_or("*");
            let wanted = found.iter().filter(|it| matches(program, &it.program.to_string()));
            return Ok(wanted
                .map(|it| format!("{name}:bpf:{}:{}", it.program, it.name))
                .collect());
        }
        [module, pattern, ..] => (Some(*module), *pattern),
    };
    let found = kernel.places().typed_functions(module, pattern)?;
    let shown = found.into_iter().filter(|(_, function)| !function.contains(".part."));
    Ok(shown.map(|(module, function)| format!("{name}:{module}:{function}")).collect())
}
