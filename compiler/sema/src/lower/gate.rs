//! Which processes a program acts for: the one of `-p`, its descendants, those of a control group.

use ir::{Attach, Bin, Cpus, Linking, Owner, ProgramKind, Root, State, WatchGiven};
use stdlib::builtins;

use super::body::BodyLowering;

impl BodyLowering<'_> {
    /// Returns at once for processes that are not traced.
    pub(super) fn process_gate(&mut self) {
        let scope = self.kernel.scope();
        if !self.is_of_processes() {
            return;
        }
        if scope.descendants {
            let root = self.kernel.target_pid().map_or(Root::Child, Root::Process);
            let belongs = stdlib::descends(self, root);
            self.pass_if(belongs);
        } else {
            self.one_process_gate();
        }
        if scope.control_group {
            let belongs = stdlib::in_control_group(self);
            self.pass_if(belongs);
        }
    }

    fn one_process_gate(&mut self) {
        let child = self.watches(|owner| owner == Owner::Child);
        if let Some(state) = self.program.state.filter(|_| child) {
            let current = builtins::process_id(self);
            let address = self.b.global(state.global);
            let child = self.b.load64(address, State::CHILD);
            let same = self.b.bin(Bin::Eq, current, child);
            return self.pass_if(same);
        }
        let pid = self.kernel.target_pid().filter(|_| self.kernel_does_not_filter());
        if let Some(pid) = pid {
            let current = builtins::process_id(self);
            let same = self.b.bin_const(Bin::Eq, current, i64::from(pid));
            self.pass_if(same);
        }
    }

    /// Whether it runs in the process that caused the event. Timers on one CPU fire for the
    /// script, iterators for their reader.
    fn is_of_processes(&self) -> bool {
        let for_script =
            |attach: &Attach| matches!(attach, Attach::Perf { cpus: Cpus::First, .. });
        !matches!(self.unit.kind, ProgramKind::TestRun | ProgramKind::Iter)
            && !self.unit.sites.iter().all(|(_, attach)| for_script(attach))
    }

    /// Whether what is attached fires for other processes than that of `-p`.
    fn kernel_does_not_filter(&self) -> bool {
        let everywhere =
            |attach: &Attach| matches!(attach, Attach::Perf { cpus: Cpus::All, .. });
        match self.unit.kind {
            ProgramKind::Kprobe
            | ProgramKind::Tracepoint
            | ProgramKind::RawTracepoint
            | ProgramKind::Fentry
            | ProgramKind::Fexit => true,
            // Before 6.10 such links looked at the thread and not at the process.
            ProgramKind::Uprobe => self.unit.linking == Linking::Many,
            // Events on memory are handed on to threads, and before 5.13 to all children.
            ProgramKind::PerfEvent => {
                self.unit.sites.iter().any(|(_, attach)| everywhere(attach))
                    || self.watches(|owner| matches!(owner, Owner::Process(_)))
            }
            ProgramKind::Iter | ProgramKind::TestRun => false,
        }
    }

    fn watches(&self, whose: fn(Owner) -> bool) -> bool {
        self.unit.sites.iter().any(|(_, attach)| {
            matches!(attach, Attach::Breakpoint { owner, .. } | Attach::WatchGiven(WatchGiven { owner, .. })
                if whose(*owner))
        })
    }
}
