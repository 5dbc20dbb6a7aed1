//! Which instructions and words programs were made of. The names of variants come from their
//! serialization, so that no list of them has to be kept here.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    fmt,
};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, Visitor},
    forward_to_deserialize_any,
};

use super::vocabulary::uses_word;

/// What was seen so far.
#[derive(Debug, Default)]
pub struct Coverage {
    /// Variants by the name of their type: `Inst`, `Bin`, …
    seen: BTreeMap<&'static str, BTreeSet<String>>,
    /// Names in the texts of programs.
    words: BTreeSet<String>,
}

/// The variants of the enum `T`.
fn variants<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    struct Names<'a>(&'a mut &'static [&'static str]);
    impl<'de> Deserializer<'de> for Names<'_> {
        type Error = serde::de::value::Error;
        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
            Err(Self::Error::custom("not an enum"))
        }
        fn deserialize_enum<V: Visitor<'de>>(
            self,
            _: &'static str,
            variants: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Self::Error> {
            *self.0 = variants;
            Err(Self::Error::custom("only the names were wanted"))
        }
        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit
            unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
        }
    }
    let mut names: &'static [&'static str] = &[];
    let _ = T::deserialize(Names(&mut names));
    names
}

/// The name of a value's variant.
fn variant(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        Ok(serde_json::Value::Object(fields)) => {
            fields.into_iter().next().map(|it| it.0).unwrap_or_default()
        }
        Ok(_) | Err(_) => String::new(),
    }
}

/// Types whose variants count as instructions, and the names of those.
fn instructions() -> [(&'static str, &'static [&'static str]); 4] {
    [
        ("Inst", variants::<ir::Inst>()),
        ("Bin", variants::<ir::Bin>()),
        ("Fetch", variants::<ir::Fetch>()),
        ("Terminator", variants::<ir::Terminator>()),
    ]
}

/// What else is worth knowing.
fn others() -> [(&'static str, &'static [&'static str]); 5] {
    [
        ("Helper", variants::<ir::Helper>()),
        ("MapKind", variants::<ir::MapKind>()),
        ("Action", variants::<ir::Action>()),
        ("LossKind", variants::<ir::LossKind>()),
        ("ProgramKind", variants::<ir::ProgramKind>()),
    ]
}

impl Coverage {
    /// Notes the variants of these values: its name is asked for once for each.
    fn note<'a, T: Serialize + 'a>(
        &mut self,
        ty: &'static str,
        values: impl Iterator<Item = &'a T>,
    ) {
        let mut seen = HashSet::new();
        let first = values.filter(|value| seen.insert(std::mem::discriminant(*value)));
        self.seen.entry(ty).or_default().extend(first.map(variant));
    }

    /// Counts in a program that was accepted.
    pub fn add(&mut self, text: &str, program: &ir::Program) {
        let insts = || program.functions.values().flat_map(|it| it.insts.values());
        let blocks = program.functions.values().flat_map(|it| it.blocks.values());
        self.note("Inst", insts());
        self.note(
            "Bin",
            insts().filter_map(|inst| {
                let ir::Inst::Bin(bin, ..) = inst else { return None };
                Some(bin)
            }),
        );
        self.note(
            "Fetch",
            insts().filter_map(|inst| {
                let ir::Inst::AtomicFetch { operation, .. } = inst else { return None };
                Some(operation)
            }),
        );
        self.note(
            "Helper",
            insts().filter_map(|inst| {
                let ir::Inst::Call(helper, _) = inst else { return None };
                Some(helper)
            }),
        );
        self.note("Terminator", blocks.map(|block| &block.end));
        self.note("MapKind", program.maps.values().map(|map| &map.kind));
        self.note("Action", program.events.values().map(|event| &event.action));
        self.note("LossKind", program.losses.values().map(|loss| &loss.kind));
        self.note("ProgramKind", program.programs.values().map(|built| &built.kind));
        self.add_words(text);
    }

    /// Counts in what was seen elsewhere.
    pub fn join(&mut self, other: Self) {
        for (ty, names) in other.seen {
            self.seen.entry(ty).or_default().extend(names);
        }
        self.words.extend(other.words);
    }

    fn add_words(&mut self, text: &str) {
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
        for word in text.split(|c: char| !is_word(c)).filter(|word| !word.is_empty()) {
            if !self.words.contains(word) {
                self.words.insert(word.to_owned());
            }
        }
    }

    /// How many of a hundred of the instructions' variants there were, and which were not.
    pub fn instructions(&self) -> (usize, Vec<String>) {
        self.share(&instructions())
    }

    /// The same for helpers, kinds of maps and the like.
    pub fn others(&self) -> (usize, Vec<String>) {
        self.share(&others())
    }

    fn share(&self, types: &[(&'static str, &'static [&'static str])]) -> (usize, Vec<String>) {
        let (mut all, mut missing) = (0, Vec::new());
        for (ty, names) in types {
            all += names.len();
            let seen = self.seen.get(ty);
            let absent =
                names.iter().filter(|name| !seen.is_some_and(|seen| seen.contains(**name)));
            missing.extend(absent.map(|name| format!("{ty}::{name}")));
        }
        (100 * (all - missing.len()) / all.max(1), missing)
    }

    /// Whether a word was in an accepted program; `row` is what
    /// [`super::row_names`] gives.
    pub fn has_word(&self, row: &str) -> bool {
        let name = row.rsplit(' ').next().unwrap_or_default();
        self.words.iter().any(|word| uses_word(word, name))
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (share, missing) = self.instructions();
        writeln!(f, "instructions: {share} %; missing: {}", missing.join(" "))?;
        let (share, missing) = self.others();
        writeln!(
            f,
            "helpers, maps, events, losses, programs: {share} %; missing: {}",
            missing.join(" ")
        )
    }
}
