//! Programs that serve system calls by one raw tracepoint: which comes after which, and how each
//! reads what the call's own tracepoint would tell it.

use std::collections::BTreeMap;

use ir::{
    Attach, Bin, BpfProgram, Builder, GlobalId, Helper, Inst, Link, Linking, Map, MapId,
    MapKind, Phase, Program, ProgramId, ProgramKind, Role, Sign, SiteId, ValueId, When, Width,
};
use stdlib::{Feature, Kernel, SYSCALL_NUMBER};

use super::{
    body::BodyLowering,
    dispatch::{COMPAT, ENTRY, NUMBER_AT, NUMBERS, RETURN, argument, number_of},
    plan::Unit,
};

/// Decides which program comes after which for each call, in the order of the script.
pub(super) fn order(units: &mut [Unit<'_>], program: &mut Program) -> Calls {
    let mut calls = Calls::default();
    let mut last: BTreeMap<(When, u16), usize> = BTreeMap::new();
    for index in 0..units.len() {
        if units[index].call.is_none() {
            continue;
        }
        for (site, attach) in units[index].sites.clone() {
            let Some((when, number)) = number_of(&attach) else { continue };
            let table = match last.insert((when, number), index) {
                None => calls.first(when, program),
                Some(before) => *units[before].next.get_or_insert_with(|| table(program)),
            };
            calls.steps.push(Step { when, table, number, unit: index });
            calls.sites.push((when, site));
        }
    }
    calls
}

/// Which program serves which call.
#[derive(Debug, Default)]
pub(super) struct Calls {
    /// The tables of what comes first.
    firsts: BTreeMap<When, MapId>,
    steps: Vec<Step>,
    sites: Vec<(When, SiteId)>,
}

/// With this number, the table goes on with this unit's program.
#[derive(Debug)]
struct Step {
    when: When,
    table: MapId,
    number: u16,
    unit: usize,
}

impl Calls {
    fn first(&mut self, when: When, program: &mut Program) -> MapId {
        *self.firsts.entry(when).or_insert_with(|| table(program))
    }

    /// Makes the programs that all calls meet, and their links. `programs` are those of the units.
    pub(super) fn link(
        &self,
        programs: &[ProgramId],
        kernel: &dyn Kernel,
        program: &mut Program,
    ) {
        for (when, table) in &self.firsts {
            let steps = self.steps.iter().filter(|step| step.when == *when);
            let steps = steps
                .filter_map(|step| Some((step.table, step.number, *programs.get(step.unit)?)));
            let attach = Attach::SystemCalls { when: *when, steps: steps.collect() };
            let sites = self.sites.iter().filter(|(of, _)| of == when).map(|(_, site)| *site);
            let sites: Vec<_> = sites.collect();
            let id = first_program((*when, *table), &sites, kernel, program);
            program.links.push(Link { phase: Phase::Trace, program: id, attach, sites });
        }
    }
}

fn table(program: &mut Program) -> MapId {
    program.maps.push(Map {
        name: format!("calls_{}", program.maps.len()),
        kind: MapKind::ProgramArray,
        key_size: 4,
        value_size: 4,
        max_entries: NUMBERS,
        flags: 0,
    })
}

/// The program that every call meets: it only goes on with another.
fn first_program(
    (when, table): (When, MapId),
    sites: &[SiteId],
    kernel: &dyn Kernel,
    program: &mut Program,
) -> ProgramId {
    let mut probes: Vec<_> = sites.iter().map(|site| program.sites[*site].probe).collect();
    probes.sort_unstable();
    probes.dedup();
    let span = sites.first().map(|site| program.sites[*site].span).unwrap_or_default();
    let start = match when {
        When::Entry => ENTRY,
        When::Return => RETURN,
    };
    let name = format!("{start}{}", program.programs.len());
    let kind = ProgramKind::RawTracepoint;
    let mut b = Builder::new(name.clone(), Role::Program(kind), span);
    let context = b.context();
    go_on(&mut b, (context, table), when, kernel);
    let zero = b.constant(0);
    b.ret(zero);
    let function = program.functions.push(b.finish());
    let linking = Linking::Each;
    program.programs.push(BpfProgram { name, kind, linking, function, probes })
}

/// Goes on with the program that the table has for the call; with what follows if it has none.
fn go_on(b: &mut Builder, (context, table): (ValueId, MapId), when: When, kernel: &dyn Kernel) {
    let number = number(b, context, when, kernel);
    let table = b.map(table);
    b.call(Helper::TAIL_CALL, &[context, table, number]);
}

/// The number of the call, as the kernel takes it: the lower half.
fn number(b: &mut Builder, context: ValueId, when: When, kernel: &dyn Kernel) -> ValueId {
    match when {
        When::Entry => {
            let number = b.load64(context, 8);
            b.extend(number, Width::W32, Sign::Unsigned)
        }
        When::Return => {
            register(b, context, SYSCALL_NUMBER, (Width::W32, Sign::Unsigned), kernel)
        }
    }
}

/// A register of the program that made the call.
fn register(
    b: &mut Builder,
    context: ValueId,
    name: &str,
    (width, sign): (Width, Sign),
    kernel: &dyn Kernel,
) -> ValueId {
    let registers = b.load64(context, 0);
    let offset = kernel.register(name).unwrap_or_default();
    let address = b.bin_const(Bin::Add, registers, i64::from(offset));
    let slot = b.slot(8, 8);
    let size = b.constant(8);
    // They are on the kernel's stack: this can't fail.
    b.call(Helper::PROBE_READ_KERNEL, &[slot, size, address]);
    b.load(slot, 0, width, sign)
}

impl BodyLowering<'_> {
    /// At the end of the program: goes on with the next that serves the same call.
    pub(super) fn go_on(&mut self) {
        let (Some(call), Some(next)) = (self.unit.call, self.unit.next) else { return };
        let context = self.b.context();
        go_on(&mut self.b, (context, next), call.when, self.kernel);
    }

    /// Leaves out calls of 32-bit programs, whose numbers mean others.
    pub(super) fn call_gate(&mut self) {
        let Some(call) = self.unit.call else { return };
        let status = if self.kernel.has(Feature::CurrentTask) {
            let task = self.b.call(Helper::GET_CURRENT_TASK_BTF, &[]);
            self.b.load(task, call.status as i32, Width::W32, Sign::Unsigned)
        } else {
            let task = self.b.call(Helper::GET_CURRENT_TASK, &[]);
            let address = self.b.bin_const(Bin::Add, task, i64::from(call.status));
            let (slot, size) = (self.b.slot(8, 8), self.b.constant(4));
            self.b.call(Helper::PROBE_READ_KERNEL, &[slot, size, address]);
            self.b.load(slot, 0, Width::W32, Sign::Unsigned)
        };
        let compat = self.b.bin_const(Bin::And, status, COMPAT);
        let native = self.b.bin_const(Bin::Eq, compat, 0);
        self.pass_if(native);
    }

    /// A field of the record that the call's own tracepoint would have.
    pub(super) fn read_call(
        &mut self,
        context: ValueId,
        offset: i64,
        (width, sign): (Width, Sign),
    ) -> ValueId {
        let when = self.unit.call.map_or(When::Entry, |call| call.when);
        if offset == NUMBER_AT {
            let value = number(&mut self.b, context, when, self.kernel);
            return self.b.extend(value, width, sign);
        }
        match (when, argument(offset)) {
            (When::Entry, Some(name)) => {
                register(&mut self.b, context, name, (width, sign), self.kernel)
            }
            // The raw tracepoint has the result as its second argument.
            (When::Return, _) | (When::Entry, None) => {
                let value = self.b.load64(context, 8);
                self.b.extend(value, width, sign)
            }
        }
    }

    /// The number of the site that fired, by the call's number.
    pub(super) fn site_of_call(&mut self, table: GlobalId) -> ValueId {
        let context = stdlib::Lower::context(self);
        let when = self.unit.call.map_or(When::Entry, |call| call.when);
        let number = number(&mut self.b, context, when, self.kernel);
        // Numbers that are too large did not come here, which only the verifier does not know.
        let number = self.b.bin_const(Bin::And, number, i64::from(NUMBERS - 1));
        let bytes = self.b.bin_const(Bin::Mul, number, 4);
        let table = self.b.global(table);
        let place = self.b.push(Inst::Offset(table, bytes));
        self.b.load(place, 0, Width::W32, Sign::Unsigned)
    }
}
