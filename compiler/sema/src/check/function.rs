//! The script's functions: their bodies, calls of them, and what they return. A function is checked
//! for each group of attach points whose probe calls it, so that it may use what all of these offer.

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::{Coded, Ty};
use stdlib::article;

use super::{Checker, leave::always_leaves};
use crate::{
    typed::{ExprId, ExprKind, Function},
    types::{self, Seen, join},
};

/// The function that a body belongs to.
#[derive(Debug, Clone)]
pub(super) struct Inside {
    pub(super) name: ast::Name,
    pub(super) returns: Ty,
    /// Where what it returns is written.
    pub(super) returns_at: Span,
}

impl Checker<'_> {
    /// Checks the body of a function.
    pub(super) fn function(mut self, index: usize) -> (Function, Vec<Diagnostic>) {
        let functions = self.functions;
        let it = functions.get(index);
        let returns = self.returns(it);
        let returns_at = it.returns.as_ref().map_or(it.name.span, |ty| ty.span);
        self.inside =
            Some(Inside { name: it.name.clone(), returns: returns.clone(), returns_at });
        self.scope.enter();
        for param in &it.params {
            self.parameter(param);
        }
        let stmts = self.block(&it.body);
        self.leave_block();
        if returns != Ty::Void && !diag::any_error(&self.c.problems) && !always_leaves(&stmts) {
            let title = format!("`{}` may end without a value", it.name.text);
            let problem =
                Diagnostic::new(Code::TypeMismatch, it.name.span, title, "this function")
                    .related(returns_at, format!("it returns {}", article(&returns)));
            self.c.problems.push(problem.help("write `return …;` at its end"));
        }
        self.body.stmts = stmts;
        let problems = std::mem::take(&mut self.c.problems);
        let (name, span, parameters) = (it.name.text.clone(), it.name.span, it.params.len());
        let body = self.finish();
        (Function { index, name, span, parameters, returns, body }, problems)
    }

    fn parameter(&mut self, it: &ast::Param) {
        let ty = self.type_expr(&it.ty);
        if let Some(old) = self.scope.find(&it.name.text) {
            let title = format!("`${}` is declared twice", it.name.text);
            let problem = Diagnostic::new(Code::Redeclared, it.name.span, title, "again")
                .related(old.span, "first here")
                .help("give one of them another name");
            self.c.problems.push(problem);
        }
        let index = self.new_variable(it.name.span);
        self.scope.add(&it.name.text, index, it.name.span);
        let ty = ty.and_then(|ty| self.value_type(ty, it.ty.span));
        // Callers have told which memory a pointer points into.
        if let Some(ty) = ty
            && self.variable_type(index).is_none()
        {
            let _ = self.widen_variable(index, &Seen::fixed(ty));
        }
        self.body.variables[index].declared = true;
    }

    /// A type that values can have; complains of others.
    fn value_type(&mut self, ty: Ty, span: Span) -> Option<Ty> {
        let ty = self.complete(&ty, span)?;
        if !matches!(ty, Ty::Void | Ty::Reduced(_)) {
            return Some(ty);
        }
        let title = format!("no value has the type `{ty}`");
        self.c.problems.push(Diagnostic::new(Code::TypeMismatch, span, title, "this type"));
        None
    }

    /// What a function returns; nothing if it does not say.
    fn returns(&mut self, it: &ast::Function) -> Ty {
        let Some(ty) = &it.returns else { return Ty::Void };
        match self.type_expr(ty) {
            None | Some(Ty::Void) => Ty::Void,
            Some(other) => self.value_type(other, ty.span).unwrap_or(Ty::Void),
        }
    }

    /// `f(…)` of a function of the script.
    pub(super) fn invoke(&mut self, index: usize, call: &ast::Call, span: Span) -> ExprId {
        let functions = self.functions;
        let function = functions.get(index);
        let (wanted, given) = (function.params.len(), call.args.len());
        let args: Vec<_> = call.args.iter().map(|arg| self.expr(arg)).collect();
        let args: Vec<_> = args.into_iter().map(|arg| self.reduced_number(arg)).collect();
        if wanted != given {
            let plural = if wanted == 1 { "" } else { "s" };
            let title =
                format!("`{}` takes {wanted} argument{plural}, {given} given", call.name.text);
            let compat = if given < wanted {
                format!(
                    "Function `{}` requires {wanted} arguments, got only {given}",
                    call.name.text
                )
            } else {
                format!(
                    "Function `{}` requires {wanted} arguments, got {given}",
                    call.name.text
                )
            };
            let problem =
                Diagnostic::new(Code::WrongArity, span, title, format!("{given} given"))
                    .related(function.name.span, "defined here");
            return self.refuse(span, problem.help(usage(function)).compat(compat));
        }
        let mut complete = true;
        for (param, arg) in function.params.iter().zip(&args) {
            complete &= self.argument((function, index), param, *arg);
        }
        let returns = self.returns(function);
        if !complete {
            return self.nothing(span);
        }
        let returns = match (&returns, self.known.results.get(&self.place.of(index))) {
            (Ty::Ptr(..), Some(seen)) => seen.ty.clone(),
            _ => returns,
        };
        self.push(span, returns, ExprKind::Invoke(index, args))
    }

    /// Checks one argument; whether it has a value that fits.
    fn argument(
        &mut self,
        (function, index): (&ast::Function, usize),
        param: &ast::Param,
        arg: ExprId,
    ) -> bool {
        let Some(ty) = self.type_expr(&param.ty) else { return false };
        let Some(ty) = self.complete(&ty, param.ty.span) else { return false };
        if self.lacks_value(arg) || self.is_nothing(arg) {
            return false;
        }
        if !self.fits(arg, &ty) {
            let given = self.ty(arg).clone();
            let title = format!(
                "`{}` takes {} for `${}`, not {}",
                function.name.text,
                article(&ty),
                param.name.text,
                article(&given)
            );
            let label = format!("this is {}", article(&given));
            let problem = Diagnostic::new(Code::WrongArgument, self.span(arg), title, label)
                .related(param.name.span, "the parameter");
            let compat = format!(
                "Function `{}` expects argument ${} to be of type {ty}, got {given}",
                function.name.text, param.name.text
            );
            self.c.problems.push(problem.help(usage(function)).compat(compat));
            return false;
        }
        if let (Ty::Ptr(to, _), Ty::Ptr(_, space)) = (&ty, self.ty(arg)) {
            let seen = Seen::fixed(Ty::Ptr(to.clone(), *space));
            let key = (self.place.of(index), param.name.span, 0);
            let old = self.known.variables.get(&key);
            let joined = old.map_or(Some(seen.clone()), |old| join(old, &seen));
            self.known.variables.insert(key, joined.unwrap_or(seen));
        }
        true
    }

    /// Whether a value can become one of that type without a cast.
    pub(super) fn fits(&self, id: ExprId, ty: &Ty) -> bool {
        let from = self.ty(id);
        let number = |ty: &Ty| matches!(ty, Ty::Int(..) | Ty::Bool | Ty::Enum(_));
        if let (Some(value), Ty::Int(width, sign)) = (self.body.constant(id), ty) {
            return types::holds(*width, *sign, value);
        }
        if let (Some(0), Ty::Ptr(..)) = (self.body.constant(id), ty) {
            return true;
        }
        match (from, ty) {
            (from, ty) if number(from) && number(ty) => true,
            (Ty::Coded(Coded::KernelSymbol | Coded::User), Ty::Int(..)) => true,
            (Ty::Coded(Coded::Site), Ty::Str(_)) => true,
            (Ty::Ptr(a, _), Ty::Ptr(b, _)) => {
                **a == Ty::Void || **b == Ty::Void || a == b || same_name(a, b)
            }
            (from, ty) => types::join_ty(from, ty).is_some_and(|joined| joined == *ty),
        }
    }
}

fn usage(it: &ast::Function) -> String {
    let params = it.params.iter().map(|param| format!("${}", param.name.text));
    format!("write `{}({})`", it.name.text, params.collect::<Vec<_>>().join(", "))
}

/// Whether two types are one C type, of which one is not looked up.
pub(super) fn same_name(a: &Ty, b: &Ty) -> bool {
    let name = |ty: &Ty| {
        if let Ty::Opaque(name) = ty {
            return Some(name.to_string());
        }
        if let Ty::Record(record) = ty { record.name.clone() } else { None }
    };
    name(a).is_some_and(|a| name(b) == Some(a))
}
