//! `reg("name")`

use diag::{Code, Diagnostic};
use ir::{ProgramKind, Ty, ValueId};

use super::{Takes, Word};
use crate::{Arg, Call, Check, Lower};

pub(super) const REG: Word = Word {
    name: "reg",
    usage: "reg(\"name\")",
    summary: "A register of the CPU where the probe fired, by its name: `ax`, `ip`, `sp` and so on.",
    example: "profile:hz:99 { @[reg(\"sp\")] = count(); }",
    arity: (1, 1),
    takes: Takes::Names,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    let Some(name) = arg.text() else {
        return c.wrong_type(call, arg, "a literal string", "write `reg(\"ip\")`");
    };
    let name = String::from_utf8_lossy(name).into_owned();
    c.uses.registers = true;
    let has_registers = matches!(
        c.offers.kind,
        ProgramKind::Kprobe | ProgramKind::Uprobe | ProgramKind::PerfEvent
    );
    if !has_registers {
        let help = "use it in kprobe, uprobe, profile and software probes";
        let compat = format!("reg can not be used with \"{}\" probes", c.offers.type_name);
        return c.not_here(call, "no registers here", help, &compat);
    }
    if c.kernel.register(known(&name)).is_none() {
        let title = format!("there is no register `{name}`");
        let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, "not known");
        let help = if cfg!(target_arch = "x86_64") {
            "there are ax, bx, cx, dx, si, di, bp, sp, r8 to r15, ip, flags, cs, ss and orig_ax"
        } else {
            "there are r0 to r30, sp, pc and pstate"
        };
        let compat = format!("'{name}' is not a valid register on this architecture");
        return c.refuse(problem.help(help).compat(compat));
    }
    c.uses.context = true;
    Ty::U64
}

/// Other names of registers.
fn known(name: &str) -> &str {
    match name {
        "pc" if cfg!(target_arch = "x86_64") => "ip",
        "orig_rax" => "orig_ax",
        name => name,
    }
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let name = call.args.first().and_then(Arg::text).unwrap_or_default();
    let name = String::from_utf8_lossy(name).into_owned();
    let offset = l.kernel().register(known(&name)).unwrap_or_default();
    let context = l.context();
    let b = l.b();
    b.load64(context, offset as i32)
}
