//! The machine: answers what the compiler asks (`stdlib::Kernel`). Nothing is read before it is
//! asked for, and nothing is read twice. It knows no word of the language.

mod binaries;
mod btf;
mod calls;
mod catalog;
mod clang;
mod code;
mod demangle;
mod dwarf;
mod elf;
mod facts;
mod features;
mod file;
mod functions;
mod glob;
mod kallsyms;
mod library;
pub(crate) mod mappings;
mod named;
mod places;
mod separate;
mod traceable;
mod tracefs;
mod variables;
pub(crate) mod zip;

use std::{
    cell::{OnceCell, RefCell},
    collections::{BTreeMap, HashSet},
    os::{fd::OwnedFd, unix::fs::MetadataExt},
    path::PathBuf,
};

use stdlib::{
    Answer, CProgram, Feature, File, Kernel, PerCpuVariable, PidNamespace, Places, Scope,
    Symbol, TracepointFormat, Unanswered,
};

use crate::{ffi, names};

pub use btf::{Btf, BtfKind, Prototype, TypeId};
pub(crate) use features::first_online_cpu;
pub use features::{online_cpus, possible_cpus};
pub(crate) use functions::{Bound, HostDescriptor, bound, bound_iterator};
pub(crate) use glob::matches;
pub(crate) use kallsyms::{Kallsyms, starts as function_starts};
pub(crate) use library::needed;
pub(crate) use separate::{Folders, addresses, inner_symbols};
pub(crate) use tracefs::events_near;
pub(crate) use zip::split as split_archive;

/// `PROC_PID_INIT_INO`: the inode of the initial process id namespace.
const INITIAL_PID_NAMESPACE: u64 = 0xEFFF_FFFC;

/// What the user asks to be traced besides the script.
#[derive(Debug, Clone, Copy, Default)]
pub struct Target {
    /// The process given by `-p`.
    pub pid: Option<u32>,
    /// `-c` starts a process.
    pub child: bool,
    /// Which other processes are traced.
    pub scope: Scope,
}

/// The machine that this process runs on.
#[derive(Debug, Default)]
pub struct Machine {
    target: Target,
    /// The file that `-c` starts.
    command: Option<String>,
    tracefs: OnceCell<Answer<String>>,
    available_events: OnceCell<Answer<Vec<(String, String)>>>,
    dynamic_events: OnceCell<Vec<(String, String)>>,
    formats: RefCell<BTreeMap<(String, String), Option<TracepointFormat>>>,
    raw_tracepoint_trial: OnceCell<Option<OwnedFd>>,
    raw_tracepoint_names: OnceCell<Vec<String>>,
    functions: OnceCell<Answer<Vec<kallsyms::Function>>>,
    /// The list that they are read from.
    traceable_list: RefCell<traceable::Traceable>,
    symbols: RefCell<BTreeMap<String, Answer<Vec<Symbol>>>>,
    kernel_symbols: RefCell<BTreeMap<String, Option<u64>>>,
    ambiguous_in_modules: OnceCell<HashSet<String>>,
    features: RefCell<BTreeMap<Feature, bool>>,
    calls: RefCell<BTreeMap<String, Option<stdlib::KernelCall>>>,
    /// Where the functions that can be traced are listed, unless in tracefs.
    traceable: Option<PathBuf>,
    possible_cpus: OnceCell<u32>,
    btf: btf::KernelBtf,
    dwarf: dwarf::Dwarf,
    /// Where debug information is looked for that is in files of its own.
    debug_folders: separate::Folders,
}

impl Machine {
    /// The machine, as it is for a run with `target`.
    pub fn new(target: Target) -> Self {
        Self { target, ..Self::default() }
    }

    /// The same machine, for a run that starts the program at `path`.
    #[must_use]
    pub fn with_command(self, path: Option<String>) -> Self {
        Self { command: path, ..self }
    }

    /// The same machine, with its types from a file instead of from the kernel.
    #[must_use]
    pub fn with_btf(self, path: PathBuf) -> Self {
        Self { btf: btf::KernelBtf::of_file(path), ..self }
    }

    /// Acts from now on as if the kernel did not tell its types.
    pub fn hide_types(&mut self) {
        self.btf = btf::KernelBtf::absent();
        self.without(Feature::Fentry);
    }

    /// Whether several functions of one module are called so; `name` is `module:function`.
    pub(crate) fn is_ambiguous_in_module(&self, name: &str) -> bool {
        self.ambiguous_in_modules.get_or_init(kallsyms::ambiguous_in_modules).contains(name)
    }

