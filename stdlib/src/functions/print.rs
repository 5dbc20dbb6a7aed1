//! `print(value)`, `print(@map [, top [, div]])`

use diag::{Code, Diagnostic};
use ir::{Action, Ty};

use super::{Takes, Word};
use crate::{ArgKind, Call, Check, Lower, Payload, send};

pub(super) const PRINT: Word = Word {
    name: "print",
    usage: "print(value), print(@map [, top [, div]])",
    summary: "Prints a value and a newline, or a whole map: its `top` largest entries, values divided by `div`.",
    example: "tracepoint:syscalls:sys_enter_read { @reads[args.count] = count(); } end { print(@reads, 3); clear(@reads); }",
    arity: (1, 3),
    takes: Takes::Maps,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    (c.uses.events, c.uses.prints) = (true, true);
    let Some((first, rest)) = call.args.split_first() else { return Ty::Void };
    let whole = first.map().is_some_and(|map| !map.entry);
    if !whole && !rest.is_empty() {
        let title = "`print` of a value takes 1 argument";
        let label = format!("{} given", call.args.len());
        let compat =
            format!("Non-map print() only takes 1 argument, {} found", call.args.len());
        let problem = Diagnostic::new(Code::WrongArity, call.span, title, label);
        return c.refuse(problem.help("`top` and `div` go with a whole map").compat(compat));
    }
    // An entry without a type is that of a map which is never written; that is said of the map.
    if first.ty == Ty::Void && first.map().is_none() {
        return c.wrong_type(call, first, "a value", "give it something that has a value");
    }
    for arg in rest.iter().filter(|arg| !arg.is_integer()) {
        c.wrong_type(call, arg, "an integer", "write `print(@map, 10)`");
    }
    Ty::Void
}

fn lower(l: &mut dyn Lower, call: &Call) -> ir::ValueId {
    let Some((first, rest)) = call.args.split_first() else { return l.b().constant(0) };
    match &first.kind {
        ArgKind::Map(map) if !map.entry => {
            let table = l.table(map);
            let (mut top, mut div) = (l.b().constant(0), l.b().constant(0));
            if let Some(arg) = rest.first() {
                top = l.value(arg);
            }
            if let Some(arg) = rest.get(1) {
                div = l.value(arg);
            }
            send(l, call, Action::Table(table), &[Payload::Int(top), Payload::Int(div)]);
        }
        ArgKind::Map(map) if matches!(first.ty, Ty::Reduced(_)) => {
            let table = l.table(map);
            let key = l.entry_key(first);
            let ty = l.program().tables[table].key.clone();
            let payload = ty.as_ref().map(|ty| Payload::Key(key, ty));
            send(l, call, Action::Entry(table), payload.as_slice());
        }
        ArgKind::Map(_) | ArgKind::Value | ArgKind::Literal(_) | ArgKind::Type => {
            send(l, call, Action::Value, &[Payload::Arg(first)]);
        }
    }
    l.b().constant(0)
}
