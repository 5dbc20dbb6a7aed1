//! `kprobe`

use diag::{Code, Diagnostic};
use ir::{Attach, Phase, ProgramKind, SameName, Space, When};

use super::{
    ArgsSource, Arguments, Expand, Expanded, Form, Listing, Offers, ProbeType, Request,
    details, fentry,
    form::{form, form_with},
    functions, no_match, stand_ins,
};
use crate::{Feature, Kernel, Missing, Unanswered, nearest, needs::Need};

pub(super) const KPROBE: ProbeType = ProbeType {
    name: "kprobe",
    aliases: &["k"],
    usage: "kprobe:[MODULE:]FUNCTION[+OFFSET] or kprobe:ADDRESS",
    summary: "Entry of a kernel function.",
    example: "kprobe:vfs_read { @[comm] = count(); }",
    parts: (1, 2),
    expand: |x, request| expand(x, request, When::Entry),
    list: |kernel, parts| list(kernel, parts, "kprobe"),
    listing: Listing::Always,
    details: details::function,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("kprobe:FUNCTION"),
        form("kprobe:MODULE:FUNCTION"),
        form("kprobe:GLOB"),
        form("kprobe:GLOB:GLOB"),
        form_with("kprobe:FUNCTION+OFFSET", &[Need::Feature(Feature::Kprobe)]),
        form_with("kprobe:ADDRESS", &[Need::Feature(Feature::Kprobe)]),
];

/// Expands `kprobe` and `kretprobe`.
pub(super) fn expand(x: &mut Expand<'_>, request: &Request<'_>, when: When) -> Vec<Expanded> {
    let (module, target) = match request.parts {
        [module, function] => (Some(module.text.as_str()), function.text.as_str()),
        _ => (None, request.text(0)),
    };
    let (pattern, offset) = match read(request, target, when) {
        Ok(split) => split,
        Err(problem) => return x.refuse(problem),
    };
    if !x.kernel.has(Feature::Kprobe) {
        let only_fentry = x.kernel.has(Feature::Fentry) && !target.contains('+');
        if only_fentry && address(target).is_none() {
            return fentry::instead_of_kprobe(x, request, (module, target), when);
        }
        let problem = stand_ins::without_kprobes(x, request);
        return x.refuse(problem);
    }
    if let Some(address) = address(target) {
        return at_address(x, request, address);
    }
    let answer = x.kernel.functions(module, pattern);
    let Some(found) = x.answer(request.span, answer) else { return Vec::new() };
    if found.is_empty() && x.config.allow_unsafe && !pattern.contains('*') {
        // The kernel has the last word: it can probe functions that the function tracer can't.
        let found = (module.map(str::to_owned), pattern.to_owned());
        return vec![one(request, found, offset, (when, module.is_some()))];
    }
    if found.is_empty() {
        let problem = not_found(x, request, (module, pattern));
        return x.refuse(problem);
    }
    let shown = module.is_some();
    found.into_iter().map(|found| one(request, found, offset, (when, shown))).collect()
}

