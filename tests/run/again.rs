//! A test that fails is run once more, alone.  The tests share two CPUs and a kernel with each
//! other, and in continuous integration with strangers; one that fails among them and then passes
//! by itself is `unsteady`: it is named, for somebody to mend, and passes.  No more than
//! [`MOST`] tests are given this chance: what fails everywhere has failed.

use std::{
    any::Any,
    io::{self, Write},
    panic::{self, AssertUnwindSafe},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicU32, Ordering},
    },
};

use libtest_mimic::Failed;

/// Tests of one run that may be run once more.
const MOST: u32 = 3;

/// Held by the tests that run, all together, or by one that runs alone.
static MACHINE: RwLock<()> = RwLock::new(());
static AGAIN: AtomicU32 = AtomicU32::new(0);

/// The result of a test's body, which is run a second time if it failed.
///
/// # Errors
/// What it said when it last failed, a panic's message too.
pub(crate) fn steady(name: &str, body: &dyn Fn() -> Result<(), Failed>) -> Result<(), Failed> {
    // What traces everything makes everything else slow.
    if name.starts_with("scale::") {
        let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
        return caught(body);
    }
    let first = {
        let _together = MACHINE.read().unwrap_or_else(PoisonError::into_inner);
        caught(body)
    };
    let Err(failed) = first else { return Ok(()) };
    if AGAIN.fetch_add(1, Ordering::Relaxed) >= MOST {
        return Err(failed);
    }
    let _alone = MACHINE.write().unwrap_or_else(PoisonError::into_inner);
    caught(body)?;
    let said = failed.message().unwrap_or_default();
    let note = format!(
        "unsteady: {name} failed, and passed when run alone; what it said first:\n{said}\nunsteady: end\n"
    );
    io::stderr().write_all(note.as_bytes())?;
    Ok(())
}

fn caught(body: &dyn Fn() -> Result<(), Failed>) -> Result<(), Failed> {
    panic::catch_unwind(AssertUnwindSafe(body))
        .unwrap_or_else(|panic| Err(message(&*panic).into()))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str);
    format!("panicked: {}", said.or(panic.downcast_ref().copied()).unwrap_or("no message"))
}
