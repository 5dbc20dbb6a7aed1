//! What a row's lowering sees, and the pieces that many of them share: sending events, counting
//! losses, finding a map's cell.

use ir::{
    Action, Bin, BlockId, Builder, Event, EventField, Helper, LossKind, Place, Program, Ty,
    ValueId, Width,
};

use crate::{Arg, Call, Config, Kernel, MapArg, probes::Offers};

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

    /// The number of the site that fired → `Int`.
    fn site(&mut self) -> ValueId;

    /// The table of a map.
    fn table(&self, map: &MapArg) -> ir::TableId;

    /// The address of a key made of these arguments, or of the only key of a scalar map.
    fn key(&mut self, map: &MapArg, key: &[Arg]) -> ValueId;

    /// The key of an argument that names one entry.
    fn entry_key(&mut self, arg: &Arg) -> ValueId;

    /// A counter for what is lost at the current place.
    fn loss(&mut self, kind: LossKind, map: Option<&MapArg>) -> ir::LossId;

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
    let (map_id, scalar) = {
        let table = &l.program().tables[table];
        (table.map, table.key.is_none())
    };
    let size = l.program().maps[map_id].value_size;
    let b = l.b();
    let address = b.map(map_id);
    let found = b.call(Helper::MAP_LOOKUP_ELEM, &[address, key]);
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
    let b = l.b();
    // 1: BPF_NOEXIST, so that whoever comes second finds the entry of whoever came first.
    let flags = b.constant(1);
    let address = b.map(map_id);
    b.call(Helper::MAP_UPDATE_ELEM, &[address, key, zeros, flags]);
    let found = b.call(Helper::MAP_LOOKUP_ELEM, &[address, key]);
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

