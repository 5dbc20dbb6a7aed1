//! Programs on functions whose argument is an address to be watched (`watchpoint:f+arg0:8:w`): each
//! notes new addresses in a map, where the runtime finds them, and stops the process until it has
//! them watched, unless that is not wanted.

use ir::{
    Attach, Bin, BpfProgram, Builder, Helper, Link, Linking, Map, MapId, MapKind, Owner, Phase,
    Program, ProgramKind, Role, Sign, SiteId, State, ValueId, WatchGiven, Width,
};

/// Addresses that one probe may watch in all; the CPU has four watchpoints at a time.
const ADDRESSES: u32 = 1024;
/// `SIGSTOP`
const STOP: i64 = 19;
/// `SIGCONT`
const GO_ON: i64 = 18;

/// Adds the programs, with their links behind all others.
pub(super) fn add(program: &mut Program) {
    let mut added = Vec::new();
    for index in 0..program.links.len() {
        let sites = program.links[index].sites.clone();
        if !matches!(program.links[index].attach, Attach::WatchGiven(_)) {
            continue;
        }
        let map = program.maps.push(Map {
            name: format!("watched_{}", program.maps.len()),
            kind: MapKind::Hash,
            key_size: 8,
            value_size: 4,
            max_entries: ADDRESSES,
            flags: 0,
        });
        let Attach::WatchGiven(given) = &mut program.links[index].attach else { continue };
        given.map = Some(map);
        let given = given.clone();
        added.push(watcher(&given, (map, &sites), program));
    }
    program.links.append(&mut added);
}

fn watcher(
    given: &WatchGiven,
    (map, sites): (MapId, &[SiteId]),
    program: &mut Program,
) -> Link {
    let name = format!("watch_{}", program.programs.len());
    let kind = ProgramKind::Uprobe;
    let span = sites.first().map(|site| program.sites[*site].span).unwrap_or_default();
    let probe = sites.first().map(|site| program.sites[*site].probe);
    let mut b = Builder::new(name.clone(), Role::Program(kind), span);
    body(&mut b, given, map, program);
    let function = program.functions.push(b.finish());
    let probes = probe.into_iter().collect();
    let linking = Linking::Each;
    let id = program.programs.push(BpfProgram { name, kind, linking, function, probes });
    let pid = match given.owner {
        Owner::Process(pid) => Some(pid),
        Owner::Kernel | Owner::Child => None,
    };
    let attach = Attach::Uprobe {
        binary: given.binary.clone(),
        symbol: given.function.clone(),
        place: given.place,
        when: ir::When::Entry,
        pid,
    };
    // It is the same attach point: not one more.
    Link { phase: Phase::Trace, program: id, attach, sites: Vec::new() }
}

fn body(b: &mut Builder, given: &WatchGiven, map: MapId, program: &Program) {
    let done = b.block();
    if let Some(state) = program.state {
        let address = b.global(state.global);
        let running = b.load64(address, State::RUNNING);
        b.leave_unless(running, done);
        let owner = match given.owner {
            Owner::Process(pid) => Some(b.constant(i64::from(pid))),
            Owner::Child => Some(b.load64(address, State::CHILD)),
            Owner::Kernel => None,
        };
        if let Some(owner) = owner {
            let both = b.call(Helper::GET_CURRENT_PID_TGID, &[]);
            let current = b.bin_const(Bin::Shr, both, 32);
            let same = b.bin(Bin::Eq, current, owner);
            b.leave_unless(same, done);
        }
    }
    let context = b.context();
    let argument = b.load64(context, given.argument as i32);
    let key = b.slot(8, 8);
    b.store64(key, 0, argument);
    let at = b.map(map);
    let found = b.call(Helper::MAP_LOOKUP_ELEM, &[at, key]);
    let (known, new, is_null) = (b.block(), b.block(), b.is_null(found));
    b.branch(is_null, new, known);
    b.switch_to(known);
    let state = b.load(found, 0, Width::W32, Sign::Unsigned);
    let is_watched = b.bin_const(Bin::Eq, state, i64::from(WatchGiven::WATCHED));
    b.branch(is_watched, done, new);
    b.switch_to(new);
    // Stopped first: once the address is noted, the runtime may let the process go on.
    if given.stops {
        let signal = b.constant(STOP);
        b.call(Helper::SEND_SIGNAL, &[signal]);
    }
    let failed = note(b, map, key);
    if given.stops {
        // Nobody would learn that it waits.
        let full = b.block();
        b.branch(failed, full, done);
        b.switch_to(full);
        let signal = b.constant(GO_ON);
        b.call(Helper::SEND_SIGNAL, &[signal]);
    }
    b.jump(done);
    b.switch_to(done);
    let zero = b.constant(0);
    b.ret(zero);
}

/// Whether it failed, as it does when the map is full.
fn note(b: &mut Builder, map: MapId, key: ValueId) -> ValueId {
    let value = b.slot(8, 8);
    let wanted = b.constant(i64::from(WatchGiven::WANTED));
    b.store64(value, 0, wanted);
    let (at, any) = (b.map(map), b.constant(0));
    b.call(Helper::MAP_UPDATE_ELEM, &[at, key, value, any])
}
