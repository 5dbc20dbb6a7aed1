//! `cgroup_path(id [, filter])`, `cgroupid("path")`: control groups.

use diag::{Code, Diagnostic};
use ir::{Coded, Ty};

use super::{Takes, Word};
use crate::{Call, Check, Literal, probes::matches};

pub(super) const CGROUP_PATH: Word = Word {
    name: "cgroup_path",
    usage: "cgroup_path(id [, \"hierarchy\"])",
    summary: "Path of a control group in each hierarchy that has one of that id, looked up when printed.",
    example: "profile:hz:99 { @[cgroup_path(cgroup, \"unified\")] = count(); }",
    arity: (1, 2),
    takes: Takes::Values,
    check: path_check,
    lower: |l, call| match call.args.first() {
        Some(arg) => l.value(arg),
        None => l.b().constant(0),
    },
};

pub(super) const CGROUPID: Word = Word {
    name: "cgroupid",
    usage: "cgroupid(\"path\")",
    summary: "Id of the control group at a path below `/sys/fs/cgroup`.",
    example: "profile:hz:99 /cgroup == cgroupid(\"/sys/fs/cgroup\")/ { @ = count(); }",
    arity: (1, 1),
    takes: Takes::Values,
    check: id_check,
    lower: |l, _| l.b().constant(0),
};

fn path_check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(id) = call.args.first() else { return Ty::Void };
    if !id.is_integer() {
        return c.wrong_type(call, id, "an integer", "write `cgroup_path(cgroup)`");
    }
    let Some(filter) = call.args.get(1) else {
        return Ty::Coded(Coded::ControlGroup(u32::MAX));
    };
    let Some(text) = filter.text() else {
        let help = "write `cgroup_path(cgroup, \"unified\")`";
        return c.wrong_type(call, filter, "a literal string", help);
    };
    let text = String::from_utf8_lossy(text).into_owned();
    let all = c.kernel.hierarchies();
    let fitting = all.iter().enumerate().filter(|(_, name)| matches(&text, name));
    let mask = fitting.fold(0, |mask, (number, _)| mask | 1u32.unbounded_shl(number as u32));
    if mask == 0 {
        let title = format!("no hierarchy of control groups is called `{text}`");
        let problem = Diagnostic::new(Code::NoMatch, filter.span, title, "not mounted");
        let help = match all.as_slice() {
            [] => "none is mounted".to_owned(),
            names => format!("there are {}", names.join(", ")),
        };
        c.problems.push(problem.help(help).warning());
    }
    Ty::Coded(Coded::ControlGroup(mask))
}

fn id_check(c: &mut Check<'_>, call: &Call) -> Ty {
    let Some(arg) = call.args.first() else { return Ty::Void };
    let Some(text) = arg.text() else {
        let help = "write `cgroupid(\"/sys/fs/cgroup/system.slice\")`";
        return c.wrong_type(call, arg, "a literal string", help);
    };
    let path = String::from_utf8_lossy(text).into_owned();
    match c.kernel.cgroup_id(&path) {
        Some(id) => c.known(Literal::Int(id.cast_signed()), Ty::U64),
        None => {
            let title = format!("there is no control group at `{path}`");
            let problem = Diagnostic::new(Code::NoMatch, arg.span, title, "not found");
            let help = "give the full path of a directory below /sys/fs/cgroup";
            let compat = format!("Failed to get `cgroup` hierarchy for path `{path}`");
            c.refuse(problem.help(help).compat(compat))
        }
    }
}
