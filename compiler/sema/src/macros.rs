//! Macros: a call stands for the macro's body, with its parameters replaced and its own variables
//! renamed, so that they meet none of the caller's.

mod problems;
mod replace;

use std::collections::BTreeMap;

use diag::{Diagnostic, Sources, Span};
use grammar::ast::{Block, Call, Expr, ExprKind, Macro, MacroParamKind, Probe, Stmt, StmtKind};
use stdlib::{aggregations, builtins, functions};

use crate::{
    prelude, relocate,
    walk::{self, Visit},
};
use problems::{defined_twice, endless, hides_builtin, named_twice, no_match};
use replace::{Replacement, without_suffixes};

/// Deepest chain of macros that call each other; a longer one calls itself.
const DEEPEST: usize = 64;

/// The macros of a program.
#[derive(Debug, Default)]
pub(crate) struct Macros<'a> {
    by_name: BTreeMap<&'a str, Vec<&'a Macro>>,
    /// How many calls were expanded: makes names of variables unique.
    calls: usize,
}

impl<'a> Macros<'a> {
    /// Adds a macro; a later one with the same parameters hides an earlier one of another text.
    pub(crate) fn add(&mut self, it: &'a Macro, problems: &mut Vec<Diagnostic>) {
        problems.extend(it.params.iter().filter_map(hides_builtin));
        problems.extend(named_twice(it));
        let known = self.by_name.entry(it.name.text.as_str()).or_default();
        let same = |other: &&&Macro| {
            other.span.source == it.span.source
                && !prelude::is_own(it)
                && other.params.iter().map(|it| it.kind).eq(it.params.iter().map(|it| it.kind))
        };
        if let Some(first) = known.iter().find(same) {
            problems.push(defined_twice(it, first));
        }
        known.push(it);
    }

    /// Where the program's first macro called `name` is defined.
    pub(crate) fn place(&self, name: &str) -> Option<Span> {
        let known = self.by_name.get(name)?;
        known.iter().find(|it| !prelude::is_own(it)).map(|it| it.name.span)
    }

    /// Replaces every call of a macro in a probe.
    pub(crate) fn expand(
        &mut self,
        probe: &mut Probe,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) {
        if self.by_name.is_empty() {
            return;
        }
        let mut expander = Expander { macros: self, sources, problems, chain: Vec::new() };
        walk::probe_parts(&mut expander, probe);
    }

    /// The same in the body of a function.
    pub(crate) fn expand_block(
        &mut self,
        body: &mut Block,
        sources: &mut Sources,
        problems: &mut Vec<Diagnostic>,
    ) {
        if self.by_name.is_empty() {
            return;
        }
        let mut expander = Expander { macros: self, sources, problems, chain: Vec::new() };
        walk::block(&mut expander, body);
    }
}

/// Lets a problem speak of macros' own variables by the names that they are written with.
pub(crate) fn as_written(problem: &mut Diagnostic) {
    let mut texts = vec![&mut problem.title, &mut problem.primary.text];
    texts.extend(problem.related.iter_mut().map(|label| &mut label.text));
    texts.extend(problem.help.iter_mut().chain(&mut problem.compat));
    texts.into_iter().for_each(|text| *text = without_suffixes(text));
}

struct Expander<'e, 'a> {
    macros: &'e mut Macros<'a>,
    sources: &'e mut Sources,
    problems: &'e mut Vec<Diagnostic>,
    /// The macros that the code at hand comes from.
    chain: Vec<&'a Macro>,
}

impl Visit for Expander<'_, '_> {
    fn stmt(&mut self, stmt: &mut Stmt) {
        let StmtKind::Expr(expr) = &mut stmt.kind else { return walk::stmt_parts(self, stmt) };
        // Arguments are the caller's code: they come first, and are no part of the macro.
        walk::expr_parts(self, expr);
        let Some((mut body, chain)) = self.called(expr) else { return };
        // Nobody looks at the value.
        if let Some(value) = body.value.take() {
            body.stmts.push(Stmt { span: value.span, kind: StmtKind::Expr(*value) });
        }
        self.inside(chain, |it| walk::block(it, &mut body));
        stmt.kind = StmtKind::Block(body);
    }

