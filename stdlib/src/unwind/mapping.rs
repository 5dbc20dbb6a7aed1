//! Which file is mapped where: found in the kernel's tree of mappings (`struct maple_tree`, Linux
//! 6.1; its nodes are described in `include/linux/maple_tree.h`).
//!
//! The tree is read without its lock. A process with one thread can't change it meanwhile; where
//! another thread does, the mapping that was read is checked to be one of this process at this
//! address, and else the stack ends there, unfinished.

use ir::{Bin, Builder, FunctionId, Helper, Inst, Role, Sign, Ty, Unwind, ValueId, Width};

use super::{PARAMETERS, place, returned::Returned, step::Step};
use crate::{Kernel, Lower, version_code};

/// Byte offsets in structures of the kernel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// Of `mm` in `struct task_struct`.
    pub(super) mm: u32,
    /// Of the tree's root and of the vDSO's address in `struct mm_struct`.
    root: u32,
    vdso: u32,
    /// In `struct vm_area_struct`.
    start: u32,
    end: u32,
    owner: u32,
    flags: u32,
    page: u32,
    file: u32,
    /// Of the inode in `struct file`.
    inode: u32,
    /// Of files of file systems in layers.
    layered: Option<Layered>,
    /// In `struct inode`.
    number: u32,
    super_block: u32,
    /// Of the device in `struct super_block`.
    device: u32,
    /// Of return addresses that the kernel has replaced.
    pub(super) returned: Option<Returned>,
}

/// Byte offsets in files that stand for one of another layer (`struct backing_file`, Linux 6.8):
/// what is mapped is the file below, what the process and `/proc/PID/maps` know is the one above.
#[derive(Debug, Clone, Copy)]
struct Layered {
    /// Of the mode, and the bit of it that says so.
    mode: u32,
    bit: i64,
    /// Of the directory entry of the file above.
    entry: u32,
    /// Of the inode in `struct dentry`.
    inode: u32,
}

/// `FMODE_BACKING` before and since Linux 6.12.
const BACKING_BEFORE: i64 = 1 << 25;
const BACKING: i64 = 1 << 24;
/// Levels of the tree, at most: each node has 10 or 16 entries.
const LEVELS: i64 = 10;
/// `enum maple_type`
const LEAF: i64 = 1;
const RANGES: i64 = 2;
const RANGES_WITH_GAPS: i64 = 3;
/// Where a node's entries are, and how many entries have an end (the others end where the node does).
const ENDS: i32 = 8;
const SLOTS: i32 = 128;
const COUNT: i32 = 15;
const SLOTS_WITH_GAPS: i32 = 80;
const COUNT_WITH_GAPS: i32 = 9;
/// `VM_EXEC`
const EXECUTABLE: i64 = 4;
const PAGE_SHIFT: i64 = 12;

impl Layout {
    pub(super) fn of(kernel: &dyn Kernel) -> Option<Self> {
        let at = |record: &str, field: &str| {
            let Ok(Some(Ty::Record(record))) = kernel.c_type(record) else { return None };
            let field = record.fields.iter().find(|known| known.name == field)?;
            Some((field.offset, field.ty.clone()))
        };
        let offset = |record: &str, field: &str| at(record, field).map(|(offset, _)| offset);
        let mapping = |field: &str| {
            let offset = offset("struct vm_area_struct", field)?;
            (offset + 8 <= place::READ_SIZE).then_some(offset)
        };
        let tree = offset("struct mm_struct", "mm_mt")?;
        let context = offset("struct mm_struct", "context")?;
        Some(Self {
            mm: offset("struct task_struct", "mm")?,
            root: tree + offset("struct maple_tree", "ma_root")?,
            vdso: context + offset("mm_context_t", "vdso")?,
            start: mapping("vm_start")?,
            end: mapping("vm_end")?,
            owner: mapping("vm_mm")?,
            flags: mapping("vm_flags")?,
            page: mapping("vm_pgoff")?,
            file: mapping("vm_file")?,
            inode: offset("struct file", "f_inode")?,
            layered: layered(kernel, &offset),
            number: offset("struct inode", "i_ino")?,
            super_block: offset("struct inode", "i_sb")?,
            device: offset("struct super_block", "s_dev")?,
            returned: Returned::of(&offset),
        })
    }
}

