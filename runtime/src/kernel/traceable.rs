//! The kernel's list of functions that can be traced, read once and no further than is needed: the
//! kernel makes its text anew for each reader, symbol by symbol.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
};

use stdlib::Answer;

use super::kallsyms::{self, Function, Source};

/// What has been read of the list, and what has not.
#[derive(Debug, Default)]
pub(super) struct Traceable {
    list: Option<List>,
}

#[derive(Debug)]
struct List {
    source: Source,
    text: String,
    /// Where each function's line starts in the text, as far as that was indexed.
    index: HashMap<String, Vec<usize>>,
    indexed: usize,
    /// What is left to read.
    rest: Option<BufReader<File>>,
}

impl Traceable {
    /// The functions called exactly `name`; reads no further than the first of the kernel proper,
    /// and the whole list where only modules have one.
    pub(super) fn find(
        &mut self,
        root: &str,
        module: Option<&str>,
        name: &str,
    ) -> Answer<Vec<Function>> {
        self.open(root)?.find(module, name)
    }

    /// Every function, sorted.
    pub(super) fn all(&mut self, root: &str) -> Answer<Vec<Function>> {
        let list = self.open(root)?;
        while list.next_line()?.is_some() {}
        let functions = list.text.lines().filter_map(|line| list.source.function(line));
        let mut functions: Vec<_> = functions.map(owned).collect();
        functions.sort_unstable();
        functions.dedup();
        Ok(functions)
    }

    fn open(&mut self, root: &str) -> Answer<&mut List> {
        let list = match self.list.take() {
            Some(list) => list,
            None => List::open(root)?,
        };
        Ok(self.list.insert(list))
    }
}

impl List {
    fn open(root: &str) -> Answer<Self> {
        let (source, file) = kallsyms::open(root)?;
        let rest = Some(BufReader::with_capacity(1 << 16, file));
        let (text, index) = (String::new(), HashMap::new());
        Ok(Self { source, text, index, indexed: 0, rest })
    }

    fn find(&mut self, module: Option<&str>, name: &str) -> Answer<Vec<Function>> {
        self.add_to_index();
        let mut found = Found { module, functions: Vec::new(), is_complete: false };
        for start in self.index.get(name).into_iter().flatten() {
            found.add(self.source.function(self.text[*start..].lines().next().unwrap_or("")));
        }
        while !found.is_complete {
            let Some(start) = self.next_line()? else { break };
            let function = self.source.function(&self.text[start..]);
            found.add(function.filter(|(_, its_name)| *its_name == name));
        }
        let mut functions = found.functions;
        functions.dedup();
        Ok(functions)
    }

    /// Reads a line; where it starts in the text.
    fn next_line(&mut self) -> Answer<Option<usize>> {
        let Some(rest) = &mut self.rest else { return Ok(None) };
        let start = self.text.len();
        let length =
            rest.read_line(&mut self.text).map_err(|error| kallsyms::unread(&error))?;
        if length == 0 {
            self.rest = None;
            return Ok(None);
        }
        Ok(Some(start))
    }

    /// What one search has read is found by name in all that follow.
    fn add_to_index(&mut self) {
        for line in self.text[self.indexed..].split_inclusive('\n') {
            if let Some((_, name)) = self.source.function(line) {
                self.index.entry(name.to_owned()).or_default().push(self.indexed);
            }
            self.indexed += line.len();
        }
    }
}

/// The functions of one name that were found so far.
struct Found<'a> {
    module: Option<&'a str>,
    functions: Vec<Function>,
    /// Whether no other is looked for.
    is_complete: bool,
}

impl Found<'_> {
    fn add(&mut self, function: Option<(Option<&str>, &str)>) {
        let Some(function) = function else { return };
        if self.is_complete || !kallsyms::is_in(self.module, function.0) {
            return;
        }
        self.is_complete = function.0.is_none();
        self.functions.push(owned(function));
    }
}

fn owned((module, name): (Option<&str>, &str)) -> Function {
    (module.map(str::to_owned), name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::Traceable;

    fn module(name: &str, module: Option<&str>) -> (Option<String>, String) {
        (module.map(str::to_owned), name.to_owned())
    }

    #[test]
    fn names_are_found_in_any_order_and_each_line_is_read_once() {
        let folder =
            std::env::temp_dir().join(format!("hawk-traceable-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("available_filter_functions");
        fs::write(&path, "vfs_read\next4_sync [ext4]\nvfs_write\nclone [xfs]\nclone [ext4]\n")
            .unwrap();
        let root = folder.to_str().unwrap();
        let mut list = Traceable::default();
        let mut find = |of, name| list.find(root, of, name).unwrap();
        assert_eq!(find(None, "vfs_write"), [module("vfs_write", None)]);
        // What was read is not read again: the file may be gone.
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(find(None, "vfs_read"), [module("vfs_read", None)]);
        assert_eq!(find(Some("ext4"), "ext4_sync"), [module("ext4_sync", Some("ext4"))]);
        assert_eq!(find(Some("xfs"), "ext4_sync"), []);
        let both = [module("clone", Some("xfs")), module("clone", Some("ext4"))];
        assert_eq!(find(None, "clone"), both);
        assert_eq!(find(Some("vmlinux"), "clone"), []);
        assert_eq!(find(None, "vfs"), []);
        assert_eq!(find(None, "vfs_write"), [module("vfs_write", None)]);
        let all: Vec<_> = list.all(root).unwrap().into_iter().map(|(_, name)| name).collect();
        assert_eq!(all, ["vfs_read", "vfs_write", "clone", "ext4_sync", "clone"]);
    }
}
