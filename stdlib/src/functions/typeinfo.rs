//! `typeinfo(type)` and `typeinfo(value)`

use ir::{Sign, Ty, Width};

use super::{Takes, Word};
use crate::{Call, Check, Literal};

pub(super) const TYPEINFO: Word = Word {
    name: "typeinfo",
    usage: "typeinfo(type or value)",
    summary: "What is known of a type: `.btf_id`, its number in the kernel or 0; `.base_type`, its kind; `.full_type`, its name.",
    example: "config = { unstable_typeinfo = enable } begin { print(typeinfo(pid).full_type); exit(); }",
    arity: (1, 1),
    takes: Takes::Types,
    check,
    // Known before it runs.
    lower: |l, _| l.b().constant(0),
};

fn check(c: &mut Check<'_>, call: &Call) -> Ty {
    let [arg, ..] = call.args.as_slice() else { return Ty::Void };
    if !c.needs_stable(call, "unstable_typeinfo", c.config.unstable_typeinfo) {
        return Ty::Void;
    }
    let id = c_name(&arg.ty).and_then(|name| c.kernel.type_id(&name)).unwrap_or(0);
    let text = |text: &str| Literal::Str(text.as_bytes().to_vec());
    c.known_record(vec![
        ("btf_id", Literal::Int(i64::from(id))),
        ("base_type", text(base(&arg.ty))),
        ("full_type", text(&arg.ty.to_string())),
    ])
}

/// How the kernel's C code calls a type.
fn c_name(ty: &Ty) -> Option<String> {
    match ty {
        Ty::Record(record) => record.name.clone(),
        Ty::Enum(shape) => Some(format!("enum {}", shape.name)),
        Ty::Opaque(name) => Some(name.to_string()),
        Ty::Bool => Some("_Bool".to_owned()),
        Ty::Int(width, sign) => {
            let name = match (width, sign) {
                (Width::W8, Sign::Signed) => "signed char",
                (Width::W8, Sign::Unsigned) => "unsigned char",
                (Width::W16, Sign::Signed) => "short",
                (Width::W16, Sign::Unsigned) => "unsigned short",
                (Width::W32, Sign::Signed) => "int",
                (Width::W32, Sign::Unsigned) => "unsigned int",
                (Width::W64, Sign::Signed) => "long",
                (Width::W64, Sign::Unsigned) => "unsigned long",
            };
            Some(name.to_owned())
        }
        Ty::Void
        | Ty::Str(_)
        | Ty::Bytes(_)
        | Ty::Tuple(_)
        | Ty::Array(..)
        | Ty::Ptr(..)
        | Ty::Coded(_)
        | Ty::Packed(_)
        | Ty::Reduced(_) => None,
    }
}

/// The kind of a type, in one word.
const fn base(ty: &Ty) -> &'static str {
    match ty {
        Ty::Void => "void",
        Ty::Bool => "bool",
        Ty::Int(..) => "int",
        Ty::Enum(_) => "enum",
        Ty::Str(_) => "string",
        Ty::Bytes(_) => "buffer",
        Ty::Tuple(_) => "tuple",
        Ty::Record(_) | Ty::Opaque(_) => "record",
        Ty::Array(..) => "array",
        Ty::Ptr(..) => "pointer",
        Ty::Coded(_) | Ty::Packed(_) => "named number",
        Ty::Reduced(_) => "aggregation",
    }
}