    fn expr(&mut self, expr: &mut Expr) {
        walk::expr_parts(self, expr);
        let Some((mut body, chain)) = self.called(expr) else { return };
        self.inside(chain, |it| walk::block(it, &mut body));
        expr.kind = ExprKind::Block(Box::new(body));
    }
}

impl<'a> Expander<'_, 'a> {
    fn inside(&mut self, next: &'a Macro, run: impl FnOnce(&mut Self)) {
        self.chain.push(next);
        run(self);
        self.chain.pop();
    }

    /// The body that a call of a macro stands for.
    fn called(&mut self, expr: &Expr) -> Option<(Block, &'a Macro)> {
        let (name, args) = if let ExprKind::Call(Call { name, args, .. }) = &expr.kind {
            (name.text.as_str(), args.as_slice())
        } else if let ExprKind::Name(name) = &expr.kind {
            (name.as_str(), &[][..])
        } else {
            return None;
        };
        let known = self.macros.by_name.get(name)?.clone();
        let bare = matches!(expr.kind, ExprKind::Name(_));
        if bare && !known.iter().any(|it| it.params.is_empty()) {
            return None;
        }
        // The one that says most about its parameters, of these the last.
        let fitting = known.iter().copied().filter(|it| fits(it, args));
        let found = fitting.max_by_key(|it| says(it));
        let Some(found) = found else {
            if is_word(name) {
                // Meant is perhaps the word, which the program's macros only add to.
                return None;
            }
            self.problems.push(no_match(&known, name, args, expr.span));
            return Some((empty(expr.span), known[0]));
        };
        let again = self.chain.iter().position(|it| std::ptr::eq(*it, found));
        if self.chain.len() >= DEEPEST || again.is_some() {
            let chain = &self.chain[again.unwrap_or_default()..];
            self.problems.push(endless(chain, found, expr.span));
            return Some((empty(expr.span), found));
        }
        self.macros.calls += 1;
        let mut body = found.body.clone();
        if prelude::is_own(found) {
            prelude::move_to(&mut body, expr.span);
        } else {
            // A text of its own, so that messages can tell how it came there.
            let source = self.sources.expand(found.span.source, expr.span);
            relocate::block(&mut body, &|span| Span { source, ..span });
        }
        let mut replaced = Replacement {
            of: found,
            args,
            suffix: format!("'{}", self.macros.calls),
            problems: self.problems,
        };
        walk::block(&mut replaced, &mut body);
        Some((body, found))
    }
}

fn empty(span: Span) -> Block {
    Block { span, stmts: Vec::new(), value: None }
}

/// Whether the arguments are what the parameters want.
fn fits(it: &Macro, args: &[Expr]) -> bool {
    let pairs = it.params.iter().zip(args);
    it.params.len() == args.len() && pairs.clone().all(|(param, arg)| suits(param.kind, arg))
}

/// How many parameters take only variables or only maps.
fn says(it: &Macro) -> usize {
    it.params.iter().filter(|param| param.kind != MacroParamKind::Expr).count()
}

/// Whether the language has a word of that name that is no macro.
fn is_word(name: &str) -> bool {
    functions::find(name).is_some()
        || builtins::find(name).is_some()
        || aggregations::find(name).is_some()
}

fn suits(kind: MacroParamKind, arg: &Expr) -> bool {
    match kind {
        MacroParamKind::Expr => true,
        MacroParamKind::Variable => matches!(arg.kind, ExprKind::Variable(_)),
        MacroParamKind::Map => {
            matches!(&arg.kind, ExprKind::Map(access) if access.keys.is_none())
        }
    }
}
