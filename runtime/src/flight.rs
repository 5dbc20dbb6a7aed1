//! Waits until the programs that are running now have returned.

use std::time::{Duration, Instant};

use crate::{ffi, kernel::online_cpus};

/// How long visiting every CPU may take before a grace period is waited for instead.
const PATIENCE: Duration = Duration::from_millis(20);

/// Waits until every program that saw the `running` word set has returned.
///
/// Programs of tracepoints, kprobes and perf events can't be preempted: when this thread runs on
/// a CPU, none of them is half-way there. So it visits each CPU once, which took 0.05–0.2 ms for
/// two idle CPUs and up to 4 ms (a tick) for two with two busy processes each, where a grace
/// period of RCU (`membarrier`) took 8–16 ms in both cases (6.18, 250 Hz). A CPU
/// that this process may not use leaves only the grace period, as does a machine so busy that
/// the visits take too long.
///
/// Programs that may be preempted (uprobes; raw tracepoints from 7.0 on) can outlive both. What
/// they write after the last drain is late and lost: they saw the word before it was cleared, so
/// what they count belongs to the run, but nobody can say when they would be done.
pub(crate) fn wait() {
    if on_every_cpu(PATIENCE, || {}).is_none() {
        // Refused only where CPUs run without ticks: then what is in flight is late and lost.
        let _ = ffi::wait_for_grace_period();
    }
}

/// Does something on each CPU, one after the other; none if it could not be all of them, e.g.
/// because that takes longer than `patience`.
pub(crate) fn on_every_cpu(patience: Duration, there: impl Fn()) -> Option<()> {
    let before = ffi::affinity().ok()?;
    let result = visit(&before, patience, there);
    ffi::set_affinity(&before).ok()?;
    result
}

fn visit(allowed: &[u64], patience: Duration, there: impl Fn()) -> Option<()> {
    let deadline = Instant::now() + patience;
    for cpu in online_cpus() {
        let (word, bit) = (cpu as usize / 64, 1u64 << (cpu % 64));
        let mut mask = vec![0u64; allowed.len()];
        *mask.get_mut(word)? |= bit;
        // Returns on that CPU: the kernel moves a running thread before it comes back.
        ffi::set_affinity(&mask).ok()?;
        there();
        if Instant::now() > deadline {
            return None;
        }
    }
    Some(())
}
