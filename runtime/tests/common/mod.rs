//! What the tests of values and output share: names without a kernel, and streams in memory.
#![allow(clippy::allow_attributes, dead_code, reason = "each test file uses some of it")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{
    borrow::Cow,
    io::{self, Write},
    sync::{Arc, Mutex},
};

use ir::{Coded, Id, Packed, Reduce, Side, Stack, Table, Ty};
use runtime::{
    names::Names,
    output::{Buffering, Cell, Json, Output, Row, Sink, Style, TableView, Text},
    reduce::reduce,
    symbols::{Followed, Frame, Lines},
    value::Value,
};

/// Names sites and the kernel address 0x1000.
pub(crate) struct Fixed;

impl Names for Fixed {
    fn name(&self, coded: Coded, number: u64) -> Option<Cow<'_, str>> {
        match (coded, number) {
            (Coded::Site, 0) => Some("kprobe:vfs_read".into()),
            (Coded::KernelSymbol, 0x1000) => Some("vfs_read".into()),
            _ => None,
        }
    }

    fn packed(&self, packed: Packed, _: &[u8]) -> Option<Cow<'_, str>> {
        match packed {
            Packed::Inet => None,
            Packed::Time => Some("12:00".into()),
            Packed::Stack(_) => None,
            Packed::UserSymbol => Some("main".into()),
        }
    }

    fn stack(&self, _: Stack, _: &[u8]) -> Lines<'_> {
        "\n        vfs_read+1\n".into()
    }

    fn prepare(&self, _: &[(Stack, &[u8])]) {}

    /// Kernel stacks are `vfs_read` called by an address without a name; stacks of processes are
    /// `inner`, inlined in `middle`, called by `main`.
    fn follow(
        &self,
        stack: Stack,
        bytes: &[u8],
        each: &mut dyn FnMut(u64, &[Frame]),
    ) -> Followed {
        let frame = |name: &str, offset: Option<u64>, line: Option<&str>| Frame {
            name: name.to_owned(),
            module: Some("/bin/program".to_owned()),
            offset,
            line: line.map(str::to_owned),
        };
        match (bytes[0], stack.side) {
            (0, _) => return Followed::Whole,
            (_, Side::Kernel) => {
                each(0x1001, &[frame("vfs_read", Some(1), None)]);
                each(0x2000, &[]);
            }
            (_, Side::User) => {
                let inlined = frame("inner<A; B>", None, Some("/src/a.c:7"));
                each(0x400_010, &[inlined, frame("middle", Some(16), Some("/src/a.c:20"))]);
                each(0x400_100, &[frame("main", Some(2), Some("/src/b.c:3"))]);
            }
        }
        if bytes[0] == 1 { Followed::Whole } else { Followed::Broken }
    }

    fn wall_clock(&self, nanoseconds: i128) -> i128 {
        nanoseconds
    }
}

/// A stream that remembers.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    /// What was written so far.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().clone()
    }

    /// The same as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.bytes()).unwrap()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What `print` writes as text: results and messages.
pub(crate) fn text(
    style: Style,
    print: impl Fn(&mut dyn Output) -> io::Result<()>,
) -> (Vec<u8>, String) {
    let (results, messages) = (Memory::default(), Memory::default());
    let sink = Sink::new(Box::new(results.clone()), Buffering::Full);
    let to_terminal = style.escape;
    let output = Text::new(sink, Box::new(messages.clone()), style);
    let mut output = output.messages_to_terminal(to_terminal);
    print(&mut output).unwrap();
    output.flush().unwrap();
    (results.bytes(), messages.text())
}

/// What `print` writes as JSON, of which every line is checked to be JSON.
pub(crate) fn json(print: impl Fn(&mut dyn Output) -> io::Result<()>) -> String {
    let results = Memory::default();
    let sink = Sink::new(Box::new(results.clone()), Buffering::Full);
    let mut output = Json::new(sink, Style::default());
    print(&mut output).unwrap();
    output.flush().unwrap();
    let text = results.text();
    for line in text.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "not JSON: {line}");
    }
    text
}

/// What both forms write of `print`'s results.
pub(crate) fn both(print: impl Fn(&mut dyn Output) -> io::Result<()>) -> (String, String) {
    let (results, _) = text(Style::default(), &print);
    (String::from_utf8(results).unwrap(), json(print))
}

/// Text as a value.
pub(crate) const fn string(text: &str) -> Value<'_> {
    Value::Str { text: text.as_bytes(), cut: false }
}

/// A tuple.
pub(crate) fn tuple<const N: usize>(items: [Value<'_>; N]) -> Value<'_> {
    Value::Tuple(items.into())
}

/// The scalar table `@name`.
pub(crate) fn scalar<'a>(name: &'a str, ty: &'a Ty, value: Cell<'a>) -> TableView<'a> {
    let rows = vec![Row { key: Value::None, value }];
    TableView { name, ty, keyed: false, written: true, lower_bound: false, rows }
}

/// The keyed table `@name`.
pub(crate) fn keyed<'a>(
    name: &'a str,
    ty: &'a Ty,
    rows: impl IntoIterator<Item = (Value<'a>, Cell<'a>)>,
) -> TableView<'a> {
    let rows = rows.into_iter().map(|(key, value)| Row { key, value }).collect();
    TableView { name, ty, keyed: true, written: true, lower_bound: false, rows }
}

/// The cell of one CPU that saw `samples`.
pub(crate) fn samples(kind: Reduce, samples: &[i64]) -> Cell<'static> {
    let mut words = vec![0u64; (kind.size() / 8) as usize];
    for &sample in samples {
        match kind {
            Reduce::Count => words[0] += 1,
            Reduce::Sum(_) => words[0] = words[0].wrapping_add(sample as u64),
            Reduce::Min(_) | Reduce::Max(_) => {
                let rank = (sample ^ kind.mask()) as u64;
                words = vec![words[0].max(rank), 1];
            }
            Reduce::Mean(_) | Reduce::Stats(_) => {
                words[0] = words[0].wrapping_add(sample as u64);
                words[1] += 1;
            }
            Reduce::Log2 { bits } => words[ir::log2_bucket(sample, bits) as usize] += 1,
            Reduce::Quantiles => {
                words[ir::log2_bucket(sample, ir::QUANTILE_BITS) as usize] += 1;
            }
            Reduce::Top(_) => {}
            // One register for each sample, of rank 1.
            Reduce::Distinct => {
                words[(sample / 8) as usize % 512] |= 1 << (sample % 8 * 8);
            }
            Reduce::Linear { min, max, step } => {
                let index = match sample {
                    sample if sample < min => 0,
                    sample if sample >= max => words.len() - 1,
                    sample => ((sample - min) / step) as usize + 1,
                };
                words[index] += 1;
            }
            // All in interval 4, the last stays.
            Reduce::Series(_) => words[..3].copy_from_slice(&[5, sample as u64, 0]),
        }
    }
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    Cell::Reduced(reduce(kind, std::iter::once(bytes.as_slice())))
}

/// The map `@t`.
pub(crate) fn table(key: Option<Ty>, value: Ty) -> Table {
    Table {
        name: "@t".into(),
        key,
        value,
        item: None,
        map: ir::MapId::from_index(0),
        present: None,
        bucket_keys: false,
        short: None,
        span: diag::Span::default(),
    }
}
