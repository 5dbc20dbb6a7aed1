//! Expressions.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{self, Expr};
use ir::{Access, Field, Reduce, Sign, Ty, Width};
use stdlib::{Feature, article};

use super::{Checker, fold::Decision};
use crate::{
    typed::{ExprId, ExprKind, Given, Target, VariableId},
    types::{self, Seen, join},
};

impl Checker<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) -> ExprId {
        let span = expr.span;
        match &expr.kind {
            ast::ExprKind::Integer(it) => self.literal(it.value, span),
            ast::ExprKind::String(it) => {
                let size = it.bytes.len() as u32 + 1;
                self.push(span, Ty::Str(size), ExprKind::Str(it.bytes.clone()))
            }
            ast::ExprKind::Bool(value) => self.push(span, Ty::Bool, ExprKind::Bool(*value)),
            ast::ExprKind::Name(name) => self.name(name, span),
            ast::ExprKind::Variable(name) => self.variable(name, span),
            ast::ExprKind::Map(access) => self.map_read(access, span),
            ast::ExprKind::Unary(it) => self.unary(it, span),
            ast::ExprKind::Binary(it) => self.infix(it, span),
            ast::ExprKind::Step(it) => self.step(it, span),
            ast::ExprKind::Ternary(it) => match self.decide(&it.condition) {
                Decision::Known(true) => self.expr(&it.then),
                Decision::Known(false) => self.expr(&it.otherwise),
                Decision::Never => self.nothing(span),
                Decision::Open(condition) => {
                    let (then, other) = (self.expr(&it.then), self.expr(&it.otherwise));
                    self.choose(condition, (then, other), span)
                }
            },
            ast::ExprKind::Elvis(it) => {
                let value = self.expr(&it.value);
                let value = self.reduced_number(value);
                let condition = self.as_condition(value);
                if let ExprKind::Bool(known) = self.body.exprs[condition.0].kind {
                    return if known { value } else { self.expr(&it.otherwise) };
                }
                let other = self.expr(&it.otherwise);
                let chosen = self.choose(condition, (value, other), span);
                self.evaluated_once(chosen)
            }
            ast::ExprKind::If(it) => self.if_value(&it.branches, it.otherwise.as_ref(), span),
            ast::ExprKind::Block(block) => self.block_value(block),
            ast::ExprKind::Comptime(inner) => self.comptime(inner, span),
            ast::ExprKind::Tuple(items) => self.tuple(items, span),
            ast::ExprKind::Record(fields) => self.record(fields, span),
            ast::ExprKind::Call(call) => self.call(call, span),
            ast::ExprKind::Cast(it) => self.cast(it, span),
            ast::ExprKind::Field(it) => self.field(it, span),
            ast::ExprKind::TupleIndex(it) => {
                let base = self.expr(&it.base);
                self.tuple_part(base, it.index, (span, it.index_span))
            }
            ast::ExprKind::Index(it) => self.index(it, span),
            ast::ExprKind::Type(it) => match self.type_expr(it) {
                Some(ty) => self.push(span, ty, ExprKind::Type),
                None => self.nothing(span),
            },
            // Resolved before.
            ast::ExprKind::Positional(_) | ast::ExprKind::PositionalCount => self.nothing(span),
        }
    }

    fn literal(&mut self, value: u64, span: Span) -> ExprId {
        let ty = types::of_literal(value);
        let id = self.push(span, ty, ExprKind::Int(value.cast_signed()));
        self.flexible[id.0] = i64::try_from(value).is_ok();
        id
    }

    pub(super) fn variable(&mut self, name: &str, span: Span) -> ExprId {
        let Some(named) = self.scope.find(name) else {
            let title = format!("`${name}` is used before anything is assigned to it");
            let near = stdlib::nearest(name, self.scope.names());
            let help = match near {
                Some(near) if near != name => format!("did you mean `${near}`?"),
                _ => format!("assign to it first: `${name} = …;`"),
            };
            let problem = Diagnostic::new(Code::UnknownVariable, span, title, "no value yet");
            let compat = format!("Undefined or undeclared variable: ${name}");
            return self.refuse(span, problem.help(help).compat(compat));
        };
        let (index, ended, first) = (named.index, named.ended, named.span);
        let unset = named.unset;
        if ended {
            let title = format!("`${name}` is read outside the block that assigns it");
            let problem = Diagnostic::new(Code::Obsolete, span, title, "outside")
                .related(first, "assigned inside this block")
                .help(format!("write `let ${name};` before the block"))
                .compat(format!("Undefined or undeclared variable: ${name}"));
            self.c.problems.push(problem.warning());
            self.body.variables[index].starts_as_zero = true;
        }
        let Some(ty) = self.variable_type(index).map(|seen| seen.ty.clone()) else {
            self.scope.set(index);
            return self.untyped(span, index);
        };
        if unset {
            self.scope.set(index);
            let title =
                format!("`${name}` is read before anything is assigned to it: it is zero");
            let problem = Diagnostic::new(Code::UnsetVariable, span, title, "no value yet")
                .related(first, "declared here without a value")
                .help(format!("give it one: `let ${name} = …;`"))
                .compat(format!("Variable used before it was assigned: ${name}"));
            self.c.problems.push(problem.warning());
        }
        let flexible = self.variable_type(index).is_some_and(|seen| seen.flexible);
        let id = self.push(span, ty, ExprKind::Variable(VariableId(index)));
        self.flexible[id.0] = flexible;
        id
    }

    /// A variable without a type: what gives it a value was refused, or there is nothing that does.
    fn untyped(&mut self, span: Span, index: usize) -> ExprId {
        if diag::any_error(&self.c.problems) || !self.body.variables[index].starts_as_zero {
            return self.nothing(span);
        }
        let problem = Diagnostic::new(
            Code::UnknownVariable,
            span,
            "nothing is ever assigned to this variable",
            "no value",
        );
        let problem = problem.help("assign to it before it is read");
        self.refuse(span, problem.compat("Could not resolve the type of this variable"))
    }

    pub(super) fn map_read(&mut self, access: &ast::MapAccess, span: Span) -> ExprId {
        let name = access.name.text.clone();
        let Some(entry) = self.entry(access, span) else { return self.nothing(span) };
        self.note_read(&name, span);
        let ty = self.map_value(&name).unwrap_or(Ty::Void);
        self.push(span, ty, ExprKind::Entry(entry))
    }

    /// Reading an aggregation in an expression gives its number where it has one.
    pub(super) fn reduced_number(&mut self, id: ExprId) -> ExprId {
        let Ty::Reduced(reduce) = *self.ty(id) else { return id };
        let sign = match reduce {
            Reduce::Count => Sign::Unsigned,
            Reduce::Sum(sign) | Reduce::Min(sign) | Reduce::Max(sign) | Reduce::Mean(sign) => {
                sign
            }
            Reduce::Stats(_)
            | Reduce::Log2 { .. }
            | Reduce::Linear { .. }
            | Reduce::Series(_)
            | Reduce::Quantiles
            | Reduce::Distinct
            | Reduce::Top(_) => return id,
        };
        let span = self.span(id);
        if !self.c.kernel.has(Feature::PerCpuLookup) {
            let title = format!("reading a `{reduce}` in a program needs Linux 5.19 or newer");
            let problem =
                Diagnostic::new(Code::MissingFeature, span, title, "this kernel can't do it");
            return self.refuse(span, problem.help("`print(@map)` shows it on every kernel"));
        }
        self.push(span, Ty::Int(Width::W64, sign), ExprKind::Cast(id))
    }

    fn step(&mut self, it: &ast::Step, span: Span) -> ExprId {
        let by = match it.direction {
            ast::Direction::Increment => 1,
            ast::Direction::Decrement => -1,
        };
        let given = match it.place {
            ast::Place::Prefix => Given::New,
            ast::Place::Postfix => Given::Old,
        };
        // `++` keeps the sign of what it counts, `--` may go below zero.
        let mut seen = Seen { flexible: by > 0, ..Seen::fixed(Ty::I64) };
        let mut by = by;
        if let ast::ExprKind::Map(access) = &it.target.kind {
            let Some(entry) = self.entry(access, it.target.span) else {
                return self.nothing(span);
            };
            if let Some(Ty::Ptr(to, space)) = self.map_value(&entry.map) {
                by *= i64::from(self.complete(&to, span).map_or(1, |ty| ty.size().max(1)));
                seen = Seen::fixed(Ty::Ptr(to, space));
            }
            self.widen_value(&entry.map, it.target.span, &seen);
            let ty = self.map_value(&entry.map).unwrap_or(Ty::I64);
            return self.push(span, ty, ExprKind::Step(Target::Entry(entry), by, given));
        }
        // The grammar takes no other targets.
        let ast::ExprKind::Variable(name) = &it.target.kind else { return self.nothing(span) };
        let target = self.variable(name, it.target.span);
        let ExprKind::Variable(id) = self.body.exprs[target.0].kind else {
            return target;
        };
        if let Ty::Ptr(to, _) = self.ty(target).clone() {
            by *= i64::from(self.size_of(&to, target).max(1));
            seen = self.seen(target);
        }
        if self.widen_variable(id.0, &seen).is_err() {
            let title =
                format!("`${name}` is {}, which can't be counted up", article(self.ty(target)));
            let problem = Diagnostic::new(Code::TypeMismatch, span, title, "not an integer");
            return self.refuse(span, problem);
        }
        let ty = self.body.variables[id.0].ty.clone();
        self.push(span, ty, ExprKind::Step(Target::Variable(id), by, given))
    }

    /// Makes `a ?: b` of what was checked like `a ? a : b`.
    fn evaluated_once(&mut self, id: ExprId) -> ExprId {
        if let ExprKind::Choose(_, value, other) = self.body.exprs[id.0].kind {
            self.body.exprs[id.0].kind = ExprKind::Otherwise(value, other);
        }
        id
    }

    fn choose(
        &mut self,
        condition: ExprId,
        (then, other): (ExprId, ExprId),
        span: Span,
    ) -> ExprId {
        if self.is_nothing(then) && self.is_nothing(other) {
            // `c ? printf(…) : printf(…)` as a statement.
            return self.push(span, Ty::Void, ExprKind::Choose(condition, then, other));
        }
        if self.lacks_value(then) || self.lacks_value(other) {
            return self.nothing(span);
        }
        if self.is_nothing(then) || self.is_nothing(other) {
            return self.nothing(span);
        }
        let (then, other) = (self.reduced_number(then), self.reduced_number(other));
        let (a, b) = (self.ty(then).clone(), self.ty(other).clone());
        self.warn_of_spaces((then, &a), (other, &b), span);
        let Some(joined) = join(&self.seen(then), &self.seen(other)) else {
            let title = format!("one arm is {}, the other {}", article(&a), article(&b));
            let problem =
                Diagnostic::new(Code::TypeMismatch, self.span(other), title, article(&b))
                    .related(self.span(then), article(&a))
                    .help("give both arms values of one type");
            let compat = format!(
                "Branches must return the same type or compatible types: have '{a}' and '{b}'"
            );
            return self.refuse(span, problem.compat(compat));
        };
        let id = self.push(span, joined.ty, ExprKind::Choose(condition, then, other));
        self.flexible[id.0] = joined.flexible;
        id
    }

    fn if_value(
        &mut self,
        branches: &[ast::Branch],
        otherwise: Option<&ast::Block>,
        span: Span,
    ) -> ExprId {
        let Some((first, rest)) = branches.split_first() else {
            let Some(block) = otherwise else { return self.nothing(span) };
            return self.block_value(block);
        };
        match self.decide(&first.condition) {
            Decision::Known(true) => self.block_value(&first.body),
            Decision::Known(false) => self.if_value(rest, otherwise, span),
            Decision::Never => self.nothing(span),
            Decision::Open(condition) => {
                let then = self.block_value(&first.body);
                let other = self.if_value(rest, otherwise, span);
                self.choose(condition, (then, other), span)
            }
        }
    }

    fn block_value(&mut self, block: &ast::Block) -> ExprId {
        self.scope.enter();
        let stmts = self.statements(&block.stmts);
        let value = block.value.as_ref().map(|value| self.expr(value));
        self.leave_block();
        let Some(value) = value else {
            let title = "this block has no value";
            let problem =
                Diagnostic::new(Code::NotAValue, block.span, title, "used as a value")
                    .help("end it with what its value is, without a `;`: `{ $x = 1; $x }`")
                    .compat("Invalid expression for assignment");
            return self.refuse(block.span, problem);
        };
        if matches!(self.body.exprs[value.0].kind, ExprKind::Nothing) {
            return value;
        }
        let (ty, flexible) = (self.ty(value).clone(), self.flexible[value.0]);
        let id = self.push(block.span, ty, ExprKind::Block(stmts, value));
        self.flexible[id.0] = flexible;
        id
    }

    /// One value of a tuple or record. Histograms and their like are no values.
    fn item(&mut self, expr: &Expr, within: &str) -> ExprId {
        let id = self.expr(expr);
        let id = self.reduced_number(id);
        let Ty::Reduced(reduce) = *self.ty(id) else { return id };
        let title = format!("a `{reduce}` can't be part of a {within}");
        let compat = format!("Map type {reduce} cannot exist inside a {within}.");
        let problem = Diagnostic::new(Code::TypeMismatch, expr.span, title, "this value");
        self.refuse(
            expr.span,
            problem.help("`print(@map)` shows the map as a whole").compat(compat),
        )
    }

    fn tuple(&mut self, items: &[Expr], span: Span) -> ExprId {
        let items: Vec<_> = items.iter().map(|item| self.item(item, "tuple")).collect();
        for item in &items {
            if self.lacks_value(*item) || self.is_nothing(*item) {
                return self.nothing(span);
            }
        }
        let ty = Ty::Tuple(items.iter().map(|item| self.ty(*item).clone()).collect());
        self.push(span, ty, ExprKind::Tuple(items))
    }

    fn record(&mut self, fields: &[ast::RecordField], span: Span) -> ExprId {
        let values = fields.iter().map(|field| self.item(&field.value, "record"));
        let values: Vec<_> = values.collect();
        for value in &values {
            if self.lacks_value(*value) || self.is_nothing(*value) {
                return self.nothing(span);
            }
        }
        let tuple = Ty::Tuple(values.iter().map(|value| self.ty(*value).clone()).collect());
        let named = fields.iter().zip(&values).zip(tuple.offsets());
        let fields = named.map(|((field, value), offset)| Field {
            name: field.name.text.clone(),
            ty: self.ty(*value).clone(),
            offset,
            bits: None,
            access: Access::Plain,
        });
        let (size, align) = (tuple.size(), tuple.align());
        let record = ir::Record { name: None, fields: fields.collect(), size, align };
        self.push(span, Ty::Record(record.into()), ExprKind::Tuple(values))
    }
}
