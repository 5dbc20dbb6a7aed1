//! Frames that a program found by frame pointers before it was known whether the code keeps any.

use ir::Unwind;

use super::{Place, Role, Symbols, lock, processes::Processes};
use crate::unwind::Caller;

/// Where a stack ends, as far as it is right.
pub(super) struct End {
    pub(super) frames: usize,
    pub(super) unfinished: bool,
}

impl Symbols {
    /// Takes the marks off the frames whose callers were found by frame pointers before it was
    /// known whether they keep any. By now that is known; says where the stack must end, if it must.
    pub(super) fn check_assumed(
        &self,
        place: Place,
        addresses: &mut [u64],
        roles: &[Role],
    ) -> Option<End> {
        let mut end = None;
        let mut processes = lock(&self.processes);
        for (index, (address, role)) in addresses.iter_mut().zip(roles).enumerate() {
            if *address & Unwind::ASSUMED == 0 || !matches!(place, Place::Process(_)) {
                continue;
            }
            *address &= !Unwind::ASSUMED;
            if end.is_some() {
                continue;
            }
            let caller =
                self.caller(&mut processes, place, address.saturating_sub(role.back()));
            end = match caller {
                Caller::ByFramePointer => None,
                Caller::None => Some(End { frames: index + 1, unfinished: false }),
                Caller::Elsewhere => Some(End { frames: index + 1, unfinished: true }),
            };
        }
        end
    }

    fn caller(&self, processes: &mut Processes, place: Place, address: u64) -> Caller {
        let (Some(tables), Place::Process(process)) = (&self.tables, place) else {
            return Caller::Elsewhere;
        };
        processes.note_once(process);
        let Some(found) = processes.find(process, address) else { return Caller::Elsewhere };
        match (processes.files().key(found.file), processes.files().path(found.file)) {
            (Some(key), Some(path)) => tables.caller(key, path, found.offset),
            _ => Caller::Elsewhere,
        }
    }
}
