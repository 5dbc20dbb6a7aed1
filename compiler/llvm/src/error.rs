//! What can go wrong here. Whatever it is, the user's program is not to blame.

use inkwell::{builder::BuilderError, support::LLVMString};

/// A failure of code generation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The IR breaks its own rules.
    #[error("malformed code in `{function}`: {problem}")]
    Malformed {
        /// Of the IR.
        function: String,
        /// A sentence.
        problem: String,
    },
    /// The module, or a step with all of it, was refused.
    #[error("LLVM refused the module: {0}")]
    Module(String),
    /// LLVM met a state that it has no answer to, such as a jump over more code than fits.
    #[error("LLVM gave up: {0}")]
    Fatal(String),
    /// An imported program in C is not what this LLVM reads.
    #[error("`{name}` cannot be used, perhaps because its clang is newer: {reason}")]
    Bitcode {
        /// The program.
        name: String,
        /// LLVM's words.
        reason: String,
    },
    /// The back end cannot translate a function.
    #[error("LLVM cannot translate `{function}`: {message}")]
    Function {
        /// Its name.
        function: String,
        /// LLVM's words.
        message: String,
    },
    /// A function needs more than the 512 bytes of stack that the kernel gives.
    #[error("`{function}` needs more than 512 bytes of stack")]
    Stack {
        /// Its name.
        function: String,
    },
}

impl Error {
    /// Whether a jump goes over more code than fits.
    pub fn is_too_long(&self) -> bool {
        matches!(self, Self::Fatal(text) if text.contains("out of insn range"))
    }

    /// Makes one of the text of a diagnostic of the back end.
    pub(crate) fn from_diagnostic(message: &str) -> Self {
        // `<place>: in function NAME TYPE: TEXT`
        let Some((_, rest)) = message.split_once("in function ") else {
            return Self::Module(message.to_owned());
        };
        let (function, message) = rest.split_once(' ').unwrap_or((rest, ""));
        let function = function.to_owned();
        if message.contains("stack limit") {
            return Self::Stack { function };
        }
        let message = message.split_once("): ").map_or(message, |(_, text)| text);
        Self::Function { function, message: message.trim().to_owned() }
    }
}

impl From<BuilderError> for Error {
    fn from(error: BuilderError) -> Self {
        Self::Module(error.to_string())
    }
}

impl From<LLVMString> for Error {
    fn from(message: LLVMString) -> Self {
        Self::Module(message.to_string())
    }
}
