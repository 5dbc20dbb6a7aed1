//! Tests that the verifier can't relate to each other. It follows every way through a program, and
//! takes two ways for one again where they know the same. What a test tells of a value that is
//! used later keeps them apart, so that a body with many tests of the same variables has more ways
//! than the verifier follows. Here each test is made on a copy of which it knows nothing: all that
//! a test tells is forgotten with the copy.

use ir::{Bin, Global, GlobalId, Inst, Mutability, Program, Ty, ValueId};

use super::body::BodyLowering;
use crate::typed::ExprId;

/// How values are tested.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tests {
    /// As they are.
    #[default]
    Plain,
    /// As copies, each of which takes three instructions.
    Apart,
}

/// A word of zeros, which the kernel does not know to be zeros.
pub(super) fn zero(tests: Tests, program: &mut Program) -> Option<GlobalId> {
    (tests == Tests::Apart).then(|| {
        program.globals.push(Global {
            name: "zero".to_owned(),
            content: vec![0; 8],
            align: 8,
            mutability: Mutability::Variable,
        })
    })
}

impl BodyLowering<'_> {
    /// The value of a condition, for a branch.
    pub(super) fn condition(&mut self, id: ExprId) -> ValueId {
        let value = self.scalar(id);
        self.tested(id, value)
    }

    /// The value of an expression, for a test.
    pub(super) fn tested(&mut self, id: ExprId, value: ValueId) -> ValueId {
        // The verifier lets no program calculate with pointers that it knows.
        if matches!(self.body.expr(id).ty, Ty::Ptr(..)) { value } else { self.apart(value) }
    }

    fn apart(&mut self, value: ValueId) -> ValueId {
        let Some(zero) = self.tables.zero else { return value };
        if self.b.as_constant(value).is_some() || self.b.is_comparison(value) {
            return value;
        }
        let address = self.b.global(zero);
        let zero = self.b.load64(address, 0);
        // Each is another one for LLVM too, which would make one copy for all tests.
        let zero = self.b.push(Inst::Opaque(zero));
        self.b.bin(Bin::Add, value, zero)
    }
}
