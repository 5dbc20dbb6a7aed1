//! Blocks and statements.

use crate::ast::{Block, Expr, ExprKind, For, ForOver, If, Stmt, StmtKind};
use crate::format::comments::{Separation, Sequence, Writer};
use crate::format::exprs::Slot;
use crate::format::layout::{Doc, bracketed, group, text};
use crate::format::types::is_element_of_type;

impl Writer<'_> {
    /// ` { … }`, a statement a line, with the comments before and in it.
    pub(super) fn block(&mut self, block: &Block) -> Doc {
        let mut docs = vec![Doc::Space];
        docs.extend(self.inline_before(block.span.start));
        docs.push(text("{"));
        docs.push(self.block_rest(block));
        Doc::List(docs)
    }

    /// What follows the `{` of a block.
    pub(super) fn block_rest(&mut self, block: &Block) -> Doc {
        let close = block.span.end.saturating_sub(1);
        if block.stmts.is_empty() && block.value.is_none() && !self.has_comment(close) {
            return text("}");
        }
        let mut seq = Sequence::new(block.span.start + 1, Separation::First);
        let mut docs = self.behind_brace(&mut seq, block.span.start);
        for stmt in &block.stmts {
            docs.extend(self.above(&mut seq, stmt.span.start));
            docs.push(self.separator(&seq, stmt.span.start));
            docs.push(self.stmt(stmt));
            docs.extend(self.notes(&mut seq, stmt.span.end));
        }
        if let Some(value) = &block.value {
            docs.extend(self.above(&mut seq, value.span.start));
            docs.push(self.separator(&seq, value.span.start));
            docs.push(self.value(value));
            docs.extend(self.notes(&mut seq, value.span.end));
        }
        docs.extend(self.above(&mut seq, close));
        Doc::List(vec![Doc::Indent(docs), Doc::Hard, text("}")])
    }

    /// A block's value: the last thing in it, without a `;`.
    fn value(&mut self, value: &Expr) -> Doc {
        // Bare, these would be statements if they had no value.
        let bare = if let ExprKind::If(it) = &value.kind {
            it.branches.iter().all(|it| it.body.value.is_some())
                && it.otherwise.as_ref().is_some_and(|it| it.value.is_some())
        } else {
            matches!(&value.kind, ExprKind::Block(it) if it.value.is_some())
        };
        self.expr(value, if bare { Slot::ANY } else { Slot::STATEMENT })
    }

    /// `{ value }` on one line if it fits.
    pub(super) fn block_value(&mut self, block: &Block) -> Doc {
        match &block.value {
            Some(value) if block.stmts.is_empty() && !self.has_comment(block.span.end) => {
                let inside = vec![Doc::Line, self.value(value)];
                group(vec![text("{"), Doc::Indent(inside), Doc::Line, text("}")])
            }
            Some(_) | None => Doc::List(vec![text("{"), self.block_rest(block)]),
        }
    }

    // ── statements ──

    /// The statement, with its `;`.
    pub(super) fn stmt(&mut self, stmt: &Stmt) -> Doc {
        let doc = match &stmt.kind {
            StmtKind::Let(it) => {
                let mut docs = vec![text("let"), Doc::Space];
                docs.extend(self.before(it.name.span.start));
                docs.push(text(format!("${}", it.name.text)));
                if let Some(ty) = &it.ty {
                    docs.extend([text(" :"), Doc::Space, self.ty(ty)]);
                }
                if let Some(value) = &it.value {
                    docs.extend([text(" ="), self.right_side(value)]);
                }
                Doc::List(docs)
            }
            StmtKind::Assign(it) => {
                let mut docs = vec![self.expr(&it.target, Slot::STATEMENT)];
                docs.extend(self.before(it.operator_span.start));
                let operator = it.operator.map_or("", |it| it.text());
                docs.extend([
                    Doc::Space,
                    text(format!("{operator}=")),
                    self.right_side(&it.value),
                ]);
                Doc::List(docs)
            }
            StmtKind::Discard(it) => Doc::List(vec![text("_ ="), self.right_side(it)]),
            StmtKind::Expr(it) => self.expr(it, Slot::STATEMENT),
            StmtKind::If(it) => return self.if_else(it),
            StmtKind::Block(it) => return Doc::List(vec![text("{"), self.block_rest(it)]),
            StmtKind::While(it) => {
                return Doc::List(vec![
                    self.condition("while", &it.condition),
                    self.block(&it.body),
                ]);
            }
            StmtKind::Unroll(it) => {
                return Doc::List(vec![
                    self.condition("unroll", &it.count),
                    self.block(&it.body),
                ]);
            }
            StmtKind::For(it) => return self.for_each(it),
            StmtKind::Break => text("break"),
            StmtKind::Continue => text("continue"),
            StmtKind::Return(None) => text("return"),
            StmtKind::Return(Some(it)) => Doc::List(vec![text("return"), self.right_side(it)]),
            StmtKind::Import(it) => {
                Doc::List(vec![text("import"), Doc::Space, self.copy(it.span)])
            }
        };
        Doc::List(vec![doc, text(";")])
    }

    /// `if (c)`
    fn condition(&mut self, keyword: &str, condition: &Expr) -> Doc {
        if is_element_of_type(condition) {
            let condition = self.expr(condition, Slot::STATEMENT);
            return Doc::List(vec![text(keyword), Doc::Space, condition]);
        }
        let mut inside = self.before(self.start(condition));
        inside.push(self.expr(condition, Slot::CONDITION));
        inside.extend(self.before(condition.span.end));
        Doc::List(vec![text(keyword), Doc::Space, bracketed("(", inside, ")")])
    }

    fn if_else(&mut self, it: &If) -> Doc {
        let mut docs = Vec::new();
        let mut end = None;
        for branch in &it.branches {
            docs.extend(end.map(|end| self.otherwise(end)));
            docs.push(self.condition("if", &branch.condition));
            docs.push(self.block(&branch.body));
            end = Some(branch.body.span.end);
        }
        if let Some((end, block)) = end.zip(it.otherwise.as_ref()) {
            docs.extend([self.otherwise(end), self.block(block)]);
        }
        Doc::List(docs)
    }

    /// `else`, behind a block that ends at `end`.
    fn otherwise(&mut self, end: u32) -> Doc {
        let mut docs = vec![Doc::Space];
        docs.extend(self.before(self.token_after(end)));
        docs.extend([text("else"), Doc::Space]);
        Doc::List(docs)
    }

    /// `if (c) { 1 } else { 2 }`, on one line if it fits.
    pub(super) fn if_value(&mut self, it: &If) -> Doc {
        let plain = |it: &Block| it.stmts.is_empty() && it.value.is_some();
        let plain = it.branches.iter().all(|it| plain(&it.body))
            && it.otherwise.as_ref().is_none_or(plain);
        let end = it.otherwise.as_ref().or(it.branches.last().map(|it| &it.body));
        if !plain || end.is_some_and(|it| self.has_comment(it.span.end)) {
            return self.if_else(it);
        }
        let mut docs = Vec::new();
        for branch in &it.branches {
            if !docs.is_empty() {
                docs.push(text(" else "));
            }
            docs.extend([self.condition("if", &branch.condition), Doc::Space]);
            docs.push(self.arm(&branch.body));
        }
        if let Some(block) = &it.otherwise {
            docs.extend([text(" else "), self.arm(block)]);
        }
        group(docs)
    }

    fn arm(&mut self, block: &Block) -> Doc {
        let mut inside = vec![Doc::Line];
        inside.extend(block.value.as_ref().map(|it| self.value(it)));
        Doc::List(vec![text("{"), Doc::Indent(inside), Doc::Line, text("}")])
    }

    fn for_each(&mut self, it: &For) -> Doc {
        let mut docs = vec![text("for"), Doc::Space];
        docs.push(text("("));
        docs.extend(self.before(it.variable.span.start));
        docs.extend([text(format!("${}", it.variable.text)), text(" :"), Doc::Space]);
        match &it.over {
            ForOver::Expr(over) => docs.push(self.expr(over, Slot::STATEMENT)),
            ForOver::Range(start, end) => {
                docs.push(self.expr(start, Slot::STATEMENT));
                docs.extend(self.before(self.token_after(start.span.end)));
                docs.extend([text(".."), self.expr(end, Slot::STATEMENT)]);
            }
        }
        docs.push(text(")"));
        docs.push(self.block(&it.body));
        Doc::List(docs)
    }
}
