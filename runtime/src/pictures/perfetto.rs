//! Traces for Perfetto: numbers over time as counters; stacks as slices, as wide as what was
//! counted for them.

use std::time::Duration;

use prost::Message;

use super::{Caption, Samples, Timeline, folded};

/// Who writes all packets.
const SEQUENCE: u32 = 1;
/// The track that all others are in.
const ROOT: u64 = 1;

/// Counters, one for each key. `started` is when tracing began, in nanoseconds of the clock that
/// Perfetto's own traces have (`CLOCK_BOOTTIME`).
pub(super) fn counters(timeline: &Timeline, caption: &Caption, started: u64) -> Vec<u8> {
    let mut trace = Trace { packet: vec![track(ROOT, None, &caption.title, None)] };
    for (index, key) in timeline.keys.iter().enumerate() {
        let name = if key.is_empty() { &caption.title } else { key };
        let counter = Some(CounterDescriptor {});
        trace.packet.push(track(of_key(index), Some(ROOT), name, counter));
    }
    for moment in &timeline.moments {
        let at = time(started, moment.at);
        for (index, value) in &moment.changed {
            let event = TrackEvent {
                kind: Some(Kind::Counter.into()),
                track_uuid: Some(of_key(*index)),
                counter_value: Some(*value),
                name: None,
            };
            trace.packet.push(packet(at, event));
        }
    }
    trace.encode_to_vec()
}

/// Slices: a stack is its functions within each other, and takes as many nanoseconds as it has
/// been counted; those that begin with the same callers are side by side in them.
pub(super) fn slices(samples: &Samples, caption: &Caption, started: u64) -> Vec<u8> {
    let mut trace = Trace { packet: vec![track(ROOT, None, &caption.title, None)] };
    let lines = folded::lines(samples);
    let mut stacks: Vec<(Vec<&str>, u64)> =
        lines.iter().map(|(line, count)| (line.split(';').collect(), *count)).collect();
    stacks.sort_unstable();
    let (mut open, mut at): (Vec<&str>, u64) = (Vec::new(), started);
    for (stack, count) in &stacks {
        let common = open.iter().zip(stack).take_while(|(open, new)| open == new).count();
        end(&mut trace, open.len() - common, at);
        for name in &stack[common..] {
            trace.packet.push(packet(at, slice(Kind::SliceBegin, Some((*name).to_owned()))));
        }
        open.clone_from(stack);
        at = at.saturating_add(*count);
    }
    end(&mut trace, open.len(), at);
    trace.encode_to_vec()
}

fn end(trace: &mut Trace, slices: usize, at: u64) {
    let ends = std::iter::repeat_with(|| packet(at, slice(Kind::SliceEnd, None)));
    trace.packet.extend(ends.take(slices));
}

fn slice(kind: Kind, name: Option<String>) -> TrackEvent {
    TrackEvent { kind: Some(kind.into()), track_uuid: Some(ROOT), counter_value: None, name }
}

fn of_key(index: usize) -> u64 {
    ROOT + 1 + index as u64
}

fn time(started: u64, passed: Duration) -> u64 {
    started.saturating_add(u64::try_from(passed.as_nanos()).unwrap_or(u64::MAX))
}

fn packet(at: u64, event: TrackEvent) -> TracePacket {
    TracePacket {
        timestamp: Some(at),
        sequence: Some(SEQUENCE),
        track_event: Some(event),
        track_descriptor: None,
    }
}

fn track(
    uuid: u64,
    parent_uuid: Option<u64>,
    name: &str,
    counter: Option<CounterDescriptor>,
) -> TracePacket {
    let descriptor =
        TrackDescriptor { uuid: Some(uuid), name: Some(name.to_owned()), parent_uuid, counter };
    TracePacket {
        timestamp: None,
        sequence: Some(SEQUENCE),
        track_event: None,
        track_descriptor: Some(descriptor),
    }
}

// What of Perfetto's messages is written: numbers and meanings are Perfetto's.

#[derive(Clone, PartialEq, Message)]
struct Trace {
    #[prost(message, repeated, tag = "1")]
    packet: Vec<TracePacket>,
}

#[derive(Clone, PartialEq, Message)]
struct TracePacket {
    #[prost(uint64, optional, tag = "8")]
    timestamp: Option<u64>,
    /// `trusted_packet_sequence_id`
    #[prost(uint32, optional, tag = "10")]
    sequence: Option<u32>,
    #[prost(message, optional, tag = "11")]
    track_event: Option<TrackEvent>,
    #[prost(message, optional, tag = "60")]
    track_descriptor: Option<TrackDescriptor>,
}

#[derive(Clone, PartialEq, Message)]
struct TrackDescriptor {
    #[prost(uint64, optional, tag = "1")]
    uuid: Option<u64>,
    #[prost(string, optional, tag = "2")]
    name: Option<String>,
    #[prost(uint64, optional, tag = "5")]
    parent_uuid: Option<u64>,
    #[prost(message, optional, tag = "8")]
    counter: Option<CounterDescriptor>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct CounterDescriptor {}

#[derive(Clone, PartialEq, Message)]
struct TrackEvent {
    #[prost(enumeration = "Kind", optional, tag = "9")]
    kind: Option<i32>,
    #[prost(uint64, optional, tag = "11")]
    track_uuid: Option<u64>,
    #[prost(string, optional, tag = "23")]
    name: Option<String>,
    #[prost(int64, optional, tag = "30")]
    counter_value: Option<i64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, prost::Enumeration)]
#[repr(i32)]
enum Kind {
    Unspecified = 0,
    SliceBegin = 1,
    SliceEnd = 2,
    Counter = 4,
}

#[cfg(test)]
mod tests;
