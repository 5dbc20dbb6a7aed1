//! Of which clock a value is a moment: what `nsecs(…)` gives keeps it in variables, in maps, and
//! when something is added to it.

use stdlib::Clock;

use super::Checker;
use crate::{
    typed::{ExprId, ExprKind},
    types::join_clocks,
};

impl Checker<'_> {
    /// Notes that a variable is given a moment of a clock.
    pub(super) fn note_clock(&mut self, variable: usize, clock: Option<Clock>) {
        let known = self.keys.get(variable).and_then(|key| self.known.variables.get_mut(key));
        if let Some(known) = known {
            known.clock = join_clocks(known.clock, clock);
        }
    }

    /// The clock that the value is a moment of, if it is one.
    pub(super) fn clock(&self, id: ExprId) -> Option<Clock> {
        match &self.body.exprs[id.0].kind {
            ExprKind::Word(..) => self.clocks.get(&id.0).copied(),
            ExprKind::Variable(variable) => self.variable_type(variable.0)?.clock,
            ExprKind::Entry(entry) => self.known.maps.get(&entry.map)?.value.as_ref()?.clock,
            ExprKind::Cast(value) => self.clock(*value),
            ExprKind::Choose(_, a, b) | ExprKind::Otherwise(a, b) => {
                join_clocks(self.clock(*a), self.clock(*b))
            }
            ExprKind::Binary(ir::Bin::Add, a, b) => join_clocks(self.clock(*a), self.clock(*b)),
            // What lies between two moments is none.
            ExprKind::Binary(ir::Bin::Sub, a, b) => {
                self.clock(*a).filter(|_| self.clock(*b).is_none())
            }
            ExprKind::Block(_, value) => self.clock(*value),
            ExprKind::Nothing
            | ExprKind::Int(_)
            | ExprKind::Bool(_)
            | ExprKind::Str(_)
            | ExprKind::WholeMap(_)
            | ExprKind::Type
            | ExprKind::Negate(_)
            | ExprKind::Complement(_)
            | ExprKind::Not(_)
            | ExprKind::Dereference(_)
            | ExprKind::Address(_)
            | ExprKind::AddressOfMap(_)
            | ExprKind::Binary(..)
            | ExprKind::SameBytes(..)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Step(..)
            | ExprKind::Tuple(_)
            | ExprKind::Invoke(..)
            | ExprKind::InvokeC(..)
            | ExprKind::InvokeKernel(..)
            | ExprKind::Part(..)
            | ExprKind::Element(..) => None,
        }
    }
}
