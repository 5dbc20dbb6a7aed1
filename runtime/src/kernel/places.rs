//! What can be traced, as the compiler asks for it.

use stdlib::{Answer, BpfFunction, Places, Prototype, Untraceable};

use super::{Machine, functions};

impl Places for Machine {
    fn typed_functions(
        &self,
        module: Option<&str>,
        pattern: &str,
    ) -> Answer<Vec<(String, String)>> {
        functions::typed(self, module, pattern)
    }

    fn bpf_functions(&self, pattern: &str) -> Answer<Vec<BpfFunction>> {
        Ok(functions::of_bpf(pattern))
    }

    fn untraceable(&self, module: Option<&str>, name: &str) -> Untraceable {
        functions::untraceable(module, name)
    }

    fn prototype(&self, module: Option<&str>, name: &str) -> Answer<Option<Prototype>> {
        functions::prototype(&self.btf, module, name)
    }

    fn tracepoint_prototype(&self, name: &str) -> Answer<Option<Prototype>> {
        functions::tracepoint_prototype(&self.btf, name)
    }
}
