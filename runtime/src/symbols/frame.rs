//! One function of a stack, and the forms in which stacks are printed.

use std::{fmt::Write, path::Path};

use blazesym::symbolize::{CodeInfo, Sym};

/// A function at an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// Its name, demangled.
    pub name: String,
    /// The file, kernel module or `[vdso]` that it comes from, if that is known.
    pub module: Option<String>,
    /// Bytes from the function's start to the address; none for an inlined function.
    pub offset: Option<u64>,
    /// File and line, if there is debug information.
    pub line: Option<String>,
}

/// The functions of a symbol, the innermost inlined one first.
pub(super) fn of(symbol: &Sym<'_>) -> Vec<Frame> {
    let module = symbol.module.as_ref().map(|module| module.to_string_lossy().into_owned());
    // Inlined functions come from the outermost to the innermost, each with the line that is
    // executed in it; the symbol's own line is where the first of them is called.
    let mut frames = vec![Frame {
        name: symbol.name.clone().into_owned(),
        module: module.clone(),
        offset: Some(symbol.offset as u64),
        line: symbol.code_info.as_deref().map(line),
    }];
    frames.extend(symbol.inlined.iter().map(|inlined| Frame {
        name: inlined.name.clone().into_owned(),
        module: module.clone(),
        offset: None,
        line: inlined.code_info.as_ref().map(line),
    }));
    frames.reverse();
    frames
}

fn line(info: &CodeInfo<'_>) -> String {
    let path = info.to_path();
    let path: &Path = &path;
    info.line
        .map_or_else(|| path.display().to_string(), |line| format!("{}:{line}", path.display()))
}

/// Stands where a stack could not be followed any further.
pub(super) const BROKEN: &str = "        <unwind failure>\n";

// Writing to a string can't fail.

/// `        0x401000`
pub(super) fn nameless(address: u64) -> String {
    format!("        0x{address:x}\n")
}

/// `        name+offset@file:line`
pub(super) fn plain(out: &mut String, frames: &[Frame]) {
    for Frame { name, offset, line, .. } in frames {
        out.push_str("        ");
        if offset.is_none() {
            out.push_str("[inlined] ");
        }
        out.push_str(name);
        if let Some(offset) = offset {
            _ = write!(out, "+{offset}");
        }
        if let Some(line) = line {
            _ = write!(out, "@{line}");
        }
        out.push('\n');
    }
}

/// `\tffffffff81234567 name+offset (module)`
pub(super) fn perf(out: &mut String, address: u64, frames: &[Frame]) {
    if frames.is_empty() {
        _ = writeln!(out, "\t{address:x} [unknown] ([unknown])");
    }
    for Frame { name, offset, module, .. } in frames {
        let module = module.as_deref().unwrap_or("[kernel.kallsyms]");
        _ = match offset {
            Some(offset) => writeln!(out, "\t{address:x} {name}+{offset} ({module})"),
            None => writeln!(out, "\t{address:x} {name} (inlined)"),
        };
    }
}

/// An address a line.
pub(super) fn raw(out: &mut String, addresses: &[u64]) {
    for address in addresses {
        _ = writeln!(out, "{address:x}");
    }
}

/// `struct bpf_stack_build_id { s32 status; u8 build_id[20]; u64 offset_or_ip; }` each:
/// the build id and the offset in the file, or, where there was none, the address.
pub(super) fn build_ids(out: &mut String, frames: &[u8]) {
    /// `BPF_STACK_BUILD_ID_VALID`
    const VALID: u32 = 1;
    for frame in frames.chunks_exact(32) {
        let word = |at: usize| crate::value::load(&frame[at..], ir::Width::W64);
        let status = crate::value::load(frame, ir::Width::W32) as u32;
        if status == VALID {
            for byte in &frame[4..24] {
                _ = write!(out, "{byte:02x}");
            }
            _ = writeln!(out, " 0x{:x}", word(24));
        } else {
            _ = writeln!(out, "0x{:x}", word(24));
        }
    }
}
