//! The bodies of structs, unions and enums.

use std::sync::Arc;

use diag::{Code, Diagnostic, Span};
use ir::{Enum, Sign, Ty, Width};

use super::{
    attribute::Attributes,
    declarator::{Declarator, Part},
    layout::{self, Form, Member, Refusal},
    number::Number,
    parse::{Fallible, Parser},
    scope::CType,
    specifier::Specifiers,
    token::{Kind, Token},
};

impl Parser<'_> {
    /// `struct tag { … }` from its first word on, and whether it has neither tag nor need of one.
    pub(super) fn record(&mut self) -> Fallible<(CType, bool)> {
        let word = self.next();
        let form = if word.is_name("union") { Form::Union } else { Form::Struct };
        let before = self.attributes()?;
        let tag = self.tag_name();
        let name = tag.as_ref().map(|tag| format!("{} {}", word.text, tag.text));
        let open = self.peek().span;
        if !self.takes("{") {
            let Some(name) = name else { return Err(self.unexpected("a name or `{`")) };
            let known = self.scope.types.get(&name).cloned();
            return Ok((known.unwrap_or_else(|| CType::forward(&name)), false));
        }
        let mut members = Vec::new();
        while !self.takes("}") {
            if self.peek().kind == Kind::End {
                let title = "unclosed C definition";
                return Err(self.wrong(open, title, "this `{` is never closed"));
            }
            self.members(&mut members)?;
        }
        let attributes = before.and(&self.attributes()?);
        let place = tag.as_ref().map_or(word.span, |tag| tag.span);
        let ty = self.laid_out((form, name.clone()), &members, attributes, place)?;
        if let Some(name) = &name {
            self.define(name, place, &ty)?;
        }
        Ok((ty, name.is_none()))
    }

    fn tag_name(&mut self) -> Option<Token> {
        (self.peek().kind == Kind::Name).then(|| self.next())
    }

    /// Remembers a definition, of which there may be only one.
    fn define(&mut self, name: &str, place: Span, ty: &CType) -> Fallible<()> {
        if let Some(first) = self.scope.places.get(name) {
            let title = format!("`{name}` is defined twice");
            let problem = Diagnostic::new(Code::CSyntax, place, title, "defined again");
            let compat = format!("redefinition of '{}'", bare(name));
            let problem = problem.related(*first, "first here").compat(compat);
            return Err(Box::new(problem));
        }
        self.scope.places.insert(name.to_owned(), place);
        self.scope.types.insert(name.to_owned(), ty.clone());
        Ok(())
    }

    fn laid_out(
        &self,
        (form, name): (Form, Option<String>),
        members: &[(Member, Span)],
        attributes: Attributes,
        place: Span,
    ) -> Fallible<CType> {
        let limit = self.pack.last().copied().flatten();
        let list: Vec<_> = members
            .iter()
            .map(|(member, _)| {
                let packed = member.packed || attributes.packed;
                Member { packed, limit, ..member.clone() }
            })
            .collect();
        match layout::layout(form, name, &list, attributes.last_aligned) {
            Ok(record) => {
                let align = record.align;
                Ok(CType::defined(Ty::Record(Arc::new(record)), align))
            }
            Err(Refusal::TooLarge) => Err(self.unsupported(place, "the type is too large")),
            Err(Refusal::NoInteger(index)) => {
                let span = members.get(index).map_or(place, |(_, span)| *span);
                Err(self.unsupported(span, "packed bits that lie in nine bytes"))
            }
        }
    }

    /// One declaration of members.
    fn members(&mut self, out: &mut Vec<(Member, Span)>) -> Fallible<()> {
        if self.takes(";") || self.assertion()? || self.pragma()? {
            return Ok(());
        }
        let start = self.peek().span;
        let specifiers = self.specifiers()?;
        if self.takes(";") {
            // Only what has no tag is a member without a name.
            if specifiers.unnamed {
                let declarator = Declarator {
                    name: None,
                    parts: Vec::new(),
                    attributes: Attributes::default(),
                };
                out.push((self.member(&specifiers, &declarator, None)?, start));
            }
            return Ok(());
        }
        loop {
            let span = self.peek().span;
            let mut declarator = self.declarator()?;
            let mut bits = None;
            if self.takes(":") {
                bits = Some(self.bits(&specifiers, &declarator)?);
                declarator.attributes = declarator.attributes.and(&self.attributes()?);
            } else if declarator.name.is_none() {
                return Err(self.unexpected("a name"));
            }
            let span = declarator.name.as_ref().map_or(span, |name| name.span);
            out.push((self.member(&specifiers, &declarator, bits)?, span));
            if !self.takes(",") {
                return self.expect(";");
            }
        }
    }

    fn member(
        &self,
        specifiers: &Specifiers,
        declarator: &Declarator,
        bits: Option<u32>,
    ) -> Fallible<Member> {
        let span = declarator.name.as_ref().map_or(self.peek().span, |name| name.span);
        let ty = self.built(&specifiers.ty, declarator)?;
        let ty = self.completed(&ty, span)?;
        let open = matches!(declarator.parts.last(), Some(Part::Array(None, _)));
        if ty.function || !ty.complete && !open {
            let title = if ty.function { "a function as a member" } else { "a void member" };
            return Err(self.wrong(span, title, "write a pointer"));
        }
        let attributes = specifiers.attributes.and(&declarator.attributes);
        Ok(Member {
            name: declarator.name.as_ref().map(|name| name.text.to_string()),
            ty: ty.ty,
            align: ty.align,
            bits,
            packed: attributes.packed,
            aligned: attributes.aligned,
            limit: None,
        })
    }

    /// The number behind the `:` of a bit-field.
    fn bits(&mut self, specifiers: &Specifiers, declarator: &Declarator) -> Fallible<u32> {
        let (number, span) = self.constant_at()?;
        let count = number.count();
        let scalar = specifiers.ty.ty.scalar().filter(|_| declarator.parts.is_empty());
        let is_pointer = matches!(specifiers.ty.ty, Ty::Ptr(..));
        let Some((width, _)) = scalar.filter(|_| !is_pointer) else {
            return Err(self.wrong(span, "a bit-field is an integer", "of this many bits"));
        };
        let most = if specifiers.ty.ty == Ty::Bool { 1 } else { width.bits() };
        match count {
            Some(0) if declarator.name.is_some() => {
                Err(self.wrong(span, "a bit-field of no bits has no name", "no bits"))
            }
            Some(count) if count <= most => Ok(count),
            Some(_) | None => {
                let title = format!("the bit-field has room for 0 to {most} bits");
                Err(self.wrong(span, title, "not this many"))
            }
        }
    }

    /// `enum tag { … }`, from its first word on.
    pub(super) fn enumeration(&mut self) -> Fallible<CType> {
        let word = self.next();
        let before = self.attributes()?;
        let tag = self.tag_name();
        let name = tag.as_ref().map(|tag| format!("enum {}", tag.text));
        let open = self.peek().span;
        if !self.takes("{") {
            let Some(name) = name else { return Err(self.unexpected("a name or `{`")) };
            let known = self.scope.types.get(&name).cloned();
            return Ok(known.unwrap_or_else(|| CType::forward(&name)));
        }
        let variants = self.enumerators(open)?;
        let attributes = before.and(&self.attributes()?);
        let (width, sign) = holder(&variants, attributes.packed);
        for (name, number) in &variants {
            let fits = i32::try_from(number.bits).is_ok()
                && (number.sign == Sign::Signed || number.bits >= 0);
            let own = if fits {
                Number::int(number.bits)
            } else {
                Number::new(number.bits, width == Width::W64, sign)
            };
            self.scope.enumerators.insert(name.clone(), own);
        }
        let shown = tag.as_ref().map_or_else(String::new, |tag| tag.text.to_string());
        let variants = variants.into_iter().map(|(name, number)| (name, number.bits)).collect();
        let shape = Enum { name: shown, width, sign, variants };
        let align = width.bytes().max(attributes.last_aligned.unwrap_or(1));
        let ty = CType::defined(Ty::Enum(Arc::new(shape)), align);
        if let Some(name) = name {
            let place = tag.map_or(word.span, |tag| tag.span);
            self.define(&name, place, &ty)?;
        }
        Ok(ty)
    }

    fn enumerators(&mut self, open: Span) -> Fallible<Vec<(String, Number)>> {
        let mut variants: Vec<(String, Number)> = Vec::new();
        while !self.takes("}") {
            let name = self.next();
            if name.kind == Kind::End {
                let title = "unclosed C definition";
                return Err(self.wrong(open, title, "this `{` is never closed"));
            }
            if name.kind != Kind::Name {
                return Err(self.wrong(name.span, "an enum holds names", "not a name"));
            }
            self.attributes()?;
            let number = if self.takes("=") {
                self.constant()?
            } else {
                variants.last().map_or(Number::int(0), |(_, last)| successor(*last))
            };
            self.scope.enumerators.insert(name.text.to_string(), number);
            variants.push((name.text.to_string(), number));
            if !self.takes(",") {
                self.expect("}")?;
                break;
            }
        }
        Ok(variants)
    }
}

