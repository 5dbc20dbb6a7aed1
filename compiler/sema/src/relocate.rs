//! Moves code to other places: what a macro stands for belongs to its call.

use diag::Span;
use grammar::ast::{Block, Expr, ExprKind, If, Name, Stmt, StmtKind, TypeExpr, TypeKind};

use crate::walk::{self, Visit};

/// Gives a block, and all that is in it, the places that `place` says.
pub(crate) fn block(it: &mut Block, place: &dyn Fn(Span) -> Span) {
    let mut mover = Mover(place);
    mover.moves(&mut it.span);
    walk::block(&mut mover, it);
}

struct Mover<'m>(&'m dyn Fn(Span) -> Span);

impl Mover<'_> {
    fn moves(&self, span: &mut Span) {
        *span = (self.0)(*span);
    }

    fn branches(&self, it: &mut If) {
        for branch in &mut it.branches {
            self.moves(&mut branch.body.span);
        }
        if let Some(otherwise) = &mut it.otherwise {
            self.moves(&mut otherwise.span);
        }
    }
}

impl Visit for Mover<'_> {
    fn declared(&mut self, name: &mut Name) {
        self.moves(&mut name.span);
    }

    fn stmt(&mut self, it: &mut Stmt) {
        self.moves(&mut it.span);
        match &mut it.kind {
            StmtKind::Assign(it) => self.moves(&mut it.operator_span),
            StmtKind::If(it) => self.branches(it),
            StmtKind::While(it) => {
                self.moves(&mut it.keyword);
                self.moves(&mut it.body.span);
            }
            StmtKind::For(it) => {
                self.moves(&mut it.keyword);
                self.moves(&mut it.body.span);
            }
            StmtKind::Unroll(it) => {
                self.moves(&mut it.keyword);
                self.moves(&mut it.body.span);
            }
            StmtKind::Block(it) => self.moves(&mut it.span),
            StmtKind::Let(_)
            | StmtKind::Discard(_)
            | StmtKind::Expr(_)
            | StmtKind::Return(_)
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Import(_) => {}
        }
        walk::stmt_parts(self, it);
    }

    fn expr(&mut self, it: &mut Expr) {
        self.moves(&mut it.span);
        match &mut it.kind {
            ExprKind::Integer(it) => self.moves(&mut it.span),
            ExprKind::String(it) => self.moves(&mut it.span),
            ExprKind::Map(it) => {
                self.moves(&mut it.name.span);
                if let Some(keys) = &mut it.keys {
                    self.moves(&mut keys.span);
                }
            }
            ExprKind::Unary(it) => self.moves(&mut it.operator_span),
            ExprKind::Binary(it) => self.moves(&mut it.operator_span),
            ExprKind::Step(it) => self.moves(&mut it.operator_span),
            ExprKind::Call(it) => {
                self.moves(&mut it.name.span);
                self.moves(&mut it.args_span);
            }
            ExprKind::Field(it) => self.moves(&mut it.name.span),
            ExprKind::TupleIndex(it) => self.moves(&mut it.index_span),
            ExprKind::Block(it) => self.moves(&mut it.span),
            ExprKind::If(it) => self.branches(it),
            ExprKind::Record(fields) => {
                fields.iter_mut().for_each(|it| self.moves(&mut it.name.span));
            }
            ExprKind::Bool(_)
            | ExprKind::Name(_)
            | ExprKind::Variable(_)
            | ExprKind::Positional(_)
            | ExprKind::PositionalCount
            | ExprKind::Ternary(_)
            | ExprKind::Elvis(_)
            | ExprKind::Comptime(_)
            | ExprKind::Tuple(_)
            | ExprKind::Cast(_)
            | ExprKind::Type(_)
            | ExprKind::Index(_) => {}
        }
        walk::expr_parts(self, it);
    }

    fn ty(&mut self, it: &mut TypeExpr) {
        self.moves(&mut it.span);
        if let TypeKind::Struct(name) | TypeKind::Union(name) | TypeKind::Enum(name) =
            &mut it.kind
        {
            self.moves(&mut name.span);
        }
        walk::type_parts(self, it);
    }
}
