//! Arguments of words that ask about types: types, values that are never worked out, and paths of
//! fields.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{self, Expr};
use ir::Ty;
use stdlib::{Arg, ArgKind, Literal, builtins};

use super::Checker;
use crate::{
    typed::{ExprId, ExprKind},
    types,
};

impl Checker<'_> {
    /// A type, or an expression of which only the type matters.
    pub(super) fn type_or_value(&mut self, expr: &Expr) -> ExprId {
        if let Some(ty) = self.as_type(expr) {
            return match self.type_expr(&ty).and_then(|ty| self.complete(&ty, expr.span)) {
                Some(ty) => self.push(expr.span, ty, ExprKind::Type),
                None => self.nothing(expr.span),
            };
        }
        // It is not worked out, so the probe needs nothing for it.
        let uses = self.c.uses;
        let id = self.expr(expr);
        self.c.uses = uses;
        let ty = self.ty(id).clone();
        if let (Ty::Opaque(_), Some(ty)) = (&ty, self.complete(&ty, expr.span)) {
            return self.push(expr.span, ty, ExprKind::Type);
        }
        id
    }

    /// The expression as a type, unless it reads better as a value.
    fn as_type(&self, expr: &Expr) -> Option<ast::TypeExpr> {
        let mut innermost = expr;
        while let ast::ExprKind::Index(it) = &innermost.kind {
            innermost = &it.base;
        }
        if let ast::ExprKind::Name(name) = &innermost.kind {
            let is_type = |name| {
                name == "string" || name == "buffer" || types::named(name).is_some() || {
                    matches!(self.c.kernel.c_type(name), Ok(Some(_)))
                }
            };
            if builtins::find(name).is_some() || !is_type(name) {
                return None;
            }
        }
        expr.to_type()
    }

    /// Arguments of a word that asks about a type: the type or a value, then paths of fields.
    pub(super) fn type_args(&mut self, args: &[Expr]) -> Option<Vec<Arg>> {
        let (first, paths) = args.split_first()?;
        let id = self.type_or_value(first);
        let is_type = matches!(self.body.expr(id).kind, ExprKind::Type);
        if !is_type && (self.lacks_value(id) || self.is_nothing(id)) {
            return None;
        }
        let ty = self.ty(id).clone();
        let mut checked =
            vec![Arg { span: first.span, ty, kind: ArgKind::Type, handle: id.0, clock: None }];
        for path in paths {
            let Some(text) = path_text(path) else {
                let title = "this is no path of fields";
                let problem =
                    Diagnostic::new(Code::WrongArgument, path.span, title, "an expression");
                let help = "write the fields' names: `offsetof(struct file, f_path.dentry)`";
                self.c.problems.push(problem.help(help));
                return None;
            };
            let ty = Ty::Str(text.len() as u32 + 1);
            let kind = ArgKind::Literal(Literal::Str(text.clone()));
            let handle = self.push(path.span, ty.clone(), ExprKind::Str(text)).0;
            checked.push(Arg { span: path.span, ty, kind, handle, clock: None });
        }
        Some(checked)
    }

    /// A record all of which is known.
    pub(super) fn known_record(
        &mut self,
        span: Span,
        fields: Vec<(&'static str, Literal)>,
    ) -> ExprId {
        let (names, values): (Vec<_>, Vec<_>) = fields.into_iter().unzip();
        let values: Vec<_> = values.into_iter().map(|it| self.known_value(span, it)).collect();
        let types: Vec<_> = values.iter().map(|value| self.ty(*value).clone()).collect();
        let record = types::record(names.into_iter().map(str::to_owned).zip(types));
        self.push(span, Ty::Record(record.into()), ExprKind::Tuple(values))
    }

    fn known_value(&mut self, span: Span, value: Literal) -> ExprId {
        match value {
            Literal::Int(value) => {
                self.push(span, types::of_value(value), ExprKind::Int(value))
            }
            Literal::Bool(value) => self.push(span, Ty::Bool, ExprKind::Bool(value)),
            Literal::Str(text) => {
                self.push(span, Ty::Str(text.len() as u32 + 1), ExprKind::Str(text))
            }
        }
    }
}

/// `f.g.h`
fn path_text(expr: &Expr) -> Option<Vec<u8>> {
    if let ast::ExprKind::Name(name) = &expr.kind {
        return Some(name.clone().into_bytes());
    }
    let ast::ExprKind::Field(it) = &expr.kind else { return None };
    let mut text = path_text(&it.base)?;
    text.push(b'.');
    text.extend(it.name.text.as_bytes());
    Some(text)
}
