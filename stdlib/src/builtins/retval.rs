//! `retval`

use diag::{Code, Diagnostic};
use ir::{Ty, When};

use crate::functions::{Takes, Word};

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
            return c.refuse(problem.help("use it in kretprobe and uretprobe probes"));
        }
        Ty::U64
    },
    lower: |l, _| {
        let offset = l.kernel().register(REGISTER).unwrap_or_default();
        let context = l.context();
        let b = l.b();
        b.load64(context, offset as i32)
    },
};
