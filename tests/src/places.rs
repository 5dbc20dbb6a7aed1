//! The places of a recorded machine.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stdlib::{
    AddressPlace, Answer, BpfFunction, Code, Convention, Kernel, KernelCall, LinePlaces, Local,
    Named, Places, Prototype, SourceLine, StaticProbe, Symbol, Unanswered, Untraceable,
    UserFunction, probes::matches,
};

use crate::{RecordedKernel, Recording};

/// What can be traced.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordedPlaces {
    /// Functions whose types are known, `module:name`.
    pub typed_functions: Vec<String>,
    /// Functions of C++ and Rust in each file, with their names as they were written.
    pub demangled: BTreeMap<String, Vec<(Symbol, String)>>,
    /// Instructions of functions, by the function's name.
    pub code: BTreeMap<String, Code>,
    /// Where lines are, by `PATH@FILE:LINE`.
    pub lines: BTreeMap<String, LinePlaces>,
    /// Variables in scope, by file and place: `/usr/bin/target+0x1020`.
    pub locals: BTreeMap<String, Vec<Local>>,
    /// What functions of programs take and give, by the function's name.
    pub user_functions: BTreeMap<String, UserFunction>,
    /// Files that the Go compiler made.
    pub conventions: BTreeMap<String, Convention>,
    /// The kernel's iterators.
    pub iterators: Vec<String>,
    /// Static probes of each file.
    pub static_probes: BTreeMap<String, Vec<StaticProbe>>,
    /// Functions of BPF programs.
    pub bpf_functions: Vec<BpfFunction>,
    /// What functions take and give, by name.
    pub prototypes: BTreeMap<String, Prototype>,
    /// Variables and functions of files, by `path:name`.
    pub named: BTreeMap<String, Named>,
    /// Functions of the kernel as programs may call them.
    pub kernel_calls: BTreeMap<String, KernelCall>,
    /// What raw tracepoints pass.
    pub tracepoint_prototypes: BTreeMap<String, Prototype>,
    /// Why functions can't be traced.
    pub untraceable: BTreeMap<String, Untraceable>,
}

impl RecordedPlaces {
    /// Sorts what was asked for more than once.
    pub(crate) fn tidy(&mut self) {
        self.typed_functions.sort();
        self.typed_functions.dedup();
        self.bpf_functions.sort();
        self.bpf_functions.dedup();
    }
}

impl Places for RecordedKernel {
    fn binaries(&self, pattern: &str) -> Answer<Vec<String>> {
        let wanted = self.binaries.iter().filter(|(name, _)| matches(pattern, name));
        let mut found: Vec<_> = wanted.map(|(_, path)| path.clone()).collect();
        found.dedup();
        Ok(found)
    }

    fn demangled(&self, path: &str, pattern: &str) -> Answer<Vec<(Symbol, String)>> {
        let known = self.places.demangled.get(path).cloned().unwrap_or_default();
        let bare = |name: &str| name.split('(').next().unwrap_or_default().to_owned();
        let wanted = known
            .into_iter()
            .filter(|(_, name)| matches(pattern, name) || matches(pattern, &bare(name)));
        Ok(wanted.collect())
    }

    fn at_address(&self, path: &str, address: u64) -> Answer<Option<AddressPlace>> {
        let symbols = self.symbols(path, "*")?;
        let inside =
            |symbol: &&Symbol| (symbol.offset..symbol.offset + symbol.size).contains(&address);
        let place = |symbol: &Symbol| AddressPlace {
            offset: address,
            function: Some((symbol.name.clone(), address - symbol.offset)),
        };
        Ok(symbols.iter().find(inside).map(place))
    }

    fn code(&self, path: &str, symbol: &Symbol) -> Answer<Code> {
        let known = self.places.code.get(&symbol.name).cloned();
        known.ok_or_else(|| Unanswered {
            problem: format!("`{path}` does not say where `{}` ends", symbol.name),
            help: None,
        })
    }

    fn inlined(&self, _: &str, _: &str) -> Answer<Vec<u64>> {
        Ok(Vec::new())
    }

    fn line(&self, path: &str, source: &SourceLine) -> Answer<LinePlaces> {
        let SourceLine { file, line, .. } = source;
        let known = self.places.lines.get(&format!("{path}@{file}:{line}"));
        Ok(known.cloned().unwrap_or_default())
    }

    fn user_function(&self, _: &str, symbol: &Symbol) -> Answer<Option<UserFunction>> {
        Ok(self.places.user_functions.get(&symbol.name).cloned())
    }

    fn locals(&self, path: &str, offset: u64) -> Answer<Option<Vec<Local>>> {
        Ok(self.places.locals.get(&format!("{path}+{offset:#x}")).cloned())
    }

    fn convention(&self, path: &str) -> Answer<Convention> {
        Ok(self.places.conventions.get(path).copied().unwrap_or(Convention::C))
    }

    fn iterators(&self, pattern: &str) -> Answer<Vec<String>> {
        self.without_btf.clone().map_or(Ok(()), Err)?;
        let known = self.places.iterators.iter().filter(|name| matches(pattern, name));
        Ok(known.cloned().collect())
    }

    fn static_probes(&self, path: &str) -> Answer<Vec<StaticProbe>> {
        Ok(self.places.static_probes.get(path).cloned().unwrap_or_default())
    }

    fn typed_functions(
        &self,
        module: Option<&str>,
        pattern: &str,
    ) -> Answer<Vec<(String, String)>> {
        self.without_btf.clone().map_or(Ok(()), Err)?;
        let all = self.places.typed_functions.iter().filter_map(|name| name.split_once(':'));
        let wanted = all.filter(|(found, name)| {
            module.is_none_or(|module| matches(module, found)) && matches(pattern, name)
        });
        Ok(wanted.map(|(found, name)| (found.to_owned(), name.to_owned())).collect())
    }

