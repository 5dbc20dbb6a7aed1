//! Replaces what is known before any machine is asked: positional parameters and settings.

use std::{collections::BTreeMap, rc::Rc};

use diag::{Code, Diagnostic, SourceId, Sources, Span};
use grammar::ast::{Item, MapDeclaration, Probe};
use stdlib::Config;

use crate::{
    Functions, Imported,
    c::Declarations,
    macros::Macros,
    options::{self, ProgramOption},
    parameters::{self, Parameters},
    prelude, settings, walk,
};

/// A program without parameters, macros and imports.
#[derive(Debug)]
pub struct Resolved {
    /// The script's probes.
    pub probes: Vec<Probe>,
    /// The settings, the script's own included.
    pub config: Config,
    /// Maps whose kind and size the script declares, by name without `@`.
    pub declared: BTreeMap<String, Declared>,
    /// The options of its own that the script reads, in the order in which it first does.
    pub options: Vec<ProgramOption>,
    /// What the script's C defines.
    pub(crate) own: Rc<Declarations>,
    /// The script's functions.
    pub functions: Functions,
    /// Texts that macros brought once more, and what they are copies of.
    pub(crate) copies: BTreeMap<SourceId, SourceId>,
}

/// `let @m = lruhash(100);`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    /// Where it stands.
    pub span: Span,
    /// How entries are kept.
    pub kind: DeclaredKind,
    /// How many there may be.
    pub entries: u32,
}

/// The kinds of maps that can be declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeclaredKind {
    /// Its spelling.
    pub name: &'static str,
    /// Whether each CPU has its own values, as aggregations need.
    pub per_cpu: bool,
    /// Whether the entry that was not used for longest makes room for a new one.
    pub evicts: bool,
}

#[rustfmt::skip]
const KINDS: &[DeclaredKind] = &[
    DeclaredKind { name: "hash",          per_cpu: false, evicts: false },
    DeclaredKind { name: "lruhash",       per_cpu: false, evicts: true },
    DeclaredKind { name: "percpuhash",    per_cpu: true,  evicts: false },
    DeclaredKind { name: "percpulruhash", per_cpu: true,  evicts: true },
];

/// Resolves `imported`; what is wrong goes to `problems`.
pub fn resolve(
    imported: &Imported,
    sources: &mut Sources,
    parameters: &Parameters,
    config: &Config,
    problems: &mut Vec<Diagnostic>,
) -> Resolved {
    let program = &imported.program;
    let mut out = Resolved {
        probes: Vec::new(),
        config: config.clone(),
        declared: BTreeMap::new(),
        options: Vec::new(),
        own: Rc::clone(&imported.own),
        functions: Functions::default(),
        copies: BTreeMap::new(),
    };
    let mut functions = Vec::new();
    let library = prelude::used(program);
    let mut macros = Macros::default();
    // First, so that the program's own hide them.
    library.iter().for_each(|it| macros.add(it, problems));
    for item in &program.items {
        if let Item::Macro(it) = item {
            macros.add(it, problems);
        }
    }
    for item in &program.items {
        match item {
            Item::Probe(probe) => {
                let mut probe = probe.clone();
                for point in &mut probe.points {
                    parameters::in_point(point, parameters, problems);
                }
                macros.expand(&mut probe, sources, problems);
                walk::probe(&mut probe, &mut |expr| {
                    parameters::in_expr(expr, parameters, problems);
                    options::in_expr(expr, parameters, (&mut out.options, problems));
                });
                out.probes.push(probe);
            }
            Item::Config(it) => {
                for entry in &it.entries {
                    settings::set(&mut out.config, entry, problems);
                }
            }
            // C and imports are read before.
            Item::Macro(_) | Item::C(_) | Item::Import(_) => {}
            Item::Map(it) => declare(&mut out.declared, it, problems),
            Item::Function(it) => {
                let mut it = it.clone();
                macros.expand_block(&mut it.body, sources, problems);
                walk::block_exprs(&mut it.body, &mut |expr| {
                    parameters::in_expr(expr, parameters, problems);
                    options::in_expr(expr, parameters, (&mut out.options, problems));
                });
                functions.push(it);
            }
        }
    }
    out.functions = Functions::collect(functions, |name| macros.place(name), problems);
    out.copies.clone_from(sources.copies());
    out
}

fn declare(
    declared: &mut BTreeMap<String, Declared>,
    it: &MapDeclaration,
    problems: &mut Vec<Diagnostic>,
) {
    let wanted = it.kind.text.as_str();
    let Some(kind) = KINDS.iter().find(|kind| kind.name == wanted) else {
        let names: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        let help = match stdlib::nearest(wanted, names.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", names.join(", ")),
        };
        let title = format!("unknown kind of map `{wanted}`");
        let problem = Diagnostic::new(Code::UnknownType, it.kind.span, title, "not known");
        let compat = format!("Invalid bpf map type: {wanted}");
        return problems.push(problem.help(help).compat(compat));
    };
    let entries = u32::try_from(it.entries.value).ok().filter(|entries| *entries > 0);
    let Some(entries) = entries else {
        let title = "a map has 1 to 4294967295 entries";
        return problems.push(Diagnostic::new(
            Code::OutOfRange,
            it.entries.span,
            title,
            "not this",
        ));
    };
    let new = Declared { span: it.span, kind: *kind, entries };
    if let Some(old) = declared.insert(it.name.text.clone(), new) {
        let title = format!("`@{}` is declared twice", it.name.text);
        let problem = Diagnostic::new(Code::Redeclared, it.name.span, title, "again");
        problems.push(problem.related(old.span, "first here").help("remove one of them"));
    }
}
