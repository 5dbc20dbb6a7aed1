//! The machine as a script sees it that defines types of its own: they win over the kernel's.

use stdlib::{
    Answer, CProgram, Feature, File, Kernel, PerCpuVariable, PidNamespace, Places, Symbol,
    TracepointFormat,
};

use crate::c::Declarations;

/// A machine and what a script defines.
pub(crate) struct WithOwn<'a> {
    pub(crate) kernel: &'a dyn Kernel,
    pub(crate) own: &'a Declarations,
}

impl Kernel for WithOwn<'_> {
    fn places(&self) -> &dyn Places {
        self.kernel.places()
    }

    fn c_type(&self, name: &str) -> Answer<Option<ir::Ty>> {
        match self.own.types.get(name) {
            Some(ty) => Ok(Some(ty.clone())),
            None => self.kernel.c_type(name),
        }
    }

    fn enumerator(&self, name: &str) -> Answer<Option<(ir::Ty, i64)>> {
        match self.own.enumerator(name) {
            Some(found) => Ok(Some(found)),
            None => self.kernel.enumerator(name),
        }
    }

    fn type_id(&self, name: &str) -> Option<u32> {
        if self.own.types.contains_key(name) { None } else { self.kernel.type_id(name) }
    }

    fn per_cpu_variable(&self, name: &str) -> Answer<Option<PerCpuVariable>> {
        self.kernel.per_cpu_variable(name)
    }

    fn c_program(&self, path: &str, folders: &[String]) -> Answer<CProgram> {
        self.kernel.c_program(path, folders)
    }

    fn file(&self, path: &str) -> Answer<Option<File>> {
        self.kernel.file(path)
    }

    fn tracepoints(&self, category: &str, event: &str) -> Answer<Vec<(String, String)>> {
        self.kernel.tracepoints(category, event)
    }

    fn tracepoint_format(
        &self,
        category: &str,
        event: &str,
    ) -> Answer<Option<TracepointFormat>> {
        self.kernel.tracepoint_format(category, event)
    }

    fn is_raw_tracepoint(&self, category: &str, event: &str) -> bool {
        self.kernel.is_raw_tracepoint(category, event)
    }

    fn raw_tracepoints(&self, pattern: &str) -> Answer<Vec<String>> {
        self.kernel.raw_tracepoints(pattern)
    }

    fn functions(
        &self,
        module: Option<&str>,
        pattern: &str,
    ) -> Answer<Vec<(Option<String>, String)>> {
        self.kernel.functions(module, pattern)
    }

    fn binary(&self, name: &str) -> Answer<Option<String>> {
        self.kernel.binary(name)
    }

    fn symbols(&self, path: &str, pattern: &str) -> Answer<Vec<Symbol>> {
        self.kernel.symbols(path, pattern)
    }

    fn has(&self, feature: Feature) -> bool {
        self.kernel.has(feature)
    }

    fn pid_namespace(&self) -> Option<PidNamespace> {
        self.kernel.pid_namespace()
    }

    fn register(&self, name: &str) -> Option<u32> {
        self.kernel.register(name)
    }

    fn version_code(&self) -> u32 {
        self.kernel.version_code()
    }

    fn possible_cpus(&self) -> u32 {
        self.kernel.possible_cpus()
    }

    fn has_child(&self) -> bool {
        self.kernel.has_child()
    }

    fn target_pid(&self) -> Option<u32> {
        self.kernel.target_pid()
    }

    fn scope(&self) -> stdlib::Scope {
        self.kernel.scope()
    }

    fn kernel_symbol(&self, name: &str) -> Option<u64> {
        self.kernel.kernel_symbol(name)
    }

    fn cgroup_id(&self, path: &str) -> Option<u64> {
        self.kernel.cgroup_id(path)
    }

    fn hierarchies(&self) -> Vec<String> {
        self.kernel.hierarchies()
    }

    fn tai_ahead(&self) -> i64 {
        self.kernel.tai_ahead()
    }
}
