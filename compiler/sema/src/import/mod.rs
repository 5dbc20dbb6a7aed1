//! Brings together what a program consists of: the scripts and headers that it imports, in the
//! place of the `import`, and the C at the top of each script, which is read as one text. It asks
//! [`Kernel`] for files and for the kernel's types.

mod clang;
mod define;
mod header;

use std::{collections::BTreeSet, rc::Rc};

use diag::{Code, Diagnostic, Origin, Source, SourceId, Sources, Span};
use grammar::ast::{Block, Item, Program, Stmt, StmtKind};
use ir::Ty;
use stdlib::{CProgram, Config, Content, Kernel, Unstable};

use crate::{
    c::Declarations,
    settings,
    walk::{self, Visit},
};

/// A program with everything that it imports.
#[derive(Debug)]
pub struct Imported {
    /// Without imports and C; what macros of C stand for is in their place.
    pub program: Program,
    /// What the C defines.
    pub(crate) own: Rc<Declarations>,
}

impl Imported {
    /// The type that the program's C gives a name: `struct x`, `union x`, `enum x`, or a typedef.
    pub fn c_type(&self, name: &str) -> Option<&Ty> {
        self.own.types.get(name)
    }
}

/// Reads what `program`, the first of `sources`, imports; what is wrong goes to `problems`.
pub fn import(
    program: &Program,
    sources: &mut Sources,
    config: &Config,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Imported {
    let in_blocks = in_blocks(program, config);
    let mut importer = Importer {
        sources,
        kernel,
        in_blocks,
        problems: Vec::new(),
        seen: BTreeSet::new(),
        items: Vec::new(),
        folders: &config.include_directories,
        programs: Vec::new(),
        c: Vec::new(),
    };
    importer.included(&config.include_headers);
    importer.program(program.clone(), SourceId(0));
    let Importer { items, c, programs, problems: found, .. } = importer;
    problems.extend(found);
    let mut own = header::declarations(&c, sources, (config, kernel), problems);
    own.programs = programs;
    let mut program = Program { shebang: program.shebang, items };
    // Macros that are wrong in C would be wrong here for the same reason.
    if !diag::any_error(problems) {
        define::replace(&mut program, &own, sources, problems);
    }
    Imported { program, own: Rc::new(own) }
}

/// What the program's own settings say to `import` in blocks.
fn in_blocks(program: &Program, config: &Config) -> Unstable {
    let mut config = config.clone();
    for item in &program.items {
        if let Item::Config(it) = item {
            // What is wrong with them is said when they are resolved.
            it.entries.iter().for_each(|it| settings::set(&mut config, it, &mut Vec::new()));
        }
    }
    config.unstable_import_statement
}

struct Importer<'a> {
    sources: &'a mut Sources,
    kernel: &'a dyn Kernel,
    in_blocks: Unstable,
    problems: Vec<Diagnostic>,
    /// Full paths of what was imported.
    seen: BTreeSet<String>,
    items: Vec<Item>,
    /// Where headers are looked for.
    folders: &'a [String],
    programs: Vec<(String, CProgram)>,
    /// The pieces of C in the order in which they are read.
    c: Vec<(Span, String)>,
}