fn bare(name: &str) -> &str {
    name.split_once(' ').map_or(name, |(_, name)| name)
}

/// One more, in a type that holds it.
fn successor(last: Number) -> Number {
    let next = last.bits.wrapping_add(1);
    let wide = last.wide
        || next > i64::from(i32::MAX) && last.sign == Sign::Signed
        || next > i64::from(u32::MAX);
    Number::new(next, wide, last.sign)
}

/// The integer that holds every value: as gcc chooses it, unsigned unless one is negative.
fn holder(variants: &[(String, Number)], packed: bool) -> (Width, Sign) {
    let value = |number: &Number| match number.sign {
        Sign::Signed => i128::from(number.bits),
        Sign::Unsigned => i128::from(number.bits.cast_unsigned()),
    };
    let values = || variants.iter().map(|(_, number)| value(number));
    let (least, greatest) = (values().min().unwrap_or(0), values().max().unwrap_or(0));
    let sign = if least < 0 { Sign::Signed } else { Sign::Unsigned };
    let holds = |width: Width| {
        let bits = width.bits();
        if least < 0 {
            least >= -(1i128 << (bits - 1)) && greatest < 1i128 << (bits - 1)
        } else {
            greatest < 1i128 << bits
        }
    };
    let widths: &[Width] =
        if packed { &[Width::W8, Width::W16, Width::W32] } else { &[Width::W32] };
    let width = widths.iter().copied().find(|width| holds(*width));
    (width.unwrap_or(Width::W64), sign)
}
