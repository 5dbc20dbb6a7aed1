//! The words before the declarators: storage, qualifiers, attributes and the type.

use ir::{Record, Sign, Space, Ty, Width};

use super::{
    attribute::Attributes,
    parse::{Fallible, Parser},
    scope::CType,
    token::{Kind, Token},
};
use crate::types;
use diag::{Code, Diagnostic};

/// What is to be done with what is declared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Storage {
    Typedef,
    Other,
}

#[derive(Debug)]
pub(super) struct Specifiers {
    pub(super) storage: Storage,
    pub(super) ty: CType,
    /// Those that are not the type's own.
    pub(super) attributes: Attributes,
    /// Whether the type is a struct or union without a tag that is defined here.
    pub(super) unnamed: bool,
}

const STORAGE: &[&str] = &[
    "extern",
    "static",
    "inline",
    "__inline",
    "__inline__",
    "register",
    "auto",
    "_Noreturn",
    "_Thread_local",
    "__thread",
    "__extension__",
];
const QUALIFIERS: &[&str] = &[
    "const",
    "volatile",
    "restrict",
    "__const",
    "__const__",
    "__volatile",
    "__volatile__",
    "__restrict",
    "__restrict__",
];
const WORDS: &[&str] = &[
    "void",
    "char",
    "short",
    "int",
    "long",
    "signed",
    "unsigned",
    "__signed__",
    "__signed",
    "float",
    "double",
    "_Bool",
    "__int128",
    "__int128_t",
    "__uint128_t",
    "_Float128",
    "__float128",
];

/// How often each word of a basic type stands there.
#[derive(Debug, Default)]
struct Words {
    long: u32,
    signed: u32,
    unsigned: u32,
    int: u32,
    base: Option<Token>,
    twice: bool,
}

impl Parser<'_> {
    /// Whether a type begins with the next token.
    pub(super) fn starts_type(&self) -> bool {
        let token = self.peek();
        let text = &*token.text;
        token.kind == Kind::Name
            && (matches!(text, "struct" | "union" | "enum" | "typeof" | "__typeof__")
                || QUALIFIERS.contains(&text)
                || WORDS.contains(&text)
                || self.scope.types.contains_key(text)
                || types::named(text).is_some()
                || !self.scope.enumerators.contains_key(text)
                    && (self.environment.unknown)(text).is_some())
    }

    /// Reads everything before the first declarator.
    pub(super) fn specifiers(&mut self) -> Fallible<Specifiers> {
        let mut storage = Storage::Other;
        let mut attributes = Attributes::default();
        let mut words = Words::default();
        let mut found: Option<CType> = None;
        let mut unnamed = false;
        let start = self.peek().span;
        loop {
            attributes = attributes.and(&self.attributes()?);
            let token = self.peek().clone();
            if token.kind != Kind::Name {
                break;
            }
            let none_yet = found.is_none() && words.is_empty();
            match &*token.text {
                "typedef" => storage = Storage::Typedef,
                word if STORAGE.contains(&word) || QUALIFIERS.contains(&word) => {}
                "struct" | "union" if none_yet => {
                    let (ty, is_unnamed) = self.nested(Self::record)?;
                    (found, unnamed) = (Some(ty), is_unnamed);
                    continue;
                }
                "enum" if none_yet => {
                    found = Some(self.enumeration()?);
                    continue;
                }
                "typeof" | "__typeof__" | "__typeof" | "_Atomic" if none_yet => {
                    let title = format!("`{}` is not supported", token.text);
                    return Err(self.unsupported(token.span, title));
                }
                word if WORDS.contains(&word) && found.is_none() => words.add(&token),
                _ if none_yet => found = Some(self.named_type(&token)?),
                _ => break,
            }
            self.next();
        }
        let basic = if words.is_empty() { None } else { Some(self.basic(&words)?) };
        let Some(mut ty) = found.or(basic) else {
            let end = self.peek().span;
            return Err(if self.peek().kind == Kind::End {
                self.wrong(start.to(end), "a declaration without a type", "in this C text")
            } else {
                self.unexpected("a type")
            });
        };
        if let Some(space) = attributes.space {
            ty.space = space;
        }
        Ok(Specifiers { storage, ty, attributes, unnamed })
    }

    fn named_type(&self, token: &Token) -> Fallible<CType> {
        let name = &*token.text;
        if let Some(ty) = self.scope.types.get(name) {
            return Ok(ty.clone());
        }
        let known = types::named(name).or_else(|| (self.environment.unknown)(name));
        if let Some(ty) = known.or_else(|| library(name)) {
            return Ok(CType::defined(ty.clone(), ty.align()));
        }
        let title = format!("unknown type `{name}`");
        let problem = Diagnostic::new(Code::CUnknownType, token.span, title, "not known");
        let known = self.scope.types.keys().map(String::as_str);
        let problem = match stdlib::nearest(name, known.chain(WORDS.iter().copied())) {
            Some(near) => problem.help(format!("did you mean `{near}`?")),
            None => problem.help("define it with `typedef` before this"),
        };
        Err(Box::new(problem.compat(format!("unknown type name '{name}'"))))
    }

    fn basic(&self, words: &Words) -> Fallible<CType> {
        let sign = if words.unsigned > 0 { Sign::Unsigned } else { Sign::Signed };
        let signs = words.unsigned + words.signed;
        let base = words.base.as_ref().map_or("int", |token| &*token.text);
        let plain = signs == 0 && words.long == 0 && words.int == 0;
        let ty = match base {
            _ if words.twice || signs > 1 || words.long > 2 || words.int > 1 => None,
            "int" => {
                let width = if words.long > 0 { Width::W64 } else { Width::W32 };
                Some(CType::int(width, sign))
            }
            "short" if words.long == 0 => Some(CType::int(Width::W16, sign)),
            "char" if words.long == 0 && words.int == 0 => {
                Some(CType { text: signs == 0, ..CType::int(Width::W8, sign) })
            }
            "__int128" if words.long == 0 && words.int == 0 => {
                Some(CType::words(Width::W64, 2))
            }
            "double" if signs == 0 && words.int == 0 && words.long < 2 => {
                Some(CType::words(Width::W64, 1 + words.long))
            }
            _ if !plain => None,
            "void" => Some(CType::of(Ty::Void)),
            "_Bool" => Some(CType::of(Ty::Bool)),
            "float" => Some(CType::words(Width::W32, 1)),
            "_Float128" | "__float128" | "__int128_t" | "__uint128_t" => {
                Some(CType::words(Width::W64, 2))
            }
            _ => None,
        };
        ty.ok_or_else(|| {
            let span = words.base.as_ref().map_or(self.peek().span, |token| token.span);
            self.wrong(span, "these words make no type together", "this one is too many")
        })
    }
}

