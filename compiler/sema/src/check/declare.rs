//! Variables that are declared, and what their declared types take.

use diag::{Code, Diagnostic};
use grammar::ast;
use ir::{Sign, Ty};

use super::Checker;
use crate::{
    typed::{ExprId, ExprKind, StmtKind, VariableId},
    types::{self, Seen},
};

impl Checker<'_> {
    pub(super) fn declaration(&mut self, it: &ast::Let) -> Option<StmtKind> {
        let name = &it.name;
        let value = it.value.as_ref().map(|value| self.expr(value));
        if self.is_redeclared(name) {
            return None;
        }
        let index = self.new_variable();
        self.scope.add(&name.text, index, name.span);
        if let Some(ty) = it.ty.as_ref().and_then(|ty| self.declared_type(ty)) {
            let _ = self.widen_variable(index, &Seen::fixed(ty));
            self.body.variables[index].declared = true;
        }
        match value {
            Some(value) => self.assign_variable(index, &name.text, name.span, value),
            None => {
                self.body.variables[index].starts_as_zero = true;
                Some(StmtKind::Declare(VariableId(index)))
            }
        }
    }

    /// The type of a declared variable: any but those that only maps hold.
    fn declared_type(&mut self, ty: &ast::TypeExpr) -> Option<Ty> {
        let ast::TypeKind::Named(name) = &ty.kind else { return self.type_expr(ty) };
        if name != "void" && !types::is_of_maps(name) {
            return self.type_expr(ty);
        }
        let title = format!("a variable can't be a `{name}`");
        let compat = format!("Invalid variable declaration type: {name}");
        let problem = Diagnostic::new(Code::TypeMismatch, ty.span, title, "this type");
        let help = "declare an integer, a string, a pointer or a struct; leave the type out to \
                    take that of the first value";
        self.c.problems.push(problem.help(help).compat(compat));
        None
    }

    /// Complains of a literal outside of the range of the declared type.
    pub(super) fn fits_declaration(&mut self, index: usize, name: &str, value: ExprId) {
        let variable = &self.body.variables[index];
        let expr = &self.body.exprs[value.0];
        let (true, Ty::Int(width, sign), ExprKind::Int(number)) =
            (variable.declared, &variable.ty, &expr.kind)
        else {
            return;
        };
        let unsigned = matches!(expr.ty, Ty::Int(_, Sign::Unsigned));
        let value =
            if unsigned { i128::from(number.cast_unsigned()) } else { i128::from(*number) };
        let fits = match sign {
            Sign::Unsigned => (0..1 << width.bits()).contains(&value),
            Sign::Signed => {
                (-(1 << (width.bits() - 1))..1 << (width.bits() - 1)).contains(&value)
            }
        };
        if fits {
            return;
        }
        let title =
            format!("{value} does not fit `${name}`, which is declared as `{}`", variable.ty);
        let problem =
            Diagnostic::new(Code::OutOfRange, expr.span, title, "too large or too small");
        let help = match (value < 0, sign) {
            (true, Sign::Unsigned) => "declare it with a signed type",
            (false, Sign::Signed) if width.bits() == 64 => "declare it as `uint64`",
            _ => "declare it with a wider type",
        };
        let compat = format!(
            "Type mismatch for ${name}: trying to assign value '{value}' which does not fit into the variable of type '{}'",
            variable.ty
        );
        self.c.problems.push(problem.help(help).compat(compat));
    }
}
