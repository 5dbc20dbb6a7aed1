//! `arg0`, `arg1`, …

use diag::{Code, Diagnostic};
use ir::{Helper, ProgramKind, Ty, ValueId};

use crate::{
    Call, Check, Lower,
    functions::{Takes, Word},
    probes::{Arguments, REGISTERS, fields},
};

pub(super) const ARGUMENT: Word = Word {
    name: "argN",
    usage: "arg0, arg1, …",
    summary: "An argument of the traced function or raw tracepoint, as 64 bits.",
    example: "kprobe:vfs_read { @[arg2] = count(); }",
    arity: (0, 0),
    takes: Takes::Values,
    check: |c, call| {
        c.uses.context = true;
        if c.offers.arguments == Arguments::None {
            let title =
                format!("`{}` means nothing in `{}` probes", call.name, c.offers.type_name);
            let problem =
                Diagnostic::new(Code::NotAvailableHere, call.span, title, "no arguments here");
            let help = match field_names(c) {
                Some(names) => format!("use `args.NAME`: there are {names}"),
                None => "use it in kprobe, uprobe and rawtracepoint probes".to_owned(),
            };
            let compat = format!(
                "The {} builtin can only be used with 'kprobes', 'uprobes' and 'usdt' probes",
                call.name
            );
            return c.refuse(problem.help(help).compat(compat));
        }
        Ty::U64
    },
    lower: argument,
};

/// The fields that `args` has here.
fn field_names(c: &Check<'_>) -> Option<String> {
    let fields = fields(c.kernel, c.offers).ok()?;
    let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

fn argument(l: &mut dyn Lower, call: &Call) -> ValueId {
    let number: usize = call.name.trim_start_matches("arg").parse().unwrap_or_default();
    if l.offers().arguments == Arguments::Array {
        let context = l.context();
        let b = l.b();
        return b.load64(context, number as i32 * 8);
    }
    if let Some(offset) = REGISTERS.get(number).and_then(|name| l.kernel().register(name)) {
        let context = l.context();
        let b = l.b();
        return b.load64(context, offset as i32);
    }
    on_stack(l, number - REGISTERS.len().min(number))
}

/// An argument that the caller left on the stack, above the return address (System V ABI, 3.2.3).
pub(super) fn on_stack(l: &mut dyn Lower, index: usize) -> ValueId {
    let offset = l.kernel().register("sp").unwrap_or_default();
    let helper = match l.offers().kind {
        ProgramKind::Uprobe => Helper::PROBE_READ_USER,
        ProgramKind::Kprobe
        | ProgramKind::Tracepoint
        | ProgramKind::RawTracepoint
        | ProgramKind::PerfEvent
        | ProgramKind::Fentry
        | ProgramKind::Fexit
        | ProgramKind::Iter
        | ProgramKind::TestRun => Helper::PROBE_READ_KERNEL,
    };
    let above = if cfg!(target_arch = "x86_64") { 8 } else { 0 };
    let to = l.b().slot(8, 8);
    let context = l.context();
    let b = l.b();
    let stack = b.load64(context, offset as i32);
    let address = b.bin_const(ir::Bin::Add, stack, (above + 8 * index) as i64);
    let size = b.constant(8);
    let failed = b.call(helper, &[to, size, address]);
    crate::lose_if(l, failed, ir::LossKind::ReadFault, None);
    l.b().load64(to, 0)
}
