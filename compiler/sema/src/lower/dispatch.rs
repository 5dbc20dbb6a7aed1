//! Many tracepoints of system calls by one raw tracepoint that all calls meet. Its program goes on
//! (`bpf_tail_call`) with that which a table has for the call's number, so that hundreds of
//! tracepoints are attached and detached at once, where each perf event takes the kernel 50–90 ms
//! to release.
//!
//! It must mean the same. The kernel's own tracepoints leave out calls of 32-bit programs and
//! numbers that it does not know; so do these. Fields of `args` come from where the kernel takes
//! them: registers. What registers can't give, and what uses the context otherwise, keeps its perf
//! event; so does every tracepoint that such a body shares, so that bodies run in script order.

use std::collections::{BTreeMap, BTreeSet};

use ir::{Access, Attach, Global, Mutability, Program, SiteId, Space, Ty, When};
use stdlib::{Feature, Kernel, SYSCALL_ARGUMENTS};

use super::plan::SiteSource;
use crate::{
    Typed,
    typed::{Body, ExprId, ExprKind},
};

/// From so many tracepoints on it is worth that every other call runs a program too. A call that
/// is traced takes 75 ns less so, another 35 ns more (6.18), and a perf event 50–90 ms to release.
const FEWEST: usize = 64;
/// So many programs may serve one call: the kernel goes on 32 times (5.10), and not all are ours.
const MOST: usize = 30;
/// Numbers of calls are below: a power of two.
pub(super) const NUMBERS: u32 = 512;
/// `TS_COMPAT` in `struct thread_info`: the call is one of a 32-bit program.
pub(super) const COMPAT: i64 = 2;
/// Where the record of a call's tracepoint has its number, and its arguments or its result.
pub(super) const NUMBER_AT: i64 = 8;
const VALUES_AT: i64 = 16;

/// What a program must know of the call that it serves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    pub(super) when: When,
    /// Byte offset in `struct task_struct` of what tells calls of 32-bit programs.
    pub(super) status: u32,
}

impl Call {
    /// How the program knows which of its sites fired.
    pub(super) fn site(
        self,
        asks: bool,
        sites: &[(SiteId, Attach)],
        program: &mut Program,
    ) -> SiteSource {
        if let ([(id, _)], _) | ([(id, _), ..], false) = (sites, asks) {
            return SiteSource::Constant(*id);
        }
        let mut numbers = vec![0u32; NUMBERS as usize];
        for (id, attach) in sites {
            let number = number_of(attach).map(|(_, number)| usize::from(number));
            if let Some(known) = number.and_then(|number| numbers.get_mut(number)) {
                *known = ir::Id::index(*id) as u32;
            }
        }
        let content = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        let name = format!("sites_{}", program.globals.len());
        let mutability = Mutability::Constant;
        SiteSource::Table(program.globals.push(Global { name, content, align: 4, mutability }))
    }
}

/// The tracepoints that are served so.
#[derive(Debug, Default)]
pub(super) struct Dispatch {
    events: BTreeSet<String>,
    status: u32,
}

impl Dispatch {
    pub(super) fn new(typed: &Typed, kernel: &dyn Kernel) -> Self {
        let (mut events, mut others) = (BTreeMap::new(), BTreeSet::new());
        for (head, bodies) in typed.heads.iter().zip(&typed.bodies) {
            for (group, body) in head.groups.iter().zip(bodies) {
                let fits = fits(body);
                let mut seen = BTreeSet::new();
                let sites = group.sites.iter().map(|(_, site)| &site.attach);
                for event in sites.filter(|site| number_of(site).is_some()).map(event) {
                    *events.entry(event).or_insert(0) += 1;
                    // Twice for one body: no program goes on with itself.
                    if !fits || !seen.insert(event) {
                        others.insert(event);
                    }
                }
            }
        }
        events.retain(|event, count| *count <= MOST && !others.contains(event));
        for start in [ENTRY, RETURN] {
            if events.keys().filter(|event| event.starts_with(start)).count() < FEWEST {
                events.retain(|event, _| !event.starts_with(start));
            }
        }
        // Where such a program can be preempted, it isn't run for the task that comes then.
        let misses = || kernel.has(Feature::PreemptibleTracepoints);
        if events.is_empty() || !kernel.has(Feature::SystemCalls) || misses() {
            return Self::default();
        }
        let Some(status) = status(kernel) else { return Self::default() };
        Self { events: events.into_keys().map(str::to_owned).collect(), status }
    }

