//! Types: how values are laid out in memory and how the runtime reads them back.
//! Sizes and offsets are in bytes. The layout is that of C on a 64-bit little-endian machine.

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{Reduce, Stack};

/// How many bytes an integer has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Width {
    /// 1 byte.
    W8,
    /// 2 bytes.
    W16,
    /// 4 bytes.
    W32,
    /// 8 bytes.
    W64,
}

impl Width {
    /// 1, 2, 4 or 8.
    pub const fn bytes(self) -> u32 {
        match self {
            Self::W8 => 1,
            Self::W16 => 2,
            Self::W32 => 4,
            Self::W64 => 8,
        }
    }

    /// 8, 16, 32 or 64.
    pub const fn bits(self) -> u32 {
        self.bytes() * 8
    }

    /// The width of `bytes` bytes, if there is one.
    pub const fn from_bytes(bytes: u32) -> Option<Self> {
        match bytes {
            1 => Some(Self::W8),
            2 => Some(Self::W16),
            4 => Some(Self::W32),
            8 => Some(Self::W64),
            _ => None,
        }
    }

    /// The next wider one.
    #[must_use]
    pub const fn wider(self) -> Option<Self> {
        Self::from_bytes(self.bytes() * 2)
    }
}

/// Whether the top bit is a sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Sign {
    /// It is not.
    Unsigned,
    /// Two's complement.
    Signed,
}

/// Which memory a pointer points into, and so how it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Space {
    /// Nobody knows: read with the generic helper.
    Unknown,
    /// The kernel's memory.
    Kernel,
    /// The current process's memory.
    User,
    /// The program's own context, read directly at constant offsets.
    Context,
    /// Each CPU's own memory: not an address before the CPU's is added (`__percpu`).
    PerCpu,
}

/// A type of the language, which is also the shape of its values in memory.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ty {
    /// No value.
    Void,
    /// One byte, 0 or 1.
    Bool,
    /// An integer.
    Int(Width, Sign),
    /// Text: so many bytes, NUL and zeros after it included.
    Str(u32),
    /// Bytes: a length of 4 bytes, then at most so many bytes.
    Bytes(u32),
    /// Values side by side, each at its natural alignment.
    Tuple(Vec<Self>),
    /// Named fields at given offsets: a record of the language or a C struct or union.
    Record(Arc<Record>),
    /// So many values in a row.
    Array(Box<Self>, u32),
    /// An address.
    Ptr(Box<Self>, Space),
    /// An integer whose values have names.
    Enum(Arc<Enum>),
    /// An 8-byte number that the runtime shows as something else.
    Coded(Coded),
    /// A few numbers that the runtime shows as one thing.
    Packed(Packed),
    /// What a map holds of many samples.
    Reduced(Reduce),
    /// A C type known by its name (`struct sock`, or a typedef's), of size 0 until it is looked
    /// up. Pointers point to these, so that a struct may contain its own address.
    Opaque(Arc<str>),
}

/// Numbers that stand for something that only user space can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Coded {
    /// Index into [`crate::Program::sites`]; shown as the attach point's name.
    Site,
    /// The same index; shown as the function that the attach point names, its last part.
    SiteFunction,
    /// An address in the kernel; shown as its symbol.
    KernelSymbol,
    /// Six bytes of a hardware address, the first one lowest.
    Mac,
    /// The id of a control group, shown as its path. Of the hierarchies that are mounted, in the
    /// order of the mounts, those count whose bit is set.
    ControlGroup(u32),
    /// A process id, shown as the name that the process has when it is printed.
    Process,
    /// A user's id; shown as the name that the system has for it.
    User,
}

/// Values of several numbers, which are not looked into by programs: kept, compared and sent as
/// they are, all of their bytes defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Packed {
    /// A moment: `u64` nanoseconds, then `u64` 1 + its index in
    /// [`crate::Program::time_formats`]; all zero for no moment.
    Time,
    /// A stack.
    Stack(Stack),
    /// An address in a process, and the process, so that it can be named later: `u64`, `u32` and
    /// 4 bytes of zeros.
    UserSymbol,
    /// An internet address: `u64` family (2 or 10), then 16 bytes, of which an address of
    /// family 2 has 4, and zeros.
    Inet,
}

impl Packed {
    /// In bytes, a multiple of 8.
    pub const fn size(self) -> u32 {
        match self {
            Self::Time | Self::UserSymbol => 16,
            Self::Stack(_) => Stack::SIZE,
            Self::Inet => 24,
        }
    }
}

/// A C struct, a C union, or a record of the language.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Record {
    /// Its C name with its keyword (`struct sock`), if it has one.
    pub name: Option<String>,
    /// In the order of declaration.
    pub fields: Vec<Field>,
    /// In bytes.
    pub size: u32,
    /// In bytes.
    pub align: u32,
}

