//! Spellings that bpftrace refuses today: they mean what they did, and the new ones are said.

use diag::{Code, Diagnostic, Span};
use grammar::ast;

use super::Checker;
use crate::typed::Stmt;

/// A call that takes one map entry and is given several.
pub(super) fn call_of_several(expr: &ast::Expr) -> Option<&ast::Call> {
    let ast::ExprKind::Call(call) = &expr.kind else { return None };
    let is_entry = |arg: &ast::Expr| matches!(&arg.kind, ast::ExprKind::Map(access) if access.keys.is_some());
    let several = call.args.len() > 1 && call.args.iter().all(is_entry);
    (several && stdlib::functions::takes_one_entry(&call.name.text)).then_some(call)
}

impl Checker<'_> {
    /// Complains of a second declaration. In an inner block it is a variable of its own, as it was
    /// before that was refused.
    pub(super) fn is_redeclared(&mut self, name: &ast::Name) -> bool {
        let Some(old) = self.scope.find(&name.text).filter(|old| !old.ended) else {
            return false;
        };
        let shadows = self.scope.is_outer(old);
        let (code, title) = if shadows {
            (Code::Obsolete, format!("`${}` hides the one of the block around", name.text))
        } else {
            (Code::Redeclared, format!("`${}` is declared twice", name.text))
        };
        let label = if shadows { "another one" } else { "again" };
        let problem = Diagnostic::new(code, name.span, title, label)
            .related(old.span, "first here")
            .related_compat("This is the initial declaration.")
            .help("give one of them another name");
        let compat = format!(
            "Variable ${} was already declared. Variable shadowing is not allowed.",
            name.text
        );
        let problem = problem.compat(compat);
        self.c.problems.push(if shadows { problem.warning() } else { problem });
        !shadows
    }

    /// Says that bpftrace would drop `while`, to those who ask for its ways or for today's spelling.
    pub(super) fn old_while(&mut self, keyword: Span) {
        if !self.c.config.compat && !self.c.config.strict {
            return;
        }
        let title = "`while`, which bpftrace means to drop";
        let problem = Diagnostic::new(Code::OldSpelling, keyword, title, "old loop")
            .help("count with `for ($i : 0..100) { … }`, and leave it with `break`")
            .compat("While loops are deprecated and may be removed in the future.");
        self.c.problems.push(problem.warning());
    }

    /// One call for each entry, of a call that has several.
    pub(super) fn call_by_entry(&mut self, call: &ast::Call, span: Span) -> Vec<Stmt> {
        let name = &call.name.text;
        let shown: Vec<_> = call.args.iter().map(|_| format!("{name}(…);")).collect();
        let title = format!("`{name}` with several entries");
        let label = format!("{} entries", call.args.len());
        let problem = Diagnostic::new(Code::Obsolete, span, title, label)
            .help(format!("call it once for each: `{}`", shown.join(" ")))
            .compat(format!("{name}() takes one entry at a time"));
        self.c.problems.push(problem.warning());
        let said = self.c.problems.len();
        let mut stmts = Vec::new();
        for arg in &call.args {
            let args = vec![arg.clone()];
            let kind = ast::ExprKind::Call(ast::Call { args, ..call.clone() });
            let kind = self.expression_statement(&ast::Expr { span, kind });
            stmts.push(Stmt { span: arg.span, kind });
        }
        // The spelling of each call is part of the same mistake.
        let mut later = self.c.problems.split_off(said);
        later.retain(|problem| {
            problem.code != Code::OldSpelling || problem.primary.span != span
        });
        self.c.problems.append(&mut later);
        stmts
    }
}
