//! What `kstack` and `ustack` share: their arguments, and the taking of a stack.
//!
//! The frames are read into scratch memory and hashed; the hash is the stack's number. Under that
//! number the frames are put once into a map of their own, so that a stack is 16 bytes wherever
//! the script keeps it, and equal stacks are equal bytes.

use diag::{Code, Diagnostic, Span};
use ir::{
    Bin, Builder, Helper, LossKind, Map, MapId, MapKind, Packed, Program, Side, Stack,
    StackMode, Ty, ValueId, Width,
};

use crate::{
    Arg, Call, Check, Feature, Lower,
    lower::count_loss,
    memory,
    unwind::{self, Taken},
};

/// Frames without a limit in the script, which is also what the kernel gives at most unless
/// `kernel.perf_event_max_stack` says more.
const DEFAULT_LIMIT: u32 = 127;
/// The most that a script may ask for.
const LARGEST_LIMIT: u32 = 1024;
/// Stacks that have room, where room is made when it is needed and where it is made at once.
const LAZY_STACKS: u32 = 65_536;
const STACKS: u32 = 8192;
/// `BPF_F_NO_PREALLOC`
pub(crate) const NO_PREALLOC: u32 = 1;
/// `BPF_F_USER_STACK` and `BPF_F_USER_BUILD_ID`
pub(crate) const USER_STACK: i64 = 1 << 8;
const USER_BUILD_ID: i64 = 1 << 11;
/// `BPF_NOEXIST`, and what the kernel says when it does.
pub(crate) const NOEXIST: i64 = 1;
const EEXIST: i64 = -17;
/// The odd number next to 2^64 divided by the golden ratio: spreads bits over the word.
pub(crate) const SPREAD: i64 = 0x9e37_79b9_7f4a_7c15_u64.cast_signed();

/// The type of a call of `kstack` or `ustack`: `(mode, limit)`, either of which may be missing.
pub(crate) fn check(c: &mut Check<'_>, call: &Call, side: Side) -> Ty {
    c.uses.context = true;
    let mode = match (c.config.stack_mode, side) {
        (StackMode::BuildId, Side::Kernel) => StackMode::Bpftrace,
        (mode, _) => mode,
    };
    let mut stack = Stack { side, mode, limit: DEFAULT_LIMIT };
    if call.name == TABLES_ONLY && unwind::layout(c.kernel).is_none() {
        return no_tables(c, call, call.span);
    }
    let mut given = Given::default();
    for arg in &call.args {
        if arg.text().is_none() {
            match self::limit(c, call, arg) {
                Some(limit) => stack.limit = limit,
                None => return Ty::Void,
            }
            if let Some(first) = given.limit.replace(arg.span) {
                return twice(c, call, "limit", first, arg.span);
            }
        } else if let Some(way) = Way::named(arg).filter(|_| side == Side::User) {
            if way == Way::Tables && unwind::layout(c.kernel).is_none() {
                return no_tables(c, call, arg.span);
            }
            if let Some((_, first)) = given.way.replace((way, arg.span)) {
                return twice(c, call, "way", first, arg.span);
            }
        } else {
            match self::mode(c, call, arg, side) {
                Some(mode) => stack.mode = mode,
                None => return Ty::Void,
            }
            if let Some(first) = given.mode.replace(arg.span) {
                return twice(c, call, "mode", first, arg.span);
            }
        }
    }
    given.check(c, call, stack)
}

/// Where a call says what.
#[derive(Default)]
struct Given {
    mode: Option<Span>,
    way: Option<(Way, Span)>,
    limit: Option<Span>,
}

impl Given {
    /// The type of the call, whose arguments are each right.
    fn check(&self, c: &mut Check<'_>, call: &Call, stack: Stack) -> Ty {
        if stack.mode == StackMode::BuildId {
            let way = match self.way {
                Some((Way::Tables, span)) => Some(span),
                Some((Way::FramePointers, _)) => None,
                None => (call.name == TABLES_ONLY).then_some(call.span),
            };
            if let Some(way) = way {
                return no_build_ids(c, call, way, self.mode);
            }
        }
        Ty::Packed(Packed::Stack(stack))
    }
}

fn twice(c: &mut Check<'_>, call: &Call, what: &str, first: Span, second: Span) -> Ty {
    let title = format!("`{}` has two {what}s", call.name);
    let problem = Diagnostic::new(Code::WrongArgument, second, title, "given twice");
    let compat = format!("{}: {what} given twice", call.name);
    c.refuse(problem.related(first, "first given here").help("keep one of them").compat(compat))
}

