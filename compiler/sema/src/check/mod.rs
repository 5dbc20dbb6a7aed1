//! Types: one pass over every body finds the types of variables and maps; passes are repeated
//! until nothing widens any more, and the last one's findings count.

mod address;
mod assign;
mod call;
mod cast;
mod clock;
mod convert;
mod declare;
mod entry;
mod expr;
mod fit;
mod fold;
mod function;
mod imported;
mod leave;
mod loops;
mod old;
mod operator;
mod part;
mod pass;
mod pointer;
mod query;
mod scope;
mod stmt;

use std::collections::{BTreeMap, BTreeSet};

use diag::{Code, Diagnostic, SourceId, Span};
use grammar::ast;
use ir::Ty;
use stdlib::{Check, Kernel, probes::Offers};

use crate::{
    Declared, Expansion, Functions, Typed,
    c::Declarations,
    macros, missing,
    own::WithOwn,
    typed::{Body, Expr, ExprId, ExprKind, Map, Variable},
    types::{Seen, join},
};
use pass::Place;
use scope::Scope;

/// Passes after which types that still widen are given up on; each pass widens at least one of
/// finitely many types, and programs of people settle in three.
const MOST_PASSES: usize = 40;

/// Checks a program; what is wrong goes to `problems`.
pub fn check(
    expansion: Expansion,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Typed {
    let kernel = &WithOwn { kernel, own: &expansion.own };
    let mut known = Known::default();
    let mut found = Vec::new();
    let mut bodies = Vec::new();
    for _ in 0..MOST_PASSES {
        let before = known.clone();
        found.clear();
        bodies = pass::pass(&expansion, kernel, &mut known, &mut found);
        if known == before && !known.settle_skipped() {
            break;
        }
    }
    // What would write a map may be what is wrong, or stand in a probe that was refused.
    if !diag::any_error(problems) && !diag::any_error(&found) {
        unwritten(&known, &mut found);
    }
    deduplicate(&mut found, &expansion.copies);
    found.iter_mut().for_each(macros::as_written);
    problems.append(&mut found);
    let declared = expansion.declared;
    let maps = known.maps.into_iter().map(|(name, map)| Map {
        key: map.key.and_then(|key| key.ty).map(|seen| seen.ty),
        value: map.value.map_or(Ty::I64, |seen| seen.ty),
        item: map.item.map(|seen| seen.ty),
        span: map.span,
        declared: declared.get(&name).copied(),
        name,
    });
    let maps: Vec<_> = maps.collect();
    problems.extend(maps.iter().filter_map(undeclarable));
    problems.extend(unused(&declared, &maps));
    missing::forgive(&expansion.config, &expansion.heads, problems);
    missing::refuse_old(&expansion.config, problems);
    let (heads, config, own) = (expansion.heads, expansion.config, expansion.own);
    Typed { maps, heads, bodies, config, own }
}

/// Complains of a map that is declared as a kind that its values can't be kept in.
fn undeclarable(map: &Map) -> Option<Diagnostic> {
    let declared = map.declared?;
    let aggregated = matches!(map.value, Ty::Reduced(_));
    if declared.kind.per_cpu == aggregated {
        return None;
    }
    let right = match (aggregated, declared.kind.evicts) {
        (true, false) => "percpuhash",
        (true, true) => "percpulruhash",
        (false, false) => "hash",
        (false, true) => "lruhash",
    };
    let (name, kind, value) = (&map.name, declared.kind.name, &map.value);
    let title = format!(
        "`@{name}` is declared as `{kind}`, which does not hold {}",
        stdlib::article(value)
    );
    let compat = format!(
        "Incompatible map types. Type from declaration: {kind}. Type from value/key type: {right}"
    );
    let problem = Diagnostic::new(Code::TypeMismatch, declared.span, title, "declared here");
    let help = format!("write `let @{name} = {right}({});`", declared.entries);
    Some(problem.related(map.span, "used here").help(help).compat(compat))
}

/// Warnings of maps that are declared and never used.
fn unused<'a>(
    declared: &'a BTreeMap<String, Declared>,
    maps: &'a [Map],
) -> impl Iterator<Item = Diagnostic> + 'a {
    let idle = declared.iter().filter(|(name, _)| !maps.iter().any(|map| map.name == **name));
    idle.map(|(name, it)| {
        let title = format!("`@{name}` is declared and never used");
        let problem = Diagnostic::new(Code::Unused, it.span, title, "declared here").warning();
        problem.help("remove it").compat(format!("Unused map: @{name}"))
    })
}

/// What is known of the whole program's types.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    maps: BTreeMap<String, MapTypes>,
    /// Maps in branches that are never taken and in probes that are left out, and whether they have keys there.
    skipped: BTreeMap<String, bool>,
    variables: BTreeMap<VariableKey, Seen>,
    /// Pointers that functions return.
    results: BTreeMap<Place, Seen>,
}

