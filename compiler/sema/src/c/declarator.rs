//! Declarators: `*name[4]`, `(*function)(int)`, and types without a name.

use ir::Space;

use super::{
    attribute::Attributes,
    parse::{Fallible, Parser},
    scope::CType,
    token::{Kind, Token},
};
use diag::Span;

/// What is made of the type before it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    /// With what is said about the memory that the pointer itself lies in.
    Pointer(Option<Space>),
    /// So many; none where it is left open.
    Array(Option<u32>, Span),
    Function,
}

#[derive(Debug)]
pub(super) struct Declarator {
    pub(super) name: Option<Token>,
    /// In the order in which they apply to the type.
    pub(super) parts: Vec<Part>,
    pub(super) attributes: Attributes,
}

impl Declarator {
    pub(super) fn is_function(&self) -> bool {
        matches!(self.parts.last(), Some(Part::Function))
    }
}

impl Parser<'_> {
    /// A declarator, which may have no name, and its attributes.
    pub(super) fn declarator(&mut self) -> Fallible<Declarator> {
        self.nested(Self::read_declarator)
    }

    fn read_declarator(&mut self) -> Fallible<Declarator> {
        let mut attributes = self.attributes()?;
        let mut parts = Vec::new();
        while self.takes("*") {
            let own = self.qualifiers()?;
            parts.push(Part::Pointer(own.space));
        }
        let mut inner = Vec::new();
        let mut name = None;
        if self.peek().kind == Kind::Name {
            name = Some(self.next());
        } else if self.peek().is("(") && self.opens_declarator() {
            self.next();
            let nested = self.declarator()?;
            self.expect(")")?;
            attributes = attributes.and(&nested.attributes);
            (name, inner) = (nested.name, nested.parts);
        }
        let mut suffixes = Vec::new();
        loop {
            let span = self.peek().span;
            if self.takes("[") {
                suffixes.push(self.dimension(span)?);
            } else if self.peek().is("(") {
                self.skip_brackets()?;
                suffixes.push(Part::Function);
            } else {
                break;
            }
        }
        parts.extend(suffixes.into_iter().rev());
        parts.extend(inner);
        attributes = attributes.and(&self.attributes()?);
        Ok(Declarator { name, parts, attributes })
    }

    /// Whether the `(` that comes next does not begin parameters.
    fn opens_declarator(&self) -> bool {
        let next = self.ahead(1);
        let is_attribute = next.is_name("__attribute__");
        // `int (name)`: a name that is no type, and nothing else in the parentheses.
        let is_name = next.kind == Kind::Name
            && (self.ahead(2).is(")") || self.ahead(2).is("[") || self.ahead(2).is("("))
            && !self.scope.types.contains_key(&*next.text)
            && crate::types::named(&next.text).is_none();
        next.is("*") || next.is("(") || next.is("[") || is_attribute || is_name
    }

    /// What may stand behind a `*`.
    fn qualifiers(&mut self) -> Fallible<Attributes> {
        let mut all = Attributes::default();
        loop {
            all = all.and(&self.attributes()?);
            match &*self.peek().text {
                "const" | "volatile" | "restrict" | "__const" | "__const__" | "__volatile"
                | "__volatile__" | "__restrict" | "__restrict__" => drop(self.next()),
                _ => return Ok(all),
            }
        }
    }

    /// `4]`
    fn dimension(&mut self, open: Span) -> Fallible<Part> {
        self.qualifiers()?;
        if self.takes("]") {
            return Ok(Part::Array(None, open));
        }
        let (number, span) = self.constant_at()?;
        self.expect("]")?;
        match number.count() {
            Some(count) => Ok(Part::Array(Some(count), span)),
            None if number.bits < 0 => {
                Err(self.wrong(span, "an array has no negative size", "this one is negative"))
            }
            None => Err(self.unsupported(span, "the array is too large")),
        }
    }

    /// The type that a declarator makes of `base`.
    pub(super) fn built(&self, base: &CType, declarator: &Declarator) -> Fallible<CType> {
        let mut ty = base.clone();
        for part in &declarator.parts {
            ty = match part {
                Part::Pointer(space) => {
                    CType { space: space.unwrap_or(Space::Unknown), ..ty.pointer() }
                }
                Part::Function => CType { function: true, ..CType::of(ir::Ty::Void) },
                Part::Array(count, span) => {
                    if ty.function {
                        return Err(self.wrong(*span, "an array of functions", "not possible"));
                    }
                    let item = self.completed(&ty, *span)?;
                    let array = item.array(count.unwrap_or(0));
                    array.ok_or_else(|| self.unsupported(*span, "the array is too large"))?
                }
            };
        }
        Ok(ty)
    }

    /// A type without a name, as in a cast.
    pub(super) fn type_name(&mut self) -> Fallible<CType> {
        let specifiers = self.nested(Self::specifiers)?;
        let declarator = self.declarator()?;
        if let Some(name) = &declarator.name {
            return Err(self.wrong(name.span, "a type has no name here", "this name"));
        }
        self.built(&specifiers.ty, &declarator)
    }
}
