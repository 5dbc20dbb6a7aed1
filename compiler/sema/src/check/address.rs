//! `&`: where a variable, a map's value or an entry's value lies.

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::{Space, Ty};

use super::Checker;
use crate::typed::{Entry, ExprId, ExprKind, Target};

impl Checker<'_> {
    pub(super) fn address_of(&mut self, operand: &ast::Expr, span: Span) -> ExprId {
        if let ast::ExprKind::Variable(name) = &operand.kind {
            let id = self.variable(name, operand.span);
            let ExprKind::Variable(variable) = self.body.exprs[id.0].kind else { return id };
            let ty = self.ty(id).clone();
            return self.pointer(span, ty, ExprKind::Address(Target::Variable(variable)));
        }
        // The grammar takes no other operands.
        let ast::ExprKind::Map(access) = &operand.kind else { return self.nothing(span) };
        let name = access.name.text.clone();
        if access.keys.is_none() && self.map_key(&name).is_some() {
            let map = Ty::Opaque("struct bpf_map".into());
            return self.pointer(span, map, ExprKind::AddressOfMap(name));
        }
        let Some(entry) = self.entry(access, operand.span) else { return self.nothing(span) };
        self.note_read(&name, operand.span);
        match self.map_value(&name) {
            None => self.nothing(span),
            Some(Ty::Reduced(reduce)) => self.in_parts(&entry, reduce, operand.span),
            Some(ty) => self.pointer(span, ty, ExprKind::Address(Target::Entry(entry))),
        }
    }

    fn pointer(&mut self, span: Span, to: Ty, kind: ExprKind) -> ExprId {
        self.push(span, Ty::Ptr(Box::new(to), Space::Kernel), kind)
    }

    fn in_parts(&mut self, entry: &Entry, reduce: ir::Reduce, span: Span) -> ExprId {
        let title = format!("the value of `@{}` is in parts, one for each CPU", entry.map);
        let label = format!("a `{reduce}` has no address");
        let problem = Diagnostic::new(Code::NotAssignable, span, title, label);
        self.refuse(span, problem.help("`print` shows it; `&` takes maps that are assigned to"))
    }
}
