//! The script's functions as subprograms of the kernel. What fits a register is passed in one; the
//! rest, and what the function keeps in memory itself, is in a *record* that the caller provides:
//! on its stack if small, in its scratch frame otherwise. No function calls itself, so that the
//! records of a whole chain of calls are known before it runs, and the 512 bytes of stack that all
//! of them share are divided among them. Functions nearest to the program are inlined where the
//! chain would have more of them than the kernel or the stack takes.

use ir::{Bin, Builder, FunctionId, IdVec, Inlining, Inst, Role, Ty, ValueId, ValueKind};
use stdlib::Kernel;

use super::{
    body::{BodyLowering, Exits},
    environment,
    plan::Unit,
    repeats::Repeats,
    scratch::Memory,
    tables::Tables,
    trail::Inside,
};
use crate::{
    Typed,
    typed::{Body, Expr, ExprId, Function, VariableId},
};

/// Functions that are called inside of each other at the most, the program included.
const MOST_FRAMES: u32 = 5;
/// Values that are passed in registers: the kernel has 5, of which the record and the context
/// may take two.
const MOST_REGISTERS: usize = 3;

/// What callers must know of a function.
#[derive(Debug, Clone)]
pub(super) struct Callee {
    index: usize,
    function: FunctionId,
    parameters: Vec<(Ty, Passed)>,
    record: Option<Record>,
    takes_context: bool,
    /// Where in the record a result is that fits no register.
    result: Option<u32>,
    /// Where in the record is a word that is not 0 once the whole probe is left.
    left: Option<u32>,
    /// What becomes of what is lost in it.
    trail: Inside,
}

/// How an argument is passed.
#[derive(Debug, Clone, Copy)]
enum Passed {
    /// As a value.
    Register,
    /// In the record, from this byte on.
    Record(u32),
}

/// The memory that a function wants from its caller.
#[derive(Debug, Clone, Copy)]
struct Record {
    size: u32,
    /// Whether it must not be on the stack.
    in_frame: bool,
}

/// The function that is being lowered, if it is none that the kernel calls.
#[derive(Debug)]
pub(super) struct Within {
    returns: Ty,
    /// Where in the record the result is.
    result: Option<u32>,
    /// The number of the parameter that is the record; the next one is the context.
    record: u32,
    takes_context: bool,
    /// Whether it may leave the whole probe.
    abandons: bool,
}

/// How deep calls are: for each function of a body, and for the body itself.
#[derive(Debug)]
pub(super) struct Levels {
    /// Function, frames from it on, and whether its own is one of them.
    functions: Vec<(usize, u32, Inlining)>,
    /// Frames of functions that may be below the program's own.
    pub(super) most: u32,
}

impl Levels {
    pub(super) fn of(body: &Body, repeats: Repeats) -> Self {
        let mut out = Self { functions: Vec::new(), most: 0 };
        for function in &body.functions {
            let below = out.below(&function.body);
            let frames = below + 1 + environment::depth(&function.body, repeats);
            let (frames, inlining) = if frames < MOST_FRAMES {
                (frames, Inlining::Never)
            } else {
                (frames - 1, Inlining::Always)
            };
            out.functions.push((function.index, frames, inlining));
        }
        out.most = out.below(body);
        out
    }

    fn below(&self, body: &Body) -> u32 {
        let called = body.exprs.iter().filter_map(Expr::invoked);
        let frames = |index| self.functions.iter().find(|it| it.0 == index).map(|it| it.1);
        called.filter_map(frames).max().unwrap_or(0)
    }

    fn inlining(&self, index: usize) -> Inlining {
        let found = self.functions.iter().find(|it| it.0 == index);
        found.map_or(Inlining::Never, |it| it.2)
    }
}

/// Lowers the functions that a unit's body calls.
pub(super) fn callees(
    typed: &Typed,
    unit: &Unit<'_>,
    tables: &Tables,
    kernel: &dyn Kernel,
    (program, levels): (&mut ir::Program, &Levels),
) -> Vec<Callee> {
    let mut callees = Vec::new();
    for function in &unit.body.functions {
        let b = Builder::new(
            name(&function.name, program),
            Role::Subprogram { parameters: Vec::new() },
            function.span,
        );
        let mut lowering =
            BodyLowering::new(typed, (unit, &function.body), tables, kernel, (program, b));
        (lowering.callees, lowering.call_levels) = (&callees, levels.most);
        let inlining = levels.inlining(function.index);
        let callee = lowering.lower_function(function, inlining);
        callees.push(callee);
    }
    callees
}

