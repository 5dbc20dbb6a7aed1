//! Formats of `printf` and the like, and what goes with their arguments.

mod parse;

use std::ops::Range;

use diag::{Code, Diagnostic, Span};
use ir::{Conversion, Letter, Piece, Ty};

pub use parse::{Format, Odd, OddKind, parse};

use crate::{Arg, Call, Check, article};

/// Checks the format of a call and its arguments against each other.
pub fn check(c: &mut Check<'_>, call: &Call) {
    let Some((first, rest)) = call.args.split_first() else { return };
    let Some(text) = first.text() else {
        c.wrong_type(call, first, "a literal format", "write the format in quotes");
        return;
    };
    let format = parse(text, c.config.formats_narrowly());
    let inside = |place: &Range<usize>| within(first.span, text, place);
    let (wanted, given) = (format.places.len(), rest.len());
    let floats = format.odd.iter().any(|odd| odd.kind == OddKind::Float);
    // An argument too many, and something like a conversion: it is meant for that.
    let meant = given > wanted && !floats;
    for odd in &format.odd {
        let written = String::from_utf8_lossy(&text[odd.place.clone()]).into_owned();
        let span = inside(&odd.place);
        c.problems.extend(match odd.kind {
            OddKind::Float => Some(float(&written, span)),
            OddKind::Text if meant => {
                Some(unknown(&written, span).compat(count_words(wanted, given)))
            }
            // bpftrace says nothing.
            OddKind::Text if c.config.compat => None,
            OddKind::Text => Some(only_text(&written, span)),
        });
    }
    let few = format.places.get(given).map(inside);
    let many = rest.get(wanted).map(|arg| arg.span);
    if let Some(span) = few.or(many)
        && format.odd.is_empty() | few.is_some()
        && !floats
    {
        c.problems.push(wrong_count(call, span, wanted, given));
    }
    for ((conversion, place), arg) in format.conversions().zip(rest) {
        let written = String::from_utf8_lossy(&text[place.clone()]).into_owned();
        if let Some(problem) = mismatch(conversion, &written, arg) {
            c.problems.push(problem.related(inside(place), "for this conversion"));
        }
    }
}

/// The pieces of a call's format.
pub fn pieces(l: &dyn crate::Lower, call: &Call) -> Vec<Piece> {
    let text = call.args.first().and_then(Arg::text).unwrap_or_default();
    parse(text, l.config().formats_narrowly()).pieces
}

/// Where a part of a literal stands in the script: exactly, if the literal has none but the usual
/// escapes, of two characters; else the whole literal.
fn within(literal: Span, text: &[u8], part: &Range<usize>) -> Span {
    let escaped = |byte: &u8| matches!(byte, b'\n' | b'\t' | b'\r' | b'"' | b'\\');
    let written =
        |text: &[u8]| (text.len() + text.iter().filter(|byte| escaped(byte)).count()) as u32;
    if literal.end - literal.start != written(text) + 2 {
        return literal;
    }
    let start = literal.start + 1 + written(&text[..part.start]);
    let end = start + written(&text[part.clone()]);
    Span { start, end, ..literal }
}

const CONVERSIONS: &str = "conversions are %d %i %u %o %x %X %c %p %s %r %rx %rh %gr";

fn float(written: &str, span: Span) -> Diagnostic {
    let title = format!("`{written}`: there are no floating-point numbers");
    let letter = written.trim_start_matches(|c: char| !c.is_ascii_alphabetic());
    let words = format!("unsupported format specifier: {}", letter.trim_start_matches('l'));
    let help = "use `%d`; for decimals print quotient and remainder, e.g. `%d.%03d` of n / 1000 and n % 1000";
    Diagnostic::new(Code::BadFormat, span, title, "of that kind").help(help).compat(words)
}

fn unknown(written: &str, span: Span) -> Diagnostic {
    let title = format!("`{written}`: there is no such conversion");
    Diagnostic::new(Code::BadFormat, span, title, "not a conversion")
        .help(format!("{CONVERSIONS}; write `%%` for a percent sign"))
}

fn only_text(written: &str, span: Span) -> Diagnostic {
    let title = format!("`{written}` is no conversion and is printed as it is");
    let problem = Diagnostic::new(Code::OddFormat, span, title, "only text");
    problem.help(format!("write `%%` for a percent sign; {CONVERSIONS}")).warning()
}

fn count_words(wanted: usize, given: usize) -> String {
    let words = if given < wanted { "not enough" } else { "too many" };
    format!("{words} arguments for format string ({given} supplied, {wanted} expected)")
}

fn wrong_count(call: &Call, span: Span, wanted: usize, given: usize) -> Diagnostic {
    let few = given < wanted;
    let words = if few { "not enough" } else { "too many" };
    let title = format!(
        "{words} arguments for the format of `{}`: it takes {wanted}, {given} given",
        call.name
    );
    let (label, help) = if few {
        ("nothing for this conversion", "give one argument for each `%` conversion")
    } else {
        (
            "no conversion for this one",
            "add a `%` conversion for each argument, e.g. `%d` or `%s`",
        )
    };
    let compat = count_words(wanted, given);
    Diagnostic::new(Code::BadFormat, span, title, label).help(help).compat(compat)
}

fn mismatch(conversion: &Conversion, written: &str, arg: &Arg) -> Option<Diagnostic> {
    let number = matches!(
        arg.ty,
        Ty::Int(..)
            | Ty::Bool
            | Ty::Enum(_)
            | Ty::Ptr(..)
            | Ty::Coded(_)
            | Ty::Reduced(
                ir::Reduce::Count
                    | ir::Reduce::Sum(_)
                    | ir::Reduce::Min(_)
                    | ir::Reduce::Max(_)
                    | ir::Reduce::Mean(_)
            )
    );
    let fits = match conversion.letter {
        Letter::Any => arg.ty != Ty::Void,
        Letter::Bytes | Letter::BytesEscaped | Letter::BytesHex => {
            matches!(arg.ty, Ty::Bytes(_) | Ty::Str(_) | Ty::Array(..))
        }
        Letter::Signed
        | Letter::Unsigned
        | Letter::Octal
        | Letter::Hex
        | Letter::HexUpper
        | Letter::Char
        | Letter::Pointer
        | Letter::PageFlags => number,
    };
    if fits {
        return None;
    }
    let letter = letter(conversion.letter);
    let title = format!("`{written}` does not print {}", article(&arg.ty));
    let label = format!("this is {}", article(&arg.ty));
    let help = if arg.ty == Ty::Void {
        "this call has no value to print"
    } else if number {
        "use `%d`, `%x` or `%s`"
    } else {
        "use `%s`"
    };
    let compat = format!("unsupported format specifier for type '{}': {letter}", arg.ty);
    let problem = Diagnostic::new(Code::BadFormat, arg.span, title, label);
    Some(problem.help(help).compat(compat))
}

const fn letter(letter: Letter) -> &'static str {
    match letter {
        Letter::Signed => "d",
        Letter::Unsigned => "u",
        Letter::Octal => "o",
        Letter::Hex => "x",
        Letter::HexUpper => "X",
        Letter::Char => "c",
        Letter::Pointer => "p",
        Letter::Any => "s",
        Letter::Bytes => "r",
        Letter::BytesEscaped => "rx",
        Letter::BytesHex => "rh",
        Letter::PageFlags => "gr",
    }
}
