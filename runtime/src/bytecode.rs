//! Programs as text: those in the kernel, as it translated them, and those of an object. It knows
//! what maps and functions are called; [`crate::disasm`] knows the instructions.

use std::{collections::HashMap, fmt::Write as _, os::fd::AsFd};

use ir::{Helper, ProgramId};
use object::{
    Object, ObjectSection, ObjectSymbol, RelocationTarget, SectionKind, SymbolKind,
    read::elf::ElfFile64,
};

use crate::{
    btf,
    disasm::{Symbols, disassemble},
    ffi,
    kernel::Kallsyms,
    load::Loaded,
};

/// What `-v` says of every loaded program: name, attach points and mechanisms, its number in the
/// kernel, how many instructions it has, and those.
pub fn describe(program: &ir::Program, loaded: &Loaded) -> String {
    let names = KernelNames::new(program, loaded);
    let mut text = String::new();
    for (id, bpf) in program.programs.iter() {
        // Writing to a string can't fail, here and below.
        let _ = writeln!(text, "Program: {}", bpf.name);
        for link in program.links.iter().filter(|link| link.program == id) {
            for site in link.sites.iter().filter_map(|site| program.sites.get(*site)) {
                let _ = writeln!(text, "Attach point: {} ({})", site.name, link.attach);
            }
        }
        body(&mut text, id, loaded, &names);
    }
    text
}

fn body(text: &mut String, id: ProgramId, loaded: &Loaded, names: &KernelNames) {
    let info = match ffi::program_info(loaded.programs[id].as_fd()) {
        Ok(info) => info,
        Err(error) => {
            let _ = writeln!(text, "The kernel does not show it: {error}");
            return;
        }
    };
    let count = info.instructions.len() / 8;
    let _ = writeln!(text, "Program ID: {}", info.id);
    let _ = writeln!(text, "Instructions: {count}");
    let _ = writeln!(text, "Bytecode:");
    let btf = ffi::btf_by_id(info.btf_id).unwrap_or_default();
    let strings = btf::strings(&btf);
    let lines = btf::lines(&info.lines, info.line_size as usize, strings);
    listing(text, &disassemble(&info.instructions, names), &lines);
}

/// Instructions, and before those that start a line of the script, that line.
fn listing(text: &mut String, instructions: &[(usize, String)], lines: &[btf::Line<'_>]) {
    let mut lines = lines.iter().peekable();
    let mut shown = None;
    for (at, instruction) in instructions {
        while let Some(line) = lines.next_if(|line| line.at <= *at) {
            if lines.peek().is_none_or(|next| next.at > *at)
                && shown != Some((line.number, line.text))
            {
                shown = Some((line.number, line.text));
                let _ = writeln!(text, "; {}", line.text);
            }
        }
        let _ = writeln!(text, "{at}: {instruction}");
    }
}

/// Names of what a program in the kernel refers to.
struct KernelNames {
    maps: HashMap<u32, String>,
    /// Names of functions by address; empty where the kernel hides addresses.
    functions: HashMap<u64, String>,
    call_base: u64,
}

impl KernelNames {
    fn new(program: &ir::Program, loaded: &Loaded) -> Self {
        let kallsyms = Kallsyms::read();
        let mut functions: HashMap<u64, String> = HashMap::new();
        let mut call_base = 0;
        for (address, name) in kallsyms.addresses(|_| true) {
            if name == "__bpf_call_base" {
                call_base = address;
            }
            let known = functions.entry(address).or_insert_with(|| name.to_owned());
            if name.starts_with("bpf_") && !known.starts_with("bpf_") {
                name.clone_into(known);
            }
        }
        Self { maps: loaded.map_names(program).into_iter().collect(), functions, call_base }
    }
}

impl Symbols for KernelNames {
    fn map(&self, _at: usize, id: i32) -> String {
        self.maps.get(&(id as u32)).cloned().unwrap_or_else(|| format!("id:{id}"))
    }

    /// The kernel has replaced a helper's number by the distance of its code to a fixed point.
    fn function(&self, _at: usize, distance: i32) -> String {
        let address = self.call_base.wrapping_add_signed(distance.into());
        let name = if self.call_base == 0 { None } else { self.functions.get(&address) };
        name.map_or_else(|| "unknown".to_owned(), |name| helper(name))
    }

    fn subprogram(&self, _at: usize) -> Option<String> {
        None
    }

    fn constant(&self, _at: usize) -> Option<String> {
        None
    }
}

/// A helper's name with its number; other functions of the kernel have none. Some helpers have a
/// variant for each program type, or another name inside.
fn helper(symbol: &str) -> String {
    const VARIANTS: [&str; 8] =
        ["", "_tp", "_raw_tp", "_pe", "_trace", "_tracing", "_kprobe", "_proto"];
    let number = |name: &str| {
        let plain = name.strip_prefix("bpf_")?;
        let found = Helper::ALL.iter().find(|helper| {
            let rest = plain.strip_prefix(helper.name());
            rest.is_some_and(|rest| VARIANTS.contains(&rest))
        })?;
        Some(format!("bpf_{}#{}", found.name(), found.number()))
    };
    let name = match symbol {
        "bpf_user_rnd_u32" => "bpf_get_prandom_u32",
        "bpf_get_raw_cpu_id" => "bpf_get_smp_processor_id",
        other => other,
    };
    number(name).unwrap_or_else(|| symbol.to_owned())
}

/// The programs of an object that is not loaded, with what relocations stand for.
///
/// # Errors
///
/// Returns what is wrong with the object: a bug of ours.
pub fn disassemble_object(program: &ir::Program, object: &[u8]) -> Result<String, String> {
    let elf = ElfFile64::<object::LittleEndian>::parse(object).map_err(|it| it.to_string())?;
    let data = |name: &str| {
        let section = elf.section_by_name(name);
        section.and_then(|section| section.data().ok()).unwrap_or_default()
    };
    let (btf, ext) = (data(".BTF"), data(".BTF.ext"));
    let strings = btf::strings(btf);
    let mut text = String::new();
    for section in elf.sections().filter(|section| section.kind() == SectionKind::Text) {
        let name = section.name().map_err(|error| error.to_string())?;
        let code = section.data().map_err(|error| error.to_string())?;
        let lines = btf::lines_of_section(ext, name, strings);
        let names = ObjectNames::new(program, &elf, &section);
        let mut functions: Vec<_> = elf
            .symbols()
            .filter(|symbol| symbol.section_index() == Some(section.index()))
            .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0)
            .collect();
        functions.sort_by_key(ObjectSymbol::address);
        for function in functions {
            let _ = writeln!(text, "{} ({name}):", function.name().unwrap_or_default());
            let (start, size) = (function.address() as usize, function.size() as usize);
            let code = code.get(start..start + size).unwrap_or_default();
            let names = ObjectNames { start: start / 8, ..names.clone() };
            let lines: Vec<_> = lines
                .iter()
                .filter(|line| (start..start + size).contains(&line.at))
                .map(|line| btf::Line { at: (line.at - start) / 8, ..line.clone() })
                .collect();
            listing(&mut text, &disassemble(code, &names), &lines);
        }
    }
    Ok(text)
}

