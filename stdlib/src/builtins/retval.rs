//! `retval`

use diag::{Code, Diagnostic};
use ir::{ProgramKind, Sign, Ty, When, Width};

use crate::{
    functions::{Takes, Word},
    probes::returned,
};

/// The register of the result, by its name in `reg()`.
const REGISTER: &str = if cfg!(target_arch = "x86_64") { "ax" } else { "r0" };

pub(super) const RETVAL: Word = Word {
    name: "retval",
    usage: "retval",
    summary: "What the traced function returns, as 64 bits.",
    example: "kretprobe:vfs_read { @ = hist(retval); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, call| {
        c.uses.context = true;
        if c.offers.returns != Some(When::Return) {
            let title = format!("`retval` means nothing in `{}` probes", c.offers.type_name);
            let problem = Diagnostic::new(
                Code::NotAvailableHere,
                call.span,
                title,
                "nothing returns here",
            );
            // What a system call returned is a field of its tracepoint.
            let names = super::argument::field_names(c).unwrap_or_default();
            let help = if names.split(", ").any(|name| name == "ret") {
                "write `args.ret`"
            } else {
                "use it in kretprobe, fexit and uretprobe probes"
            };
            return c.refuse(problem.help(help));
        }
        match returned(c.kernel, c.offers) {
            _ if c.offers.kind != ProgramKind::Fexit => Ty::U64,
            Ok(Some(field)) => field.ty,
            Ok(None) => {
                let title = "this function returns nothing, or what it returns is not known";
                let problem =
                    Diagnostic::new(Code::NotAvailableHere, call.span, title, "no value");
                c.refuse(problem)
            }
            Err(why) => {
                let title = format!("what it returns is not known: {}", why.problem);
                c.refuse(Diagnostic::new(Code::CannotAsk, call.span, title, "asked by this"))
            }
        }
    },
    lower: |l, call| {
        if l.offers().kind == ProgramKind::Fexit {
            let offset = match returned(l.kernel(), l.offers()) {
                Ok(Some(field)) => field.offset,
                Ok(None) | Err(_) => 0,
            };
            let (width, sign) = call.ty.scalar().unwrap_or((Width::W64, Sign::Unsigned));
            let context = l.context();
            return l.b().load(context, offset as i32, width, sign);
        }
        let offset = l.kernel().register(REGISTER).unwrap_or_default();
        let context = l.context();
        let b = l.b();
        b.load64(context, offset as i32)
    },
};
