//! Replaces what is known before any machine is asked: positional parameters and settings.

use std::collections::BTreeMap;

use diag::{Code, Diagnostic, Span};
use grammar::ast::{
    self, AttachPoint, ConfigEntry, ConfigValueKind, Expr, ExprKind, Integer, Item,
    MapDeclaration, Probe, Quoted, StringLiteral, Suffix, Unary, UnaryOperator,
};
use stdlib::{Config, Unset};

use crate::{macros::Macros, prelude, walk};

/// The texts behind the program on the command line: `$1`, `$2`, …
pub type Parameters = [String];

/// A program without parameters, macros and imports.
#[derive(Debug)]
pub struct Resolved {
    /// The script's probes.
    pub probes: Vec<Probe>,
    /// The settings, the script's own included.
    pub config: Config,
    /// Maps whose kind and size the script declares, by name without `@`.
    pub declared: BTreeMap<String, Declared>,
}

/// `let @m = lruhash(100);`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// Where it stands.
    pub span: Span,
    /// How entries are kept.
    pub kind: DeclaredKind,
    /// How many there may be.
    pub entries: u32,
}

/// The kinds of maps that can be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredKind {
    /// Its spelling.
    pub name: &'static str,
    /// Whether each CPU has its own values, as aggregations need.
    pub per_cpu: bool,
    /// Whether the entry that was not used for longest makes room for a new one.
    pub evicts: bool,
}

#[rustfmt::skip]
const KINDS: &[DeclaredKind] = &[
    DeclaredKind { name: "hash",          per_cpu: false, evicts: false },
    DeclaredKind { name: "lruhash",       per_cpu: false, evicts: true },
    DeclaredKind { name: "percpuhash",    per_cpu: true,  evicts: false },
    DeclaredKind { name: "percpulruhash", per_cpu: true,  evicts: true },
];

/// Resolves `program`; what is wrong goes to `problems`.
pub fn resolve(
    program: &ast::Program,
    parameters: &Parameters,
    config: &Config,
    problems: &mut Vec<Diagnostic>,
) -> Resolved {
    let mut out =
        Resolved { probes: Vec::new(), config: config.clone(), declared: BTreeMap::new() };
    let library = prelude::used(program);
    let mut macros = Macros::default();
    // First, so that the program's own hide them.
    library.iter().for_each(|it| macros.add(it));
    for item in &program.items {
        if let Item::Macro(it) = item {
            macros.add(it);
        }
    }
    for item in &program.items {
        match item {
            Item::Probe(probe) => {
                let mut probe = probe.clone();
                for point in &mut probe.points {
                    resolve_point(point, parameters, problems);
                }
                macros.expand(&mut probe, problems);
                walk::probe(&mut probe, &mut |expr| resolve_expr(expr, parameters, problems));
                out.probes.push(probe);
            }
            Item::Config(it) => {
                for entry in &it.entries {
                    set(&mut out.config, entry, problems);
                }
            }
            Item::Macro(_) => {}
            Item::Map(it) => declare(&mut out.declared, it, problems),
            Item::C(_) | Item::Import(_) | Item::Function(_) => {
                problems.push(not_supported(item));
            }
        }
    }
    out
}

