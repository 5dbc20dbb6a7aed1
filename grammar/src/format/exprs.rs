//! Expressions: the tree has no parentheses, so they are put where the grammar needs them.

use crate::ast::{
    Access, Binary, BinaryOperator, Cast, Direction, Expr, ExprKind, Field, Index, Place,
    RecordField, Step, Ternary, TupleIndex, TypeKind,
};
use crate::format::comments::Writer;
use crate::format::layout::{Doc, bracketed, group, text};
use crate::format::types::{
    ATOM, CHOICE, First, OR, POSTFIX, UNARY, begins_with_name, first_of, is_hugged, level,
};

/// Where an expression stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Slot {
    /// What binds less than this needs parentheses.
    level: u8,
    /// What it may begin with.
    start: Start,
    /// How its further lines are indented.
    further: Further,
}

/// What an expression may begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Start {
    /// Anything.
    Any,
    /// Anything, and it may be a type as a whole.
    Type,
    /// Neither `if` nor `{`: that would be a statement.
    NoBlock,
}

/// How the further lines of a chain of operators are indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Further {
    /// One step.
    Indented,
    /// Not at all: what stands around it does that.
    Flush,
}

impl Slot {
    /// Any expression.
    pub(super) const ANY: Self =
        Self { level: CHOICE, start: Start::Any, further: Further::Indented };
    /// Any expression or type.
    pub(super) const ARGUMENT: Self = Self { start: Start::Type, ..Self::ANY };
    /// Between brackets of its own.
    pub(super) const INSIDE: Self = Self { further: Further::Flush, ..Self::ANY };
    /// Between the parentheses of a condition.
    pub(super) const CONDITION: Self = Self { start: Start::Type, ..Self::INSIDE };
    /// At the beginning of a statement, or before a block.
    pub(super) const STATEMENT: Self = Self { start: Start::NoBlock, ..Self::ANY };

    const fn operand(level: u8, start: Start) -> Self {
        Self { level, start, further: Further::Indented }
    }

    /// Whether it would be something else here than an expression.
    fn misreads(self, expr: &Expr) -> bool {
        if let ExprKind::Type(ty) = &expr.kind {
            return self.start != Start::Type && !matches!(ty.kind, TypeKind::Typeof(_));
        }
        is_block(expr) && self.start == Start::NoBlock
    }

    /// Of what the expression begins with.
    fn first(self, level: u8) -> Self {
        let start = if self.start == Start::NoBlock { Start::NoBlock } else { Start::Any };
        Self::operand(level, start)
    }
}

const fn is_block(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::If(_) | ExprKind::Block(_))
}

