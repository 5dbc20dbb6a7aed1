//! Assignments: what a variable or map holds is widened by what is assigned to it,
//! unless its type was declared.

use diag::{Code, Diagnostic, Span};
use grammar::ast;
use ir::{Reduce, Sign, Ty, Width};
use stdlib::article;

use super::Checker;
use crate::{
    typed::{Entry, ExprId, ExprKind, StmtKind, Target, VariableId},
    types::{Seen, join},
};

impl Checker<'_> {
    pub(super) fn assign_variable(
        &mut self,
        index: usize,
        name: &str,
        span: Span,
        value: ExprId,
    ) -> Option<StmtKind> {
        if self.lacks_value(value) || self.is_nothing(value) {
            return None;
        }
        let value = self.reduced_number(value);
        if self.is_nothing(value) {
            return None;
        }
        let seen = self.seen(value);
        if let Ty::Reduced(reduce) = seen.ty {
            let title = format!("a `{reduce}` can't be kept in a variable");
            let problem =
                Diagnostic::new(Code::TypeMismatch, self.span(value), title, "this value");
            let compat = format!("Value '{reduce}' cannot be assigned to a scratch variable.");
            let help = self.help_for_reduced(value, reduce);
            self.c.problems.push(problem.help(help).compat(compat));
            return None;
        }
        if self.body.variables[index].declared {
            self.note_clock(index, seen.clock);
            let value = self.as_declared(index, (name, span), value)?;
            return Some(StmtKind::Assign(Target::Variable(VariableId(index)), value));
        }
        let old = self.variable_type(index).cloned();
        if let Some(old) = old {
            self.warn_of_lost_sign(&old, &seen, (&format!("${name}"), self.span(value)));
        }
        if let Err(old) = self.widen_variable(index, &seen) {
            let title =
                format!("`${name}` is {}, which `{}` does not go with", article(&old), seen.ty);
            let compat = format!(
                "Type mismatch for ${name}: trying to assign value of type '{}' when variable already has a type '{old}'",
                seen.ty
            );
            let label = format!("this is {}", article(&seen.ty));
            let problem = Diagnostic::new(Code::TypeMismatch, self.span(value), title, label)
                .related(span, format!("`${name}`"))
                .help("use another variable for it");
            self.c.problems.push(problem.compat(compat));
            return None;
        }
        Some(StmtKind::Assign(Target::Variable(VariableId(index)), value))
    }

    pub(super) fn assignment(&mut self, it: &ast::Assign, span: Span) -> Option<StmtKind> {
        if let ast::ExprKind::Map(access) = &it.target.kind {
            return self.assign_map(it, access, span);
        }
        // The grammar takes no other targets.
        let ast::ExprKind::Variable(name) = &it.target.kind else { return None };
        let value = self.assigned_value(it, span);
        let index = self.assigned(name, it.target.span, it.operator.is_none().then_some(value));
        self.scope.set(index);
        self.assign_variable(index, name, it.target.span, value)
    }

    /// The right side of `=`, or of `+=` and the like together with the old value.
    fn assigned_value(&mut self, it: &ast::Assign, span: Span) -> ExprId {
        let Some(operator) = it.operator else { return self.expr(&it.value) };
        let old = self.expr(&it.target);
        let new = self.expr(&it.value);
        self.binary(operator, it.operator_span, span, (old, new))
    }

    /// The variable that an assignment means: a new one unless one of that name is in sight. One
    /// whose block has ended counts if it can hold the value: only then did old scripts share it.
    fn assigned(&mut self, name: &str, span: Span, value: Option<ExprId>) -> usize {
        if let Some(named) = self.scope.find(name) {
            let (index, ended) = (named.index, named.ended);
            if !ended {
                return index;
            }
            if !value.is_some_and(|value| self.is_another(index, value)) {
                self.scope.revive(index);
                return index;
            }
        }
        let index = self.new_variable(span);
        self.scope.add(name, index, span);
        index
    }

    /// Whether a variable of an ended block cannot be the one that this value is for.
    fn is_another(&self, index: usize, value: ExprId) -> bool {
        if self.body.variables[index].declared {
            return true;
        }
        let known = !self.is_nothing(value) && !matches!(self.ty(value), Ty::Reduced(_));
        let old = self.variable_type(index);
        known && old.is_some_and(|old| join(old, &self.seen(value)).is_none())
    }

    fn assign_map(
        &mut self,
        it: &ast::Assign,
        access: &ast::MapAccess,
        span: Span,
    ) -> Option<StmtKind> {
        let target_span = it.target.span;
        if it.operator.is_none()
            && let ast::ExprKind::Call(call) = &it.value.kind
            && let Some(row) = stdlib::aggregations::find(&call.name.text)
        {
            return self.aggregate(access, target_span, call, (row, it.value.span));
        }
        let entry = self.entry(access, target_span);
        if let Some(operator @ (ast::BinaryOperator::Add | ast::BinaryOperator::Subtract)) =
            it.operator
        {
            return self.add_to_map(entry, it, operator, span);
        }
        let value = self.assigned_value(it, span);
        let (entry, value) = (entry?, (!self.lacks_value(value)).then_some(value)?);
        if self.is_nothing(value) {
            return None;
        }
        if let Ty::Reduced(reduce) = *self.ty(value) {
            let title = format!("a `{reduce}` can't be copied to another map");
            let compat = format!(
                "Map value '{reduce}' cannot be assigned from one map to another. The function that returns this type must be called directly e.g. `@{} = count();`.",
                entry.map
            );
            let problem =
                Diagnostic::new(Code::TypeMismatch, self.span(value), title, "this value");
            let help = self.help_for_reduced(value, reduce);
            self.c.problems.push(problem.help(help).compat(compat));
            return None;
        }
        let seen = self.seen(value);
        if let Some(old) = self.known.maps.get(&entry.map).and_then(|map| map.value.clone()) {
            self.warn_of_lost_sign(&old, &seen, (&format!("@{}", entry.map), self.span(value)));
        }
        self.widen_value(&entry.map, self.span(value), &seen);
        Some(StmtKind::Assign(Target::Entry(entry), value))
    }

    /// `@m += e` and `@m -= e`: exact when several CPUs do it at once.
    fn add_to_map(
        &mut self,
        entry: Option<Entry>,
        it: &ast::Assign,
        operator: ast::BinaryOperator,
        span: Span,
    ) -> Option<StmtKind> {
        let value = self.integer(&it.value, "`+=` and `-=` take");
        let (entry, seen) = (entry?, self.seen(value));
        if self.is_nothing(value) {
            return None;
        }
        let subtract = operator == ast::BinaryOperator::Subtract;
        let seen = if subtract { Seen::fixed(Ty::I64) } else { seen };
        self.widen_value(&entry.map, span, &seen);
        let value =
            if subtract { self.push(span, Ty::I64, ExprKind::Negate(value)) } else { value };
        Some(StmtKind::Add(entry, value))
    }

    /// How the number of an aggregation can be had, if it has one.
    fn help_for_reduced(&self, value: ExprId, reduce: Reduce) -> String {
        let sign = if let Reduce::Sum(sign)
        | Reduce::Min(sign)
        | Reduce::Max(sign)
        | Reduce::Mean(sign) = reduce
        {
            sign
        } else if reduce == Reduce::Count {
            Sign::Signed
        } else {
            return format!("a `{reduce}` can only be printed: `print(@map)`");
        };
        let map = if let ExprKind::Entry(entry) = &self.body.expr(value).kind {
            let keys = if entry.keys.is_empty() { "" } else { "[…]" };
            format!("@{}{keys}", entry.map)
        } else {
            "@map".to_owned()
        };
        let ty = Ty::Int(Width::W64, sign);
        format!("for its number, write `({ty}){map}`")
    }
}
