//! Options of the script itself: `getopt("name", default, "what it is")` reads
//! `-- --name=value` of the command line. Calls become literals before anything is checked.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{Call, Expr, ExprKind, StringLiteral, UnaryOperator};

use crate::parameters::{self, Parameters};

/// One option that the script reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgramOption {
    /// Without `--`.
    pub name: String,
    /// What it is when it is not given, as text.
    pub default: String,
    /// What the script says of it.
    pub description: String,
}

/// Whether a word behind the program is an option, not a parameter.
pub(crate) fn is_option(word: &str) -> bool {
    word.len() > 2 && word.starts_with("--")
}

fn given(parameters: &Parameters) -> impl Iterator<Item = (&str, Option<&str>)> {
    let options = parameters.iter().filter_map(|word| word.strip_prefix("--"));
    options.filter(|option| !option.is_empty()).map(|option| match option.split_once('=') {
        Some((name, value)) => (name, Some(value)),
        None => (option, None),
    })
}

/// Options on the command line that the script does not read.
pub fn unknown_options<'a>(
    parameters: &'a Parameters,
    known: &[ProgramOption],
) -> Vec<&'a str> {
    let is_known = |name: &str| known.iter().any(|option| option.name == name);
    given(parameters).map(|(name, _)| name).filter(|name| !is_known(name)).collect()
}

/// Whether the script's options are asked for, and `--help` is none of them.
pub fn wants_help(parameters: &Parameters, known: &[ProgramOption]) -> bool {
    unknown_options(parameters, known).contains(&"help")
}

/// A default.
enum Default {
    Integer(u64, bool),
    Bool(bool),
    Text(Vec<u8>),
}

/// Replaces a call that reads an option. What is wrong with the call itself is left to the word.
pub(crate) fn in_expr(
    expr: &mut Expr,
    parameters: &Parameters,
    (known, problems): (&mut Vec<ProgramOption>, &mut Vec<Diagnostic>),
) {
    let span = expr.span;
    let ExprKind::Call(call) = &expr.kind else { return };
    if !stdlib::functions::reads_option(&call.name.text) {
        return;
    }
    let Some((name, default, description)) = parts(call) else { return };
    let value = given(parameters).filter(|(given, _)| *given == name).last();
    let (shown, kind) = match default {
        Default::Bool(default) => {
            let value = value.map(|(_, value)| value.map_or(Some(true), truth).ok_or(value));
            (default.to_string(), read(value, default, "boolean", (&name, span), problems))
        }
        Default::Integer(number, negative) => {
            let text = value.map(|(_, value)| value.and_then(parameters::number).ok_or(value));
            let number = (number, negative);
            let shown = format!("{}{}", if negative { "-" } else { "" }, number.0);
            (shown, read(text, number, "integer", (&name, span), problems))
        }
        Default::Text(default) => {
            let bytes = match value {
                Some((_, text)) => text.unwrap_or("true").as_bytes().to_vec(),
                None => default.clone(),
            };
            let shown = String::from_utf8_lossy(&default).into_owned();
            (format!("\"{shown}\""), Literal::literal(bytes, span))
        }
    };
    expr.kind = kind;
    if !known.iter().any(|option| option.name == name) {
        known.push(ProgramOption { name, default: shown, description });
    }
}

/// The value that was given, or the default; complains of one that is none.
fn read<T: Literal>(
    value: Option<Result<T, Option<&str>>>,
    default: T,
    wanted: &str,
    (name, span): (&str, Span),
    problems: &mut Vec<Diagnostic>,
) -> ExprKind {
    match value {
        None => default.literal(span),
        Some(Ok(value)) => value.literal(span),
        Some(Err(text)) => {
            let text = text.unwrap_or("true");
            let title =
                format!("option `--{name}` takes a value of type {wanted}, not `{text}`");
            let compat = format!(
                "program command line option --{name} invalid {wanted} (value: {text})"
            );
            let help = match wanted {
                "integer" => format!("write `--{name}=10`"),
                _ => format!("write `--{name}` or `--{name}=false`"),
            };
            // One wrong value is one mistake, however often the program reads it.
            if !problems.iter().any(|problem| problem.title == title) {
                let problem = Diagnostic::new(Code::WrongOption, span, title, "read here");
                problems.push(problem.help(help).compat(compat));
            }
            default.literal(span)
        }
    }
}

trait Literal {
    fn literal(self, span: Span) -> ExprKind;
}

impl Literal for bool {
    fn literal(self, _: Span) -> ExprKind {
        ExprKind::Bool(self)
    }
}

impl Literal for (u64, bool) {
    fn literal(self, span: Span) -> ExprKind {
        parameters::signed(self, span)
    }
}

impl Literal for Vec<u8> {
    fn literal(self, span: Span) -> ExprKind {
        ExprKind::String(StringLiteral { span, bytes: self })
    }
}

/// Name, default and description, where they are the literals that they must be.
fn parts(call: &Call) -> Option<(String, Default, String)> {
    let (name, rest) = call.args.split_first()?;
    let name = String::from_utf8(text(name)?).ok().filter(|name| !name.is_empty())?;
    let (default, rest) = match rest.split_first() {
        None => (Default::Bool(false), rest),
        Some((default, rest)) => (literal(default)?, rest),
    };
    let description = match rest {
        [] => String::new(),
        [only] => String::from_utf8_lossy(&text(only)?).into_owned(),
        _ => return None,
    };
    Some((name, default, description))
}

fn text(expr: &Expr) -> Option<Vec<u8>> {
    let ExprKind::String(it) = &expr.kind else { return None };
    Some(it.bytes.clone())
}

fn literal(expr: &Expr) -> Option<Default> {
    if let ExprKind::Integer(it) = &expr.kind {
        return Some(Default::Integer(it.value, false));
    }
    if let ExprKind::Bool(value) = &expr.kind {
        return Some(Default::Bool(*value));
    }
    if let ExprKind::Unary(it) = &expr.kind
        && it.operator == UnaryOperator::Negate
        && let ExprKind::Integer(number) = &it.operand.kind
    {
        return Some(Default::Integer(number.value, true));
    }
    text(expr).map(Default::Text)
}

fn truth(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "1" | "true" | "on" | "yes" => Some(true),
        "0" | "false" | "off" | "no" => Some(false),
        _ => None,
    }
}
