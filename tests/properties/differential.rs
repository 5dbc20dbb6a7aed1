//! The same expressions in the language, run by the kernel, and in C, compiled by gcc, give the
//! same values. The C says what is meant: all is computed on 64 bits; a result is signed if one
//! side is, a difference always; division by zero gives 1, and shifts count modulo 64.

use std::{fmt::Write as _, path::Path, process::Command};

use libtest_mimic::Failed;
use tests::generate::Random;

use crate::{Effort, folder, peer};

/// Expressions of one program.
const OF_EACH: usize = 40;
/// Programs.
const PROGRAMS: u64 = 15;
/// Deepest that expressions go.
const DEPTH: usize = 4;

const TYPES: [(&str, bool, u32); 8] = [
    ("int8", true, 8),
    ("int16", true, 16),
    ("int32", true, 32),
    ("int64", true, 64),
    ("uint8", false, 8),
    ("uint16", false, 16),
    ("uint32", false, 32),
    ("uint64", false, 64),
];

#[rustfmt::skip]
const VALUES: [i64; 16] = [
    0, 1, -1, 2, 7, -8, 100, 127, 128, 255, 0x8000, 0xffff_ffff, 0x8000_0000, -0x8000_0000,
    i64::MAX, i64::MIN,
];

/// What C needs besides.
const BEFORE: &str = "#include <stdint.h>
#include <stdio.h>
static int64_t sdiv(int64_t a, int64_t b) { return b == 0 ? 1 : b == -1 ? (int64_t)-(uint64_t)a : a / b; }
static int64_t smod(int64_t a, int64_t b) { return b == 0 ? 1 : b == -1 ? 0 : a % b; }
static uint64_t udiv(uint64_t a, uint64_t b) { return b == 0 ? 1 : a / b; }
static uint64_t umod(uint64_t a, uint64_t b) { return b == 0 ? 1 : a % b; }
";

/// An expression in both languages.
#[derive(Clone)]
struct Pair {
    ours: String,
    /// Of type `int64_t` or `uint64_t`.
    c: String,
    signed: bool,
    /// A literal that is not negative: it goes along with the other side.
    literal: bool,
}

struct Maker {
    random: Random,
    /// Name and type of each input.
    inputs: Vec<(String, usize)>,
}

impl Maker {
    fn pair(&mut self, depth: usize) -> Pair {
        if depth == 0 {
            return self.leaf();
        }
        match self.random.below(12) {
            0 => self.leaf(),
            1..6 => self.arithmetic(depth),
            6 | 7 => self.shift(depth),
            8 => self.unary(depth),
            9 => self.cast(depth),
            10 => self.comparison(depth),
            _ => self.choice(depth),
        }
    }

    fn leaf(&mut self) -> Pair {
        if self.random.percent(25) {
            let value =
                *self.random.pick(&["0", "1", "2", "3", "100", "255", "65536", "4294967295"]);
            let c = format!("INT64_C({value})");
            return Pair { ours: value.to_owned(), c, signed: true, literal: true };
        }
        self.input()
    }

    fn input(&mut self) -> Pair {
        let (name, ty) = self.random.pick(&self.inputs).clone();
        let signed = TYPES[ty].1;
        let c = format!("(({}){name})", wide(signed));
        Pair { ours: format!("${name}"), c, signed, literal: false }
    }

    /// Two operands of which the compiler does not know both.
    fn operands(&mut self, depth: usize) -> (Pair, Pair) {
        let (left, right) = (self.pair(depth - 1), self.pair(depth - 1));
        if left.literal && right.literal { (self.input(), right) } else { (left, right) }
    }

    fn arithmetic(&mut self, depth: usize) -> Pair {
        let (left, mut right) = self.operands(depth);
        let operator = *self.random.pick(&["+", "-", "*", "/", "%", "&", "|", "^"]);
        if right.literal && right.ours == "0" && matches!(operator, "/" | "%") {
            // Always zero: refused.
            right = self.input();
        }
        let signed = common(&left, &right);
        let (a, b) = (&left.c, &right.c);
        let function = match (operator, signed) {
            ("/", true) => Some("sdiv"),
            ("/", false) => Some("udiv"),
            ("%", true) => Some("smod"),
            ("%", false) => Some("umod"),
            _ => None,
        };
        let signed = signed || operator == "-";
        let ty = wide(signed);
        let c = match function {
            Some(function) => format!("(({ty}){function}({a}, {b}))"),
            None => format!("(({ty})((uint64_t){a} {operator} (uint64_t){b}))"),
        };
        Pair {
            ours: format!("({} {operator} {})", left.ours, right.ours),
            c,
            signed,
            literal: false,
        }
    }

    fn shift(&mut self, depth: usize) -> Pair {
        let left = self.pair(depth - 1);
        let left = if left.literal { self.input() } else { left };
        let right = self.pair(depth - 1);
        let right = if right.literal && right.ours.len() > 1 { self.input() } else { right };
        let operator = *self.random.pick(&["<<", ">>"]);
        let from = if operator == "<<" { "uint64_t" } else { wide(left.signed) };
        let c = format!(
            "(({})(({from}){} {operator} ({} & 63)))",
            wide(left.signed),
            left.c,
            right.c
        );
        let ours = format!("({} {operator} {})", left.ours, right.ours);
        Pair { ours, c, signed: left.signed, literal: false }
    }

