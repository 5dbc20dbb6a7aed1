//! Which file is mapped where: found in the kernel's tree of mappings (`struct maple_tree`, Linux
//! 6.1; its nodes are described in `include/linux/maple_tree.h`).
//!
//! The tree is read without its lock. A process with one thread can't change it meanwhile; where
//! another thread does, the mapping that was read is checked to be one of this process at this
//! address, and else the stack ends there, unfinished.

use ir::{Bin, Builder, FunctionId, Helper, Role, Sign, Ty, Unwind, ValueId, Width};

use super::{MAPPING_PARAMETERS, place};
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

/// The function `(walk, address)` that notes the mapping at an address; gives 1 if code can be
/// there.
pub(super) fn function(l: &mut dyn Lower, layout: &Layout, maps: Unwind) -> FunctionId {
    const NAME: &str = "unwind_mapping";
    let span = l.b().span();
    if let Some(known) = l.program().functions.position(|function| function.name == NAME) {
        return known;
    }
    let role = Role::Subprogram { parameters: MAPPING_PARAMETERS.to_vec() };
    let mut b = Builder::new(NAME, role, span);
    let walk = b.push(ir::Inst::Parameter(0));
    let address = b.push(ir::Inst::Parameter(1));
    let nothing = b.block();
    let mut search = Search { b, walk, nothing };
    search.descend(layout, address);
    search.check(layout, address);
    search.identify(layout);
    search.look_up(maps);
    let Search { mut b, .. } = search;
    b.switch_to(nothing);
    let zero = b.constant(0);
    b.ret(zero);
    l.program().functions.push(b.finish())
}

struct Search {
    b: Builder,
    walk: ValueId,
    /// The block that says that there is nothing.
    nothing: ir::BlockId,
}

impl Search {
    /// Reads kernel memory to a place of the walk's memory.
    fn read(&mut self, to: i32, size: u32, from: ValueId) {
        let b = &mut self.b;
        let (to, size) = (b.offset(self.walk, i64::from(to)), b.constant(i64::from(size)));
        let failed = b.call(Helper::PROBE_READ_KERNEL, &[to, size, from]);
        self.b.leave_if(failed, self.nothing);
    }

    /// Reads a word at an address and so many bytes.
    fn word(&mut self, from: ValueId, offset: u32) -> ValueId {
        let from = self.b.bin_const(Bin::Add, from, i64::from(offset));
        self.read(place::WORDS, 8, from);
        self.b.load64(self.walk, place::WORDS)
    }

    fn is(&mut self, value: ValueId, bits: i64, wanted: i64) -> ValueId {
        let bits = self.b.bin_const(Bin::And, value, bits);
        self.b.bin_const(Bin::Eq, bits, wanted)
    }

    /// From the root to the mapping that ends behind the address, which is left in the first of
    /// the words.
    fn descend(&mut self, layout: &Layout, address: ValueId) {
        let mm = self.b.load64(self.walk, place::MM);
        let root = self.word(mm, layout.root);
        // `xa_is_node()`: else the process has one mapping.
        let is_node = self.is(root, 3, 2);
        self.b.leave_unless(is_node, self.nothing);
        let (entry, level) = (self.b.slot(8, 8), self.b.slot(8, 8));
        self.b.store64(entry, 0, root);
        let zero = self.b.constant(0);
        self.b.store64(level, 0, zero);
        let (head, body, found) = (self.b.block(), self.b.block(), self.b.block());
        self.b.jump(head);
        self.b.switch_to(head);
        let at = self.b.load64(level, 0);
        let limit = self.b.constant(LEVELS);
        let inside = self.b.bin(Bin::ULt, at, limit);
        self.b.branch(inside, body, self.nothing);
        self.b.switch_to(body);
        let next = self.b.bin_const(Bin::Add, at, 1);
        self.b.store64(level, 0, next);
        let encoded = self.b.load64(entry, 0);
        let node = self.b.bin_const(Bin::And, encoded, !0xff);
        self.read(place::READ, place::READ_SIZE, node);
        let kind = self.b.shr(encoded, 3);
        let kind = self.b.bin_const(Bin::And, kind, 0xf);
        self.entry_for(address, kind, entry);
        let child = self.b.load64(entry, 0);
        let is_empty = self.b.bin_const(Bin::Eq, child, 0);
        self.b.leave_if(is_empty, self.nothing);
        let is_leaf = self.b.bin_const(Bin::Eq, kind, LEAF);
        self.b.branch(is_leaf, found, head);
        self.b.switch_to(found);
        let mapping = self.b.load64(entry, 0);
        // Not one of the marks that the tree itself puts there.
        let is_pointer = self.is(mapping, 3, 0);
        self.b.leave_unless(is_pointer, self.nothing);
        self.read(place::READ, place::READ_SIZE, mapping);
    }

