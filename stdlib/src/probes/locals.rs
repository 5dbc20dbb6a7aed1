//! `local`: the variables of a line of a source file, where they are when that line is reached.

use diag::{Code, Diagnostic, Span};
use ir::{Field, Record};

use super::{CodePlace, Offers, user};
use crate::{Answer, Kernel, Local, Parameter, Unanswered, nearest};

/// How the record is called that has them as fields.
const RECORD: &str = "struct local of ";

/// The name of that record for one place of the code.
pub(crate) fn record_name(place: &CodePlace) -> String {
    format!("{RECORD}{}", place.path)
}

/// The variables that can be read, with their places in the context.
///
/// # Errors
///
/// Returns why nothing is known of them.
pub(crate) fn fields(kernel: &dyn Kernel, place: &CodePlace) -> Answer<Vec<Field>> {
    let locals = all(kernel, place)?.into_iter();
    Ok(locals.filter_map(|local| field(kernel, local)).collect())
}

fn all(kernel: &dyn Kernel, place: &CodePlace) -> Answer<Vec<Local>> {
    let CodePlace { path, offset } = place;
    kernel.places().locals(path, *offset)?.ok_or_else(|| Unanswered {
        problem: format!("`{path}` has no debug information on the code of this line"),
        help: Some("compile it with `-g`, or install its debug symbols".to_owned()),
    })
}

fn field(kernel: &dyn Kernel, local: Local) -> Option<Field> {
    let Local { name, ty, held, .. } = local;
    user::field(kernel, &Parameter { name, ty, held })
}

/// What to say of a field of `local` that is not there; none if the record is not that of `local`.
pub fn absent_local(
    kernel: &dyn Kernel,
    offers: &Offers,
    (record, name): (&Record, &str),
    at: Span,
) -> Option<Diagnostic> {
    let place = offers.locals.as_ref()?;
    record.name.as_deref().filter(|it| *it == record_name(place))?;
    let locals = all(kernel, place).ok()?;
    let Some(local) = locals.iter().find(|local| local.name == name) else {
        let title = format!("there is no variable `{name}` at this line");
        let problem = Diagnostic::new(Code::UnknownField, at, title, "not in scope here");
        let names = locals.iter().map(|local| local.name.as_str());
        let help = match nearest(name, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if locals.is_empty() => "the line has no variables".to_owned(),
            None => format!("in scope are {}", names.collect::<Vec<_>>().join(", ")),
        };
        return Some(problem.help(help));
    };
    // What has a place, but no field, is a record whose fields are all divided.
    let why = if local.why.is_empty() { "it is in several registers" } else { &local.why };
    let title = format!("`{name}` cannot be read at this line: {why}");
    let problem = Diagnostic::new(Code::UnknownField, at, title, "is not there");
    let there: Vec<String> = local.lines.iter().map(lines).collect();
    Some(problem.help(if there.is_empty() {
        "compile the program with less optimization, or read what it is computed from"
            .to_owned()
    } else {
        format!("it can be read at {}", there.join(" and "))
    }))
}

fn lines((first, last): &(u32, u32)) -> String {
    if first == last { format!("line {first}") } else { format!("lines {first} to {last}") }
}