    /// Whether there is debug information of the file at `path`.
    pub fn has_debug_information(&self, path: &str) -> bool {
        self.dwarf.describes(path, &self.debug_folders).unwrap_or(false)
    }

    /// Acts from now on as if the kernel lacked `feature`.
    pub fn without(&mut self, feature: Feature) {
        self.features.get_mut().insert(feature, false);
    }

    /// Looks for separate debug information in these folders too, each `DIR[:DIR]`.
    pub fn set_debug_folders(&mut self, lists: &[String]) {
        self.debug_folders = separate::Folders::with(lists);
    }

    /// The folders of [`Self::set_debug_folders`] and the usual ones.
    pub fn debug_folders(&self) -> Vec<PathBuf> {
        self.debug_folders.absolute()
    }

    /// Whether it is known already that the kernel lacks `feature`; it is not asked.
    pub(crate) fn is_known_without(&self, feature: Feature) -> bool {
        self.features.borrow().get(&feature) == Some(&false)
    }

    /// Reads the functions that can be traced from `file`, one on a line.
    pub fn set_traceable(&mut self, file: PathBuf) {
        self.traceable = Some(file);
    }

    /// The directory of tracefs, mounted if need be.
    pub(crate) fn tracefs(&self) -> Answer<&str> {
        match self.tracefs.get_or_init(tracefs::find) {
            Ok(path) => Ok(path),
            Err(why) => Err(why.clone()),
        }
    }

    fn available_events(&self) -> Answer<&[(String, String)]> {
        let read = || tracefs::available_events(self.tracefs()?);
        match self.available_events.get_or_init(read) {
            Ok(events) => Ok(events),
            Err(why) => Err(why.clone()),
        }
    }

    fn raw_tracepoint_names(&self) -> &[String] {
        self.raw_tracepoint_names.get_or_init(|| tracefs::raw_tracepoint_names(&self.btf))
    }
}

impl Kernel for Machine {
    fn tracepoints(&self, category: &str, event: &str) -> Answer<Vec<(String, String)>> {
        let root = self.tracefs()?;
        if !category.contains('*') {
            return Ok(tracefs::events_of(root, category, event));
        }
        let wanted = |(found, name): &&(String, String)| {
            matches(category, found) && matches(event, name)
        };
        Ok(self.available_events()?.iter().filter(wanted).cloned().collect())
    }

    fn tracepoint_format(
        &self,
        category: &str,
        event: &str,
    ) -> Answer<Option<TracepointFormat>> {
        let key = (category.to_owned(), event.to_owned());
        if let Some(format) = self.formats.borrow().get(&key) {
            return Ok(format.clone());
        }
        let format = tracefs::format(self.tracefs()?, category, event)?;
        self.formats.borrow_mut().insert(key, format.clone());
        Ok(format)
    }

    /// Asks the very function that would attach. The names of tracepoints are unique in the
    /// kernel, and an event of tracefs that comes from a tracepoint has that tracepoint's name
    /// (`TRACE_EVENT` makes both from one word). Events that don't come from one are those of
    /// the syscalls, which no raw tracepoint is called like, and those that users made, which
    /// may be called anything and are listed in `dynamic_events`.
    fn is_raw_tracepoint(&self, category: &str, event: &str) -> bool {
        if matches!(category, "syscalls" | "ftrace") {
            return false;
        }
        let dynamic = self
            .dynamic_events
            .get_or_init(|| self.tracefs().map(tracefs::dynamic_events).unwrap_or_default());
        if dynamic.iter().any(|(found, name)| found == category && name == event) {
            return false;
        }
        self.has_raw_tracepoint(event)
    }

    fn raw_tracepoints(&self, pattern: &str) -> Answer<Vec<String>> {
        if !pattern.contains('*') {
            let found = self.has_raw_tracepoint(pattern).then(|| pattern.to_owned());
            return Ok(found.into_iter().collect());
        }
        let names = self.raw_tracepoint_names();
        if names.is_empty() {
            return Err(Unanswered {
                problem: "the kernel does not list its raw tracepoints".to_owned(),
                help: Some("name one without `*`, or use `tracepoint:`".to_owned()),
            });
        }
        Ok(names.iter().filter(|name| matches(pattern, name)).cloned().collect())
    }

    fn functions(
        &self,
        module: Option<&str>,
        pattern: &str,
    ) -> Answer<Vec<(Option<String>, String)>> {
        let root = match &self.traceable {
            Some(file) => file.to_str().unwrap_or_default(),
            None => self.tracefs().unwrap_or_default(),
        };
        if !pattern.contains('*') {
            return self.traceable_list.borrow_mut().find(root, module, pattern);
        }
        let read = || self.traceable_list.borrow_mut().all(root);
        let all = self.functions.get_or_init(read).as_ref();
        let all = all.map_err(Unanswered::clone)?;
        let wanted = |(found, name): &&(Option<String>, String)| {
            kallsyms::is_in(module, found.as_deref()) && matches(pattern, name)
        };
        Ok(all.iter().filter(wanted).cloned().collect())
    }