    /// Stores the node's first entry that does not end before the address.
    fn entry_for(&mut self, address: ValueId, kind: ValueId, entry: ValueId) {
        let (plain, gaps, other, done) =
            (self.b.block(), self.b.block(), self.b.block(), self.b.block());
        let has_gaps = self.b.bin_const(Bin::Eq, kind, RANGES_WITH_GAPS);
        self.b.branch(has_gaps, gaps, other);
        self.b.switch_to(other);
        let is_leaf = self.b.bin_const(Bin::Eq, kind, LEAF);
        let has_ranges = self.b.bin_const(Bin::Eq, kind, RANGES);
        let known = self.b.bin(Bin::Or, is_leaf, has_ranges);
        self.b.branch(known, plain, self.nothing);
        for (block, slots, count) in
            [(plain, SLOTS, COUNT), (gaps, SLOTS_WITH_GAPS, COUNT_WITH_GAPS)]
        {
            self.b.switch_to(block);
            for index in 0..count {
                let (take, next) = (self.b.block(), self.b.block());
                let end = self.b.load64(self.walk, place::READ + ENDS + 8 * index);
                let reaches = self.b.bin(Bin::ULe, address, end);
                self.b.branch(reaches, take, next);
                self.b.switch_to(take);
                self.take_slot(slots + 8 * index, entry, done);
                self.b.switch_to(next);
            }
            self.take_slot(slots + 8 * count, entry, done);
        }
        self.b.switch_to(done);
    }

    fn take_slot(&mut self, at: i32, entry: ValueId, done: ir::BlockId) {
        let slot = self.b.load64(self.walk, place::READ + at);
        self.b.store64(entry, 0, slot);
        self.b.jump(done);
    }

    /// Notes the mapping that was read, if it is one of this process, has code and the address.
    fn check(&mut self, layout: &Layout, address: ValueId) {
        let of = |offset: u32| place::READ + offset as i32;
        let walk = self.walk;
        let (start, end) =
            (self.b.load64(walk, of(layout.start)), self.b.load64(walk, of(layout.end)));
        let begins = self.b.bin(Bin::ULe, start, address);
        self.b.leave_unless(begins, self.nothing);
        let ends = self.b.bin(Bin::ULt, address, end);
        self.b.leave_unless(ends, self.nothing);
        let flags = self.b.load64(walk, of(layout.flags));
        let executable = self.b.bin_const(Bin::And, flags, EXECUTABLE);
        self.b.leave_unless(executable, self.nothing);
        let (owner, mm) =
            (self.b.load64(walk, of(layout.owner)), self.b.load64(walk, place::MM));
        let is_ours = self.b.bin(Bin::Eq, owner, mm);
        self.b.leave_unless(is_ours, self.nothing);
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
    fn identify(&mut self, layout: &Layout) {
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
        let one = self.b.constant(1);
        self.b.ret(one);
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
        let rows = b.load(found, 4, Width::W32, Sign::Unsigned);
        b.store64(walk, place::TABLE, table);
        b.store64(walk, place::ROWS, rows);
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
        let one = b.constant(1);
        b.ret(one);
    }
}
