//! `rawtracepoint`

use ir::{Attach, Phase, ProgramKind, Space};

use super::{
    ArgsSource, Arguments, Expand, Expanded, Form, Listing, Offers, ProbeType, Request,
    details, form::form, no_match,
};
use crate::nearest;

pub(super) const RAWTRACEPOINT: ProbeType = ProbeType {
    name: "rawtracepoint",
    aliases: &["rt"],
    usage: "rawtracepoint:[MODULE:]EVENT",
    summary: "A tracepoint without its record: cheaper, with the kernel's own arguments in `args`.",
    example: "rawtracepoint:sched_switch { @[args.preempt] = count(); }",
    parts: (1, 2),
    expand,
    list: |kernel, parts| {
        let names = kernel.raw_tracepoints(parts.last().copied().unwrap_or("*"))?;
        Ok(names.into_iter().map(|name| format!("rawtracepoint:{name}")).collect())
    },
    listing: Listing::Always,
    details: details::raw_tracepoint,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("rawtracepoint:EVENT"),
        form("rawtracepoint:MODULE:EVENT"),
        form("rawtracepoint:GLOB"),
];

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    let last = request.parts.len().saturating_sub(1);
    let pattern = request.text(last);
    let answer = x.kernel.raw_tracepoints(pattern);
    let Some(names) = x.answer(request.span, answer) else { return Vec::new() };
    if names.is_empty() {
        let all = x.kernel.raw_tracepoints("*").unwrap_or_default();
        let near = nearest(pattern, all.iter().map(String::as_str)).map(str::to_owned);
        return x.refuse(no_match(request, last, "raw tracepoint", near));
    }
    let offers = |name: &str| Offers {
        args: Some(ArgsSource::RawTracepoint { name: name.to_owned() }),
        arguments: Arguments::Array,
        space: Space::Kernel,
        ..Offers::plain(ProgramKind::RawTracepoint, "rawtracepoint")
    };
    // The module only helps to find the event: the names of tracepoints are unique.
    let shown = if last == 0 { String::new() } else { format!("{}:", request.text(0)) };
    let expanded = names.into_iter().map(|name| Expanded {
        name: format!("rawtracepoint:{shown}{name}"),
        offers: offers(&name),
        attach: Attach::RawTracepoint { name },
        cheaper: None,
        phase: Phase::Trace,
    });
    expanded.collect()
}
