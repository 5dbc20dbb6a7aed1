//! When output is written.

mod common;

use std::io::{self, Write};

use common::{Memory, string};
use ir::Piece;
use runtime::{
    output::{Buffering, Output, Sink, Style, Text},
    value::Value,
};

fn open(buffering: Buffering) -> (Memory, Text) {
    let results = Memory::default();
    let sink = Sink::new(Box::new(results.clone()), buffering);
    (results, Text::new(sink, Box::new(io::sink()), Style::default()))
}

#[test]
fn lines_are_written_when_no_event_is_waiting() {
    let (results, mut output) = open(Buffering::Line);
    output.value(&Value::Int(1)).unwrap();
    output.text("time", "no end").unwrap();
    assert_eq!(results.text(), "");
    output.drained().unwrap();
    assert_eq!(results.text(), "1\n");
    output.text("time", " yet\n").unwrap();
    output.drained().unwrap();
    assert_eq!(results.text(), "1\nno end yet\n");
    output.text("time", "rest").unwrap();
    output.flush().unwrap();
    assert_eq!(results.text(), "1\nno end yet\nrest");
}

#[test]
fn full_buffers_wait_for_the_end() {
    let (results, mut output) = open(Buffering::Full);
    output.value(&Value::Int(1)).unwrap();
    output.drained().unwrap();
    assert_eq!(results.text(), "");
    output.flush().unwrap();
    assert_eq!(results.text(), "1\n");
}

#[test]
fn without_a_buffer_every_message_is_written() {
    let (results, mut output) = open(Buffering::None);
    output.text("time", "no end").unwrap();
    assert_eq!(results.text(), "no end");
}

#[test]
fn much_is_written_at_once() {
    let (results, mut output) = open(Buffering::Line);
    let long = "x".repeat(1000);
    for _ in 0..100 {
        output.value(&string(&long)).unwrap();
    }
    assert!(results.bytes().len() >= 64 << 10);
    output.flush().unwrap();
    assert_eq!(results.bytes().len(), 100 * 1001);
}

/// A message follows the results that came before it.
#[test]
fn results_come_before_messages() {
    let stream = Memory::default();
    let sink = Sink::new(Box::new(stream.clone()), Buffering::Line);
    let mut output = Text::new(sink, Box::new(stream.clone()), Style::default()).quiet(true);
    output.attached(1).unwrap();
    let pieces = [Piece::Text("one\n".to_owned())];
    output.printf("printf", &pieces, &mut std::iter::empty()).unwrap();
    output.lost(1).unwrap();
    assert_eq!(stream.text(), "one\nLost 1 events\n");
}

struct Broken;

impl Write for Broken {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_broken_pipe_is_reported() {
    let sink = Sink::new(Box::new(Broken), Buffering::None);
    let mut output = Text::new(sink, Box::new(io::sink()), Style::default());
    let error = output.value(&Value::Int(1)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
}
