//! `uretprobe`

use ir::When;

use super::{Form, Listing, ProbeType, details, form::form};

pub(super) const URETPROBE: ProbeType = ProbeType {
    name: "uretprobe",
    aliases: &["ur"],
    usage: "uretprobe:BINARY:[cpp:]FUNCTION",
    summary: "Return of a function in a program or library.",
    example: "uretprobe:libc:getenv { @[retval] = count(); }",
    parts: (1, 3),
    expand: |x, request| super::uprobe::expand(x, request, When::Return),
    list: |kernel, parts| super::uprobe::list(kernel, parts, "uretprobe"),
    listing: Listing::Named,
    details: details::user_function_and_result,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("uretprobe:BINARY:FUNCTION"),
        form("uretprobe:BINARY:GLOB"),
        form("uretprobe:BINARY:ADDRESS"),
        form("uretprobe:BINARY:cpp:FUNCTION"),
];
