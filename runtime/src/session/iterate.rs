//! Reading what iterators of the kernel meet.

use std::{
    io::{self, ErrorKind},
    os::fd::OwnedFd,
};

use super::Session;
use crate::error::Error;

impl Session<'_> {
    /// Reads an iterator to its end. Its program writes a byte for each thing that it meets, so
    /// that the kernel comes back in between and the events can be drained.
    pub(super) fn iterate(&mut self, iterator: OwnedFd) -> Result<(), Error> {
        let mut file = std::fs::File::from(iterator);
        let mut bytes = [0; 64];
        loop {
            match io::Read::read(&mut file, &mut bytes) {
                Ok(0) => return Ok(()),
                Ok(_) => {}
                // The kernel has met a million things that were skipped.
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::WouldBlock | ErrorKind::Interrupted
                    ) => {}
                Err(source) => {
                    return Err(Error::System { what: "reading an iterator", source });
                }
            }
            self.drain()?;
            if self.exit_requested().is_some() || self.take_signals()? {
                return Ok(());
            }
        }
    }
}
