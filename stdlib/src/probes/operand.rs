//! The operands of static probes: where the program keeps an argument when it passes one.

use ir::{Sign, Width};

use crate::Kernel;

/// Where an argument is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nowhere: it is always this.
    Constant(i64),
    /// At this byte of the context, which is the registers.
    Register(u32),
    /// In the process's memory.
    Memory {
        /// Byte of the context where the base register is.
        base: Option<u32>,
        /// The same for the index register, and what it is multiplied by.
        index: Option<(u32, u8)>,
        /// Added to both.
        displacement: i64,
    },
}

/// One argument of a static probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operand {
    /// How many bytes it has.
    pub width: Width,
    /// How it is extended to 64 bits.
    pub sign: Sign,
    /// Where it is.
    pub source: Source,
}

/// Reads operands as the assembler wrote them, `8@%rdi -4@-20(%rbp) 4@$5`; none in the place of
/// one that is not an integer or not understood.
pub(super) fn operands(kernel: &dyn Kernel, text: &str) -> Vec<Option<Operand>> {
    split(text).into_iter().map(|text| operand(kernel, text)).collect()
}

/// What each operand is read as, and its own text: `int32 arg0 at -4@-20(%rbp)`.
pub(super) fn described(kernel: &dyn Kernel, text: &str) -> Vec<String> {
    let one = |(index, text): (usize, &str)| match operand(kernel, text) {
        Some(Operand { width, sign, .. }) => {
            format!("{} arg{index} at {text}", ir::Ty::Int(width, sign))
        }
        None => format!("arg{index} at {text}, which cannot be read"),
    };
    split(text).into_iter().enumerate().map(one).collect()
}

/// At blanks that are not inside of brackets (`8@[sp, 16]`).
fn split(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut start, mut depth) = (0, 0);
    for (at, c) in text.char_indices() {
        match c {
            '[' | '(' => depth += 1,
            ']' | ')' => depth -= 1,
            ' ' if depth == 0 => {
                found.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&text[start..]);
    found.retain(|it| !it.is_empty());
    found
}

fn operand(kernel: &dyn Kernel, text: &str) -> Option<Operand> {
    // Without a size, it is a word.
    let (size, place) = text.split_once('@').unwrap_or(("8", text));
    let size: i32 = size.parse().ok()?;
    let width = Width::from_bytes(size.unsigned_abs())?;
    let sign = if size < 0 { Sign::Signed } else { Sign::Unsigned };
    let source =
        if cfg!(target_arch = "x86_64") { x86(kernel, place) } else { arm(kernel, place) };
    Some(Operand { width, sign, source: source? })
}

fn x86(kernel: &dyn Kernel, text: &str) -> Option<Source> {
    if let Some(constant) = text.strip_prefix('$') {
        return Some(Source::Constant(number(constant)?));
    }
    if let Some(register) = text.strip_prefix('%') {
        return Some(Source::Register(x86_register(kernel, register)?));
    }
    let (displacement, inside) = text.strip_suffix(')')?.split_once('(')?;
    let displacement = if displacement.is_empty() { 0 } else { number(displacement)? };
    let mut parts = inside.split(',').map(str::trim);
    let register = |part: Option<&str>| match part {
        None | Some("") => Some(None),
        Some(name) => Some(Some(x86_register(kernel, name.strip_prefix('%')?)?)),
    };
    let base = register(parts.next())?;
    let index = register(parts.next())?;
    let scale = parts.next().map_or(Some(1), |scale| scale.parse().ok())?;
    Some(Source::Memory { base, index: index.map(|index| (index, scale)), displacement })
}

/// Byte of the context where a register is, or the part of it that a name such as `al` means.
fn x86_register(kernel: &dyn Kernel, name: &str) -> Option<u32> {
    if let Some(register) = name.strip_suffix('h').filter(|it| it.len() == 1) {
        return Some(kernel.register(&format!("{register}x"))? + 1);
    }
    let name = name
        .strip_prefix(['r', 'e'])
        .filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic()))
        .unwrap_or(name);
    let numbered = name.starts_with('r');
    let name = if numbered { name.trim_end_matches(['d', 'w', 'b']) } else { name };
    let whole = match name {
        "al" => "ax",
        "bl" => "bx",
        "cl" => "cx",
        "dl" => "dx",
        "sil" => "si",
        "dil" => "di",
        "bpl" => "bp",
        "spl" => "sp",
        other => other,
    };
    kernel.register(whole)
}

fn arm(kernel: &dyn Kernel, text: &str) -> Option<Source> {
    let register = |name: &str| {
        let name = name.trim();
        match name.strip_prefix(['x', 'w']) {
            Some(digits) => kernel.register(&format!("r{digits}")),
            None => kernel.register(name),
        }
    };
    if let Some(inside) = text.strip_prefix('[') {
        let (base, rest) = match inside.strip_suffix(']')?.split_once(',') {
            Some((base, rest)) => (base, rest.trim()),
            None => (inside.strip_suffix(']')?, "0"),
        };
        let base = Some(register(base)?);
        return Some(match (number(rest.trim_start_matches('#')), register(rest)) {
            (Some(displacement), _) => Source::Memory { base, index: None, displacement },
            (None, Some(index)) => {
                Source::Memory { base, index: Some((index, 1)), displacement: 0 }
            }
            (None, None) => return None,
        });
    }
    match number(text) {
        Some(constant) => Some(Source::Constant(constant)),
        None => Some(Source::Register(register(text)?)),
    }
}

/// A decimal or hexadecimal number with a sign.
fn number(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?.cast_signed(),
        None => digits.parse::<u64>().ok()?.cast_signed(),
    };
    Some(if negative { value.wrapping_neg() } else { value })
}
