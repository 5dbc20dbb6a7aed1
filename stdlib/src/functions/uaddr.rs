//! `uaddr("symbol")`

use diag::{Code, Diagnostic};
use ir::{Bin, Helper, ProgramKind, Sign, Space, Ty, ValueId, When, Width};

use super::{Takes, Word};
use crate::{Call, Check, Feature, Lower, Named};

pub(super) const UADDR: Word = Word {
    name: "uaddr",
    usage: "uaddr(\"symbol\")",
    summary: "Address of a variable or function of the traced program or library, where the process has it.",
    example: "uprobe:libc:getenv { printf(\"%p\\n\", *uaddr(\"environ\")); }",
    arity: (1, 1),
    takes: Takes::Values,
    check,
    lower,
};

fn named(binary: Option<&str>, places: &dyn crate::Places, call: &Call) -> Option<Named> {
    let name = String::from_utf8_lossy(call.args.first()?.text()?).into_owned();
    places.named(binary?, &name).ok().flatten()
}

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    if c.offers.kind != ProgramKind::Uprobe {
        let help = "use it in uprobe, uretprobe and usdt probes";
        let compat = format!("uaddr can not be used with \"{}\" probes", c.offers.type_name);
        return c.not_here(call, "whose program?", help, &compat);
    }
    let Some(arg) = call.args.first() else { return Ty::Void };
    let Some(name) = arg.text() else {
        return c.wrong_type(call, arg, "a literal string", "write `uaddr(\"symbol\")`");
    };
    let name = String::from_utf8_lossy(name).into_owned();
    let binary = c.offers.binary.clone();
    let Some(found) = named(binary.as_deref(), c.kernel.places(), call) else {
        let path = binary.as_deref().unwrap_or("the program");
        let title = format!("`{path}` has no symbol `{name}`");
        let problem = Diagnostic::new(Code::NoMatch, arg.span, title, "not found");
        let help = format!("`nm -D {path}` lists those that are there without debug symbols");
        let compat = format!("Could not resolve symbol: {path}:{name}");
        return c.refuse(problem.help(help).compat(compat));
    };
    if !found.is_fixed {
        (c.uses.context, c.uses.site) = (true, true);
    }
    let width = u32::try_from(found.size).ok().and_then(Width::from_bytes);
    let to = Ty::Int(width.unwrap_or(Width::W64), Sign::Unsigned);
    Ty::Ptr(Box::new(to), Space::User)
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let binary = l.offers().binary.clone();
    let found = named(binary.as_deref(), l.kernel().places(), call);
    let Some(found) = found else { return l.b().constant(0) };
    if found.is_fixed {
        return l.b().constant(found.address.cast_signed());
    }
    let code = code_address(l);
    let away = distance(l, &found);
    let b = l.b();
    // Nobody knows where it is: 0.
    let slot = b.slot(8, 8);
    b.store64(slot, 0, code);
    let (known, done) = (b.block(), b.block());
    b.branch(code, known, done);
    b.switch_to(known);
    let address = b.add(code, away);
    b.store64(slot, 0, address);
    b.jump(done);
    b.switch_to(done);
    b.load64(slot, 0)
}

/// Where the traced code is in the process; 0 where the kernel does not tell it.
fn code_address(l: &mut dyn Lower) -> ValueId {
    let returns = l.offers().returns == Some(When::Return);
    let context = l.context();
    if returns {
        if !l.kernel().has(Feature::FunctionAddress) {
            return l.b().constant(0);
        }
        return l.b().call(Helper::GET_FUNC_IP, &[context]);
    }
    let offset = l.kernel().register("ip").unwrap_or_default();
    l.b().load64(context, offset as i32)
}

/// How far the symbol is behind the code of the site that fired.
fn distance(l: &mut dyn Lower, found: &Named) -> ValueId {
    let places = l.code_places();
    let mut away: Vec<_> = places
        .iter()
        .filter_map(|(site, offset)| Some((*site, found.behind(*offset)?)))
        .collect();
    let Some((_, first)) = away.pop() else { return l.b().constant(0) };
    away.retain(|(_, distance)| *distance != first);
    if away.is_empty() {
        return l.b().constant(first);
    }
    let site = l.site();
    let b = l.b();
    let (slot, done) = (b.slot(8, 8), b.block());
    let value = b.constant(first);
    b.store64(slot, 0, value);
    for (id, distance) in away {
        let is_this = b.bin_const(Bin::Eq, site, ir::Id::index(id) as i64);
        let (this, next) = (b.block(), b.block());
        b.branch(is_this, this, next);
        b.switch_to(this);
        let value = b.constant(distance);
        b.store64(slot, 0, value);
        b.jump(done);
        b.switch_to(next);
    }
    b.jump(done);
    b.switch_to(done);
    b.load64(slot, 0)
}
