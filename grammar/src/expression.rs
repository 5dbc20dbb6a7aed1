//! An expression that stands alone: what a `#define` of C stands for.

use diag::{SourceId, Span};

use crate::ast::{Expr, Item, StmtKind};
use crate::brackets;
use crate::build::Build;
use crate::language::ItemParser;
use crate::scan;
use crate::shape;

/// What makes a program of an expression.
const BEFORE: &str = "begin{_=(";
const AFTER: &str = ");}";

/// The expression that is all of `text`, which is the source called `id`; none if it is not one.
pub fn expression(id: SourceId, text: &str) -> Option<Expr> {
    if text.trim().is_empty() {
        // In parentheses this would be a tuple.
        return None;
    }
    let program = format!("{BEFORE}{text}{AFTER}");
    let scanned = scan::scan(id, &program);
    if !scanned.problems.is_empty() {
        return None;
    }
    let mut problems = Vec::new();
    let tokens = brackets::balance(&scanned.tokens, &program, &mut problems)?;
    let tokens = shape::shape(tokens, &program);
    // Places are those of the expression alone.
    let at = |place: u32| {
        let inside = (place as usize).saturating_sub(BEFORE.len());
        inside.min(text.len()) as u32
    };
    let stream = tokens.iter().map(|it| Ok((at(it.span.start), it.token, at(it.span.end))));
    let mut build = Build::new(id);
    let item = ItemParser::new().parse(&mut build, stream).ok()??;
    let Item::Probe(probe) = item else { return None };
    let [stmt] = probe.body.stmts.as_slice() else { return None };
    let StmtKind::Discard(expr) = &stmt.kind else { return None };
    let whole = Span { source: id, start: 0, end: text.len() as u32 };
    let good = problems.is_empty() && build.problems.is_empty();
    good.then(|| Expr { span: whole, ..expr.clone() })
}