impl Importer<'_> {
    /// `--include FILE` stands for an `#include` before everything else.
    fn included(&mut self, headers: &[String]) {
        if headers.is_empty() {
            return;
        }
        let text: String =
            headers.iter().map(|path| format!("#include \"{path}\"\n")).collect();
        let name = "command line".to_owned();
        let id =
            self.sources.add(Source { name, text: text.as_str().into(), origin: Origin::Root });
        self.c.push((whole(id, &text), text));
    }

    /// Takes the items of a text over.
    fn program(&mut self, program: Program, source: SourceId) {
        let has_imports = program.items.iter().any(|item| matches!(item, Item::Import(_)));
        if has_imports && source == SourceId(0) {
            // A script that is imported by what it imports is not read again.
            let name = self.sources.get(source).name.clone();
            let own = self.kernel.file(&name).ok().flatten();
            self.seen.extend(own.map(|file| file.path));
        }
        for mut item in program.items {
            let mut inside = InBlocks::default();
            match &mut item {
                Item::Import(it) => {
                    self.import(&it.path.text(), it.span);
                    continue;
                }
                Item::C(it) => {
                    self.c.push((it.span, std::mem::take(&mut it.text)));
                    continue;
                }
                Item::Config(it) if source != SourceId(0) => {
                    self.problems.push(misplaced_config(it.span));
                    continue;
                }
                Item::Probe(it) => walk::probe_parts(&mut inside, it),
                Item::Macro(it) => walk::block(&mut inside, &mut it.body),
                Item::Function(it) => walk::block(&mut inside, &mut it.body),
                Item::Config(_) | Item::Map(_) => {}
            }
            for (path, span) in inside.found {
                match self.in_blocks {
                    Unstable::Enable => self.import(&path, span),
                    Unstable::Warn => {
                        self.problems.push(unstable(&path, span).warning());
                        self.import(&path, span);
                    }
                    Unstable::Error => self.problems.push(unstable(&path, span)),
                }
            }
            self.items.push(item);
        }
    }

    /// `import "path"` at `span`.
    fn import(&mut self, path: &str, span: Span) {
        let path = beside(self.sources, span.source, path);
        let file = match self.kernel.file(&path) {
            Ok(Some(file)) => file,
            Ok(None) => {
                let problem = cannot(&path, span, "there is no such file or directory");
                let help = "the path is relative to the script that imports";
                return self.problems.push(problem.help(help));
            }
            Err(why) => {
                let problem = cannot(&path, span, &why.problem);
                return self.problems.push(match why.help {
                    Some(help) => problem.help(help),
                    None => problem,
                });
            }
        };
        if !self.seen.insert(file.path) {
            return;
        }
        match file.content {
            Content::Bytes(bytes) => self.file(path, bytes, span),
            Content::Directory { world_writable: true, .. } => {
                let problem = cannot(&path, span, "everybody may write to this directory");
                let help = format!("take the permission away: `chmod o-w {path}`");
                self.problems.push(problem.help(help));
            }
            Content::Directory { names, world_writable: false } => {
                for name in names.iter().filter(|name| Kind::of(name).is_some()) {
                    self.import(&format!("{path}/{name}"), span);
                }
            }
        }
    }

    fn file(&mut self, path: String, bytes: Vec<u8>, span: Span) {
        let Some(kind) = Kind::of(&path) else {
            let problem = cannot(&path, span, "its name does not say what it is");
            let help = "scripts end with `.bt`, C headers with `.h`, C programs with `.bpf.c`";
            return self.problems.push(problem.help(help));
        };
        if kind == Kind::Bpf {
            return self.bpf(&path, span);
        }
        let Some(id) = add_text(self.sources, (path, bytes), span, &mut self.problems) else {
            return;
        };
        if kind == Kind::Header {
            let text = self.sources.get(id).text.to_string();
            self.c.push((whole(id, &text), text));
            return;
        }
        let parsed = grammar::parse(self.sources, id);
        // What is imported need not run anything by itself.
        let wrong = parsed.problems.into_iter().filter(|it| it.code != Code::EmptyProgram);
        self.problems.extend(wrong);
        self.program(parsed.program, id);
    }

    /// `import "x.bpf.c"`: functions in C, which clang compiles.
    fn bpf(&mut self, path: &str, span: Span) {
        if path.ends_with(".o") {
            let title =
                format!("`{path}` is compiled: it can't become part of another program");
            let problem = Diagnostic::new(Code::NotSupported, span, title, "not supported");
            let help = "import the `.bpf.c` that it was made of";
            return self.problems.push(problem.help(help));
        }
        match self.kernel.c_program(path, self.folders) {
            Ok(program) => self.programs.push((path.to_owned(), program)),
            Err(why) => {
                let placed = clang::placed(&why.problem, span, self.sources, self.kernel);
                let problem = placed.unwrap_or_else(|| cannot(path, span, &why.problem));
                self.problems.push(match why.help {
                    Some(help) => problem.help(help),
                    None => problem,
                });
            }
        }
    }
}

/// What a file's name says that it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Script,
    Header,
    Bpf,
}

impl Kind {
    fn of(path: &str) -> Option<Self> {
        let ends = |ending: &str| path.len() > ending.len() && path.ends_with(ending);
        match () {
            () if ends(".bt") => Some(Self::Script),
            () if ends(".h") => Some(Self::Header),
            () if ends(".bpf.c") || ends(".bpf.o") => Some(Self::Bpf),
            () => None,
        }
    }
}

/// Takes the imports out of blocks.
#[derive(Default)]
struct InBlocks {
    found: Vec<(String, Span)>,
}

impl Visit for InBlocks {
    fn stmt(&mut self, it: &mut Stmt) {
        if let StmtKind::Import(path) = &it.kind {
            self.found.push((path.text().into_owned(), it.span));
            let nothing = Block { span: it.span, stmts: Vec::new(), value: None };
            it.kind = StmtKind::Block(nothing);
        }
        walk::stmt_parts(self, it);
    }
}

/// All of a text.
fn whole(source: SourceId, text: &str) -> Span {
    Span { source, start: 0, end: text.len() as u32 }
}

/// `path` as it is meant in the text called `source`: beside that text's own file.
fn beside(sources: &Sources, source: SourceId, path: &str) -> String {
    match sources.get(source).name.rsplit_once('/') {
        Some((folder, _)) if !path.starts_with('/') => format!("{folder}/{path}"),
        Some(_) | None => path.to_owned(),
    }
}

/// Adds the text that `bytes` are, brought by `span`; complains if they are none.
fn add_text(
    sources: &mut Sources,
    (name, bytes): (String, Vec<u8>),
    span: Span,
    problems: &mut Vec<Diagnostic>,
) -> Option<SourceId> {
    let next = SourceId(sources.iter().count() as u32);
    let origin = Origin::Import(span);
    match grammar::decode(next, bytes) {
        Ok(text) => Some(sources.add(Source { name, text: text.into(), origin })),
        Err(wrong) => {
            sources.add(Source { name, text: wrong.text.into(), origin });
            problems.push(wrong.problem);
            None
        }
    }
}

fn cannot(path: &str, span: Span, why: &str) -> Diagnostic {
    let title = format!("cannot import `{path}`: {why}");
    Diagnostic::new(Code::CannotImport, span, title, "imported here")
}

fn misplaced_config(span: Span) -> Diagnostic {
    let title = "a script that is imported can't change settings";
    let span = Span { end: span.start + "config".len() as u32, ..span };
    Diagnostic::new(Code::Misplaced, span, title, "these settings")
        .help("move `config` to the script that imports this one")
}

fn unstable(path: &str, span: Span) -> Diagnostic {
    let title = "`import` in a block has to be allowed";
    Diagnostic::new(Code::Misplaced, span, title, "in a block")
        .help(format!("write `import \"{path}\";` at the top, or allow it: `config = {{ unstable_import_statement = enable }}`"))
        .compat("import statement feature is not enabled by default. To enable this unstable feature, set the config flag to enable. unstable_import_statement=enable")
}
