//! From typed programs to the intermediate representation.

mod address;
mod aggregate;
mod apart;
mod body;
mod calls;
mod cast;
mod compare;
mod dispatch;
mod entry;
mod environment;
mod expr;
mod function;
mod gate;
mod imported;
mod keepers;
mod key;
mod loops;
mod memory;
mod namesakes;
mod part;
mod plan;
mod repeats;
mod rows;
mod scratch;
mod sessions;
mod stmt;
mod tables;
mod trail;
mod watchers;

use diag::Sources;
use ir::{
    Bitcode, BpfProgram, Builder, Function, Global, IdVec, Link, Mutability, Probe, Program,
    Role, State,
};
use stdlib::{Feature, Kernel};

pub use apart::Tests;

use crate::Typed;
use body::BodyLowering;
pub(crate) use loops::MOST_PLAIN_TURNS;
use plan::Unit;
use tables::Tables;

pub use keepers::too_many_roots;
pub use repeats::{Repeats, repeats};

/// How much of the stack may be used for values; the rest is for what LLVM spills.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Room {
    /// As much as most programs can do with.
    #[default]
    Usual,
    /// Little: the others are in scratch memory, which takes more instructions.
    Little,
}

/// What is chosen anew where LLVM or the kernel does not take a program.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Form {
    /// How much of the stack is used.
    pub room: Room,
    /// How values are tested.
    pub tests: Tests,
    /// How what is repeated is lowered.
    pub repeats: Repeats,
}

/// Lowers a program that [`crate::check`] found no error in.
pub fn lower(typed: &Typed, sources: Sources, kernel: &dyn Kernel, form: Form) -> Program {
    let mut program = Program {
        sources,
        license: typed.config.license.to_owned(),
        naming: naming(&typed.config),
        ..Program::default()
    };
    let state = program.globals.push(Global {
        name: "state".to_owned(),
        content: Vec::new(),
        align: 8,
        mutability: Mutability::Variable,
    });
    program.state = Some(State { global: state });
    for head in &typed.heads {
        let label = head.probe.label.as_ref().map(|label| label.text.clone());
        let span = head.probe.points.iter().map(|point| point.span).reduce(diag::Span::to);
        program.probes.push(Probe { label, span: span.unwrap_or(head.probe.span) });
    }
    let mut units = plan::units(typed, kernel, &mut program);
    let calls = calls::order(&mut units, &mut program);
    let mut tables = Tables::new(typed, &units, kernel, &mut program);
    tables.room = form.room;
    tables.repeats = if kernel.has(Feature::Loop) { form.repeats } else { Repeats::default() };
    tables.zero = apart::zero(form.tests, &mut program);
    tables::add_ring(typed, &units, &mut program);
    let mut programs = Vec::new();
    for unit in &units {
        programs.push(lower_unit(typed, unit, &tables, kernel, &mut program));
    }
    sessions::join(&units, &mut programs, kernel, &mut program);
    calls.link(&programs, kernel, &mut program);
    keepers::add(kernel, &mut program);
    watchers::add(&mut program);
    if !program.externs.is_empty() {
        let modules = typed
            .own
            .programs
            .iter()
            .map(|(name, it)| Bitcode { name: name.clone(), content: it.bitcode.clone() });
        program.modules = modules.collect();
    }
    let losses = program.losses.len() as i32;
    let size = (State::LOSSES + 8 * losses) as usize;
    let content = &mut program.globals[state].content;
    content.resize(size, 0);
    content[State::RUNNING as usize] = 1;
    program
}

/// Lowers one unit to a program of its own, unless an equal one exists.
fn lower_unit(
    typed: &Typed,
    unit: &Unit<'_>,
    tables: &Tables,
    kernel: &dyn Kernel,
    program: &mut Program,
) -> ir::ProgramId {
    let name = program_name(unit, program);
    let levels = function::Levels::of(unit.body, tables.repeats);
    let callees = function::callees(typed, unit, tables, kernel, (program, &levels));
    let role = Role::Program(unit.kind);
    let b = Builder::new(name.clone(), role, program.probes[unit.probe].span);
    let mut lowering =
        BodyLowering::new(typed, (unit, unit.body), tables, kernel, (program, b));
    (lowering.callees, lowering.call_levels) = (&callees, levels.most);
    let function = lowering.lower();
    let known = if unit.kind.is_bound() {
        None
    } else {
        program.programs.position(|known| {
            known.linking == unit.linking && same(&program.functions, known, &function)
        })
    };
    let id = match known {
        Some(known) => known,
        None => {
            let function = program.functions.push(function);
            let probes = vec![unit.probe];
            program.programs.push(BpfProgram {
                name,
                kind: unit.kind,
                linking: unit.linking,
                function,
                probes,
            })
        }
    };
    for (attach, sites) in plan::links(unit) {
        program.links.push(Link { phase: unit.phase, program: id, attach, sites });
    }
    id
}

/// Whether a program does the same, apart from its name.
fn same(
    functions: &IdVec<ir::FunctionId, Function>,
    known: &BpfProgram,
    function: &Function,
) -> bool {
    same_code(&functions[known.function], function)
}

/// The same for functions.
fn same_code(other: &Function, function: &Function) -> bool {
    other.role == function.role
        && other.inlining == function.inlining
        && other.blocks == function.blocks
        && other.insts == function.insts
        && other.slots == function.slots
        && other.spans == function.spans
}

/// The last part of the attach point's name and a number: at most 15 characters.
fn program_name(unit: &Unit<'_>, program: &Program) -> String {
    let site = unit.sites.first().map(|(site, _)| program.sites[*site].name.as_str());
    let last = site.unwrap_or_default().rsplit(':').find(|part| !part.is_empty());
    let clean = last.unwrap_or_default().chars();
    let clean: String =
        clean.map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    // Names of functions do not start with a digit.
    let clean = if clean.starts_with(|c: char| c.is_ascii_digit()) {
        format!("{}_{clean}", unit.offers.type_name)
    } else {
        clean
    };
    let number = program.programs.len();
    let suffix = format!("_{number}");
    let room = 15 - suffix.len();
    format!("{}{suffix}", clean.get(..room.min(clean.len())).unwrap_or_default())
}

const fn naming(config: &stdlib::Config) -> ir::Naming {
    ir::Naming {
        demangle: config.cpp_demangle,
        lines: config.show_debug_info,
        inlined: config.use_blazesym,
    }
}