/// The address of so many zeros.
fn zeros(l: &mut dyn Lower, size: u32) -> ValueId {
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

/// What an event carries.
#[derive(Debug, Clone, Copy)]
pub enum Payload<'a> {
    /// An argument.
    Arg(&'a Arg),
    /// A number.
    Int(ValueId),
    /// A key of this map, at this address.
    Key(ValueId, &'a Ty),
}

impl Payload<'_> {
    fn ty(&self) -> Ty {
        match self {
            Self::Arg(arg) => arg.ty.clone(),
            Self::Int(_) => Ty::U64,
            Self::Key(_, ty) => (*ty).clone(),
        }
    }
}

/// Bytes before the first field: the event's id and padding.
const HEADER: u32 = 8;
/// Largest record that is written in the ring itself; larger ones are built in scratch memory and
/// sent with their real length.
const IN_PLACE: u32 = 256;
/// `BPF_RB_NO_WAKEUP` and `BPF_RB_FORCE_WAKEUP`.
const NO_WAKEUP: i64 = 1;
const FORCE_WAKEUP: i64 = 2;
/// `BPF_RB_AVAIL_DATA`, for `bpf_ringbuf_query`.
const AVAILABLE: i64 = 0;

/// Sends an event with these fields.
pub fn send(l: &mut dyn Lower, call: &Call, action: Action, payload: &[Payload<'_>]) {
    let wake = action == Action::Wake;
    let (fields, size, tail) = layout(payload);
    let span = call.span;
    let event = l.program().events.push(Event { action, fields: fields.clone(), size, span });
    let id = i64::from(ir::Id::index(event) as u32);
    if size + tail <= IN_PLACE {
        in_place(l, (id, size + tail), payload, &fields, wake);
    } else {
        by_copy(l, id, payload, (&fields, size, tail));
    }
}

/// Where each field goes: small ones in place, strings of any length behind the rest, but side by
/// side with it when the whole record is small.
fn layout(payload: &[Payload<'_>]) -> (Vec<EventField>, u32, u32) {
    let total: u32 = payload.iter().map(|item| item.ty().size() + 8).sum();
    let (mut at, mut tail) = (HEADER, 0);
    let place = |item: &Payload<'_>| {
        let ty = item.ty();
        let by_length = matches!(ty, Ty::Str(_)) && total + HEADER > IN_PLACE && ty.size() > 16;
        let (size, align) = if by_length { (4, 4) } else { (ty.size(), ty.align()) };
        at = ir::align_up(at, align);
        let start = at;
        at += size;
        if by_length {
            tail += ty.size();
            return EventField { ty, place: Place::Tail(start) };
        }
        EventField { ty, place: Place::Fixed(start) }
    };
    let fields = payload.iter().map(place).collect();
    (fields, ir::align_up(at, 8), tail)
}

/// Builds the record in the ring. Arguments come first: nothing may fail between reserving a
/// record and submitting it.
fn in_place(
    l: &mut dyn Lower,
    (id, size): (i64, u32),
    payload: &[Payload<'_>],
    fields: &[EventField],
    wake: bool,
) {
    let values: Vec<ValueId> = payload.iter().map(|item| evaluate(l, item)).collect();
    let Some(ring) = l.program().ring else { return };
    let flags = wake_flags(l, wake);
    let b = l.b();
    let (map, length, zero) = (b.map(ring), b.constant(i64::from(size)), b.constant(0));
    let record = b.call(Helper::RINGBUF_RESERVE, &[map, length, zero]);
    let is_null = b.is_null(record);
    let (full, write, done) = (b.block(), b.block(), b.block());
    b.branch(is_null, full, write);
    b.switch_to(full);
    count_loss(l, LossKind::RingFull, None);
    l.b().jump(done);
    l.b().switch_to(write);
    header(l, record, id);
    for (value, field) in values.into_iter().zip(fields) {
        let Place::Fixed(at) = field.place else { continue };
        let b = l.b();
        if let Some((width, _)) = field.ty.scalar() {
            b.store(record, at as i32, width, value);
        } else {
            let to = b.offset(record, i64::from(at));
            b.copy(to, value, field.ty.size(), field.ty.align());
        }
    }
    let b = l.b();
    b.call(Helper::RINGBUF_SUBMIT, &[record, flags]);
    b.jump(done);
    b.switch_to(done);
}

/// Evaluates a field to a value that can be stored, or to the address of memory that is wholly
/// written.
fn evaluate(l: &mut dyn Lower, item: &Payload<'_>) -> ValueId {
    match item {
        Payload::Arg(arg) if arg.ty.is_scalar() => l.value(arg),
        Payload::Arg(arg) => {
            let to = l.memory(arg.ty.size(), arg.ty.align());
            l.value_at(arg, to, &arg.ty);
            to
        }
        Payload::Int(value) | Payload::Key(value, _) => *value,
    }
}

/// Builds the record in scratch memory and sends as many bytes as it has.
fn by_copy(
    l: &mut dyn Lower,
    id: i64,
    payload: &[Payload<'_>],
    (fields, size, tail): (&[EventField], u32, u32),
) {
    let record = l.memory(size + tail, 8);
    header(l, record, id);
    let mut length = l.b().constant(i64::from(size));
    for (item, field) in payload.iter().zip(fields) {
        match field.place {
            Place::Fixed(at) => fixed(l, record, at, item, &field.ty),
            Place::Tail(at) => {
                let to = l.b().push(ir::Inst::Offset(record, length));
                let Payload::Arg(arg) = item else { continue };
                let written = l.bytes_at(arg, to);
                l.b().store(record, at as i32, Width::W32, written);
                length = l.b().add(length, written);
            }
        }
    }
    let Some(ring) = l.program().ring else { return };
    let flags = wake_flags(l, false);
    let b = l.b();
    let map = b.map(ring);
    let result = b.call(Helper::RINGBUF_OUTPUT, &[map, record, length, flags]);
    let failed = b.bin_const(Bin::Ne, result, 0);
    lose_if(l, failed, LossKind::RingFull, None);
}

fn fixed(l: &mut dyn Lower, record: ValueId, at: u32, item: &Payload<'_>, ty: &Ty) {
    match item {
        Payload::Arg(arg) => {
            let to = l.b().offset(record, i64::from(at));
            l.value_at(arg, to, ty);
        }
        Payload::Int(value) => l.b().store64(record, at as i32, *value),
        Payload::Key(from, _) => {
            let b = l.b();
            let to = b.offset(record, i64::from(at));
            b.copy(to, *from, ty.size(), ty.align());
        }
    }
}

fn header(l: &mut dyn Lower, record: ValueId, id: i64) {
    let b = l.b();
    let id = b.constant(id);
    b.store64(record, 0, id);
}

/// No notification for each record (it costs the traced program ≈ 1.4 µs), but one for each above
/// the fill mark, a quarter of the ring; the reader looks at the ring on a timer.
fn wake_flags(l: &mut dyn Lower, wake: bool) -> ValueId {
    if wake {
        return l.b().constant(FORCE_WAKEUP);
    }
    let Some(ring) = l.program().ring else { return l.b().constant(NO_WAKEUP) };
    let mark = i64::from(l.program().maps[ring].max_entries / 4);
    let b = l.b();
    let (map, what) = (b.map(ring), b.constant(AVAILABLE));
    let filled = b.call(Helper::RINGBUF_QUERY, &[map, what]);
    // 1 below the mark, 2 above it.
    let below = b.constant(mark);
    let above = b.bin(Bin::ULt, below, filled);
    b.bin_const(Bin::Add, above, NO_WAKEUP)
}
