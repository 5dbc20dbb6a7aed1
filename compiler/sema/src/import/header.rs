//! The C of a program: where headers are found, and what they may ask.

use std::{cell::RefCell, collections::BTreeSet};

use diag::{Code, Diagnostic, Origin, Source, Sources, Span};
use stdlib::{Config, Content, File, Kernel, constants, headers};

use super::{add_text, beside, whole};
use crate::c::{self, Declarations, Environment, Include};

/// Where the C library's headers and those of other libraries are, for what we don't know.
const SYSTEM: &[&str] = &["/usr/local/include", "/usr/include"];

/// Reads the C of a program.
pub(super) fn declarations(
    pieces: &[(Span, String)],
    sources: &mut Sources,
    (config, kernel): (&Config, &dyn Kernel),
    problems: &mut Vec<Diagnostic>,
) -> Declarations {
    if pieces.is_empty() {
        return Declarations::default();
    }
    let files = RefCell::new(Files {
        sources,
        config,
        kernel,
        problems: Vec::new(),
        once: BTreeSet::new(),
        brought: BTreeSet::new(),
    });
    // Asked only where the answer matters: the first question opens the kernel's types.
    let mentioned = |name: &str| pieces.iter().any(|(_, text)| text.contains(name));
    let mut defined = Vec::new();
    if mentioned(HAVE_BTF) && kernel.c_type("int").is_ok() {
        defined.push((HAVE_BTF, "1"));
    }
    let version = kernel.version_code().to_string();
    if mentioned("linux/version.h") || mentioned(headers::VERSION) {
        defined.push((headers::VERSION, version.as_str()));
    }
    let environment = Environment {
        defined: &defined,
        unknown: &|name| kernel.c_type(name).ok().flatten(),
        constant: &|name| {
            let enumerator = || kernel.enumerator(name).ok().flatten();
            constants::find(name).or_else(|| enumerator().map(|(_, value)| value.into()))
        },
        include: &|include| files.borrow_mut().include(include),
    };
    let texts: Vec<_> = pieces.iter().map(|(span, text)| (*span, text.as_str())).collect();
    let mut found = Vec::new();
    let declarations = c::declarations(&texts, &environment, &mut found);
    problems.extend(files.into_inner().problems);
    problems.extend(found);
    declarations
}

/// Defined where the kernel has BTF, for scripts that else include its headers.
const HAVE_BTF: &str = "BPFTRACE_HAVE_BTF";

struct Files<'a> {
    sources: &'a mut Sources,
    config: &'a Config,
    kernel: &'a dyn Kernel,
    problems: Vec<Diagnostic>,
    /// Full paths of files that say `#pragma once`.
    once: BTreeSet<String>,
    /// Texts of our own that were brought.
    brought: BTreeSet<&'static str>,
}

impl Files<'_> {
    /// The text of a header that has to be read.
    fn include(&mut self, include: &Include) -> Option<(Span, String)> {
        let path = self.paths(include).into_iter().find_map(|path| self.found(path, include));
        if let Some((path, file)) = path {
            return self.read(path, file, include.span);
        }
        if headers::is_known(&include.path) {
            return self.known(include);
        }
        for folder in SYSTEM {
            let path = format!("{folder}/{}", include.path);
            if let Some((path, file)) = self.found(path, include) {
                return self.read(path, file, include.span);
            }
        }
        self.problems.push(unknown(include));
        None
    }

    /// Where the header may be, the likeliest first.
    fn paths(&self, include: &Include) -> Vec<String> {
        let mut paths = Vec::new();
        if include.path.starts_with('/') {
            return vec![include.path.clone()];
        }
        if !include.system {
            paths.push(beside(self.sources, include.span.source, &include.path));
        }
        for folder in &self.config.include_directories {
            // The kernel's own headers are inline functions for the most part, and speak of a
            // kernel that may not be this one.
            let mark = || self.kernel.file(&format!("{folder}/{}", headers::MARK));
            let ours = headers::is_kernel(&include.path) && matches!(mark(), Ok(Some(_)));
            if !ours {
                paths.push(format!("{folder}/{}", include.path));
            }
        }
        paths
    }

    fn found(&mut self, path: String, include: &Include) -> Option<(String, File)> {
        match self.kernel.file(&path) {
            Ok(file) => file.map(|file| (path, file)),
            Err(why) => {
                let title = format!("cannot read `{path}`: {}", why.problem);
                let problem =
                    Diagnostic::new(Code::UnknownHeader, include.span, title, "included here");
                self.problems.push(problem);
                None
            }
        }
    }

    fn read(&mut self, path: String, file: File, span: Span) -> Option<(Span, String)> {
        let Content::Bytes(bytes) = file.content else {
            let title = format!("`{path}` is a directory");
            let problem = Diagnostic::new(Code::UnknownHeader, span, title, "included here");
            self.problems.push(problem.help("include one of the files in it"));
            return None;
        };
        if self.once.contains(&file.path) {
            return None;
        }
        let id = add_text(self.sources, (path, bytes), span, &mut self.problems)?;
        let text = self.sources.get(id).text.to_string();
        if text.lines().any(|line| line.split_whitespace().eq(["#pragma", "once"])) {
            self.once.insert(file.path);
        }
        Some((whole(id, &text), text))
    }

    /// What a header that we know defines beside types and constants.
    fn known(&mut self, include: &Include) -> Option<(Span, String)> {
        let text = headers::text(&include.path).filter(|text| self.brought.insert(text))?;
        let name = format!("<{}>", include.path);
        let origin = Origin::Import(include.span);
        let id = self.sources.add(Source { name, text: text.into(), origin });
        Some((whole(id, text), text.to_owned()))
    }
}

fn unknown(include: &Include) -> Diagnostic {
    let path = &include.path;
    let title = format!("there is no header `{path}`");
    let help = "give its directory with `-I DIRECTORY`; the kernel's types need no header";
    Diagnostic::new(Code::UnknownHeader, include.span, title, "neither known nor found")
        .help(help)
        .compat(format!("fatal error: '{path}' file not found"))
}
