//! `kaddr("symbol")`, `percpu_kaddr("variable" [, cpu])`: where things are in the kernel.

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, LossKind, Space, Ty, ValueId};

use super::{Takes, Word};
use crate::{Arg, Call, Check, Literal, Lower, lose_if, memory};

pub(super) const KADDR: Word = Word {
    name: "kaddr",
    usage: "kaddr(\"symbol\")",
    summary: "Address of a symbol of the kernel.",
    example: "begin { printf(\"%p\\n\", kaddr(\"jiffies\")); exit(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: |c, call| match address(c, call) {
        Some(address) => c.known(Literal::Int(address.cast_signed()), Ty::U64),
        None => Ty::Void,
    },
    lower: |l, _| l.b().constant(0),
};

pub(super) const PERCPU_KADDR: Word = Word {
    name: "percpu_kaddr",
    usage: "percpu_kaddr(\"variable\" [, cpu])",
    summary: "Address of a variable that each CPU has its own of, on this or another CPU; 0 if there is none.",
    example: "begin { print(*percpu_kaddr(\"process_counts\", 0)); exit(); }",
    arity: (1, 2),
    takes: Takes::Values,
    check: percpu_check,
    lower: percpu,
};

/// The array with what each CPU's memory is away from the addresses of the symbols.
const OFFSETS: &str = "__per_cpu_offset";

fn name(arg: &Arg) -> String {
    String::from_utf8_lossy(arg.text().unwrap_or_default()).into_owned()
}

fn address(c: &mut Check<'_>, call: &Call) -> Option<u64> {
    let arg = call.args.first()?;
    if arg.text().is_none() {
        let help = format!("write `{}(\"symbol\")`", call.name);
        c.wrong_type(call, arg, "a literal string", &help);
        return None;
    }
    let name = name(arg);
    let found = c.kernel.kernel_symbol(&name);
    if found.is_none() {
        let title = format!("the kernel has no symbol `{name}`, or hides its address");
        let problem = Diagnostic::new(Code::NoMatch, arg.span, title, "not found");
        let help = format!(
            "look for it: `grep {name} /proc/kallsyms` (as root); variables are there where the \
             kernel is built with CONFIG_KALLSYMS_ALL"
        );
        let compat = match call.name.as_str() {
            "kaddr" => format!("Failed to resolve kernel symbol: {name}"),
            _ => format!("Could not resolve variable \"{name}\" from BTF"),
        };
        c.refuse(problem.help(help).compat(compat));
    }
    found
}

fn percpu_check(c: &mut Check<'_>, call: &Call) -> Ty {
    if address(c, call).is_none() {
        return Ty::Void;
    }
    if c.kernel.kernel_symbol(OFFSETS).is_none() {
        let title = format!("`{}` needs the kernel's symbol `{OFFSETS}`", call.name);
        let problem = Diagnostic::new(Code::MissingFeature, call.span, title, "not to be seen");
        let help = "it needs a kernel with several CPUs, built with CONFIG_KALLSYMS_ALL";
        return c.refuse(problem.help(help));
    }
    if let Some(cpu) = call.args.get(1)
        && !cpu.is_integer()
    {
        return c.wrong_type(call, cpu, "an integer as CPU", "write `percpu_kaddr(\"x\", 0)`");
    }
    let variable = call.args.first().map(name).unwrap_or_default();
    // What it points to is the variable's own type, where the kernel tells it.
    let ty = match c.kernel.per_cpu_variable(&variable) {
        Ok(Some(variable)) => pointee(variable.ty),
        Ok(None) | Err(_) => Ty::Void,
    };
    Ty::Ptr(Box::new(ty), Space::Kernel)
}

/// Structs are looked up by their names when they are read.
fn pointee(ty: Ty) -> Ty {
    let name = if let Ty::Record(record) = &ty { record.name.as_deref() } else { None };
    name.map_or(ty.clone(), |name| Ty::Opaque(name.into()))
}

fn percpu(l: &mut dyn Lower, call: &Call) -> ValueId {
    let symbol = call.args.first().map(name).unwrap_or_default();
    let base = l.kernel().kernel_symbol(&symbol).unwrap_or_default();
    let offsets = l.kernel().kernel_symbol(OFFSETS).unwrap_or_default();
    let cpus = l.kernel().possible_cpus();
    let cpu = match call.args.get(1) {
        Some(cpu) => l.value(cpu),
        None => l.b().call(Helper::GET_SMP_PROCESSOR_ID, &[]),
    };
    let b = l.b();
    let slot = b.slot(8, 8);
    let zero = b.constant(0);
    b.store64(slot, 0, zero);
    let limit = b.constant(i64::from(cpus));
    let exists = b.bin(Bin::ULt, cpu, limit);
    let (found, done) = (b.block(), b.block());
    b.branch(exists, found, done);
    b.switch_to(found);
    let at = b.bin_const(Bin::Mul, cpu, 8);
    let at = b.bin_const(Bin::Add, at, offsets.cast_signed());
    let away = b.slot(8, 8);
    b.zero(away, 0, 8, 8);
    let size = b.constant(8);
    let failed = memory::read(l, away, (size, at), Space::Kernel);
    lose_if(l, failed, LossKind::ReadFault, None);
    let b = l.b();
    let away = b.load64(away, 0);
    let address = b.bin_const(Bin::Add, away, base.cast_signed());
    b.store64(slot, 0, address);
    b.jump(done);
    b.switch_to(done);
    b.load64(slot, 0)
}
