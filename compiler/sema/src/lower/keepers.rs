//! The programs that keep count of a process's descendants: on the kernel's own tracepoints, so
//! that a new process is known before it runs its first instruction.

use diag::Span;
use ir::{
    Attach, Bin, BpfProgram, Builder, Forest, Helper, LossKind, MapId, ProbeId, Program,
    ProgramKind, Role, Sign, State, Ty, ValueId, Width,
};
use stdlib::Kernel;

/// Adds the programs, if any program asks about descendants.
pub(super) fn add(kernel: &dyn Kernel, program: &mut Program) {
    let Some(map) = program.forest.as_ref().map(|forest| forest.map) else { return };
    if let Some(child) = child_id(kernel) {
        let kind = child.kind();
        let name = "sched_process_fork";
        let attach = match child {
            ChildId::InTask(_) => Attach::RawTracepoint { name: name.to_owned() },
            ChildId::InRecord(_) => {
                Attach::Tracepoint { category: "sched".to_owned(), event: name.to_owned() }
            }
        };
        keeper(program, ("keep_fork", kind, attach), |b, losses| fork(b, map, child, losses));
    }
    let raw = |name: &str| Attach::RawTracepoint { name: name.to_owned() };
    let kind = ProgramKind::RawTracepoint;
    keeper(program, ("keep_exec", kind, raw("sched_process_exec")), |b, losses| {
        execute(b, map, losses);
    });
    keeper(program, ("keep_exit", kind, raw("sched_process_exit")), |b, _| exit(b, map));
}

/// Where a tracepoint tells the number of the new thread.
#[derive(Debug, Clone, Copy)]
enum ChildId {
    /// At this place of the `task_struct` that is its second argument.
    InTask(u32),
    /// At this place of its record.
    InRecord(u32),
}

impl ChildId {
    const fn kind(self) -> ProgramKind {
        match self {
            Self::InTask(_) => ProgramKind::RawTracepoint,
            Self::InRecord(_) => ProgramKind::Tracepoint,
        }
    }
}

fn child_id(kernel: &dyn Kernel) -> Option<ChildId> {
    if let Ok(Some(Ty::Record(task))) = kernel.c_type("struct task_struct")
        && let Some(field) = task.fields.iter().find(|field| field.name == "pid")
    {
        return Some(ChildId::InTask(field.offset));
    }
    let format = kernel.tracepoint_format("sched", "sched_process_fork").ok()??;
    let mut fields = format.fields.iter();
    fields
        .find(|field| field.declaration.ends_with(" child_pid"))
        .map(|it| ChildId::InRecord(it.offset))
}

/// Where a keeper counts what it had no room for.
#[derive(Debug, Clone, Copy)]
struct Losses {
    state: ir::GlobalId,
    offset: i32,
}

fn keeper(
    program: &mut Program,
    (name, kind, attach): (&str, ProgramKind, Attach),
    body: impl FnOnce(&mut Builder, Option<Losses>),
) {
    let losses = losses(program);
    let span = Span::default();
    let mut b = Builder::new(name.to_owned(), Role::Program(kind), span);
    body(&mut b, losses);
    // A tracepoint's program that returned 0 would hide the event from others.
    let result = b.constant(i64::from(kind == ProgramKind::Tracepoint));
    b.ret(result);
    let function = program.functions.push(b.finish());
    let id = program.programs.push(BpfProgram {
        name: name.to_owned(),
        kind,
        linking: ir::Linking::Each,
        function,
        probes: Vec::new(),
    });
    if let Some(forest) = &mut program.forest {
        forest.keepers.push((id, attach));
    }
}

/// A counter for processes that are not followed since there is no room for them.
fn losses(program: &mut Program) -> Option<Losses> {
    let state = program.state?.global;
    let probe: ProbeId = program.probes.ids().next()?;
    let span = program.probes[probe].span;
    let loss = ir::Loss { kind: LossKind::Unfollowed, span, probe, table: None };
    let known = program.losses.position(|known| *known == loss);
    let id = known.unwrap_or_else(|| program.losses.push(loss));
    Some(Losses { state, offset: State::LOSSES + 8 * ir::Id::index(id) as i32 })
}

