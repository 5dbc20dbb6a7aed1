//! What a row's lowering sees, and pieces that many of them share: counting losses, finding a
//! map's cell.

use ir::{BlockId, Builder, Helper, LossKind, MapId, Program, Table, Ty, ValueId, Width};

use crate::{Arg, Config, Kernel, MapArg, probes::Offers};

/// The lowering of one body, as the vocabulary sees it. `sema` implements it.
pub trait Lower {
    /// The function that is being built.
    fn b(&mut self) -> &mut Builder;

    /// The program that it is part of.
    fn program(&mut self) -> &mut Program;

    /// The machine.
    fn kernel(&self) -> &dyn Kernel;

    /// The settings.
    fn config(&self) -> &Config;

    /// What the probe offers.
    fn offers(&self) -> &Offers;

    /// Evaluates an argument: a scalar's value, or the address of any other value.
    fn value(&mut self, arg: &Arg) -> ValueId;

    /// Evaluates an argument and stores it at `to`, converted to `ty`.
    fn value_at(&mut self, arg: &Arg, to: ValueId, ty: &Ty);

    /// Evaluates a string or buffer of unknown length and writes its bytes, without padding, at
    /// `to`, where [`Ty::size`] bytes of it have room. Gives the number of bytes written, which
    /// the verifier knows to be within that size.
    fn bytes_at(&mut self, arg: &Arg, to: ValueId) -> ValueId;

    /// The address of a value that is in the kernel's memory; none if it is elsewhere.
    fn kernel_place(&mut self, arg: &Arg) -> Option<ValueId>;

    /// Memory for a value of type `ty` that the word at hand makes: where its user wants it, if
    /// the user said so, else new memory.
    fn place(&mut self, ty: &Ty) -> ValueId;

    /// New memory of so many bytes, on the stack or, if large, in scratch memory.
    fn memory(&mut self, size: u32, align: u32) -> ValueId;

    /// The same for text whose length is known only when it runs: zeros, so that what follows
    /// the text is defined, unless its user takes the length from [`Lower::note_length`].
    fn text_place(&mut self, ty: &Ty) -> ValueId;

    /// Tells the length of the text in memory from [`Lower::text_place`], its NUL included.
    fn note_length(&mut self, length: ValueId);

    /// The program's context → `Ptr`; also inside of loops, whose bodies are functions of their own.
    fn context(&mut self) -> ValueId;

    /// The number of the site that fired → `Int`.
    fn site(&mut self) -> ValueId;

    /// The number of the first site that has the name of the one that fired → `Int`.
    fn named_site(&mut self) -> ValueId;

    /// Where in its file each site's code is, in bytes; empty for what is in no file.
    fn code_places(&self) -> Vec<(ir::SiteId, u64)>;

    /// The table of a map.
    fn table(&self, map: &MapArg) -> ir::TableId;

    /// The address of a key made of these arguments, or of the only key of a scalar map.
    fn key(&mut self, map: &MapArg, key: &[Arg]) -> ValueId;

    /// The key of an argument that names one entry.
    fn entry_key(&mut self, arg: &Arg) -> ValueId;

    /// A counter for what is lost at the current place.
    fn loss(&mut self, kind: LossKind, map: Option<&MapArg>) -> ir::LossId;

    /// Whether what can be a function that the verifier looks at once should be one; `again` says
    /// that the function at hand has the same already. Where calls are deep inside of each other,
    /// it should only if the verifier found the program too large as it was.
    fn verifies_once(&self, again: bool) -> bool;

    /// Whether updates of cells of `map` must be atomic to be exact.
    fn needs_atomics(&self, map: &MapArg) -> bool;

    /// Leaves the probe from the current block on.
    fn leave(&mut self);
}

/// Counts a loss when `condition` is not zero. Goes on after it in any case.
pub fn lose_if(l: &mut dyn Lower, condition: ValueId, kind: LossKind, map: Option<&MapArg>) {
    let (lost, done) = (l.b().block(), l.b().block());
    l.b().branch(condition, lost, done);
    l.b().switch_to(lost);
    count_loss(l, kind, map);
    l.b().jump(done);
    l.b().switch_to(done);
}

