//! Keys that end in text, of tables that keep short text in a map of its own: only the bytes that
//! are there are written, hashed and compared.

use ir::{Bin, Helper, Short, Ty, ValueId};

use super::{
    body::{BodyLowering, Destination},
    tables::SHORT_TEXT,
};
use crate::typed::{Entry, ExprId, ExprKind};

impl BodyLowering<'_> {
    /// Stores a key so that the byte [`Short::last`] tells which map it is in, and all bytes of
    /// that map's keys are defined.
    pub(super) fn store_short_key(
        &mut self,
        entry: &Entry,
        to: ValueId,
        ty: &Ty,
        short: Short,
    ) {
        let Some((text, before)) = entry.keys.split_last() else { return };
        let start = short.last + 1 - SHORT_TEXT;
        let last = if let Ty::Tuple(items) = ty { items.last() } else { Some(ty) };
        let text_ty = last.cloned().unwrap_or(Ty::Void);
        // One expression may stand for all parts of the key.
        let whole = matches!(ty, Ty::Tuple(items) if items.len() != entry.keys.len());
        if whole || !self.has_length(*text, &text_ty) {
            return self.store_key(entry, to, ty);
        }
        if let Ty::Tuple(items) = ty {
            if ty.has_padding() {
                self.b.zero(to, 0, start, ty.align());
            }
            for ((key, item), offset) in before.iter().zip(items).zip(ty.offsets()) {
                let at = self.b.offset(to, i64::from(offset));
                self.store(*key, at, item);
            }
        }
        let at = self.b.offset(to, i64::from(start));
        self.b.zero(at, 0, short.key_size - start, 1);
        self.store_by_length(*text, at, &text_ty);
        let rest = ty.size() - start - text_ty.size();
        let end = self.b.offset(at, i64::from(text_ty.size()));
        self.b.zero(end, 0, rest, 1);
    }

    /// Whether an expression makes text of a length that it tells.
    fn has_length(&self, text: ExprId, ty: &Ty) -> bool {
        let expr = self.body.expr(text);
        matches!(expr.kind, ExprKind::Word(..)) && expr.ty == *ty
    }

    /// Text at `at`, with zeros behind it if it is long.
    fn store_by_length(&mut self, text: ExprId, at: ValueId, ty: &Ty) {
        let wanted = Destination { ptr: at, ty: ty.clone(), by_length: true };
        let old = self.destination.replace(wanted);
        self.noted = None;
        let body = self.body;
        let expr = body.expr(text);
        let span = self.b.set_span(expr.span);
        let made = self.value(text);
        self.destination = old;
        match self.noted.take() {
            Some(length) if made == at => self.zero_behind(at, length, ty.size()),
            Some(_) | None => self.b.copy(at, made, ty.size(), 1),
        }
        self.b.set_span(span);
    }

    fn zero_behind(&mut self, at: ValueId, length: ValueId, size: u32) {
        let (long, done) = (self.b.block(), self.b.block());
        let most = self.b.constant(i64::from(SHORT_TEXT));
        let is_long = self.b.bin(Bin::ULt, most, length);
        self.b.branch(is_long, long, done);
        self.b.switch_to(long);
        let zeros = stdlib::zeros(self, size);
        let all = self.b.constant(i64::from(size));
        let rest = self.b.bin(Bin::Sub, all, length);
        let end = self.b.push(ir::Inst::Offset(at, length));
        let from = self.address(zeros);
        self.b.call(Helper::PROBE_READ_KERNEL, &[end, rest, from]);
        self.b.jump(done);
        self.b.switch_to(done);
    }
}