fn no_build_ids(c: &mut Check<'_>, call: &Call, way: Span, mode: Option<Span>) -> Ty {
    let title = "stacks of build ids are followed by frame pointers";
    let mut problem = Diagnostic::new(Code::WrongArgument, way, title, "another way");
    if let Some(mode) = mode {
        problem = problem.related(mode, "asks for build ids");
    }
    let compat = format!("{}: build_id stacks are read by frame pointers only", call.name);
    let help = "write `ustack(build_id)`, or `ustack(raw, dwarf)` for addresses by `.eh_frame`";
    c.refuse(problem.help(help).compat(compat))
}

/// How a stack of a process is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// By tables where there are some for the file, else by frame pointers.
    Tables,
    /// By frame pointers, which is what the kernel does.
    FramePointers,
}

impl Way {
    /// Every way that a script can ask for.
    const NAMES: [(&str, Self); 2] = [("dwarf", Self::Tables), ("fp", Self::FramePointers)];

    /// That of a call.
    fn of(call: &Call) -> Option<Self> {
        if call.name == TABLES_ONLY {
            return Some(Self::Tables);
        }
        call.args.iter().find_map(Self::named)
    }

    fn named(arg: &Arg) -> Option<Self> {
        let given = arg.text()?;
        let known = Self::NAMES.iter().find(|(name, _)| name.as_bytes() == given);
        known.map(|(_, way)| *way)
    }
}

/// The word for stacks that are followed by tables.
const TABLES_ONLY: &str = "dw_ustack";

fn no_tables(c: &mut Check<'_>, call: &Call, span: Span) -> Ty {
    let title = "stacks can't be followed by `.eh_frame` here";
    let problem = Diagnostic::new(Code::MissingFeature, span, title, "not on this machine");
    let compat = format!("{}: no DWARF unwinding on this kernel", call.name);
    let help = "it needs Linux 6.1 with BTF on x86-64; write `ustack` to take frame pointers where it can't";
    c.refuse(problem.help(help).compat(compat))
}

fn mode(c: &mut Check<'_>, call: &Call, arg: &Arg, side: Side) -> Option<StackMode> {
    let given = arg.text().unwrap_or_default();
    let known = StackMode::NAMES.iter().find(|(name, _)| name.as_bytes() == given);
    let Some((_, mode)) = known else {
        let title = format!("`{}` takes the name of a stack mode", call.name);
        let problem = Diagnostic::new(Code::WrongArgument, arg.span, title, "no stack mode");
        let compat = format!("Invalid stack mode: {}", String::from_utf8_lossy(given));
        let help = match side {
            Side::Kernel => "modes are `bpftrace`, `perf` and `raw`",
            Side::User => {
                "modes are `bpftrace`, `perf`, `raw`, `build_id`; `dwarf` and `fp` say how it is followed"
            }
        };
        c.refuse(problem.help(help).compat(compat));
        return None;
    };
    if *mode == StackMode::BuildId && side == Side::Kernel {
        let title = "the kernel's stack has no build ids";
        let problem =
            Diagnostic::new(Code::WrongArgument, arg.span, title, "only for `ustack`");
        let compat = "'build_id' stack mode can only be used for ustack";
        c.refuse(problem.help("write `kstack(raw)` for addresses").compat(compat));
        return None;
    }
    Some(*mode)
}

fn limit(c: &mut Check<'_>, call: &Call, arg: &Arg) -> Option<u32> {
    let Some(given) = arg.int() else {
        let help = format!("write `{}(16)`", call.name);
        c.wrong_type(call, arg, "a number of frames that is known before it runs", &help);
        return None;
    };
    let limit = u32::try_from(given).ok().filter(|limit| (1..=LARGEST_LIMIT).contains(limit));
    if limit.is_none() {
        let title = format!("a stack of {given} frames");
        let problem = Diagnostic::new(Code::OutOfRange, arg.span, title, "too many or too few");
        let compat = format!(
            "{}([int limit]): limit shouldn't exceed {LARGEST_LIMIT}, {given} given",
            call.name
        );
        c.refuse(problem.help(format!("give 1 to {LARGEST_LIMIT}")).compat(compat));
    }
    limit
}