fn layered(kernel: &dyn Kernel, offset: &dyn Fn(&str, &str) -> Option<u32>) -> Option<Layered> {
    let path = offset("struct backing_file", "user_path")?;
    Some(Layered {
        mode: offset("struct file", "f_mode")?,
        bit: if kernel.version_code() < version_code("6.12") {
            BACKING_BEFORE
        } else {
            BACKING
        },
        entry: path + offset("struct path", "dentry")?,
        inode: offset("struct dentry", "d_inode")?,
    })
}

/// The body of the loop that goes down the tree, a level each turn. It leaves 0 for the node where
/// there is nothing.
pub(super) fn level(l: &mut dyn Lower) -> FunctionId {
    const NAME: &str = "unwind_level";
    if let Some(known) = l.program().functions.position(|function| function.name == NAME) {
        return known;
    }
    let role = Role::Subprogram { parameters: PARAMETERS.to_vec() };
    let mut b = Builder::new(NAME, role, l.b().span());
    let environment = b.push(Inst::Parameter(1));
    let walk = b.push(Inst::LoadPtr(environment));
    let nothing = b.block();
    let mut level = Level { b, walk, nothing };
    level.go_down();
    let Level { mut b, .. } = level;
    b.switch_to(nothing);
    let (zero, stop) = (b.constant(0), b.constant(1));
    b.store64(walk, place::NODE, zero);
    b.ret(stop);
    l.program().functions.push(b.finish())
}

struct Level {
    b: Builder,
    walk: ValueId,
    nothing: ir::BlockId,
}

impl Level {
    fn go_down(&mut self) {
        let (b, walk) = (&mut self.b, self.walk);
        let encoded = b.load64(walk, place::NODE);
        let node = b.bin_const(Bin::And, encoded, !0xff);
        let to = b.offset(walk, i64::from(place::READ));
        let size = b.constant(i64::from(place::READ_SIZE));
        let failed = b.call(Helper::PROBE_READ_KERNEL, &[to, size, node]);
        b.leave_if(failed, self.nothing);
        let kind = b.shr(encoded, 3);
        let kind = b.bin_const(Bin::And, kind, 0xf);
        let is_leaf = b.bin_const(Bin::Eq, kind, LEAF);
        b.store64(walk, place::AT_LEAF, is_leaf);
        let (plain, gaps, other, done) = (b.block(), b.block(), b.block(), b.block());
        let has_gaps = b.bin_const(Bin::Eq, kind, RANGES_WITH_GAPS);
        b.branch(has_gaps, gaps, other);
        b.switch_to(other);
        let has_ranges = b.bin_const(Bin::Eq, kind, RANGES);
        let known = b.bin(Bin::Or, is_leaf, has_ranges);
        b.branch(known, plain, self.nothing);
        for (block, slots, count) in
            [(plain, SLOTS, COUNT), (gaps, SLOTS_WITH_GAPS, COUNT_WITH_GAPS)]
        {
            self.b.switch_to(block);
            self.take_entry(slots, count, done);
        }
        let b = &mut self.b;
        b.switch_to(done);
        let found = b.load64(walk, place::NODE);
        let stop = b.bin_const(Bin::Eq, found, 0);
        let is_leaf = b.load64(walk, place::AT_LEAF);
        let stop = b.bin(Bin::Or, stop, is_leaf);
        b.ret(stop);
    }

    /// Leaves the node's first entry that does not end before the address.
    fn take_entry(&mut self, slots: i32, count: i32, done: ir::BlockId) {
        let (b, walk) = (&mut self.b, self.walk);
        let address = b.load64(walk, place::ADDRESS);
        // An end of 0 is that of the node, so that nothing may be less than it less one.
        let address = b.bin_const(Bin::Sub, address, 1);
        for index in 0..=count {
            let slot = b.load64(walk, place::READ + slots + 8 * index);
            b.store64(walk, place::NODE, slot);
            if index == count {
                break;
            }
            let end = b.load64(walk, place::READ + ENDS + 8 * index);
            let end = b.bin_const(Bin::Sub, end, 1);
            let reaches = b.bin(Bin::ULe, address, end);
            b.leave_if(reaches, done);
        }
        b.jump(done);
    }
}

