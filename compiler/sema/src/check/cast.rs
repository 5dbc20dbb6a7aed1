//! Types as they are written.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{TypeExpr, TypeKind};
use ir::{Packed, Ty};
use stdlib::probes::ArgsSource;

use super::Checker;
use crate::{typed::ExprKind, types};

impl Checker<'_> {
    /// The type that is written.
    pub(super) fn type_expr(&mut self, it: &TypeExpr) -> Option<Ty> {
        match &it.kind {
            TypeKind::Named(name) if name == "string" => {
                Some(Ty::Str(self.c.config.max_strlen))
            }
            TypeKind::Named(name) => {
                let own = self.own.types.get(name).cloned();
                own.or_else(|| types::named(name)).or_else(|| self.kernel_type(name, it.span))
            }
            TypeKind::Struct(name) => {
                self.kernel_type(&format!("struct {}", name.text), it.span)
            }
            TypeKind::Union(name) => self.kernel_type(&format!("union {}", name.text), it.span),
            TypeKind::Enum(name) => self.kernel_type(&format!("enum {}", name.text), it.span),
            TypeKind::Typeof(of) => {
                let id = self.type_or_value(of);
                let is_type = matches!(self.body.expr(id).kind, ExprKind::Type);
                let known = is_type || (!self.lacks_value(id) && !self.is_nothing(id));
                known.then(|| self.ty(id).clone())
            }
            TypeKind::Pointer(to) => {
                let to = self.type_expr(to)?;
                Some(Ty::Ptr(Box::new(to), self.c.offers.space))
            }
            TypeKind::Unsized(_) => {
                let title = "nothing says how many values this array has";
                let problem = Diagnostic::new(Code::OutOfRange, it.span, title, "no size");
                let help = "write its size, as in `uint8[4]`; a cast may leave it out";
                self.c.problems.push(problem.help(help));
                None
            }
            TypeKind::Array(of, count) => {
                let count = self.expr(count);
                let Some(count @ 1..=0xffff) = self.body.constant(count) else {
                    let title = "the size of an array is a literal number from 1 on";
                    let problem =
                        Diagnostic::new(Code::OutOfRange, it.span, title, "this size");
                    self.c.problems.push(problem);
                    return None;
                };
                let name =
                    if let TypeKind::Named(name) = &of.kind { name.as_str() } else { "" };
                match name {
                    "string" => Some(Ty::Str(count as u32)),
                    "buffer" => Some(Ty::Bytes(count as u32)),
                    // An address knows of itself which of the two it is.
                    "inet" => Some(Ty::Packed(Packed::Inet)),
                    _ => Some(Ty::Array(Box::new(self.type_expr(of)?), count as u32)),
                }
            }
        }
    }

    /// The kernel's type of that name, as C writes it; complains if it has none.
    fn kernel_type(&mut self, name: &str, span: Span) -> Option<Ty> {
        if let Some(ty) = self.users_type(name) {
            return Some(ty);
        }
        match self.c.kernel.c_type(name) {
            Ok(Some(ty)) => Some(ty),
            Ok(None) => {
                self.unknown_type(name, span);
                None
            }
            Err(unanswered) => {
                let title = format!("`{name}` is not known: {}", unanswered.problem);
                let problem = Diagnostic::new(Code::CannotAsk, span, title, "a kernel type");
                self.c.problems.push(match unanswered.help {
                    Some(help) => problem.help(help),
                    None => problem,
                });
                None
            }
        }
    }

    /// The type of that name that the traced program has, unless the script declares one.
    fn users_type(&self, name: &str) -> Option<Ty> {
        let Some(ArgsSource::User { path, .. }) = &self.c.offers.args else { return None };
        if self.own.types.contains_key(name) || name.contains('@') {
            return None;
        }
        self.c.kernel.c_type(&format!("{name}@{path}")).ok().flatten()
    }

    /// A type that is known by its name only, looked up; any other as it is.
    pub(super) fn complete(&mut self, ty: &Ty, span: Span) -> Option<Ty> {
        if let Ty::Opaque(name) = ty { self.kernel_type(name, span) } else { Some(ty.clone()) }
    }

    fn unknown_type(&mut self, name: &str, span: Span) {
        let title = format!("unknown type `{name}`");
        let own = self.own.types.keys().map(String::as_str);
        let help = match stdlib::nearest(name, own.chain(types::NAMES.iter().copied())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "this kernel has no type of that name".to_owned(),
        };
        let compat = match name.strip_prefix("enum ") {
            Some(name) => format!("Unknown enum: {name}"),
            None => format!("Cannot resolve unknown type \"{name}\""),
        };
        let problem = Diagnostic::new(Code::UnknownType, span, title, "not known");
        self.c.problems.push(problem.help(help).compat(compat));
    }
}
