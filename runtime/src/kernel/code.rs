//! The instructions of functions in files: where each starts, and which of them return; and how a
//! file's compiler passes arguments.

use std::{fs::File, os::unix::fs::FileExt};

use object::{Object, ObjectSection};
use stdlib::{Answer, Code, Convention, Symbol, Unanswered};

use super::{elf::Image, zip};

/// No function is as long.
const LONGEST: u64 = 16 << 20;

/// The instructions of the function `symbol` of the file at `path`.
pub(super) fn of(path: &str, symbol: &Symbol) -> Answer<Code> {
    let unreadable = |why: &dyn std::fmt::Display| Unanswered {
        problem: format!("the code of `{}` in `{path}` cannot be read: {why}", symbol.name),
        help: None,
    };
    if symbol.size == 0 || symbol.size > LONGEST {
        return Err(Unanswered {
            problem: format!("`{path}` does not say where `{}` ends", symbol.name),
            help: Some("`--unsafe` attaches without knowing its instructions".to_owned()),
        });
    }
    let file = File::open(zip::split(path).0).map_err(|error| unreadable(&error))?;
    let mut bytes = vec![0; symbol.size as usize];
    file.read_exact_at(&mut bytes, symbol.offset).map_err(|error| unreadable(&error))?;
    Ok(decode(&bytes))
}

/// Up to the first that is none.
#[cfg(target_arch = "x86_64")]
fn decode(bytes: &[u8]) -> Code {
    use iced_x86::{Decoder, DecoderOptions, Instruction, Mnemonic, Register};
    // Go keeps in r14 what it knows of the goroutine: the stack's limits are at these.
    let looks_at_stack = |it: &Instruction| {
        it.mnemonic() == Mnemonic::Cmp
            && it.memory_base() == Register::R14
            && matches!(it.memory_displacement64(), 0x10 | 0x18)
    };
    let mut decoder = Decoder::new(64, bytes, DecoderOptions::NONE);
    let mut code = Code::default();
    let (mut instruction, mut previous) = (Instruction::default(), Instruction::default());
    while decoder.can_decode() {
        let at = decoder.position() as u64;
        decoder.decode_out(&mut instruction);
        if instruction.is_invalid() {
            break;
        }
        let compared = code.starts.len() < 6 && looks_at_stack(&previous);
        if compared && instruction.mnemonic() == Mnemonic::Jbe {
            code.body = decoder.position() as u64;
        }
        previous = instruction;
        code.starts.push(at);
        if instruction.mnemonic() == Mnemonic::Ret {
            code.returns.push(at);
        }
    }
    code
}

/// All are of four bytes.
#[cfg(target_arch = "aarch64")]
fn decode(bytes: &[u8]) -> Code {
    let mut code = Code::default();
    for (index, word) in bytes.chunks_exact(4).enumerate() {
        let at = index as u64 * 4;
        code.starts.push(at);
        // `ret`, by any register.
        if word[3] == 0xd6 && word[2] == 0x5f && word[1] & 0xfc == 0 && word[0] & 0x1f == 0 {
            code.returns.push(at);
        }
    }
    code
}

/// How functions of the file at `path` are called, those that the Go compiler made.
pub(super) fn convention(path: &str) -> Answer<Convention> {
    let image = Image::open(path)?;
    let elf = image.elf()?;
    if elf.section_by_name(".gopclntab").is_none() {
        return Ok(Convention::C);
    }
    let section = elf.section_by_name(".go.buildinfo");
    let info = section.and_then(|section| section.data().ok()).unwrap_or_default();
    Ok(match version(info) {
        Some(version) if version < 17 => Convention::GoOnStack,
        Some(_) | None => Convention::Go,
    })
}

/// The second number of the compiler's version, which follows a head of 32 bytes; before 1.18
/// there were addresses in its place. 1.17, which passed in registers on x86-64 too, is then taken
/// for an older one: nothing is offered rather than what may be wrong.
fn version(info: &[u8]) -> Option<u32> {
    const HAS_TEXT: u8 = 2;
    if info.get(15)? & HAS_TEXT == 0 {
        return Some(16);
    }
    let length = usize::from(*info.get(32)?);
    let text = std::str::from_utf8(info.get(33..33 + length)?).ok()?;
    let (_, rest) = text.split_once("go1.")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn compilers_tell_their_version() {
        let with = |text: &str| {
            let mut info = b"\xff Go buildinf:\x08\x02".to_vec();
            info.resize(32, 0);
            info.push(text.len() as u8);
            info.extend(text.as_bytes());
            version(&info)
        };
        assert_eq!(with("go1.19.8"), Some(19));
        assert_eq!(with("go1.25rc1 X:something"), Some(25));
        assert_eq!(with("devel go1.24-abc"), Some(24));
        assert_eq!(version(b"\xff Go buildinf:\x08\x00"), Some(16));
        assert_eq!(version(b""), None);
    }
}
