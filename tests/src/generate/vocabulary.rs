//! What words there are on this machine and how they are called, found out by asking the checker:
//! each word is tried with arguments of each kind, and what is accepted is remembered. A new row
//! is so generated without a line here; one that is never accepted is reported.

use std::collections::{BTreeMap, BTreeSet};

use driver::pipeline;
use ir::Ty;
use stdlib::{
    Kernel, aggregations, builtins,
    functions::{self, Takes},
    prelude, probes,
};

use super::{
    attempt::{self, Outcome, Until, attempt},
    heads, samples,
    shape::Shape,
};

/// An argument that a word takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Param {
    /// A whole map with keys.
    Map,
    /// A whole map without keys.
    Scalar,
    /// One entry of a map.
    Entry,
    /// A key of the map before it.
    Key,
    /// Exactly this text.
    Exact(&'static str),
    /// A literal format, and what it prints.
    Format,
    /// Any integer.
    Int,
    /// Any text.
    Text,
    /// Any pointer to something in the kernel.
    Pointer,
    /// Anything that can be kept.
    Any,
}

/// A way in which a word can be called.
#[derive(Debug, Clone)]
pub(crate) struct Signature {
    pub(crate) word: &'static str,
    pub(crate) params: Vec<Param>,
    /// What it gives; none if it stands alone.
    pub(crate) gives: Option<Shape>,
}

/// An expression that can stand by itself in a probe.
#[derive(Debug, Clone)]
pub(crate) struct Atom {
    pub(crate) text: String,
    pub(crate) shape: Shape,
    /// Whether the compiler knows its value.
    pub(crate) known: bool,
}

/// What the probes of one attach point can use.
#[derive(Debug, Clone)]
pub(crate) struct Head {
    /// As it is written.
    pub(crate) text: String,
    pub(crate) atoms: Vec<Atom>,
    pub(crate) calls: Vec<Signature>,
    /// Rows whose result goes to a map: name and arguments.
    pub(crate) aggregations: Vec<Signature>,
}

/// All that programs can be made of on this machine.
#[derive(Debug)]
pub struct Vocabulary {
    pub(crate) heads: Vec<Head>,
    /// What can be used in every probe.
    pub(crate) everywhere: Head,
    /// Examples of rows that are not called in any way that was tried.
    pub(crate) examples: Vec<&'static str>,
    /// Constructs that this checker has.
    pub(crate) constructs: BTreeSet<&'static str>,
    /// Rows that cannot be generated here, and why.
    pub unable: BTreeMap<String, String>,
}

/// What every table's rows have in common.
struct Row {
    kind: &'static str,
    name: &'static str,
    example: &'static str,
}

fn rows() -> Vec<Row> {
    let builtins = builtins::ALL.iter().map(|it| Row {
        kind: "builtin",
        name: it.name,
        example: it.example,
    });
    let functions = functions::ALL.iter().map(|it| Row {
        kind: "function",
        name: it.name,
        example: it.example,
    });
    let aggregations = aggregations::ALL.iter().map(|it| Row {
        kind: "aggregation",
        name: it.name,
        example: it.example,
    });
    let probes =
        probes::ALL.iter().map(|it| Row { kind: "probe", name: it.name, example: it.example });
    let macros = prelude::ALL.iter().map(|it| Row {
        kind: "function",
        name: it.name,
        example: it.example(),
    });
    builtins.chain(functions).chain(macros).chain(aggregations).chain(probes).collect()
}

/// Every row's name, with its table's before it: two tables may have the same name.
pub fn row_names() -> Vec<String> {
    rows().iter().map(|row| format!("{} {}", row.kind, row.name)).collect()
}

impl Vocabulary {
    /// Asks the checker on `kernel`.
    pub fn find(kernel: &dyn Kernel) -> Self {
        let mut heads = Vec::new();
        let mut loadable = samples::Loadable::default();
        let mut calls: BTreeMap<&str, (Vec<Signature>, Vec<Signature>)> = BTreeMap::new();
        for (row, text) in heads::candidates() {
            if !is_fine(&format!("{text} {{ @ = 1; }}"), kernel, Until::Loaded) {
                continue;
            }
            let (calls, aggregations) = calls.entry(row).or_insert_with(|| {
                (
                    samples::calls(&text, kernel, &mut loadable),
                    samples::aggregations(&text, kernel),
                )
            });
            let atoms = samples::atoms(&text, kernel);
            let (calls, aggregations) = (calls.clone(), aggregations.clone());
            heads.push(Head { text, atoms, calls, aggregations });
        }
        let mut found = Self {
            everywhere: everywhere(&heads),
            heads,
            examples: Vec::new(),
            constructs: constructs(kernel),
            unable: BTreeMap::new(),
        };
        let refused = loadable.refused().map(|(word, why)| (format!("function {word}"), why));
        found.unable.extend(refused.map(|(word, why)| (word, why.clone())));
        found.take_examples(kernel);
        found
    }

