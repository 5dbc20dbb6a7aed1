//! Parts of values: fields, elements, what pointers point to. Where a part lies is worked out
//! first; then it is read by what its memory needs.

use ir::{Access, Bin, Field, Helper, LossKind, Sign, Space, Ty, ValueId, Width};

use super::body::BodyLowering;
use crate::typed::{ExprId, ExprKind};

/// Where a part lies.
#[derive(Debug, Clone, Copy)]
struct Located {
    base: ValueId,
    offset: i64,
    memory: Memory,
}

/// How memory is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Memory {
    /// Directly: `base` is a pointer.
    Own,
    /// Directly at constant offsets: `base` is the context.
    Context,
    /// With a helper: `base` is an address.
    Far(Space),
}

impl BodyLowering<'_> {
    /// Reads a field, an element or what a pointer points to.
    pub(super) fn read_part(&mut self, id: ExprId) -> ValueId {
        let wanted = self.destination.take();
        let body = self.body;
        let expr = body.expr(id);
        let located = self.locate(id);
        self.destination = wanted;
        let field = if let ExprKind::Part(_, field) = &expr.kind { Some(field) } else { None };
        match field {
            Some(field) if matches!((&field.ty, &expr.ty), (Ty::Array(_, 0), Ty::Ptr(..))) => {
                self.address_of(located)
            }
            Some(field) if matches!(field.access, Access::DataLoc | Access::RelLoc) => {
                self.read_location(located, field)
            }
            Some(field) => {
                let value = self.read_at(located, &expr.ty);
                self.bits(value, field)
            }
            None => self.read_at(located, &expr.ty),
        }
    }

    fn address_of(&mut self, at: Located) -> ValueId {
        let base = match at.memory {
            Memory::Own | Memory::Context => self.address(at.base),
            Memory::Far(_) => at.base,
        };
        self.b.bin_const(Bin::Add, base, at.offset)
    }

    fn bits(&mut self, value: ValueId, field: &Field) -> ValueId {
        let (Some(bits), Some((_, sign))) = (field.bits, field.ty.scalar()) else {
            return value;
        };
        let up = 64 - i64::from(bits.shift) - i64::from(bits.count);
        let value = self.b.bin_const(Bin::Shl, value, up);
        let down = if sign == Sign::Signed { Bin::Sar } else { Bin::Shr };
        self.b.bin_const(down, value, 64 - i64::from(bits.count))
    }

    /// The address of data that a `u32` in the record tells the place of.
    fn read_location(&mut self, located: Located, field: &Field) -> ValueId {
        let word = self.read_at(located, &Ty::U32);
        let start = self.b.bin_const(Bin::And, word, 0xffff);
        let base = match located.memory {
            Memory::Own | Memory::Context => self.address(located.base),
            Memory::Far(_) => located.base,
        };
        let address = self.b.add(base, start);
        match field.access {
            Access::Plain | Access::Through(_) | Access::DataLoc => address,
            Access::RelLoc => self.b.bin_const(Bin::Add, address, located.offset + 4),
        }
    }

    /// The address of a field, an element or what a pointer points to, if the kernel has it.
    pub(super) fn place_in_kernel(&mut self, id: ExprId) -> Option<ValueId> {
        let body = self.body;
        let known = matches!(
            body.expr(id).kind,
            ExprKind::Part(..) | ExprKind::Element(..) | ExprKind::Dereference(_)
        );
        let located = self.locate(id);
        if !known || located.memory != Memory::Far(Space::Kernel) {
            return None;
        }
        Some(self.b.bin_const(Bin::Add, located.base, located.offset))
    }

    fn locate(&mut self, id: ExprId) -> Located {
        let body = self.body;
        let kind = &body.expr(id).kind;
        if let ExprKind::Part(base, field) = kind {
            let mut located = self.inside(*base);
            located.offset += i64::from(field.offset);
            if let Access::Through(behind) = field.access {
                let base = self.read_at(located, &Ty::U64);
                let memory = Memory::Far(Space::User);
                return Located { base, offset: i64::from(behind), memory };
            }
            return located;
        }
        if let ExprKind::Element(base, index) = kind {
            return self.element(*base, *index);
        }
        if let ExprKind::Dereference(pointer) = kind {
            return self.inside(*pointer);
        }
        self.whole(id)
    }

    /// Where the value itself lies, or, of a pointer, what it points to.
    fn inside(&mut self, id: ExprId) -> Located {
        let body = self.body;
        let Ty::Ptr(_, space) = &body.expr(id).ty else { return self.locate(id) };
        if *space == Space::Context {
            let base = stdlib::Lower::context(self);
            return Located { base, offset: 0, memory: Memory::Context };
        }
        let base = self.scalar(id);
        Located { base, offset: 0, memory: Memory::Far(*space) }
    }

    fn whole(&mut self, id: ExprId) -> Located {
        let base = self.value(id);
        Located { base, offset: 0, memory: Memory::Own }
    }

    fn element(&mut self, base: ExprId, index: ExprId) -> Located {
        let body = self.body;
        let (size, count) = match &body.expr(base).ty {
            Ty::Array(item, count) => (item.size(), Some(*count)),
            Ty::Ptr(item, _) => (item.size(), None),
            Ty::Str(size) => (1, Some(*size)),
            // Refused by the check.
            Ty::Void
            | Ty::Bool
            | Ty::Int(..)
            | Ty::Bytes(_)
            | Ty::Tuple(_)
            | Ty::Record(_)
            | Ty::Enum(_)
            | Ty::Coded(_)
            | Ty::Reduced(_)
            | Ty::Packed(_)
            | Ty::Opaque(_) => (1, Some(0)),
        };
        let mut located = self.inside(base);
        if let Some(constant) = body.constant(index) {
            located.offset =
                located.offset.wrapping_add(constant.wrapping_mul(i64::from(size)));
            return located;
        }
        let index = self.scalar(index);
        let index = match count {
            Some(count) => self.clamp(index, count),
            None => index,
        };
        let bytes = self.b.bin_const(Bin::Mul, index, i64::from(size));
        match located.memory {
            Memory::Own => located.base = self.b.push(ir::Inst::Offset(located.base, bytes)),
            Memory::Context => {
                // The context takes constant offsets only: read it like kernel memory.
                let base = self.address(located.base);
                located.base = self.b.add(base, bytes);
                located.memory = Memory::Far(Space::Kernel);
            }
            Memory::Far(_) => located.base = self.b.add(located.base, bytes),
        }
        located
    }

    /// An index within the array: element 0 for one that is outside, which is counted.
    fn clamp(&mut self, index: ValueId, count: u32) -> ValueId {
        let slot = self.b.slot(8, 8);
        let zero = self.b.constant(0);
        self.b.store64(slot, 0, zero);
        let index = self.b.push(ir::Inst::Opaque(index));
        let limit = self.b.constant(i64::from(count));
        let fits = self.b.bin(Bin::ULt, index, limit);
        let (inside, outside, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(fits, inside, outside);
        self.b.switch_to(outside);
        stdlib::count_loss(self, LossKind::OutOfBounds, None);
        self.b.jump(done);
        self.b.switch_to(inside);
        self.b.store64(slot, 0, index);
        self.b.jump(done);
        self.b.switch_to(done);
        self.b.load64(slot, 0)
    }

    /// A pointer of the context that may be null: the verifier wants that to be asked before
    /// anything is added to it.
    fn pointer_or_nothing(&mut self, at: Located) -> ValueId {
        let slot = self.b.slot(8, 8);
        let value = self.b.load64(at.base, at.offset as i32);
        let (null, there, done) = (self.b.block(), self.b.block(), self.b.block());
        self.b.branch(value, there, null);
        self.b.switch_to(null);
        // Not a zero that LLVM knows, or it would take the pointer itself for it.
        let zero = self.b.constant(0);
        let zero = self.b.push(ir::Inst::Opaque(zero));
        self.b.store64(slot, 0, zero);
        self.b.jump(done);
        self.b.switch_to(there);
        self.b.store64(slot, 0, value);
        self.b.jump(done);
        self.b.switch_to(done);
        self.b.load64(slot, 0)
    }

    fn read_at(&mut self, at: Located, ty: &Ty) -> ValueId {
        match (at.memory, ty.scalar()) {
            (Memory::Context, Some(scalar)) if self.unit.call.is_some() => {
                self.read_call(at.base, at.offset, scalar)
            }
            (Memory::Context, Some(_))
                if matches!(ty, Ty::Ptr(..)) && self.unit.kind == ir::ProgramKind::Iter =>
            {
                self.pointer_or_nothing(at)
            }
            (Memory::Own | Memory::Context, Some((width, sign))) => {
                self.b.load(at.base, at.offset as i32, width, sign)
            }
            (Memory::Own, None) => self.b.offset(at.base, at.offset),
            (Memory::Context, None) => {
                let base = self.address(at.base);
                let to = self.make_place(ty);
                self.read_memory((base, at.offset), to, ty, Space::Kernel);
                to
            }
            (Memory::Far(space), Some((width, sign))) => {
                let to = self.b.slot(8, 8);
                self.read_far((at.base, at.offset), to, width.bytes(), space);
                self.b.load(to, 0, width, sign)
            }
            (Memory::Far(space), None) => {
                let to = self.make_place(ty);
                self.read_memory((at.base, at.offset), to, ty, space);
                to
            }
        }
    }

    /// Copies a value that is no scalar.
    fn read_memory(&mut self, from: (ValueId, i64), to: ValueId, ty: &Ty, space: Space) {
        let helper = match space {
            Space::User => Helper::PROBE_READ_USER_STR,
            Space::Kernel | Space::Context => Helper::PROBE_READ_KERNEL_STR,
            Space::PerCpu | Space::Unknown => return self.read_far(from, to, ty.size(), space),
        };
        if matches!(ty, Ty::Str(_)) {
            self.read_text(from, to, ty.size(), (space, helper));
        } else {
            self.read_far(from, to, ty.size(), space);
        }
    }

    /// Copies a `char[]`, with zeros behind its text: what follows the NUL in memory may be
    /// anything, and equal texts must be equal bytes. One that fills the array has no NUL.
    fn read_text(
        &mut self,
        (base, offset): (ValueId, i64),
        to: ValueId,
        size: u32,
        (space, helper): (Space, Helper),
    ) {
        let align = self.b.alignment(to, 0);
        self.b.zero(to, 0, size, align);
        let address = if offset == 0 { base } else { self.b.bin_const(Bin::Add, base, offset) };
        let room = self.b.constant(i64::from(size));
        let length = self.b.call(helper, &[to, room, address]);
        let zero = self.b.constant(0);
        let failed = self.b.bin(Bin::SLt, length, zero);
        stdlib::lose_if(self, failed, LossKind::ReadFault, None);
        let is_full = self.b.bin_const(Bin::Eq, length, i64::from(size));
        let (again, done) = (self.b.block(), self.b.block());
        self.b.branch(is_full, again, done);
        self.b.switch_to(again);
        self.read_far((address, 0), to, size, space);
        self.b.jump(done);
        self.b.switch_to(done);
    }

    /// Copies memory with a helper; where that fails, what is there is zeros and a counted loss.
    fn read_far(
        &mut self,
        (base, offset): (ValueId, i64),
        to: ValueId,
        size: u32,
        space: Space,
    ) {
        let address = if offset == 0 { base } else { self.b.bin_const(Bin::Add, base, offset) };
        let size = self.b.constant(i64::from(size));
        let failed = match space {
            Space::User => self.b.call(Helper::PROBE_READ_USER, &[to, size, address]),
            // An address of each CPU's own memory is none: the read fails, and that is counted.
            Space::Kernel | Space::Context | Space::PerCpu => {
                self.b.call(Helper::PROBE_READ_KERNEL, &[to, size, address])
            }
            Space::Unknown => self.read_either(to, size, address),
        };
        stdlib::lose_if(self, failed, LossKind::ReadFault, None);
    }

    /// From the process and, where that fails, from the kernel.
    fn read_either(&mut self, to: ValueId, size: ValueId, address: ValueId) -> ValueId {
        let slot = self.b.slot(8, 8);
        let result = self.b.call(Helper::PROBE_READ_USER, &[to, size, address]);
        self.b.store(slot, 0, Width::W64, result);
        let (again, done) = (self.b.block(), self.b.block());
        self.b.branch(result, again, done);
        self.b.switch_to(again);
        let result = self.b.call(Helper::PROBE_READ_KERNEL, &[to, size, address]);
        self.b.store64(slot, 0, result);
        self.b.jump(done);
        self.b.switch_to(done);
        self.b.load64(slot, 0)
    }
}
