//! `local`

use diag::{Code, Diagnostic};
use ir::Ty;

use super::args::record;
use crate::{
    Call, Check,
    functions::{Takes, Word},
    probes,
};

pub(super) const LOCAL: Word = Word {
    name: "local",
    usage: "local.NAME",
    summary: "A variable or parameter of the traced program at a line of its source, by name and with its type.",
    example: "uprobe:/usr/bin/target@target.c:12 { @[local.count] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check,
    lower: |l, _| l.context(),
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    c.uses.fields = true;
    let Some(place) = &c.offers.locals else {
        let title = format!("`local` means nothing in `{}` probes", c.offers.type_name);
        let title = if c.offers.type_name == "uprobe" {
            "`local` needs a line of the source".to_owned()
        } else {
            title
        };
        let problem =
            Diagnostic::new(Code::NotAvailableHere, call.span, title, "no local variables");
        return c.refuse(problem.help("write the probe as `uprobe:BINARY@FILE:LINE`"));
    };
    let (name, fields) = (probes::local_record(place), probes::local_fields(c.kernel, place));
    record(c, call, (name, fields), "the variables are not known")
}
