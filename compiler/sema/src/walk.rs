//! Visits the parts of a syntax tree, so that passes need not know all its shapes.

use grammar::ast::{
    Block, Expr, ExprKind, ForOver, If, Name, Probe, Stmt, StmtKind, TypeExpr, TypeKind,
};

/// A pass over a tree. What it does not say is left as it is, and its parts are visited.
pub(crate) trait Visit {
    /// Meets an expression.
    fn expr(&mut self, it: &mut Expr) {
        expr_parts(self, it);
    }

    /// Meets a statement.
    fn stmt(&mut self, it: &mut Stmt) {
        stmt_parts(self, it);
    }

    /// Meets a type.
    fn ty(&mut self, it: &mut TypeExpr) {
        type_parts(self, it);
    }

    /// Meets the name of a variable that is declared.
    fn declared(&mut self, _name: &mut Name) {}
}

/// Visits a probe's predicate and statements.
pub(crate) fn probe_parts<V: Visit + ?Sized>(v: &mut V, probe: &mut Probe) {
    if let Some(predicate) = &mut probe.predicate {
        v.expr(predicate);
    }
    block(v, &mut probe.body);
}

/// Calls `visit` for every expression of a probe, outer ones first.
pub(crate) fn probe(probe: &mut Probe, visit: &mut dyn FnMut(&mut Expr)) {
    probe_parts(&mut Each(visit), probe);
}

/// Calls `visit` for every expression of a block, outer ones first.
pub(crate) fn block_exprs(it: &mut Block, visit: &mut dyn FnMut(&mut Expr)) {
    block(&mut Each(visit), it);
}

struct Each<'v>(&'v mut dyn FnMut(&mut Expr));

impl Visit for Each<'_> {
    fn expr(&mut self, it: &mut Expr) {
        (self.0)(it);
        expr_parts(self, it);
    }
}

/// Visits the statements and the value of a block.
pub(crate) fn block<V: Visit + ?Sized>(v: &mut V, it: &mut Block) {
    for stmt in &mut it.stmts {
        v.stmt(stmt);
    }
    if let Some(value) = &mut it.value {
        v.expr(value);
    }
}

/// Visits what is directly inside of a statement.
pub(crate) fn stmt_parts<V: Visit + ?Sized>(v: &mut V, stmt: &mut Stmt) {
    match &mut stmt.kind {
        StmtKind::Let(it) => {
            v.declared(&mut it.name);
            if let Some(ty) = &mut it.ty {
                v.ty(ty);
            }
            if let Some(value) = &mut it.value {
                v.expr(value);
            }
        }
        StmtKind::Assign(it) => {
            v.expr(&mut it.target);
            v.expr(&mut it.value);
        }
        StmtKind::Discard(it) | StmtKind::Expr(it) | StmtKind::Return(Some(it)) => {
            v.expr(it);
        }
        StmtKind::If(it) => branches(v, it),
        StmtKind::While(it) => {
            v.expr(&mut it.condition);
            block(v, &mut it.body);
        }
        StmtKind::For(it) => {
            v.declared(&mut it.variable);
            match &mut it.over {
                ForOver::Expr(over) => v.expr(over),
                ForOver::Range(from, to) => {
                    v.expr(from);
                    v.expr(to);
                }
            }
            block(v, &mut it.body);
        }
        StmtKind::Unroll(it) => {
            v.expr(&mut it.count);
            block(v, &mut it.body);
        }
        StmtKind::Block(it) => block(v, it),
        StmtKind::Break | StmtKind::Continue | StmtKind::Return(None) | StmtKind::Import(_) => {
        }
    }
}

fn branches<V: Visit + ?Sized>(v: &mut V, it: &mut If) {
    for branch in &mut it.branches {
        v.expr(&mut branch.condition);
        block(v, &mut branch.body);
    }
    if let Some(otherwise) = &mut it.otherwise {
        block(v, otherwise);
    }
}

/// Visits what is directly inside of a type.
pub(crate) fn type_parts<V: Visit + ?Sized>(v: &mut V, it: &mut TypeExpr) {
    match &mut it.kind {
        TypeKind::Named(_) | TypeKind::Struct(_) | TypeKind::Union(_) | TypeKind::Enum(_) => {}
        TypeKind::Typeof(of) => v.expr(of),
        TypeKind::Pointer(of) | TypeKind::Unsized(of) => v.ty(of),
        TypeKind::Array(of, count) => {
            v.ty(of);
            v.expr(count);
        }
    }
}

/// Visits what is directly inside of an expression.
pub(crate) fn expr_parts<V: Visit + ?Sized>(v: &mut V, it: &mut Expr) {
    match &mut it.kind {
        ExprKind::Integer(_)
        | ExprKind::String(_)
        | ExprKind::Bool(_)
        | ExprKind::Name(_)
        | ExprKind::Variable(_)
        | ExprKind::Positional(_)
        | ExprKind::PositionalCount => {}
        ExprKind::Map(it) => {
            let keys = it.keys.iter_mut().flat_map(|keys| &mut keys.list);
            keys.for_each(|key| v.expr(key));
        }
        ExprKind::Unary(it) => v.expr(&mut it.operand),
        ExprKind::Binary(it) => {
            v.expr(&mut it.left);
            v.expr(&mut it.right);
        }
        ExprKind::Step(it) => v.expr(&mut it.target),
        ExprKind::Ternary(it) => {
            v.expr(&mut it.condition);
            v.expr(&mut it.then);
            v.expr(&mut it.otherwise);
        }
        ExprKind::Elvis(it) => {
            v.expr(&mut it.value);
            v.expr(&mut it.otherwise);
        }
        ExprKind::If(it) => branches(v, it),
        ExprKind::Block(it) => block(v, it),
        ExprKind::Comptime(it) => v.expr(it),
        ExprKind::Tuple(items) => items.iter_mut().for_each(|item| v.expr(item)),
        ExprKind::Record(fields) => fields.iter_mut().for_each(|it| v.expr(&mut it.value)),
        ExprKind::Call(it) => it.args.iter_mut().for_each(|arg| v.expr(arg)),
        ExprKind::Cast(it) => {
            v.ty(&mut it.ty);
            v.expr(&mut it.value);
        }
        ExprKind::Field(it) => v.expr(&mut it.base),
        ExprKind::TupleIndex(it) => v.expr(&mut it.base),
        ExprKind::Index(it) => {
            v.expr(&mut it.base);
            v.expr(&mut it.index);
        }
        ExprKind::Type(it) => v.ty(it),
    }
}
