//! `sarg0`, `sarg1`, …

use diag::{Code, Diagnostic};
use ir::Ty;

use super::argument::on_stack;
use crate::{
    functions::{Takes, Word},
    probes::{Arguments, REGISTERS},
};

pub(super) const SARG: Word = Word {
    name: "sargN",
    usage: "sarg0, sarg1, …",
    summary: "An old spelling: the arguments that the caller left on the stack, from the first on.",
    example: "uprobe:/usr/bin/target:add { @[sarg0] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, call| {
        c.uses.context = true;
        if c.offers.arguments != Arguments::Registers {
            let title =
                format!("`{}` means nothing in `{}` probes", call.name, c.offers.type_name);
            let problem =
                Diagnostic::new(Code::NotAvailableHere, call.span, title, "no stack here");
            let compat = format!(
                "The {} builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes",
                call.name
            );
            return c.refuse(problem.help("use it in kprobe and uprobe probes").compat(compat));
        }
        let new = number(&call.name) + REGISTERS.len();
        let title = format!("`{}` is an old spelling", call.name);
        let problem = Diagnostic::new(Code::Obsolete, call.span, title, "on the stack");
        let help = format!(
            "write `arg{new}`: the first {} arguments are in registers, the next on the stack",
            REGISTERS.len()
        );
        let compat = "sarg* builtins were deleted";
        c.problems.push(problem.help(help).compat(compat).warning());
        Ty::U64
    },
    lower: |l, call| on_stack(l, number(&call.name)),
};

fn number(name: &str) -> usize {
    name.trim_start_matches("sarg").parse().unwrap_or_default()
}
