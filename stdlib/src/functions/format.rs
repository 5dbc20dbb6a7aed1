//! Reading `printf` formats and matching them with their arguments.
//! The grammar is that of the dialect reference, section 5.3, with flags in any order.

use diag::{Code, Diagnostic};
use ir::{Conversion, Flags, Letter, Piece, Ty, Width};

use crate::{Arg, Call, Check, article};

/// What is wrong with a format: where in it (byte offset), and a sentence fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Malformed {
    /// The conversion, as it is written.
    pub text: String,
    /// Why it is refused.
    pub problem: String,
}

/// Splits a format into pieces. With `compat`, `%d` without a length takes 32 bits, as bpftrace's
/// does; otherwise all 64.
///
/// # Errors
///
/// Returns the first conversion that does not exist.
pub fn parse(format: &[u8], compat: bool) -> Result<Vec<Piece>, Malformed> {
    let format = String::from_utf8_lossy(format);
    let mut pieces = Vec::new();
    let mut text = String::new();
    let mut rest = format.chars().peekable();
    while let Some(next) = rest.next() {
        if next != '%' {
            text.push(next);
        } else if rest.next_if_eq(&'%').is_some() {
            text.push('%');
        } else {
            if !text.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut text)));
            }
            pieces.push(Piece::Convert(conversion(&mut rest, compat)?));
        }
    }
    if !text.is_empty() {
        pieces.push(Piece::Text(text));
    }
    Ok(pieces)
}

type Rest<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn conversion(rest: &mut Rest<'_>, compat: bool) -> Result<Conversion, Malformed> {
    let mut written = String::from("%");
    let flags = flags(rest, &mut written);
    let width = number(rest, &mut written);
    let mut precision = None;
    if rest.next_if_eq(&'.').is_some() {
        written.push('.');
        precision = Some(number(rest, &mut written).unwrap_or(0));
    }
    let length = length(rest, &mut written);
    let Some(letter) = rest.next() else {
        let problem = "the format ends in the middle of a conversion".to_owned();
        return Err(Malformed { text: written, problem });
    };
    written.push(letter);
    let letter = match letter {
        'd' | 'i' => Letter::Signed,
        'u' => Letter::Unsigned,
        'o' => Letter::Octal,
        'x' => Letter::Hex,
        'X' => Letter::HexUpper,
        'c' => Letter::Char,
        'p' => Letter::Pointer,
        's' => Letter::Any,
        'r' if rest.next_if_eq(&'x').is_some() => Letter::BytesEscaped,
        'r' if rest.next_if_eq(&'h').is_some() => Letter::BytesHex,
        'r' => Letter::Bytes,
        'g' if rest.next_if_eq(&'r').is_some() => Letter::PageFlags,
        'a' | 'A' | 'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let problem = "there are no floating-point numbers".to_owned();
            return Err(Malformed { text: written, problem });
        }
        _ => {
            let problem = "there is no such conversion".to_owned();
            return Err(Malformed { text: written, problem });
        }
    };
    let number = matches!(
        letter,
        Letter::Signed | Letter::Unsigned | Letter::Octal | Letter::Hex | Letter::HexUpper
    );
    let length = length.or((compat && number).then_some(Width::W32));
    Ok(Conversion { flags, width, precision, length, letter })
}

fn flags(rest: &mut Rest<'_>, written: &mut String) -> Flags {
    let mut flags = Flags::default();
    while let Some(flag) = rest.next_if(|next| "-+ #0".contains(*next)) {
        written.push(flag);
        match flag {
            '-' => flags.left = true,
            '+' => flags.plus = true,
            ' ' => flags.space = true,
            '#' => flags.alternate = true,
            _ => flags.zero = true,
        }
    }
    flags
}

fn number(rest: &mut Rest<'_>, written: &mut String) -> Option<u32> {
    if rest.next_if_eq(&'*').is_some() {
        written.push('*');
        return None;
    }
    let mut value = None;
    while let Some(digit) = rest.peek().and_then(|next| next.to_digit(10)) {
        written.extend(rest.next());
        // A width that no output could have is cut, not wrapped.
        value = Some((value.unwrap_or(0) * 10 + digit).min(65_535));
    }
    value
}

fn length(rest: &mut Rest<'_>, written: &mut String) -> Option<Width> {
    let first = rest.next_if(|next| "hljztL".contains(*next))?;
    written.push(first);
    let double = rest.next_if_eq(&first).is_some();
    if double {
        written.push(first);
    }
    Some(match (first, double) {
        ('h', true) => Width::W8,
        ('h', false) => Width::W16,
        _ => Width::W64,
    })
}

/// Checks the format of a call and its arguments against each other.
pub fn check(c: &mut Check<'_>, call: &Call) {
    let Some((first, rest)) = call.args.split_first() else { return };
    let Some(text) = first.text() else {
        c.wrong_type(call, first, "a literal format", "write the format in quotes");
        return;
    };
    let pieces = match parse(text, c.config.formats_narrowly()) {
        Ok(pieces) => pieces,
        Err(malformed) => {
            let title = format!("`{}`: {}", malformed.text, malformed.problem);
            let problem = Diagnostic::new(Code::BadFormat, first.span, title, "in this format");
            let compat = format!("unsupported format specifier: {}", malformed.text);
            let help = if malformed.text.len() > 1 {
                "there are %d %i %u %o %x %X %c %p %s %r %rx %rh %gr and %%"
            } else {
                "write `%%` for a percent sign"
            };
            c.problems.push(problem.help(help).compat(compat));
            return;
        }
    };
    let conversions: Vec<_> = pieces.iter().filter_map(as_conversion).collect();
    if conversions.len() != rest.len() {
        c.problems.push(wrong_count(call, first, conversions.len(), rest.len()));
    }
    for (conversion, arg) in conversions.iter().zip(rest) {
        if let Some(problem) = mismatch(conversion, arg) {
            c.problems.push(problem);
        }
    }
}

const fn as_conversion(piece: &Piece) -> Option<&Conversion> {
    match piece {
        Piece::Convert(conversion) => Some(conversion),
        Piece::Text(_) => None,
    }
}

fn wrong_count(call: &Call, format: &Arg, wanted: usize, given: usize) -> Diagnostic {
    let few = given < wanted;
    let words = if few { "not enough" } else { "too many" };
    let title = format!("{words} arguments for the format: it takes {wanted}, {given} given");
    let label = format!("{wanted} conversion{} here", if wanted == 1 { "" } else { "s" });
    let help = if few {
        "give one argument for each `%` conversion"
    } else {
        "add a `%` conversion for each argument, e.g. `%d` or `%s`"
    };
    let compat = format!(
        "{}: {words} arguments for format string ({given} supplied, {wanted} expected)",
        call.name
    );
    Diagnostic::new(Code::BadFormat, format.span, title, label).help(help).compat(compat)
}

fn mismatch(conversion: &Conversion, arg: &Arg) -> Option<Diagnostic> {
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
    let title = format!("`%{letter}` does not print {}", article(&arg.ty));
    let label = format!("this is {}", article(&arg.ty));
    let help = if arg.ty == Ty::Void {
        "this call has no value to print"
    } else if number {
        "use `%d`, `%x` or `%s`"
    } else {
        "use `%s`"
    };
    let compat =
        format!("printf: unsupported format specifier for type '{}': {letter}", arg.ty);
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