/// One field of a record.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Field {
    /// As it is written after the dot.
    pub name: String,
    /// What it holds.
    pub ty: Ty,
    /// Where it starts, in bytes from the start of the record.
    pub offset: u32,
    /// Which bits of the integer at `offset` it has, if not all.
    pub bits: Option<Bits>,
    /// How the field's bytes are found.
    pub access: Access,
}

/// A bit-field's place within the integer that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bits {
    /// Bits below it.
    pub shift: u8,
    /// Its own bits.
    pub count: u8,
}

impl Field {
    /// A bit-field of a C record of `size` bytes: `count` bits from bit `start` on, declared as
    /// `ty`. It is read as an integer of the declared size at that size's own alignment. Where
    /// packing makes the bits straddle two of those, or the record ends before it, another size
    /// serves, and the type becomes one of that size. None if no integer holds all of the bits.
    pub fn of_bits(name: String, ty: Ty, start: u32, count: u32, size: u32) -> Option<Self> {
        let (declared, _) = ty.scalar()?;
        let (width, offset) = container(declared, (start, count), size)?;
        let shift = u8::try_from(start.checked_sub(offset.checked_mul(8)?)?).ok()?;
        let bits = Bits { shift, count: u8::try_from(count).ok()? };
        let ty = if width == declared { ty } else { resized(ty, width) };
        Some(Self { name, ty, offset, bits: Some(bits), access: Access::Plain })
    }
}

/// Width and byte offset of the integer from which bits are read.
fn container(declared: Width, (start, count): (u32, u32), size: u32) -> Option<(Width, u32)> {
    let (first, end) = (start / 8, start.checked_add(count)?.div_ceil(8));
    let aligned = first - first % declared.bytes();
    if end <= aligned + declared.bytes() && aligned.checked_add(declared.bytes())? <= size {
        return Some((declared, aligned));
    }
    let widths = [Width::W8, Width::W16, Width::W32, Width::W64];
    let covers = |offset: u32, width: Width| end <= offset.saturating_add(width.bytes());
    let inside = |width: Width| {
        // Moved towards the start, so that nothing behind the record is read.
        let offset = first.min(size.checked_sub(width.bytes())?);
        covers(offset, width).then_some((width, offset))
    };
    let beyond = |width: Width| covers(first, width).then_some((width, first));
    widths.into_iter().find_map(inside).or_else(|| widths.into_iter().find_map(beyond))
}

fn resized(ty: Ty, width: Width) -> Ty {
    match (ty.scalar(), ty) {
        (_, Ty::Enum(shape)) => Ty::Enum(Arc::new(Enum { width, ..(*shape).clone() })),
        (Some((_, sign)), _) => Ty::Int(width, sign),
        (None, ty) => ty,
    }
}

/// How the bytes of a field are found from its record's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Access {
    /// They are at the offset.
    Plain,
    /// At the offset is a `u32`: the low half is where the data starts in the record, the high
    /// half its length (`__data_loc` in tracefs).
    DataLoc,
    /// At the offset is an address in the process's memory; the bytes are so far behind it.
    Through(i32),
    /// The same as `DataLoc`, but counted from the end of that `u32` (`__rel_loc`, Linux 5.17).
    RelLoc,
}

/// A C enum.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Enum {
    /// Its name without `enum`.
    pub name: String,
    /// The integer that holds it.
    pub width: Width,
    /// Whether that integer is signed.
    pub sign: Sign,
    /// Names and values.
    pub variants: Vec<(String, i64)>,
}

impl Ty {
    /// `int64`
    pub const I64: Self = Self::Int(Width::W64, Sign::Signed);
    /// `uint64`
    pub const U64: Self = Self::Int(Width::W64, Sign::Unsigned);
    /// `int32`
    pub const I32: Self = Self::Int(Width::W32, Sign::Signed);
    /// `uint32`
    pub const U32: Self = Self::Int(Width::W32, Sign::Unsigned);

    /// Whether a value of this type fits a register. Other values are known by their address.
    pub fn is_scalar(&self) -> bool {
        self.scalar().is_some()
    }

    /// The integer that holds a scalar in memory.
    pub fn scalar(&self) -> Option<(Width, Sign)> {
        match self {
            Self::Bool => Some((Width::W8, Sign::Unsigned)),
            Self::Int(width, sign) => Some((*width, *sign)),
            Self::Ptr(..) | Self::Coded(_) => Some((Width::W64, Sign::Unsigned)),
            Self::Enum(shape) => Some((shape.width, shape.sign)),
            Self::Void
            | Self::Str(_)
            | Self::Bytes(_)
            | Self::Tuple(_)
            | Self::Record(_)
            | Self::Array(..)
            | Self::Packed(_)
            | Self::Reduced(_)
            | Self::Opaque(_) => None,
        }
    }

