//! `getopt(name [, default [, description]])`

use diag::{Code, Diagnostic};
use ir::Ty;

use super::{Takes, Word};
use crate::{Arg, ArgKind, Call, Check};

pub(super) const GETOPT: Word = Word {
    name: "getopt",
    usage: "getopt(name [, default [, description]])",
    summary: "The value of the script's own option, given as `-- --name=value`; its type is the default's.",
    example: "begin { $top = getopt(\"top\", 10, \"how many to print\"); print($top); exit(); }",
    arity: (1, 3),
    takes: Takes::Values,
    check,
    // Calls that are right have become their values before they are checked.
    lower: |l, _| l.b().constant(0),
};

/// Says what is wrong: a call that is right never comes here.
fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let is_literal = |arg: &Arg| matches!(arg.kind, ArgKind::Literal(_));
    let [name, rest @ ..] = call.args.as_slice() else { return Ty::Void };
    if name.text().is_none_or(<[u8]>::is_empty) {
        return wrong(
            c,
            name,
            "the name of an option is a literal text",
            "`getopt(\"name\", 10)`",
        );
    }
    match rest {
        [default, ..] if !is_literal(default) => {
            let title = "the default of an option is a literal";
            wrong(c, default, title, "a number, `true`, `false` or a text")
        }
        [_, description] if description.text().is_none() => {
            let title = "the description of an option is a literal text";
            wrong(c, description, title, "`getopt(\"name\", 10, \"what it is\")`")
        }
        _ => {
            let title = "this call of `getopt` can't be read";
            wrong(c, name, title, "`getopt(\"name\", 10)`")
        }
    }
}

fn wrong(c: &mut Check<'_>, arg: &Arg, title: &str, write: &str) -> Ty {
    let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, "known only later");
    c.refuse(problem.help(format!("write {write}")))
}
