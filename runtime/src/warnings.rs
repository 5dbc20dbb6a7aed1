//! What goes wrong in programs, said while it happens. Programs only count it, at the place where
//! it happens; the reader looks at the counters whenever it looks at the ring.

use std::io;

use ir::{LossKind, Program};

use crate::{
    output::{MessageKind, Output, say_at},
    state::Shared,
};

/// What is said as it happens.
#[derive(Debug, Clone, Default)]
pub struct Warnings {
    /// Of what; of anything else only the ledger tells.
    pub kinds: Vec<LossKind>,
    /// Whether in bpftrace's words.
    pub compat: bool,
}

/// What has been said.
#[derive(Debug, Default)]
pub(crate) struct Warner {
    warnings: Warnings,
    /// By number of the place.
    said: Vec<u64>,
}

impl Warner {
    pub(crate) fn new(warnings: Warnings, program: &Program) -> Self {
        let places = if warnings.kinds.is_empty() { 0 } else { program.losses.len() };
        Self { warnings, said: vec![0; places] }
    }

    /// Says what has happened since the last time, once for each place.
    pub(crate) fn say(
        &mut self,
        program: &Program,
        shared: &Shared,
        output: &mut dyn Output,
    ) -> io::Result<()> {
        for (said, (id, loss)) in self.said.iter_mut().zip(program.losses.iter()) {
            if !self.warnings.kinds.contains(&loss.kind) {
                continue;
            }
            let count = shared.loss(id);
            let new = count - (*said).min(count);
            *said = count;
            if new == 0 {
                continue;
            }
            let table = loss.table.map_or("", |table| program.tables[table].name.as_str());
            let (kind, text) = if self.warnings.compat {
                theirs(loss.kind)
            } else {
                (MessageKind::Runtime, ours(loss.kind, table, new))
            };
            say_at(output, (kind, &text), &program.sources, loss.span)?;
        }
        Ok(())
    }
}

fn ours(kind: LossKind, table: &str, times: u64) -> String {
    let times = if times == 1 { String::new() } else { format!(" ({times} times)") };
    let text = match kind {
        LossKind::Division => "a division by zero: 1 is taken for the result".to_owned(),
        LossKind::MissingKey => format!("{table} has no such key: 0 is taken for the value"),
        LossKind::MissingEntry => format!("{table} has no such key, so nothing was deleted"),
        LossKind::MapFull => format!("{table} is full: an update is lost"),
        LossKind::ReadFault => "memory could not be read: 0 is taken for the value".to_owned(),
        LossKind::RingFull => "the ring buffer is full: an event is lost".to_owned(),
        LossKind::NoScratch => "no scratch memory is free: the probe does nothing".to_owned(),
        LossKind::Truncated => "a string is cut, as it is too long".to_owned(),
        LossKind::StacksFull => "there is no room for another stack".to_owned(),
        LossKind::Refused => "the kernel refused a request".to_owned(),
        LossKind::OutOfBounds => {
            "an index outside of the array: its first element is taken".to_owned()
        }
        LossKind::Unfollowed => "a new thread can't be followed: there are too many".to_owned(),
        LossKind::Turns => {
            "a loop was ended after 8,388,608 turns (128 before Linux 5.17)".to_owned()
        }
    };
    text + &times
}

/// bpftrace's sentence, and the helper and error that it names.
fn theirs(kind: LossKind) -> (MessageKind<'static>, String) {
    let helper = |name, code| MessageKind::Helper { name, code };
    match kind {
        LossKind::Division => (
            MessageKind::Runtime,
            "Divide or modulo by 0 detected. This can lead to unexpected results. 1 is being \
             used as the result."
                .to_owned(),
        ),
        LossKind::OutOfBounds => (
            MessageKind::Runtime,
            "Array access out of bounds. This can lead to unexpected results.".to_owned(),
        ),
        LossKind::MissingKey => (
            helper("map_lookup_elem", 0),
            "Can't lookup map element because it does not exist.".to_owned(),
        ),
        LossKind::MissingEntry => (
            helper("map_delete_elem", -2),
            "Can't delete map element because it does not exist.".to_owned(),
        ),
        LossKind::MapFull => (
            helper("map_update_elem", -7),
            "Map full; can't update element. Try increasing max_map_keys config or manually \
             setting the max entries in a map declaration e.g. `let @a = hash(5000)`"
                .to_owned(),
        ),
        LossKind::ReadFault => (helper("probe_read", -14), "Bad address".to_owned()),
        LossKind::RingFull
        | LossKind::NoScratch
        | LossKind::Truncated
        | LossKind::StacksFull
        | LossKind::Refused
        | LossKind::Unfollowed
        | LossKind::Turns => (MessageKind::Runtime, ours(kind, "", 1)),
    }
}
