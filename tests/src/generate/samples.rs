//! What is tried to find out how a word is called: arguments of each kind, one by one.

use std::collections::BTreeMap;

use ir::Ty;
use stdlib::{
    Kernel, aggregations, builtins,
    functions::{self, Takes},
    prelude,
};

use super::{
    attempt::{self, Outcome, Until, attempt},
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
    (Param::Exact("boot"), "boot"),
    (Param::Exact("tai"), "tai"),
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
    let macros = prelude::ALL.iter().filter(|word| parameters(word.usage()).0 == 0);
    texts.extend(macros.map(|word| word.name.to_owned()));
    texts.extend(fields(head, kernel).into_iter().map(|name| format!("args.{name}")));
    let types = values(head, "", &texts, kernel);
    let folded: Vec<_> = texts.iter().map(|text| format!("comptime ({text})")).collect();
    let known = values(head, "", &folded, kernel);
    let found = texts.into_iter().zip(types).zip(known);
    let atom = |((text, ty), known): ((String, Option<Ty>), Option<Ty>)| {
        Some(Atom { shape: Shape::of(&ty?)?, text, known: known.is_some() })
    };
    found.filter_map(atom).collect()
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

/// Words that the kernel takes, and those that it does not, with its reason.
#[derive(Debug, Default)]
pub(super) struct Loadable {
    known: BTreeMap<&'static str, Result<Vec<Vec<Param>>, String>>,
}

impl Loadable {
    /// Why the kernel does not take a word.
    pub(super) fn refused(&self) -> impl Iterator<Item = (&'static str, &String)> {
        self.known.iter().filter_map(|(word, result)| Some((*word, result.as_ref().err()?)))
    }

    /// Whether it is known that a word can't be called in this way.
    fn rules_out(&self, word: &str, params: &[Param]) -> bool {
        match self.known.get(word) {
            Some(Ok(good)) => !good.iter().any(|it| it == params),
            Some(Err(_)) => true,
            None => false,
        }
    }

    /// Keeps of the ways to call a word, with a text of each, those that come as far as the
    /// kernel; nothing of a word that never does.
    fn keep(
        &mut self,
        head: &str,
        kernel: &dyn Kernel,
        ways: Vec<(Signature, String)>,
    ) -> Vec<Signature> {
        let Some((first, _)) = ways.first() else { return Vec::new() };
        let word = first.word;
        match self.known.get(word) {
            Some(Ok(good)) => {
                let ways = ways.into_iter().map(|(way, _)| way);
                return ways.filter(|way| good.contains(&way.params)).collect();
            }
            Some(Err(_)) => return Vec::new(),
            None => {}
        }
        let (mut kept, mut why) = (Vec::new(), String::new());
        for (way, text) in ways {
            let before = BEFORE.replace("{}", "0");
            let call = text.replace("{}", "0");
            let call = if way.gives.is_some() { format!("_ = {call}") } else { call };
            let text = format!("{head} {{ {before} {call}; }}");
            match attempt(&text, kernel, &attempt::settings(), Until::Loaded) {
                Outcome::Fine(_) => kept.push(way),
                Outcome::Refused(_) => {}
                Outcome::Unable(text) => why = text,
                Outcome::Broken(broken) => why = broken.kind,
            }
        }
        let good = kept.iter().map(|way: &Signature| way.params.clone()).collect();
        self.known.insert(word, if kept.is_empty() { Err(why) } else { Ok(good) });
        kept
    }
}

/// Ways in which the functions can be called in `head`.
pub(super) fn calls(
    head: &str,
    kernel: &dyn Kernel,
    loadable: &mut Loadable,
) -> Vec<Signature> {
    let mut found = Vec::new();
    let builtins = builtins::ALL.iter().filter(|row| row.arity.1 > 0);
    let rows = functions::ALL.iter().chain(builtins);
    let rows = rows.map(|row| (row.name, row.usage, row.arity, row.takes));
    let macros = prelude::ALL.iter().map(|word| {
        let arity = parameters(word.usage());
        let takes = if word.usage().contains("(@") { Takes::KeyedMaps } else { Takes::Values };
        (word.name, word.usage(), arity, takes)
    });
    for (name, usage, arity, takes) in rows.chain(macros) {
        if usage.contains("format") {
            found.extend(formatting(head, name, kernel));
            continue;
        }
        let mut trials = trials(name, arity);
        trials.retain(|(params, _)| fits(takes, params) && !loadable.rules_out(name, params));
        if trials.is_empty() {
            continue;
        }
        let texts: Vec<_> = trials.iter().map(|(_, text)| text.clone()).collect();
        let types = values(head, BEFORE, &texts, kernel);
        let alone = statements(head, BEFORE, &texts, kernel);
        let mut ways = Vec::new();
        for (((params, text), ty), alone) in trials.into_iter().zip(types).zip(alone) {
            let gives = ty.as_ref().and_then(Shape::of);
            if gives.is_some() || alone {
                ways.push((Signature { word: name, params, gives }, text));
            }
        }
        found.extend(loadable.keep(head, kernel, ways));
    }
    found
}

/// How many parameters a usage names: at least, and at most.
fn parameters(usage: &str) -> (usize, usize) {
    let inside = usage.split_once('(').and_then(|(_, rest)| rest.split_once(')'));
    match inside.map(|(inside, _)| inside.trim()) {
        None | Some("") => (0, 0),
        Some(inside) => {
            let names = inside.split(',').filter(|name| !name.trim_start().starts_with('['));
            (names.count(), inside.split(',').count())
        }
    }
}

/// Whether a word that takes such things is to be tried with these arguments: where it takes no
/// maps, one stands for its value.
fn fits(takes: Takes, params: &[Param]) -> bool {
    let is_map = |param: &Param| matches!(param, Param::Map | Param::Scalar | Param::Entry);
    let is_name = |param: &Param| matches!(param, Param::Exact("uint32" | "boot" | "tai"));
    let is_length = |param: &Param| matches!(param, Param::Exact("10" | "1000"));
    if params.iter().any(|it| matches!(it, Param::Text | Param::Any))
        && params.iter().any(is_length)
    {
        // No text may be shorter.
        return false;
    }
    if takes == Takes::Types && params.iter().skip(1).any(|it| !matches!(it, Param::Exact(_))) {
        // Behind a type stand names of fields, which are no values.
        return false;
    }
    let (maps, names) = match takes {
        Takes::Values => (false, false),
        Takes::Maps | Takes::KeyedMaps => (true, false),
        Takes::Types | Takes::Names => (false, true),
    };
    (maps || !params.iter().any(is_map)) && (names || !params.iter().any(is_name))
}

/// A word that takes a format.
fn formatting(head: &str, word: &'static str, kernel: &dyn Kernel) -> Option<Signature> {
    let texts = [
        format!("{word}(\"%5d %-6s\", pid, comm)"),
        format!("{word}(\"%d %s\", pid, comm)"),
        format!("{word}(\"text\")"),
    ];
    let alone = statements(head, "", &texts, kernel);
    let params = match alone.as_slice() {
        [true, ..] => vec![Param::Format],
        [_, true, _] => vec![Param::Exact("\"%d %s\\n\""), Param::Int, Param::Text],
        [.., true] => vec![Param::Exact("\"%H:%M:%S\"")],
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
            let same = params.iter().skip(1).all(|it| matches!(it, Param::Exact(_)));
            if starts && same && matches!(ty, Some(Ty::Reduced(_))) {
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
                (0, 4..) => &FIRST[8..9],
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
