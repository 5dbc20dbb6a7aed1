//! Variables that are declared, and what their declared types take.

use diag::{Code, Diagnostic};
use grammar::ast;
use ir::Ty;

use super::Checker;
use crate::{
    typed::{StmtKind, VariableId},
    types::{self, Seen},
};

impl Checker<'_> {
    pub(super) fn declaration(&mut self, it: &ast::Let) -> Option<StmtKind> {
        let name = &it.name;
        let value = it.value.as_ref().map(|value| self.expr(value));
        if self.is_redeclared(name) {
            return None;
        }
        let index = self.new_variable(name.span);
        self.scope.add(&name.text, index, name.span);
        let ty = it.ty.as_ref().map(|ty| self.declared_type(ty));
        let is_refused = matches!(ty, Some(None));
        if let Some(Some(ty)) = ty {
            let _ = self.widen_variable(index, &Seen::fixed(ty));
            self.body.variables[index].declared = true;
        }
        match value {
            Some(value) => self.assign_variable(index, &name.text, name.span, value),
            None => {
                if !is_refused {
                    self.scope.unset(index);
                }
                self.body.variables[index].starts_as_zero = true;
                Some(StmtKind::Declare(VariableId(index)))
            }
        }
    }

    /// Ends a block, and says which of its variables were never used.
    pub(super) fn leave_block(&mut self) {
        for (name, span) in self.scope.never_set() {
            let title = format!("nothing is ever assigned to `${name}`");
            let problem = Diagnostic::new(Code::UnsetVariable, span, title, "declared here")
                .help("assign to it, or remove it")
                .compat(format!("Variable ${name} was never assigned to."));
            self.c.problems.push(problem.warning());
        }
        self.scope.leave();
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
}
