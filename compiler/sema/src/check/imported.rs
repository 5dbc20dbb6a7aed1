//! Calls of functions in C, from programs that the script imports.

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::{Space, Ty};
use stdlib::{Prototype, article};

use super::{Checker, function::same_name};
use crate::typed::{ExprId, ExprKind};

impl Checker<'_> {
    /// `f(…)` of a function in C.
    pub(super) fn invoke_imported(
        &mut self,
        prototype: &Prototype,
        call: &ast::Call,
        span: Span,
    ) -> ExprId {
        let args: Vec<_> = call.args.iter().map(|arg| self.expr(arg)).collect();
        let args: Vec<_> = args.into_iter().map(|arg| self.reduced_number(arg)).collect();
        let (name, wanted) = (&call.name.text, prototype.parameters.len());
        if let Some(problem) = impossible(prototype, name, span) {
            return self.refuse(span, problem);
        }
        if args.len() != wanted {
            let plural = if wanted == 1 { "" } else { "s" };
            let title =
                format!("`{name}` takes {wanted} argument{plural}, {} given", args.len());
            let only = if args.len() < wanted { "only " } else { "" };
            let compat = format!(
                "Function `{name}` requires {wanted} arguments, got {only}{}",
                args.len()
            );
            let problem =
                Diagnostic::new(Code::WrongArity, span, title, format!("{} given", args.len()));
            return self.refuse(span, problem.help(usage(prototype, name)).compat(compat));
        }
        for ((parameter, ty), arg) in prototype.parameters.iter().zip(&args) {
            if self.lacks_value(*arg) || self.is_nothing(*arg) {
                return self.nothing(span);
            }
            if !self.fits_c(*arg, ty) {
                let given = self.ty(*arg).clone();
                let title = format!(
                    "`{name}` takes {} for `{parameter}`, not {}",
                    article(ty),
                    article(&given)
                );
                let label = format!("this is {}", article(&given));
                let problem =
                    Diagnostic::new(Code::WrongArgument, self.span(*arg), title, label);
                return self.refuse(span, problem.help(usage(prototype, name)));
            }
            // What is passed by its address is the context's.
            self.c.uses.context |= matches!(self.ty(*arg), Ty::Ptr(_, Space::Context));
        }
        self.push(span, prototype.returns.clone(), ExprKind::InvokeC(name.clone(), args))
    }

    /// Whether C would take the value, or the address of its memory.
    fn fits_c(&self, id: ExprId, ty: &Ty) -> bool {
        let Ty::Ptr(to, _) = ty else { return self.fits(id, ty) };
        let bytes = matches!(&**to, Ty::Void | Ty::Int(ir::Width::W8, _));
        let given = self.ty(id);
        if matches!(given, Ty::Str(_) | Ty::Bytes(_) | Ty::Array(..) | Ty::Tuple(_)) {
            return bytes;
        }
        if matches!(given, Ty::Record(_)) {
            return bytes || same_name(given, to);
        }
        self.fits(id, ty)
    }
}

/// What calls of this function cannot do.
fn impossible(prototype: &Prototype, name: &str, span: Span) -> Option<Diagnostic> {
    let by_value = |ty: &Ty| !ty.is_scalar() && *ty != Ty::Void;
    let all = prototype.parameters.iter().map(|(_, ty)| ty).chain([&prototype.returns]);
    let why = if prototype.variadic {
        "any number of arguments"
    } else if all.into_iter().any(by_value) {
        "a struct by value"
    } else {
        return None;
    };
    let title = format!("`{name}` takes or gives {why}, which BPF has no way to pass");
    let problem = Diagnostic::new(Code::WrongArgument, span, title, "called here");
    Some(problem.help("let it take a pointer"))
}

fn usage(prototype: &Prototype, name: &str) -> String {
    let names = prototype.parameters.iter().map(|(name, ty)| format!("{ty} {name}"));
    format!("it is `{} {name}({})`", prototype.returns, names.collect::<Vec<_>>().join(", "))
}
