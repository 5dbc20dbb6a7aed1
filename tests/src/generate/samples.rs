//! What is tried to find out how a word is called: arguments of each kind, one by one.

use ir::Ty;
use stdlib::{
    Kernel, aggregations, builtins,
    functions::{self, Takes},
};

use super::{
    shape::Shape,
    vocabulary::{Atom, Param, Signature, statements, takes_key, values},
};

/// Makes what sample arguments name; `{}` is a number that is different each time.
const BEFORE: &str = "@k{}[1] = 1; @s{} = 1;";

/// Arguments that are tried in the first place.
#[rustfmt::skip]
const FIRST: &[(Param, &str)] = &[
    (Param::Map, "@k{}"),
    (Param::Scalar, "@s{}"),
    (Param::Entry, "@k{}[1]"),
    (Param::Exact("\"text\""), "\"text\""),
    (Param::Exact("2"), "2"),
    (Param::Exact("uint32"), "uint32"),
    (Param::Int, "nsecs"),
    (Param::Text, "comm"),
    (Param::Pointer, "curtask"),
    (Param::Any, "(1, comm)"),
];

/// Arguments that are tried behind the first.
#[rustfmt::skip]
const LATER: &[(Param, &str)] = &[
    (Param::Exact("1"), "1"),
    (Param::Exact("10"), "10"),
    (Param::Exact("1000"), "1000"),
    (Param::Exact("\"text\""), "\"text\""),
    (Param::Int, "nsecs"),
    (Param::Text, "comm"),
];

/// Most arguments that are tried.
const MOST: usize = 4;

/// Builtins, their numbered forms and the fields of `args`, as `head` has them.
pub(super) fn atoms(head: &str, kernel: &dyn Kernel) -> Vec<Atom> {
    let mut texts: Vec<String> = Vec::new();
    for row in builtins::ALL.iter().filter(|row| row.arity.0 == 0) {
        match row.name.strip_suffix('N') {
            Some(stem) => texts.extend((0..4).map(|number| format!("{stem}{number}"))),
            None => texts.push(row.name.to_owned()),
        }
    }
    texts.extend(fields(head, kernel).into_iter().map(|name| format!("args.{name}")));
    let types = values(head, "", &texts, kernel);
    let found = texts.into_iter().zip(types);
    found.filter_map(|(text, ty)| Some(Atom { shape: Shape::of(&ty?)?, text })).collect()
}

/// The names of the fields of a tracepoint.
fn fields(head: &str, kernel: &dyn Kernel) -> Vec<String> {
    let mut parts = head.split(':');
    let (Some("tracepoint"), Some(category), Some(event)) =
        (parts.next(), parts.next(), parts.next())
    else {
        return Vec::new();
    };
    let Ok(Some(format)) = kernel.tracepoint_format(category, event) else { return Vec::new() };
    let declared = format.fields.iter().map(|field| {
        let name = field.declaration.split('[').next().unwrap_or_default();
        name.rsplit([' ', '*']).next().unwrap_or_default().to_owned()
    });
    declared.filter(|name| !name.starts_with("common_")).collect()
}

/// Ways in which the functions can be called in `head`.
pub(super) fn calls(head: &str, kernel: &dyn Kernel) -> Vec<Signature> {
    let mut found = Vec::new();
    let builtins = builtins::ALL.iter().filter(|row| row.arity.1 > 0);
    for row in functions::ALL.iter().chain(builtins) {
        if row.usage.contains("format") {
            found.extend(formatting(head, row.name, kernel));
            continue;
        }
        let mut trials = trials(row.name, row.arity);
        if row.takes == Takes::Values {
            // A map stands for its value there.
            let is_map = |param| matches!(param, Param::Map | Param::Scalar | Param::Entry);
            trials.retain(|(params, _)| !params.iter().cloned().any(is_map));
        }
        let texts: Vec<_> = trials.iter().map(|(_, text)| text.clone()).collect();
        let types = values(head, BEFORE, &texts, kernel);
        let alone = statements(head, BEFORE, &texts, kernel);
        for (((params, _), ty), alone) in trials.into_iter().zip(types).zip(alone) {
            let gives = ty.as_ref().and_then(Shape::of);
            if gives.is_some() || alone {
                found.push(Signature { word: row.name, params, gives });
            }
        }
    }
    found
}

/// A word that takes a format.
fn formatting(head: &str, word: &'static str, kernel: &dyn Kernel) -> Option<Signature> {
    let texts = [format!("{word}(\"%d %s\", pid, comm)"), format!("{word}(\"text\")")];
    let alone = statements(head, "", &texts, kernel);
    let params = match alone.as_slice() {
        [true, _] => vec![Param::Format],
        [false, true] => vec![Param::Exact("\"%H:%M:%S\"")],
        _ => return None,
    };
    Some(Signature { word, params, gives: None })
}

/// Ways in which the aggregations can be called.
pub(super) fn aggregations(head: &str, kernel: &dyn Kernel) -> Vec<Signature> {
    let mut found = Vec::new();
    for row in aggregations::ALL {
        let trials = trials(row.name, row.arity);
        let texts: Vec<_> = trials.iter().map(|(_, text)| text.clone()).collect();
        let types = values(head, "", &texts, kernel);
        for ((params, _), ty) in trials.into_iter().zip(types) {
            let starts = params.first().is_none_or(|param| *param == Param::Int);
            if starts && matches!(ty, Some(Ty::Reduced(_))) {
                found.push(Signature { word: row.name, params, gives: None });
            }
        }
    }
    found
}

/// Calls of `word`, with what their arguments stand for.
fn trials(word: &str, (least, most): (usize, usize)) -> Vec<(Vec<Param>, String)> {
    let mut found = Vec::new();
    for count in least..=most.min(MOST) {
        let mut lists: Vec<Vec<(Param, &str)>> = vec![Vec::new()];
        for at in 0..count {
            // Many arguments behind each other are numbers.
            let kinds = match (at, count) {
                (0, 4..) => &FIRST[6..7],
                (0, _) => FIRST,
                (_, 4..) => &LATER[..3],
                _ => LATER,
            };
            let longer = |list: &Vec<(Param, &'static str)>| {
                let with = |kind: &(Param, &'static str)| {
                    let mut list = list.clone();
                    list.push(kind.clone());
                    list
                };
                kinds.iter().map(with).collect::<Vec<_>>()
            };
            lists = lists.iter().flat_map(longer).collect();
        }
        found.extend(lists.into_iter().map(|list| {
            let (mut params, texts): (Vec<_>, Vec<_>) = list.into_iter().unzip();
            if takes_key(word)
                && params.first() == Some(&Param::Map)
                && let Some(second) = params.get_mut(1)
            {
                *second = Param::Key;
            }
            let text = if count == 0 {
                format!("{word}()")
            } else {
                format!("{word}({})", texts.join(", "))
            };
            (params, text)
        }));
    }
    found
}
