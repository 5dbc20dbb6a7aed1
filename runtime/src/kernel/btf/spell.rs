//! Types as C writes them, with the names that the kernel's source has: for people to read, not
//! for the compiler.

use super::{
    Btf, TypeId,
    raw::{Raw, RawKind},
};

/// How deeply types may contain each other: the kernel's reach 15.
const DEPTH: u32 = 64;

/// Types and names of what a function takes, and the type that it gives; none if `id` is no
/// function.
pub(super) fn function(btf: &Btf, id: TypeId) -> Option<(Vec<String>, Option<String>)> {
    let mut raw = btf.raw(id.number())?;
    // A typedef of a pointer to it, a pointer, or the function itself.
    while raw.kind != RawKind::Prototype {
        let leads_on = matches!(
            raw.kind,
            RawKind::Function | RawKind::Typedef | RawKind::Pointer | RawKind::Const
        );
        raw = leads_on.then(|| btf.raw(raw.size_or_type))??;
    }
    let returns = match raw.size_or_type {
        0 => None,
        id => Some(declare(btf, id, String::new(), 0)?),
    };
    let parameter = |[name, id]: [u32; 2]| {
        if id == 0 {
            return Some("...".to_owned());
        }
        beside(btf, id, btf.string(name)?)
    };
    Some((raw.groups().map(parameter).collect::<Option<_>>()?, returns))
}

/// Types and names of a struct's members.
pub(super) fn members(btf: &Btf, id: TypeId) -> Option<Vec<String>> {
    let raw = btf.raw(id.number())?;
    let member = |[name, id, _]: [u32; 3]| beside(btf, id, btf.string(name)?);
    raw.groups().map(member).collect()
}

/// A type, a blank, and a name: the name does not stand inside, as in `struct file * file`.
fn beside(btf: &Btf, id: u32, name: &str) -> Option<String> {
    let ty = declare(btf, id, String::new(), 0)?;
    Some(if name.is_empty() { ty } else { format!("{ty} {name}") })
}

/// The definition of a struct, union, enum or typedef, in lines.
pub(super) fn definition(btf: &Btf, id: TypeId) -> Option<String> {
    let raw = btf.raw(id.number())?;
    if raw.kind == RawKind::Typedef {
        let name = btf.string(raw.name)?.to_owned();
        return Some(format!("typedef {};", declare(btf, raw.size_or_type, name, 0)?));
    }
    Some(format!("{};", body(btf, &raw, 0)?))
}

fn keyword(raw: &Raw<'_>) -> &'static str {
    if matches!(raw.kind, RawKind::Enum | RawKind::Enum64) {
        "enum"
    } else if raw.kind == RawKind::Union || raw.kind == RawKind::Forward && raw.flag {
        "union"
    } else {
        "struct"
    }
}

/// `struct NAME { … }`, the lines inside with one more tab than `depth`.
fn body(btf: &Btf, raw: &Raw<'_>, depth: u32) -> Option<String> {
    if depth > DEPTH {
        return None;
    }
    let name = btf.string(raw.name)?;
    let mut out = keyword(raw).to_owned();
    if !name.is_empty() {
        out += &format!(" {name}");
    }
    out += " {\n";
    let tabs = "\t".repeat(depth as usize + 1);
    if matches!(raw.kind, RawKind::Enum | RawKind::Enum64) {
        let wide = if raw.flag { "LL" } else { "ULL" };
        let suffix = if raw.kind == RawKind::Enum64 { wide } else { "" };
        for (name, value) in raw.enumerators() {
            let value = if raw.flag || raw.kind == RawKind::Enum {
                value.to_string()
            } else {
                value.cast_unsigned().to_string()
            };
            out += &format!("{tabs}{} = {value}{suffix},\n", btf.string(name)?);
        }
    } else {
        for [name, id, offset] in raw.groups() {
            let bits = if raw.flag { offset >> 24 } else { 0 };
            let declared = declare(btf, id, btf.string(name)?.to_owned(), depth + 1)?;
            let width = if bits > 0 { format!(": {bits}") } else { String::new() };
            out += &format!("{tabs}{declared}{width};\n");
        }
    }
    out += &"\t".repeat(depth as usize);
    out.push('}');
    Some(out)
}

/// The declaration of `inner`, which is a name or nothing with what stands around it.
fn declare(btf: &Btf, id: u32, inner: String, depth: u32) -> Option<String> {
    if depth > DEPTH {
        return None;
    }
    if id == 0 {
        return Some(join("void", &inner));
    }
    let raw = btf.raw(id)?;
    match raw.kind {
        RawKind::Int | RawKind::Float | RawKind::Typedef => {
            Some(join(btf.string(raw.name)?, &inner))
        }
        RawKind::Struct
        | RawKind::Union
        | RawKind::Enum
        | RawKind::Enum64
        | RawKind::Forward => match btf.string(raw.name)? {
            "" => Some(join(&body(btf, &raw, depth)?, &inner)),
            name => Some(join(&format!("{} {name}", keyword(&raw)), &inner)),
        },
        RawKind::Pointer => {
            let inner = format!("*{inner}");
            let target = plain_kind(btf, raw.size_or_type);
            let binds = matches!(target, Some(RawKind::Array | RawKind::Prototype));
            let inner = if binds { format!("({inner})") } else { inner };
            declare(btf, raw.size_or_type, inner, depth + 1)
        }
        RawKind::Const => qualified(btf, &raw, ("const", inner), depth),
        RawKind::Volatile => qualified(btf, &raw, ("volatile", inner), depth),
        RawKind::Restrict => qualified(btf, &raw, ("restrict", inner), depth),
        RawKind::Array => {
            let (element, count) = (raw.word(0)?, raw.word(2)?);
            declare(btf, element, format!("{inner}[{count}]"), depth + 1)
        }
        RawKind::Prototype => {
            let (parameters, _) = function(btf, TypeId(id))?;
            let parameters =
                if parameters.is_empty() { "void".to_owned() } else { parameters.join(", ") };
            declare(btf, raw.size_or_type, format!("{inner}({parameters})"), depth + 1)
        }
        RawKind::Function
        | RawKind::Variable
        | RawKind::TypeTag
        | RawKind::DeclarationTag
        | RawKind::Section => declare(btf, raw.size_or_type, inner, depth + 1),
    }
}

/// A qualifier of a pointer stands behind its star, one of anything else before everything.
fn qualified(
    btf: &Btf,
    raw: &Raw<'_>,
    (word, inner): (&str, String),
    depth: u32,
) -> Option<String> {
    if plain_kind(btf, raw.size_or_type) == Some(RawKind::Pointer) {
        return declare(btf, raw.size_or_type, join(word, &inner), depth + 1);
    }
    Some(format!("{word} {}", declare(btf, raw.size_or_type, inner, depth + 1)?))
}

/// What a type is behind qualifiers and tags; none for void.
fn plain_kind(btf: &Btf, mut id: u32) -> Option<RawKind> {
    for _ in 0..DEPTH {
        let raw = btf.raw(id)?;
        let is_beside = matches!(
            raw.kind,
            RawKind::Const | RawKind::Volatile | RawKind::Restrict | RawKind::TypeTag
        );
        if !is_beside {
            return Some(raw.kind);
        }
        id = raw.size_or_type;
    }
    None
}

fn join(ty: &str, inner: &str) -> String {
    if inner.is_empty() || inner.starts_with('[') {
        format!("{ty}{inner}")
    } else {
        format!("{ty} {inner}")
    }
}
