//! Loads an object into the kernel. Behind one function, so that cached objects may one day be
//! loaded without libbpf.

use std::{
    io,
    os::fd::{AsFd, AsRawFd, OwnedFd},
    sync::{Mutex, PoisonError},
};

use ir::{IdVec, MapId, ProgramId};
use libbpf_rs::{MapCore, ObjectBuilder, PrintLevel};

use crate::{
    error::{Capability, Error},
    ffi,
    kernel::{Bound, HostDescriptor, bound, bound_iterator},
    ring::Ring,
    settle,
    state::Shared,
    unwind, verifier,
};

/// What is collected while loading.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Collect {
    /// Warnings, for errors.
    #[default]
    Warnings,
    /// All that libbpf says.
    Libbpf,
    /// The verifier's log as well, of programs that it accepts too.
    Verifier,
}

/// How an object is loaded.
#[derive(Debug, Clone, Copy)]
pub struct LoadOptions {
    /// What is collected in [`Loaded::log`].
    pub collect: Collect,
    /// Bytes of the verifier's log that are kept when it refuses a program: the last ones.
    pub log_size: usize,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self { collect: Collect::default(), log_size: 1_000_000 }
    }
}

/// An object in the kernel. Nothing is pinned: what it holds is gone with the process.
#[derive(Debug)]
pub struct Loaded {
    pub(crate) programs: IdVec<ProgramId, OwnedFd>,
    pub(crate) maps: IdVec<MapId, OwnedFd>,
    /// Every map of the object by name, the compiler's own ones included.
    pub(crate) named_maps: Vec<(String, OwnedFd)>,
    pub(crate) ring: Option<Ring>,
    pub(crate) shared: Option<Shared>,
    /// What libbpf and the verifier said, as far as it was collected.
    pub log: String,
}

/// Loads `object`, which was compiled from `program`.
///
/// # Errors
///
/// Returns what the user can do about it; a refusal of the verifier names the script's line.
pub fn load(
    program: &ir::Program,
    object: &[u8],
    options: &LoadOptions,
) -> Result<Loaded, Error> {
    raise_file_limit(program);
    let _hosts = bind(program)?;
    let object = settle::kernel_calls(program, object);
    let (result, log) =
        collecting(options.collect, || open_and_load(program, &object, options.collect));
    let object = result.map_err(|error| refusal(program, &error, &log, options.log_size))?;
    let mut named_maps = Vec::new();
    for map in object.maps() {
        let fd = map.as_fd().try_clone_to_owned().map_err(no_more_files)?;
        named_maps.push((map.name().to_string_lossy().into_owned(), fd, map.value_size()));
    }
    let missing = |what: &str| Error::Load {
        source: io::Error::from(io::ErrorKind::NotFound),
        log: format!("the object has no {what}"),
    };
    let mut programs = IdVec::default();
    for wanted in program.programs.values() {
        let found = object.progs().find(|found| found.name() == wanted.name.as_str());
        let found = found.ok_or_else(|| missing(&wanted.name))?;
        programs.push(found.as_fd().try_clone_to_owned().map_err(no_more_files)?);
    }
    let mut maps: IdVec<MapId, OwnedFd> = IdVec::default();
    for wanted in program.maps.values() {
        let found = named_maps.iter().find(|(name, ..)| *name == wanted.name);
        let (_, fd, _) = found.ok_or_else(|| missing(&wanted.name))?;
        maps.push(fd.try_clone().map_err(no_more_files)?);
    }
    let data = named_maps.iter().find(|(name, ..)| name.ends_with(".data"));
    let shared = match (program.state, data) {
        (Some(_), Some((_, fd, size))) => Some(Shared::new(fd.as_fd(), *size as usize)),
        (Some(_), None) => return Err(missing("section .data")),
        (None, _) => None,
    };
    let ring = program.ring.map(|id| {
        let size = program.maps[id].max_entries;
        Ring::new(maps[id].as_fd(), size)
    });
    let mapped = |source| Error::System { what: "mapping memory of the programs", source };
    Ok(Loaded {
        ring: ring.transpose().map_err(mapped)?,
        shared: shared.transpose().map_err(mapped)?,
        programs,
        maps,
        named_maps: named_maps.into_iter().map(|(name, fd, _)| (name, fd)).collect(),
        log,
    })
}

/// Finds what each program is bound to that is. The descriptors must live until it is loaded.
fn bind(program: &ir::Program) -> Result<Vec<Bound>, Error> {
    let mut bindings = Vec::new();
    let mut hosts = Vec::new();
    for (id, bpf) in program.programs.iter().filter(|(_, bpf)| bpf.kind.is_bound()) {
        let Some(link) = program.links.iter().find(|link| link.program == id) else { continue };
        let site = link.sites.first().and_then(|site| program.sites.get(*site));
        let Some((bound, attach_type)) = target(&link.attach) else {
            return Err(Error::NoTarget {
                what: format!("function for `{}` to be traced", site.map_or("", |it| &it.name)),
                help: Some("the kernel does not tell its type".to_owned()),
                span: site.map_or_else(diag::Span::default, |site| site.span),
            });
        };
        let (module, host) = match &bound.host {
            None => (None, None),
            Some(HostDescriptor::Module(btf)) => (Some(btf.as_raw_fd()), None),
            Some(HostDescriptor::Program(program)) => (None, Some(program.as_raw_fd())),
        };
        let binding = ffi::Binding { attach_type, function: bound.id, module, program: host };
        bindings.push((bpf.name.clone(), binding));
        hosts.push(bound);
    }
    if !bindings.is_empty() {
        ffi::bind(ir::ProgramKind::BOUND, bindings)
            .map_err(|source| Error::System { what: "telling libbpf of targets", source })?;
    }
    Ok(hosts)
}

