//! A machine that is a file: it answers what the compiler asks without root and without the
//! kernel that it speaks of. [`Recording`] writes down what a real machine answers.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
};

use serde::{Deserialize, Serialize};
use stdlib::{
    Answer, Content, Feature, File, Kernel, PerCpuVariable, PidNamespace, Places, Symbol, TracepointFormat,
    Unanswered, probes::matches,
};

use crate::RecordedPlaces;

/// Every fact that the compiler may ask for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordedKernel {
    /// `uname -r`, for people.
    pub release: String,
    /// What the kernel has.
    pub features: Vec<Feature>,
    /// Number of possible CPUs.
    pub possible_cpus: u32,
    /// Byte offsets of registers.
    pub registers: BTreeMap<String, u32>,
    /// The namespace of process ids, if it is not the initial one.
    pub pid_namespace: Option<PidNamespace>,
    /// Where programs and libraries are found: name in a probe, full path.
    pub binaries: BTreeMap<String, String>,
    /// Functions of each file.
    pub symbols: BTreeMap<String, Vec<Symbol>>,
    /// Functions of the kernel, `module:name` or `name`.
    pub functions: Vec<String>,
    /// What can be traced besides: in a file of its own.
    #[serde(skip)]
    pub places: RecordedPlaces,
    /// Raw tracepoints.
    pub raw_tracepoints: Vec<String>,
    /// C types by their names; none for names that the kernel has no type of.
    pub c_types: BTreeMap<String, Option<ir::Ty>>,
    /// Enumerators by name: their enum and value.
    pub enumerators: BTreeMap<String, (ir::Ty, i64)>,
    /// Texts of files by path.
    pub files: BTreeMap<String, String>,
    /// Directories that everybody may write to.
    pub world_writable: Vec<String>,
    /// Addresses of symbols of the kernel.
    pub kernel_symbols: BTreeMap<String, u64>,
    /// Numbers of types by their names.
    pub type_ids: BTreeMap<String, u32>,
    /// Per-CPU variables.
    pub per_cpu_variables: BTreeMap<String, PerCpuVariable>,
    /// Tracepoints by `category:event`.
    pub tracepoints: BTreeMap<String, TracepointFormat>,
    /// Why questions about types have no answer.
    pub without_btf: Option<Unanswered>,
    /// Why questions about tracepoints have no answer.
    pub without_tracefs: Option<Unanswered>,
    /// The process given by `-p`.
    #[serde(skip)]
    pub target: Option<u32>,
    /// `-c` starts a process.
    #[serde(skip)]
    pub child: bool,
}

impl RecordedKernel {
    fn tracefs(&self) -> Answer<()> {
        self.without_tracefs.clone().map_or(Ok(()), Err)
    }
}

fn key(category: &str, event: &str) -> String {
    format!("{category}:{event}")
}

impl Kernel for RecordedKernel {
    fn tracepoints(&self, category: &str, event: &str) -> Answer<Vec<(String, String)>> {
        self.tracefs()?;
        let names = self.tracepoints.keys().filter_map(|name| name.split_once(':'));
        let wanted =
            names.filter(|(found, name)| matches(category, found) && matches(event, name));
        Ok(wanted.map(|(found, name)| (found.to_owned(), name.to_owned())).collect())
    }

    fn tracepoint_format(
        &self,
        category: &str,
        event: &str,
    ) -> Answer<Option<TracepointFormat>> {
        self.tracefs()?;
        Ok(self.tracepoints.get(&key(category, event)).cloned())
    }

    fn is_raw_tracepoint(&self, category: &str, event: &str) -> bool {
        category != "syscalls" && self.raw_tracepoints.iter().any(|name| name == event)
    }

    fn raw_tracepoints(&self, pattern: &str) -> Answer<Vec<String>> {
        let names = self.raw_tracepoints.iter().filter(|name| matches(pattern, name));
        Ok(names.cloned().collect())
    }

    fn functions(
        &self,
        module: Option<&str>,
        pattern: &str,
    ) -> Answer<Vec<(Option<String>, String)>> {
        let all = self.functions.iter().map(|name| match name.split_once(':') {
            Some((module, name)) => (Some(module), name),
            None => (None, name.as_str()),
        });
        let wanted = all.filter(|(found, name)| {
            module.is_none_or(|module| matches(module, found.unwrap_or("vmlinux")))
                && matches(pattern, name)
        });
        Ok(wanted.map(|(found, name)| (found.map(str::to_owned), name.to_owned())).collect())
    }

    fn places(&self) -> &dyn Places {
        self
    }

    fn c_type(&self, name: &str) -> Answer<Option<ir::Ty>> {
        let none = self.without_btf.clone().map_or(Ok(None), Err);
        self.c_types.get(name).cloned().map_or(none, Ok)
    }

    fn type_id(&self, name: &str) -> Option<u32> {
        self.type_ids.get(name).copied()
    }

