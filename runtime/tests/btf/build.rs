//! Makes BTF by hand.

/// BTF that grows by one type at a time.
#[derive(Debug, Clone)]
pub(crate) struct Builder {
    types: Vec<u8>,
    strings: Vec<u8>,
    strings_start: u32,
    next: u32,
}

/// The number of a kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Int = 1,
    Pointer = 2,
    Array = 3,
    Struct = 4,
    Union = 5,
    Enum = 6,
    Forward = 7,
    Typedef = 8,
    Const = 10,
    Function = 12,
    Prototype = 13,
    Variable = 14,
    Float = 16,
    TypeTag = 18,
    Enum64 = 19,
}

impl Builder {
    pub(crate) fn new() -> Self {
        Self { types: Vec::new(), strings: vec![0], strings_start: 0, next: 1 }
    }

    /// BTF that extends `base`.
    pub(crate) fn on(base: &Self) -> Self {
        let strings_start = base.strings_start + base.strings.len() as u32;
        Self { types: Vec::new(), strings: vec![0], strings_start, next: base.next }
    }

    fn string(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let between: Vec<u8> = [&[0], text.as_bytes(), &[0]].concat();
        let known = self.strings.windows(between.len()).position(|window| window == between);
        if let Some(at) = known {
            return self.strings_start + at as u32 + 1;
        }
        let at = self.strings.len() as u32;
        self.strings.extend(text.as_bytes());
        self.strings.push(0);
        self.strings_start + at
    }

    fn words(&mut self, words: &[u32]) {
        self.types.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    }

    /// A record with its head and `count` things that `rest` are the words of.
    pub(crate) fn add(
        &mut self,
        (kind, flag): (Kind, bool),
        name: &str,
        (count, size_or_type): (usize, u32),
        rest: &[u32],
    ) -> u32 {
        let name = self.string(name);
        let info = u32::from(flag) << 31 | (kind as u32) << 24 | count as u32;
        self.words(&[name, info, size_or_type]);
        self.words(rest);
        self.next += 1;
        self.next - 1
    }

    /// `encoding`: 1 signed, 4 bool.
    pub(crate) fn int(&mut self, name: &str, size: u32, encoding: u32) -> u32 {
        self.add((Kind::Int, false), name, (0, size), &[(encoding << 24) | (size * 8)])
    }

    pub(crate) fn to(&mut self, kind: Kind, name: &str, id: u32) -> u32 {
        self.add((kind, false), name, (0, id), &[])
    }

    pub(crate) fn array(&mut self, item: u32, count: u32) -> u32 {
        self.add((Kind::Array, false), "", (0, 0), &[item, item, count])
    }

    /// Members: name, type, first bit, bits if it is a bit-field.
    pub(crate) fn record(
        &mut self,
        kind: Kind,
        name: &str,
        size: u32,
        members: &[(&str, u32, u32, u32)],
    ) -> u32 {
        let flag = members.iter().any(|member| member.3 > 0);
        let mut rest = Vec::new();
        for (name, id, start, count) in members {
            rest.extend([self.string(name), *id, start | count << 24]);
        }
        self.add((kind, flag), name, (members.len(), size), &rest)
    }

    /// A prototype; `("", 0)` as the last means more.
    pub(crate) fn prototype(&mut self, returns: u32, parameters: &[(&str, u32)]) -> u32 {
        let mut rest = Vec::new();
        for (name, id) in parameters {
            rest.extend([self.string(name), *id]);
        }
        self.add((Kind::Prototype, false), "", (parameters.len(), returns), &rest)
    }

    /// An enum of 4 bytes.
    pub(crate) fn enumeration(&mut self, signed: bool, name: &str, all: &[(&str, u32)]) -> u32 {
        let mut rest = Vec::new();
        for (name, value) in all {
            rest.extend([self.string(name), *value]);
        }
        self.add((Kind::Enum, signed), name, (all.len(), 4), &rest)
    }

    /// An enum of 8 bytes.
    pub(crate) fn enumeration64(&mut self, name: &str, all: &[(&str, u64)]) -> u32 {
        let mut rest = Vec::new();
        for (name, value) in all {
            rest.extend([self.string(name), *value as u32, (*value >> 32) as u32]);
        }
        self.add((Kind::Enum64, false), name, (all.len(), 8), &rest)
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let (types, strings) = (self.types.len() as u32, self.strings.len() as u32);
        let header = [0x0001_eb9f, 24, 0, types, types, strings];
        let mut out: Vec<u8> =
            header.iter().flat_map(|word: &u32| word.to_le_bytes()).collect();
        out.extend(&self.types);
        out.extend(&self.strings);
        out
    }
}