/// The function's pattern and the offset that `target` gives; what is wrong with it otherwise,
/// whatever this machine has.
fn read<'a>(
    request: &Request<'_>,
    target: &'a str,
    when: When,
) -> Result<(&'a str, u64), Diagnostic> {
    let at = request.at(request.parts.len().saturating_sub(1));
    let wrong = |title: &str, label: &str| {
        Diagnostic::new(
            Code::BadAttachPoint,
            if at.start == at.end { request.span } else { at },
            title,
            label,
        )
    };
    let name = request.row.name;
    if target.is_empty() {
        let problem = wrong("no function is named", "of what?");
        let compat = "kprobes should be attached to a function or an address";
        return Err(problem.help(format!("write `{}`", request.row.usage)).compat(compat));
    }
    let digits = target.strip_prefix("0x").unwrap_or_default();
    if digits.contains('*') && digits.chars().all(|it| it == '*' || it.is_ascii_hexdigit()) {
        let problem = wrong("an address is one place and takes no `*`", "a pattern");
        let compat = "Cannot use wildcards with absolute address";
        return Err(problem
            .help(format!("write `{name}:` and the name of a function, or the whole address"))
            .compat(compat));
    }
    if address(target).is_some() {
        let title = "a kretprobe takes a function, not an address";
        return match when {
            When::Return => Err(wrong(title, "an address").compat("Offset not allowed")),
            When::Entry => Ok((target, 0)),
        };
    }
    let (pattern, offset) = split_offset(target).map_err(|text| {
        wrong(&format!("`{text}` is no offset"), "here")
            .help("write `kprobe:function+8` or `kprobe:function+0x8`")
    })?;
    if when == When::Return && offset > 0 {
        let title = "a kretprobe fires at the return and takes no offset";
        let help = format!("write `kretprobe:{pattern}`, or `kprobe:{target}`");
        return Err(wrong(title, "an offset").help(help).compat("Offset not allowed"));
    }
    Ok((pattern, offset))
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
    let args = (when == When::Entry && offset == 0)
        .then(|| ArgsSource::Function { module: module.clone(), function: function.clone() });
    let in_kernel = shown && module.as_deref().is_none_or(|module| module == "vmlinux");
    let function = match module.filter(|_| shown) {
        Some(module) if module != "vmlinux" => format!("{module}:{function}"),
        Some(_) | None => function,
    };
    // Registers hold arguments at the first instruction only, but are there at every one.
    let offers = Offers {
        arguments: if when == When::Entry { Arguments::Registers } else { Arguments::None },
        args,
        returns: Some(when),
        space: Space::Kernel,
        ..Offers::plain(ProgramKind::Kprobe, request.row.name)
    };
    let same_name = match request.parts.iter().any(|part| part.text.contains('*')) {
        false => SameName::Refused,
        true if in_kernel => SameName::EachInKernel,
        true => SameName::Each,
    };
    let attach = Attach::Kprobe { function, offset, when, same_name };
    Expanded { name, attach, cheaper: None, phase: Phase::Trace, offers }
}

/// `0xffffffff81000000`
fn address(target: &str) -> Option<u64> {
    u64::from_str_radix(target.strip_prefix("0x")?, 16).ok()
}

fn at_address(x: &mut Expand<'_>, request: &Request<'_>, address: u64) -> Vec<Expanded> {
    let is_allowed = x.config.allow_unsafe;
    if !is_allowed {
        let title = "an address that is not where an instruction starts breaks the kernel";
        let problem = Diagnostic::new(Code::NeedsUnsafe, request.span, title, "an address");
        let help = "give the function's name, or say `--unsafe`";
        return x.refuse(problem.help(help));
    }
    let found = (None, String::new());
    let mut site = one(request, found, address, (When::Entry, false));
    site.name = format!("{}:{address:#x}", request.row.name);
    vec![site]
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

fn not_found(
    x: &Expand<'_>,
    request: &Request<'_>,
    (module, pattern): (Option<&str>, &str),
) -> Diagnostic {
    // Why an ignored name is missing, and what it is like, would take long to find out.
    if x.config.missing_probes == Missing::Ignore {
        let last = request.parts.len().saturating_sub(1);
        return no_match(request, last, "traceable kernel function", None);
    }
    let all = x.kernel.functions(None, "*").unwrap_or_default();
    let near = nearest(pattern, all.iter().map(|(_, name)| name.as_str())).map(str::to_owned);
    functions::not_found(x.kernel, request, (module, pattern), near)
}

/// Lists `kprobe` and `kretprobe`; names have their module if the pattern has one.
pub(super) fn list(
    kernel: &dyn Kernel,
    parts: &[&str],
    name: &str,
) -> Result<Vec<String>, Unanswered> {
    if !kernel.has(Feature::Kprobe) && !kernel.has(Feature::Fentry) {
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
