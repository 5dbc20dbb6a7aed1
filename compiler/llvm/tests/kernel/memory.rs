//! Reading and writing memory: cells of maps, the stack, global variables, atomically or not.

use ir::{Fetch, Inst};
use libbpf_rs::{MapCore, MapFlags};
use libtest_mimic::Failed;
use llvm::Cpu;

use crate::{
    Loaded, equal,
    support::{add, empty},
};

pub(crate) fn bytes(cpu: Cpu) -> Result<(), Failed> {
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

pub(crate) fn large_memory(cpu: Cpu) -> Result<(), Failed> {
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

pub(crate) fn globals(cpu: Cpu) -> Result<(), Failed> {
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

pub(crate) fn relaxed_add(cpu: Cpu) -> Result<(), Failed> {
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

pub(crate) fn fetching_atomics(cpu: Cpu) -> Result<(), Failed> {
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
