//! Events: how a record is laid out, built and sent through the ring.

use ir::{Action, Bin, Event, EventField, Helper, LossKind, Place, Ty, ValueId, Width};

use crate::{
    Arg, Call,
    lower::{Lower, count_loss, lose_if},
};

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

/// Sends an event with one field, bytes of any number up to `most`, which `write` writes at an
/// address; it gives their number, which the verifier knows to be within that.
pub fn send_bytes(
    l: &mut dyn Lower,
    call: &Call,
    (action, most): (Action, u32),
    write: &mut dyn FnMut(&mut dyn Lower, ValueId) -> ValueId,
) {
    // The field: a length of 4 bytes, then the bytes.
    let fields = vec![EventField { ty: Ty::Bytes(most), place: Place::Fixed(HEADER) }];
    let size = HEADER + 8;
    let event = l.program().events.push(Event { action, fields, size, span: call.span });
    let record = l.memory(size + most, 8);
    header(l, record, i64::from(ir::Id::index(event) as u32));
    l.b().zero(record, HEADER as i32, 8, 8);
    let to = l.b().offset(record, i64::from(HEADER) + 4);
    let written = write(l, to);
    l.b().store(record, HEADER as i32, Width::W32, written);
    let Some(ring) = l.program().ring else { return };
    let flags = wake_flags(l, false);
    let b = l.b();
    let length = b.bin_const(Bin::Add, written, i64::from(size));
    let map = b.map(ring);
    let result = b.call(Helper::RINGBUF_OUTPUT, &[map, record, length, flags]);
    let failed = b.bin_const(Bin::Ne, result, 0);
    lose_if(l, failed, LossKind::RingFull, None);
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
        Payload::Int(value) => *value,
        // The address of a key, also where the key is a number.
        Payload::Key(from, ty) => match ty.scalar() {
            Some((width, sign)) => l.b().load(*from, 0, width, sign),
            None => *from,
        },
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