impl Step {
    /// Finds the mapping at an address, and the table of its file.
    pub(super) fn search_mapping(
        &mut self,
        layout: &Layout,
        maps: Unwind,
        level: FunctionId,
        address: ValueId,
    ) {
        self.descend(layout, level, address);
        self.check(layout, address);
        let done = self.b.block();
        self.identify(layout, done);
        self.look_up(maps);
        self.b.jump(done);
        self.b.switch_to(done);
    }

    /// Reads kernel memory to a place of the walk's memory.
    pub(super) fn read_kernel(&mut self, to: i32, size: u32, from: ValueId) {
        let b = &mut self.b;
        let (to, size) = (b.offset(self.walk, i64::from(to)), b.constant(i64::from(size)));
        let failed = b.call(Helper::PROBE_READ_KERNEL, &[to, size, from]);
        self.b.leave_if(failed, self.unfinished);
    }

    /// Reads a word at an address and so many bytes.
    pub(super) fn word(&mut self, from: ValueId, offset: u32) -> ValueId {
        let from = self.b.bin_const(Bin::Add, from, i64::from(offset));
        self.read_kernel(place::WORDS, 8, from);
        self.b.load64(self.walk, place::WORDS)
    }

    fn is(&mut self, value: ValueId, bits: i64, wanted: i64) -> ValueId {
        let bits = self.b.bin_const(Bin::And, value, bits);
        self.b.bin_const(Bin::Eq, bits, wanted)
    }

    /// From the root to the mapping that ends behind the address, and reads it.
    fn descend(&mut self, layout: &Layout, level: FunctionId, address: ValueId) {
        let mm = self.get(place::MM);
        let root = self.word(mm, layout.root);
        // `xa_is_node()`: else the process has one mapping.
        let is_node = self.is(root, 3, 2);
        self.b.leave_unless(is_node, self.unfinished);
        let zero = self.b.constant(0);
        for (place, value) in
            [(place::ADDRESS, address), (place::NODE, root), (place::AT_LEAF, zero)]
        {
            self.set(place, value);
        }
        let (turns, body) = (self.b.constant(LEVELS), self.b.push(Inst::Function(level)));
        self.b.call(Helper::LOOP, &[turns, body, self.environment, zero]);
        let is_leaf = self.get(place::AT_LEAF);
        self.b.leave_unless(is_leaf, self.unfinished);
        let mapping = self.get(place::NODE);
        self.b.leave_unless(mapping, self.unfinished);
        // Not one of the marks that the tree itself puts there.
        let is_pointer = self.is(mapping, 3, 0);
        self.b.leave_unless(is_pointer, self.unfinished);
        self.read_kernel(place::READ, place::READ_SIZE, mapping);
    }

    /// Notes the mapping that was read, if it is one of this process, has code and the address.
    fn check(&mut self, layout: &Layout, address: ValueId) {
        let of = |offset: u32| place::READ + offset as i32;
        let walk = self.walk;
        let (start, end) =
            (self.b.load64(walk, of(layout.start)), self.b.load64(walk, of(layout.end)));
        let begins = self.b.bin(Bin::ULe, start, address);
        self.b.leave_unless(begins, self.unfinished);
        let ends = self.b.bin(Bin::ULt, address, end);
        self.b.leave_unless(ends, self.unfinished);
        let flags = self.b.load64(walk, of(layout.flags));
        let executable = self.b.bin_const(Bin::And, flags, EXECUTABLE);
        self.b.leave_unless(executable, self.unfinished);
        let (owner, mm) =
            (self.b.load64(walk, of(layout.owner)), self.b.load64(walk, place::MM));
        let is_ours = self.b.bin(Bin::Eq, owner, mm);
        self.b.leave_unless(is_ours, self.unfinished);
        let page = self.b.load64(walk, of(layout.page));
        let offset = self.b.bin_const(Bin::Shl, page, PAGE_SHIFT);
        for (place, value) in
            [(place::START, start), (place::END, end), (place::OFFSET, offset)]
        {
            self.b.store64(walk, place, value);
        }
    }