    /// In bytes.
    pub fn size(&self) -> u32 {
        match self {
            Self::Void | Self::Opaque(_) => 0,
            Self::Bool => 1,
            Self::Int(width, _) => width.bytes(),
            Self::Str(size) => *size,
            Self::Bytes(size) => 4 + size,
            Self::Tuple(items) => {
                let end = items.iter().fold(0, |at, ty| align_up(at, ty.align()) + ty.size());
                align_up(end, self.align())
            }
            Self::Record(record) => record.size,
            Self::Array(item, count) => item.size() * count,
            Self::Ptr(..) | Self::Coded(_) => 8,
            Self::Enum(shape) => shape.width.bytes(),
            Self::Packed(packed) => packed.size(),
            Self::Reduced(reduce) => reduce.size(),
        }
    }

    /// In bytes, at least 1.
    pub fn align(&self) -> u32 {
        match self {
            Self::Void | Self::Bool | Self::Str(_) | Self::Opaque(_) => 1,
            Self::Int(width, _) => width.bytes(),
            Self::Bytes(_) => 4,
            Self::Tuple(items) => items.iter().map(Self::align).max().unwrap_or(1),
            Self::Record(record) => record.align.max(1),
            Self::Array(item, _) => item.align(),
            Self::Ptr(..) | Self::Coded(_) | Self::Packed(_) | Self::Reduced(_) => 8,
            Self::Enum(shape) => shape.width.bytes(),
        }
    }

    /// Where the items of a tuple start, in bytes; empty for other types.
    pub fn offsets(&self) -> Vec<u32> {
        let Self::Tuple(items) = self else { return Vec::new() };
        let mut at = 0;
        let place = |ty: &Self| {
            let start = align_up(at, ty.align());
            at = start + ty.size();
            start
        };
        items.iter().map(place).collect()
    }

    /// Whether some bytes of its values belong to no part of them.
    pub fn has_padding(&self) -> bool {
        let Self::Tuple(items) = self else { return false };
        let used: u32 = items.iter().map(Self::size).sum();
        used != self.size() || items.iter().any(Self::has_padding)
    }
}

/// The first multiple of `align` that is not below `at`.
pub const fn align_up(at: u32, align: u32) -> u32 {
    at.div_ceil(align) * align
}

/// The type's name as users see it.
impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Void => f.write_str("void"),
            Self::Bool => f.write_str("bool"),
            Self::Int(width, Sign::Signed) => write!(f, "int{}", width.bits()),
            Self::Int(width, Sign::Unsigned) => write!(f, "uint{}", width.bits()),
            Self::Str(size) => write!(f, "string[{size}]"),
            Self::Bytes(size) => write!(f, "buffer[{size}]"),
            Self::Tuple(items) => {
                let names: Vec<_> = items.iter().map(Self::to_string).collect();
                write!(f, "({})", names.join(","))
            }
            Self::Record(record) => write_record(record, f),
            Self::Array(item, count) => write!(f, "{item}[{count}]"),
            Self::Ptr(to, _) => write!(f, "{to} *"),
            Self::Enum(shape) => write!(f, "enum {}", shape.name),
            Self::Coded(Coded::Site) => f.write_str("string"),
            Self::Coded(Coded::KernelSymbol) => f.write_str("ksym_t"),
            Self::Coded(Coded::Mac) => f.write_str("macaddr_t"),
            Self::Coded(Coded::ControlGroup(_)) => f.write_str("cgroup_path_t"),
            Self::Coded(Coded::Process) => f.write_str("string[16]"),
            Self::Coded(Coded::User) => f.write_str("username_t"),
            Self::Coded(Coded::SiteFunction) | Self::Packed(Packed::UserSymbol) => {
                f.write_str("usym_t")
            }
            Self::Packed(Packed::Inet) => f.write_str("inet"),
            Self::Packed(Packed::Time) => f.write_str("timestamp"),
            Self::Packed(Packed::Stack(stack)) => write!(f, "{stack}"),
            Self::Reduced(reduce) => write!(f, "{reduce}"),
            Self::Opaque(name) => f.write_str(name),
        }
    }
}

fn write_record(record: &Record, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    if let Some(name) = &record.name {
        return f.write_str(name);
    }
    let field = |field: &Field| format!(".{} = {}", field.name, field.ty);
    let fields: Vec<_> = record.fields.iter().map(field).collect();
    write!(f, "record {{ {} }}", fields.join(", "))
}
