//! `local`

use std::sync::Arc;

use diag::{Code, Diagnostic};
use ir::{Record, Space, Ty};

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
    let fields = match probes::local_fields(c.kernel, place) {
        Ok(fields) => fields,
        Err(unanswered) => {
            let problem = Diagnostic::new(
                Code::CannotAsk,
                call.span,
                format!("the variables are not known: {}", unanswered.problem),
                "needs them",
            );
            let problem = match unanswered.help {
                Some(help) => problem.help(help),
                None => problem,
            };
            return c.refuse(problem);
        }
    };
    let size = fields.iter().map(|field| field.offset + field.ty.size()).max().unwrap_or(0);
    let name = Some(probes::local_record(place));
    let record = Record { name, fields, size, align: 8 };
    Ty::Ptr(Box::new(Ty::Record(Arc::new(record))), Space::Context)
}
