//! `len(@map)`

use diag::{Code, Diagnostic};
use ir::{
    Builder, Function, Helper, Inst, Packed, Role, Sign, Stack, Ty, ValueId, ValueKind, Width,
};

use super::{Takes, Word};
use crate::{Arg, Call, Check, Feature, Lower};

pub(super) const LEN: Word = Word {
    name: "len",
    usage: "len(@map), len(stack)",
    summary: "Number of entries of a map (Linux 5.13), or of frames of a stack.",
    example: "tracepoint:syscalls:sys_enter_read { @seen[args.count] = 1; } end { print(len(@seen)); clear(@seen); }",
    arity: (1, 1),
    takes: Takes::Maps,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    if stack(call).is_some() {
        return Ty::I64;
    }
    if !super::keyed_map(c, call, "write `len(@name)`") {
        return Ty::Void;
    }
    if !c.kernel.has(Feature::MapIteration) {
        let title = "`len` needs Linux 5.13 or newer";
        let problem =
            Diagnostic::new(Code::MissingFeature, call.span, title, "this kernel can't do it");
        return c.refuse(problem.help("count keys as they come: `@n++`"));
    }
    Ty::I64
}

/// The argument, if it is a stack and not a map of them.
fn stack(call: &Call) -> Option<&Arg> {
    let arg = call.args.first().filter(|arg| matches!(arg.ty, Ty::Packed(Packed::Stack(_))))?;
    arg.map().is_none_or(|map| map.entry || map.key.is_none()).then_some(arg)
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    if let Some(arg) = stack(call) {
        let value = l.value(arg);
        let b = l.b();
        let count = b.load(value, Stack::FRAMES, Width::W32, Sign::Unsigned);
        return b.bin_const(ir::Bin::And, count, i64::from(!Stack::UNFINISHED));
    }
    let Some(map) = call.args.first().and_then(|arg| arg.map()) else {
        return l.b().constant(0);
    };
    let table = l.table(map);
    let table = &l.program().tables[table];
    let (map, short) = (table.map, table.short.map(|short| short.map));
    let visitor = visitor(l);
    let b = l.b();
    let mut count = |map| {
        let (address, visit) = (b.map(map), b.push(Inst::Function(visitor)));
        let (context, flags) = (b.push(Inst::Null), b.constant(0));
        // The helper counts the entries it visits.
        b.call(Helper::FOR_EACH_MAP_ELEM, &[address, visit, context, flags])
    };
    let long = count(map);
    match short {
        Some(short) => {
            let short = count(short);
            l.b().add(long, short)
        }
        None => long,
    }
}

/// A call-back that does nothing and asks for the next entry.
fn visitor(l: &mut dyn Lower) -> ir::FunctionId {
    const NAME: &str = "visit_entry";
    let known = l.program().functions.position(|function: &Function| function.name == NAME);
    known.unwrap_or_else(|| {
        let parameters = vec![ValueKind::Ptr; 4];
        let span = l.b().span();
        let mut b = Builder::new(NAME, Role::Subprogram { parameters }, span);
        let next = b.constant(0);
        b.ret(next);
        l.program().functions.push(b.finish())
    })
}
