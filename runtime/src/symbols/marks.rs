//! Which frames of a stack are behind a call, and which are where the process was.

use ir::Unwind;

use super::{Place, Role, Symbols};

/// A stack as a program walked it.
pub(super) struct Walked {
    pub(super) addresses: Vec<u64>,
    pub(super) roles: Vec<Role>,
    /// Whether there were callers that could not be found.
    pub(super) unfinished: bool,
}

impl Symbols {
    /// Takes the marks off the frames of a stack, and cuts it where it can't be followed.
    pub(super) fn walked(&self, place: Place, frames: &[u8], unfinished: bool) -> Walked {
        let words = frames.chunks_exact(8).filter_map(|word| word.try_into().ok());
        let mut addresses: Vec<u64> = words.map(u64::from_le_bytes).collect();
        let roles = take(place, &mut addresses);
        let mut unfinished = unfinished;
        if let Some(end) = self.check_assumed(place, &mut addresses, &roles) {
            addresses.truncate(end.frames);
            unfinished = end.unfinished;
        }
        Walked { addresses, roles, unfinished }
    }
}

/// The role of each frame; takes the marks that say so off.
fn take(place: Place, addresses: &mut [u64]) -> Vec<Role> {
    let role = |(index, address): (usize, &mut u64)| {
        // Addresses of the kernel have all of these bits.
        let is_unusual = matches!(place, Place::Process(_)) && *address & Unwind::UNUSUAL != 0;
        if is_unusual {
            *address &= !Unwind::UNUSUAL;
        }
        if (index == 0) == is_unusual { Role::Return } else { Role::Exact }
    };
    addresses.iter_mut().enumerate().map(role).collect()
}

#[cfg(test)]
mod tests {
    use ir::Unwind;

    use super::{Place, Role, take};

    #[test]
    fn marks_say_which_frames_are_otherwise() {
        let mut addresses = [0x10, 0x20, 0x30 | Unwind::UNUSUAL];
        let roles = take(Place::Process(1), &mut addresses);
        assert_eq!(roles, [Role::Exact, Role::Return, Role::Exact]);
        assert_eq!(addresses, [0x10, 0x20, 0x30]);
        let mut called = [0x10 | Unwind::UNUSUAL];
        assert_eq!(take(Place::Process(1), &mut called), [Role::Return]);
        let mut kernel = [u64::MAX, u64::MAX];
        assert_eq!(take(Place::Kernel, &mut kernel), [Role::Exact, Role::Return]);
        assert_eq!(kernel, [u64::MAX, u64::MAX]);
    }
}
