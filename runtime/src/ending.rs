//! What another signal does to a run that is ending already: none loses what was counted unless
//! the user insists, and then it is said.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use libc::c_int;

use crate::ffi;

/// Signals that came since the end began.
static SIGNALS: AtomicU32 = AtomicU32::new(0);

/// Whether maps are being printed.
static PRINTS: AtomicBool = AtomicBool::new(false);

const CUT: &[u8] = b"hawk: interrupted while it ended: what it printed is not all\n";

/// The end begins. Until it prints, one more signal changes nothing: it is the same Ctrl-C for
/// someone who pressed it twice.
pub(crate) fn begin() {
    ffi::handle_signals(count);
}

/// Maps are printed from now on, which can take long: a signal ends the process at once.
pub(crate) fn print() {
    PRINTS.store(true, Ordering::Relaxed);
}

extern "C" fn count(signal: c_int) {
    let before = SIGNALS.fetch_add(1, Ordering::Relaxed);
    if before > 0 || PRINTS.load(Ordering::Relaxed) {
        ffi::say_at_once(CUT);
        ffi::exit_now(128 + signal);
    }
}
