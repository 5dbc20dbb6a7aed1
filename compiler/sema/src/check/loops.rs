//! Loops.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{self, ForOver};
use ir::{Reduce, Sign, Ty, Width};
use stdlib::Feature;

use super::Checker;
use crate::{
    lower::MOST_PLAIN_TURNS,
    typed::{StmtKind, VariableId},
    types::{Seen, join},
};

impl Checker<'_> {
    /// Complains of a range that is known to have more turns than the verifier can look at.
    fn few_enough(&mut self, span: Span, turns: i64) {
        if self.c.kernel.has(Feature::Loop) || turns <= MOST_PLAIN_TURNS {
            return;
        }
        let title = format!("a loop of {turns} turns needs Linux 5.17 or newer");
        let problem =
            Diagnostic::new(Code::MissingFeature, span, title, "this kernel can't do it");
        let help = format!("before 5.17 a loop has at most {MOST_PLAIN_TURNS} turns");
        self.c.problems.push(problem.help(help));
    }

    pub(super) fn while_loop(&mut self, it: &ast::While) -> StmtKind {
        self.old_while(it.keyword);
        let condition = self.condition(&it.condition);
        self.loops += 1;
        let body = self.block(&it.body);
        self.loops -= 1;
        StmtKind::While(condition, body)
    }

    pub(super) fn for_loop(&mut self, it: &ast::For) -> Option<StmtKind> {
        match &it.over {
            ForOver::Range(from, to) => self.range(it, from, to),
            ForOver::Expr(over) => self.entries(it, over),
        }
    }

    fn range(&mut self, it: &ast::For, from: &ast::Expr, to: &ast::Expr) -> Option<StmtKind> {
        let from = self.bound(from, "start");
        let to = self.bound(to, "end");
        // The wider of the types of both bounds.
        let seen = join(&self.seen(from), &self.seen(to)).unwrap_or(Seen::fixed(Ty::I64));
        if let Some((from, to)) = self.body.constant(from).zip(self.body.constant(to)) {
            self.few_enough(it.keyword, to.saturating_sub(from));
        }
        let wrong = self.is_nothing(from) || self.is_nothing(to);
        let (variable, body) = self.body_of(it, &seen);
        (!wrong).then_some(StmtKind::Range { variable: variable?, from, to, body })
    }

    /// One end of a range, which must be an integer.
    fn bound(&mut self, expr: &ast::Expr, end: &str) -> crate::typed::ExprId {
        let before = self.c.problems.len();
        let id = self.integer(expr, &format!("a range {end}s at"));
        if let Some(problem) = self.c.problems.get_mut(before..).and_then(<[_]>::last_mut)
            && problem.compat.is_none()
        {
            let compat = format!("Loop range requires an integer for the {end} value");
            problem.compat = Some(compat);
            problem.help = Some("write `for ($i : 0..10) { … }`".to_owned());
        }
        id
    }

    fn entries(&mut self, it: &ast::For, over: &ast::Expr) -> Option<StmtKind> {
        let ast::ExprKind::Map(access) = &over.kind else {
            let problem = Diagnostic::new(
                Code::WrongArgument,
                over.span,
                "`for` runs over a map or a range",
                "this is neither",
            );
            let help = "write `for ($entry : @map) { … }` or `for ($i : 0..10) { … }`";
            let problem =
                problem.help(help).compat("syntax: expected map or range in for loop");
            self.c.problems.push(problem);
            self.body_of(it, &Seen::fixed(Ty::Void));
            return None;
        };
        let name = access.name.text.clone();
        self.note_read(&name, over.span);
        let fits = self.can_iterate(access, over.span);
        let types = self.map_key(&name).zip(self.map_value(&name)).map(|(key, value)| {
            let value = entry_value(&value);
            Ty::Tuple(vec![key, value])
        });
        let seen = Seen::fixed(types.clone().unwrap_or(Ty::Void));
        let (variable, body) = self.body_of(it, &seen);
        types?;
        fits.then_some(StmtKind::Entries { variable: variable?, map: name, body })
    }

    /// Complains of a map that has no entries to run over.
    fn can_iterate(&mut self, access: &ast::MapAccess, span: Span) -> bool {
        let name = &access.name.text;
        let problem = if access.keys.is_some() {
            let title = "`for` runs over a whole map, not one entry";
            Diagnostic::new(Code::WrongArgument, span, title, "this is one entry")
                .help(format!("write `for ($entry : @{name})`"))
        } else if self.map_key(name).is_none() && self.map_value(name).is_some() {
            let title = format!("`@{name}` has no keys to run over");
            let compat = format!(
                "@{name} has no explicit keys (scalar map), and cannot be used for iteration"
            );
            Diagnostic::new(Code::MixedMap, span, title, "a scalar map")
                .help("give it keys: `@map[key] = …`")
                .compat(compat)
        } else if let Some(Ty::Reduced(
            reduce @ (Reduce::Log2 { .. }
            | Reduce::Linear { .. }
            | Reduce::Series(_)
            | Reduce::Quantiles
            | Reduce::Distinct
            | Reduce::Top(_)
            | Reduce::Stats(_)),
        )) = self.map_value(name)
        {
            let title = format!("the entries of a `{reduce}` can't be read in a program");
            Diagnostic::new(Code::TypeMismatch, span, title, "this map")
                .help(format!("`print(@{name})` shows it"))
                .compat(format!("Loop expression does not support type: {reduce}"))
        } else if !self.c.kernel.has(Feature::MapIteration) {
            let title = "a loop over a map needs Linux 5.13 or newer";
            Diagnostic::new(Code::MissingFeature, span, title, "this kernel can't do it")
                .help(format!("`print(@{name})` shows all entries"))
        } else {
            return true;
        };
        self.c.problems.push(problem);
        false
    }

    /// Checks the body of a `for` with its variable, of which nothing is known if it is nothing.
    fn body_of(
        &mut self,
        it: &ast::For,
        seen: &Seen,
    ) -> (Option<VariableId>, Vec<crate::typed::Stmt>) {
        self.scope.enter();
        self.loops += 1;
        let outer = std::mem::replace(&mut self.c.in_loop, true);
        let name = &it.variable;
        let mut variable = None;
        if let Some(old) = self.scope.find(&name.text).filter(|old| !old.ended) {
            let title = format!("`${}` is declared twice", name.text);
            let problem = Diagnostic::new(Code::Redeclared, name.span, title, "again")
                .related(old.span, "first here")
                .related_compat("This is the initial declaration.")
                .help("give the loop's variable another name");
            let compat = format!("Loop declaration shadows existing variable: ${}", name.text);
            self.c.problems.push(problem.compat(compat));
        } else {
            let index = self.new_variable(name.span);
            self.scope.add(&name.text, index, name.span);
            // The type is that of what the loop runs over, whatever it was before.
            let _ = self.widen_variable(index, seen);
            variable = Some(VariableId(index));
        }
        let body = self.block(&it.body);
        self.loops -= 1;
        self.c.in_loop = outer;
        self.leave_block();
        (variable, body)
    }

    pub(super) fn inside_loop(
        &mut self,
        span: Span,
        word: &str,
        kind: StmtKind,
    ) -> Option<StmtKind> {
        if self.loops > 0 {
            return Some(kind);
        }
        let title = format!("`{word}` outside of a loop");
        let problem = Diagnostic::new(Code::Misplaced, span, title, "no loop around it");
        let compat = format!("'{word}' statement is not allowed in a probe");
        self.c.problems.push(problem.help("use `return` to leave the probe").compat(compat));
        None
    }
}

/// What an entry's value is in a loop: the number of an aggregation.
fn entry_value(value: &Ty) -> Ty {
    let Ty::Reduced(reduce) = value else { return value.clone() };
    let sign = match reduce {
        Reduce::Sum(sign) | Reduce::Min(sign) | Reduce::Max(sign) | Reduce::Mean(sign) => *sign,
        Reduce::Count
        | Reduce::Stats(_)
        | Reduce::Log2 { .. }
        | Reduce::Linear { .. }
        | Reduce::Series(_)
        | Reduce::Quantiles
        | Reduce::Distinct
        | Reduce::Top(_) => Sign::Unsigned,
    };
    Ty::Int(Width::W64, sign)
}
