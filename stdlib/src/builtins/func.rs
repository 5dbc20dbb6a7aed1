//! `func`

use diag::{Code, Diagnostic};
use ir::{Coded, Helper, ProgramKind, Ty, When};

use crate::{
    Feature,
    functions::{Takes, Word},
};

pub(super) const FUNC: Word = Word {
    name: "func",
    usage: "func",
    summary: "The traced function.",
    example: "kprobe:vfs_read { @[func] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, call| {
        let ty = match c.offers.kind {
            ProgramKind::Kprobe => Coded::KernelSymbol,
            ProgramKind::Uprobe | ProgramKind::Fentry | ProgramKind::Fexit => {
                // The process may be gone when its name is shown: the attach point knows it.
                c.uses.site = true;
                Coded::SiteFunction
            }
            ProgramKind::Tracepoint
            | ProgramKind::RawTracepoint
            | ProgramKind::PerfEvent
            | ProgramKind::Iter
            | ProgramKind::TestRun => {
                let title = format!("`func` means nothing in `{}` probes", c.offers.type_name);
                let problem = Diagnostic::new(
                    Code::NotAvailableHere,
                    call.span,
                    title,
                    "no function here",
                );
                return c.refuse(problem.help("use `func` in kprobe and uprobe probes"));
            }
        };
        c.uses.context = true;
        Ty::Coded(ty)
    },
    lower: |l, call| {
        if call.ty == Ty::Coded(Coded::SiteFunction) {
            return l.named_site();
        }
        let returns = l.offers().returns == Some(When::Return);
        if returns && l.kernel().has(Feature::FunctionAddress) {
            let context = l.context();
            return l.b().call(Helper::GET_FUNC_IP, &[context]);
        }
        let offset = l.kernel().register("ip").unwrap_or_default();
        let context = l.context();
        let b = l.b();
        b.load64(context, offset as i32)
    },
};