/// Counts a loss at the current place.
pub fn count_loss(l: &mut dyn Lower, kind: LossKind, map: Option<&MapArg>) {
    let loss = l.loss(kind, map);
    let Some(state) = l.program().state else { return };
    let offset = ir::State::LOSSES + 8 * ir::Id::index(loss) as i32;
    let b = l.b();
    let (address, one) = (b.global(state.global), b.constant(1));
    b.atomic_add(address, offset, one);
}

/// The address of a cell of a map with the given key: found, or made of zeros. Where there is no
/// room for it, the loss is counted and `missing` is gone to.
pub fn cell(l: &mut dyn Lower, map: &MapArg, key: ValueId, missing: BlockId) -> ValueId {
    let table = l.table(map);
    let map_id = l.program().tables[table].map;
    let kept = &l.program().maps[map_id];
    let size = kept.value_size;
    let of_table = l.program().tables[table].clone();
    let kept = &l.program().maps[map_id];
    let scalar = matches!(kept.kind, ir::MapKind::Array | ir::MapKind::PerCpuArray);
    let found = look_up(l, &of_table, key);
    let b = l.b();
    let is_null = b.is_null(found);
    let done = b.block();
    if scalar {
        // An array's only entry: never missing, but the verifier wants the check.
        b.branch(is_null, missing, done);
        b.switch_to(done);
        return found;
    }
    let slot = b.slot(8, 8);
    b.store(slot, 0, Width::W64, found);
    let absent = b.block();
    b.branch(is_null, absent, done);
    b.switch_to(absent);
    let zeros = zeros(l, size);
    // 1: BPF_NOEXIST, so that whoever comes second finds the entry of whoever came first.
    let flags = l.b().constant(1);
    call_map(l, &of_table, Helper::MAP_UPDATE_ELEM, &[key, zeros, flags]);
    let found = look_up(l, &of_table, key);
    let b = l.b();
    b.store(slot, 0, Width::W64, found);
    let is_null = b.is_null(found);
    let full = b.block();
    b.branch(is_null, full, done);
    b.switch_to(full);
    count_loss(l, LossKind::MapFull, Some(map));
    l.b().jump(missing);
    l.b().switch_to(done);
    l.b().push(ir::Inst::LoadPtr(slot))
}

/// The entry of a table with the key at this address → `Ptr`, null if there is none.
pub fn look_up(l: &mut dyn Lower, table: &Table, key: ValueId) -> ValueId {
    call_map(l, table, Helper::MAP_LOOKUP_ELEM, &[key])
}

/// Calls a helper that takes a map, a key and more, with that of the table's BPF maps in which
/// such a key is.
pub fn call_map(
    l: &mut dyn Lower,
    table: &Table,
    helper: Helper,
    key_and_more: &[ValueId],
) -> ValueId {
    let call = |l: &mut dyn Lower, map: MapId| {
        let b = l.b();
        let arguments: Vec<_> = [b.map(map)].iter().chain(key_and_more).copied().collect();
        b.call(helper, &arguments)
    };
    let (Some(short), Some(key)) = (table.short, key_and_more.first()) else {
        return call(l, table.map);
    };
    let b = l.b();
    let result = b.slot(8, 8);
    let last = b.load(*key, short.last as i32, Width::W8, ir::Sign::Unsigned);
    let (is_long, is_short, done) = (b.block(), b.block(), b.block());
    b.branch(last, is_long, is_short);
    for (block, map) in [(is_long, table.map), (is_short, short.map)] {
        l.b().switch_to(block);
        let value = call(l, map);
        l.b().store64(result, 0, value);
        l.b().jump(done);
    }
    let b = l.b();
    b.switch_to(done);
    match helper.returns() {
        ir::Returns::Ptr => b.push(ir::Inst::LoadPtr(result)),
        ir::Returns::Int => b.load64(result, 0),
    }
}

/// The address of so many zeros.
pub fn zeros(l: &mut dyn Lower, size: u32) -> ValueId {
    if size <= 32 {
        let b = l.b();
        let slot = b.slot(size, 8);
        b.zero(slot, 0, size, 8);
        return slot;
    }
    let program = l.program();
    let known = program.globals.position(|global| global.name == "zeros");
    let id = known.unwrap_or_else(|| {
        program.globals.push(ir::Global {
            name: "zeros".to_owned(),
            content: Vec::new(),
            align: 8,
            mutability: ir::Mutability::Constant,
        })
    });
    let content = &mut program.globals[id].content;
    content.resize(content.len().max(size as usize), 0);
    l.b().global(id)
}
