//! Pairs of probes on entries and returns of the same functions become one program that the kernel
//! calls at both: one link to attach and to detach, less work at each call, and no return without
//! its entry.
//!
//! Only where nothing else probes these functions, as the order in which the two would fire among
//! others is not the script's any more.

use std::{
    collections::{BTreeMap, HashSet},
    mem,
};

use ir::{
    Attach, Bin, Builder, FilePlace, Function, FunctionId, Helper, Id, Inlining, Inst, Link,
    Linking, Phase, Program, ProgramId, ProgramKind, Role, SiteId, ValueKind, When,
};
use stdlib::{Feature, Kernel};

use super::plan::{SiteSource, Unit};

/// Which functions a link is to.
#[derive(Debug, PartialEq, Eq)]
enum Places {
    Kernel(Vec<String>),
    File(String, Vec<FilePlace>, Option<u32>),
}

/// Makes one program of each pair that can be one. `programs` are those of the units, and follow.
pub(super) fn join(
    units: &[Unit<'_>],
    programs: &mut [ProgramId],
    kernel: &dyn Kernel,
    program: &mut Program,
) {
    let (mut index, mut single) = (0, single_links(program));
    while let Some((unit, id)) = units.get(index).zip(programs.get(index).copied()) {
        index += 1;
        let Some((entry, places)) = half(unit, id, (When::Entry, &single), program) else {
            continue;
        };
        let pair = units.iter().zip(programs.iter()).find_map(|(other, id)| {
            let (link, others) = half(other, *id, (When::Return, &single), program)?;
            (others == places && other.kind == unit.kind).then_some((*id, link))
        });
        let Some((other, ret)) = pair else { continue };
        let probed = program.links.iter().filter(|link| touches(&link.attach, &places)).count();
        if probed != 2 || other == id {
            continue;
        }
        let sites = [entry, ret].map(|at| program.links[at].sites.as_slice());
        let (Some(apart), Some(number)) = (apart(sites), is_return(&places, kernel)) else {
            continue;
        };
        merge((id, other), (number, apart), program);
        let sites = [entry, ret].map(|at| mem::take(&mut program.links[at].sites));
        program.links[entry] = session(id, places, sites.concat());
        program.links.remove(ret);
        let renumber = |of: &mut ProgramId| {
            if *of == other {
                *of = id;
            }
            if of.index() > other.index() {
                *of = ProgramId::from_index(of.index() - 1);
            }
        };
        program.links.iter_mut().for_each(|link| renumber(&mut link.program));
        programs.iter_mut().for_each(renumber);
        // All may have moved.
        (index, single) = (0, single_links(program));
    }
}

/// The link of each program that has one only.
fn single_links(program: &Program) -> BTreeMap<ProgramId, Option<usize>> {
    let mut found = BTreeMap::new();
    for (at, link) in program.links.iter().enumerate() {
        found.entry(link.program).and_modify(|known| *known = None).or_insert(Some(at));
    }
    found
}

/// The one link of a unit that may be one half of a session, and what it is to.
fn half(
    unit: &Unit<'_>,
    id: ProgramId,
    (when, single): (When, &BTreeMap<ProgramId, Option<usize>>),
    program: &Program,
) -> Option<(usize, Places)> {
    let plain = unit.phase == Phase::Trace
        && knows_site_itself(unit, program)
        && unit.call.is_none()
        && program.programs[id].linking != Linking::Session;
    let at = single.get(&id).copied().flatten().filter(|_| plain)?;
    let attach = &program.links.get(at)?.attach;
    if let Attach::Kprobe { function, offset: 0, when: of, .. } = attach
        && *of == when
        && !function.is_empty()
        && !function.contains(':')
        // Programs of links to many see the registers of a call, not all.
        && !unit.body.uses.registers
    {
        return Some((at, Places::Kernel(vec![function.clone()])));
    }
    if let Attach::KprobeMulti { functions, when: of } = attach
        && *of == when
    {
        return Some((at, Places::Kernel(functions.clone())));
    }
    if let Attach::UprobeMulti { binary, places, when: of, pid } = attach
        && *of == when
        && places.iter().all(|place| place.semaphore == 0)
    {
        return Some((at, Places::File(binary.clone(), places.clone(), *pid)));
    }
    None
}

/// Whether no function that a body calls asks which site fired.
fn knows_site_itself(unit: &Unit<'_>, program: &Program) -> bool {
    let is_sub = |it: &&Function| matches!(it.role, Role::Subprogram { .. });
    match unit.site {
        SiteSource::Constant(_) => true,
        SiteSource::Cookie => !program.functions.values().filter(is_sub).any(asks_site),
        SiteSource::Table(_) => false,
    }
}

fn asks_site(function: &Function) -> bool {
    function.insts.values().any(is_cookie)
}

fn is_cookie(inst: &Inst) -> bool {
    matches!(inst, Inst::Call(Helper::GET_ATTACH_COOKIE, _))
}

/// By how much the sites of returns are behind those of their entries.
fn apart([entries, returns]: [&[SiteId]; 2]) -> Option<i64> {
    let mut pairs = entries.iter().zip(returns);
    let apart = |(entry, ret): (&SiteId, &SiteId)| ret.index() as i64 - entry.index() as i64;
    let first = apart(pairs.next()?);
    (entries.len() == returns.len() && pairs.all(|pair| apart(pair) == first)).then_some(first)
}

/// Whether a link is to one of these functions, or may be.
fn touches(attach: &Attach, places: &Places) -> bool {
    match places {
        Places::Kernel(names) => touches_kernel(attach, names),
        Places::File(path, places, _) => {
            let known: HashSet<u64> = places.iter().map(|place| place.offset).collect();
            let is_one = |it: &FilePlace| known.contains(&it.offset);
            if let Attach::Uprobe { binary, place, .. } = attach {
                return binary == path && is_one(place);
            }
            matches!(attach, Attach::UprobeMulti { binary, places, .. }
                if binary == path && places.iter().any(is_one))
        }
    }
}

fn touches_kernel(attach: &Attach, names: &[String]) -> bool {
    // All functions of a kernel may be on both sides.
    let known: HashSet<&String> = names.iter().collect();
    let has = |name: &String| known.contains(name);
    // An address may be that of any function.
    if let Attach::Kprobe { function, .. } = attach {
        let bare = function.rsplit(':').next().unwrap_or_default();
        return bare.is_empty() || has(&bare.to_owned());
    }
    matches!(attach, Attach::Trampoline { function, .. } if has(function))
        || matches!(attach, Attach::KprobeMulti { functions, .. } if functions.iter().any(has))
}

/// The number of the kernel's function that tells returns from entries, if it has such sessions.
fn is_return(places: &Places, kernel: &dyn Kernel) -> Option<u32> {
    let feature = match places {
        Places::Kernel(_) => Feature::KprobeSession,
        Places::File(..) => Feature::UprobeSession,
    };
    // Such links are only to functions that the function tracer knows.
    let is_traced = match places {
        Places::Kernel(names) => match names.as_slice() {
            [name] => kernel.functions(None, name).is_ok_and(|found| found.len() == 1),
            _ => true,
        },
        Places::File(..) => true,
    };
    if !is_traced || !kernel.has(feature) {
        return None;
    }
    let found = kernel.places().kernel_call("bpf_session_is_return").ok()??;
    Some(found.id)
}

fn session(program: ProgramId, places: Places, sites: Vec<SiteId>) -> Link {
    let attach = match places {
        Places::Kernel(functions) => Attach::KprobeSession { functions },
        Places::File(binary, places, pid) => Attach::UprobeSession { binary, places, pid },
    };
    Link { phase: Phase::Trace, program, attach, sites }
}

/// Makes the first program one that does what both do, and removes the second.
fn merge(
    (id, other): (ProgramId, ProgramId),
    (is_return, apart): (u32, i64),
    program: &mut Program,
) {
    let mut removed = program.programs.remove(other);
    let id =
        if id.index() > other.index() { ProgramId::from_index(id.index() - 1) } else { id };
    let (name, kind) = (program.programs[id].name.clone(), program.programs[id].kind);
    let (entry, ret) = (program.programs[id].function, removed.function);
    let asks = [entry, ret].iter().any(|id| asks_site(&program.functions[*id]));
    subprogram(entry, &format!("{name}_entry"), program);
    subprogram(ret, &format!("{name}_return"), program);
    let function = program.functions.push(dispatcher(
        &name,
        kind,
        [(entry, 0), (ret, apart)],
        (is_return, asks),
        program,
    ));
    let joined = &mut program.programs[id];
    joined.function = function;
    joined.linking = Linking::Session;
    joined.probes.append(&mut removed.probes);
    joined.probes.dedup();
}

/// Makes a function of what was a program: its code takes the place of the call. Which site fired
/// it is given.
fn subprogram(id: FunctionId, name: &str, program: &mut Program) {
    let function = &mut program.functions[id];
    name.clone_into(&mut function.name);
    function.role = Role::Subprogram { parameters: vec![ValueKind::Ptr, ValueKind::Int] };
    function.inlining = Inlining::Always;
    let cookies = function.insts.iter().filter(|(_, inst)| is_cookie(inst));
    for id in cookies.map(|(id, _)| id).collect::<Vec<_>>() {
        function.insts[id] = Inst::Parameter(1);
    }
}

fn dispatcher(
    name: &str,
    kind: ProgramKind,
    halves: [(FunctionId, i64); 2],
    (is_return, asks): (u32, bool),
    program: &Program,
) -> Function {
    let span = program.functions[halves[0].0].span;
    let mut b = Builder::new(name.to_owned(), Role::Program(kind), span);
    let context = b.context();
    // Before 7.0 it takes nothing, and leaves the register alone.
    let said = b.push(Inst::CallKernel(is_return, vec![context]));
    // The rest of the register may hold anything.
    let said = b.bin_const(Bin::And, said, 1);
    let (first, second, done) = (b.block(), b.block(), b.block());
    b.branch(said, second, first);
    for (block, (function, apart)) in [first, second].into_iter().zip(halves) {
        b.switch_to(block);
        // The cookie is that of the entry.
        let site = if asks {
            let cookie = b.call(Helper::GET_ATTACH_COOKIE, &[context]);
            b.bin_const(Bin::Add, cookie, apart)
        } else {
            b.constant(0)
        };
        b.push(Inst::CallFunction(function, vec![context, site]));
        b.jump(done);
    }
    b.switch_to(done);
    // Of an entry: the return is to be seen as well.
    let zero = b.constant(0);
    b.ret(zero);
    b.finish()
}
