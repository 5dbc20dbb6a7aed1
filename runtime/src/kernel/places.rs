//! What can be traced, as the compiler asks for it.

use stdlib::{
    AddressPlace, Answer, BpfFunction, Code, Convention, Declared, Described, Kernel,
    KernelCall, LinePlaces, Local, Named, Places, Prototype, SourceLine, StaticProbe, Symbol,
    Untraceable, UserFunction,
};

use super::{
    Machine, binaries, calls, catalog, code, demangle, elf, functions, matches, named,
};

impl Places for Machine {
    fn binaries(&self, pattern: &str) -> Answer<Vec<String>> {
        binaries::find(pattern, self.target.pid, self.command.as_deref())
    }

    fn demangled(&self, path: &str, pattern: &str) -> Answer<Vec<(Symbol, String)>> {
        let bare = !pattern.contains('(');
        let written = |symbol: Symbol| {
            let name = demangle::demangle(&symbol.name)?;
            let fits = matches(pattern, &name.whole) || bare && matches(pattern, &name.bare);
            fits.then_some((symbol, name.whole))
        };
        let symbols = self.symbols(path, "*")?;
        let likely =
            symbols.into_iter().filter(|symbol| demangle::may_match(pattern, &symbol.name));
        Ok(likely.filter_map(written).collect())
    }

    fn at_address(&self, path: &str, address: u64) -> Answer<Option<AddressPlace>> {
        let symbols = self.symbols(path, "*").unwrap_or_default();
        elf::at_address(path, address, &symbols)
    }

    fn code(&self, path: &str, symbol: &Symbol) -> Answer<Code> {
        code::of(path, symbol)
    }

    fn inlined(&self, path: &str, name: &str) -> Answer<Vec<u64>> {
        self.dwarf.inlined(path, name, &self.debug_folders)
    }

    fn line(&self, path: &str, source: &SourceLine) -> Answer<LinePlaces> {
        self.dwarf.line(path, source, &self.debug_folders)
    }

    fn user_function(&self, path: &str, symbol: &Symbol) -> Answer<Option<UserFunction>> {
        self.dwarf.function(path, symbol, &self.debug_folders)
    }

    fn locals(&self, path: &str, offset: u64) -> Answer<Option<Vec<Local>>> {
        self.dwarf.locals(path, offset, &self.debug_folders)
    }

    fn convention(&self, path: &str) -> Answer<Convention> {
        code::convention(path)
    }

    fn iterators(&self, pattern: &str) -> Answer<Vec<String>> {
        functions::iterators(&self.btf, pattern)
    }

    fn static_probes(&self, path: &str) -> Answer<Vec<StaticProbe>> {
        elf::static_probes(path)
    }

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

    fn declared(&self, what: Described<'_>) -> Answer<Option<Declared>> {
        catalog::declared(self, what)
    }

    fn named(&self, path: &str, name: &str) -> Answer<Option<Named>> {
        named::find(path, name)
    }

    fn kernel_call(&self, name: &str) -> Answer<Option<KernelCall>> {
        if let Some(known) = self.calls.borrow().get(name) {
            return Ok(known.clone());
        }
        let found = calls::find(&self.btf, name)?;
        self.calls.borrow_mut().insert(name.to_owned(), found.clone());
        Ok(found)
    }

    fn tracepoint_prototype(&self, name: &str) -> Answer<Option<Prototype>> {
        functions::tracepoint_prototype(&self.btf, name)
    }
}
