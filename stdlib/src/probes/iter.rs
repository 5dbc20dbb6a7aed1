//! `iter`

use diag::{Code, Diagnostic};
use ir::{Attach, Phase, ProgramKind, Space};

use super::{
    Expand, Expanded, Form, Listing, Offers, ProbeType, Request, details, form::form, no_match,
};
use crate::nearest;

/// Where the kernel's file system of BPF objects is mounted.
const BPF: &str = "/sys/fs/bpf";

pub(super) const ITER: ProbeType = ProbeType {
    name: "iter",
    aliases: &["it"],
    usage: "iter:NAME[:PATH]",
    summary: "Once for each of the kernel's tasks, files, maps, sockets and so on, which is in `ctx`.",
    example: "iter:task { @[ctx.task.policy] = count(); }",
    parts: (1, 2),
    expand,
    list: |kernel, parts| {
        let names = kernel.places().iterators(parts.first().copied().unwrap_or("*"))?;
        Ok(names.into_iter().map(|name| format!("iter:{name}")).collect())
    },
    listing: Listing::Always,
    details: details::iterator,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("iter:NAME"),
        form("iter:NAME:PATH"),
];

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    let name = request.text(0);
    let pin = match pin(request) {
        Ok(pin) => pin,
        Err(problem) => return x.refuse(problem),
    };
    if name.contains('*') {
        let title = "`iter` takes one name, not a pattern";
        let problem = Diagnostic::new(Code::BadAttachPoint, request.at(0), title, "a pattern");
        return x.refuse(problem.help("list them with `hawk -l 'iter:*'`"));
    }
    let answer = x.kernel.places().iterators(name);
    let Some(found) = x.answer(request.span, answer) else { return Vec::new() };
    if found.is_empty() {
        let all = x.kernel.places().iterators("*").unwrap_or_default();
        let near = nearest(name, all.iter().map(String::as_str)).map(str::to_owned);
        return x.refuse(no_match(request, 0, "kernel iterator", near));
    }
    // Others can't be told of a process.
    let pid = x.kernel.target_pid().filter(|_| name.starts_with("task"));
    let offers = Offers {
        context: Some(format!("struct bpf_iter__{name}")),
        space: Space::Kernel,
        to_file: pin.is_some(),
        ..Offers::plain(ProgramKind::Iter, "iter")
    };
    vec![Expanded {
        name: format!("iter:{name}"),
        attach: Attach::Iter { name: name.to_owned(), pid, pin },
        cheaper: None,
        phase: Phase::Trace,
        offers,
    }]
}

/// Where it is to be pinned; a relative path is one below where the kernel's file system of BPF
/// objects is mounted.
fn pin(request: &Request<'_>) -> Result<Option<String>, Diagnostic> {
    let Some(part) = request.parts.get(1) else { return Ok(None) };
    let path = part.text.as_str();
    if path.is_empty() || path.contains('*') || path.ends_with('/') {
        let title = format!("`{path}` is no path to pin to");
        let problem = Diagnostic::new(Code::BadAttachPoint, part.span, title, "a path");
        return Err(problem.help(format!("write `iter:{}:NAME`", request.text(0))));
    }
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{BPF}/{path}") };
    Ok(Some(whole))
}
