//! The kernel's functions, from `available_filter_functions` and `/proc/kallsyms`.

use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, BufRead, BufReader},
    path::Path,
};

use stdlib::{Answer, Unanswered};

/// A function with its module; none for the kernel proper.
pub(super) type Function = (Option<String>, String);

/// Whether a function of module `found` is meant by `wanted`: no module means all of them.
pub(super) fn is_in(wanted: Option<&str>, found: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| super::matches(wanted, found.unwrap_or("vmlinux")))
}

/// Where the functions that can be traced are read from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Source {
    /// The function tracer's own list.
    Tracer,
    /// All symbols, where the function tracer is not built in.
    Symbols,
}

impl Source {
    /// The function that a line tells of, after its module.
    pub(super) fn function(self, line: &str) -> Option<(Option<&str>, &str)> {
        match self {
            Self::Tracer => {
                let mut words = line.split_ascii_whitespace();
                let name = words.next()?;
                Some((words.next().and_then(module_name), name))
            }
            Self::Symbols => {
                let symbol = symbol(line).filter(Symbol::is_function)?;
                Some((symbol.module, symbol.name))
            }
        }
    }
}

/// Opens the list of functions that can be traced: `root` itself, or the one in this directory.
pub(super) fn open(root: &str) -> Answer<(Source, File)> {
    let list = Path::new(root);
    let path =
        if list.is_file() { list.to_owned() } else { list.join("available_filter_functions") };
    if !root.is_empty()
        && let Ok(file) = File::open(path)
    {
        return Ok((Source::Tracer, file));
    }
    let file = File::open("/proc/kallsyms").map_err(|error| Unanswered {
        problem: format!("/proc/kallsyms cannot be read: {error}"),
        help: None,
    })?;
    Ok((Source::Symbols, file))
}

#[derive(PartialEq, Eq)]
enum Next {
    Continue,
    Stop,
}

fn lines(file: File, mut see: impl FnMut(&str) -> Next) -> Answer<()> {
    let mut reader = BufReader::with_capacity(1 << 16, file);
    let mut line = String::new();
    loop {
        line.clear();
        match reader.read_line(&mut line) {
            Ok(0) => return Ok(()),
            Ok(_) if see(line.trim_end()) == Next::Stop => return Ok(()),
            Ok(_) => {}
            Err(error) => return Err(unread(&error)),
        }
    }
}

/// The lists could not be read to their ends.
pub(super) fn unread(error: &io::Error) -> Unanswered {
    let problem = format!("the kernel's functions cannot be read: {error}");
    Unanswered { problem, help: None }
}

fn module_name(word: &str) -> Option<&str> {
    word.strip_prefix('[')?.strip_suffix(']')
}

struct Symbol<'text> {
    address: u64,
    kind: u8,
    name: &'text str,
    module: Option<&'text str>,
}

impl Symbol<'_> {
    /// Text symbols, without the markers that compilers put before and beside functions.
    fn is_function(&self) -> bool {
        matches!(self.kind, b't' | b'T' | b'w' | b'W')
            && !self.name.starts_with("__pfx_")
            && !self.name.starts_with("__cfi_")
            && self.module != Some("bpf")
    }
}

/// `ffffffff81000000 T _stext [module]`
fn symbol(line: &str) -> Option<Symbol<'_>> {
    let mut words = line.split_ascii_whitespace();
    let address = u64::from_str_radix(words.next()?, 16).ok()?;
    let kind = *words.next()?.as_bytes().first()?;
    let name = words.next()?;
    Some(Symbol { address, kind, name, module: words.next().and_then(module_name) })
}

/// The address of a symbol of the kernel proper; none if it has no such symbol or hides it.
pub(super) fn address(name: &str) -> Option<u64> {
    let file = File::open("/proc/kallsyms").ok()?;
    let mut found = None;
    let mut hidden = true;
    let read = lines(file, |line| {
        let Some(symbol) = symbol(line) else { return Next::Continue };
        hidden &= symbol.address == 0;
        if symbol.name != name || symbol.module.is_some() {
            return Next::Continue;
        }
        found = Some(symbol.address);
        Next::Stop
    });
    // The first variable of each CPU's memory may really be at 0, where addresses can be seen.
    read.ok()?;
    found.filter(|address| *address != 0 || !hidden)
}

/// Where the functions called `name` start, each with its module.
pub(crate) fn starts(name: &str) -> Vec<(Option<String>, u64)> {
    let mut found = Vec::new();
    let Ok(file) = File::open("/proc/kallsyms") else { return found };
    let _ = lines(file, |line| {
        let symbol = symbol(line).filter(Symbol::is_function);
        let symbol = symbol.filter(|symbol| symbol.name == name && symbol.address != 0);
        found.extend(symbol.map(|it| (it.module.map(str::to_owned), it.address)));
        Next::Continue
    });
    found
}

/// The names that several functions of one module have, as `module:name`.
pub(super) fn ambiguous_in_modules() -> HashSet<String> {
    let (mut once, mut more) = (HashSet::new(), HashSet::new());
    let Ok(file) = File::open("/proc/kallsyms") else { return more };
    let _ = lines(file, |line| {
        // Symbols of modules end with `]`; most of the others needn't be looked at.
        let symbol = line.ends_with(']').then(|| symbol(line)).flatten();
        if let Some(symbol) = symbol.filter(Symbol::is_function) {
            let name = format!("{}:{}", symbol.module.unwrap_or_default(), symbol.name);
            if let Some(name) = once.replace(name) {
                more.insert(name);
            }
        }
        Next::Continue
    });
    more
}

/// The text of `/proc/kallsyms`, read once.
#[derive(Debug, Default)]
pub(crate) struct Kallsyms {
    text: String,
}

impl Kallsyms {
    /// Reads it; empty if it can't be read.
    pub(crate) fn read() -> Self {
        Self { text: fs::read_to_string("/proc/kallsyms").unwrap_or_default() }
    }

    /// What follows `prefix` in the names that start with it.
    pub(crate) fn names_after(&self, prefix: &str) -> impl Iterator<Item = &str> {
        let after = move |line| symbol(line)?.name.strip_prefix(prefix);
        self.text.lines().filter_map(after)
    }

    /// Address and name of the symbols of the kernel proper that `wanted` accepts; none have an
    /// address of 0, as all have for users who may not see them.
    pub(crate) fn addresses(
        &self,
        wanted: impl Fn(&str) -> bool,
    ) -> impl Iterator<Item = (u64, &str)> {
        self.text
            .lines()
            .filter_map(symbol)
            .filter(move |symbol| symbol.address != 0 && wanted(symbol.name))
            .map(|symbol| (symbol.address, symbol.name))
    }
}
