//! Macros of C: a name or a call in the program stands for what `#define` says.

use std::collections::BTreeSet;

use diag::{Code, Diagnostic, Origin, Source, Sources, Span};
use grammar::ast::{
    Expr, ExprKind, Integer, Item, MacroParamKind, Program, Suffix, Unary, UnaryOperator,
};
use ir::Sign;

use crate::{
    c::{Constant, Declarations},
    walk::{self, Visit},
};

/// How deeply macros may stand for each other.
const DEEPEST: usize = 64;

/// Replaces every macro of `own` in the program.
pub(super) fn replace(
    program: &mut Program,
    own: &Declarations,
    sources: &mut Sources,
    problems: &mut Vec<Diagnostic>,
) {
    if own.macros.is_empty() && own.functions.is_empty() {
        return;
    }
    for item in &mut program.items {
        let (hidden, parameters) = (Vec::new(), BTreeSet::new());
        let mut it = Replacement { own, sources, problems, hidden, parameters };
        match item {
            Item::Probe(probe) => walk::probe_parts(&mut it, probe),
            Item::Macro(of) => {
                let bare = of.params.iter().filter(|param| param.kind == MacroParamKind::Expr);
                it.parameters = bare.map(|param| param.name.text.clone()).collect();
                walk::block(&mut it, &mut of.body);
            }
            Item::Function(of) => walk::block(&mut it, &mut of.body),
            Item::C(_) | Item::Config(_) | Item::Import(_) | Item::Map(_) => {}
        }
    }
}

struct Replacement<'a> {
    own: &'a Declarations,
    sources: &'a mut Sources,
    problems: &'a mut Vec<Diagnostic>,
    /// Macros that are being replaced: in themselves they stand for nothing.
    hidden: Vec<String>,
    /// Names that are a macro's of our own language.
    parameters: BTreeSet<String>,
}

impl Visit for Replacement<'_> {
    fn expr(&mut self, it: &mut Expr) {
        if let ExprKind::Name(name) = &it.kind {
            if !self.parameters.contains(name) && !self.hidden.contains(name) {
                let name = name.clone();
                self.name(&name, it);
            }
            return;
        }
        walk::expr_parts(self, it);
        if let ExprKind::Call(call) = &it.kind
            && !self.hidden.contains(&call.name.text)
        {
            let (name, args) = (call.name.text.clone(), call.args.clone());
            self.call(&name, args, it);
        }
    }
}

impl Replacement<'_> {
    fn name(&mut self, name: &str, it: &mut Expr) {
        let own = self.own;
        let Some(found) = own.macros.get(name) else { return };
        if let Some(value) = found.value {
            it.kind = literal(value, it.span);
            return;
        }
        let parsed = self.parsed(name, &found.text, it.span);
        if let Some(expr) = parsed {
            it.kind = self.inside(name, expr).kind;
        } else if stdlib::builtins::find(name).is_none() {
            self.problems.push(no_expression(name, (&found.text, found.span), it.span));
        }
    }

    fn call(&mut self, name: &str, args: Vec<Expr>, it: &mut Expr) {
        let own = self.own;
        let Some(found) = own.functions.get(name) else { return };
        let wanted = found.parameters.len();
        if wanted != args.len() {
            let plural = if wanted == 1 { "" } else { "s" };
            let title =
                format!("`{name}` takes {wanted} argument{plural}, {} given", args.len());
            let problem = Diagnostic::new(Code::WrongArity, it.span, title, "this call");
            let help = format!("write `{name}({})`", found.parameters.join(", "));
            return self.problems.push(problem.related(found.span, "defined here").help(help));
        }
        let Some(mut expr) = self.parsed(name, &found.text, it.span) else {
            let problem = no_expression(name, (&found.text, found.span), it.span);
            return self.problems.push(problem);
        };
        let parameters = found.parameters.iter().cloned();
        let outer = std::mem::replace(&mut self.parameters, parameters.collect());
        expr = self.inside(name, expr);
        self.parameters = outer;
        let mut arguments = Arguments { names: &found.parameters, values: &args };
        arguments.expr(&mut expr);
        it.kind = expr.kind;
    }

    /// The expression that a macro's text is, as a text of its own.
    fn parsed(&mut self, name: &str, text: &str, call: Span) -> Option<Expr> {
        if self.hidden.len() >= DEEPEST {
            return None;
        }
        let (name, text) = (name.to_owned(), text.to_owned());
        let origin = Origin::Expansion(call);
        let id = self.sources.add(Source { name, text: text.clone(), origin });
        grammar::expression(id, &text)
    }

    fn inside(&mut self, name: &str, mut expr: Expr) -> Expr {
        self.hidden.push(name.to_owned());
        self.expr(&mut expr);
        self.hidden.pop();
        expr
    }
}

/// Puts arguments in the place of parameters.
struct Arguments<'a> {
    names: &'a [String],
    values: &'a [Expr],
}

impl Visit for Arguments<'_> {
    fn expr(&mut self, it: &mut Expr) {
        let ExprKind::Name(name) = &it.kind else { return walk::expr_parts(self, it) };
        let at = self.names.iter().position(|known| known == name);
        if let Some(value) = at.and_then(|at| self.values.get(at)) {
            *it = value.clone();
        }
    }
}

fn literal(value: Constant, span: Span) -> ExprKind {
    let integer = |value: u64| ExprKind::Integer(Integer { span, value, suffix: Suffix::None });
    if value.sign == Sign::Unsigned || value.bits >= 0 {
        return integer(value.bits.cast_unsigned());
    }
    let operand = Box::new(Expr { span, kind: integer(value.bits.unsigned_abs()) });
    ExprKind::Unary(Unary { operator: UnaryOperator::Negate, operator_span: span, operand })
}

fn no_expression(name: &str, (text, place): (&str, Span), span: Span) -> Diagnostic {
    let title = if text.is_empty() {
        format!("`{name}` stands for nothing")
    } else {
        format!("`{name}` stands for `{text}`, which is no expression")
    };
    Diagnostic::new(Code::UnknownName, span, title, "used as an expression")
        .related(place, "defined here")
        .help("give the macro an expression of this language")
        .compat(format!("unable to expand macro as an expression: {text}"))
}
