//! Words of the vocabulary that are written in the language itself. The texts of those that a
//! program uses are parsed, and are macros from then on. What comes out of them stands, for every
//! message, where the call stands: nobody should have to read them.

use std::collections::BTreeSet;

use diag::{SourceId, Sources, Span};
use grammar::ast::{
    Block, Expr, ExprKind, Item, Macro, Name, Program, Stmt, StmtKind, TypeExpr, TypeKind,
};

use crate::walk::{self, Visit};

/// Where the texts of the prelude are: in no text of the program.
const NOWHERE: Span = Span { source: SourceId(u32::MAX), start: 0, end: 0 };

/// Whether a macro comes from the prelude.
pub(crate) fn is_own(it: &Macro) -> bool {
    it.span.source == NOWHERE.source
}

/// The macros of the prelude that `program` uses, and those that they use.
pub(crate) fn used(program: &Program) -> Vec<Macro> {
    let mut names = Names::default();
    for item in &program.items {
        match item {
            Item::Probe(probe) => walk::probe_parts(&mut names, &mut probe.clone()),
            Item::Macro(it) => walk::block(&mut names, &mut it.body.clone()),
            Item::Function(it) => walk::block(&mut names, &mut it.body.clone()),
            Item::C(_) | Item::Config(_) | Item::Import(_) | Item::Map(_) => {}
        }
    }
    let mut found = Vec::new();
    let mut known = BTreeSet::new();
    while let Some(name) = names.found.pop_first() {
        let Some(word) = stdlib::prelude::find(&name).filter(|_| known.insert(name)) else {
            continue;
        };
        for mut it in parse(word.text) {
            walk::block(&mut names, &mut it.body);
            move_to(&mut it.body, NOWHERE);
            (it.span, it.name.span) = (NOWHERE, NOWHERE);
            found.push(it);
        }
    }
    found
}

fn parse(text: &str) -> Vec<Macro> {
    let sources = Sources::new("prelude", text);
    let parsed = grammar::parse(&sources, SourceId(0));
    let items = parsed.program.items.into_iter();
    items.filter_map(|item| if let Item::Macro(it) = item { Some(it) } else { None }).collect()
}

/// Lets a block stand at `span`, with all that is in it.
pub(crate) fn move_to(block: &mut Block, span: Span) {
    let mut mover = Mover(span);
    block.span = span;
    walk::block(&mut mover, block);
}

/// Names that are used as builtins or functions are.
#[derive(Default)]
struct Names {
    found: BTreeSet<String>,
}

impl Visit for Names {
    fn expr(&mut self, it: &mut Expr) {
        if let ExprKind::Call(call) = &it.kind {
            self.found.insert(call.name.text.clone());
        } else if let ExprKind::Name(name) = &it.kind {
            self.found.insert(name.clone());
        }
        walk::expr_parts(self, it);
    }
}

struct Mover(Span);

impl Visit for Mover {
    fn declared(&mut self, name: &mut Name) {
        name.span = self.0;
    }

    fn stmt(&mut self, it: &mut Stmt) {
        it.span = self.0;
        if let StmtKind::Assign(assign) = &mut it.kind {
            assign.operator_span = self.0;
        } else if let StmtKind::If(branches) = &mut it.kind {
            for branch in &mut branches.branches {
                branch.body.span = self.0;
            }
        } else if let StmtKind::Let(it) = &mut it.kind
            && let Some(ty) = &mut it.ty
        {
            self.ty(ty);
        }
        walk::stmt_parts(self, it);
    }

    fn expr(&mut self, it: &mut Expr) {
        let span = self.0;
        it.span = span;
        match &mut it.kind {
            ExprKind::Integer(it) => it.span = span,
            ExprKind::String(it) => it.span = span,
            ExprKind::Map(it) => {
                it.name.span = span;
                if let Some(keys) = &mut it.keys {
                    keys.span = span;
                }
            }
            ExprKind::Unary(it) => it.operator_span = span,
            ExprKind::Binary(it) => it.operator_span = span,
            ExprKind::Step(it) => it.operator_span = span,
            ExprKind::Call(it) => (it.name.span, it.args_span) = (span, span),
            ExprKind::Cast(it) => self.ty(&mut it.ty),
            ExprKind::Field(it) => it.name.span = span,
            ExprKind::TupleIndex(it) => it.index_span = span,
            ExprKind::Block(it) => it.span = span,
            ExprKind::Record(fields) => fields.iter_mut().for_each(|it| it.name.span = span),
            ExprKind::Type(it) => self.ty(it),
            ExprKind::Bool(_)
            | ExprKind::Name(_)
            | ExprKind::Variable(_)
            | ExprKind::Positional(_)
            | ExprKind::PositionalCount
            | ExprKind::Ternary(_)
            | ExprKind::Elvis(_)
            | ExprKind::If(_)
            | ExprKind::Comptime(_)
            | ExprKind::Tuple(_)
            | ExprKind::Index(_) => {}
        }
        walk::expr_parts(self, it);
    }
}

impl Mover {
    fn ty(&self, it: &mut TypeExpr) {
        it.span = self.0;
        match &mut it.kind {
            TypeKind::Struct(name) | TypeKind::Union(name) | TypeKind::Enum(name) => {
                name.span = self.0;
            }
            TypeKind::Pointer(to) => self.ty(to),
            TypeKind::Array(of, _) => self.ty(of),
            TypeKind::Named(_) | TypeKind::Typeof(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_text_is_macros_of_its_name() {
        for word in stdlib::prelude::ALL {
            let macros = super::parse(word.text);
            assert!(!macros.is_empty(), "{}", word.name);
            assert!(macros.iter().all(|it| it.name.text == word.name), "{}", word.name);
            let rows = stdlib::functions::find(word.name);
            assert!(rows.or(stdlib::builtins::find(word.name)).is_none(), "{}", word.name);
        }
    }
}
