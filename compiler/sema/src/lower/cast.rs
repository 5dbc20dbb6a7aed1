//! Casts: numbers to numbers, and numbers to arrays of their bytes and back.

use ir::{Bin, Sign, Ty, ValueId, Width};

use super::{body::BodyLowering, compare};
use crate::typed::{ExprId, ExprKind};

impl BodyLowering<'_> {
    pub(super) fn cast(&mut self, operand: ExprId, ty: &Ty) -> ValueId {
        let body = self.body;
        let from = body.expr(operand);
        if let (Ty::Reduced(_), ExprKind::Entry(entry)) = (&from.ty, &from.kind) {
            return if self.is_per_cpu(entry) {
                self.read_reduced(entry)
            } else {
                self.read_entry(entry)
            };
        }
        match (from.ty.is_scalar(), ty.is_scalar()) {
            (true, true) => {
                let value = self.scalar(operand);
                self.cut_to(value, ty)
            }
            (true, false) => self.bytes_of(operand, ty),
            (false, true) => {
                let value = self.number_of(operand);
                self.cut_to(value, ty)
            }
            (false, false) => {
                let to = self.make_place(ty);
                self.store(operand, to, ty);
                to
            }
        }
    }

    fn cut_to(&mut self, value: ValueId, ty: &Ty) -> ValueId {
        match ty {
            Ty::Bool => self.b.bin_const(Bin::Ne, value, 0),
            Ty::Int(Width::W64, _) | Ty::Ptr(..) => value,
            Ty::Int(width, sign) => self.b.extend(value, *width, *sign),
            Ty::Enum(shape) => self.b.extend(value, shape.width, shape.sign),
            Ty::Void
            | Ty::Str(_)
            | Ty::Bytes(_)
            | Ty::Tuple(_)
            | Ty::Record(_)
            | Ty::Array(..)
            | Ty::Coded(_)
            | Ty::Reduced(_)
            | Ty::Packed(_)
            | Ty::Opaque(_) => value,
        }
    }

    /// The low bytes of a number, as many as the array has.
    fn bytes_of(&mut self, operand: ExprId, ty: &Ty) -> ValueId {
        let to = self.make_place(ty);
        let value = self.scalar(operand);
        let mut at = 0;
        while at < ty.size() {
            let width = compare::widest((ty.size() - at) as usize);
            let part = if at == 0 { value } else { self.b.shr(value, at * 8) };
            self.b.store(to, at as i32, width, part);
            at += width.bytes();
        }
        to
    }

    /// The number that an array of bytes is.
    fn number_of(&mut self, operand: ExprId) -> ValueId {
        let size = self.body.expr(operand).ty.size();
        let from = self.value(operand);
        let mut number = None;
        let mut at = 0;
        while at < size {
            let width = compare::widest((size - at) as usize);
            let part = self.b.load(from, at as i32, width, Sign::Unsigned);
            number = Some(match number {
                None => part,
                Some(low) => {
                    let part = self.b.bin_const(Bin::Shl, part, i64::from(at * 8));
                    self.b.bin(Bin::Or, low, part)
                }
            });
            at += width.bytes();
        }
        number.unwrap_or_else(|| self.b.constant(0))
    }
}
