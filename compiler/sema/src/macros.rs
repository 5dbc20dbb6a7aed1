//! Macros: a call stands for the macro's body, with its parameters replaced and its own variables
//! renamed, so that they meet none of the caller's.

use std::collections::BTreeMap;

use diag::{Code, Diagnostic, Span};
use grammar::ast::{
    Block, Call, Expr, ExprKind, Macro, MacroParamKind, Name, Probe, Stmt, StmtKind,
};

use crate::{
    prelude,
    walk::{self, Visit},
};

/// Deepest chain of macros that call each other; a longer one calls itself.
const DEEPEST: usize = 64;

/// The macros of a program.
#[derive(Debug, Default)]
pub(crate) struct Macros<'a> {
    by_name: BTreeMap<&'a str, Vec<&'a Macro>>,
    /// How many calls were expanded: makes names of variables unique.
    calls: usize,
}

impl<'a> Macros<'a> {
    /// Adds a macro; a later one with the same parameters hides an earlier one.
    pub(crate) fn add(&mut self, it: &'a Macro) {
        self.by_name.entry(it.name.text.as_str()).or_default().push(it);
    }

    /// Where the program's first macro called `name` is defined.
    pub(crate) fn place(&self, name: &str) -> Option<Span> {
        let known = self.by_name.get(name)?;
        known.iter().find(|it| !prelude::is_own(it)).map(|it| it.name.span)
    }

    /// Replaces every call of a macro in a probe.
    pub(crate) fn expand(&mut self, probe: &mut Probe, problems: &mut Vec<Diagnostic>) {
        if self.by_name.is_empty() {
            return;
        }
        let mut expander = Expander { macros: self, problems, chain: Vec::new() };
        walk::probe_parts(&mut expander, probe);
    }

    /// The same in the body of a function.
    pub(crate) fn expand_block(&mut self, body: &mut Block, problems: &mut Vec<Diagnostic>) {
        if self.by_name.is_empty() {
            return;
        }
        let mut expander = Expander { macros: self, problems, chain: Vec::new() };
        walk::block(&mut expander, body);
    }
}

struct Expander<'e, 'a> {
    macros: &'e mut Macros<'a>,
    problems: &'e mut Vec<Diagnostic>,
    /// The macros that the code at hand comes from.
    chain: Vec<&'a Macro>,
}

impl Visit for Expander<'_, '_> {
    fn stmt(&mut self, stmt: &mut Stmt) {
        let StmtKind::Expr(expr) = &mut stmt.kind else { return walk::stmt_parts(self, stmt) };
        // Arguments are the caller's code: they come first, and are no part of the macro.
        walk::expr_parts(self, expr);
        let Some((mut body, chain)) = self.called(expr) else { return };
        // Nobody looks at the value.
        if let Some(value) = body.value.take() {
            body.stmts.push(Stmt { span: value.span, kind: StmtKind::Expr(*value) });
        }
        self.inside(chain, |it| walk::block(it, &mut body));
        stmt.kind = StmtKind::Block(body);
    }

    fn expr(&mut self, expr: &mut Expr) {
        walk::expr_parts(self, expr);
        let Some((mut body, chain)) = self.called(expr) else { return };
        self.inside(chain, |it| walk::block(it, &mut body));
        expr.kind = ExprKind::Block(Box::new(body));
    }
}

impl<'a> Expander<'_, 'a> {
    fn inside(&mut self, next: &'a Macro, run: impl FnOnce(&mut Self)) {
        self.chain.push(next);
        run(self);
        self.chain.pop();
    }

    /// The body that a call of a macro stands for.
    fn called(&mut self, expr: &Expr) -> Option<(Block, &'a Macro)> {
        let (name, args) = if let ExprKind::Call(Call { name, args, .. }) = &expr.kind {
            (name.text.as_str(), args.as_slice())
        } else if let ExprKind::Name(name) = &expr.kind {
            (name.as_str(), &[][..])
        } else {
            return None;
        };
        let known = self.macros.by_name.get(name)?.clone();
        let bare = matches!(expr.kind, ExprKind::Name(_));
        if bare && !known.iter().any(|it| it.params.is_empty()) {
            return None;
        }
        let found = known.iter().rev().copied().find(|it| fits(it, args));
        let Some(found) = found else {
            self.problems.push(no_match(&known, name, args, expr.span));
            return Some((empty(expr.span), known[0]));
        };
        if self.chain.len() >= DEEPEST || self.chain.iter().any(|it| std::ptr::eq(*it, found)) {
            let title = format!("macro `{name}` calls itself");
            let problem =
                Diagnostic::new(Code::Misplaced, expr.span, title, "called here again")
                    .related(found.name.span, "defined here")
                    .help("use a loop: `for ($i : 0..10) { … }`");
            self.problems.push(problem);
            return Some((empty(expr.span), found));
        }
        self.macros.calls += 1;
        let mut body = found.body.clone();
        if prelude::is_own(found) {
            prelude::move_to(&mut body, expr.span);
        }
        let mut replaced = Replacement {
            of: found,
            args,
            suffix: format!("'{}", self.macros.calls),
            problems: self.problems,
        };
        walk::block(&mut replaced, &mut body);
        Some((body, found))
    }
}

fn empty(span: Span) -> Block {
    Block { span, stmts: Vec::new(), value: None }
}

/// Whether the arguments are what the parameters want.
fn fits(it: &Macro, args: &[Expr]) -> bool {
    let pairs = it.params.iter().zip(args);
    it.params.len() == args.len() && pairs.clone().all(|(param, arg)| suits(param.kind, arg))
}