fn declare(
    declared: &mut BTreeMap<String, Declared>,
    it: &MapDeclaration,
    problems: &mut Vec<Diagnostic>,
) {
    let wanted = it.kind.text.as_str();
    let Some(kind) = KINDS.iter().find(|kind| kind.name == wanted) else {
        let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        let help = match stdlib::nearest(wanted, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        let title = format!("unknown kind of map `{wanted}`");
        let problem = Diagnostic::new(Code::UnknownType, it.kind.span, title, "not known");
        let compat = format!("Invalid bpf map type: {wanted}");
        return problems.push(problem.help(help).compat(compat));
    };
    let entries = u32::try_from(it.entries.value).ok().filter(|entries| *entries > 0);
    let Some(entries) = entries else {
        let title = "a map has 1 to 4294967295 entries";
        return problems.push(Diagnostic::new(
            Code::OutOfRange,
            it.entries.span,
            title,
            "not this",
        ));
    };
    let new = Declared { span: it.span, kind: *kind, entries };
    if let Some(old) = declared.insert(it.name.text.clone(), new) {
        let title = format!("`@{}` is declared twice", it.name.text);
        let problem = Diagnostic::new(Code::Redeclared, it.name.span, title, "again");
        problems.push(problem.related(old.span, "first here").help("remove one of them"));
    }
}

fn not_supported(item: &Item) -> Diagnostic {
    let (what, help) = match item {
        Item::C(_) => ("C declarations are", "tracepoints' fields need none: use `args.NAME`"),
        Item::Import(_) => ("imports are", "put the text into this file"),
        Item::Function(_) => ("functions are", "write its body where it is called"),
        Item::Config(_) | Item::Macro(_) | Item::Map(_) | Item::Probe(_) => {
            ("this is", "remove it")
        }
    };
    let title = format!("{what} not supported yet");
    Diagnostic::new(Code::NotSupported, item.span(), title, "not supported").help(help)
}

fn set(config: &mut Config, entry: &ConfigEntry, problems: &mut Vec<Diagnostic>) {
    let name = entry.name.text.as_str();
    let value = match &entry.value.kind {
        ConfigValueKind::Integer(value) => Some(value.value),
        ConfigValueKind::String(_) | ConfigValueKind::Bool(_) | ConfigValueKind::Word(_) => {
            None
        }
    };
    match config.set(name, value) {
        Ok(()) => {}
        Err(Unset::NoNumber) => {
            let title = format!("`{name}` takes a number from 1 to 4294967295");
            let problem =
                Diagnostic::new(Code::OutOfRange, entry.value.span, title, "not this");
            problems.push(problem.help(format!("write `{name} = 100`")));
        }
        Err(Unset::Unknown) => {
            let title = format!("`{name}` is no setting that is supported");
            let help = match stdlib::nearest(name, Config::names()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", Config::names().collect::<Vec<_>>().join(", ")),
            };
            let compat = format!("{name}: not a known configuration option");
            let span = entry.name.span;
            let problem = Diagnostic::new(Code::NotSupported, span, title, "unknown");
            problems.push(problem.help(help).compat(compat));
        }
    }
}

fn resolve_point(
    point: &mut AttachPoint,
    parameters: &Parameters,
    problems: &mut Vec<Diagnostic>,
) {
    for part in point.parts.iter_mut().filter(|part| part.quoted == Quoted::No) {
        let Some((before, rest)) = part.text.split_once('$') else { continue };
        let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (number, after) = rest.split_at(digits);
        let index = number.parse::<usize>().ok().filter(|index| *index > 0);
        let value = index.and_then(|index| parameters.get(index - 1));
        match value {
            Some(value) if after.is_empty() => part.text = format!("{before}{value}"),
            Some(_) => {
                let title = "text follows the parameter in the attach point";
                let problem = Diagnostic::new(Code::BadAttachPoint, part.span, title, "here");
                let help =
                    format!("if the `$` is meant as it stands, quote it: `\"{}\"`", part.text);
                let compat = format!(
                    "invalid trailing character for positional param: {}. Try quoting this entire part if this is intentional e.g. \"${number}\".",
                    after.chars().next().unwrap_or(' ')
                );
                problems.push(problem.help(help).compat(compat));
            }
            None => {
                let title = format!("parameter `${number}` is not given");
                let problem =
                    Diagnostic::new(Code::MissingParameter, part.span, title, "missing");
                problems.push(problem.help("give it behind the program on the command line"));
            }
        }
    }
}

/// Replaces parameters. `str($1)` is always text; elsewhere a text that is a number is a number.
fn resolve_expr(expr: &mut Expr, parameters: &Parameters, problems: &mut Vec<Diagnostic>) {
    let span = expr.span;
    if let ExprKind::Call(call) = &mut expr.kind {
        if let Some(first) = call.args.first_mut()
            && stdlib::functions::takes_text(&call.name.text)
        {
            resolve_text(first, parameters);
        }
    } else if matches!(expr.kind, ExprKind::PositionalCount) {
        expr.kind = integer(parameters.len() as u64, span);
    } else if let ExprKind::Positional(index) = expr.kind {
        let given = usize::try_from(index).ok().and_then(|index| parameters.get(index - 1));
        if given.is_none() {
            problems.push(missing(index, span));
        }
        expr.kind = given.map_or_else(|| integer(0, span), |text| value(text, span));
    }
}

/// `$1` or `$1 + k` inside `str(…)`.
fn resolve_text(expr: &mut Expr, parameters: &Parameters) {
    let Some((index, skip)) = parameter(&expr.kind) else { return };
    let index = usize::try_from(index).ok();
    let text = index.and_then(|index| parameters.get(index.wrapping_sub(1)));
    let bytes = text.map(String::as_bytes).and_then(|bytes| bytes.get(skip as usize..));
    let bytes = bytes.unwrap_or_default().to_vec();
    expr.kind = ExprKind::String(StringLiteral { span: expr.span, bytes });
}

/// The number of the parameter, and of how many of its bytes are skipped.
fn parameter(kind: &ExprKind) -> Option<(u64, u64)> {
    if let ExprKind::Positional(index) = kind {
        return Some((*index, 0));
    }
    let ExprKind::Binary(it) = kind else { return None };
    let (ExprKind::Positional(index), ExprKind::Integer(skip)) =
        (&it.left.kind, &it.right.kind)
    else {
        return None;
    };
    (it.operator == ast::BinaryOperator::Add).then_some((*index, skip.value))
}

fn missing(index: u64, span: Span) -> Diagnostic {
    let title = format!("parameter `${index}` is not given, so it is 0");
    let compat = format!("Positional parameter ${index} is empty or not provided.");
    Diagnostic::new(Code::EmptyParameter, span, title, "missing")
        .help("give it behind the program on the command line")
        .compat(compat)
        .warning()
}

fn value(text: &str, span: Span) -> ExprKind {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let number = match (digits.strip_prefix("0x"), digits.strip_prefix('0')) {
        (Some(hex), _) => u64::from_str_radix(hex, 16),
        (None, Some(octal)) if !octal.is_empty() => u64::from_str_radix(octal, 8),
        _ => digits.parse(),
    };
    let Ok(number) = number else {
        return ExprKind::String(StringLiteral { span, bytes: text.as_bytes().to_vec() });
    };
    let number = integer(number, span);
    if !negative {
        return number;
    }
    let operand = Box::new(Expr { span, kind: number });
    ExprKind::Unary(Unary { operator: UnaryOperator::Negate, operator_span: span, operand })
}

const fn integer(value: u64, span: Span) -> ExprKind {
    ExprKind::Integer(Integer { span, value, suffix: Suffix::None })
}