    /// Takes those of a body's sites that are served so, at entries and at returns of calls.
    pub(super) fn take(
        &self,
        body: &Body,
        sites: &mut Vec<(SiteId, Attach)>,
    ) -> Vec<(Call, Vec<(SiteId, Attach)>)> {
        if self.events.is_empty() || !fits(body) {
            return Vec::new();
        }
        let taken = [When::Entry, When::Return].map(|when| {
            let is_taken = |attach: &Attach| {
                number_of(attach).is_some_and(|(of, _)| of == when)
                    && self.events.contains(event(attach))
            };
            let (taken, rest) =
                std::mem::take(sites).into_iter().partition(|(_, attach)| is_taken(attach));
            *sites = rest;
            (Call { when, status: self.status }, taken)
        });
        taken.into_iter().filter(|(_, sites): &(Call, Vec<_>)| !sites.is_empty()).collect()
    }
}

pub(super) const ENTRY: &str = "sys_enter_";
pub(super) const RETURN: &str = "sys_exit_";

fn event(attach: &Attach) -> &str {
    if let Attach::Tracepoint { event, .. } = attach { event } else { "" }
}

/// The number of the call that a tracepoint tells of, and where it fires.
pub(super) fn number_of(attach: &Attach) -> Option<(When, u16)> {
    let Attach::Tracepoint { category, event } = attach else { return None };
    if category != "syscalls" {
        return None;
    }
    let (when, name) = match (event.strip_prefix(ENTRY), event.strip_prefix(RETURN)) {
        (Some(name), _) => (When::Entry, name),
        (None, Some(name)) => (When::Return, name),
        (None, None) => return None,
    };
    let number = stdlib::syscall_number(name)?;
    (u32::from(number) < NUMBERS).then_some((when, number))
}

/// Where a task says that its call is one of a 32-bit program.
fn status(kernel: &dyn Kernel) -> Option<u32> {
    let field = |ty: &Ty, name: &str| {
        let Ty::Record(record) = ty else { return None };
        record.fields.iter().find(|field| field.name == name).cloned()
    };
    let task = kernel.c_type("struct task_struct").ok()??;
    let info = field(&task, "thread_info")?;
    let status = field(&info.ty, "status")?;
    Some(info.offset + status.offset)
}

/// Whether a body uses nothing of its context but what registers give.
fn fits(body: &Body) -> bool {
    if body.uses.context {
        return false;
    }
    let functions = body.functions.iter().map(|function| &function.body);
    !body.uses.fields || std::iter::once(body).chain(functions).all(only_reads_registers)
}

fn only_reads_registers(body: &Body) -> bool {
    let mut bases = BTreeSet::new();
    for expr in &body.exprs {
        let ExprKind::Part(base, field) = &expr.kind else { continue };
        let fits = field.access == Access::Plain
            && field.bits.is_none()
            && field.ty.scalar().is_some()
            && is_register(i64::from(field.offset));
        if fits {
            bases.insert(*base);
        }
    }
    let is_context = |ty: &Ty| matches!(ty, Ty::Ptr(_, Space::Context));
    let all = body.exprs.iter().enumerate().map(|(index, expr)| (ExprId(index), expr));
    all.filter(|(_, expr)| is_context(&expr.ty)).all(|(id, _)| bases.contains(&id))
}

fn is_register(offset: i64) -> bool {
    offset == NUMBER_AT || argument(offset).is_some()
}

/// The register of the argument that is at this offset of the record.
pub(super) fn argument(offset: i64) -> Option<&'static str> {
    let index = usize::try_from(offset - VALUES_AT).ok().filter(|at| at % 8 == 0)? / 8;
    SYSCALL_ARGUMENTS.get(index).copied()
}