    fn places(&self) -> &dyn Places {
        self
    }

    fn c_type(&self, name: &str) -> Answer<Option<ir::Ty>> {
        if let Some(answer) = self.dwarf.c_type(name, &self.debug_folders) {
            return answer;
        }
        self.btf.c_type(name)
    }

    fn type_id(&self, name: &str) -> Option<u32> {
        self.btf.type_id(name)
    }

    fn per_cpu_variable(&self, name: &str) -> Answer<Option<PerCpuVariable>> {
        self.btf.per_cpu_variable(name)
    }

    fn enumerator(&self, name: &str) -> Answer<Option<(ir::Ty, i64)>> {
        self.btf.enumerator(name)
    }

    fn file(&self, path: &str) -> Answer<Option<File>> {
        file::read(path)
    }

    fn c_program(&self, path: &str, folders: &[String]) -> Answer<CProgram> {
        clang::compile(path, folders)
    }

    fn binary(&self, name: &str) -> Answer<Option<String>> {
        Ok(library::find(name, self.target.pid))
    }

    fn symbols(&self, path: &str, pattern: &str) -> Answer<Vec<Symbol>> {
        let mut files = self.symbols.borrow_mut();
        if !pattern.contains('*') && !files.contains_key(path) {
            return elf::functions(path, Some(pattern), &self.debug_folders);
        }
        let read = files
            .entry(path.to_owned())
            .or_insert_with(|| elf::functions(path, None, &self.debug_folders));
        let all = read.as_ref().map_err(Unanswered::clone)?;
        if !pattern.contains('*') {
            let at = all.binary_search_by(|symbol| symbol.name.as_str().cmp(pattern));
            return Ok(at.map(|at| all[at].clone()).into_iter().collect());
        }
        Ok(all.iter().filter(|symbol| matches(pattern, &symbol.name)).cloned().collect())
    }

    fn has(&self, feature: Feature) -> bool {
        if let Some(answer) = self.features.borrow().get(&feature) {
            return *answer;
        }
        let answer = features::probe(feature, &self.btf);
        self.features.borrow_mut().insert(feature, answer);
        answer
    }

    fn pid_namespace(&self) -> Option<PidNamespace> {
        let file = std::fs::metadata("/proc/self/ns/pid").ok()?;
        let namespace = PidNamespace { device: file.dev(), inode: file.ino() };
        (namespace.inode != INITIAL_PID_NAMESPACE).then_some(namespace)
    }

    fn register(&self, name: &str) -> Option<u32> {
        features::register(name)
    }

    fn version_code(&self) -> u32 {
        let release = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        stdlib::version_code(&release)
    }

    fn possible_cpus(&self) -> u32 {
        *self.possible_cpus.get_or_init(possible_cpus)
    }

    fn kernel_symbol(&self, name: &str) -> Option<u64> {
        if let Some(answer) = self.kernel_symbols.borrow().get(name) {
            return *answer;
        }
        let answer = kallsyms::address(name);
        self.kernel_symbols.borrow_mut().insert(name.to_owned(), answer);
        answer
    }

    fn cgroup_id(&self, path: &str) -> Option<u64> {
        let folder = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_dir)?;
        Some(folder.ino())
    }

    fn hierarchies(&self) -> Vec<String> {
        names::hierarchies().into_iter().map(|it| it.name).collect()
    }

    fn tai_ahead(&self) -> i64 {
        ffi::tai_ahead()
    }

    fn has_child(&self) -> bool {
        self.target.child
    }

    fn target_pid(&self) -> Option<u32> {
        self.target.pid
    }

    fn scope(&self) -> Scope {
        self.target.scope
    }
}

impl Machine {
    /// Whether the kernel has a raw tracepoint `name`. A program that reads the twelfth argument
    /// is refused with `EINVAL` by every tracepoint that has fewer (and by `ENOENT` where there
    /// is none), so that nothing gets attached; the list in BTF serves where that program can't
    /// be loaded.
    fn has_raw_tracepoint(&self, name: &str) -> bool {
        let trial = self.raw_tracepoint_trial.get_or_init(features::raw_tracepoint_trial);
        match trial {
            Some(program) => features::raw_tracepoint_exists(program, name),
            None => self.raw_tracepoint_names().iter().any(|found| found == name),
        }
    }
}