impl Words {
    fn is_empty(&self) -> bool {
        self.long + self.signed + self.unsigned + self.int == 0 && self.base.is_none()
    }

    fn add(&mut self, token: &Token) {
        match &*token.text {
            "long" => self.long += 1,
            "signed" | "__signed__" | "__signed" => self.signed += 1,
            "unsigned" => self.unsigned += 1,
            "int" => self.int += 1,
            _ => {
                self.twice |= self.base.is_some();
                self.base = Some(token.clone());
            }
        }
    }
}

/// What C's and Unix's own headers define, and the kernel may not.
fn library(name: &str) -> Option<Ty> {
    Some(match name {
        "u_char" | "u_int8_t" | "unchar" => Ty::Int(Width::W8, Sign::Unsigned),
        "u_short" | "u_int16_t" | "ushort" => Ty::Int(Width::W16, Sign::Unsigned),
        "u_int" | "u_int32_t" | "uint" | "mode_t" | "socklen_t" => Ty::U32,
        "wchar_t" | "clockid_t" | "key_t" => Ty::I32,
        "u_long" | "u_int64_t" | "ulong" | "uintmax_t" | "dev_t" | "ino_t" | "nlink_t" => {
            Ty::U64
        }
        "intptr_t" | "ptrdiff_t" | "intmax_t" | "off_t" | "time_t" | "clock_t"
        | "suseconds_t" => Ty::I64,
        "__builtin_va_list" => Ty::Array(Box::new(arguments()), 1),
        _ => return None,
    })
}

/// The arguments behind `...` on x86-64: two counts and two addresses.
fn arguments() -> Ty {
    let address = Ty::Ptr(Box::new(Ty::Void), Space::Unknown);
    let members = [
        ("gp_offset", Ty::U32),
        ("fp_offset", Ty::U32),
        ("overflow_arg_area", address.clone()),
        ("reg_save_area", address),
    ];
    let fields = members.into_iter().map(|(name, ty)| (name.to_owned(), ty));
    let name = Some("struct __va_list_tag".to_owned());
    Ty::Record(Record { name, ..types::record(fields) }.into())
}