    fn per_cpu_variable(&self, name: &str) -> Answer<Option<PerCpuVariable>> {
        let none = self.without_btf.clone().map_or(Ok(None), Err);
        self.per_cpu_variables.get(name).map_or(none, |found| Ok(Some(found.clone())))
    }

    fn enumerator(&self, name: &str) -> Answer<Option<(ir::Ty, i64)>> {
        let none = self.without_btf.clone().map_or(Ok(None), Err);
        self.enumerators.get(name).map_or(none, |found| Ok(Some(found.clone())))
    }

    fn file(&self, path: &str) -> Answer<Option<File>> {
        let path = path.trim_end_matches('/').to_owned();
        if let Some(text) = self.files.get(&path) {
            let content = Content::Bytes(text.clone().into_bytes());
            return Ok(Some(File { path, content }));
        }
        let start = format!("{path}/");
        let inside = self.files.keys().filter_map(|name| name.strip_prefix(&start));
        let names: BTreeSet<_> = inside.filter_map(|name| name.split('/').next()).collect();
        if names.is_empty() {
            return Ok(None);
        }
        let names = names.into_iter().map(str::to_owned).collect();
        let world_writable = self.world_writable.contains(&path);
        Ok(Some(File { path, content: Content::Directory { names, world_writable } }))
    }

    fn binary(&self, name: &str) -> Answer<Option<String>> {
        Ok(self.binaries.get(name).cloned())
    }

    fn symbols(&self, path: &str, pattern: &str) -> Answer<Vec<Symbol>> {
        let all = self.symbols.get(path).map(Vec::as_slice).unwrap_or_default();
        Ok(all.iter().filter(|symbol| matches(pattern, &symbol.name)).cloned().collect())
    }

    fn has(&self, feature: Feature) -> bool {
        self.features.contains(&feature)
    }

    fn pid_namespace(&self) -> Option<PidNamespace> {
        self.pid_namespace
    }

    fn register(&self, name: &str) -> Option<u32> {
        self.registers.get(name).copied()
    }

    fn possible_cpus(&self) -> u32 {
        self.possible_cpus
    }

    fn kernel_symbol(&self, name: &str) -> Option<u64> {
        self.kernel_symbols.get(name).copied()
    }

    fn cgroup_id(&self, path: &str) -> Option<u64> {
        (path == "/sys/fs/cgroup").then_some(1)
    }

    fn hierarchies(&self) -> Vec<String> {
        vec!["unified".to_owned()]
    }

    fn tai_ahead(&self) -> i64 {
        // Some day in 2026, so that programs come out the same on every machine.
        1_790_000_000_000_000_000
    }

    fn has_child(&self) -> bool {
        self.child
    }

    fn target_pid(&self) -> Option<u32> {
        self.target
    }
}

/// A machine that writes down what it answers.
#[derive(Debug)]
pub struct Recording<K> {
    pub(crate) machine: K,
    pub(crate) answers: RefCell<RecordedKernel>,
}

impl<K: Kernel> Recording<K> {
    /// Nothing has been asked yet.
    pub fn new(machine: K) -> Self {
        Self { machine, answers: RefCell::default() }
    }

    /// What was answered.
    pub fn finish(self) -> RecordedKernel {
        let mut answers = self.answers.into_inner();
        answers.functions.sort();
        answers.functions.dedup();
        answers.places.tidy();
        answers.raw_tracepoints.sort();
        answers.raw_tracepoints.dedup();
        answers.features.sort();
        answers.features.dedup();
        answers
    }

    fn note<T>(
        &self,
        answer: Answer<T>,
        add: impl FnOnce(&mut RecordedKernel, &T),
    ) -> Answer<T> {
        let mut answers = self.answers.borrow_mut();
        match &answer {
            Ok(value) => add(&mut answers, value),
            Err(why) => answers.without_tracefs = Some(why.clone()),
        }
        answer
    }
}

impl<K: Kernel> Kernel for Recording<K> {
    fn tracepoints(&self, category: &str, event: &str) -> Answer<Vec<(String, String)>> {
        let answer = self.machine.tracepoints(category, event);
        for (category, event) in answer.iter().flatten() {
            // A pattern's answer is only complete with all that it matched.
            let _ = self.tracepoint_format(category, event);
        }
        self.note(answer, |_, _| ())
    }

    fn tracepoint_format(
        &self,
        category: &str,
        event: &str,
    ) -> Answer<Option<TracepointFormat>> {
        self.note(self.machine.tracepoint_format(category, event), |answers, format| {
            if let Some(format) = format {
                answers.tracepoints.insert(key(category, event), format.clone());
            }
        })
    }

    fn is_raw_tracepoint(&self, category: &str, event: &str) -> bool {
        let answer = self.machine.is_raw_tracepoint(category, event);
        if answer {
            self.answers.borrow_mut().raw_tracepoints.push(event.to_owned());
        }
        answer
    }

