//! In which order links are attached, so that probes on one event fire in the order of the script.

use ir::{Attach, Link, Phase, Program, When};
use stdlib::Kernel;

use crate::kernel::Machine;

/// Links in the order in which they are to be attached.
pub(super) fn in_order<'run>(program: &'run Program, machine: &Machine) -> Vec<&'run Link> {
    let links = program.links.iter().filter(|link| link.phase == Phase::Trace);
    let returns = links.clone().filter(|link| is_multi_return(&link.attach)).count();
    // From 6.14 on the function graph tracer calls them, from a list as the others.
    let listed = returns > 1 && machine.kernel_symbol("fprobe_return").is_some();
    let is_last_first =
        |link: &&Link| fires_first(&link.attach) || (listed && is_multi_return(&link.attach));
    let (mut ordered, others): (Vec<_>, Vec<_>) = links.partition(is_last_first);
    ordered.reverse();
    ordered.extend(others);
    ordered
}

const fn is_multi_return(attach: &Attach) -> bool {
    matches!(attach, Attach::KprobeMulti { when: When::Return, .. })
}

/// Whether what is attached last fires first: the kernel keeps such in lists to whose start it
/// adds. Returns of kernel functions are on a stack besides, which turns them round again.
const fn fires_first(attach: &Attach) -> bool {
    match attach {
        Attach::Kprobe { when, .. } | Attach::KprobeMulti { when, .. } => {
            matches!(when, When::Entry)
        }
        Attach::Trampoline { .. } | Attach::Uprobe { .. } | Attach::UprobeMulti { .. } => true,
        // Nothing else is on their functions.
        Attach::KprobeSession { .. } | Attach::UprobeSession { .. } => false,
        Attach::TestRun
        | Attach::Tracepoint { .. }
        | Attach::RawTracepoint { .. }
        | Attach::SystemCalls { .. }
        | Attach::Iter { .. }
        | Attach::Breakpoint { .. }
        | Attach::WatchGiven(_)
        | Attach::Perf { .. } => false,
    }
}
