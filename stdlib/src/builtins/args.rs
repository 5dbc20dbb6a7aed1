//! `args`

use std::sync::Arc;

use diag::{Code, Diagnostic};
use ir::{Field, Record, Space, Ty};

use crate::{
    Answer, Call, Check, Unanswered,
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
    let name = format!("struct args of {source}");
    let fields = probes::fields(c.kernel, c.offers);
    record(c, call, (name, fields), "the fields of this event are not known")
}

/// What a word is that stands for a record in the context, which has this name and these fields.
pub(super) fn record(
    c: &mut Check<'_>,
    call: &Call,
    (name, fields): (String, Answer<Vec<Field>>),
    unknown: &str,
) -> Ty {
    let fields = match fields {
        Ok(fields) => fields,
        Err(Unanswered { problem, help }) => {
            let title = format!("{unknown}: {problem}");
            let problem = Diagnostic::new(Code::CannotAsk, call.span, title, "needs them");
            return c.refuse(match help {
                Some(help) => problem.help(help),
                None => problem,
            });
        }
    };
    let size = fields.iter().map(|field| field.offset + field.ty.size()).max().unwrap_or(0);
    let record = Record { name: Some(name), fields, size, align: 8 };
    Ty::Ptr(Box::new(Ty::Record(Arc::new(record))), Space::Context)
}
