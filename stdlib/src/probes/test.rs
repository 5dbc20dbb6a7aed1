//! `test`

use diag::{Code, Diagnostic};
use ir::{Attach, Phase, ProgramKind};

use super::{
    Expand, Expanded, Form, Listing, Offers, ProbeType, Request, form::form, nothing_more,
    nothing_to_list,
};

pub(super) const TEST: ProbeType = ProbeType {
    name: "test",
    aliases: &[],
    usage: "test:NAME",
    summary: "With `--test` only: runs once; fails if it returns another number than 0 or an `assert` does not hold.",
    example: "test:sum { assert(1 + 1 == 2, \"one and one\"); }",
    parts: (1, 1),
    expand: |x, request| once(x, request, Phase::Test),
    list: nothing_to_list,
    listing: Listing::Named,
    details: nothing_more,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("test:NAME"),
];

/// Expands a probe that user space runs by its name.
pub(super) fn once(x: &mut Expand<'_>, request: &Request<'_>, phase: Phase) -> Vec<Expanded> {
    let (row, name) = (request.row.name, request.text(0));
    if name.is_empty() || name.contains('*') {
        let title = format!("a `{row}` has one name of its own");
        let problem = Diagnostic::new(Code::BadAttachPoint, request.at(0), title, "no name");
        let problem = problem.compat(format!("{row} probes must have a name"));
        return x.refuse(problem.help(format!("write `{row}:sum`")));
    }
    vec![Expanded {
        name: format!("{row}:{name}"),
        attach: Attach::TestRun,
        cheaper: None,
        phase,
        offers: Offers::plain(ProgramKind::TestRun, row),
    }]
}
