//! What may stand where at the top level.

use diag::{Code, Diagnostic, Span};

use crate::ast::{Item, Program};

/// Finds the items that stand behind what they should stand before, and second `config` blocks.
pub(crate) fn check(program: &Program) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let (mut config, mut started) = (None::<Span>, None::<Span>);
    for item in &program.items {
        match item {
            Item::Config(it) => {
                let head = Span { end: it.span.start + "config".len() as u32, ..it.span };
                if let Some(first) = config {
                    problems.push(twice(head, first));
                } else if let Some(before) = started {
                    problems.push(late(head, before, "`config`", "config"));
                }
                config = config.or(Some(head));
            }
            Item::Import(it) => {
                if let Some(before) = started {
                    problems.push(late(it.span, before, "imports", "root imports"));
                }
            }
            Item::Probe(it) => {
                started = started.or(it.points.first().map(|point| point.span));
            }
            Item::Macro(it) => started = started.or(Some(it.name.span)),
            Item::Function(it) => started = started.or(Some(it.name.span)),
            Item::C(_) | Item::Map(_) => {}
        }
    }
    problems
}

fn twice(span: Span, first: Span) -> Diagnostic {
    let title = "there is more than one `config` block";
    Diagnostic::new(Code::Misplaced, span, title, "the second one")
        .related(first, "the first one")
        .help("put all settings into one block")
        .compat("syntax: duplicate config block")
}

fn late(span: Span, before: Span, what: &str, compat: &str) -> Diagnostic {
    let verb = if what.ends_with('`') { "stands" } else { "stand" };
    let title = format!("{what} {verb} before probes and functions");
    Diagnostic::new(Code::Misplaced, span, title, "this comes too late")
        .related(before, "this stands before it")
        .help("move it to the top of the program")
        .compat(format!("syntax: {compat} must appear before probes and functions"))
}