    /// Rows that no head can use: their example serves, or says why it does not.
    fn take_examples(&mut self, kernel: &dyn Kernel) {
        for Row { kind, name, example } in rows() {
            let known = self.heads.iter().any(|head| match kind {
                "builtin" => {
                    head.atoms.iter().any(|atom| uses_word(&atom.text, name))
                        || head.calls.iter().any(|call| call.word == name)
                }
                "function" => head.calls.iter().any(|call| call.word == name),
                "aggregation" => head.aggregations.iter().any(|call| call.word == name),
                _ => probe_type(&head.text) == Some(name),
            });
            if known || self.unable.contains_key(&format!("{kind} {name}")) {
                continue;
            }
            let example = after_settings(example);
            match attempt(example, kernel, &attempt::settings(), Until::Loaded) {
                Outcome::Fine(_) => self.examples.push(example),
                Outcome::Refused(problems) => {
                    let why = problems.iter().find(|it| it.level == diag::Level::Error);
                    let why = why.map(|it| it.title.clone()).unwrap_or_default();
                    self.unable.insert(format!("{kind} {name}"), why);
                }
                Outcome::Unable(why) => {
                    self.unable.insert(format!("{kind} {name}"), why);
                }
                Outcome::Broken(broken) => {
                    self.unable.insert(format!("{kind} {name}"), broken.text);
                }
            }
        }
    }
}

/// An example without its block of settings, which only a program's beginning can have:
/// [`attempt::settings`] are for all.
fn after_settings(example: &str) -> &str {
    let block = example.strip_prefix("config").and_then(|rest| rest.split_once('}'));
    block.map_or(example, |(_, program)| program.trim_start())
}

/// The row of the probe type that a head is of.
pub(super) fn probe_type(head: &str) -> Option<&'static str> {
    let word = head.split([':', ' ', '{', '/']).next().unwrap_or_default();
    probes::find(word).map(|row| row.name)
}

/// Whether an atom's text is this builtin: `arg0` is `argN`, `args.x` is `args`.
pub(super) fn uses_word(text: &str, name: &str) -> bool {
    let word = text.split(['.', '(', '[']).next().unwrap_or_default();
    word == name || builtins::find(word).is_some_and(|row| row.name == name)
}

/// What all heads have in common.
fn everywhere(heads: &[Head]) -> Head {
    let Some((first, rest)) = heads.split_first() else {
        return Head {
            text: String::new(),
            atoms: Vec::new(),
            calls: Vec::new(),
            aggregations: Vec::new(),
        };
    };
    let mut common = first.clone();
    common.atoms.retain(|atom| {
        rest.iter().all(|head| {
            head.atoms.iter().any(|it| it.text == atom.text && it.shape == atom.shape)
        })
    });
    // `usermode` is known in some.
    for atom in &mut common.atoms {
        let same = |it: &Atom| it.text == atom.text && it.known;
        atom.known = heads.iter().any(|head| head.atoms.iter().any(same));
    }
    common.calls.retain(|call| {
        rest.iter().all(|head| {
            let same = |it: &Signature| {
                it.word == call.word && it.params == call.params && it.gives == call.gives
            };
            head.calls.iter().any(same)
        })
    });
    common
}

fn is_fine(text: &str, kernel: &dyn Kernel, until: Until) -> bool {
    matches!(attempt(text, kernel, &attempt::settings(), until), Outcome::Fine(_))
}

