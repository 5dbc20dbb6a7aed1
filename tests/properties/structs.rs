//! The same structs in the language and in C: a program that gcc compiled fills one with bytes made
//! at random, prints each field and passes its address to a function; a uprobe there reads the same
//! fields, in each way that the language has, and must print the same.

use std::{fmt::Write as _, fs, path::Path, process::Command};

use libtest_mimic::Failed;
use tests::generate::Random;

use crate::{Effort, folder, peer};

/// Structs that are tried.
const STRUCTS: u64 = 15;
/// Deepest that structs and unions are in one another.
const DEPTH: usize = 3;

const TYPES: [&str; 10] = [
    "int8_t", "int16_t", "int32_t", "int64_t", "uint8_t", "uint16_t", "uint32_t", "uint64_t",
    "char", "long",
];

/// Types of bit-fields, with their widths.
const BASES: [(&str, usize); 8] = [
    ("int8_t", 8),
    ("uint8_t", 8),
    ("int16_t", 16),
    ("uint16_t", 16),
    ("int32_t", 32),
    ("uint32_t", 32),
    ("int64_t", 64),
    ("uint64_t", 64),
];

/// Before the struct, in C.
const BEFORE: &str = "#include <stdint.h>\n#include <stdio.h>\n";

struct Maker {
    random: Random,
    /// How many names were given.
    names: usize,
    /// Where each value is: `.f1.f3[2]`.
    paths: Vec<String>,
}

impl Maker {
    fn name(&mut self) -> String {
        self.names += 1;
        format!("f{}", self.names)
    }

    /// The fields of a struct or union, as C declares them; what is read is in `paths`.
    fn fields(&mut self, at: &str, depth: usize) -> String {
        let count = 1 + self.random.below(6);
        (0..count).fold(String::new(), |mut text, _| {
            text += &self.field(at, depth);
            text
        })
    }

    fn field(&mut self, at: &str, depth: usize) -> String {
        match self.random.below(10) {
            0..4 => {
                let (name, ty) = (self.name(), *self.random.pick(&TYPES));
                self.paths.push(format!("{at}.{name}"));
                format!("{ty} {name}; ")
            }
            4..7 => self.bit_fields(at),
            7 => {
                let (name, ty) = (self.name(), *self.random.pick(&TYPES));
                let length = 1 + self.random.below(4);
                self.paths.extend((0..length).map(|index| format!("{at}.{name}[{index}]")));
                format!("{ty} {name}[{length}]; ")
            }
            _ if depth == 0 => self.bit_fields(at),
            _ => self.nested(at, depth),
        }
    }

    /// A few in a row, so that they share their units.
    fn bit_fields(&mut self, at: &str) -> String {
        let count = 1 + self.random.below(4);
        let mut text = String::new();
        for _ in 0..count {
            let (name, (base, most)) = (self.name(), *self.random.pick(&BASES));
            let width = 1 + self.random.below(most);
            let _ = write!(text, "{base} {name} : {width}; ");
            self.paths.push(format!("{at}.{name}"));
        }
        if self.random.percent(10) {
            text += "uint32_t : 0; ";
        }
        text
    }

    fn nested(&mut self, at: &str, depth: usize) -> String {
        let kind = *self.random.pick(&["struct", "union"]);
        let packed = self.packed();
        if self.random.percent(30) {
            return format!("{kind} {{ {}}}{packed}; ", self.fields(at, depth - 1));
        }
        let name = self.name();
        if self.random.percent(30) {
            let first = self.paths.len();
            let fields = self.fields(&format!("{at}.{name}[0]"), depth - 1);
            for index in first..self.paths.len() {
                let second = self.paths[index].replacen(
                    &format!(".{name}[0]"),
                    &format!(".{name}[1]"),
                    1,
                );
                self.paths.push(second);
            }
            return format!("{kind} {{ {fields}}}{packed} {name}[2]; ");
        }
        format!(
            "{kind} {{ {}}}{packed} {name}; ",
            self.fields(&format!("{at}.{name}"), depth - 1)
        )
    }

    fn packed(&mut self) -> &'static str {
        if self.random.percent(20) { " __attribute__((packed))" } else { "" }
    }

    /// A way to read a field: through the pointer, or from a copy.
    fn read(&mut self, path: &str) -> String {
        let way = *self.random.pick(&["$p->", "(*$p).", "$copy.", "@copy."]);
        format!("{way}{}", path.trim_start_matches('.'))
    }
}

pub(crate) fn fields(effort: Effort) -> Result<(), Failed> {
    let hawk = peer::hawk()?;
    let structs = STRUCTS.max(effort.loaded / 500);
    for seed in effort.seed..effort.seed + structs {
        one(&hawk, seed)?;
    }
    Ok(())
}

/// One struct in both languages.
fn one(hawk: &Path, seed: u64) -> Result<(), Failed> {
    let mut maker = Maker { random: Random::new(seed), names: 0, paths: Vec::new() };
    let fields = maker.fields("", DEPTH);
    let declared = format!("struct made {{ {fields}}}{};\n", maker.packed());
    let program = folder().join(format!("struct-{seed}"));
    peer::compile(&program, &c(&mut maker, &declared))?;
    let mut ours = format!("{declared}uprobe:{}:look {{\n", program.display());
    ours += "    $p = (struct made *)arg0;\n    $copy = *$p;\n    @copy = *$p;\n";
    for path in maker.paths.clone() {
        let read = maker.read(&path);
        let _ = writeln!(ours, "    printf(\"%lld\\n\", (int64){read});");
    }
    ours += "}\nend { clear(@copy); }\n";
    let script = crate::keep(&format!("struct-{seed}.bt"), &ours);
    let found = program.with_extension("found");
    let output = Command::new(hawk)
        .arg("-q")
        .arg("-o")
        .arg(&found)
        .arg("-c")
        .arg(&program)
        .arg(&script)
        .output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {said}", script.display()).into());
    }
    let found = fs::read_to_string(&found)?;
    let expected = String::from_utf8_lossy(&output.stdout);
    peer::compare(&script.display().to_string(), &maker.paths, (&found, &expected))
}

/// The program that fills the struct and prints it.
fn c(maker: &mut Maker, declared: &str) -> String {
    let mut text = format!("{BEFORE}{declared}");
    text += "__attribute__((noinline)) void look(struct made *p) { __asm__ volatile(\"\" : : \"r\"(p) : \"memory\"); }\n";
    text +=
        "int main(void) {\n    static struct made it;\n    static const uint8_t bytes[] = {";
    for _ in 0..4096 {
        let _ = write!(text, "{},", maker.random.bits() & 0xff);
    }
    text += "};\n    for (size_t i = 0; i < sizeof it; i++) ((uint8_t *)&it)[i] = bytes[i % sizeof bytes];\n    look(&it);\n";
    for path in &maker.paths {
        let _ = writeln!(text, "    printf(\"%lld\\n\", (long long)it{path});");
    }
    text + "    return 0;\n}\n"
}