    fn bpf_functions(&self, pattern: &str) -> Answer<Vec<BpfFunction>> {
        let wanted = self.places.bpf_functions.iter().filter(|it| matches(pattern, &it.name));
        Ok(wanted.cloned().collect())
    }

    fn untraceable(&self, _: Option<&str>, name: &str) -> Untraceable {
        self.places.untraceable.get(name).cloned().unwrap_or(Untraceable::Unknown)
    }

    fn prototype(&self, _: Option<&str>, name: &str) -> Answer<Option<Prototype>> {
        let none = self.without_btf.clone().map_or(Ok(None), Err);
        self.places.prototypes.get(name).cloned().map_or(none, |found| Ok(Some(found)))
    }

    fn named(&self, path: &str, name: &str) -> Answer<Option<Named>> {
        Ok(self.places.named.get(&format!("{path}:{name}")).cloned())
    }

    fn kernel_call(&self, name: &str) -> Answer<Option<KernelCall>> {
        let none = self.without_btf.clone().map_or(Ok(None), Err);
        let found = self.places.kernel_calls.get(name);
        found.cloned().map_or(none, |found| Ok(Some(found)))
    }

    fn tracepoint_prototype(&self, name: &str) -> Answer<Option<Prototype>> {
        let none = self.without_btf.clone().map_or(Ok(None), Err);
        self.places
            .tracepoint_prototypes
            .get(name)
            .cloned()
            .map_or(none, |found| Ok(Some(found)))
    }
}

impl<K: Kernel> Places for Recording<K> {
    fn binaries(&self, pattern: &str) -> Answer<Vec<String>> {
        // Recordings have files of their own.
        self.machine.places().binaries(pattern)
    }

    fn demangled(&self, path: &str, pattern: &str) -> Answer<Vec<(Symbol, String)>> {
        self.machine.places().demangled(path, pattern)
    }

    fn at_address(&self, path: &str, address: u64) -> Answer<Option<AddressPlace>> {
        self.machine.places().at_address(path, address)
    }

    fn code(&self, path: &str, symbol: &Symbol) -> Answer<Code> {
        self.machine.places().code(path, symbol)
    }

    fn inlined(&self, path: &str, name: &str) -> Answer<Vec<u64>> {
        self.machine.places().inlined(path, name)
    }

    fn line(&self, path: &str, source: &SourceLine) -> Answer<LinePlaces> {
        self.machine.places().line(path, source)
    }

    fn user_function(&self, path: &str, symbol: &Symbol) -> Answer<Option<UserFunction>> {
        self.machine.places().user_function(path, symbol)
    }

    fn locals(&self, path: &str, offset: u64) -> Answer<Option<Vec<Local>>> {
        self.machine.places().locals(path, offset)
    }

    fn convention(&self, path: &str) -> Answer<Convention> {
        self.machine.places().convention(path)
    }

    fn iterators(&self, pattern: &str) -> Answer<Vec<String>> {
        let answer = self.machine.places().iterators(pattern);
        let found = answer.iter().flatten().cloned();
        self.answers.borrow_mut().places.iterators.extend(found);
        answer
    }

    fn static_probes(&self, path: &str) -> Answer<Vec<StaticProbe>> {
        self.machine.places().static_probes(path)
    }

    fn typed_functions(
        &self,
        module: Option<&str>,
        pattern: &str,
    ) -> Answer<Vec<(String, String)>> {
        let answer = self.machine.places().typed_functions(module, pattern);
        let names = answer.iter().flatten().map(|(module, name)| format!("{module}:{name}"));
        self.answers.borrow_mut().places.typed_functions.extend(names);
        answer
    }

    fn bpf_functions(&self, pattern: &str) -> Answer<Vec<BpfFunction>> {
        let answer = self.machine.places().bpf_functions(pattern);
        self.answers.borrow_mut().places.bpf_functions.extend(answer.iter().flatten().cloned());
        answer
    }

    fn untraceable(&self, module: Option<&str>, name: &str) -> Untraceable {
        let answer = self.machine.places().untraceable(module, name);
        self.answers.borrow_mut().places.untraceable.insert(name.to_owned(), answer.clone());
        answer
    }

    fn prototype(&self, module: Option<&str>, name: &str) -> Answer<Option<Prototype>> {
        let answer = self.machine.places().prototype(module, name);
        if let Ok(Some(found)) = &answer {
            self.answers.borrow_mut().places.prototypes.insert(name.to_owned(), found.clone());
        }
        answer
    }

    fn named(&self, path: &str, name: &str) -> Answer<Option<Named>> {
        let answer = self.machine.places().named(path, name);
        if let Ok(Some(found)) = &answer {
            let known = &mut self.answers.borrow_mut().places.named;
            known.insert(format!("{path}:{name}"), found.clone());
        }
        answer
    }

    fn kernel_call(&self, name: &str) -> Answer<Option<KernelCall>> {
        let answer = self.machine.places().kernel_call(name);
        if let Ok(Some(found)) = &answer {
            let known = &mut self.answers.borrow_mut().places.kernel_calls;
            known.insert(name.to_owned(), found.clone());
        }
        answer
    }

    fn tracepoint_prototype(&self, name: &str) -> Answer<Option<Prototype>> {
        let answer = self.machine.places().tracepoint_prototype(name);
        if let Ok(Some(found)) = &answer {
            let known = &mut self.answers.borrow_mut().places.tracepoint_prototypes;
            known.insert(name.to_owned(), found.clone());
        }
        answer
    }
}
