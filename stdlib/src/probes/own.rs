//! `self`

use diag::{Code, Diagnostic};
use ir::{Attach, Phase, ProgramKind};

use super::{
    Expand, Expanded, Form, Listing, Offers, ProbeType, Request, form::form, nothing_more,
};
use crate::nearest;

/// What scripts can listen to.
const SIGNALS: &[&str] = &["SIGUSR1"];

pub(super) const SELF: ProbeType = ProbeType {
    name: "self",
    aliases: &[],
    usage: "self:signal:SIGUSR1",
    summary: "Runs whenever the tracer itself gets the signal, by `kill -USR1`.",
    example: "self:signal:SIGUSR1 { print(@calls); } tracepoint:raw_syscalls:sys_enter { @calls = count(); }",
    parts: (2, 2),
    expand,
    list: |_, _| Ok(SIGNALS.iter().map(|name| format!("self:signal:{name}")).collect()),
    listing: Listing::Named,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("self:signal:SIGUSR1"),
];

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    let (trigger, signal) = (request.text(0), request.text(1));
    if trigger != "signal" {
        let title = format!("`{trigger}` triggers nothing: there is only `signal`");
        let problem = Diagnostic::new(Code::BadAttachPoint, request.at(0), title, "not known");
        let compat = format!("{trigger} is not a supported trigger");
        return x.refuse(problem.help("write `self:signal:SIGUSR1`").compat(compat));
    }
    if !SIGNALS.contains(&signal) {
        let title = format!("scripts can't listen to signal `{signal}`");
        let problem =
            Diagnostic::new(Code::BadAttachPoint, request.at(1), title, "not supported");
        let near = nearest(signal, SIGNALS.iter().copied()).unwrap_or("SIGUSR1");
        let compat = format!("{signal} is not a supported signal");
        return x.refuse(problem.help(format!("write `self:signal:{near}`")).compat(compat));
    }
    vec![Expanded {
        name: format!("self:signal:{signal}"),
        attach: Attach::TestRun,
        cheaper: None,
        phase: Phase::Signal,
        offers: Offers::plain(ProgramKind::TestRun, "self"),
    }]
}
