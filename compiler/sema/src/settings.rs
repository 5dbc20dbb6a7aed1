//! The `config` block: settings go where they belong, and what is wrong with one is said.

use diag::{Code, Diagnostic};
use grammar::ast::{ConfigEntry, ConfigValueKind};
use stdlib::{
    Config,
    settings::{self, From, Given, Setting, Taken, Unset},
};

/// Sets what one line of the block says.
pub(crate) fn set(config: &mut Config, entry: &ConfigEntry, problems: &mut Vec<Diagnostic>) {
    let name = entry.name.text.as_str();
    let text;
    let given = match &entry.value.kind {
        ConfigValueKind::Integer(value) => Given::Integer(value.value),
        ConfigValueKind::Bool(value) => Given::Bool(*value),
        ConfigValueKind::Word(word) => Given::Word(word),
        ConfigValueKind::String(it) => {
            text = String::from_utf8_lossy(&it.bytes).into_owned();
            Given::Text(&text)
        }
    };
    match config.set(name, given, From::Script) {
        Ok(Taken::Set | Taken::Pinned) => {}
        Ok(Taken::OldName(new)) => {
            let title = format!("`{name}` is now called `{new}`");
            let problem =
                Diagnostic::new(Code::OldSpelling, entry.name.span, title, "old name");
            let compat = format!("{name} is deprecated, use {new} instead");
            let help = if settings::plain(name).starts_with("no_") {
                format!("write `{new}`, which says the opposite")
            } else {
                format!("write `{new}`")
            };
            problems.push(problem.help(help).compat(compat).warning());
        }
        Ok(Taken::NoEffect) => problems.push(no_effect(entry)),
        Err(Unset::Wrong(row)) => problems.push(wrong(row, entry, given)),
        Err(Unset::Unknown) => problems.push(unknown(entry)),
        Err(Unset::EnvironmentOnly) => problems.push(environment_only(entry)),
    }
}

fn no_effect(entry: &ConfigEntry) -> Diagnostic {
    let name = &entry.name.text;
    let title = format!("`{name}` has no effect");
    Diagnostic::new(Code::NoEffect, entry.name.span, title, "means nothing any more")
        .help("remove it")
        .compat(format!("{name}: config option has no effect and will be removed"))
        .warning()
}

fn wrong(row: &Setting, entry: &ConfigEntry, given: Given<'_>) -> Diagnostic {
    let name = &entry.name.text;
    let title = format!("`{name}` takes {}", row.takes());
    let label = match given {
        Given::Text(_) => "a text",
        Given::Word(_) => "a word",
        Given::Integer(_) => "this number",
        Given::Bool(_) => "true or false",
    };
    Diagnostic::new(Code::WrongSetting, entry.value.span, title, label)
        .help(format!("write `{}`", row.example()))
        .compat(row.compat(name, given))
}

fn unknown(entry: &ConfigEntry) -> Diagnostic {
    let name = &entry.name.text;
    let title = format!("unknown setting `{name}`");
    let help = match stdlib::nearest(&settings::plain(name), settings::names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`hawk help settings` lists them".to_owned(),
    };
    Diagnostic::new(Code::UnknownSetting, entry.name.span, title, "not known")
        .help(help)
        .compat(format!("{name}: not a known configuration option"))
}

fn environment_only(entry: &ConfigEntry) -> Diagnostic {
    let name = &entry.name.text;
    let variable = settings::plain(name).to_uppercase();
    let title = format!("`{name}` can only be set in the environment");
    Diagnostic::new(Code::EnvironmentOnly, entry.name.span, title, "read before the program is")
        .help(format!("start hawk with `HAWK_{variable}=…`"))
        .compat(format!("{name}: can only be set as an environment variable"))
}
