//! Macros of C: a name or a call in the program stands for what `#define` says.

use std::collections::BTreeSet;

use diag::{Code, Diagnostic, Origin, Source, Sources, Span};
use grammar::ast::{
    Expr, ExprKind, Integer, Item, MAX_DEPTH, MacroParamKind, Program, Suffix, Unary,
    UnaryOperator,
};
use ir::Sign;

use crate::{
    c::{Constant, Declarations},
    walk::{self, Visit},
};

/// How many parts of expressions macros may bring in all: each can double what another brings.
const MOST: usize = 1 << 14;

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
    let mut it = Replacement {
        own,
        sources,
        problems,
        hidden: Vec::new(),
        parameters: BTreeSet::new(),
        depth: 0,
        used: Span::default(),
        left: MOST,
        told: false,
    };
    for item in &mut program.items {
        match item {
            Item::Probe(probe) => walk::probe_parts(&mut it, probe),
            Item::Macro(of) => {
                let bare = of.params.iter().filter(|param| param.kind == MacroParamKind::Expr);
                it.parameters = bare.map(|param| param.name.text.clone()).collect();
                walk::block(&mut it, &mut of.body);
                it.parameters.clear();
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
    /// How deep the expression at hand is.
    depth: usize,
    /// Where the program itself uses the macro at hand.
    used: Span,
    /// How much more macros may bring.
    left: usize,
    /// It was told that they brought too much.
    told: bool,
}

impl Visit for Replacement<'_> {
    fn expr(&mut self, it: &mut Expr) {
        self.depth += 1;
        self.visit(it);
        self.depth -= 1;
    }
}

impl Replacement<'_> {
    fn visit(&mut self, it: &mut Expr) {
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

    fn name(&mut self, name: &str, it: &mut Expr) {
        let own = self.own;
        let Some(found) = own.macros.get(name) else { return };
        if let Some(value) = found.value {
            it.kind = literal(value, it.span);
            return;
        }
        if self.is_enough(it.span) {
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
        if self.is_enough(it.span) {
            return;
        }
        let Some(mut expr) = self.parsed(name, &found.text, it.span) else {
            let problem = no_expression(name, (&found.text, found.span), it.span);
            return self.problems.push(problem);
        };
        let parameters = found.parameters.iter().cloned();
        let outer = std::mem::replace(&mut self.parameters, parameters.collect());
        expr = self.inside(name, expr);
        self.parameters = outer;
        let sizes = args.iter().map(size).collect();
        let (names, values, left) = (&found.parameters, &args, self.left);
        let mut arguments = Arguments { names, values, sizes, left };
        arguments.expr(&mut expr);
        self.left = arguments.left;
        it.kind = expr.kind;
    }

    /// The expression that a macro's text is, as a text of its own.
    fn parsed(&mut self, name: &str, text: &str, call: Span) -> Option<Expr> {
        let (name, text) = (name.to_owned(), text.to_owned());
        let origin = Origin::Expansion(call);
        let id = self.sources.add(Source { name, text: text.as_str().into(), origin });
        let expr = grammar::expression(id, &text)?;
        self.left = self.left.saturating_sub(size(&expr));
        Some(expr)
    }

    /// Whether macros have brought too much; says so where that is first seen.
    fn is_enough(&mut self, span: Span) -> bool {
        if self.hidden.is_empty() {
            self.used = span;
        }
        let deep = self.depth > MAX_DEPTH;
        if self.left > 0 && !deep {
            return false;
        }
        if !std::mem::replace(&mut self.told, true) {
            let (code, title) = if deep {
                (Code::TooDeep, "macros stand for too deep an expression")
            } else {
                (Code::TooLarge, "macros stand for too large a program")
            };
            let problem = Diagnostic::new(code, self.used, title, "with this one");
            self.problems.push(problem.help("write less into macros"));
        }
        true
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
    /// Of the values.
    sizes: Vec<usize>,
    /// How much may be put in.
    left: usize,
}

impl Visit for Arguments<'_> {
    fn expr(&mut self, it: &mut Expr) {
        let ExprKind::Name(name) = &it.kind else { return walk::expr_parts(self, it) };
        let at = self.names.iter().position(|known| known == name);
        let Some((value, size)) =
            at.and_then(|at| Some((self.values.get(at)?, self.sizes.get(at)?)))
        else {
            return;
        };
        self.left = self.left.saturating_sub(*size);
        if self.left > 0 {
            *it = value.clone();
        }
    }
}

/// How many expressions there are in one.
fn size(expr: &Expr) -> usize {
    let mut count = Count(0);
    count.expr(&mut expr.clone());
    count.0
}

struct Count(usize);

impl Visit for Count {
    fn expr(&mut self, it: &mut Expr) {
        self.0 += 1;
        walk::expr_parts(self, it);
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
