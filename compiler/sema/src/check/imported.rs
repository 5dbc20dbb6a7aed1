//! Calls of functions in C, from programs that the script imports.

use std::sync::Arc;

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::{Space, Ty};
use stdlib::{KernelCall, Prototype, article};

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
        match self.arguments_of(prototype, call, span) {
            Ok(args) => {
                let name = call.name.text.clone();
                self.push(span, prototype.returns.clone(), ExprKind::InvokeC(name, args))
            }
            Err(refused) => refused,
        }
    }

    /// `f(…)` of a function of the kernel; none if it has none of this name.
    pub(super) fn kernel_call(&mut self, call: &ast::Call, span: Span) -> Option<ExprId> {
        let name = call.name.text.as_str();
        if !stdlib::functions::is_like_kernel_call(name) {
            return None;
        }
        let kernel = self.c.kernel;
        let found = kernel.places().kernel_call(name).ok().flatten()?;
        if !found.kinds.contains(&self.c.offers.kind) {
            let problem = not_to_be_called(&found, name, (span, self.c.offers.type_name));
            return Some(self.refuse(span, problem));
        }
        let ty = found.prototype.returns.clone();
        Some(match self.arguments_of(&found.prototype, call, span) {
            Ok(args) => self.push(span, ty, ExprKind::InvokeKernel(Arc::new(found), args)),
            Err(refused) => refused,
        })
    }

    /// Checks what is passed to a function in C; what stands for the call if that is wrong.
    fn arguments_of(
        &mut self,
        prototype: &Prototype,
        call: &ast::Call,
        span: Span,
    ) -> Result<Vec<ExprId>, ExprId> {
        let args: Vec<_> = call.args.iter().map(|arg| self.expr(arg)).collect();
        let args: Vec<_> = args.into_iter().map(|arg| self.reduced_number(arg)).collect();
        let (name, wanted) = (&call.name.text, prototype.parameters.len());
        if let Some(problem) = impossible(prototype, name, span) {
            return Err(self.refuse(span, problem));
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
            return Err(self.refuse(span, problem.help(usage(prototype, name)).compat(compat)));
        }
        for ((parameter, ty), arg) in prototype.parameters.iter().zip(&args) {
            if self.lacks_value(*arg) || self.is_nothing(*arg) {
                return Err(self.nothing(span));
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
                return Err(self.refuse(span, problem.help(usage(prototype, name))));
            }
            // What is passed by its address is the context's.
            self.c.uses.context |= matches!(self.ty(*arg), Ty::Ptr(_, Space::Context));
        }
        Ok(args)
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

/// A function that the kernel lets none, or only other types of probes, call.
fn not_to_be_called(found: &KernelCall, name: &str, (span, probe): (Span, &str)) -> Diagnostic {
    let (title, help) = if found.kinds.is_empty() {
        let title = format!("the kernel lets no program call `{name}`");
        (title, "only functions that are made for it can be called".to_owned())
    } else {
        let kinds: Vec<_> = found.kinds.iter().map(|kind| format!("{kind:?}")).collect();
        let title = format!("the kernel lets no `{probe}` probe call `{name}`");
        let help = format!(
            "programs of the kinds {} may; `kfunc_allowed(\"{name}\")` tells it",
            kinds.join(", ")
        );
        (title, help)
    };
    Diagnostic::new(Code::NotAvailableHere, span, title, "called here").help(help)
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
