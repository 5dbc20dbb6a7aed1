//! Loads programs into the kernel, runs them, and compares what they compute with Rust.
//! Needs root and `bpf()`; without them every test is ignored.

mod support;

use std::process::ExitCode;

use ir::{Builder, Fetch, Helper, Inst, Program, ProgramKind, Role, ValueKind};
use libbpf_rs::{MapCore, MapFlags, MapImpl, ObjectBuilder, PrintLevel, ProgramInput};
use libtest_mimic::{Arguments, Failed, Trial};
use llvm::{Cpu, Options};
use support::{CELL, EDGES, EXTENSIONS, OPERATIONS, add, empty, extended, reference};

const CPUS: &[Cpu] = &[Cpu::V1, Cpu::V2, Cpu::V3, Cpu::V4];
/// Those with fetching atomics.
const FETCHING: &[Cpu] = &[Cpu::V3, Cpu::V4];

type Test = fn(Cpu) -> Result<(), Failed>;

fn main() -> ExitCode {
    libbpf_rs::set_print(None::<(PrintLevel, fn(PrintLevel, String))>);
    let missing = load(&empty_program(), Cpu::V1).err();
    let tests: &[(&str, &[Cpu], Test)] = &[
        ("operands", CPUS, operands),
        ("constants", CPUS, constants),
        ("extensions", CPUS, extensions),
        ("bytes", CPUS, bytes),
        ("large memory", CPUS, large_memory),
        ("globals", CPUS, globals),
        ("relaxed add", CPUS, relaxed_add),
        ("fetching atomics", FETCHING, fetching_atomics),
        ("subprograms", CPUS, subprograms),
        ("stored pointers", CPUS, stored_pointers),
        ("context", CPUS, context),
        ("hidden bound", CPUS, hidden_bound),
        ("loop", CPUS, a_loop),
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
    let options = Options { cpu, verify: true };
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

fn operands(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    support::with_operands(&mut program, "all");
    let loaded = Loaded::new(&program, cpu)?;
    for a in EDGES {
        for b in EDGES {
            check_results(&loaded.run("all", &[*a, *b])?, *a, *b)?;
        }
    }
    Ok(())
}

fn check_results(cell: &[i64], a: i64, b: i64) -> Result<(), Failed> {
    for (op, found) in OPERATIONS.iter().zip(&cell[2..]) {
        equal(*found, reference(*op, a, b), || format!("{a} {op:?} {b}"))?;
    }
    Ok(())
}

fn constants(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    for (index, b) in EDGES.iter().enumerate() {
        support::with_constant(&mut program, &format!("by_{index}"), *b);
    }
    let loaded = Loaded::new(&program, cpu)?;
    for (index, b) in EDGES.iter().enumerate() {
        for a in EDGES {
            check_results(&loaded.run(&format!("by_{index}"), &[*a])?, *a, *b)?;
        }
    }
    Ok(())
}

fn extensions(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        for (at, (width, sign)) in (0..).zip(EXTENSIONS) {
            let value = b.load64(cell, 0);
            let value = b.extend(value, *width, *sign);
            b.store64(cell, 8 + 16 * at, value);
            let value = b.load(cell, 0, *width, *sign);
            b.store64(cell, 16 + 16 * at, value);
        }
    });
    let loaded = Loaded::new(&program, cpu)?;
    for value in EDGES {
        let cell = loaded.run("all", &[*value])?;
        for ((width, sign), found) in EXTENSIONS.iter().zip(cell[1..].chunks(2)) {
            let wanted = extended(*value, *width, *sign);
            equal(found, &[wanted, wanted], || format!("{value} {width:?} {sign:?}"))?;
        }
    }
    Ok(())
}

