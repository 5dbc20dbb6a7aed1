//! `offsetof(type, field.field)`

use diag::{Code, Diagnostic};
use ir::{Access, Ty};

use super::{Takes, Word};
use crate::{Call, Check, Literal, article, record};

pub(super) const OFFSETOF: Word = Word {
    name: "offsetof",
    usage: "offsetof(struct or value, field)",
    summary: "Bytes before a field of a struct; the field may be one of a field: `a.b`.",
    example: "begin { print(offsetof(struct file, f_path.dentry)); exit(); }",
    arity: (2, 2),
    takes: Takes::Types,
    check,
    // Known before it runs.
    lower: |l, _| l.b().constant(0),
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let [of, path] = call.args.as_slice() else { return Ty::Void };
    let mut ty = if let Ty::Ptr(to, _) = &of.ty { (**to).clone() } else { of.ty.clone() };
    let text = String::from_utf8_lossy(path.text().unwrap_or_default()).into_owned();
    let mut offset = 0;
    for name in text.split('.') {
        if let Ty::Opaque(known) = &ty
            && let Ok(Some(complete)) = c.kernel.c_type(known)
        {
            ty = complete;
        }
        let Ty::Record(outer) = &ty else {
            let title = format!("{} has no fields", article(&ty));
            let problem =
                Diagnostic::new(Code::UnknownField, path.span, title, "no such field");
            let problem =
                problem.related(of.span, "of this").compat(format!("'{ty}' is not a C type."));
            return c.refuse(problem.help("write `offsetof(struct file, f_path)`"));
        };
        let Some(field) = outer.fields.iter().find(|field| field.name == name) else {
            return c.refuse(record::unknown_field(outer, name, path.span, of.span));
        };
        if field.bits.is_some() || field.access != Access::Plain {
            let title = format!("`{name}` is no whole number of bytes from the start");
            let problem =
                Diagnostic::new(Code::WrongArgument, path.span, title, "not at a byte");
            return c
                .refuse(problem.help("bit-fields and dynamic data have no offset in bytes"));
        }
        offset += field.offset;
        ty = field.ty.clone();
    }
    c.known(Literal::Int(i64::from(offset)), Ty::U64)
}