impl Writer<'_> {
    /// The expression, with the comments that stand before and in it.
    pub(super) fn expr(&mut self, expr: &Expr, slot: Slot) -> Doc {
        let mut docs = self.before(self.start(expr));
        let is_action = self.in_predicate && is_block(expr);
        if level(expr) >= slot.level && !slot.misreads(expr) && !is_action {
            docs.push(self.bare(expr, slot));
        } else {
            docs.push(self.parenthesised(expr));
        }
        Doc::List(docs)
    }

    fn parenthesised(&mut self, expr: &Expr) -> Doc {
        let in_predicate = std::mem::take(&mut self.in_predicate);
        let inside = self.bare(expr, Slot::CONDITION);
        self.in_predicate = in_predicate;
        bracketed("(", vec![inside], ")")
    }

    fn bare(&mut self, expr: &Expr, slot: Slot) -> Doc {
        match &expr.kind {
            ExprKind::Integer(it) => self.copy(it.span),
            ExprKind::String(it) => self.copy(it.span),
            ExprKind::Bool(it) => text(if *it { "true" } else { "false" }),
            ExprKind::Name(it) => text(it),
            ExprKind::Variable(it) => text(format!("${it}")),
            ExprKind::Positional(it) => text(format!("${it}")),
            ExprKind::PositionalCount => text("$#"),
            ExprKind::Map(it) => {
                let name = text(format!("@{}", it.name.text));
                let Some(keys) = &it.keys else { return name };
                let list = self.elements(&keys.list, keys.span.end, Slot::ANY);
                Doc::List(vec![name, bracketed("[", list, "]")])
            }
            ExprKind::Unary(it) => {
                let operand = self.expr(&it.operand, Slot::operand(UNARY, Start::Any));
                Doc::List(vec![text(it.operator.text()), operand])
            }
            ExprKind::Binary(_) => self.binary(expr, slot),
            ExprKind::Step(it) => self.step(it, slot),
            ExprKind::Ternary(it) => self.ternary(it, slot),
            ExprKind::Elvis(it) => {
                let value = self.expr(&it.value, slot.first(OR));
                let mut more = self.link(it.value.span.end, &it.otherwise, "?:");
                more.push(self.expr(&it.otherwise, Slot::ANY));
                chain(vec![value], more, slot)
            }
            ExprKind::If(it) => self.if_value(it),
            ExprKind::Block(it) => self.block_value(it),
            ExprKind::Comptime(it) => {
                let value = self.expr(it, Slot::operand(UNARY, Start::Any));
                Doc::List(vec![text("comptime"), Doc::Space, value])
            }
            ExprKind::Tuple(it) => self.tuple(it, expr.span.end),
            ExprKind::Record(it) => self.record(it, expr.span.end),
            ExprKind::Call(it) => {
                let args = self.arguments(&it.args, it.args_span.end);
                Doc::List(vec![text(&it.name.text), args])
            }
            ExprKind::Cast(it) => self.cast(it),
            ExprKind::Field(it) => self.field(it, slot),
            ExprKind::TupleIndex(it) => self.tuple_index(it, slot),
            ExprKind::Index(it) => self.index(it, expr.span.end, slot),
            ExprKind::Type(it) => self.ty(it),
        }
    }

    /// What is copied from the source, so that it stays as it was written.
    pub(super) fn copy(&mut self, span: diag::Span) -> Doc {
        let mut docs = self.before(span.start);
        docs.push(text(self.source.get(span.start as usize..span.end as usize).unwrap_or("")));
        Doc::List(docs)
    }

    // ── operators ──

    /// A chain of operators of one level.
    fn binary(&mut self, expr: &Expr, slot: Slot) -> Doc {
        let level = level(expr);
        let mut links = Vec::new();
        let mut first = expr;
        while let ExprKind::Binary(it) = &first.kind
            && self::level(first) == level
        {
            links.push(it);
            first = &it.left;
        }
        let first = self.expr(first, slot.first(level + 1));
        let mut more = Vec::new();
        for Binary { operator, operator_span, right, .. } in links.into_iter().rev() {
            more.extend(self.around(operator_span.start, self.start(right)));
            more.extend([Doc::Line, text(operator.text()), Doc::Space]);
            // `/` before `{` would end a predicate.
            let divides =
                *operator == BinaryOperator::Divide && first_of(right) == First::Block;
            let start = if divides { Start::NoBlock } else { Start::Any };
            more.push(self.expr(right, Slot::operand(level + 1, start)));
        }
        chain(vec![first], more, slot)
    }

    fn ternary(&mut self, it: &Ternary, slot: Slot) -> Doc {
        let condition = self.expr(&it.condition, slot.first(OR));
        let mut more = self.link(it.condition.span.end, &it.then, "?");
        more.push(self.expr(&it.then, Slot::ANY));
        more.extend(self.link(it.then.span.end, &it.otherwise, ":"));
        more.push(self.expr(&it.otherwise, Slot::ANY));
        chain(vec![condition], more, Slot::ANY)
    }

    /// What stands before an operand: a break, and the operator that follows `end` in the source.
    fn link(&mut self, end: u32, next: &Expr, operator: &str) -> Vec<Doc> {
        let mut docs = self.around(self.token_after(end), self.start(next));
        docs.extend([Doc::Line, text(operator), Doc::Space]);
        docs
    }

    fn step(&mut self, it: &Step, slot: Slot) -> Doc {
        let sign = text(if it.direction == Direction::Increment { "++" } else { "--" });
        if it.place == Place::Prefix {
            let target = self.expr(&it.target, Slot::operand(UNARY, Start::Any));
            return Doc::List(vec![sign, target]);
        }
        let target = self.expr(&it.target, slot.first(POSTFIX));
        Doc::List(vec![target, sign])
    }

    fn cast(&mut self, it: &Cast) -> Doc {
        let mut docs = vec![text("("), self.ty(&it.ty), text(")")];
        docs.extend(self.before(self.start(&it.value)));
        // Behind a bare name in parentheses a sign is taken for an infix operator.
        let written = self.source.as_bytes().get(it.value.span.start as usize) == Some(&b'(');
        let parentheses = match first_of(&it.value) {
            First::Block => true,
            First::Sign => written && begins_with_name(&it.ty),
            First::Other => false,
        };
        docs.push(if parentheses && level(&it.value) >= UNARY {
            self.parenthesised(&it.value)
        } else {
            self.expr(&it.value, Slot::operand(UNARY, Start::Any))
        });
        Doc::List(docs)
    }

    fn field(&mut self, it: &Field, slot: Slot) -> Doc {
        let mut docs = vec![self.expr(&it.base, slot.first(POSTFIX))];
        docs.extend(self.before(it.name.span.start));
        let access = if it.access == Access::Dot { "." } else { "->" };
        docs.push(text(format!("{access}{}", it.name.text)));
        Doc::List(docs)
    }

    fn tuple_index(&mut self, it: &TupleIndex, slot: Slot) -> Doc {
        // `1.0` would be a number with a fraction.
        let number = matches!(it.base.kind, ExprKind::Integer(_));
        let mut docs =
            vec![self.expr(&it.base, slot.first(if number { ATOM + 1 } else { POSTFIX }))];
        docs.extend(self.before(it.index_span.start));
        docs.extend([text("."), self.copy(it.index_span)]);
        Doc::List(docs)
    }

    fn index(&mut self, it: &Index, end: u32, slot: Slot) -> Doc {
        // `@m[1]` is an entry of a map, `(@m)[1]` is not.
        let map = matches!(&it.base.kind, ExprKind::Map(map) if map.keys.is_none());
        let base = self.expr(&it.base, slot.first(if map { ATOM + 1 } else { POSTFIX }));
        let mut inside = vec![self.expr(&it.index, Slot::INSIDE)];
        inside.extend(self.before(end.saturating_sub(1)));
        Doc::List(vec![base, bracketed("[", inside, "]")])
    }

    // ── lists ──

    /// The elements, with commas and comments, up to the bracket that ends at `end`.
    fn elements(&mut self, list: &[Expr], end: u32, slot: Slot) -> Vec<Doc> {
        let mut docs = Vec::new();
        for (at, it) in list.iter().enumerate() {
            docs.push(self.expr(it, slot));
            if let Some(next) = list.get(at + 1) {
                docs.extend(self.behind_comma(it.span.end, self.start(next)));
                docs.push(Doc::Line);
            }
        }
        docs.extend(self.before(end.saturating_sub(1)));
        docs
    }

    fn arguments(&mut self, list: &[Expr], end: u32) -> Doc {
        if let [only] = list
            && is_hugged(only)
            && !self.has_comment(self.start(only))
        {
            let mut docs = vec![text("(")];
            docs.push(self.expr(only, Slot::ARGUMENT));
            docs.extend(self.before(end.saturating_sub(1)));
            docs.push(text(")"));
            return Doc::List(docs);
        }
        let list = self.elements(list, end, Slot::ARGUMENT);
        if list.is_empty() {
            return text("()");
        }
        bracketed("(", list, ")")
    }

    fn tuple(&mut self, list: &[Expr], end: u32) -> Doc {
        let docs = if let [only] = list {
            let mut docs = vec![self.expr(only, Slot::ARGUMENT)];
            docs.extend(self.behind_comma(only.span.end, end.saturating_sub(1)));
            docs.extend(self.before(end.saturating_sub(1)));
            docs
        } else {
            self.elements(list, end, Slot::ARGUMENT)
        };
        if docs.is_empty() {
            return text("()");
        }
        bracketed("(", docs, ")")
    }

    fn record(&mut self, fields: &[RecordField], end: u32) -> Doc {
        let mut docs = Vec::new();
        for (at, it) in fields.iter().enumerate() {
            docs.extend(self.before(it.name.span.start));
            docs.push(text(format!("{}=", it.name.text)));
            docs.push(self.expr(&it.value, Slot::ANY));
            if let Some(next) = fields.get(at + 1) {
                docs.extend(self.behind_comma(it.value.span.end, next.name.span.start));
                docs.push(Doc::Line);
            }
        }
        docs.extend(self.before(end.saturating_sub(1)));
        bracketed("(", docs, ")")
    }

    /// What stands to the right of `=`.
    pub(super) fn right_side(&mut self, value: &Expr) -> Doc {
        let comments = self.before(self.start(value));
        if !comments.is_empty() {
            let value = self.expr(value, Slot::INSIDE);
            return Doc::Indent(vec![Doc::Space, Doc::List(comments), value]);
        }
        let chains = level(value) < UNARY;
        let value = self.expr(value, Slot::INSIDE);
        if chains {
            return group(vec![Doc::Indent(vec![Doc::Line, value])]);
        }
        Doc::List(vec![Doc::Space, value])
    }
}

/// Operands of which each may stand on its own line.
fn chain(mut docs: Vec<Doc>, more: Vec<Doc>, slot: Slot) -> Doc {
    if slot.further == Further::Indented {
        docs.push(Doc::Indent(more));
    } else {
        docs.extend(more);
    }
    group(docs)
}
