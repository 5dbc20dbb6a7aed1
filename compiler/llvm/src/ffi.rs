//! The few calls into LLVM that inkwell lacks or that it cannot know to be sound.
#![expect(unsafe_code, reason = "calls into LLVM's C interface")]

use std::{
    any::Any,
    cell::{Cell, RefCell},
    ffi::{CStr, c_char, c_void},
    panic::{self, AssertUnwindSafe},
    ptr,
    sync::Once,
};

use inkwell::{
    builder::{Builder, BuilderError},
    context::Context,
    debug_info::{DIFile, DebugInfoBuilder},
    llvm_sys::{
        LLVMDiagnosticSeverity,
        core::{
            LLVMContextSetDiagnosticHandler, LLVMDisposeMemoryBuffer, LLVMDisposeMessage,
            LLVMGetBufferSize, LLVMGetBufferStart, LLVMGetDiagInfoDescription,
            LLVMGetDiagInfoSeverity,
        },
        debuginfo::{LLVMChecksumKind, LLVMDIBuilderCreateFileWithChecksum},
        error::{LLVMDisposeErrorMessage, LLVMErrorRef, LLVMGetErrorMessage},
        error_handling::{LLVMFatalErrorHandler, LLVMInstallFatalErrorHandler},
        linker::LLVMLinkModules2,
        prelude::{
            LLVMBool, LLVMDiagnosticInfoRef, LLVMMemoryBufferRef, LLVMMetadataRef,
            LLVMModuleRef,
        },
        support::LLVMParseCommandLineOptions,
        target_machine::{LLVMCodeGenFileType, LLVMTargetMachineRef},
        transforms::pass_builder::LLVMPassBuilderOptionsRef,
    },
    module::Module,
    passes::PassBuilderOptions,
    targets::TargetMachine,
    types::IntType,
    values::{IntValue, PointerValue},
};

use crate::Error;

// As in llvm-sys, except that they may be left by unwinding: see `guarded`.
unsafe extern "C-unwind" {
    fn LLVMRunPasses(
        module: LLVMModuleRef,
        passes: *const c_char,
        machine: LLVMTargetMachineRef,
        options: LLVMPassBuilderOptionsRef,
    ) -> LLVMErrorRef;
    fn LLVMTargetMachineEmitToMemoryBuffer(
        machine: LLVMTargetMachineRef,
        module: LLVMModuleRef,
        kind: LLVMCodeGenFileType,
        message: *mut *mut c_char,
        buffer: *mut LLVMMemoryBufferRef,
    ) -> LLVMBool;
}

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

/// Sets what LLVM lets be set for the whole process only.
pub(crate) fn configure() {
    static ONCE: Once = Once::new();
    // The default list scheduler takes quadratic time in the length of a block: 2 s instead of
    // 0.4 s for 5,000 calls in a row. Its code is not shorter.
    let arguments = [c"hawk".as_ptr(), c"-pre-RA-sched=source".as_ptr()];
    // SAFETY: there are as many arguments as it says, and each ends in 0; LLVM only reads them.
    // Nobody else in this process sets options.
    ONCE.call_once(|| unsafe {
        LLVMParseCommandLineOptions(2, arguments.as_ptr(), c"".as_ptr());
    });
}

/// Runs a pipeline of passes.
pub(crate) fn run_passes(
    module: &Module<'_>,
    passes: &CStr,
    machine: &TargetMachine,
    options: &PassBuilderOptions,
) -> Result<(), Error> {
    let (module, machine) = (module.as_mut_ptr(), machine.as_mut_ptr());
    let options = options.as_mut_ptr();
    // SAFETY: all are alive, and the name of the pipeline ends in 0.
    guarded(|| unsafe {
        let error = LLVMRunPasses(module, passes.as_ptr(), machine, options);
        if error.is_null() {
            return Ok(());
        }
        let message = LLVMGetErrorMessage(error);
        let text = CStr::from_ptr(message).to_string_lossy().into_owned();
        LLVMDisposeErrorMessage(message);
        Err(Error::Module(text))
    })
}

/// Moves what is in `added` to `module`. LLVM tells the reason of a failure to the handler of
/// [`Session`]; inkwell's own function would replace that handler by one that does not live long.
pub(crate) fn link_modules(module: &Module<'_>, added: Module<'_>) -> Result<(), Error> {
    let (target, source) = (module.as_mut_ptr(), added.as_mut_ptr());
    // LLVM takes it over, whatever comes of it.
    std::mem::forget(added);
    // SAFETY: both modules are alive and of one context, and nobody uses the second one again.
    guarded(|| unsafe {
        if LLVMLinkModules2(target, source) == 0 {
            return Ok(());
        }
        Err(Error::Module("it cannot be linked".to_owned()))
    })
}

/// Generates the object.
pub(crate) fn object(module: &Module<'_>, machine: &TargetMachine) -> Result<Vec<u8>, Error> {
    let (module, machine) = (module.as_mut_ptr(), machine.as_mut_ptr());
    let kind = LLVMCodeGenFileType::LLVMObjectFile;
    let (mut message, mut buffer) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: module and machine are alive; LLVM fills in either the message or the buffer,
    // which are ours until we dispose of them.
    guarded(|| unsafe {
        let (message, buffer) = (&raw mut message, &raw mut buffer);
        if LLVMTargetMachineEmitToMemoryBuffer(machine, module, kind, message, buffer) != 0 {
            let text = CStr::from_ptr(*message).to_string_lossy().into_owned();
            LLVMDisposeMessage(*message);
            return Err(Error::Module(text));
        }
        let (start, size) = (LLVMGetBufferStart(*buffer), LLVMGetBufferSize(*buffer));
        let content = std::slice::from_raw_parts(start.cast::<u8>(), size).to_vec();
        LLVMDisposeMemoryBuffer(*buffer);
        Ok(content)
    })
}

thread_local! {
    /// Whether this thread is inside of `guarded`.
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// What LLVM says when it gives up.
struct Fatal(String);

/// Does `work`, and comes back even if LLVM meets what it calls a fatal error, after which it
/// would end the process. Then module, context and machine must be forgotten, not dropped.
fn guarded<T>(work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
    static INSTALL: Once = Once::new();
    // SAFETY: `give_up` has the type that LLVM wants, but for its way to be left: LLVM is built
    // without exceptions, so that its frames have nothing to clean up and leaving them is what
    // its own `CrashRecoveryContext` does with `longjmp`. What they own is leaked.
    INSTALL.call_once(|| unsafe {
        let handler: extern "C-unwind" fn(*const c_char) = give_up;
        let handler = std::mem::transmute::<
            extern "C-unwind" fn(*const c_char),
            extern "C" fn(*const c_char),
        >(handler);
        let handler: LLVMFatalErrorHandler = Some(handler);
        LLVMInstallFatalErrorHandler(handler);
    });
    GUARDED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    result.unwrap_or_else(|problem: Box<dyn Any + Send>| match problem.downcast::<Fatal>() {
        Ok(fatal) => Err(Error::Fatal(fatal.0)),
        Err(panic) => panic::resume_unwind(panic),
    })
}

/// LLVM calls it before it would end the process.
extern "C-unwind" fn give_up(reason: *const c_char) {
    if GUARDED.get() {
        // SAFETY: LLVM passes a string that ends in 0.
        let reason = unsafe { CStr::from_ptr(reason) }.to_string_lossy().into_owned();
        panic::resume_unwind(Box::new(Fatal(reason)));
    }
}
