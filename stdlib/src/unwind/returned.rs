//! Return addresses that the kernel has replaced, so that a probe sees a function return: it keeps
//! the right ones in a list of the thread (`struct return_instance`), the latest call first.

use ir::{Bin, ValueId};

use super::{Layout, place, step::Step};

/// Byte offsets in structures of the kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Returned {
    /// Of what uprobes know of a thread, in `struct task_struct`.
    thread: u32,
    /// Of the list in `struct uprobe_task`.
    list: u32,
    /// In `struct return_instance`: where on the stack the address was, the address, the next one.
    stack: u32,
    address: u32,
    next: u32,
}

/// Where the kernel lets functions return to is the start of a page.
const PAGE_MASK: i64 = 0xfff;
/// What is passed over at most, because it belongs to frames that were left without a return, or
/// to other probes of the same function.
const MOST: usize = 8;

impl Returned {
    pub(super) fn of(offset: &dyn Fn(&str, &str) -> Option<u32>) -> Option<Self> {
        Some(Self {
            thread: offset("struct task_struct", "utask")?,
            list: offset("struct uprobe_task", "return_instances")?,
            stack: offset("struct return_instance", "stack")?,
            address: offset("struct return_instance", "orig_ret_vaddr")?,
            next: offset("struct return_instance", "next")?,
        })
    }
}

impl Step {
    /// If the return address below `sp` can be one that was put there by the kernel: takes the
    /// right one instead.
    pub(super) fn look_behind_trampoline(&mut self, layout: &Layout, ip: ValueId, sp: ValueId) {
        let Some(returned) = layout.returned else { return };
        let next = self.next();
        let within = self.b.bin_const(Bin::And, ip, PAGE_MASK);
        self.b.leave_if(within, next);
        let task = self.b.call(ir::Helper::GET_CURRENT_TASK, &[]);
        let thread = self.word(task, returned.thread);
        self.b.leave_unless(thread, next);
        let (known, search) = (self.b.block(), self.b.block());
        let entry = self.get(place::RETURN);
        self.b.branch(entry, search, known);
        self.b.switch_to(known);
        let first = self.word(thread, returned.list);
        self.set(place::RETURN, first);
        self.b.jump(search);
        self.b.switch_to(search);
        let slot = self.b.bin_const(Bin::Sub, sp, 8);
        for _ in 0..MOST {
            let (found, other) = (self.b.block(), self.b.block());
            let entry = self.get(place::RETURN);
            self.b.leave_unless(entry, next);
            let at = self.word(entry, returned.stack);
            let is_it = self.b.bin(Bin::Eq, at, slot);
            self.b.branch(is_it, found, other);
            self.b.switch_to(found);
            let address = self.word(entry, returned.address);
            self.set(place::IP, address);
            self.b.jump(next);
            self.b.switch_to(other);
            let following = self.word(entry, returned.next);
            self.set(place::RETURN, following);
        }
    }
}