fn bytes(cpu: Cpu) -> Result<(), Failed> {
    let text: Vec<u8> = (1..=77).collect();
    let mut program = empty();
    let content = text.clone();
    add(&mut program, "all", |b, cell| {
        let slot = b.slot(77, 1);
        b.store_bytes(slot, 0, content.clone(), 1);
        b.copy(cell, slot, 77, 1);
        b.zero(cell, 9, 10, 1);
        let odd = b.offset(cell, 101);
        b.store_bytes(odd, 0, content, 1);
        let value = b.constant(-1);
        for (offset, width) in
            [(200, ir::Width::W8), (202, ir::Width::W16), (204, ir::Width::W32)]
        {
            b.store(cell, offset, width, value);
        }
    });
    let cell: Vec<u8> = Loaded::new(&program, cpu)?
        .run("all", &[])?
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let mut wanted = vec![0; 256];
    wanted[..77].copy_from_slice(&text);
    wanted[9..19].fill(0);
    wanted[101..178].copy_from_slice(&text);
    wanted[200] = 0xff;
    wanted[202..208].fill(0xff);
    equal(&cell[..256], &wanted, || "bytes".to_owned())
}

fn large_memory(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        let half = b.offset(cell, 2048);
        b.copy(half, cell, 2040, 8);
        b.zero(cell, 8, 1800, 8);
        // A neighbour, which must not make one call of all.
        b.zero(cell, 1808, 240, 1);
        let zero = b.constant(0);
        b.store64(cell, 2040, zero);
        b.zero(half, 1024, 1000, 8);
    });
    add(&mut program, "neighbours", |b, cell| {
        // None needs a call, but all of them together would.
        b.zero(cell, 8, 1000, 8);
        b.zero(cell, 1008, 1000, 8);
        let zero = b.constant(0);
        for at in 0..60 {
            b.store64(cell, 2008 + 8 * at, zero);
        }
        b.store_bytes(cell, 2008 + 480, vec![0; 600], 8);
    });
    let words: Vec<i64> = (1..=255).collect();
    let loaded = Loaded::new(&program, cpu)?;
    let cell = loaded.run("neighbours", &[-1; 512])?;
    let zeros = cell.iter().filter(|word| **word == 0).count();
    equal(zeros, 125 * 2 + 60 + 75, || "zeros".to_owned())?;
    let cell = loaded.run("all", &words)?;
    let mut wanted = vec![0; 512];
    wanted[0] = 1;
    wanted[256..384].copy_from_slice(&words[..128]);
    wanted[509] = 254;
    wanted[510] = 255;
    equal(cell, wanted, || "words".to_owned())
}

fn globals(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    let ids: Vec<_> = program.globals.ids().collect();
    add(&mut program, "all", |b, cell| {
        let index = b.load64(cell, 0);
        let table = b.global(ids[0]);
        let index = b.bin_const(ir::Bin::And, index, 7);
        let item = b.push(Inst::Offset(table, index));
        let item = b.load(item, 0, ir::Width::W8, ir::Sign::Unsigned);
        b.store64(cell, 0, item);
        for (at, id) in (1..).zip(&ids) {
            let global = b.global(*id);
            let value = b.load64(global, 0);
            b.store64(cell, 8 * at, value);
        }
        let state = b.global(ids[2]);
        let nine = b.constant(9);
        b.store64(state, 16, nine);
    });
    let loaded = Loaded::new(&program, cpu)?;
    let cell = loaded.run("all", &[5])?;
    let wanted = [0x66, 0x8877_6655_4433_2211_u64.cast_signed(), 0x0707_0707_0707_0707, 1];
    equal(&cell[..4], &wanted, || "globals".to_owned())?;
    let data = loaded.map("hawk.data")?.lookup(&[0; 4], MapFlags::ANY)?.ok_or("no data")?;
    equal((data.len(), data[0], data[16], data[64]), (72, 1, 9, 7), || "data".to_owned())?;
    equal(loaded.map("hawk.rodata")?.value_size(), 8, || "size of .rodata".to_owned())
}