    fn unary(&mut self, depth: usize) -> Pair {
        let value = self.pair(depth - 1);
        let value = if value.literal { self.input() } else { value };
        match self.random.below(3) {
            0 => Pair {
                ours: format!("(-{})", value.ours),
                c: format!("((int64_t)-(uint64_t){})", value.c),
                signed: true,
                literal: false,
            },
            1 => Pair {
                ours: format!("(~{})", value.ours),
                c: format!("(~{})", value.c),
                ..value
            },
            _ => Pair {
                ours: format!("(!{})", value.ours),
                c: format!("((uint64_t)!{})", value.c),
                signed: false,
                literal: false,
            },
        }
    }

    fn cast(&mut self, depth: usize) -> Pair {
        let value = self.pair(depth - 1);
        let value = if value.literal { self.input() } else { value };
        let (name, signed, _) = *self.random.pick(&TYPES);
        Pair {
            ours: format!("(({name}){})", value.ours),
            c: format!("(({})({name}_t){})", wide(signed), value.c),
            signed,
            literal: false,
        }
    }

    fn comparison(&mut self, depth: usize) -> Pair {
        let (left, right) = self.operands(depth);
        let operator = *self.random.pick(&["==", "!=", "<", "<=", ">", ">="]);
        let ty = wide(common(&left, &right));
        Pair {
            ours: format!("({} {operator} {})", left.ours, right.ours),
            c: format!("((uint64_t)(({ty}){} {operator} ({ty}){}))", left.c, right.c),
            signed: false,
            literal: false,
        }
    }

    fn choice(&mut self, depth: usize) -> Pair {
        let condition = self.comparison(depth);
        let (then, other) = self.operands(depth);
        let signed = common(&then, &other);
        let ty = wide(signed);
        Pair {
            ours: format!("({} ? {} : {})", condition.ours, then.ours, other.ours),
            c: format!("({} ? ({ty}){} : ({ty}){})", condition.c, then.c, other.c),
            signed,
            literal: false,
        }
    }
}

const fn wide(signed: bool) -> &'static str {
    if signed { "int64_t" } else { "uint64_t" }
}

/// Signed if one side is; a literal goes along.
const fn common(left: &Pair, right: &Pair) -> bool {
    match (left.literal, right.literal) {
        (true, false) => right.signed,
        (false, true) => left.signed,
        (true, true) | (false, false) => left.signed || right.signed,
    }
}

pub(crate) fn arithmetic(effort: Effort) -> Result<(), Failed> {
    let hawk = peer::hawk()?;
    let programs = PROGRAMS.max(effort.loaded / 500);
    for seed in effort.seed..effort.seed + programs {
        one(&hawk, seed)?;
    }
    Ok(())
}

/// One program in both languages.
fn one(hawk: &Path, seed: u64) -> Result<(), Failed> {
    let mut maker = Maker { random: Random::new(seed), inputs: Vec::new() };
    let (mut ours, mut c) = (String::from("begin {\n"), format!("{BEFORE}int main(void) {{\n"));
    for at in 0..24 {
        let ty = maker.random.below(TYPES.len());
        let (type_name, signed, bits) = TYPES[ty];
        let value = value(&mut maker.random, signed, bits);
        let name = format!("x{at}");
        let literal = if value == i64::MIN {
            "(-9223372036854775807 - 1)".to_owned()
        } else {
            value.to_string()
        };
        // What is read from a map is not known before it runs.
        let _ = writeln!(ours, "    @{name} = {literal};");
        let _ = writeln!(ours, "    let ${name} : {type_name} = ({type_name})@{name};");
        let _ = writeln!(c, "    volatile {type_name}_t {name} = ({type_name}_t){literal};");
        maker.inputs.push((name, ty));
    }
    let pairs: Vec<_> = (0..OF_EACH).map(|_| maker.pair(DEPTH)).collect();
    for pair in &pairs {
        let _ = writeln!(ours, "    printf(\"%lld\\n\", (int64)({}));", pair.ours);
        let _ = writeln!(c, "    printf(\"%lld\\n\", (long long)({}));", pair.c);
    }
    ours += "    exit();\n}\nend {\n";
    for (name, _) in &maker.inputs {
        let _ = writeln!(ours, "    clear(@{name});");
    }
    ours += "}\n";
    c += "    return 0;\n}\n";
    let (found, expected) = (run_ours(hawk, seed, &ours)?, run_c(seed, &c)?);
    let labels: Vec<_> =
        pairs.iter().map(|pair| format!("{}\n  {}", pair.ours, pair.c)).collect();
    peer::compare(&format!("seed {seed}"), &labels, (&found, &expected))
}

fn value(random: &mut Random, signed: bool, bits: u32) -> i64 {
    let value = if random.percent(60) {
        *random.pick(&VALUES)
    } else {
        random.bits().cast_signed() >> random.below(64)
    };
    let shift = 64 - bits;
    if signed {
        value << shift >> shift
    } else {
        ((value.cast_unsigned() << shift >> shift) & i64::MAX.cast_unsigned()).cast_signed()
    }
}

fn run_ours(hawk: &Path, seed: u64, text: &str) -> Result<String, Failed> {
    let path = crate::keep(&format!("arithmetic-{seed}.bt"), text);
    let output = Command::new(hawk).arg("-q").arg(&path).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {said}", path.display()).into());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn run_c(seed: u64, text: &str) -> Result<String, Failed> {
    let program = folder().join(format!("arithmetic-{seed}"));
    peer::compile(&program, text)?;
    let output = Command::new(&program).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
