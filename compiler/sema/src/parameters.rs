//! Parameters from the command line: `$1` and `$#`, in expressions and in attach points.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{
    self, AttachPoint, Expr, ExprKind, Integer, Part, Quoted, StringLiteral, Suffix, Unary,
    UnaryOperator,
};

use crate::options;

/// What stands behind the program on the command line: texts, and `--name=value` for `getopt`.
pub type Parameters = [String];

/// The texts: `$1`, `$2`, …
fn positional(parameters: &Parameters) -> impl Iterator<Item = &String> {
    parameters.iter().filter(|word| !options::is_option(word))
}

fn nth(parameters: &Parameters, index: u64) -> Option<&String> {
    let index = usize::try_from(index).ok()?.checked_sub(1)?;
    positional(parameters).nth(index)
}

/// Replaces the parameters in an attach point; a quoted part stays as it is.
pub(crate) fn in_point(
    point: &mut AttachPoint,
    parameters: &Parameters,
    problems: &mut Vec<Diagnostic>,
) {
    for part in point.parts.iter_mut().filter(|part| part.quoted == Quoted::No) {
        match replaced(&part.text, parameters) {
            Ok(text) => part.text = text,
            Err(wrong) => return problems.push(complaint(&wrong, part)),
        }
    }
    // A whole attach point as one parameter.
    if let [whole] = point.parts.as_slice()
        && whole.quoted == Quoted::No
        && whole.text.contains(':')
    {
        let whole = whole.clone();
        let parts =
            whole.text.split(':').map(|text| Part { text: text.to_owned(), ..whole.clone() });
        point.parts = parts.collect();
    }
}

/// What is wrong with a `$` in an attach point.
enum Wrong {
    NoNumber,
    Missing(u64),
    Trailing(u64, char),
}

fn replaced(text: &str, parameters: &Parameters) -> Result<String, Wrong> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (number, after) = after.split_at(digits);
        let index = number.parse().ok().filter(|index| *index > 0).ok_or(Wrong::NoNumber)?;
        if let Some(next) = after.chars().next().filter(|next| *next != '$') {
            return Err(Wrong::Trailing(index, next));
        }
        out += before;
        out += nth(parameters, index).ok_or(Wrong::Missing(index))?;
        rest = after;
    }
    Ok(out + rest)
}

fn complaint(wrong: &Wrong, part: &Part) -> Diagnostic {
    let quote = format!("if the `$` is meant as it stands, quote it: `\"{}\"`", part.text);
    match wrong {
        Wrong::NoNumber => {
            let title = "`$` in an attach point stands before the number of a parameter";
            Diagnostic::new(Code::BadAttachPoint, part.span, title, "no such parameter")
                .help(quote)
                .compat(format!("positional parameter is not valid: {}", part.text))
        }
        Wrong::Missing(index) => {
            let title = format!("parameter `${index}` is not given");
            Diagnostic::new(Code::MissingParameter, part.span, title, "missing")
                .help("give it behind the program on the command line")
                .compat("No attach points for probe")
        }
        Wrong::Trailing(index, next) => {
            let title = "text follows the parameter in the attach point";
            let compat = format!(
                "invalid trailing character for positional param: {next}. Try quoting this \
                 entire part if this is intentional e.g. \"${index}\"."
            );
            Diagnostic::new(Code::BadAttachPoint, part.span, title, "here")
                .help(quote)
                .compat(compat)
        }
    }
}

/// Replaces parameters. `str($1)` is always text; elsewhere a text that is a number is a number.
pub(crate) fn in_expr(
    expr: &mut Expr,
    parameters: &Parameters,
    problems: &mut Vec<Diagnostic>,
) {
    let span = expr.span;
    if let ExprKind::Call(call) = &mut expr.kind {
        if let Some(first) = call.args.first_mut()
            && stdlib::functions::takes_text(&call.name.text)
        {
            in_text(first, parameters, problems);
        }
    } else if matches!(expr.kind, ExprKind::PositionalCount) {
        expr.kind = integer(positional(parameters).count() as u64, span);
    } else if let ExprKind::Positional(index) = expr.kind {
        let given = nth(parameters, index);
        if given.is_none() {
            problems.push(missing(index, "0", span));
        }
        expr.kind = given.map_or_else(|| integer(0, span), |text| value(text, span));
    }
}

/// `$1` or `$1 + k` inside `str(…)`.
fn in_text(expr: &mut Expr, parameters: &Parameters, problems: &mut Vec<Diagnostic>) {
    let Some((index, skip)) = parameter(&expr.kind) else { return };
    let text = nth(parameters, index);
    if text.is_none() {
        problems.push(missing(index, "empty", expr.span));
    }
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

fn missing(index: u64, instead: &str, span: Span) -> Diagnostic {
    let title = format!("parameter `${index}` is not given, so it is {instead}");
    let compat = format!("Positional parameter ${index} is empty or not provided.");
    Diagnostic::new(Code::EmptyParameter, span, title, "missing")
        .help("give it behind the program on the command line")
        .compat(compat)
        .warning()
}

/// A text as a literal: a number if it is one.
fn value(text: &str, span: Span) -> ExprKind {
    match number(text) {
        Some(number) => signed(number, span),
        None => ExprKind::String(StringLiteral { span, bytes: text.as_bytes().to_vec() }),
    }
}

/// A number as C writes it, and whether it is negative.
pub(crate) fn number(text: &str) -> Option<(u64, bool)> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let hex = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
    let (digits, radix) = match (hex, digits.strip_prefix('0')) {
        (Some(hex), _) => (hex, 16),
        (None, Some(octal)) if !octal.is_empty() => (octal, 8),
        _ => (digits, 10),
    };
    // A sign would be taken for a digit's.
    let number =
        u64::from_str_radix(digits, radix).ok().filter(|_| !digits.starts_with('+'))?;
    (!negative || number <= i64::MIN.unsigned_abs()).then_some((number, negative))
}

/// The literal of a number.
pub(crate) fn signed((number, negative): (u64, bool), span: Span) -> ExprKind {
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
