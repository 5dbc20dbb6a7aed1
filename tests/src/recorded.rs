//! A machine that is a file: it answers what the compiler asks without root and without the
//! kernel that it speaks of.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use stdlib::{
    Answer, CProgram, Content, Feature, File, Kernel, PerCpuVariable, PidNamespace, Places,
    Symbol, TracepointFormat, Unanswered, probes::matches,
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
    /// Which other processes are traced.
    #[serde(skip)]
    pub scope: stdlib::Scope,
}

impl RecordedKernel {
    fn tracefs(&self) -> Answer<()> {
        self.without_tracefs.clone().map_or(Ok(()), Err)
    }
}

pub(crate) fn key(category: &str, event: &str) -> String {
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

    fn c_program(&self, path: &str, _folders: &[String]) -> Answer<CProgram> {
        // A file `clang PATH` has what clang says of that one.
        let said = self.files.get(&format!("clang {path}"));
        Err(said.map_or_else(stdlib::no_clang, |said| Unanswered {
            problem: format!("clang refuses it: {}", said.trim_end()),
            help: None,
        }))
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

    fn version_code(&self) -> u32 {
        stdlib::version_code(&self.release)
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

    fn scope(&self) -> stdlib::Scope {
        self.scope
    }
}
