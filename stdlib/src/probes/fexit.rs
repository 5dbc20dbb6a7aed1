//! `fexit`

use ir::When;

use super::{
    Form, Listing, ProbeType, details,
    form::{form, form_with},
};
use crate::needs::Need;

pub(super) const FEXIT: ProbeType = ProbeType {
    name: "fexit",
    aliases: &["fr", "kretfunc"],
    usage: "fexit:[MODULE:]FUNCTION or fexit:bpf:[ID:]FUNCTION",
    summary: "Return of a kernel function, with its typed arguments in `args` and its result in `retval`.",
    example: "fexit:vfs_read { @[args.count] = stats(retval); }",
    parts: (1, 3),
    expand: |x, request| super::fentry::expand(x, request, When::Return),
    list: |kernel, parts| super::fentry::list(kernel, parts, "fexit"),
    listing: Listing::Named,
    details: details::function_and_result,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("fexit:FUNCTION"),
        form_with("fexit:MODULE:FUNCTION", &[Need::ModuleBtf]),
        form("fexit:GLOB"),
        form("fexit:bpf:FUNCTION"),
        form("fexit:bpf:ID:FUNCTION"),
];