/// Takes the stack → the address of the value.
pub(crate) fn lower(l: &mut dyn Lower, call: &Call) -> ValueId {
    let Ty::Packed(Packed::Stack(stack)) = call.ty else { return l.b().constant(0) };
    let to = l.place(&call.ty);
    let Taken { frames, bytes, whole, number } = take(l, call, stack);
    let b = l.b();
    // None is no loss: a task of the kernel has no stack in a process.
    let zero = b.constant(0);
    let some = b.bin(Bin::SLt, zero, bytes);
    let (taken, none, done) = (b.block(), b.block(), b.block());
    b.branch(some, taken, none);
    b.switch_to(none);
    b.zero(to, 0, Stack::SIZE, 8);
    b.jump(done);
    b.switch_to(taken);
    let count = b.bin_const(Bin::UDiv, bytes, i64::from(stack.frame_size()));
    let number = number.unwrap_or_else(|| {
        let end = b.offset(frames, i64::from(stack.frames_size()));
        b.store64(end, 0, bytes);
        hash(b, frames, end, stack.frames_size())
    });
    keep(l, number, frames, stack);
    let process = match stack.side {
        Side::Kernel => l.b().constant(0),
        Side::User => {
            l.program().names_processes = true;
            crate::builtins::process_id(l)
        }
    };
    let b = l.b();
    let unfinished = b.bin_const(Bin::Eq, whole, 0);
    let unfinished = b.bin_const(Bin::Mul, unfinished, i64::from(Stack::UNFINISHED));
    let count = b.bin(Bin::Or, count, unfinished);
    b.store64(to, 0, number);
    b.store(to, Stack::FRAMES, Width::W32, count);
    b.store(to, Stack::PROCESS, Width::W32, process);
    b.jump(done);
    b.switch_to(done);
    to
}

/// Takes the frames.
fn take(l: &mut dyn Lower, call: &Call, stack: Stack) -> Taken {
    let way = Way::of(call);
    if stack.side == Side::User
        && stack.mode != StackMode::BuildId
        && way != Some(Way::FramePointers)
        && let Some(layout) = unwind::layout(l.kernel())
    {
        return unwind::take(l, &layout, stack.limit);
    }
    // A word more for their size.
    let frames = l.memory(stack.frames_size() + 8, 8);
    let context = l.context();
    let b = l.b();
    let size = b.constant(i64::from(stack.frames_size()));
    let flags = match (stack.side, stack.mode) {
        (Side::Kernel, _) => 0,
        (Side::User, StackMode::BuildId) => USER_STACK | USER_BUILD_ID,
        (Side::User, _) => USER_STACK,
    };
    let flags = b.constant(flags);
    let bytes = b.call(Helper::GET_STACK, &[context, frames, size, flags]);
    let whole = b.constant(1);
    Taken { frames, bytes, whole, number: None }
}

/// A number for as many bytes of frames as the word at `end` says, at most `size`.
pub(crate) fn hash(b: &mut Builder, frames: ValueId, end: ValueId, size: u32) -> ValueId {
    let sum = b.slot(8, 8);
    let first = b.constant(SPREAD);
    b.store64(sum, 0, first);
    memory::each_word(b, frames, size, Some(end), |b, _, word| {
        let old = b.load64(sum, 0);
        let new = mix(b, old, word);
        b.store64(sum, 0, new);
    });
    b.load64(sum, 0)
}

/// The number for the words of a stack so far, and one more; that of none is [`SPREAD`].
pub(crate) fn mix(b: &mut Builder, sum: ValueId, word: ValueId) -> ValueId {
    let mixed = b.bin(Bin::Xor, sum, word);
    let spread = b.bin_const(Bin::Mul, mixed, SPREAD);
    let high = b.shr(spread, 32);
    b.bin(Bin::Xor, spread, high)
}

/// Puts the frames into their map, unless they are there.
fn keep(l: &mut dyn Lower, number: ValueId, frames: ValueId, stack: Stack) {
    let map = map(l, stack);
    let b = l.b();
    let key = b.slot(8, 8);
    b.store64(key, 0, number);
    let address = b.map(map);
    let found = b.call(Helper::MAP_LOOKUP_ELEM, &[address, key]);
    let is_new = b.is_null(found);
    let (insert, done) = (b.block(), b.block());
    b.branch(is_new, insert, done);
    b.switch_to(insert);
    let (address, flags) = (b.map(map), b.constant(NOEXIST));
    let result = b.call(Helper::MAP_UPDATE_ELEM, &[address, key, frames, flags]);
    let failed = b.bin_const(Bin::Ne, result, 0);
    let other = b.bin_const(Bin::Ne, result, EEXIST);
    let lost = b.bin(Bin::And, failed, other);
    let full = b.block();
    b.branch(lost, full, done);
    b.switch_to(full);
    count_loss(l, LossKind::StacksFull, None);
    let b = l.b();
    b.jump(done);
    b.switch_to(done);
}

/// The map for the frames of stacks of this size.
fn map(l: &mut dyn Lower, stack: Stack) -> MapId {
    let value_size = stack.frames_size();
    let lazy = l.kernel().has(Feature::LazyMaps);
    let program: &mut Program = l.program();
    let known = program.stacks.iter().find(|id| program.maps[**id].value_size == value_size);
    if let Some(known) = known {
        return *known;
    }
    let id = program.maps.push(Map {
        name: format!("stacks_{value_size}"),
        kind: MapKind::Hash,
        key_size: 8,
        value_size,
        max_entries: if lazy { LAZY_STACKS } else { STACKS },
        flags: if lazy { NO_PREALLOC } else { 0 },
    });
    program.stacks.push(id);
    id
}