/// Names of what an object's instructions refer to.
#[derive(Clone)]
struct ObjectNames {
    /// By the instruction's index in the section: the symbol, and whether it is a map.
    relocations: HashMap<usize, String>,
    /// Names of functions by their first instruction's index.
    functions: HashMap<usize, String>,
    /// Of the function being disassembled, in the section.
    start: usize,
    /// The relative calls of the section, which have no relocation: index to target.
    calls: HashMap<usize, usize>,
}

impl ObjectNames {
    fn new<'data>(
        program: &ir::Program,
        elf: &ElfFile64<'data, object::LittleEndian>,
        section: &impl ObjectSection<'data>,
    ) -> Self {
        let table = |name: &str| {
            let map = program.maps.position(|map| map.name == name);
            let mut tables = program.tables.values();
            let table = map.and_then(|map| tables.find(|table| table.is_in(map)));
            table.map_or_else(|| name.to_owned(), |table| table.name.clone())
        };
        let mut names = Self {
            relocations: HashMap::new(),
            functions: HashMap::new(),
            start: 0,
            calls: HashMap::new(),
        };
        for symbol in elf.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text) {
            if symbol.section_index() == Some(section.index()) && symbol.size() > 0 {
                let name = symbol.name().unwrap_or_default().to_owned();
                names.functions.insert(symbol.address() as usize / 8, name);
            }
        }
        for (offset, relocation) in section.relocations() {
            let RelocationTarget::Symbol(target) = relocation.target() else { continue };
            let Ok(symbol) = elf.symbol_by_index(target) else { continue };
            let home = symbol.section_index().and_then(|at| elf.section_by_index(at).ok());
            let home = home.as_ref().and_then(|home| home.name().ok()).unwrap_or_default();
            let name = symbol.name().unwrap_or_default();
            let name = match home {
                ".maps" => format!("map[{}]", table(name)),
                ".text" => name.to_owned(),
                _ if name.is_empty() => format!("map[{home}]"),
                _ => format!("map[{home}][0]+{}", symbol.address()),
            };
            names.relocations.insert(offset as usize / 8, name);
        }
        let code = section.data().unwrap_or_default();
        for (at, bytes) in code.chunks_exact(8).enumerate() {
            if let &[0x85, registers, _, _, a, b, c, d] = bytes
                && registers >> 4 == 1
            {
                let distance = i32::from_le_bytes([a, b, c, d]) as isize;
                names.calls.insert(at, (at + 1).wrapping_add_signed(distance));
            }
        }
        names
    }
}

impl Symbols for ObjectNames {
    fn map(&self, at: usize, immediate: i32) -> String {
        let name = self.relocations.get(&(self.start + at));
        name.cloned().unwrap_or_else(|| immediate.to_string())
    }

    fn function(&self, at: usize, immediate: i32) -> String {
        if let Some(name) = self.relocations.get(&(self.start + at)) {
            return name.clone();
        }
        let found = Helper::ALL.iter().find(|helper| helper.number() as i32 == immediate);
        let name = found.map_or("unknown", |helper| helper.name());
        format!("bpf_{name}#{immediate}")
    }

    fn subprogram(&self, at: usize) -> Option<String> {
        let at = self.start + at;
        let called = self.calls.get(&at).and_then(|target| self.functions.get(target));
        self.relocations.get(&at).or(called).cloned()
    }

    fn constant(&self, at: usize) -> Option<String> {
        self.relocations.get(&(self.start + at)).cloned()
    }
}

/// How many instructions the kernel made of each program.
pub fn instruction_counts(program: &ir::Program, loaded: &Loaded) -> Vec<(String, usize)> {
    let count = |(id, bpf): (ProgramId, &ir::BpfProgram)| {
        let info = ffi::program_info(loaded.programs[id].as_fd()).unwrap_or_default();
        (bpf.name.clone(), info.instructions.len() / 8)
    };
    program.programs.iter().map(count).collect()
}
