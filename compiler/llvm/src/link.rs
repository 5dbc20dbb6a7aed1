//! Imported programs in C: their bitcode becomes part of the module. Only their functions count:
//! they become the module's own, so that the verifier sees them where they are called, with what
//! they are given there; what they define as programs for the kernel is no program any more.

use inkwell::{
    attributes::AttributeLoc,
    memory_buffer::MemoryBuffer,
    module::{Linkage, Module},
    values::FunctionValue,
};
use ir::Bitcode;

use crate::{
    Error,
    ffi::{self, Session},
};

/// Adds a program to `module`.
pub(crate) fn link<'c>(
    module: &Module<'c>,
    program: &Bitcode,
    session: &'c Session,
) -> Result<(), Error> {
    let buffer = MemoryBuffer::create_from_memory_range_copy(&program.content, &program.name);
    let unreadable = |reason: String| Error::Bitcode { name: program.name.clone(), reason };
    let added = Module::parse_bitcode_from_buffer(&buffer, session.context());
    let added = added.map_err(|error| unreadable(error.to_string()))?;
    // The licence is the script's, and a module has one.
    let globals = added.get_globals();
    let licences = globals.filter(|it| it.get_section().is_some_and(|it| it == c"license"));
    for licence in licences.collect::<Vec<_>>() {
        // Nothing refers to it any more, so that it goes.
        licence.set_linkage(Linkage::Private);
        licence.set_section(Some(".rodata.license"));
    }
    let names: Vec<_> = functions(&added).collect();
    added.set_triple(&module.get_triple());
    added.set_data_layout(&module.get_data_layout());
    let linked = ffi::link_modules(module, added);
    if linked.is_err() || session.error().is_some() {
        return Err(unreadable(session.error().unwrap_or_default()));
    }
    names.iter().filter_map(|name| module.get_function(name)).for_each(adopt);
    Ok(())
}

/// The functions that a module defines.
fn functions(module: &Module<'_>) -> impl Iterator<Item = String> {
    let all = module.get_functions().filter(|it| it.count_basic_blocks() > 0);
    all.filter_map(|it| it.get_name().to_str().map(str::to_owned).ok())
}

fn adopt(function: FunctionValue<'_>) {
    function.set_linkage(Linkage::Internal);
    function.set_section(None);
    for name in ["target-cpu", "target-features"] {
        function.remove_string_attribute(AttributeLoc::Function, name);
    }
}
