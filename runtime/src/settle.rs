//! What of an object depends on more than the compiler may say: calls of the kernel's functions,
//! which no assembler of BPF can write by number.

use std::borrow::Cow;

use ir::{Inst, Program};
use object::{File, Object, ObjectSection, SectionKind};

use crate::ffi;

/// The object with its calls of [`ir::KERNEL_CALLS`] as the kernel wants them.
pub(crate) fn kernel_calls<'o>(program: &Program, object: &'o [u8]) -> Cow<'o, [u8]> {
    let calls = |inst: &Inst| matches!(inst, Inst::CallKernel(..));
    if !program.functions.values().any(|function| function.insts.values().any(calls)) {
        return Cow::Borrowed(object);
    }
    let Ok(file) = File::parse(object) else { return Cow::Borrowed(object) };
    let code = file.sections().filter(|section| section.kind() == SectionKind::Text);
    let ranges: Vec<_> = code.filter_map(|section| section.file_range()).collect();
    let mut settled = object.to_vec();
    for (start, size) in ranges {
        let (start, end) = (start as usize, start.saturating_add(size) as usize);
        if let Some(code) = settled.get_mut(start..end) {
            ffi::settle_kernel_calls(code);
        }
    }
    Cow::Owned(settled)
}
