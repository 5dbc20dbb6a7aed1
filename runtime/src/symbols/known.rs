//! What has been found out about addresses. Places in files are known once for all processes.

use std::{collections::HashMap, sync::Arc};

use super::{Frame, Place, Role, files::FileId, frame, processes::Processes};

/// The functions at an address.
#[derive(Debug)]
pub(super) struct Named {
    /// The innermost comes first; empty if nothing is known.
    pub(super) frames: Vec<Frame>,
    /// Their lines in a printed stack.
    pub(super) text: Arc<str>,
}

impl Named {
    fn new(mut frames: Vec<Frame>, role: Role) -> Self {
        if let Some(offset) = frames.last_mut().and_then(|frame| frame.offset.as_mut()) {
            *offset += role.back();
        }
        let mut text = String::new();
        frame::plain(&mut text, &frames);
        Self { frames, text: text.into() }
    }
}

/// Addresses, or places in a file.
type Addresses = HashMap<(Role, u64), Named>;

/// All that has been found out.
#[derive(Debug, Default)]
pub(super) struct Known {
    in_files: HashMap<FileId, Addresses>,
    elsewhere: HashMap<Place, Addresses>,
}

impl Known {
    /// What is known of an address; none if nobody has asked yet.
    pub(super) fn get(
        &self,
        processes: &Processes,
        place: Place,
        role: Role,
        address: u64,
    ) -> Option<&Named> {
        let own = self.elsewhere.get(&place).and_then(|known| known.get(&(role, address)));
        own.or_else(|| {
            let Place::Process(process) = place else { return None };
            let found = processes.find(process, address.saturating_sub(role.back()))?;
            self.in_files.get(&found.file)?.get(&(role, found.offset))
        })
    }

    /// Keeps the functions at a place of a file.
    pub(super) fn keep_in(&mut self, file: FileId, role: Role, offset: u64, found: Vec<Frame>) {
        let known = self.in_files.entry(file).or_default();
        known.insert((role, offset), Named::new(found, role));
    }

    /// Keeps the functions at an address.
    pub(super) fn keep_at(
        &mut self,
        place: Place,
        role: Role,
        address: u64,
        found: Vec<Frame>,
    ) {
        let known = self.elsewhere.entry(place).or_default();
        known.insert((role, address), Named::new(found, role));
    }

    /// Forgets the addresses of one place, those in files excepted.
    pub(super) fn forget(&mut self, place: Place) {
        self.elsewhere.remove(&place);
    }
}
