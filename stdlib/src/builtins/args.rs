//! `args`

use std::sync::Arc;

use diag::{Code, Diagnostic};
use ir::{Record, Space, Ty};

use crate::{
    Call, Check,
    functions::{Takes, Word},
    probes,
};

pub(super) const ARGS: Word = Word {
    name: "args",
    usage: "args.FIELD",
    summary: "The fields of the traced event, by name.",
    example: "tracepoint:syscalls:sys_enter_openat { @[args.dfd] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check,
    lower: |l, _| l.context(),
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    c.uses.fields = true;
    let Some(source) = &c.offers.args else {
        let title = format!("`args` means nothing in `{}` probes", c.offers.type_name);
        let problem =
            Diagnostic::new(Code::NotAvailableHere, call.span, title, "no named fields");
        return c
            .refuse(problem.help("use it in tracepoint, rawtracepoint, kprobe, fentry, fexit and uprobe probes; elsewhere `arg0`, `arg1`, …"));
    };
    let fields = match probes::fields(c.kernel, c.offers) {
        Ok(fields) => fields,
        Err(unanswered) => {
            let problem = Diagnostic::new(
                Code::CannotAsk,
                call.span,
                format!("the fields of this event are not known: {}", unanswered.problem),
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
    let name = Some(format!("struct args of {source}"));
    let record = Record { name, fields, size, align: 8 };
    Ty::Ptr(Box::new(Ty::Record(Arc::new(record))), Space::Context)
}