/// What the parent belongs to, its child does; threads are like children.
fn fork(b: &mut Builder, map: MapId, child: ChildId, losses: Option<Losses>) {
    let trees = stdlib::trees_of_current(b, map);
    let done = only_if(b, trees);
    let id = match child {
        ChildId::InTask(offset) => {
            let context = b.context();
            let task = b.load64(context, 8);
            let from = b.bin_const(Bin::Add, task, i64::from(offset));
            let (to, size) = (b.slot(8, 8), b.constant(4));
            b.zero(to, 0, 8, 8);
            b.call(Helper::PROBE_READ_KERNEL, &[to, size, from]);
            b.load(to, 0, Width::W32, Sign::Unsigned)
        }
        ChildId::InRecord(offset) => {
            let context = b.context();
            b.load(context, offset as i32, Width::W32, Sign::Unsigned)
        }
    };
    insert(b, map, (id, trees), losses);
    b.jump(done);
    b.switch_to(done);
}

/// A thread that executes a program takes the place of its process's first thread, which has
/// exited before, and with it its number.
fn execute(b: &mut Builder, map: MapId, losses: Option<Losses>) {
    let both = b.call(Helper::GET_CURRENT_PID_TGID, &[]);
    let now = b.bin_const(Bin::And, both, 0xffff_ffff);
    let context = b.context();
    let before = b.load64(context, 8);
    let before = b.bin_const(Bin::And, before, 0xffff_ffff);
    let differs = b.bin(Bin::Ne, now, before);
    let done = only_if(b, differs);
    let key = b.slot(8, 8);
    b.store(key, 0, Width::W32, before);
    let at = b.map(map);
    let found = b.call(Helper::MAP_LOOKUP_ELEM, &[at, key]);
    let is_null = b.is_null(found);
    let there = b.block();
    b.branch(is_null, done, there);
    b.switch_to(there);
    let trees = b.load64(found, 0);
    insert(b, map, (now, trees), losses);
    let at = b.map(map);
    b.call(Helper::MAP_DELETE_ELEM, &[at, key]);
    b.jump(done);
    b.switch_to(done);
}

fn exit(b: &mut Builder, map: MapId) {
    let both = b.call(Helper::GET_CURRENT_PID_TGID, &[]);
    let key = b.slot(8, 8);
    b.store(key, 0, Width::W32, both);
    let map = b.map(map);
    b.call(Helper::MAP_DELETE_ELEM, &[map, key]);
}

/// Goes on only where `condition` is not zero; the block to end with.
fn only_if(b: &mut Builder, condition: ValueId) -> ir::BlockId {
    let (go_on, done) = (b.block(), b.block());
    b.branch(condition, go_on, done);
    b.switch_to(go_on);
    done
}

fn insert(
    b: &mut Builder,
    map: MapId,
    (id, trees): (ValueId, ValueId),
    losses: Option<Losses>,
) {
    let (key, value) = (b.slot(8, 8), b.slot(8, 8));
    b.store(key, 0, Width::W32, id);
    b.store64(value, 0, trees);
    let (map, any) = (b.map(map), b.constant(0));
    let failed = b.call(Helper::MAP_UPDATE_ELEM, &[map, key, value, any]);
    let Some(Losses { state, offset }) = losses else { return };
    let done = only_if(b, failed);
    let (state, one) = (b.global(state), b.constant(1));
    b.atomic_add(state, offset, one);
    b.jump(done);
    b.switch_to(done);
}

/// Complains of more roots than can be told apart.
pub fn too_many_roots(program: &Program) -> Option<diag::Diagnostic> {
    let count = program.forest.as_ref().map_or(0, |forest| forest.roots.len());
    if count <= Forest::MOST {
        return None;
    }
    let span = program.probes.ids().next().map(|id| program.probes[id].span);
    let title = format!("{count} different processes in `progenyof`, {} at most", Forest::MOST);
    let problem = diag::Diagnostic::new(
        diag::Code::TooManyProbes,
        span.unwrap_or_default(),
        title,
        "the program that starts here",
    );
    Some(problem.help("ask about a process that started them all"))
}