/// A name that is the function's own in the module. Those of programs, loops and scratch memory
/// end in a number.
fn name(wanted: &str, program: &ir::Program) -> String {
    let is_taken = |name: &str| {
        program.functions.values().any(|it| it.name == name)
            || program.maps.values().any(|it| it.name == name)
            || program.globals.values().any(|it| it.name == name)
    };
    let last = wanted.rsplit('_').next().unwrap_or_default();
    let numbered = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    if !numbered && !is_taken(wanted) {
        return wanted.to_owned();
    }
    let others = (1..).map(|number| format!("{wanted}_fn{number}"));
    others.into_iter().find(|name| !is_taken(name)).unwrap_or_default()
}

impl BodyLowering<'_> {
    fn lower_function(mut self, function: &Function, inlining: Inlining) -> Callee {
        let scalar = |index: &usize| function.body.variables[*index].ty.is_scalar();
        let registers: Vec<_> =
            (0..function.parameters).filter(scalar).take(MOST_REGISTERS).collect();
        self.b.set_inlining(inlining);
        self.within = Some(Within {
            returns: function.returns.clone(),
            result: None,
            record: registers.len() as u32,
            takes_context: false,
            abandons: false,
        });
        let start = self.b.block();
        let exits = Exits::of_function(&mut self.b, start);
        self.exits = exits;
        self.start_environment();
        self.b.jump(exits.early);
        self.scratch.after_predicate();
        self.b.switch_to(start);
        let parameters = self.take_parameters(function.parameters, &registers);
        if function.returns != Ty::Void && !function.returns.is_scalar() {
            let result = self.allot_kept(function.returns.size(), false);
            self.within_mut(|within| within.result = Some(result));
        }
        self.whole_body();
        self.b.jump(self.exits.leave);
        self.finish_function(function.index, parameters)
    }

    /// Puts parameters where variables are.
    fn take_parameters(&mut self, count: usize, registers: &[usize]) -> Vec<(Ty, Passed)> {
        let mut parameters = Vec::new();
        for index in 0..count {
            let ty = self.body.variables[index].ty.clone();
            if let Some(register) = registers.iter().position(|it| *it == index) {
                let value = self.b.push(Inst::Parameter(register as u32));
                let memory = self.variable_memory(VariableId(index));
                self.b.store64(memory, 0, value);
                parameters.push((ty, Passed::Register));
                continue;
            }
            let size = if ty.is_scalar() { 8 } else { ty.size() };
            let at = self.allot_kept(size, false);
            match &mut self.environment {
                Some(environment) => environment.put(VariableId(index), at),
                None => self.variables[index] = Some(Memory::Frame(at)),
            }
            parameters.push((ty, Passed::Record(at)));
        }
        parameters
    }

    fn finish_function(mut self, index: usize, parameters: Vec<(Ty, Passed)>) -> Callee {
        let Exits { early, start, leave, abandon, .. } = self.exits;
        let within = self.within.as_ref();
        let left = within.is_some_and(|it| it.abandons).then(|| self.allot_kept(8, true));
        let record_at = self.within.as_ref().map_or(0, |it| it.record);
        self.b.switch_to(early);
        self.start_values();
        self.take_record(record_at);
        self.b.jump(start);
        self.b.switch_to(abandon);
        if let Some(left) = left {
            let (word, one) = (self.in_frame(left), self.b.constant(1));
            self.b.store64(word, 0, one);
        }
        self.b.jump(leave);
        self.b.switch_to(leave);
        let value = match (self.result, self.environment.as_ref().and_then(|it| it.result)) {
            (_, Some(at)) => {
                let word = self.in_frame(at);
                self.b.load64(word, 0)
            }
            (Some(it), None) => it.load(&mut self.b),
            (None, None) => self.b.constant(0),
        };
        self.b.ret(value);
        let trail = self.finish_trail();
        let in_frame = self.environment.is_some();
        let size = self.scratch.size();
        let within = self.within.take();
        let takes_context = within.as_ref().is_some_and(|it| it.takes_context);
        let mut kinds = vec![ValueKind::Int; record_at as usize];
        if size.is_some() || takes_context {
            kinds.push(ValueKind::Ptr);
        }
        if takes_context {
            kinds.push(ValueKind::Ptr);
        }
        self.b.set_parameters(kinds);
        let function = self.b.finish();
        let result = within.and_then(|it| it.result);
        let record = size.map(|size| Record { size, in_frame });
        let function = add(&mut self.program.functions, function);
        Callee { index, function, parameters, record, takes_context, result, left, trail }
    }

    fn within_mut(&mut self, change: impl FnOnce(&mut Within)) {
        if let Some(within) = &mut self.within {
            change(within);
        }
    }

    /// The context, if the function at hand is not the program itself.
    pub(super) fn context_parameter(&mut self) -> Option<ValueId> {
        let index = self.within.as_ref()?.record + 1;
        self.within_mut(|within| within.takes_context = true);
        Some(self.b.push(Inst::Parameter(index)))
    }

    /// Notes that the context is used, if the function at hand is not the program itself.
    pub(super) fn note_context(&mut self) {
        self.within_mut(|within| within.takes_context = true);
    }

    /// Whether a function that is not the program itself has use for the context.
    pub(super) fn lacks_context(&self) -> bool {
        self.within.as_ref().is_some_and(|it| !it.takes_context)
    }

    /// Leaves the whole probe.
    pub(super) fn abandon(&mut self) {
        self.within_mut(|within| within.abandons = true);
        self.b.jump(self.exits.abandon);
    }

    /// Sets what the script's function at hand returns; whether there is one.
    pub(super) fn set_function_result(&mut self, value: ExprId) -> bool {
        let Some(within) = &self.within else { return false };
        let (returns, result) = (within.returns.clone(), within.result);
        if let Some(result) = result {
            let to = self.in_frame(result);
            self.store(value, to, &returns);
            self.trail.give();
            return true;
        }
        let value = self.as_scalar(value, &returns);
        self.trail.give();
        if self.environment.is_some() {
            let known = self.environment.as_ref().and_then(|it| it.result);
            let at = known.unwrap_or_else(|| self.allot_kept(8, true));
            if let Some(environment) = &mut self.environment {
                environment.result = Some(at);
            }
            let word = self.in_frame(at);
            self.b.store64(word, 0, value);
        } else {
            let outcome = self.outcome();
            outcome.store(&mut self.b, value);
        }
        true
    }

    /// A scalar, cut to the type.
    fn as_scalar(&mut self, id: ExprId, ty: &Ty) -> ValueId {
        let value = self.scalar(id);
        match (ty, ty.scalar()) {
            (Ty::Bool, _) => self.b.bin_const(Bin::Ne, value, 0),
            (_, Some((width, sign))) => self.b.extend(value, width, sign),
            (_, None) => value,
        }
    }

    /// Calls a function of the script: its result if that is a scalar, else its address.
    pub(super) fn invoke(&mut self, index: usize, args: &[ExprId]) -> ValueId {
        let callees = self.callees;
        let Some(callee) = callees.iter().find(|it| it.index == index) else {
            return self.b.constant(0);
        };
        self.destination = None;
        let record = callee.record.map(|it| {
            if it.in_frame {
                let at = self.allot(it.size);
                self.in_frame(at)
            } else {
                self.temporary(it.size, 8)
            }
        });
        let mut values = Vec::new();
        for (arg, (ty, passed)) in args.iter().zip(&callee.parameters) {
            match (passed, record) {
                (Passed::Register, _) => values.push(self.as_scalar(*arg, ty)),
                (Passed::Record(at), Some(record)) if ty.is_scalar() => {
                    let value = self.as_scalar(*arg, ty);
                    self.b.store64(record, *at as i32, value);
                }
                (Passed::Record(at), Some(record)) => {
                    let to = self.b.offset(record, i64::from(*at));
                    self.store(*arg, to, ty);
                }
                (Passed::Record(_), None) => {}
            }
        }
        match record {
            Some(record) => values.push(record),
            None if callee.takes_context => values.push(self.b.push(Inst::Null)),
            None => {}
        }
        if callee.takes_context {
            values.push(stdlib::Lower::context(self));
        }
        self.call_trail(&callee.trail);
        let result = self.b.call_function(callee.function, &values);
        if let (Some(left), Some(record)) = (callee.left, record) {
            let left = self.b.load64(record, left as i32);
            let (gone, stay) = (self.b.block(), self.b.block());
            self.b.branch(left, gone, stay);
            self.b.switch_to(gone);
            self.abandon();
            self.b.switch_to(stay);
        }
        match (callee.result, record) {
            (Some(at), Some(record)) => self.b.offset(record, i64::from(at)),
            (Some(_) | None, _) => result,
        }
    }
}

impl Exits {
    /// The blocks of a function that the program calls.
    fn of_function(b: &mut Builder, start: ir::BlockId) -> Self {
        let (early, leave, abandon) = (b.block(), b.block(), b.block());
        Self {
            early,
            late: early,
            start,
            predicate: start,
            skip: leave,
            leave,
            abandon,
            out: leave,
            quit: leave,
        }
    }
}

/// Adds a function, unless an equal one exists.
fn add(functions: &mut IdVec<FunctionId, ir::Function>, function: ir::Function) -> FunctionId {
    let known = functions.position(|known| super::same_code(known, &function));
    known.unwrap_or_else(|| functions.push(function))
}