    /// Finds the key of the mapped file. What the process made itself has none, and keeps frame
    /// pointers, if anything.
    fn identify(&mut self, layout: &Layout, done: ir::BlockId) {
        let walk = self.walk;
        let file = self.b.load64(walk, place::READ + layout.file as i32);
        let (of_file, of_kernel, own, known) =
            (self.b.block(), self.b.block(), self.b.block(), self.b.block());
        let none = self.b.block();
        let zero = self.b.constant(0);
        self.b.branch(file, of_file, none);
        self.b.switch_to(none);
        let mm = self.b.load64(walk, place::MM);
        let vdso = self.word(mm, layout.vdso);
        let start = self.b.load64(walk, place::START);
        let is_vdso = self.b.bin(Bin::Eq, start, vdso);
        self.b.branch(is_vdso, of_kernel, own);
        self.b.switch_to(of_kernel);
        let vdso = self.b.constant(Unwind::VDSO.cast_signed());
        self.b.store64(walk, place::INODE, vdso);
        self.b.store64(walk, place::DEVICE, zero);
        self.b.store64(walk, place::OFFSET, zero);
        self.b.jump(known);
        self.b.switch_to(own);
        let pointers = self.b.constant(i64::from(Unwind::FRAME_POINTERS));
        self.b.store64(walk, place::TABLE, pointers);
        self.b.jump(done);
        self.b.switch_to(of_file);
        let inode = self.inode(layout, file);
        let number = self.word(inode, layout.number);
        self.b.store64(walk, place::INODE, number);
        let super_block = self.word(inode, layout.super_block);
        let device = self.word(super_block, layout.device);
        let device = self.b.extend(device, Width::W32, Sign::Unsigned);
        self.b.store64(walk, place::DEVICE, device);
        self.b.jump(known);
        self.b.switch_to(known);
    }

    /// The inode by which user space knows a mapped file.
    fn inode(&mut self, layout: &Layout, file: ValueId) -> ValueId {
        let Some(layered) = layout.layered else { return self.word(file, layout.inode) };
        let inode = self.b.slot(8, 8);
        let (above, plain, known) = (self.b.block(), self.b.block(), self.b.block());
        let mode = self.word(file, layered.mode);
        let is_layered = self.b.bin_const(Bin::And, mode, layered.bit);
        self.b.branch(is_layered, above, plain);
        self.b.switch_to(above);
        let entry = self.word(file, layered.entry);
        let found = self.word(entry, layered.inode);
        self.b.store64(inode, 0, found);
        self.b.jump(known);
        self.b.switch_to(plain);
        let found = self.word(file, layout.inode);
        self.b.store64(inode, 0, found);
        self.b.jump(known);
        self.b.switch_to(known);
        self.b.load64(inode, 0)
    }

    /// Finds the table of the file, or says that it is wanted.
    fn look_up(&mut self, maps: Unwind) {
        let (walk, b) = (self.walk, &mut self.b);
        let key = b.offset(walk, i64::from(place::INODE));
        let files = b.map(maps.files);
        let found = b.call(Helper::MAP_LOOKUP_ELEM, &[files, key]);
        let is_null = b.is_null(found);
        let (missing, known, done) = (b.block(), b.block(), b.block());
        b.branch(is_null, missing, known);
        b.switch_to(known);
        let table = b.load(found, 0, Width::W32, Sign::Unsigned);
        let blocks = b.load(found, 4, Width::W32, Sign::Unsigned);
        let first = b.load(found, 8, Width::W32, Sign::Unsigned);
        for (place, value) in
            [(place::TABLE, table), (place::BLOCKS, blocks), (place::FIRST, first)]
        {
            b.store64(walk, place, value);
        }
        b.jump(done);
        b.switch_to(missing);
        let pending = b.constant(i64::from(Unwind::PENDING));
        b.store64(walk, place::TABLE, pending);
        let process = b.call(Helper::GET_CURRENT_PID_TGID, &[]);
        let process = b.shr(process, 32);
        b.store64(walk, place::WANTED, process);
        for (from, to) in [(place::START, 8), (place::END, 16)] {
            let value = b.load64(walk, from);
            b.store64(walk, place::WANTED + to, value);
        }
        let (wanted, value) = (b.map(maps.wanted), b.offset(walk, i64::from(place::WANTED)));
        let flags = b.constant(crate::stack::NOEXIST);
        b.call(Helper::MAP_UPDATE_ELEM, &[wanted, key, value, flags]);
        b.jump(done);
        b.switch_to(done);
    }
}
