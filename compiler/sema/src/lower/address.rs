//! `&`: addresses of the program's own memory, as numbers like other addresses.

use ir::{Helper, Inst, ValueId};

use super::body::BodyLowering;
use crate::typed::{Entry, Target};

impl BodyLowering<'_> {
    /// The address of a variable or of a map's value; 0 if there is no such entry.
    pub(super) fn address_of_target(&mut self, target: &Target) -> ValueId {
        let entry = match target {
            Target::Entry(entry) => entry,
            Target::Variable(variable) => {
                self.trail.read(*variable);
                let memory = self.variable_memory(*variable);
                return self.as_number(memory);
            }
        };
        let table = self.table_of(entry);
        let key = self.entry_key(entry);
        let found = self.find(&table, key);
        self.as_number(found)
    }

    /// The address of a map itself.
    pub(super) fn address_of_map(&mut self, name: &str) -> ValueId {
        let map = self.map_of(name);
        let map = self.b.map(map);
        self.as_number(map)
    }

    /// The BPF map that a map of the script is kept in.
    pub(super) fn map_of(&self, name: &str) -> ir::MapId {
        self.table_of(&Entry { map: name.to_owned(), keys: Vec::new() }).map
    }

    /// An address that the verifier takes for a number. A pointer it would not let the program
    /// calculate with, and one that may be null it would not let it add to.
    fn as_number(&mut self, ptr: ValueId) -> ValueId {
        let from = self.b.slot(8, 8);
        let to = self.b.slot(8, 8);
        self.b.store64(from, 0, ptr);
        let source = self.b.push(Inst::Address(from));
        let size = self.b.constant(8);
        self.b.call(Helper::PROBE_READ_KERNEL, &[to, size, source]);
        self.b.load64(to, 0)
    }
}
