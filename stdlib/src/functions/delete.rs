//! `delete(@map, key)`, `delete(@map[key])`, `delete(@scalar)`

use diag::{Code, Diagnostic};
use ir::{Action, Bin, Helper, LossKind, Ty, ValueId};

use super::{Takes, Word};
use crate::{Call, Check, Given, Lower, MapArg, Watch, lose_if, send};

pub(super) const DELETE: Word = Word {
    name: "delete",
    usage: "delete(@map, key), delete(@scalar)",
    summary: "Removes an entry; true if there was one.",
    example: "tracepoint:syscalls:sys_enter_read { @start[tid] = nsecs; } tracepoint:syscalls:sys_exit_read /@start[tid]/ { @ns = hist(nsecs - @start[tid]); delete(@start, tid); }",
    arity: (1, 2),
    takes: Takes::KeyedMaps,
    check,
    lower,
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(first) = call.args.first() else { return Ty::Void };
    let Some(map) = first.map() else {
        return c.wrong_type(call, first, "a map", "write `delete(@name, key)`");
    };
    if map.entry && call.args.len() == 2 {
        let problem = Diagnostic::new(
            Code::WrongArgument,
            call.span,
            "`delete` takes one entry at a time",
            "two arguments, the first already with a key",
        );
        return c.refuse(problem.help("call `delete` once for each entry"));
    }
    if map.entry && c.config.strict {
        let title = "`delete` of an entry in brackets";
        let problem = Diagnostic::new(Code::OldSpelling, call.span, title, "old form");
        let help = format!("write `delete(@{}, key)`", map.name);
        c.problems.push(problem.help(help).warning());
    }
    if !map.entry && call.args.len() == 1 && map.key.is_some() {
        let problem = Diagnostic::new(
            Code::MixedMap,
            first.span,
            format!("`@{}` has keys: say which entry to delete", map.name),
            "a whole map",
        );
        let help =
            format!("write `delete(@{0}, key)`, or `clear(@{0})` for all entries", map.name);
        return c.refuse(problem.help(help));
    }
    if (map.entry || call.args.len() == 2) && !super::has_whole_entries(c, call) {
        return Ty::Void;
    }
    if map.key.is_none() && call.args.len() == 1 {
        (c.uses.events, c.uses.prints) = (true, true);
    }
    Ty::Bool
}

fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Some(first) = call.args.first() else { return l.b().constant(0) };
    let Some(map) = first.map() else { return l.b().constant(0) };
    if map.entry {
        let key = l.entry_key(first);
        return delete(l, call, map, key);
    }
    if call.args.len() == 2 {
        let key = l.key(map, &call.args[1..]);
        return delete(l, call, map, key);
    }
    // The only entry of an array can't be deleted: user space makes it zeros.
    let table = l.table(map);
    send(l, call, Action::Clear(table), &[]);
    l.b().constant(1)
}

fn delete(l: &mut dyn Lower, call: &Call, map: &MapArg, key: ValueId) -> ValueId {
    let table = l.table(map);
    let table = l.program().tables[table].clone();
    let result = crate::call_map(l, &table, Helper::MAP_DELETE_ELEM, &[key]);
    let watched = l.config().compat || l.config().watch == Watch::Warn;
    if watched && call.given == Given::Nothing {
        lose_if(l, result, LossKind::MissingEntry, Some(map));
    }
    l.b().bin_const(Bin::Eq, result, 0)
}
