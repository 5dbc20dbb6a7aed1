//! BPF instructions in the kernel's own notation, as `bpftool prog dump xlated` has it. It knows
//! neither where they come from nor what maps and functions are called: [`Symbols`] does.

use std::fmt::Write as _;

/// One instruction, 8 bytes long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    /// Class, operation and operand kind.
    pub code: u8,
    /// Destination register.
    pub dst: u8,
    /// Source register, or what an immediate means.
    pub src: u8,
    /// Of memory in bytes, of jumps in instructions.
    pub offset: i16,
    /// Immediate operand.
    pub immediate: i32,
}

impl Instruction {
    /// Takes 8 bytes apart.
    pub const fn decode(bytes: [u8; 8]) -> Self {
        let [code, registers, o0, o1, i0, i1, i2, i3] = bytes;
        Self {
            code,
            dst: registers & 0x0f,
            src: registers >> 4,
            offset: i16::from_le_bytes([o0, o1]),
            immediate: i32::from_le_bytes([i0, i1, i2, i3]),
        }
    }

    /// Whether it takes the place of two.
    pub const fn is_wide(self) -> bool {
        self.code == 0x18
    }
}

/// Names for what instructions only have numbers for. `at` is the instruction's index.
pub trait Symbols {
    /// The map that is loaded, and what follows its name.
    fn map(&self, at: usize, immediate: i32) -> String;
    /// The kernel function that is called.
    fn function(&self, at: usize, immediate: i32) -> String;
    /// The subprogram that is called, if it has a name.
    fn subprogram(&self, at: usize) -> Option<String>;
    /// Whether the wide constant at `at` is a map or the like although it does not say so.
    fn constant(&self, at: usize) -> Option<String>;
}

/// Index and text of each instruction in `code`.
pub fn disassemble(code: &[u8], symbols: &dyn Symbols) -> Vec<(usize, String)> {
    let mut instructions = code
        .chunks_exact(8)
        .filter_map(|bytes| bytes.try_into().ok().map(Instruction::decode))
        .enumerate();
    let mut lines = Vec::new();
    while let Some((at, instruction)) = instructions.next() {
        let text = if instruction.is_wide() {
            let second = instructions.next().map_or(0, |(_, second)| second.immediate);
            wide(at, instruction, second, symbols)
        } else {
            one(at, instruction, symbols)
        };
        lines.push((at, format!("({:02x}) {text}", instruction.code)));
    }
    lines
}

/// `r1 = 64-bit constant`, of which `second` is the upper half.
fn wide(at: usize, instruction: Instruction, second: i32, symbols: &dyn Symbols) -> String {
    let Instruction { dst, src, immediate, .. } = instruction;
    let low = u64::from(immediate as u32);
    let value = match src {
        0 => symbols
            .constant(at)
            .unwrap_or_else(|| format!("{:#x}", u64::from(second as u32) << 32 | low)),
        // BPF_PSEUDO_MAP_FD and _IDX; _VALUE and _IDX_VALUE add an offset.
        1 | 5 => format!("map[{}]", symbols.map(at, immediate)),
        2 | 6 => format!("map[{}][0]+{second}", symbols.map(at, immediate)),
        4 => format!("subprog[{immediate:+}]"),
        _ => format!("{:#x}", u64::from(second as u32) << 32 | low),
    };
    format!("r{dst} = {value}")
}

fn one(at: usize, instruction: Instruction, symbols: &dyn Symbols) -> String {
    match instruction.code & 0x07 {
        0x00 => packet(instruction),
        0x01 => load(instruction),
        0x02 | 0x03 => store(instruction),
        0x04 => arithmetic(instruction, 'w'),
        0x07 => arithmetic(instruction, 'r'),
        0x05 => jump(at, instruction, 'r', symbols),
        _ => jump(at, instruction, 'w', symbols),
    }
}

/// Reads of packet data, which no tracing program has.
fn packet(instruction: Instruction) -> String {
    let Instruction { code, src, immediate, .. } = instruction;
    match code & 0xe0 {
        0x20 => format!("r0 = *({} *)skb[{immediate}]", size(code)),
        _ => format!("r0 = *({} *)skb[r{src} + {immediate}]", size(code)),
    }
}

const fn size(code: u8) -> &'static str {
    match code & 0x18 {
        0x00 => "u32",
        0x08 => "u16",
        0x10 => "u8",
        _ => "u64",
    }
}

const fn signed_size(code: u8) -> &'static str {
    match code & 0x18 {
        0x00 => "s32",
        0x08 => "s16",
        0x10 => "s8",
        _ => "s64",
    }
}

fn load(instruction: Instruction) -> String {
    let Instruction { code, dst, src, offset, .. } = instruction;
    // BPF_MEMSX sign-extends (6.6).
    let size = if code & 0xe0 == 0x80 { signed_size(code) } else { size(code) };
    format!("r{dst} = *({size} *)(r{src} {offset:+})")
}

fn store(instruction: Instruction) -> String {
    let Instruction { code, dst, src, offset, immediate } = instruction;
    let place = format!("*({} *)(r{dst} {offset:+})", size(code));
    match (code & 0xe0, code & 0x07) {
        (0xc0, 0x03) => atomic(instruction),
        // BPF_ST | BPF_NOSPEC
        (0xc0, _) => "nospec".to_owned(),
        (_, 0x03) => format!("{place} = r{src}"),
        _ => format!("{place} = {immediate}"),
    }
}

