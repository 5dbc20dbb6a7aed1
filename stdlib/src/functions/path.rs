//! `path(path [, size])`

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, Inst, LossKind, ProgramKind, Ty, ValueId, Width};

use super::{Takes, Word};
use crate::{Arg, Call, Check, Lower, count_loss, memory};

pub(super) const PATH: Word = Word {
    name: "path",
    usage: "path(struct path [, size])",
    summary: "Full path of a file that the kernel has: `path(args.file.f_path)`, in functions that it allows.",
    example: "fentry:filp_close { @[path(args.filp.f_path)] = count(); }",
    arity: (1, 2),
    takes: Takes::Values,
    check,
    lower,
};

/// `PATH_MAX`
const LONGEST: i64 = 4096;

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(path) = call.args.first() else { return Ty::Void };
    if !matches!(c.offers.kind, ProgramKind::Fentry | ProgramKind::Fexit | ProgramKind::Iter) {
        let help = "use it in fentry, fexit and iter probes";
        let compat = "helper bpf_d_path not allowed in probe";
        return c.not_here(call, "the kernel refuses it here", help, compat);
    }
    let of = if let Ty::Ptr(to, _) = &path.ty { to.to_string() } else { path.ty.to_string() };
    if of != "struct path" {
        let help = "give it the path of a file: `path(args.file.f_path)`";
        return c.wrong_type(call, path, "a `struct path`", help);
    }
    let Some(size) = call.args.get(1) else { return Ty::Str(c.config.max_strlen) };
    match size.int() {
        Some(bytes @ 1..=LONGEST) => Ty::Str(bytes as u32),
        Some(bytes) => {
            let title = format!("a path of {bytes} bytes");
            let problem = Diagnostic::new(Code::OutOfRange, size.span, title, "out of range");
            c.refuse(problem.help(format!("give 1 to {LONGEST} bytes")))
        }
        None => c.wrong_type(call, size, "a literal number", "write `path(…, 128)`"),
    }
}

/// The address that the kernel wants: it follows it from the program's arguments on.
fn address(l: &mut dyn Lower, arg: &Arg) -> ValueId {
    if arg.ty.is_scalar() {
        return l.value(arg);
    }
    match l.kernel_place(arg) {
        Some(place) => place,
        None => l.b().constant(0),
    }
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(path) = call.args.first() else { return l.b().constant(0) };
    let from = address(l, path);
    let buffer = l.memory(call.ty.size(), 8);
    let to = l.text_place(&call.ty);
    let b = l.b();
    b.zero(buffer, 0, call.ty.size(), 8);
    let size = b.constant(i64::from(call.ty.size()));
    let length = b.call(Helper::D_PATH, &[from, buffer, size]);
    let zero = b.constant(0);
    let failed = b.bin(Bin::SLt, length, zero);
    let (lost, done) = (b.block(), b.block());
    b.branch(failed, lost, done);
    b.switch_to(lost);
    count_loss(l, LossKind::ReadFault, None);
    let b = l.b();
    b.store(buffer, 0, Width::W8, zero);
    b.jump(done);
    b.switch_to(done);
    // The kernel makes the path at the end of the buffer and moves it: what follows it is not
    // zeros. Copying the text alone leaves that behind.
    let from = b.push(Inst::Address(buffer));
    let copied = b.call(Helper::PROBE_READ_KERNEL_STR, &[to, size, from]);
    // The verifier has to see that it is a length.
    let copied = memory::at_most(l, copied, call.ty.size());
    l.note_length(copied);
    to
}
