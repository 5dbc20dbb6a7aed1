//! Ways from block to block.

use crate::{BlockId, Builder, Terminator, ValueId};

impl Builder {
    /// Ends the current block with a jump.
    pub fn jump(&mut self, to: BlockId) {
        self.end(Terminator::Jump(to));
    }

    /// Ends the current block: to `then` if `condition` is not zero, else to `other`.
    pub fn branch(&mut self, condition: ValueId, then: BlockId, other: BlockId) {
        self.end(Terminator::Branch { condition, then, other });
    }

    /// Ends the current block and leaves the function.
    pub fn ret(&mut self, value: ValueId) {
        self.end(Terminator::Return(value));
    }

    /// Goes to `to` if `condition` is not zero, else on: in a new block.
    pub fn leave_if(&mut self, condition: ValueId, to: BlockId) {
        let next = self.block();
        self.branch(condition, to, next);
        self.switch_to(next);
    }

    /// Goes on, in a new block, if `condition` is not zero, else to `to`.
    pub fn leave_unless(&mut self, condition: ValueId, to: BlockId) {
        let next = self.block();
        self.branch(condition, next, to);
        self.switch_to(next);
    }
}
