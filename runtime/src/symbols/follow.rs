//! Stacks frame by frame, for those who draw them instead of printing them.

use ir::{Stack, StackMode};

use super::{Frame, Place, Symbols, frame, lock, marks::Walked, processes::Processes, sound};

/// How a stack ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Followed {
    /// With its first caller.
    Whole,
    /// Before: there were callers that could not be found.
    Broken,
    /// It was taken and is not there any more.
    Lost,
}

impl Symbols {
    /// Calls `each` for the frames of a stack, the innermost first: with its address and with the
    /// functions there, as in [`Symbols::frames`].
    pub(crate) fn follow(
        &self,
        (shape, process): (Stack, u32),
        frames: &[u8],
        unfinished: bool,
        each: &mut dyn FnMut(u64, &[Frame]),
    ) -> Followed {
        if shape.mode == StackMode::BuildId {
            let mut text = String::new();
            frame::build_ids(&mut text, frames);
            for line in text.lines() {
                let place = Frame {
                    name: line.replace(' ', "+"),
                    module: None,
                    offset: Some(0),
                    line: None,
                };
                each(0, &[place]);
            }
            return if unfinished { Followed::Broken } else { Followed::Whole };
        }
        let place = Place::of(shape, process);
        let Walked { addresses, roles, unfinished } = self.walked(place, frames, unfinished);
        let mut inner = lock(&self.inner);
        let mut processes = lock(&self.processes);
        inner.look_up(&mut processes, place, &addresses, &roles);
        let sound = sound(&processes, place, &addresses, &roles);
        for (address, role) in sound.iter().zip(roles) {
            match inner.known.get(&processes, place, role, *address) {
                Some(named) if !named.frames.is_empty() => each(*address, &named.frames),
                Some(_) | None => {
                    let within = address.saturating_sub(role.back());
                    let file = file_of(&processes, place, within);
                    each(*address, file.as_slice());
                }
            }
        }
        if unfinished || sound.len() < addresses.len() {
            Followed::Broken
        } else {
            Followed::Whole
        }
    }
}

/// The file that the code at an address comes from, in the place of a function: `[libfoo.so]`.
fn file_of(processes: &Processes, place: Place, address: u64) -> Option<Frame> {
    let Place::Process(process) = place else { return None };
    let found = processes.find(process, address)?;
    let path = processes.files().name(found.file);
    let name = path.rsplit('/').next().unwrap_or(path);
    Some(Frame {
        name: format!("[{name}]"),
        module: Some(path.to_owned()),
        offset: Some(0),
        line: None,
    })
}
