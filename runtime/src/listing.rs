//! How the user wants maps to be printed.

use std::collections::BTreeMap;

use ir::TableId;

use crate::output::Limits;

/// Order and number of entries, by map.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    limits: BTreeMap<TableId, Limits>,
}

impl Listing {
    /// What `limits` say; maps that are not in it are printed whole, in the language's order.
    pub const fn new(limits: BTreeMap<TableId, Limits>) -> Self {
        Self { limits }
    }

    /// What is wanted of a map that `script` prints with these limits: what it says itself wins.
    pub(crate) fn limits(&self, table: TableId, script: Limits) -> Limits {
        let wanted = self.limits.get(&table).copied().unwrap_or_default();
        let top = if script.top == 0 { wanted.top } else { script.top };
        Limits { top, order: script.order.or(wanted.order), ..script }
    }
}