fn relaxed_add(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    let state = program.state.ok_or("no state")?.global;
    add(&mut program, "all", |b, cell| {
        let value = b.load64(cell, 8);
        b.atomic_add(cell, 0, value);
        let state = b.global(state);
        let one = b.constant(1);
        b.atomic_add(state, ir::State::LOSSES, one);
    });
    let loaded = Loaded::new(&program, cpu)?;
    let cell = loaded.run("all", &[40, 2])?;
    equal(cell[0], 42, || "sum".to_owned())?;
    let data = loaded.map("hawk.data")?.lookup(&[0; 4], MapFlags::ANY)?.ok_or("no data")?;
    equal(data[ir::State::LOSSES as usize], 1, || "loss".to_owned())
}

fn fetching_atomics(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        let (two, nine) = (b.constant(2), b.constant(9));
        let places: Vec<_> = (0..4).map(|index| b.offset(cell, 8 * index)).collect();
        let old = [
            b.atomic_fetch(Fetch::Add, places[0], two),
            b.atomic_fetch(Fetch::Exchange, places[1], two),
            b.push(Inst::CompareExchange { ptr: places[2], expected: two, new: nine }),
            b.push(Inst::CompareExchange { ptr: places[3], expected: two, new: nine }),
        ];
        for (index, old) in (0..).zip(old) {
            b.store64(cell, 32 + 8 * index, old);
        }
        b.atomic_fetch(Fetch::Exchange, places[1], nine);
    });
    let cell = Loaded::new(&program, cpu)?.run("all", &[1, 1, 1, 2])?;
    equal(&cell[..8], &[3, 9, 1, 9, 1, 1, 1, 2], || "atomics".to_owned())
}

fn subprograms(cpu: Cpu) -> Result<(), Failed> {
    use ValueKind::{Int, Ptr};
    let mut program = empty();
    let role = Role::Subprogram { parameters: vec![Ptr, Int, Int, Int, Int] };
    let mut b = Builder::new("mix", role, support::line(1));
    let ptr = b.push(Inst::Parameter(0));
    let mut sum = b.load64(ptr, 0);
    for index in 1..5 {
        let parameter = b.push(Inst::Parameter(index));
        sum = b.bin_const(ir::Bin::Mul, sum, 10);
        sum = b.add(sum, parameter);
    }
    b.store64(ptr, 0, sum);
    b.ret(sum);
    let mix = program.functions.push(b.finish());
    let role = Role::Subprogram { parameters: vec![Ptr, Ptr, Ptr, Ptr] };
    let mut b = Builder::new("each", role, support::line(1));
    let (value, context) = (b.push(Inst::Parameter(2)), b.push(Inst::Parameter(3)));
    let value = b.load64(value, 0);
    b.atomic_add(context, 0, value);
    let zero = b.constant(0);
    b.ret(zero);
    let each = program.functions.push(b.finish());
    let map = support::cell_map(&program);
    add(&mut program, "all", |b, cell| {
        let slot = b.slot(8, 8);
        let one = b.constant(1);
        b.store64(slot, 0, one);
        let numbers: Vec<_> = (2..6).map(|number| b.constant(number)).collect();
        let result =
            b.call_function(mix, &[slot, numbers[0], numbers[1], numbers[2], numbers[3]]);
        b.store64(cell, 8, result);
        let map = b.map(map);
        let (callback, flags) = (b.push(Inst::Function(each)), b.constant(0));
        let count = b.call(Helper::FOR_EACH_MAP_ELEM, &[map, callback, slot, flags]);
        b.store64(cell, 16, count);
        let sum = b.load64(slot, 0);
        b.store64(cell, 24, sum);
    });
    let cell = Loaded::new(&program, cpu)?.run("all", &[1000])?;
    equal(&cell[..4], &[1000, 12345, 1, 13345], || "results".to_owned())
}

