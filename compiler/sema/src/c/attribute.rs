//! `__attribute__((…))`, `_Alignas(…)`, `#pragma pack`, and the kernel's own markers.

use ir::Space;

use super::{
    parse::{Fallible, Parser},
    token::Kind,
};

/// What attributes say about layout; the others are passed over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Attributes {
    pub(super) packed: bool,
    /// The greatest that is asked for, in bytes: what counts for members.
    pub(super) aligned: Option<u32>,
    /// The last that is asked for: what counts for types.
    pub(super) last_aligned: Option<u32>,
    pub(super) space: Option<Space>,
}

/// `aligned` without a number: `__BIGGEST_ALIGNMENT__` of x86-64.
const BIGGEST: u32 = 16;
/// gcc takes no more.
const MOST: u32 = 1 << 28;

impl Attributes {
    /// Both, `other` standing behind.
    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            packed: self.packed || other.packed,
            aligned: self.aligned.max(other.aligned),
            last_aligned: other.last_aligned.or(self.last_aligned),
            space: other.space.or(self.space),
        }
    }

    fn align(&mut self, to: Option<u32>) {
        self.aligned = self.aligned.max(to);
        self.last_aligned = to.or(self.last_aligned);
    }
}

impl Parser<'_> {
    /// Reads attributes as long as there are some.
    pub(super) fn attributes(&mut self) -> Fallible<Attributes> {
        let mut all = Attributes::default();
        loop {
            let token = self.peek();
            if token.kind != Kind::Name {
                return Ok(all);
            }
            match &*token.text {
                "__attribute__" | "__attribute" => {
                    self.next();
                    self.expect("(")?;
                    self.expect("(")?;
                    self.list(&mut all)?;
                    self.expect(")")?;
                }
                "_Alignas" | "alignas" => {
                    self.next();
                    let aligned = self.alignment()?;
                    all.align(aligned);
                }
                "__user" => self.marker(&mut all, Some(Space::User)),
                "__percpu" => self.marker(&mut all, Some(Space::PerCpu)),
                "__kernel" | "__rcu" | "__iomem" | "__force" | "__bitwise" | "__must_check"
                | "__extension__" => self.marker(&mut all, None),
                _ => return Ok(all),
            }
        }
    }

    fn marker(&mut self, all: &mut Attributes, space: Option<Space>) {
        self.next();
        all.space = space.or(all.space);
    }

    /// `packed, aligned(8))`
    fn list(&mut self, all: &mut Attributes) -> Fallible<()> {
        while !self.takes(")") {
            if self.takes(",") {
                continue;
            }
            let token = self.next();
            if token.kind != Kind::Name {
                return Err(self.wrong(token.span, "malformed attribute", "not a name"));
            }
            match token.text.trim_matches('_') {
                "packed" => all.packed = true,
                "aligned" if self.peek().is("(") => {
                    let aligned = self.alignment()?;
                    all.align(aligned);
                }
                "aligned" => all.align(Some(BIGGEST)),
                "btf_type_tag" => self.tag(all)?,
                "mode" | "vector_size" | "ms_struct" | "scalar_storage_order" => {
                    let title = format!("attribute `{}` is not supported", token.text);
                    return Err(self.unsupported(token.span, title));
                }
                _ if self.peek().is("(") => self.skip_brackets()?,
                _ => {}
            }
        }
        Ok(())
    }

    fn tag(&mut self, all: &mut Attributes) -> Fallible<()> {
        let space = match &*self.ahead(1).text {
            "\"user\"" => Some(Space::User),
            "\"percpu\"" => Some(Space::PerCpu),
            _ => None,
        };
        all.space = space.or(all.space);
        self.skip_brackets()
    }

    /// `(8)` or `(type)`; none for 0, which says nothing.
    fn alignment(&mut self) -> Fallible<Option<u32>> {
        self.expect("(")?;
        let span = self.peek().span;
        let align = if self.starts_type() {
            Some(self.type_name()?.align)
        } else {
            self.constant()?.count()
        };
        self.expect(")")?;
        match align {
            Some(0) => Ok(None),
            Some(align) if align.is_power_of_two() && align <= MOST => Ok(Some(align)),
            Some(_) | None => {
                Err(self.wrong(span, "an alignment is a power of two", "this one is not"))
            }
        }
    }

    /// `pragma pack(…);`, as directives leave it.
    pub(super) fn pragma(&mut self) -> Fallible<bool> {
        if !self.peek().is_name("pragma") || !self.ahead(1).is_name("pack") {
            return Ok(false);
        }
        self.next();
        self.next();
        self.expect("(")?;
        let current = self.pack.last().copied().flatten();
        let mut limit = None;
        if self.peek().is_name("push") {
            self.next();
            self.pack.push(current);
            if !self.takes(",") {
                limit = current;
            }
        } else if self.peek().is_name("pop") {
            self.next();
            if self.pack.len() > 1 {
                self.pack.pop();
            }
            limit = self.pack.last().copied().flatten();
        }
        if !self.peek().is(")") {
            let span = self.peek().span;
            limit = self.constant()?.count();
            if !limit.is_some_and(|limit| limit.is_power_of_two() && limit <= BIGGEST) {
                return Err(self.wrong(span, "`pack` takes 1, 2, 4, 8 or 16", "this is none"));
            }
        }
        self.expect(")")?;
        self.expect(";")?;
        if let Some(last) = self.pack.last_mut() {
            *last = limit;
        }
        Ok(true)
    }
}
