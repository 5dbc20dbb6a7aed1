//! The few calls into LLVM that inkwell lacks or that it cannot know to be sound.
#![expect(unsafe_code, reason = "calls into LLVM's C interface")]

use std::{cell::RefCell, ffi::CStr, ffi::c_void};

use inkwell::{
    builder::{Builder, BuilderError},
    context::Context,
    debug_info::{DIFile, DebugInfoBuilder},
    llvm_sys::{
        LLVMDiagnosticSeverity,
        core::{
            LLVMContextSetDiagnosticHandler, LLVMDisposeMessage, LLVMGetDiagInfoDescription,
            LLVMGetDiagInfoSeverity,
        },
        debuginfo::{LLVMChecksumKind, LLVMDIBuilderCreateFileWithChecksum},
        prelude::{LLVMDiagnosticInfoRef, LLVMMetadataRef},
    },
    types::IntType,
    values::{IntValue, PointerValue},
};

/// An LLVM context that collects the errors of the back end. LLVM's own handler would print
/// them and end the process.
pub(crate) struct Session {
    // Dropped before `errors`, which the handler writes to.
    context: Context,
    errors: Box<RefCell<Vec<String>>>,
}

impl Session {
    /// A new context.
    pub(crate) fn new() -> Self {
        let context = Context::create();
        let errors = Box::new(RefCell::new(Vec::new()));
        let target: *const RefCell<Vec<String>> = &raw const *errors;
        // SAFETY: the context is alive; `target` stays where it is, in its box, for longer than
        // the context lives, because the fields of `Session` are dropped in order.
        unsafe {
            LLVMContextSetDiagnosticHandler(
                context.raw(),
                Some(collect),
                target.cast_mut().cast(),
            );
        }
        Self { context, errors }
    }

    /// LLVM's context.
    pub(crate) const fn context(&self) -> &Context {
        &self.context
    }

    /// The first error so far, if there was one.
    pub(crate) fn error(&self) -> Option<String> {
        self.errors.borrow().first().cloned()
    }
}

/// LLVM calls it with every diagnostic.
extern "C" fn collect(diagnostic: LLVMDiagnosticInfoRef, errors: *mut c_void) {
    // SAFETY: LLVM passes a live diagnostic.
    let severity = unsafe { LLVMGetDiagInfoSeverity(diagnostic) };
    if severity as u32 != LLVMDiagnosticSeverity::LLVMDSError as u32 {
        return;
    }
    // SAFETY: LLVM gives a string that ends in 0 and is ours until we dispose of it.
    let message = unsafe {
        let text = LLVMGetDiagInfoDescription(diagnostic);
        let message = CStr::from_ptr(text).to_string_lossy().into_owned();
        LLVMDisposeMessage(text);
        message
    };
    // SAFETY: it is what `Session::new` passed, which outlives the context; only shared
    // references to it exist.
    let errors = unsafe { &*errors.cast::<RefCell<Vec<String>>>() };
    if let Ok(mut errors) = errors.try_borrow_mut() {
        errors.push(message);
    }
}

/// A source file whose text is in the debug information, so that nobody has to read the file.
pub(crate) fn file_with_text<'c>(
    builder: &DebugInfoBuilder<'c>,
    name: &str,
    text: &str,
) -> DIFile<'c> {
    // LLVM wants a checksum when it gets a text; only DWARF readers would compare it.
    let checksum = [b'0'; 32];
    // SAFETY: every pointer comes with its length and is only read during the call; `DIFile` is
    // a transparent wrapper of the reference, which is never null.
    unsafe {
        let file = LLVMDIBuilderCreateFileWithChecksum(
            builder.as_mut_ptr(),
            name.as_ptr().cast(),
            name.len(),
            c"".as_ptr(),
            0,
            LLVMChecksumKind::CSK_MD5,
            checksum.as_ptr().cast(),
            checksum.len(),
            text.as_ptr().cast(),
            text.len(),
        );
        std::mem::transmute::<LLVMMetadataRef, DIFile<'c>>(file)
    }
}

/// `ptr + bytes`
pub(crate) fn offset<'c>(
    builder: &Builder<'c>,
    byte: IntType<'c>,
    ptr: PointerValue<'c>,
    bytes: IntValue<'c>,
) -> Result<PointerValue<'c>, BuilderError> {
    // SAFETY: the element is a byte and the index a 64-bit integer of the same context. Without
    // `inbounds` no index is undefined behaviour of the emitted code.
    unsafe { builder.build_gep(byte, ptr, &[bytes], "") }
}
