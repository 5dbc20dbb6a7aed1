//! What the vocabulary sees of the lowering.

use ir::{Builder, LossKind, Program, TableId, Ty, ValueId};
use stdlib::{Arg, Config, Kernel, Lower, MapArg, probes::Offers};

use super::{
    body::{BodyLowering, Destination},
    environment::place,
    plan::SiteSource,
};
use crate::typed::{Entry, ExprId, ExprKind};

impl Lower for BodyLowering<'_> {
    fn b(&mut self) -> &mut Builder {
        &mut self.b
    }

    fn program(&mut self) -> &mut Program {
        self.program
    }

    fn verifies_once(&self, again: bool) -> bool {
        let is_deep = self.environment.is_some() || self.call_levels > 0;
        (again && !is_deep) || self.tables.zero.is_some()
    }

    fn kernel(&self) -> &dyn Kernel {
        self.kernel
    }

    fn config(&self) -> &Config {
        &self.typed.config
    }

    fn offers(&self) -> &Offers {
        self.unit.offers
    }

    fn value(&mut self, arg: &Arg) -> ValueId {
        let wanted = self.destination.take();
        let id = ExprId(arg.handle);
        let value = if arg.ty.is_scalar() { self.scalar(id) } else { Self::value(self, id) };
        self.destination = wanted;
        value
    }

    fn value_at(&mut self, arg: &Arg, to: ValueId, ty: &Ty) {
        let wanted = self.destination.take();
        self.store(ExprId(arg.handle), to, ty);
        self.destination = wanted;
    }

    fn bytes_at(&mut self, arg: &Arg, to: ValueId) -> ValueId {
        let wanted = Destination { ptr: to, ty: arg.ty.clone(), by_length: true };
        let old = self.destination.replace(wanted);
        self.noted = None;
        let made = Self::value(self, ExprId(arg.handle));
        self.destination = old;
        if let Some(length) = self.noted.take().filter(|_| made == to) {
            return length;
        }
        self.b.copy(to, made, arg.ty.size(), 1);
        self.b.constant(i64::from(arg.ty.size()))
    }

    fn kernel_place(&mut self, arg: &Arg) -> Option<ValueId> {
        let wanted = self.destination.take();
        let place = self.place_in_kernel(ExprId(arg.handle));
        self.destination = wanted;
        place
    }

    fn place(&mut self, ty: &Ty) -> ValueId {
        self.make_place(ty)
    }

    fn text_place(&mut self, ty: &Ty) -> ValueId {
        let by_length = self
            .destination
            .as_ref()
            .is_some_and(|wanted| wanted.by_length && wanted.ty == *ty);
        let to = self.make_place(ty);
        if !by_length {
            self.b.zero(to, 0, ty.size(), 1);
        }
        to
    }

    fn memory(&mut self, size: u32, align: u32) -> ValueId {
        self.temporary(size, align)
    }

    fn note_length(&mut self, length: ValueId) {
        self.noted = Some(length);
    }

    fn context(&mut self) -> ValueId {
        match self.environment_pointer(place::CONTEXT) {
            Some(context) => {
                self.note_context();
                context
            }
            None => match self.context_parameter() {
                Some(context) => context,
                None => self.b.context(),
            },
        }
    }

    fn site(&mut self) -> ValueId {
        match self.unit.site {
            SiteSource::Constant(site) => self.b.constant(ir::Id::index(site) as i64),
            SiteSource::Table(table) => self.site_of_call(table),
            SiteSource::Cookie => {
                let context = Lower::context(self);
                self.b.call(ir::Helper::GET_ATTACH_COOKIE, &[context])
            }
        }
    }

    fn named_site(&mut self) -> ValueId {
        self.first_of_name()
    }

    fn code_places(&self) -> Vec<(ir::SiteId, u64)> {
        let place = |(site, attach): &(ir::SiteId, ir::Attach)| {
            let ir::Attach::Uprobe { place, .. } = attach else { return None };
            Some((*site, place.offset))
        };
        self.unit.sites.iter().filter_map(place).collect()
    }

    #[expect(clippy::expect_used, reason = "the check registers every map it sees")]
    fn table(&self, map: &MapArg) -> TableId {
        self.tables.get(&map.name).expect("a map that was checked")
    }

    fn key(&mut self, map: &MapArg, key: &[Arg]) -> ValueId {
        let keys = key.iter().map(|arg| ExprId(arg.handle)).collect();
        self.entry_key(&Entry { map: map.name.clone(), keys })
    }

    fn entry_key(&mut self, arg: &Arg) -> ValueId {
        let body = self.body;
        let ExprKind::Entry(entry) = &body.expr(ExprId(arg.handle)).kind else {
            return self.b.slot(8, 8);
        };
        Self::entry_key(self, entry)
    }

    fn loss(&mut self, kind: LossKind, map: Option<&MapArg>) -> ir::LossId {
        let table = map.and_then(|map| self.tables.get(&map.name));
        self.loss_id(kind, table)
    }

    fn needs_atomics(&self, map: &MapArg) -> bool {
        self.tables.is_shared(&map.name)
    }

    fn leave(&mut self) {
        self.abandon();
    }
}
