//! Names and numbers of types: where each record begins is found by walking over the records, and
//! remembered for every few of them.

use std::ops::ControlFlow;

use memchr::{memchr, memmem};

use super::{
    Btf, BtfKind, TypeId,
    raw::{Raw, RawKind},
};

/// One record of so many is remembered: 16 KB for the kernel's BTF.
const STEP: u32 = 32;

/// Where records begin, as far as has been walked.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Of records 0, [`STEP`], twice that, …
    starts: Vec<u32>,
    /// How many there are, once all have been seen.
    count: Option<u32>,
}

impl Btf {
    /// The number of the first type that isn't the base's.
    pub(super) fn first_id(&self) -> u32 {
        self.base.as_ref().map_or(1, |base| base.count() + 1)
    }

    fn types(&self) -> &[u8] {
        self.bytes.as_slice().get(self.sections.types.clone()).unwrap_or_default()
    }

    fn strings(&self) -> &[u8] {
        self.bytes.as_slice().get(self.sections.strings.clone()).unwrap_or_default()
    }

    /// The length of all strings, those of the base included.
    fn strings_end(&self) -> u32 {
        self.strings_start().saturating_add(self.sections.strings.len() as u32)
    }

    fn strings_start(&self) -> u32 {
        self.base.as_ref().map_or(0, |base| base.strings_end())
    }

    /// The string at `offset`.
    pub(super) fn string(&self, offset: u32) -> Option<&str> {
        let start = self.strings_start();
        let Some(own) = offset.checked_sub(start) else {
            return self.base.as_ref()?.string(offset);
        };
        let rest = self.strings().get(own as usize..)?;
        std::str::from_utf8(&rest[..memchr(0, rest)?]).ok()
    }

    /// Where `name` is among the strings: each is there once.
    fn string_offset(&self, name: &str) -> Option<u32> {
        let base = self.base.as_ref().and_then(|base| base.string_offset(name));
        base.or_else(|| {
            let between = [&[0], name.as_bytes(), &[0]].concat();
            let at = memmem::find(self.strings(), &between)?;
            self.strings_start().checked_add(u32::try_from(at).ok()?)?.checked_add(1)
        })
    }

    /// The record of type `id`.
    pub(super) fn raw(&self, id: u32) -> Option<Raw<'_>> {
        let Some(own) = id.checked_sub(self.first_id()) else {
            return self.base.as_ref()?.raw(id);
        };
        let at = |number, raw| {
            if number == own { ControlFlow::Break(raw) } else { ControlFlow::Continue(()) }
        };
        self.walk(own, at)
    }

    /// Calls `see` with the records from a number at or below `from` on, until it breaks.
    fn walk<'a, T>(
        &'a self,
        from: u32,
        mut see: impl FnMut(u32, Raw<'a>) -> ControlFlow<T>,
    ) -> Option<T> {
        let types = self.types();
        let mut index = self.index.borrow_mut();
        let known = index.starts.len().saturating_sub(1).min((from / STEP) as usize);
        let mut at = index.starts.get(known).map_or(0, |start| *start as usize);
        let mut number = known as u32 * STEP;
        loop {
            if number.is_multiple_of(STEP) && index.starts.len() == (number / STEP) as usize {
                index.starts.push(u32::try_from(at).ok()?);
            }
            let Some((raw, next)) = Raw::read(types, at) else {
                index.count = Some(number);
                return None;
            };
            if let ControlFlow::Break(found) = see(number, raw) {
                return Some(found);
            }
            (at, number) = (next, number + 1);
        }
    }
}

/// What follows `prefix` in the strings that start with it, without those of the base.
pub(super) fn names_after<'a>(btf: &'a Btf, prefix: &str) -> Vec<&'a str> {
    let strings = btf.strings();
    let start = [&[0], prefix.as_bytes()].concat();
    let rest = |at: usize| {
        let rest = strings.get(at + start.len()..)?;
        std::str::from_utf8(&rest[..memchr(0, rest)?]).ok()
    };
    memmem::find_iter(strings, &start).filter_map(rest).collect()
}

/// How many types there are, without those of the base.
pub(super) fn count(btf: &Btf) -> u32 {
    let known = btf.index.borrow().count;
    known.unwrap_or_else(|| {
        let _: Option<()> = btf.walk(u32::MAX, |_, _| ControlFlow::Continue(()));
        btf.index.borrow().count.unwrap_or_default()
    })
}

/// The first type of this kind and name.
pub(super) fn by_name(btf: &Btf, name: &str, kind: BtfKind) -> Option<TypeId> {
    if name.is_empty() || name.contains('\0') {
        return None;
    }
    let (name, first) = (btf.string_offset(name)?, btf.first_id());
    btf.walk(0, |number, raw| {
        if raw.name == name && is(raw.kind, kind) {
            ControlFlow::Break(TypeId(first + number))
        } else {
            ControlFlow::Continue(())
        }
    })
}

/// The first enum that has `name`, and the value.
pub(super) fn enumerator(btf: &Btf, name: &str) -> Option<(TypeId, i64)> {
    if name.is_empty() || name.contains('\0') {
        return None;
    }
    let (name, first) = (btf.string_offset(name)?, btf.first_id());
    btf.walk(0, |number, raw| {
        if !is(raw.kind, BtfKind::Enum) {
            return ControlFlow::Continue(());
        }
        match raw.enumerators().into_iter().find(|(found, _)| *found == name) {
            Some((_, value)) => ControlFlow::Break((TypeId(first + number), value)),
            None => ControlFlow::Continue(()),
        }
    })
}

/// Everything of this kind that has a name.
pub(super) fn all(btf: &Btf, kind: BtfKind) -> Vec<(TypeId, &str)> {
    let first = btf.first_id();
    let mut found = Vec::new();
    let _: Option<()> = btf.walk(0, |number, raw| {
        if raw.name != 0
            && is(raw.kind, kind)
            && let Some(name) = btf.string(raw.name)
        {
            found.push((TypeId(first + number), name));
        }
        ControlFlow::Continue(())
    });
    found
}

const fn is(raw: RawKind, kind: BtfKind) -> bool {
    match kind {
        BtfKind::Number => matches!(raw, RawKind::Int | RawKind::Float),
        BtfKind::Struct => matches!(raw, RawKind::Struct),
        BtfKind::Union => matches!(raw, RawKind::Union),
        BtfKind::Enum => matches!(raw, RawKind::Enum | RawKind::Enum64),
        BtfKind::Typedef => matches!(raw, RawKind::Typedef),
        BtfKind::Function => matches!(raw, RawKind::Function),
        BtfKind::Variable => matches!(raw, RawKind::Variable),
    }
}
