//! `tracepoint`

use ir::{Access, Attach, Field, Phase, ProgramKind, Sign, Space, Ty, Width};

use super::{
    ArgsSource, Expand, Expanded, Form, Listing, Offers, ProbeType, Request, details,
    form::form, no_match,
};
use crate::{TracepointField, TracepointFormat, nearest};

pub(super) const TRACEPOINT: ProbeType = ProbeType {
    name: "tracepoint",
    aliases: &["t"],
    usage: "tracepoint:CATEGORY:EVENT",
    summary: "A place in the kernel that its developers keep stable, with named fields in `args`.",
    example: "tracepoint:syscalls:sys_enter_openat { @[str(args.filename)] = count(); }",
    parts: (2, 2),
    expand,
    list: |kernel, parts| {
        let (category, event) = match parts {
            [] => ("*", "*"),
            [event] => ("*", *event),
            [category, event, ..] => (*category, *event),
        };
        let names = kernel.tracepoints(category, event)?;
        Ok(names
            .into_iter()
            .map(|(category, event)| format!("tracepoint:{category}:{event}"))
            .collect())
    },
    listing: Listing::Always,
    details: details::tracepoint,
    forms: FORMS,
};

#[rustfmt::skip]
const FORMS: &[Form] = &[
        form("tracepoint:CATEGORY:EVENT"),
        form("tracepoint:CATEGORY:GLOB"),
        form("tracepoint:GLOB:GLOB"),
];

fn expand(x: &mut Expand<'_>, request: &Request<'_>) -> Vec<Expanded> {
    let (category, event) = (request.text(0), request.text(1));
    let answer = x.kernel.tracepoints(category, event);
    let Some(found) = x.answer(request.span, answer) else { return Vec::new() };
    if found.is_empty() {
        let problem = not_found(x, request, category, event);
        return x.refuse(problem);
    }
    found.into_iter().map(|(category, event)| one(x, category, event)).collect()
}

fn one(x: &Expand<'_>, category: String, event: String) -> Expanded {
    let raw = x.kernel.is_raw_tracepoint(&category, &event);
    let cheaper = raw
        .then(|| (ProgramKind::RawTracepoint, Attach::RawTracepoint { name: event.clone() }));
    // The arguments of system calls are the process's pointers, all others the kernel's.
    let space = if category == "syscalls" { Space::User } else { Space::Kernel };
    let args =
        Some(ArgsSource::Tracepoint { category: category.clone(), event: event.clone() });
    Expanded {
        name: format!("tracepoint:{category}:{event}"),
        attach: Attach::Tracepoint { category, event },
        cheaper,
        phase: Phase::Trace,
        offers: Offers { args, space, ..Offers::plain(ProgramKind::Tracepoint, "tracepoint") },
    }
}

fn not_found(
    x: &Expand<'_>,
    request: &Request<'_>,
    category: &str,
    event: &str,
) -> diag::Diagnostic {
    let all = x.kernel.tracepoints("*", "*").unwrap_or_default();
    let known = all.iter().any(|(name, _)| super::matches(category, name));
    let same = all.iter().filter(|(name, _)| name == category);
    let near = nearest(event, same.map(|(_, name)| name.as_str()))
        .map(|near| format!("{category}:{near}"))
        .or_else(|| {
            let (category, event) = all.iter().find(|(_, name)| name == event)?;
            Some(format!("{category}:{event}"))
        })
        .or_else(|| {
            let near = nearest(category, all.iter().map(|(name, _)| name.as_str()))?;
            (near != category).then(|| format!("{near}:{event}"))
        })
        .or_else(|| {
            let near = nearest(event, all.iter().map(|(_, name)| name.as_str()))?;
            let (category, event) = all.iter().find(|(_, name)| name == near)?;
            Some(format!("{category}:{event}"))
        });
    no_match(request, usize::from(known), "tracepoint", near)
}

/// The fields that `args` has: those of the format file but for the common ones.
pub fn tracepoint_fields(format: &TracepointFormat, source: &ArgsSource) -> Vec<Field> {
    let of_syscall = matches!(
        source,
        ArgsSource::Tracepoint { category, .. } if category == "syscalls"
    );
    let space = if of_syscall { Space::User } else { Space::Kernel };
    let shown = format.fields.iter().filter(|field| !name_of(field).starts_with("common_"));
    shown.map(|field| read_field(field, space)).collect()
}

