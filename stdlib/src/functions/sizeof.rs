//! `sizeof(type)` and `sizeof(value)`

use diag::{Code, Diagnostic};
use ir::Ty;

use super::{Takes, Word};
use crate::{Call, Check, Literal, article};

pub(super) const SIZEOF: Word = Word {
    name: "sizeof",
    usage: "sizeof(type or value)",
    summary: "Bytes of a type, or of the type of a value, which is not worked out.",
    example: "begin { print(sizeof(struct task_struct)); $x = (1, 2); print(sizeof($x)); exit(); }",
    arity: (1, 1),
    takes: Takes::Types,
    check,
    // Known before it runs.
    lower: |l, _| l.b().constant(0),
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let [arg, ..] = call.args.as_slice() else { return Ty::Void };
    if matches!(arg.ty, Ty::Void | Ty::Opaque(_)) {
        let title = format!("`sizeof` does not know the size of {}", article(&arg.ty));
        let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, "no size");
        return c.refuse(problem.help("give it a type with a size, or a value of one"));
    }
    c.known(Literal::Int(i64::from(arg.ty.size())), Ty::U64)
}
