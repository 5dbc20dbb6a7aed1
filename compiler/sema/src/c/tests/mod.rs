//! C as it is read: against gcc, against texts and what they mean, against garbled texts.

mod garbled;
mod generate;
mod layouts;
mod meaning;
mod mistakes;

use diag::{Diagnostic, SourceId, Span};
use ir::Ty;

use super::{Declarations, Environment, Include};

fn span_of(text: &str) -> Span {
    Span { source: SourceId(0), start: 0, end: text.len() as u32 }
}

/// What a text defines, with a kernel that has one struct and one typedef.
fn read(text: &str) -> (Declarations, Vec<Diagnostic>) {
    let unknown = |name: &str| match name {
        "kernel_t" => Some(Ty::U32),
        "struct kernel" => Some(Ty::Record(std::sync::Arc::new(ir::Record {
            name: Some("struct kernel".to_owned()),
            fields: Vec::new(),
            size: 24,
            align: 8,
        }))),
        _ => None,
    };
    let include = |include: &Include| {
        let text = (include.path == "own.h").then_some("#define FROM_HEADER 7\n")?;
        Some((Span { source: SourceId(1), ..span_of(text) }, text.to_owned()))
    };
    let environment = Environment {
        defined: &[("BPFTRACE_HAVE_BTF", "1")],
        unknown: &unknown,
        constant: &|name| (name == "KERNEL_LIMIT").then_some(5),
        include: &include,
    };
    let mut problems = Vec::new();
    let found = super::declarations(&[(span_of(text), text)], &environment, &mut problems);
    (found, problems)
}