/// Constructs that not every state of the checker knows, and a program that has each.
#[rustfmt::skip]
const CONSTRUCTS: &[(&str, &str)] = &[
    ("function", "fn f($a : uint64) : uint64 { return $a + 1; } begin { @ = f(1); }"),
    ("c", "struct s { int a; }; begin { $p = (struct s *)0; @ = $p.a; }"),
    ("address", "begin { $x = 1; $p = &$x; @ = *$p; }"),
    ("sizeof", "begin { @ = sizeof(uint32); }"),
    ("offsetof", "begin { @ = offsetof(struct task_struct, pid); }"),
    ("typeof", "begin { $x = 1; let $y : typeof($x); $y = $x; @ = $y; }"),
    ("to array", "begin { $x = nsecs; $b = (uint8[8])$x; @ = $b[0]; }"),
    ("reduced cast", "begin { @a = count(); @ = (uint64)@a; }"),
    ("loop", "begin { for ($i : 0..nsecs) { @++; } }"),
    ("map loop", "begin { @m[1] = 1; for ($kv : @m) { @++; } }"),
    ("reduced read", "begin { @a = count(); @ = @a + 1; }"),
    ("reduced loop", "begin { @m[1] = count(); for ($kv : @m) { @ = $kv.1; } }"),
    ("map block", "begin { @ = { let $a = 1; $a }; }"),
    ("slice", "begin { $t = (1, 2, 3); print($t.0); }"),
    ("large key", "begin { @[str(0, 700), str(1, 700)] = 1; }"),
];

fn constructs(kernel: &dyn Kernel) -> BTreeSet<&'static str> {
    let known = |(_, program): &&(&str, &str)| is_fine(program, kernel, Until::Lowered);
    CONSTRUCTS.iter().filter(known).map(|(name, _)| *name).collect()
}

/// Names of the constructs that this checker does not have.
pub fn missing_constructs(vocabulary: &Vocabulary) -> Vec<&'static str> {
    let names = CONSTRUCTS.iter().map(|(name, _)| *name);
    names.filter(|name| !vocabulary.constructs.contains(name)).collect()
}

/// Which of `trials` the checker takes as values, and of what type they are. `before` are
/// statements that make what the trials use; `{}` in both is the number of the trial.
pub(super) fn values(
    head: &str,
    before: &str,
    trials: &[String],
    kernel: &dyn Kernel,
) -> Vec<Option<Ty>> {
    let statement = |(index, text): (usize, &String)| {
        format!("{before} @t{{}} = {text};").replace("{}", &index.to_string())
    };
    let mut statements: Vec<_> = trials.iter().enumerate().map(statement).collect();
    keep_accepted(head, &mut statements, kernel);
    let mut types = vec![None; trials.len()];
    let mut input = attempt::input(
        &format!("{head} {{\n{}\n}}", statements.join("\n")),
        &attempt::settings(),
    );
    let mut problems = Vec::new();
    let checked = attempt::caught(|| pipeline::analyse(&mut input, kernel, &mut problems));
    let Ok(Ok(typed)) = checked else { return types };
    for map in typed.maps {
        let index = map.name.strip_prefix('t').and_then(|digits| digits.parse::<usize>().ok());
        if let Some(found) = index.and_then(|index| types.get_mut(index)) {
            *found = Some(map.value);
        }
    }
    types
}

/// Which of `trials` the checker takes as statements.
pub(super) fn statements(
    head: &str,
    before: &str,
    trials: &[String],
    kernel: &dyn Kernel,
) -> Vec<bool> {
    let statement = |(index, text): (usize, &String)| {
        format!("{before} {text};").replace("{}", &index.to_string())
    };
    let mut statements: Vec<_> = trials.iter().enumerate().map(statement).collect();
    keep_accepted(head, &mut statements, kernel);
    statements.iter().map(|text| !text.is_empty()).collect()
}

/// Empties the statements, one a line, that the checker complains of.
fn keep_accepted(head: &str, statements: &mut [String], kernel: &dyn Kernel) {
    // A complaint may hide another one.
    for _ in 0..4 {
        let text = format!("{head} {{\n{}\n}}", statements.join("\n"));
        let outcome = attempt(&text, kernel, &attempt::settings(), Until::Lowered);
        let Outcome::Refused(problems) = outcome else { return };
        for problem in problems.iter().filter(|it| it.level == diag::Level::Error) {
            let before = &text[..problem.primary.span.start as usize];
            let line = before.matches('\n').count();
            if let Some(statement) = line.checked_sub(1).and_then(|at| statements.get_mut(at)) {
                statement.clear();
            }
        }
    }
}

/// Whether the second argument of `word` is a key of the map that is the first.
pub(super) fn takes_key(word: &str) -> bool {
    functions::find(word).is_some_and(|row| row.takes == Takes::KeyedMaps)
}
