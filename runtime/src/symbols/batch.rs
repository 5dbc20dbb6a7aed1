//! Many stacks at once, before they are printed: the places of one file are looked up together, and
//! what was read of the file is forgotten before the next is opened. So what all files need is no
//! more than what the largest of them needs.

use std::collections::{BTreeMap, BTreeSet};

use ir::{Stack, StackMode};

use super::{Place, Role, Symbols, files::FileId, lock, marks::Walked};

/// What is to be looked up.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    in_files: BTreeMap<FileId, BTreeSet<(u64, Role)>>,
}

impl Symbols {
    /// Notes the frames of a stack that lie in files and have no names yet.
    pub(crate) fn gather(&self, batch: &mut Batch, shape: Stack, process: u32, frames: &[u8]) {
        let place = Place::of(shape, process);
        let named = matches!(shape.mode, StackMode::Bpftrace | StackMode::Perf);
        if place == Place::Kernel || !named {
            return;
        }
        let Walked { addresses, roles, .. } = self.walked(place, frames, false);
        let inner = lock(&self.inner);
        let mut processes = lock(&self.processes);
        processes.note_once(process);
        for (address, role) in addresses.iter().zip(roles) {
            let within = address.saturating_sub(role.back());
            if inner.known.get(&processes, place, role, *address).is_none()
                && let Some(found) = processes.find(process, within)
                && !processes.may_be_made(found.file)
            {
                batch.in_files.entry(found.file).or_default().insert((found.offset, role));
            }
        }
    }

    /// Looks up what was noted, file by file.
    pub(crate) fn look_up(&self, batch: Batch) {
        let mut inner = lock(&self.inner);
        let processes = lock(&self.processes);
        for (file, places) in batch.in_files {
            // Neighbours are described together.
            for places in
                places.into_iter().collect::<Vec<_>>().chunks(super::open::MOST_PLACES)
            {
                let offsets: Vec<u64> = places.iter().map(|(offset, _)| *offset).collect();
                let mut found = inner.in_file(&processes, file, &offsets);
                found.resize(places.len(), Vec::new());
                for ((offset, role), found) in places.iter().zip(found) {
                    inner.known.keep_in(file, *role, *offset, found);
                }
            }
            inner.open.close();
        }
    }
}