fn atomic(instruction: Instruction) -> String {
    let Instruction { code, dst, src, offset, immediate } = instruction;
    let place = format!("({} *)(r{dst} {offset:+})", size(code));
    let width = if code & 0x18 == 0x18 { "64" } else { "" };
    let name = match immediate & 0xf0 {
        0x00 => "add",
        0x40 => "or",
        0x50 => "and",
        _ => "xor",
    };
    match immediate {
        0x00 | 0x40 | 0x50 | 0xa0 => {
            format!("lock *{place} {} r{src}", operation(immediate as u8))
        }
        0x01 | 0x41 | 0x51 | 0xa1 => {
            format!("r{src} = atomic{width}_fetch_{name}({place}, r{src})")
        }
        0xe1 => format!("r{src} = atomic{width}_xchg({place}, r{src})"),
        0xf1 => format!("r0 = atomic{width}_cmpxchg({place}, r0, r{src})"),
        0x100 => {
            format!("r{dst} = load_acquire(({} *)(r{src} {offset:+}))", size(code))
        }
        0x110 => format!("store_release({place}, r{src})"),
        _ => format!("BUG_{code:02x}"),
    }
}

/// The operator of an arithmetic instruction.
const fn operation(code: u8) -> &'static str {
    match code & 0xf0 {
        0x00 => "+=",
        0x10 => "-=",
        0x20 => "*=",
        0x30 => "/=",
        0x40 => "|=",
        0x50 => "&=",
        0x60 => "<<=",
        0x70 => ">>=",
        0x80 => "neg",
        0x90 => "%=",
        0xa0 => "^=",
        0xb0 => "=",
        0xc0 => "s>>=",
        _ => "endian",
    }
}

fn arithmetic(instruction: Instruction, bank: char) -> String {
    let Instruction { code, dst, src, offset, immediate } = instruction;
    let from_register = code & 0x08 != 0;
    match (code & 0xf0, offset) {
        (0x80, _) => format!("{bank}{dst} = -{bank}{dst}"),
        (0xd0, _) => {
            // In the 64-bit class without the bit for big endian it swaps always (6.6).
            let name = match (bank, from_register) {
                ('r', _) => "bswap",
                (_, true) => "be",
                (_, false) => "le",
            };
            format!("r{dst} = {name}{immediate} r{dst}")
        }
        // Moves between address spaces, and the address of this CPU's copy (6.10).
        (0xb0, 1) if from_register && bank == 'r' && immediate != 0 => {
            format!(
                "r{dst} = addr_space_cast(r{src}, {}, {})",
                immediate as u32 >> 16,
                immediate & 0xffff
            )
        }
        (0xb0, -1) if from_register && bank == 'r' => {
            format!("r{dst} = &(void __percpu *)(r{src})")
        }
        (0xb0, 8 | 16 | 32) if from_register => {
            format!("{bank}{dst} = (s{offset}){bank}{src}")
        }
        (operator, _) => {
            let sign = if matches!(operator, 0x30 | 0x90) && offset == 1 { "s" } else { "" };
            let operator = operation(code);
            if from_register {
                format!("{bank}{dst} {sign}{operator} {bank}{src}")
            } else {
                format!("{bank}{dst} {sign}{operator} {immediate}")
            }
        }
    }
}

fn jump(at: usize, instruction: Instruction, bank: char, symbols: &dyn Symbols) -> String {
    let Instruction { code, dst, src, offset, immediate } = instruction;
    let target = |distance: i64| format!("pc{distance:+} <{}>", at as i64 + 1 + distance);
    let comparison = match code & 0xf0 {
        0x00 if bank == 'r' => return format!("goto {}", target(offset.into())),
        // Distances of 32 bits (6.6).
        0x00 => return format!("gotol {}", target(immediate.into())),
        0x80 => return call(at, instruction, symbols),
        0x90 => return "exit".to_owned(),
        0xe0 => return format!("may_goto {}", target(offset.into())),
        0x10 => "==",
        0x20 => ">",
        0x30 => ">=",
        0x40 => "&",
        0x50 => "!=",
        0x60 => "s>",
        0x70 => "s>=",
        0xa0 => "<",
        0xb0 => "<=",
        0xc0 => "s<",
        0xd0 => "s<=",
        _ => return format!("BUG_{code:02x}"),
    };
    let mut text = format!("if {bank}{dst} {comparison} ");
    // Writing to a string can't fail.
    let _ = if code & 0x08 != 0 {
        write!(text, "{bank}{src}")
    } else {
        write!(text, "{immediate:#x}")
    };
    format!("{text} goto {}", target(offset.into()))
}

fn call(at: usize, instruction: Instruction, symbols: &dyn Symbols) -> String {
    let Instruction { dst, src, immediate, .. } = instruction;
    match src {
        // BPF_PSEUDO_CALL
        1 => match symbols.subprogram(at) {
            Some(name) => format!("call {name}"),
            None => {
                let target = at as i64 + 1 + i64::from(immediate);
                format!("call pc{immediate:+} <{target}>")
            }
        },
        _ if instruction.code & 0x08 != 0 => format!("callx r{dst}"),
        _ => format!("call {}", symbols.function(at, immediate)),
    }
}
