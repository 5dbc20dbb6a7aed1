//! The words that the programs and user space share while a run lasts ([`ir::State`]).

use std::{io, os::fd::BorrowedFd};

use ir::{Id, LossId, State};

use crate::ffi::{Access, Mapping};

/// The shared words, mapped: reading and writing them needs no system call.
#[derive(Debug)]
pub struct Shared {
    words: Mapping,
}

impl Shared {
    /// Maps the `.data` map, whose value has `size` bytes.
    pub(crate) fn new(data: BorrowedFd<'_>, size: usize) -> io::Result<Self> {
        Ok(Self { words: Mapping::of_map(data, 0, size, Access::Write)? })
    }

    /// Whether the programs still count: nobody has asked for the end.
    pub fn is_running(&self) -> bool {
        self.words.load(State::RUNNING as usize) != 0
    }

    /// Tells the programs to do nothing from now on.
    pub fn stop(&self) {
        self.words.store(State::RUNNING as usize, 0);
    }

    /// Forgets that the script asked for its end.
    pub(crate) fn go_on(&self) {
        self.words.store(State::EXIT as usize, 0);
        self.words.store(State::RUNNING as usize, 1);
    }

    /// The exit code that the script asked for, once it has.
    pub fn exit_requested(&self) -> Option<i32> {
        let word = self.words.load(State::EXIT as usize);
        word.checked_sub(1).map(|code| (code & 0xff) as i32)
    }

    /// Tells the programs when the run started, in nanoseconds of `CLOCK_BOOTTIME`.
    pub fn set_started(&self, nanoseconds: u64) {
        self.words.store(State::STARTED as usize, nanoseconds);
    }

    /// Tells the programs the id of the process that `-c` starts.
    pub fn set_child(&self, pid: u32) {
        self.words.store(State::CHILD as usize, u64::from(pid));
    }

    /// How often something was lost at this place.
    pub fn loss(&self, loss: LossId) -> u64 {
        self.words.load(State::LOSSES as usize + 8 * loss.index())
    }
}