    fn raw_tracepoints(&self, pattern: &str) -> Answer<Vec<String>> {
        let answer = self.machine.raw_tracepoints(pattern);
        let found = answer.iter().flatten().cloned();
        self.answers.borrow_mut().raw_tracepoints.extend(found);
        answer
    }

    fn functions(
        &self,
        module: Option<&str>,
        pattern: &str,
    ) -> Answer<Vec<(Option<String>, String)>> {
        let answer = self.machine.functions(module, pattern);
        let names = answer.iter().flatten().map(|(module, name)| match module {
            Some(module) => format!("{module}:{name}"),
            None => name.clone(),
        });
        self.answers.borrow_mut().functions.extend(names);
        answer
    }

    fn places(&self) -> &dyn Places {
        self
    }

    fn c_type(&self, name: &str) -> Answer<Option<ir::Ty>> {
        let answer = self.machine.c_type(name);
        let mut answers = self.answers.borrow_mut();
        match &answer {
            Ok(ty) => drop(answers.c_types.insert(name.to_owned(), ty.clone())),
            Err(why) => answers.without_btf = Some(why.clone()),
        }
        drop(answers);
        answer
    }

    fn type_id(&self, name: &str) -> Option<u32> {
        let answer = self.machine.type_id(name)?;
        self.answers.borrow_mut().type_ids.insert(name.to_owned(), answer);
        Some(answer)
    }

    fn per_cpu_variable(&self, name: &str) -> Answer<Option<PerCpuVariable>> {
        let answer = self.machine.per_cpu_variable(name)?;
        if let Some(found) = &answer {
            let mut answers = self.answers.borrow_mut();
            answers.per_cpu_variables.insert(name.to_owned(), found.clone());
        }
        Ok(answer)
    }

    fn enumerator(&self, name: &str) -> Answer<Option<(ir::Ty, i64)>> {
        let answer = self.machine.enumerator(name);
        let mut answers = self.answers.borrow_mut();
        match &answer {
            Ok(Some(found)) => drop(answers.enumerators.insert(name.to_owned(), found.clone())),
            Ok(None) => {}
            Err(why) => answers.without_btf = Some(why.clone()),
        }
        drop(answers);
        answer
    }

    fn file(&self, path: &str) -> Answer<Option<File>> {
        let answer = self.machine.file(path);
        let mut answers = self.answers.borrow_mut();
        match &answer {
            Ok(Some(File { content: Content::Bytes(bytes), .. })) => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                answers.files.insert(path.to_owned(), text);
            }
            Ok(Some(File {
                content: Content::Directory { world_writable: true, .. }, ..
            })) => {
                answers.world_writable.push(path.to_owned());
            }
            Ok(_) | Err(_) => {}
        }
        drop(answers);
        answer
    }

    fn binary(&self, name: &str) -> Answer<Option<String>> {
        self.note(self.machine.binary(name), |answers, path| {
            if let Some(path) = path {
                answers.binaries.insert(name.to_owned(), path.clone());
            }
        })
    }

    fn symbols(&self, path: &str, pattern: &str) -> Answer<Vec<Symbol>> {
        let answer = self.machine.symbols(path, pattern);
        let mut answers = self.answers.borrow_mut();
        let known = answers.symbols.entry(path.to_owned()).or_default();
        known.extend(answer.iter().flatten().cloned());
        known.sort_by(|a, b| a.name.cmp(&b.name));
        known.dedup();
        answer
    }

    fn has(&self, feature: Feature) -> bool {
        let answer = self.machine.has(feature);
        if answer {
            self.answers.borrow_mut().features.push(feature);
        }
        answer
    }

    fn pid_namespace(&self) -> Option<PidNamespace> {
        let answer = self.machine.pid_namespace();
        self.answers.borrow_mut().pid_namespace = answer;
        answer
    }

    fn register(&self, name: &str) -> Option<u32> {
        let answer = self.machine.register(name);
        if let Some(offset) = answer {
            self.answers.borrow_mut().registers.insert(name.to_owned(), offset);
        }
        answer
    }

    fn possible_cpus(&self) -> u32 {
        let answer = self.machine.possible_cpus();
        self.answers.borrow_mut().possible_cpus = answer;
        answer
    }

    fn kernel_symbol(&self, name: &str) -> Option<u64> {
        let answer = self.machine.kernel_symbol(name);
        if let Some(address) = answer {
            self.answers.borrow_mut().kernel_symbols.insert(name.to_owned(), address);
        }
        answer
    }

    fn cgroup_id(&self, path: &str) -> Option<u64> {
        self.machine.cgroup_id(path)
    }

    fn hierarchies(&self) -> Vec<String> {
        self.machine.hierarchies()
    }

    fn tai_ahead(&self) -> i64 {
        self.machine.tai_ahead()
    }

    fn has_child(&self) -> bool {
        self.machine.has_child()
    }

    fn target_pid(&self) -> Option<u32> {
        self.machine.target_pid()
    }
}
