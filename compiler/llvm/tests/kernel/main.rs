//! Loads programs into the kernel, runs them, and compares what they compute with Rust.
//! Needs root and `bpf()`; without them every test is ignored.

mod flow;
mod memory;
#[path = "../support/mod.rs"]
mod support;
mod values;

use std::process::ExitCode;

use ir::Program;
use libbpf_rs::{MapCore, MapFlags, MapImpl, ObjectBuilder, PrintLevel, ProgramInput};
use libtest_mimic::{Arguments, Failed, Trial};
use llvm::{Cpu, Options};
use support::{CELL, add, empty};

const CPUS: &[Cpu] = &[Cpu::V1, Cpu::V2, Cpu::V3, Cpu::V4];
/// Those with fetching atomics.
const FETCHING: &[Cpu] = &[Cpu::V3, Cpu::V4];

type Test = fn(Cpu) -> Result<(), Failed>;

fn main() -> ExitCode {
    libbpf_rs::set_print(None::<(PrintLevel, fn(PrintLevel, String))>);
    // Any other failure is one of ours, which the tests report.
    let missing = load(&empty_program(), Cpu::V1).err();
    let missing = missing.filter(|error| error.contains("not permitted"));
    let tests: &[(&str, &[Cpu], Test)] = &[
        ("operands", CPUS, values::operands),
        ("constants", CPUS, values::constants),
        ("extensions", CPUS, values::extensions),
        ("bytes", CPUS, memory::bytes),
        ("large memory", CPUS, memory::large_memory),
        ("globals", CPUS, memory::globals),
        ("relaxed add", CPUS, memory::relaxed_add),
        ("fetching atomics", FETCHING, memory::fetching_atomics),
        ("subprograms", CPUS, flow::subprograms),
        ("stored pointers", CPUS, flow::stored_pointers),
        ("context", CPUS, flow::context),
        ("hidden bound", CPUS, flow::hidden_bound),
        ("loop", CPUS, flow::a_loop),
        ("lines", CPUS, flow::lines),
    ];
    let mut trials = Vec::new();
    for (name, cpus, test) in tests {
        for cpu in *cpus {
            let (cpu, test) = (*cpu, *test);
            let needs = if missing.is_some() { " (needs: root, bpf)" } else { "" };
            let name = format!("{name} {}{needs}", cpu.name());
            trials.push(
                Trial::test(name, move || test(cpu)).with_ignored_flag(missing.is_some()),
            );
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn empty_program() -> Program {
    let mut program = empty();
    add(&mut program, "nothing", |_, _| {});
    program
}

fn load(program: &Program, cpu: Cpu) -> Result<libbpf_rs::Object, String> {
    ir::verify(program)?;
    let options = Options { cpu, verify: true, ..Options::default() };
    let object = llvm::compile(program, &options).map_err(|error| error.to_string())?.object;
    let open = ObjectBuilder::default()
        .name("hawk")
        .map_err(|error| error.to_string())?
        .open_memory(&object)
        .map_err(|error| error.to_string())?;
    open.load().map_err(|error| {
        let text = llvm::text(program, &options, llvm::Stage::Optimize).unwrap_or_default();
        format!("{error:?}\n{text}")
    })
}

/// A loaded program and its cell.
struct Loaded {
    object: libbpf_rs::Object,
}

impl Loaded {
    fn new(program: &Program, cpu: Cpu) -> Result<Self, Failed> {
        Ok(Self { object: load(program, cpu)? })
    }

    /// Runs `name` on a cell that starts with `words`; gives the cell.
    fn run(&self, name: &str, words: &[i64]) -> Result<Vec<i64>, Failed> {
        let mut cell: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        cell.resize(CELL as usize, 0);
        let map = self.map("cell")?;
        map.update(&0_u32.to_ne_bytes(), &cell, MapFlags::ANY)?;
        let program = self.object.progs_mut().find(|program| program.name() == name);
        let program = program.ok_or("no such program")?;
        let mut arguments: Vec<u8> =
            [5_u64, 6, 7].iter().flat_map(|argument| argument.to_le_bytes()).collect();
        let input =
            ProgramInput { context_in: Some(&mut arguments), ..ProgramInput::default() };
        let output = program.test_run(input)?;
        if output.return_value != 0 {
            return Err(format!("returned {}", output.return_value).into());
        }
        let cell = map.lookup(&0_u32.to_ne_bytes(), MapFlags::ANY)?.ok_or("no cell")?;
        let (words, _) = cell.as_chunks();
        Ok(words.iter().copied().map(i64::from_le_bytes).collect())
    }

    fn map(&self, name: &str) -> Result<MapImpl<'_>, Failed> {
        Ok(self.object.maps().find(|map| map.name() == name).ok_or("no such map")?)
    }
}

fn equal<T: PartialEq + std::fmt::Debug>(
    found: T,
    wanted: T,
    what: impl Fn() -> String,
) -> Result<(), Failed> {
    if found == wanted {
        return Ok(());
    }
    Err(format!("{}: found {found:?}, not {wanted:?}", what()).into())
}
