//! The module as a whole: what all functions share, and the order in which it is built.

use inkwell::{
    AddressSpace,
    attributes::{Attribute, AttributeLoc},
    builder::Builder,
    context::Context,
    module::{Linkage, Module},
    types::{BasicMetadataTypeEnum, IntType, PointerType},
    values::FunctionValue,
};
use ir::{Extern, ExternId, Function, FunctionId, IdVec, Inlining, Program, Role, ValueKind};

use crate::{
    Cpu, Error, Options, Slots,
    data::{self, Data},
    debug::{Debug, Scope},
    ffi::Session,
    function::Body,
    link,
    machine::Machine,
};

/// What the functions of a module share.
pub(crate) struct Unit<'c> {
    /// LLVM's context.
    pub(crate) context: &'c Context,
    /// The module.
    pub(crate) module: Module<'c>,
    /// What instructions are made with.
    pub(crate) builder: Builder<'c>,
    /// Types of values.
    pub(crate) types: Types<'c>,
    /// Debug information.
    pub(crate) debug: Debug<'c>,
    /// Maps and global variables.
    pub(crate) data: Data<'c>,
    /// Functions; all are declared before the first has a body.
    pub(crate) functions: IdVec<FunctionId, Declared<'c>>,
    /// Functions of imported programs in C.
    pub(crate) externs: IdVec<ExternId, Extern>,
    /// The CPU level.
    pub(crate) cpu: Cpu,
    /// Where values of slots may be.
    pub(crate) slots: Slots,
}

/// The types of values.
pub(crate) struct Types<'c> {
    /// 1 byte.
    pub(crate) byte: IntType<'c>,
    /// What programs return.
    pub(crate) int: IntType<'c>,
    /// What integers are.
    pub(crate) long: IntType<'c>,
    /// What pointers are.
    pub(crate) ptr: PointerType<'c>,
}

/// A function that may be called or get its body.
pub(crate) struct Declared<'c> {
    /// LLVM's function.
    pub(crate) value: FunctionValue<'c>,
    /// Its debug information.
    pub(crate) scope: Scope<'c>,
}

/// Emits `program` as a module.
pub(crate) fn emit<'c>(
    program: &Program,
    (options, slots): (&Options, Slots),
    machine: &Machine,
    session: &'c Session,
) -> Result<Module<'c>, Error> {
    let context = session.context();
    let name = program.sources.iter().next().map_or("program", |source| &source.name);
    let module = context.create_module(name);
    machine.prepare(&module);
    let types = Types {
        byte: context.i8_type(),
        int: context.i32_type(),
        long: context.i64_type(),
        ptr: context.ptr_type(AddressSpace::default()),
    };
    let debug = Debug::new(context, &module, program);
    let data = data::emit(context, &module, &debug, program);
    for program in &program.modules {
        link::link(&module, program, session)?;
    }
    let builder = context.create_builder();
    let (functions, externs) = (IdVec::default(), program.externs.clone());
    let cpu = machine.cpu();
    let mut unit =
        Unit { context, module, builder, types, debug, data, functions, externs, cpu, slots };
    unit.functions = program
        .functions
        .iter()
        .map(|(id, item)| {
            let bpf = program.programs.values().find(|bpf| bpf.function == id);
            unit.declare(item, bpf.map(ir::BpfProgram::section))
        })
        .collect();
    for (id, function) in program.functions.iter() {
        Body::new(&unit, function, &unit.functions[id]).emit()?;
    }
    unit.debug.finish();
    if options.verify {
        unit.module.verify()?;
    }
    Ok(unit.module)
}

impl<'c> Unit<'c> {
    fn declare(&self, function: &Function, section: Option<&str>) -> Declared<'c> {
        let Types { int, long, ptr, .. } = self.types;
        let (ty, linkage) = match &function.role {
            Role::Program(_) => (int.fn_type(&[ptr.into()], false), Linkage::External),
            Role::Subprogram { parameters } => {
                let ty = |kind: &ValueKind| match kind {
                    ValueKind::Int => BasicMetadataTypeEnum::from(long),
                    ValueKind::Ptr => ptr.into(),
                };
                let parameters: Vec<_> = parameters.iter().map(ty).collect();
                let linkage = match function.inlining {
                    Inlining::Never | Inlining::Always => Linkage::Internal,
                    Inlining::Apart { .. } => Linkage::External,
                };
                (long.fn_type(&parameters, false), linkage)
            }
        };
        let value = self.module.add_function(&function.name, ty, Some(linkage));
        // Without it there would be an `.eh_frame`.
        self.attribute(value, "nounwind");
        match &function.role {
            Role::Program(kind) => {
                value.set_section(Some(section.unwrap_or_else(|| kind.section())));
            }
            Role::Subprogram { .. } => self.attribute(
                value,
                match function.inlining {
                    Inlining::Never | Inlining::Apart { .. } => "noinline",
                    Inlining::Always => "alwaysinline",
                },
            ),
        }
        // The kernel has no `memset` that stores could be merged into.
        let none = self.context.create_string_attribute("no-builtins", "");
        value.add_attribute(AttributeLoc::Function, none);
        let scope = self.debug.function(function);
        value.set_subprogram(scope.subprogram());
        Declared { value, scope }
    }

    fn attribute(&self, function: FunctionValue<'c>, name: &str) {
        function.add_attribute(AttributeLoc::Function, self.named(name));
    }

    /// LLVM's attribute of this name.
    pub(crate) fn named(&self, name: &str) -> Attribute {
        self.context.create_enum_attribute(Attribute::get_named_enum_kind_id(name), 0)
    }
}
