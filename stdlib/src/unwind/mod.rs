//! Following the stacks of processes without frame pointers: by tables that the runtime makes from
//! `.eh_frame` (`ir::Unwind`), which the program searches frame by frame.
//!
//! Which file is mapped at an address the program finds itself, in the kernel's own tree of
//! mappings: so processes that were just made, or have just loaded a library, are followed like
//! any other. Needs Linux 6.1, whose tree it is, the kernel's types, and x86-64.

mod apart;
mod mapping;
mod narrow;
mod returned;
mod step;
mod table;

use ir::{
    Bin, BlockId, Builder, FunctionId, Helper, Inst, Map, MapId, MapKind, Sign, Unwind,
    ValueId, ValueKind, Width,
};

use crate::{Feature, Kernel, Lower};

pub(crate) use mapping::Layout;

/// Byte offsets in the memory of one walk. What is not said to be of another size is a `u64`.
mod place {
    /// The registers.
    pub(super) const IP: i32 = 0;
    pub(super) const SP: i32 = 8;
    pub(super) const BP: i32 = 16;
    /// Frames so far.
    pub(super) const COUNT: i32 = 24;
    /// The mapping that was found last: from, to, where in its file, which table, how many blocks
    /// that has, and the number of the first.
    pub(super) const START: i32 = 32;
    pub(super) const END: i32 = 40;
    pub(super) const OFFSET: i32 = 48;
    pub(super) const TABLE: i32 = 56;
    pub(super) const BLOCKS: i32 = 64;
    pub(super) const FIRST: i32 = 72;
    /// The process's `struct mm_struct`.
    pub(super) const MM: i32 = 80;
    /// Whether all frames were found.
    pub(super) const WHOLE: i32 = 88;
    /// 1 where the instruction pointer is behind a call, 0 where it was interrupted.
    pub(super) const BACK: i32 = 96;
    /// The mapped file's key, [`ir::Unwind::KEY_SIZE`] bytes.
    pub(super) const INODE: i32 = 104;
    pub(super) const DEVICE: i32 = 112;
    /// What is sent of a file that is not known, [`ir::Unwind::WANTED_SIZE`] bytes.
    pub(super) const WANTED: i32 = 120;
    /// A key of an array.
    pub(super) const INDEX: i32 = 144;
    /// The number for the frames so far, and for those before the last.
    pub(super) const SUM: i32 = 152;
    pub(super) const SUM_BEFORE: i32 = 160;
    /// The address whose mapping is searched, the tree's node that is read next, 0 for none, and
    /// whether that is the mapping.
    pub(super) const ADDRESS: i32 = 168;
    pub(super) const NODE: i32 = 176;
    pub(super) const AT_LEAF: i32 = 184;
    /// Where the kernel keeps the next return address that it has replaced.
    pub(super) const RETURN: i32 = 192;
    /// The last frame, with its marks.
    pub(super) const FRAME: i32 = 200;
    /// What is read of a stack.
    pub(super) const WORDS: i32 = 208;
    pub(super) const WORD_COUNT: i64 = 8;
    /// What is read of the kernel: registers, nodes of the tree, mappings.
    pub(super) const READ: i32 = 272;
    pub(super) const READ_SIZE: u32 = 256;
    /// Behind the last; here the frames start.
    pub(super) const SIZE: u32 = 528;
}

/// Byte offsets in `struct pt_regs` of x86-64, and its size.
mod regs {
    pub(super) const BP: i32 = 32;
    /// The number of the system call, or a negative number.
    pub(super) const CALL: i32 = 120;
    pub(super) const IP: i32 = 128;
    pub(super) const CS: i32 = 136;
    pub(super) const SP: i32 = 152;
    pub(super) const SIZE: i64 = 168;
}

/// What `cs` is while code of 64 bits runs in a process (`__USER_CS`).
const USER_CODE: i64 = 0x33;

/// How stacks can be followed here, if they can.
pub(crate) fn layout(kernel: &dyn Kernel) -> Option<Layout> {
    let here = cfg!(target_arch = "x86_64") && kernel.has(Feature::Loop);
    if here { Layout::of(kernel) } else { None }
}

/// A stack that was taken.
pub(crate) struct Taken {
    /// Where its frames are → `Ptr`.
    pub(crate) frames: ValueId,
    /// Their size in bytes; not positive if there are none → `Int`.
    pub(crate) bytes: ValueId,
    /// 0 if there are frames that could not be found → `Int`.
    pub(crate) whole: ValueId,
    /// The number for the frames, if it is known already → `Int`.
    pub(crate) number: Option<ValueId>,
}

