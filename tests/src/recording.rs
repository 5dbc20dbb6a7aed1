//! Writes down what a real machine answers.

use std::cell::RefCell;

use stdlib::{
    Answer, Content, Feature, File, Kernel, PerCpuVariable, PidNamespace, Places, Symbol,
    TracepointFormat,
};

use crate::{RecordedKernel, recorded::key};

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

    fn c_program(&self, path: &str, folders: &[String]) -> Answer<stdlib::CProgram> {
        // What a compiler makes is no answer of the machine.
        self.machine.c_program(path, folders)
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

    fn version_code(&self) -> u32 {
        self.machine.version_code()
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

    fn scope(&self) -> stdlib::Scope {
        self.machine.scope()
    }
}