impl Known {
    /// Notes the maps that a walk meets in what is never run.
    fn skip(&mut self, walk: impl FnOnce(&mut dyn FnMut(&mut ast::Expr))) {
        walk(&mut |expr| {
            if let ast::ExprKind::Map(access) = &expr.kind {
                self.skipped.insert(access.name.text.clone(), access.keys.is_some());
            }
        });
    }

    /// Gives maps that are written only where the program never comes a type, so that they can be
    /// read, as zeros; whether there were any.
    fn settle_skipped(&mut self) -> bool {
        let mut any = false;
        for (name, keyed) in &self.skipped {
            let Some(map) = self.maps.get_mut(name) else { continue };
            if map.value.is_some() || map.read.is_none() {
                continue;
            }
            any = true;
            map.value = Some(Seen::fixed(Ty::I64));
            let ty = keyed.then(|| Seen::fixed(Ty::I64));
            map.key.get_or_insert(KeyTypes { ty, span: map.span });
        }
        any
    }
}

/// A variable in all passes: its body, where it is named first, and how many came before it from
/// the same place, which may be repeated. Numbers would not do: a branch that one pass finds out
/// to be never taken brings no variables any more.
type VariableKey = (Place, Span, usize);

/// What is known of a map.
#[derive(Debug, Clone, PartialEq, Eq)]
struct MapTypes {
    /// Where it was first used.
    span: Span,
    /// The first use with a key or without one, and the type of keys.
    key: Option<KeyTypes>,
    value: Option<Seen>,
    /// Where the first value came from.
    value_span: Span,
    /// What an aggregation that tells items apart counts.
    item: Option<Seen>,
    /// Where it is first read.
    read: Option<Span>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct KeyTypes {
    /// None for a scalar map.
    ty: Option<Seen>,
    span: Span,
}

/// Maps that are read and never written.
fn unwritten(known: &Known, found: &mut Vec<Diagnostic>) {
    for (name, map) in &known.maps {
        let (None, Some(span)) = (&map.value, map.read) else { continue };
        let title = format!("`@{name}` is never written");
        let near = known.maps.iter().filter(|(_, other)| other.value.is_some());
        let near = stdlib::nearest(name, near.map(|(other, _)| other.as_str()));
        let help = match near {
            Some(near) => format!("did you mean `@{near}`?"),
            None => format!("assign to it somewhere: `@{name} = count();`"),
        };
        let problem = Diagnostic::new(Code::UnknownMap, span, title, "read here");
        found.push(problem.help(help).compat(format!("Undefined map: @{name}")));
    }
}

/// One body is checked once for each group of attach points, and that of a macro for each call:
/// the same complaint is made once.
fn deduplicate(found: &mut Vec<Diagnostic>, copies: &BTreeMap<SourceId, SourceId>) {
    let mut seen: BTreeSet<(Span, &str)> = BTreeSet::new();
    found.retain(|problem| {
        let mut span = problem.primary.span;
        span.source = copies.get(&span.source).copied().unwrap_or(span.source);
        seen.insert((span, problem.code.id()))
    });
}

/// Checks one body for one group of attach points.
struct Checker<'a> {
    c: Check<'a>,
    /// What the script's C defines.
    own: &'a Declarations,
    known: &'a mut Known,
    place: Place,
    functions: &'a Functions,
    /// The function that the body belongs to.
    inside: Option<function::Inside>,
    body: Body,
    /// For each variable of the body, what is known under which key.
    keys: Vec<VariableKey>,
    /// For each expression, whether it is made of literals that are not negative.
    flexible: Vec<bool>,
    /// Words that read a clock.
    clocks: BTreeMap<usize, stdlib::Clock>,
    scope: Scope,
    /// How many loops are around the statement at hand.
    loops: usize,
}

impl<'a> Checker<'a> {
    fn new(
        expansion: &'a Expansion,
        offers: &'a Offers,
        kernel: &'a dyn Kernel,
        known: &'a mut Known,
        place: Place,
    ) -> Self {
        let c = Check {
            kernel,
            config: &expansion.config,
            offers,
            uses: stdlib::Uses::default(),
            problems: Vec::new(),
            in_loop: false,
            constant: None,
            record: None,
            clock: None,
        };
        Self {
            c,
            own: expansion.own.as_ref(),
            known,
            place,
            functions: &expansion.functions,
            inside: None,
            body: Body::default(),
            keys: Vec::new(),
            flexible: Vec::new(),
            clocks: BTreeMap::new(),
            scope: Scope::default(),
            loops: 0,
        }
    }

    fn finish(mut self) -> Body {
        self.body.uses = self.c.uses;
        self.body
    }