/// Takes the stack of the process, of at most `limit` frames.
pub(crate) fn take(l: &mut dyn Lower, layout: &Layout, limit: u32) -> Taken {
    let maps = maps(l);
    let walk = l.memory(place::SIZE + 8 * limit, 8);
    let context = l.context();
    let (step, sum) = (step::function(l, layout, maps, limit), narrow::function(l, limit));
    let again = l.b().has_address_of(step);
    // The memory of such a function may hold keys of maps from 6.2 on, which these links stand for.
    let apart = l.verifies_once(again) && l.kernel().has(Feature::UprobeMulti);
    let apart = apart.then(|| apart::function(l, layout, step, limit));
    let b = l.b();
    let environment = b.slot(8, 8);
    b.store64(environment, 0, walk);
    let narrow = |b: &mut Builder, done: BlockId| {
        narrow::take(b, [context, walk, environment], sum, limit);
        b.jump(done);
    };
    if let Some(apart) = apart {
        let done = b.block();
        let is_narrow = b.call_function(apart, &[walk]);
        b.leave_unless(is_narrow, done);
        narrow(b, done);
        b.switch_to(done);
    } else {
        follow(b, layout, &Walk { walk, environment, step, limit }, narrow);
    }
    let (count, whole) = (b.load64(walk, place::COUNT), b.load64(walk, place::WHOLE));
    let frames = b.offset(walk, i64::from(place::SIZE));
    let bytes = b.bin_const(Bin::Mul, count, 8);
    let number = Some(b.load64(walk, place::SUM));
    Taken { frames, bytes, whole, number }
}

/// What a walk is made with.
struct Walk {
    /// Its memory, and where the address of that is.
    walk: ValueId,
    environment: ValueId,
    /// The body of its loop, and how often that is run at the most.
    step: FunctionId,
    limit: u32,
}

/// Follows the stack; `narrow` ends the block that is for code of 32 bits, and is given the one
/// behind.
fn follow(
    b: &mut Builder,
    layout: &Layout,
    &Walk { walk, environment, step, limit }: &Walk,
    narrow: impl FnOnce(&mut Builder, BlockId),
) {
    let (zero, first) = (b.constant(0), b.constant(crate::stack::SPREAD));
    for (place, value) in [(place::COUNT, zero), (place::WHOLE, zero), (place::SUM, first)] {
        b.store64(walk, place, value);
    }
    let task = b.call(Helper::GET_CURRENT_TASK, &[]);
    let mm = b.bin_const(Bin::Add, task, i64::from(layout.mm));
    let (to, size) = (b.offset(walk, i64::from(place::MM)), b.constant(8));
    b.call(Helper::PROBE_READ_KERNEL, &[to, size, mm]);
    let mm = b.load64(walk, place::MM);
    let (other, go, done) = (b.block(), b.block(), b.block());
    // A task of the kernel has no process.
    b.leave_unless(mm, done);
    let task = b.call(Helper::GET_CURRENT_TASK_BTF, &[]);
    let registers = b.call(Helper::TASK_PT_REGS, &[task]);
    let (to, size) = (b.offset(walk, i64::from(place::READ)), b.constant(regs::SIZE));
    let failed = b.call(Helper::PROBE_READ_KERNEL, &[to, size, registers]);
    b.leave_if(failed, done);
    let code = b.load(walk, place::READ + regs::CS, Width::W16, Sign::Unsigned);
    let is_64 = b.bin_const(Bin::Eq, code, USER_CODE);
    b.branch(is_64, go, other);
    b.switch_to(other);
    narrow(b, done);
    b.switch_to(go);
    start(b, walk);
    let (turns, body) = (b.constant(i64::from(limit)), b.push(Inst::Function(step)));
    b.call(Helper::LOOP, &[turns, body, environment, zero]);
    b.jump(done);
    b.switch_to(done);
}

/// Begins with the registers that were read.
fn start(b: &mut Builder, walk: ValueId) {
    let zero = b.constant(0);
    for (register, place) in
        [(regs::IP, place::IP), (regs::SP, place::SP), (regs::BP, place::BP)]
    {
        let value = b.load64(walk, place::READ + register);
        b.store64(walk, place, value);
    }
    for place in [place::START, place::END, place::RETURN] {
        b.store64(walk, place, zero);
    }
    // In a system call the instruction pointer is behind the instruction that made it.
    let called = b.load64(walk, place::READ + regs::CALL);
    let called = b.shr(called, 63);
    let called = b.bin_const(Bin::Xor, called, 1);
    b.store64(walk, place::BACK, called);
}

/// The maps that all stacks of the program share.
fn maps(l: &mut dyn Lower) -> Unwind {
    let lazy = l.kernel().has(Feature::LazyMaps);
    let program = l.program();
    if let Some(known) = program.unwind {
        return known;
    }
    let mut map =
        |name: &str, kind: MapKind, key_size: u32, value_size: u32, entries: u32| -> MapId {
            let hash = kind == MapKind::Hash;
            program.maps.push(Map {
                name: name.to_owned(),
                kind,
                key_size,
                value_size,
                max_entries: entries,
                flags: if hash && lazy { crate::stack::NO_PREALLOC } else { 0 },
            })
        };
    let key = Unwind::KEY_SIZE;
    let unwind = Unwind {
        files: map("unwind_files", MapKind::Hash, key, Unwind::FILE_SIZE, 4 * Unwind::TABLES),
        tables: map("unwind_tables", MapKind::ArrayOfMaps, 4, 4, Unwind::TABLES),
        wanted: map("unwind_wanted", MapKind::Hash, key, Unwind::WANTED_SIZE, 256),
    };
    program.unwind = Some(unwind);
    unwind
}

/// What the bodies of loops are given: the turn, and where the walk's address is.
const PARAMETERS: [ValueKind; 2] = [ValueKind::Int, ValueKind::Ptr];
