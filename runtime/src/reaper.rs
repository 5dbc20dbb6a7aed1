//! The end of the process. Detaching waits for the kernel (49–90 ms for each perf tracepoint,
//! 104–116 for each uprobe), so a small process takes over what is attached but already stopped,
//! and the user gets the prompt back.

use std::{
    os::fd::{AsRawFd, OwnedFd},
    thread,
    time::Duration,
};

use crate::{
    attach::Attached,
    ffi::{self, Fork},
};

/// When the process gives up; the kernel then detaches what is left.
const LIMIT: Duration = Duration::from_secs(10);
/// Milliseconds in which the parent should have left.
const PATIENCE: u32 = 500;
/// Detaching in threads shares grace periods; more than this brings nothing.
const THREADS: usize = 16;

/// Ends this process with `code`, at once.
pub(crate) fn leave(attached: Attached, code: i32) -> ! {
    if !attached.is_slow || attached.descriptors.is_empty() {
        ffi::exit_now(code);
    }
    let parent = std::process::id();
    match ffi::fork() {
        Ok(Fork::Child) => detach(attached, parent),
        // Without another process, this one waits for the kernel as it exits.
        Ok(Fork::Parent(_)) | Err(_) => ffi::exit_now(code),
    }
}

fn detach(attached: Attached, parent: u32) -> ! {
    ffi::new_session();
    ffi::end_after(LIMIT);
    // Not before the parent has left: an exit takes locks that a release of its perf events holds
    // for as long as the kernel waits (measured: 5 ms to the prompt, or 1.4 s).
    for _ in 0..PATIENCE {
        if std::os::unix::process::parent_id() != parent {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    // Readers of our output must see its end now, and nobody's directory may be held.
    close_all_but(&attached.descriptors);
    let _ = std::env::set_current_dir("/");
    let mut descriptors = attached.descriptors;
    let share = descriptors.len().div_ceil(THREADS).max(2);
    thread::scope(|scope| {
        while !descriptors.is_empty() {
            let part = descriptors.split_off(descriptors.len().saturating_sub(share));
            scope.spawn(move || drop(part));
        }
    });
    ffi::exit_now(0)
}

/// Closes every descriptor of this process that is not among `kept`.
pub(crate) fn close_all_but(kept: &[OwnedFd]) {
    let mut numbers: Vec<u32> = kept.iter().map(|fd| fd.as_raw_fd() as u32).collect();
    numbers.sort_unstable();
    let mut next = 0;
    for number in numbers {
        if number > next {
            ffi::close_range(next, number - 1);
        }
        next = number + 1;
    }
    ffi::close_range(next, u32::MAX);
}
