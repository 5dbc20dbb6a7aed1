//! Where what was lost goes to: which tables take a value that a failed read, a cut text or the
//! like had part in, by way of variables, conditions and functions too. They then show at least
//! what there is.

use std::collections::{BTreeMap, BTreeSet};

use ir::{LossId, LossKind, TableId};

use super::body::BodyLowering;
use crate::typed::VariableId;

/// What a value may be made of.
#[derive(Debug, Clone, Default)]
struct Origins {
    losses: BTreeSet<LossId>,
    variables: BTreeSet<usize>,
}

impl Origins {
    fn add(&mut self, other: &Self) {
        self.losses.extend(&other.losses);
        self.variables.extend(&other.variables);
    }
}

/// The trail of one body. The order of statements does not matter in it, so that loops need no
/// second look.
#[derive(Debug, Default)]
pub(super) struct Trail {
    /// Outside of statements: the predicate.
    always: Origins,
    /// The statements that are being lowered, each inside the one before.
    open: Vec<Origins>,
    variables: BTreeMap<usize, Origins>,
    tables: BTreeMap<TableId, Origins>,
    result: Origins,
}

/// What callers of a function must know.
#[derive(Debug, Clone, Default)]
pub(super) struct Inside {
    /// Losses that had part in its result.
    losses: BTreeSet<LossId>,
    /// Tables that it changes: its arguments may go there.
    tables: BTreeSet<TableId>,
}

impl Trail {
    fn innermost(&mut self) -> &mut Origins {
        self.open.last_mut().unwrap_or(&mut self.always)
    }

    /// What is evaluated now depends on all that the statements around it have read.
    fn now(&self) -> Origins {
        let mut all = self.always.clone();
        self.open.iter().for_each(|open| all.add(open));
        all
    }

    /// A statement begins.
    pub(super) fn begin(&mut self) {
        self.open.push(Origins::default());
    }

    /// It ends.
    pub(super) fn end(&mut self) {
        self.open.pop();
    }

    /// Something may be lost here.
    pub(super) fn lose(&mut self, loss: LossId, kind: LossKind) {
        // Of the others the value is known, or there is none.
        if matches!(
            kind,
            LossKind::ReadFault
                | LossKind::Truncated
                | LossKind::StacksFull
                | LossKind::OutOfBounds
        ) {
            self.innermost().losses.insert(loss);
        }
    }

    /// A variable is read.
    pub(super) fn read(&mut self, variable: VariableId) {
        self.innermost().variables.insert(variable.0);
    }

    /// A variable is set.
    pub(super) fn set(&mut self, variable: VariableId) {
        let now = self.now();
        self.variables.entry(variable.0).or_default().add(&now);
    }

    /// A function gives its result.
    pub(super) fn give(&mut self) {
        let now = self.now();
        self.result.add(&now);
    }

    /// A table is changed.
    fn change(&mut self, table: TableId) {
        let now = self.now();
        self.tables.entry(table).or_default().add(&now);
    }

    /// The losses behind `origins`, through all variables.
    fn behind(&self, origins: &Origins) -> BTreeSet<LossId> {
        let mut all = origins.clone();
        let mut next: Vec<usize> = all.variables.iter().copied().collect();
        while let Some(variable) = next.pop() {
            let Some(from) = self.variables.get(&variable) else { continue };
            all.losses.extend(&from.losses);
            let new = from.variables.iter().filter(|it| all.variables.insert(**it));
            next.extend(new);
        }
        all.losses
    }
}

impl BodyLowering<'_> {
    /// A map is changed.
    pub(super) fn change_table(&mut self, map: &str) {
        if let Some(table) = self.tables.get(map) {
            self.trail.change(table);
        }
    }

    /// A function is called.
    pub(super) fn call_trail(&mut self, inside: &Inside) {
        self.trail.innermost().losses.extend(&inside.losses);
        inside.tables.iter().for_each(|table| self.trail.change(*table));
    }

    /// Notes in the program what the body's tables depend on; what its callers must know.
    pub(super) fn finish_trail(&mut self) -> Inside {
        for (table, origins) in &self.trail.tables {
            let losses = self.trail.behind(origins);
            self.program.touched.extend(losses.into_iter().map(|loss| (loss, *table)));
        }
        Inside {
            losses: self.trail.behind(&self.trail.result),
            tables: self.trail.tables.keys().copied().collect(),
        }
    }
}