/// The declared name: the last word, before any `[…]`.
fn name_of(field: &TracepointField) -> &str {
    let declaration = field.declaration.split('[').next().unwrap_or_default().trim_end();
    if declaration.contains(' ') || declaration.contains('*') {
        let word = declaration.rsplit([' ', '*']).next().unwrap_or_default();
        return word;
    }
    declaration
}

fn read_field(field: &TracepointField, space: Space) -> Field {
    let text = field.declaration.as_str();
    let (access, text) =
        match (text.strip_prefix("__data_loc "), text.strip_prefix("__rel_loc ")) {
            (Some(rest), _) => (Access::DataLoc, rest),
            (None, Some(rest)) => (Access::RelLoc, rest),
            (None, None) => (Access::Plain, text),
        };
    // `__data_loc char[] name` has its brackets before the name.
    let name = text.trim_end().rsplit([' ', '*', ']']).next().unwrap_or_default();
    let name = if access == Access::Plain { name_of(field) } else { name };
    let ty = if access == Access::Plain {
        plain(field, text, space)
    } else {
        // The data follow the record, which is in the kernel's memory.
        Ty::Ptr(Box::new(Ty::Int(Width::W8, Sign::Signed)), Space::Kernel)
    };
    Field { name: name.to_owned(), ty, offset: field.offset, bits: None, access }
}

fn plain(field: &TracepointField, text: &str, space: Space) -> Ty {
    let sign = if field.signed { Sign::Signed } else { Sign::Unsigned };
    if let Some((element, rest)) = text.split_once('[') {
        let count: u32 =
            rest.split(']').next().and_then(|n| n.trim().parse().ok()).unwrap_or(0);
        if count == 0 || element.contains('*') {
            return Ty::Array(Box::new(Ty::Int(Width::W8, sign)), field.size);
        }
        let is_text = element.split_whitespace().next() == Some("char");
        if is_text && field.size == count {
            return Ty::Str(count);
        }
        let width = Width::from_bytes(field.size / count).unwrap_or(Width::W8);
        return Ty::Array(Box::new(Ty::Int(width, sign)), field.size / width.bytes());
    }
    if let Some((to, _)) = text.rsplit_once('*') {
        let to = to.trim().trim_start_matches("const ").trim();
        let pointee = match to {
            "char" => Ty::Int(Width::W8, Sign::Signed),
            _ if to.starts_with("struct ") || to.starts_with("union ") => Ty::Opaque(to.into()),
            _ => Ty::Void,
        };
        return Ty::Ptr(Box::new(pointee), space);
    }
    match Width::from_bytes(field.size) {
        Some(width) => Ty::Int(width, sign),
        None => Ty::Array(Box::new(Ty::Int(Width::W8, Sign::Unsigned)), field.size),
    }
}

#[cfg(test)]
mod tests {
    use super::{ArgsSource, tracepoint_fields};
    use crate::{TracepointField, TracepointFormat};

    #[test]
    fn declarations_are_read() {
        let field = |declaration: &str, size| TracepointField {
            declaration: declaration.to_owned(),
            offset: 8,
            size,
            signed: declaration.starts_with("int"),
        };
        let declarations = [
            ("unsigned short common_type", 2),
            ("const char * filename", 8),
            ("char comm[16]", 16),
            ("__data_loc char[] name", 4),
            ("unsigned long args[6]", 48),
            ("int flags", 8),
            ("struct page *page", 8),
        ];
        let fields = declarations.map(|(text, size)| field(text, size)).to_vec();
        let source = ArgsSource::Tracepoint { category: "syscalls".into(), event: "x".into() };
        let read = tracepoint_fields(&TracepointFormat { id: 1, fields }, &source);
        let shown: Vec<_> = read.iter().map(|f| format!("{} {}", f.ty, f.name)).collect();
        let expected = [
            "int8 * filename",
            "string[16] comm",
            "int8 * name",
            "uint64[6] args",
            "int64 flags",
            "struct page * page",
        ];
        assert_eq!(shown, expected);
    }
}