fn suits(kind: MacroParamKind, arg: &Expr) -> bool {
    match kind {
        MacroParamKind::Expr => true,
        MacroParamKind::Variable => matches!(arg.kind, ExprKind::Variable(_)),
        MacroParamKind::Map => {
            matches!(&arg.kind, ExprKind::Map(access) if access.keys.is_none())
        }
    }
}

fn no_match(known: &[&Macro], name: &str, args: &[Expr], span: Span) -> Diagnostic {
    let same = known.iter().rev().find(|it| it.params.len() == args.len());
    let Some(same) = same else {
        let wanted = known[0].params.len();
        let plural = if wanted == 1 { "" } else { "s" };
        let title =
            format!("macro `{name}` takes {wanted} argument{plural}, {} given", args.len());
        let compat = format!(
            "The closest definition of {name}() has a different number of arguments. Expected: {wanted} but got {}",
            args.len()
        );
        let title = if prelude::is_own(known[0]) {
            format!("`{name}` does not take {} arguments", args.len())
        } else {
            title
        };
        let problem = Diagnostic::new(Code::WrongArity, span, title, "this call");
        return defined(problem, known[0], known[0].name.span, "defined here").compat(compat);
    };
    let wrong = same.params.iter().zip(args).find(|(param, arg)| !suits(param.kind, arg));
    let (what, sigil, at) = match wrong {
        Some((param, arg)) if param.kind == MacroParamKind::Map => {
            ("map", "@", (param, arg.span))
        }
        Some((param, arg)) => ("variable", "$", (param, arg.span)),
        None => ("value", "", (&same.params[0], span)),
    };
    let (param, at) = at;
    let title = format!("macro `{name}` takes a {what} for `{sigil}{}`", param.name.text);
    let compat = format!(
        "Mismatched arg. {name}() expects a {what} for arg {sigil}{} but got an expression.",
        param.name.text
    );
    let problem = Diagnostic::new(Code::WrongArgument, at, title, format!("this is no {what}"));
    defined(problem, same, param.name.span, "the parameter").compat(compat)
}

/// Says where a macro is defined, if the program defines it, and how it is called.
fn defined(problem: Diagnostic, it: &Macro, at: Span, label: &str) -> Diagnostic {
    if let Some(word) = stdlib::prelude::find(&it.name.text).filter(|_| prelude::is_own(it)) {
        return problem.help(format!("write `{}`", word.usage()));
    }
    problem.related(at, label).help(format!("write `{}`", usage(it)))
}

fn usage(it: &Macro) -> String {
    let params = it.params.iter().map(|param| match param.kind {
        MacroParamKind::Variable => format!("${}", param.name.text),
        MacroParamKind::Map => format!("@{}", param.name.text),
        MacroParamKind::Expr => param.name.text.clone(),
    });
    format!("{}({})", it.name.text, params.collect::<Vec<_>>().join(", "))
}

/// Puts arguments in the place of parameters, and new names in that of the macro's variables.
struct Replacement<'r> {
    of: &'r Macro,
    args: &'r [Expr],
    /// Follows the names of the macro's own variables; no name can be written like that.
    suffix: String,
    problems: &'r mut Vec<Diagnostic>,
}

impl Replacement<'_> {
    fn argument(&self, kind: MacroParamKind, name: &str) -> Option<&Expr> {
        let at =
            self.of.params.iter().position(|it| it.kind == kind && it.name.text == name)?;
        self.args.get(at)
    }

    fn variable(&self, name: &str) -> String {
        match self.argument(MacroParamKind::Variable, name).map(|arg| &arg.kind) {
            Some(ExprKind::Variable(outer)) => outer.clone(),
            _ => format!("{name}{}", self.suffix),
        }
    }
}

impl Visit for Replacement<'_> {
    fn declared(&mut self, name: &mut Name) {
        name.text = self.variable(&name.text);
    }

    fn expr(&mut self, expr: &mut Expr) {
        if let ExprKind::Name(name) = &expr.kind {
            if let Some(argument) = self.argument(MacroParamKind::Expr, name) {
                // The caller's code: nothing of it is replaced.
                *expr = by_value(argument);
            }
            return;
        }
        if let ExprKind::Variable(name) = &mut expr.kind {
            *name = self.variable(name);
        } else if let ExprKind::Map(access) = &mut expr.kind {
            let outer = self.argument(MacroParamKind::Map, &access.name.text);
            match outer.map(|arg| &arg.kind) {
                Some(ExprKind::Map(outer)) => access.name.text.clone_from(&outer.name.text),
                Some(_) | None => self.problems.push(unhygienic(&access.name, self.of)),
            }
        }
        walk::expr_parts(self, expr);
    }
}

/// An argument that is a variable or a map is passed by value: the macro cannot change it.
fn by_value(argument: &Expr) -> Expr {
    let is_place = matches!(argument.kind, ExprKind::Variable(_))
        || matches!(&argument.kind, ExprKind::Map(access) if access.keys.is_some());
    if !is_place {
        return argument.clone();
    }
    let span = argument.span;
    let block = Block { span, stmts: Vec::new(), value: Some(Box::new(argument.clone())) };
    Expr { span, kind: ExprKind::Block(Box::new(block)) }
}

fn unhygienic(name: &Name, of: &Macro) -> Diagnostic {
    let title =
        format!("macro `{}` uses the map `@{}`, which is not its own", of.name.text, name.text);
    Diagnostic::new(Code::Misplaced, name.span, title, "not a parameter")
        .related(of.name.span, "this macro")
        .help(format!("pass the map: `macro {}(@{}, …)`", of.name.text, name.text))
        .compat("Unhygienic access to map")
}
