//! Visits every expression of a syntax tree, so that passes need not know all its shapes.

use grammar::ast::{
    Block, Expr, ExprKind, ForOver, If, Probe, Stmt, StmtKind, TypeExpr, TypeKind,
};

/// Calls `visit` for every expression of a probe, outer ones first.
pub(crate) fn probe(probe: &mut Probe, visit: &mut dyn FnMut(&mut Expr)) {
    if let Some(predicate) = &mut probe.predicate {
        expr(predicate, visit);
    }
    block(&mut probe.body, visit);
}

fn block(it: &mut Block, visit: &mut dyn FnMut(&mut Expr)) {
    for stmt in &mut it.stmts {
        statement(stmt, visit);
    }
    if let Some(value) = &mut it.value {
        expr(value, visit);
    }
}

fn statement(stmt: &mut Stmt, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut stmt.kind {
        StmtKind::Let(it) => {
            if let Some(ty) = &mut it.ty {
                type_expr(ty, visit);
            }
            if let Some(value) = &mut it.value {
                expr(value, visit);
            }
        }
        StmtKind::Assign(it) => {
            expr(&mut it.target, visit);
            expr(&mut it.value, visit);
        }
        StmtKind::Discard(it) | StmtKind::Expr(it) | StmtKind::Return(Some(it)) => {
            expr(it, visit);
        }
        StmtKind::If(it) => branches(it, visit),
        StmtKind::While(it) => {
            expr(&mut it.condition, visit);
            block(&mut it.body, visit);
        }
        StmtKind::For(it) => {
            match &mut it.over {
                ForOver::Expr(over) => expr(over, visit),
                ForOver::Range(from, to) => {
                    expr(from, visit);
                    expr(to, visit);
                }
            }
            block(&mut it.body, visit);
        }
        StmtKind::Unroll(it) => {
            expr(&mut it.count, visit);
            block(&mut it.body, visit);
        }
        StmtKind::Block(it) => block(it, visit),
        StmtKind::Break | StmtKind::Continue | StmtKind::Return(None) | StmtKind::Import(_) => {
        }
    }
}

fn branches(it: &mut If, visit: &mut dyn FnMut(&mut Expr)) {
    for branch in &mut it.branches {
        expr(&mut branch.condition, visit);
        block(&mut branch.body, visit);
    }
    if let Some(otherwise) = &mut it.otherwise {
        block(otherwise, visit);
    }
}

fn type_expr(it: &mut TypeExpr, visit: &mut dyn FnMut(&mut Expr)) {
    match &mut it.kind {
        TypeKind::Named(_) | TypeKind::Struct(_) | TypeKind::Union(_) | TypeKind::Enum(_) => {}
        TypeKind::Typeof(of) => expr(of, visit),
        TypeKind::Pointer(to) => type_expr(to, visit),
        TypeKind::Array(of, count) => {
            type_expr(of, visit);
            expr(count, visit);
        }
    }
}

/// Calls `visit` for an expression and every one inside it.
pub(crate) fn expr(it: &mut Expr, visit: &mut dyn FnMut(&mut Expr)) {
    visit(it);
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
            keys.for_each(|key| expr(key, visit));
        }
        ExprKind::Unary(it) => expr(&mut it.operand, visit),
        ExprKind::Binary(it) => {
            expr(&mut it.left, visit);
            expr(&mut it.right, visit);
        }
        ExprKind::Step(it) => expr(&mut it.target, visit),
        ExprKind::Ternary(it) => {
            expr(&mut it.condition, visit);
            expr(&mut it.then, visit);
            expr(&mut it.otherwise, visit);
        }
        ExprKind::Elvis(it) => {
            expr(&mut it.value, visit);
            expr(&mut it.otherwise, visit);
        }
        ExprKind::If(it) => branches(it, visit),
        ExprKind::Block(it) => block(it, visit),
        ExprKind::Comptime(it) => expr(it, visit),
        ExprKind::Tuple(items) => items.iter_mut().for_each(|item| expr(item, visit)),
        ExprKind::Record(fields) => fields.iter_mut().for_each(|it| expr(&mut it.value, visit)),
        ExprKind::Call(it) => it.args.iter_mut().for_each(|arg| expr(arg, visit)),
        ExprKind::Cast(it) => {
            type_expr(&mut it.ty, visit);
            expr(&mut it.value, visit);
        }
        ExprKind::Field(it) => expr(&mut it.base, visit),
        ExprKind::TupleIndex(it) => expr(&mut it.base, visit),
        ExprKind::Index(it) => {
            expr(&mut it.base, visit);
            expr(&mut it.index, visit);
        }
        ExprKind::Type(it) => type_expr(it, visit),
    }
}
