//! Fields of records by name, and what is said of one that is not there.

use diag::{Code, Diagnostic, Span};
use ir::Record;

use crate::probes::{ArgsSource, Offers};

/// Fields that a message lists.
const MOST_NAMES: usize = 12;

/// Complains that `record`, the type of what stands at `of`, has no field called `name`.
pub fn unknown_field(record: &Record, name: &str, span: Span, of: Span) -> Diagnostic {
    let owner = record.name.as_deref().unwrap_or("this record");
    let title = format!("{owner} has no field `{name}`");
    let names: Vec<_> = record.fields.iter().map(|field| field.name.as_str()).collect();
    let help = match crate::nearest(name, names.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if names.is_empty() => "it has no fields at all".to_owned(),
        None if names.len() > MOST_NAMES => {
            let first = names[..MOST_NAMES].join(", ");
            format!("it has {} fields: {first} and more", names.len())
        }
        None => format!("its fields are {}", names.join(", ")),
    };
    let compat = format!("'{owner}' has no field named '{name}'");
    Diagnostic::new(Code::UnknownField, span, title, "no such field")
        .related(of, "of this")
        .help(help)
        .compat(compat)
}

/// Whether a record is `args` of a function.
pub fn is_of_parameters(offers: &Offers, record: &Record) -> bool {
    let of_function =
        |it: &&ArgsSource| matches!(it, ArgsSource::Function { .. } | ArgsSource::User { .. });
    let source = offers.args.as_ref().filter(of_function);
    source.is_some_and(|it| record.name.as_deref() == Some(&format!("struct args of {it}")))
}