/// What a link's program is bound to, and as what; none if the kernel has no such.
fn target(attach: &ir::Attach) -> Option<(Bound, u32)> {
    use libbpf_rs::libbpf_sys as sys;
    if let ir::Attach::Iter { name, .. } = attach {
        return Some((bound_iterator(name)?, sys::BPF_TRACE_ITER));
    }
    let ir::Attach::Trampoline { host, function, when } = attach else { return None };
    let attach_type = match when {
        ir::When::Entry => sys::BPF_TRACE_FENTRY,
        ir::When::Return => sys::BPF_TRACE_FEXIT,
    };
    Some((bound(host, function)?, attach_type))
}

impl Loaded {
    /// The number by which the kernel calls a map, and the name that users know it by.
    pub(crate) fn map_names(&self, program: &ir::Program) -> Vec<(u32, String)> {
        let shown = |name: &str| {
            let map = program.maps.position(|map| map.name == name);
            let mut tables = program.tables.values();
            let table = map.and_then(|map| tables.find(|table| table.is_in(map)));
            table.map_or_else(|| name.to_owned(), |table| table.name.clone())
        };
        let id =
            |(name, fd): &(String, OwnedFd)| Some((ffi::map_id(fd.as_fd()).ok()?, shown(name)));
        self.named_maps.iter().filter_map(id).collect()
    }
}

fn open_and_load(
    program: &ir::Program,
    object: &[u8],
    collect: Collect,
) -> io::Result<libbpf_rs::Object> {
    let mut builder = ObjectBuilder::default();
    let invalid = |error: libbpf_rs::Error| io::Error::other(error.to_string());
    let mut open = builder
        .name("hawk")
        .and_then(|builder| builder.open_memory(object))
        .map_err(invalid)?;
    for mut program in open.progs_mut() {
        if collect == Collect::Verifier {
            program.set_log_level(1);
        }
    }
    // What the kernel is told of the maps in a map: it need not outlive the load.
    let template = program.unwind.map(|_| unwind::empty_table()).transpose()?;
    if let (Some(unwind), Some(template)) = (program.unwind, &template) {
        let name = program.maps[unwind.tables].name.as_str();
        for mut map in open.maps_mut().filter(|map| map.name() == name) {
            map.set_inner_map_fd(template.as_fd()).map_err(invalid)?;
        }
    }
    ffi::load_object(open)
}

/// What libbpf prints, which it hands to a plain function.
static PRINTED: Mutex<String> = Mutex::new(String::new());

/// Held while something is loaded: what libbpf prints belongs to it alone.
static LOADING: Mutex<()> = Mutex::new(());

fn collecting<T>(collect: Collect, act: impl FnOnce() -> T) -> (T, String) {
    let _alone = LOADING.lock().unwrap_or_else(PoisonError::into_inner);
    let level = match collect {
        Collect::Warnings => PrintLevel::Warn,
        Collect::Libbpf | Collect::Verifier => PrintLevel::Debug,
    };
    let take = || std::mem::take(&mut *PRINTED.lock().unwrap_or_else(PoisonError::into_inner));
    take();
    libbpf_rs::set_print(Some((level, |_, text| {
        PRINTED.lock().unwrap_or_else(PoisonError::into_inner).push_str(&text);
    })));
    let result = act();
    libbpf_rs::set_print(None);
    (result, take())
}

/// A link takes two descriptors, and there are those of programs, maps, libbpf and the output.
fn raise_file_limit(program: &ir::Program) {
    let wanted = 2 * program.links.len() + 2 * program.programs.len() + 3 * program.maps.len();
    let per_cpu = crate::online_cpus().len();
    let sampling =
        program.links.iter().filter(|link| matches!(link.attach, ir::Attach::Perf { .. }));
    let wanted = (wanted + 2 * per_cpu * sampling.count()) as u64 + 128;
    // Where it can't be raised, the call that runs out says so.
    let _ = ffi::raise_file_limit(wanted);
}

fn no_more_files(source: io::Error) -> Error {
    Error::Limit { what: "loading the program".to_owned(), source }
}

fn refusal(program: &ir::Program, error: &io::Error, log: &str, log_size: usize) -> Error {
    if let Some(refused) = verifier::explain(program, log, log_size) {
        return refused;
    }
    let needs = Capability::NEEDED;
    Error::from_refusal("loading the program", error, &needs).unwrap_or_else(|| Error::Load {
        source: error
            .raw_os_error()
            .map_or_else(|| io::Error::other(error.to_string()), io::Error::from_raw_os_error),
        log: log.to_owned(),
    })
}
