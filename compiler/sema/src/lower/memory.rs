//! Storing values where they are wanted, and converting between layouts.

use ir::{Bin, Coded, Inst, Ty, ValueId, Width};

use super::{
    body::{BodyLowering, Destination},
    plan::SiteSource,
};
use crate::typed::{ExprId, ExprKind};

impl BodyLowering<'_> {
    /// Evaluates an expression and stores it at `to` as a `ty`.
    pub(super) fn store(&mut self, id: ExprId, to: ValueId, ty: &Ty) {
        let body = self.body;
        let expr = body.expr(id);
        match (&expr.kind, &expr.ty, ty) {
            (_, Ty::Coded(Coded::Site), Ty::Str(size)) => self.store_site_name(to, *size),
            (ExprKind::Str(bytes), _, Ty::Str(size)) => self.store_text(bytes, to, *size),
            (ExprKind::Tuple(items), _, Ty::Tuple(types)) => {
                if ty.has_padding() {
                    self.b.zero(to, 0, ty.size(), ty.align());
                }
                for ((item, item_ty), offset) in items.iter().zip(types).zip(ty.offsets()) {
                    let at = self.b.offset(to, i64::from(offset));
                    self.store(*item, at, item_ty);
                }
            }
            (ExprKind::Tuple(items), _, Ty::Record(record)) => {
                self.b.zero(to, 0, ty.size(), ty.align());
                for (item, field) in items.iter().zip(&record.fields) {
                    let at = self.b.offset(to, i64::from(field.offset));
                    self.store(*item, at, &field.ty);
                }
            }
            (_, from, _) if from.is_scalar() => {
                let value = self.scalar(id);
                let (width, _) = ty.scalar().unwrap_or((Width::W64, ir::Sign::Signed));
                self.b.store(to, 0, width, value);
            }
            (_, Ty::Str(from), Ty::Str(size)) if from < size => {
                let at = self.b.offset(to, i64::from(*from));
                self.b.zero(at, 0, size - from, 1);
                let narrow = expr.ty.clone();
                self.make_at(id, to, &narrow);
            }
            (_, from, _) if from == ty => self.make_at(id, to, ty),
            (_, from, _) => {
                let value = self.value(id);
                self.convert((value, from), (to, ty));
            }
        }
    }

    /// Makes a value of exactly this type at `to`.
    fn make_at(&mut self, id: ExprId, to: ValueId, ty: &Ty) {
        let wanted = Destination { ptr: to, ty: ty.clone(), by_length: false };
        let old = self.destination.replace(wanted);
        let made = self.value(id);
        self.destination = old;
        self.b.copy(to, made, ty.size(), ty.align());
    }

    /// Copies a value to memory of a wider type.
    pub(super) fn convert(
        &mut self,
        (from, from_ty): (ValueId, &Ty),
        (to, ty): (ValueId, &Ty),
    ) {
        match (from_ty, ty) {
            (a, b) if a == b => self.b.copy(to, from, ty.size(), ty.align()),
            (Ty::Str(a), Ty::Str(b)) => {
                let kept = *a.min(b);
                self.b.copy(to, from, kept, 1);
                if b > a {
                    let rest = self.b.offset(to, i64::from(kept));
                    self.b.zero(rest, 0, b - a, 1);
                }
            }
            (Ty::Record(from_record), Ty::Record(record)) if record.name.is_none() => {
                self.b.zero(to, 0, ty.size(), ty.align());
                for (a, b) in from_record.fields.iter().zip(&record.fields) {
                    let source = self.b.offset(from, i64::from(a.offset));
                    let target = self.b.offset(to, i64::from(b.offset));
                    self.convert((source, &a.ty), (target, &b.ty));
                }
            }
            (Ty::Tuple(from_items), Ty::Tuple(items)) => {
                if ty.has_padding() {
                    self.b.zero(to, 0, ty.size(), ty.align());
                }
                let offsets = from_ty.offsets().into_iter().zip(ty.offsets());
                for ((a, b), (from_at, to_at)) in from_items.iter().zip(items).zip(offsets) {
                    let source = self.b.offset(from, i64::from(from_at));
                    let target = self.b.offset(to, i64::from(to_at));
                    self.convert((source, a), (target, b));
                }
            }
            (a, b) => {
                if let (Some((from_width, sign)), Some((width, _))) = (a.scalar(), b.scalar()) {
                    let value = self.b.load(from, 0, from_width, sign);
                    self.b.store(to, 0, width, value);
                } else {
                    let kept = a.size().min(b.size());
                    self.b.copy(to, from, kept, 1);
                    let rest = self.b.offset(to, i64::from(kept));
                    self.b.zero(rest, 0, b.size() - kept, 1);
                }
            }
        }
    }

    /// A literal, and zeros up to the size of its memory.
    fn store_text(&mut self, text: &[u8], to: ValueId, size: u32) {
        let mut bytes = text.to_vec();
        bytes.truncate(size as usize);
        let written = (bytes.len() as u32).next_multiple_of(8).min(size);
        bytes.resize(written as usize, 0);
        self.b.store_bytes(to, 0, bytes, 1);
        let rest = self.b.offset(to, i64::from(written));
        self.b.zero(rest, 0, size - written, 1);
    }

    /// The name of the site that fires, which is known: the unit has only one.
    fn store_site_name(&mut self, to: ValueId, size: u32) {
        let SiteSource::Constant(site) = self.unit.site else {
            self.b.zero(to, 0, size, 1);
            return;
        };
        let name = self.program.sites[site].name.clone();
        self.store_text(name.as_bytes(), to, size);
    }

    /// Memory for a value that the word at hand makes.
    pub(super) fn make_place(&mut self, ty: &Ty) -> ValueId {
        match self.destination.take() {
            Some(wanted) if wanted.ty == *ty => wanted.ptr,
            Some(_) | None => self.temporary(ty.size(), ty.align()),
        }
    }

    /// A value in memory of its own, wholly written.
    pub(super) fn materialize(&mut self, id: ExprId, ty: &Ty) -> ValueId {
        let to = self.temporary(ty.size(), ty.align());
        self.store(id, to, ty);
        to
    }

    /// The address of a number, as a number.
    pub(super) fn address(&mut self, ptr: ValueId) -> ValueId {
        self.b.push(Inst::Address(ptr))
    }

    /// `condition ? 1 : 0` the other way round.
    pub(super) fn invert(&mut self, value: ValueId) -> ValueId {
        self.b.bin_const(Bin::Eq, value, 0)
    }
}