/// Ways meet that store different pointers into one slot: LLVM must not compute `cell + 8`
/// before the check for null.
fn stored_pointers(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    let map = support::cell_map(&program);
    let mut b = Builder::new("all", Role::Program(ProgramKind::TestRun), support::line(1));
    let (key, other, chosen) = (b.slot(4, 4), b.slot(8, 8), b.slot(8, 8));
    b.zero(key, 0, 4, 4);
    b.zero(other, 0, 8, 8);
    let map = b.map(map);
    let cell = b.call(Helper::MAP_LOOKUP_ELEM, &[map, key]);
    let missing = b.is_null(cell);
    let (none, some, out) = (b.block(), b.block(), b.block());
    b.branch(missing, none, some);
    b.switch_to(none);
    b.store64(chosen, 0, other);
    b.jump(out);
    b.switch_to(some);
    let second = b.offset(cell, 8);
    b.store64(chosen, 0, second);
    b.jump(out);
    b.switch_to(out);
    let chosen = b.push(Inst::LoadPtr(chosen));
    let value = b.load64(chosen, 0);
    let value = b.bin_const(ir::Bin::Add, value, 1);
    b.store64(chosen, 0, value);
    let (size, from) = (b.constant(1), b.constant(0));
    b.call(Helper::PROBE_READ_KERNEL, &[chosen, size, from]);
    b.store64(chosen, 0, value);
    support::push(&mut program, b);
    let cell = Loaded::new(&program, cpu)?.run("all", &[1, 41])?;
    equal(cell[1], 42, || "value".to_owned())
}

/// Two ways read different members of the context: LLVM must not make one access of them.
fn context(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        let chosen = b.slot(8, 8);
        let which = b.load64(cell, 0);
        let (then, other, out) = (b.block(), b.block(), b.block());
        b.branch(which, then, other);
        for (block, offset) in [(then, 8), (other, 16)] {
            b.switch_to(block);
            let context = b.context();
            let context = b.offset(context, offset);
            let value = b.load64(context, 0);
            b.store64(chosen, 0, value);
            b.jump(out);
        }
        b.switch_to(out);
        let value = b.load64(chosen, 0);
        b.store64(cell, 8, value);
    });
    let loaded = Loaded::new(&program, cpu)?;
    equal(loaded.run("all", &[1])?[1], 6, || "second".to_owned())?;
    equal(loaded.run("all", &[0])?[1], 7, || "third".to_owned())
}

/// A bound that the optimizer would prove in its own way is checked where the verifier sees it.
fn hidden_bound(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        let index = b.load64(cell, 0);
        let index = b.bin_const(ir::Bin::Mul, index, 3);
        let index = b.push(Inst::Opaque(index));
        let limit = b.constant(100);
        let fits = b.bin(ir::Bin::ULt, index, limit);
        let (then, out) = (b.block(), b.block());
        b.branch(fits, then, out);
        b.switch_to(then);
        let bytes = b.bin_const(ir::Bin::Shl, index, 3);
        let place = b.push(Inst::Offset(cell, bytes));
        let seven = b.constant(7);
        b.store64(place, 0, seven);
        b.jump(out);
        b.switch_to(out);
    });
    let loaded = Loaded::new(&program, cpu)?;
    equal(loaded.run("all", &[4])?[12], 7, || "inside".to_owned())?;
    equal(loaded.run("all", &[1 << 40])?[1], 0, || "outside".to_owned())
}

/// A bounded loop, whose head the first block is.
fn a_loop(cpu: Cpu) -> Result<(), Failed> {
    let mut program = empty();
    add(&mut program, "all", |b, cell| {
        let counter = b.slot(8, 8);
        b.zero(counter, 0, 8, 8);
        // The block after the loop comes first, though its values are defined later.
        let (out, head, inside) = (b.block(), b.block(), b.block());
        b.jump(head);
        b.switch_to(head);
        let count = b.load64(counter, 0);
        let limit = b.constant(10);
        let more = b.bin(ir::Bin::ULt, count, limit);
        b.branch(more, inside, out);
        b.switch_to(out);
        b.store64(cell, 8, count);
        let zero = b.constant(0);
        b.ret(zero);
        b.switch_to(inside);
        let next = b.bin_const(ir::Bin::Add, count, 1);
        b.store64(counter, 0, next);
        b.atomic_add(cell, 0, next);
        b.jump(head);
    });
    let cell = Loaded::new(&program, cpu)?.run("all", &[0])?;
    equal(&cell[..2], &[55, 10], || "sum, count".to_owned())
}
