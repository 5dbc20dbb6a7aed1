//! `arg0`, `arg1`, …

use diag::{Code, Diagnostic};
use ir::{Helper, ProgramKind, Ty, ValueId};

use crate::{
    Call, Check, Lower,
    functions::{Takes, Word},
    probes::{Arguments, Operand, REGISTERS, Source, fields},
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
        if c.offers.arguments == Arguments::Operands {
            return operand(c, call);
        }
        Ty::U64
    },
    lower: argument,
};

/// The fields that `args` has here.
pub(super) fn field_names(c: &Check<'_>) -> Option<String> {
    let fields = fields(c.kernel, c.offers).ok()?;
    let names: Vec<_> = fields.iter().map(|field| field.name.as_str()).collect();
    (!names.is_empty()).then(|| names.join(", "))
}

/// An argument of a static probe: one that it has.
fn operand(c: &mut Check<'_>, call: &Call) -> Ty {
    let number: usize = call.name.trim_start_matches("arg").parse().unwrap_or_default();
    let count = c.offers.operands.len();
    let title = match c.offers.operands.get(number) {
        Some(Some(_)) => return Ty::U64,
        Some(None) => format!("`{}` is no integer that can be read", call.name),
        None => format!("this probe has no `{}`", call.name),
    };
    let label = match count {
        0 => "it has no arguments".to_owned(),
        1 => "it has only `arg0`".to_owned(),
        _ => format!("it has `arg0` to `arg{}`", count - 1),
    };
    let problem = Diagnostic::new(Code::NotAvailableHere, call.span, title, label);
    c.refuse(problem.help("remove it"))
}

/// Reads an argument from where the program keeps it.
fn read_operand(l: &mut dyn Lower, operand: Operand) -> ValueId {
    let (width, sign) = (operand.width, operand.sign);
    let (base, index, displacement) = match operand.source {
        Source::Constant(value) => {
            let value = l.b().constant(value);
            return l.b().push(ir::Inst::Extend(value, width, sign));
        }
        Source::Register(offset) => {
            let context = l.context();
            return l.b().load(context, offset as i32, width, sign);
        }
        Source::Memory { base, index, displacement } => (base, index, displacement),
    };
    let context = l.context();
    let b = l.b();
    let mut address = b.constant(displacement);
    if let Some(base) = base {
        let base = b.load64(context, base as i32);
        address = b.add(base, address);
    }
    if let Some((index, scale)) = index {
        let index = b.load64(context, index as i32);
        let index = b.bin_const(ir::Bin::Mul, index, i64::from(scale));
        address = b.add(address, index);
    }
    let to = b.slot(8, 8);
    let size = b.constant(i64::from(width.bytes()));
    let failed = b.call(Helper::PROBE_READ_USER, &[to, size, address]);
    crate::lose_if(l, failed, ir::LossKind::ReadFault, None);
    l.b().load(to, 0, width, sign)
}

fn argument(l: &mut dyn Lower, call: &Call) -> ValueId {
    let number: usize = call.name.trim_start_matches("arg").parse().unwrap_or_default();
    if let Some(Some(operand)) = l.offers().operands.get(number) {
        let operand = *operand;
        return read_operand(l, operand);
    }
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
