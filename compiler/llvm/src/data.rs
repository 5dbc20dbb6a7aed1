//! Everything of a module that is not code: maps, global variables, the licence.

use inkwell::{
    AddressSpace,
    context::Context,
    module::{Linkage, Module},
    types::BasicType,
    values::{BasicValue, GlobalValue},
};
use ir::{Global, GlobalId, IdVec, Map, MapId, Mutability, Program};

use crate::debug::Debug;

/// The addresses of maps and global variables.
pub(crate) struct Data<'c> {
    /// Of maps.
    pub(crate) maps: IdVec<MapId, GlobalValue<'c>>,
    /// Of global variables.
    pub(crate) globals: IdVec<GlobalId, GlobalValue<'c>>,
}

/// Adds them all to `module`.
pub(crate) fn emit<'c>(
    context: &'c Context,
    module: &Module<'c>,
    debug: &Debug<'c>,
    program: &Program,
) -> Data<'c> {
    let maps = program.maps.values().map(|item| map(context, module, debug, item)).collect();
    // Sections keep the order of the module: what the runtime shares comes first.
    let first = program.state.map(|state| state.global);
    let mut order: Vec<GlobalId> = program.globals.ids().collect();
    order.sort_by_key(|id| Some(*id) != first);
    let mut globals: Vec<_> = order
        .into_iter()
        .map(|id| (id, global(context, module, debug, &program.globals[id])))
        .collect();
    globals.sort_by_key(|(id, _)| *id);
    license(context, module, &program.license);
    Data { maps, globals: globals.into_iter().map(|(_, value)| value).collect() }
}

/// A map, as libbpf wants it defined.
fn map<'c>(
    context: &'c Context,
    module: &Module<'c>,
    debug: &Debug<'c>,
    map: &Map,
) -> GlobalValue<'c> {
    let attributes = [
        ("type", map.kind.number()),
        ("max_entries", map.max_entries),
        ("key_size", map.key_size),
        ("value_size", map.value_size),
        ("map_flags", map.flags),
    ];
    let attributes: Vec<_> = attributes.into_iter().filter(|(_, value)| *value > 0).collect();
    let members = vec![context.ptr_type(AddressSpace::default()).into(); attributes.len()];
    let ty = context.struct_type(&members, false);
    let global = add(module, &map.name, &ty.const_zero(), ".maps", 8);
    debug.map(global, &map.name, &attributes);
    global
}

/// A global variable. It is external, so that LLVM takes nothing for granted of what user space
/// may write, and removes none that user space looks for.
fn global<'c>(
    context: &'c Context,
    module: &Module<'c>,
    debug: &Debug<'c>,
    global: &Global,
) -> GlobalValue<'c> {
    let section = match global.mutability {
        Mutability::Constant => ".rodata",
        Mutability::Variable => ".data",
    };
    let content = context.const_string(&global.content, false);
    let value = add(module, &global.name, &content, section, global.align.max(1));
    value.set_constant(global.mutability == Mutability::Constant);
    debug.bytes(value, &global.name, global.content.len());
    value
}

/// The licence, which decides what helpers the kernel allows.
fn license<'c>(context: &'c Context, module: &Module<'c>, license: &str) {
    let text = context.const_string(license.as_bytes(), true);
    add(module, "_license", &text, "license", 1);
}

fn add<'c, V: BasicValue<'c>>(
    module: &Module<'c>,
    name: &str,
    content: &V,
    section: &str,
    align: u32,
) -> GlobalValue<'c> {
    let content = content.as_basic_value_enum();
    let global = module.add_global(content.get_type().as_basic_type_enum(), None, name);
    global.set_initializer(&content);
    global.set_section(Some(section));
    global.set_alignment(align);
    global.set_linkage(Linkage::External);
    global
}
