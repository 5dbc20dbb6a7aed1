//! Room for the first stacks: of maps whose entries are made when they are needed, the kernel keeps
//! a few in stock on each CPU, and refills the stock by an interrupt. A program that itself runs
//! in an interrupt (a sample of a profile) finds what was there before.

use std::{os::fd::AsFd, time::Duration};

use ir::Program;

use crate::{ffi, flight, load::Loaded};

/// `BPF_F_NO_PREALLOC`
const NO_PREALLOC: u32 = 1;

/// A machine that is so busy that it takes longer has its first stacks lost: tracing begins.
const PATIENCE: Duration = Duration::from_millis(200);

/// Has the kernel fill its stock for the maps of stacks, on every CPU that this process may use.
/// A new map has one entry in stock (6.1), and the first sample of a CPU takes two: a kernel stack
/// and one of a process. In 300 runs of such a program about one stack was lost in each.
pub(crate) fn fill(program: &Program, loaded: &Loaded) {
    let stacks: Vec<_> = program
        .stacks
        .iter()
        .map(|id| (&program.maps[*id], loaded.maps[*id].as_fd()))
        .filter(|(map, _)| map.flags & NO_PREALLOC != 0)
        .collect();
    if stacks.is_empty() {
        return;
    }
    flight::on_every_cpu(PATIENCE, || {
        for (map, descriptor) in &stacks {
            // No stack has that number: it is that of an empty one.
            let key = vec![0; map.key_size as usize];
            let value = vec![0; map.value_size as usize];
            // Without it a stack may be lost, which is said.
            let _ = ffi::map_insert(*descriptor, &key, &value);
            let _ = ffi::map_delete(*descriptor, &key);
        }
    });
}