    fn push(&mut self, span: Span, ty: Ty, kind: ExprKind) -> ExprId {
        self.body.exprs.push(Expr { span, ty, kind });
        self.flexible.push(false);
        ExprId(self.body.exprs.len() - 1)
    }

    /// An expression after an error, or one whose type is not known yet: it fits everywhere.
    fn nothing(&mut self, span: Span) -> ExprId {
        self.push(span, Ty::Void, ExprKind::Nothing)
    }

    /// Reports a problem and goes on with nothing.
    fn refuse(&mut self, span: Span, problem: Diagnostic) -> ExprId {
        self.c.problems.push(problem);
        self.nothing(span)
    }

    fn ty(&self, id: ExprId) -> &Ty {
        &self.body.exprs[id.0].ty
    }

    fn span(&self, id: ExprId) -> Span {
        self.body.exprs[id.0].span
    }

    fn seen(&self, id: ExprId) -> Seen {
        let clock = self.clock(id);
        Seen { ty: self.ty(id).clone(), flexible: self.flexible[id.0], clock }
    }

    /// Whether nothing is known of it, so that nothing should be said of it.
    fn is_nothing(&self, id: ExprId) -> bool {
        matches!(self.body.exprs[id.0].kind, ExprKind::Nothing) || *self.ty(id) == Ty::Void
    }

    /// Whether it is a type or a word that has no value; says so.
    fn lacks_value(&mut self, id: ExprId) -> bool {
        let expr = &self.body.exprs[id.0];
        if matches!(expr.kind, ExprKind::Type) {
            let title = format!("`{}` is a type, not a value", expr.ty);
            let problem = Diagnostic::new(Code::NotAValue, expr.span, title, "used as a value");
            let help = format!("`sizeof({0})` is its size; a cast is `({0})value`", expr.ty);
            self.c.problems.push(problem.help(help));
            return true;
        }
        if expr.ty != Ty::Void {
            return false;
        }
        if let ExprKind::Invoke(index, _) = &expr.kind {
            let function = self.functions.get(*index);
            let title = format!("`{}` returns nothing", function.name.text);
            let problem = Diagnostic::new(Code::NotAValue, expr.span, title, "used as a value")
                .related(function.name.span, "defined here");
            self.c.problems.push(problem.help("say what it returns: `fn f() : int64 { … }`"));
            return true;
        }
        if let ExprKind::InvokeC(name, _) = &expr.kind {
            let title = format!("`{name}` returns nothing");
            let problem = Diagnostic::new(Code::NotAValue, expr.span, title, "used as a value");
            self.c.problems.push(problem.help(format!("let `{name}` return something in C")));
            return true;
        }
        if let ExprKind::InvokeKernel(..) = &expr.kind {
            let title = "this function of the kernel returns nothing";
            let problem = Diagnostic::new(Code::NotAValue, expr.span, title, "used as a value");
            self.c.problems.push(problem.help("write it as a statement of its own"));
            return true;
        }
        let ExprKind::Word(row, _) = &expr.kind else { return false };
        let title = format!("`{}` has no value", row.name);
        let problem = Diagnostic::new(Code::NotAValue, expr.span, title, "used as a value");
        let help = format!("write it as a statement of its own: `{};`", row.usage);
        let compat = "Invalid expression for assignment";
        self.c.problems.push(problem.help(help).compat(compat));
        true
    }

    fn variable_type(&self, index: usize) -> Option<&Seen> {
        self.known.variables.get(self.keys.get(index)?)
    }

    /// Widens a variable's type; the types that don't go together otherwise.
    fn widen_variable(&mut self, index: usize, seen: &Seen) -> Result<(), Ty> {
        let declared = self.body.variables.get(index).is_some_and(|variable| variable.declared);
        if seen.ty == Ty::Void || declared {
            return Ok(());
        }
        let Some(key) = self.keys.get(index).copied() else { return Ok(()) };
        let joined = match self.known.variables.get(&key) {
            None => Some(seen.clone()),
            Some(old) => join(old, seen),
        };
        let Some(joined) = joined else {
            let old = self.known.variables.get(&key).map(|seen| seen.ty.clone());
            return Err(old.unwrap_or(Ty::Void));
        };
        if let Some(variable) = self.body.variables.get_mut(index) {
            variable.ty = joined.ty.clone();
        }
        self.known.variables.insert(key, joined);
        Ok(())
    }

    /// A variable that is named first at `span`.
    fn new_variable(&mut self, span: Span) -> usize {
        let index = self.body.variables.len();
        let repeated = self.keys.iter().filter(|(_, known, _)| *known == span).count();
        self.keys.push((self.place, span, repeated));
        let ty = self.variable_type(index).map_or(Ty::Void, |seen| seen.ty.clone());
        self.body.variables.push(Variable { ty, starts_as_zero: false, declared: false });
        index
    }
}
