//! `kretprobe`

use ir::When;

use super::{Form, Listing, ProbeType, details, form::form};

pub(super) const KRETPROBE: ProbeType = ProbeType {
    name: "kretprobe",
    aliases: &["kr"],
    usage: "kretprobe:[MODULE:]FUNCTION",
    summary: "Return of a kernel function.",
    example: "kretprobe:vfs_read { @ = hist(retval); }",
    parts: (1, 2),
    expand: |x, request| super::kprobe::expand(x, request, When::Return),
    list: |kernel, parts| super::kprobe::list(kernel, parts, "kretprobe"),
    listing: Listing::Named,
    details: details::function,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("kretprobe:FUNCTION"),
        form("kretprobe:MODULE:FUNCTION"),
        form("kretprobe:GLOB"),
];
