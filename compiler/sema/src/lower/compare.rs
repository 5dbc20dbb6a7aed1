//! Equality of values in memory.

use ir::{Bin, Coded, Sign, Ty, ValueId, Width};

use super::{body::BodyLowering, plan::SiteSource};
use crate::{
    typed::{ExprId, ExprKind, Wanted},
    types,
};

impl BodyLowering<'_> {
    /// `left == right` or `left != right` of values in memory.
    pub(super) fn same_bytes(
        &mut self,
        left: ExprId,
        right: ExprId,
        wanted: Wanted,
    ) -> ValueId {
        self.destination = None;
        let same = self.same(left, right);
        match wanted {
            Wanted::Same => same,
            Wanted::Different => self.invert(same),
        }
    }

    fn same(&mut self, left: ExprId, right: ExprId) -> ValueId {
        let body = self.body;
        let (a, b) = (body.expr(left), body.expr(right));
        match ((&a.kind, &a.ty), (&b.kind, &b.ty)) {
            ((_, Ty::Coded(Coded::Site)), (ExprKind::Str(name), _)) => self.is_site(left, name),
            ((ExprKind::Str(name), _), (_, Ty::Coded(Coded::Site))) => {
                self.is_site(right, name)
            }
            ((ExprKind::Str(a), _), (ExprKind::Str(b), _)) => {
                self.b.constant(i64::from(a == b))
            }
            ((_, Ty::Str(size)), (ExprKind::Str(text), _)) => self.is_text(left, *size, text),
            ((ExprKind::Str(text), _), (_, Ty::Str(size))) => self.is_text(right, *size, text),
            ((_, Ty::Str(a)), (_, Ty::Str(b))) => {
                // What follows the text is zeros, so the shorter memory decides.
                let size = *a.min(b);
                let (first, second) = (self.value(left), self.value(right));
                self.equal(first, second, size)
            }
            ((_, a), (_, b)) => {
                let ty = types::join_ty(a, b).unwrap_or_else(|| a.clone());
                let first = self.materialize(left, &ty);
                let second = self.materialize(right, &ty);
                self.equal(first, second, ty.size())
            }
        }
    }

    /// Whether the site that fired has this name: known now, but for programs of many sites.
    fn is_site(&mut self, site: ExprId, name: &[u8]) -> ValueId {
        let named = |known: &ir::SiteId| self.program.sites[*known].name.as_bytes() == name;
        if let SiteSource::Constant(only) = self.unit.site {
            return self.b.constant(i64::from(named(&only)));
        }
        let sites = self.unit.sites.iter().map(|(site, _)| site).filter(|site| named(site));
        let firsts = sites.map(|site| ir::Id::index(self.program.sites[*site].first) as i64);
        // All of one name have the same.
        let numbers: Vec<_> = firsts.take(1).collect();
        let fired = self.scalar(site);
        let mut same = self.b.constant(0);
        for number in numbers {
            let this = self.b.bin_const(Bin::Eq, fired, number);
            same = self.b.bin(Bin::Or, same, this);
        }
        same
    }

    /// Whether a string is this text: its bytes and one NUL are compared.
    fn is_text(&mut self, id: ExprId, size: u32, text: &[u8]) -> ValueId {
        if text.len() as u32 + 1 > size {
            return self.b.constant(0);
        }
        let value = self.value(id);
        let mut bytes = text.to_vec();
        bytes.push(0);
        let mut words = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let width = widest(bytes.len() - at);
            let mut word = [0; 8];
            let end = at + width.bytes() as usize;
            word[..width.bytes() as usize].copy_from_slice(&bytes[at..end]);
            words.push((at as i32, width, i64::from_le_bytes(word)));
            at = end;
        }
        let difference = stdlib::any(self, words.len(), |b, index| {
            let (at, width, wanted) = words[index];
            let found = b.load(value, at, width, Sign::Unsigned);
            b.bin_const(Bin::Xor, found, wanted)
        });
        self.invert(difference)
    }

    /// Whether so many bytes are equal.
    fn equal(&mut self, first: ValueId, second: ValueId, size: u32) -> ValueId {
        let difference = stdlib::difference(self, first, second, size);
        self.invert(difference)
    }
}

/// The widest integer that does not reach past so many bytes.
pub(super) const fn widest(bytes: usize) -> Width {
    match bytes {
        8.. => Width::W64,
        4..=7 => Width::W32,
        2..=3 => Width::W16,
        _ => Width::W8,
    }
}
