//! What can be wrong with macros and their calls.

use diag::{Code, Diagnostic, Span};
use grammar::ast::{Expr, Macro, MacroParam, MacroParamKind, Name};

use super::suits;
use crate::prelude;

/// A parameter that could never be read, because its name is a builtin's wherever it stands.
pub(super) fn hides_builtin(param: &MacroParam) -> Option<Diagnostic> {
    let name = &param.name.text;
    if param.kind != MacroParamKind::Expr || !stdlib::builtins::is_reserved(name) {
        return None;
    }
    let title = format!("`{name}` is a builtin, and no name for a parameter");
    let compat = format!("syntax: builtin '{name}' can't be used as a macro argument");
    let problem =
        Diagnostic::new(Code::WrongArgument, param.name.span, title, "this parameter");
    Some(problem.help(format!("give it another name: `the_{name}`")).compat(compat))
}

pub(super) fn no_match(known: &[&Macro], name: &str, args: &[Expr], span: Span) -> Diagnostic {
    let same: Vec<_> = known.iter().filter(|it| it.params.len() == args.len()).collect();
    let Some(closest) = same.last() else {
        let wanted = known[0].params.len();
        let plural = if wanted == 1 { "" } else { "s" };
        let title =
            format!("macro `{name}` takes {wanted} argument{plural}, {} given", args.len());
        let compat = format!(
            "The closest definition of {name}() has a different number of arguments. Expected: {wanted} but got {}",
            args.len()
        );
        let title = if prelude::is_own(known[0]) {
            format!("`{name}` does not take {} arguments", args.len())
        } else {
            title
        };
        let problem = Diagnostic::new(Code::WrongArity, span, title, "this call");
        return defined(problem, known[0], known[0].name.span, "defined here").compat(compat);
    };
    let wrong = closest.params.iter().zip(args).find(|(param, arg)| !suits(param.kind, arg));
    let (what, sigil, at) = match wrong {
        Some((param, arg)) if param.kind == MacroParamKind::Map => {
            ("map", "@", (param, arg.span))
        }
        Some((param, arg)) => ("variable", "$", (param, arg.span)),
        None => ("value", "", (&closest.params[0], span)),
    };
    let (param, at) = at;
    if same.len() > 1 {
        return no_definition(&same, name, (at, span));
    }
    let title = format!("macro `{name}` takes a {what} for `{sigil}{}`", param.name.text);
    let compat = format!(
        "Mismatched arg. {name}() expects a {what} for arg {sigil}{} but got an expression.",
        param.name.text
    );
    let problem = Diagnostic::new(Code::WrongArgument, at, title, format!("this is no {what}"));
    defined(problem, closest, param.name.span, "the parameter").compat(compat)
}

/// Several definitions have as many parameters, and none of them takes the arguments.
fn no_definition(same: &[&&Macro], name: &str, (at, span): (Span, Span)) -> Diagnostic {
    let title = format!("no definition of macro `{name}` takes these arguments");
    let mut problem = Diagnostic::new(Code::WrongArgument, span, title, "this call");
    if at != span {
        problem = problem
            .related(at, "the closest one does not take this")
            .related_compat("This is the argument in the closest definition.");
    }
    for it in same.iter().filter(|it| !prelude::is_own(it)) {
        problem = problem.related(it.name.span, "a definition");
    }
    let usages: Vec<_> = same.iter().map(|it| format!("`{}`", usage(it))).collect();
    problem
        .help(format!("write {}", usages.join(" or ")))
        .compat(format!("Call to {name}() has arguments that do not match any definition."))
}

/// A macro that calls itself, perhaps by way of others.
pub(super) fn endless(chain: &[&Macro], it: &Macro, span: Span) -> Diagnostic {
    let name = &it.name.text;
    let title = match chain {
        [] | [_] => format!("macro `{name}` calls itself"),
        _ => {
            let names: Vec<_> = chain.iter().map(|it| format!("`{}`", it.name.text)).collect();
            format!("macros {} call each other in a circle", names.join(", "))
        }
    };
    let mut calls: Vec<_> = chain.iter().map(|it| it.name.text.as_str()).collect();
    calls.push(name);
    Diagnostic::new(Code::Misplaced, span, title, "called here again")
        .related(it.name.span, "defined here")
        .help("use a loop: `for ($i : 0..10) { … }`")
        .compat(format!("Recursive macro call detected. Call chain: {}", calls.join(" > ")))
}

/// A parameter that has the name of one before it.
pub(super) fn named_twice(it: &Macro) -> Option<Diagnostic> {
    let is_again = |(index, name): &(usize, &str)| {
        it.params.iter().take(*index).any(|before| before.name.text == *name)
    };
    let names = it.params.iter().map(|param| param.name.text.as_str());
    let (index, name) = names.enumerate().find(is_again)?;
    let span = it.params.get(index)?.name.span;
    let title = format!("macro `{}` has two parameters called `{name}`", it.name.text);
    let problem = Diagnostic::new(Code::Redeclared, span, title, "again")
        .help("give one of them another name")
        .compat(format!("Ident for macro argument has already been used: {name}"));
    Some(problem)
}

/// Two macros of one text that the same calls would mean.
pub(super) fn defined_twice(it: &Macro, first: &Macro) -> Diagnostic {
    let title = format!("macro `{}` is defined twice with such parameters", it.name.text);
    Diagnostic::new(Code::Redeclared, it.name.span, title, "again")
        .related(first.name.span, "first here")
        .help("remove one of them, or give them different parameters")
        .compat(format!("Redefinition of macro: {}", it.name.text))
}

/// A value for a parameter that the macro uses as a type.
pub(super) fn no_type(of: &Macro, name: &str, argument: Span) -> Diagnostic {
    let title = format!("macro `{}` uses `{name}` as a type", of.name.text);
    let problem = Diagnostic::new(Code::WrongArgument, argument, title, "this is no type");
    problem
        .related(of.name.span, "this macro")
        .help(format!("write `{}(typeof(…))` or a type's name", of.name.text))
}

/// Says where a macro is defined, if the program defines it, and how it is called.
fn defined(problem: Diagnostic, it: &Macro, at: Span, label: &str) -> Diagnostic {
    if let Some(word) = stdlib::prelude::find(&it.name.text).filter(|_| prelude::is_own(it)) {
        return problem.help(format!("write `{}`", word.usage()));
    }
    problem.related(at, label).help(format!("write `{}`", usage(it)))
}

fn usage(it: &Macro) -> String {
    let params = it.params.iter().map(|param| match param.kind {
        MacroParamKind::Variable => format!("${}", param.name.text),
        MacroParamKind::Map => format!("@{}", param.name.text),
        MacroParamKind::Expr => param.name.text.clone(),
    });
    format!("{}({})", it.name.text, params.collect::<Vec<_>>().join(", "))
}

pub(super) fn unhygienic(name: &Name, of: &Macro) -> Diagnostic {
    let title =
        format!("macro `{}` uses the map `@{}`, which is not its own", of.name.text, name.text);
    Diagnostic::new(Code::Misplaced, name.span, title, "not a parameter")
        .related(of.name.span, "this macro")
        .help(format!("pass the map: `macro {}(@{}, …)`", of.name.text, name.text))
        .compat("Unhygienic access to map")
}
