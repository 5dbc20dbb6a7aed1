//! Profiles for pprof: its `profile.proto`, compressed.

use std::{
    collections::HashMap,
    io::{self, Write},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use flate2::{Compression, write::GzEncoder};
use prost::Message;

use super::{
    Caption,
    samples::{Sample, Samples},
};

/// A profile. Each stack is a sample; the other parts of the key are its labels, with the names
/// that they have in the script.
///
/// # Errors
///
/// Returns what the compressor could not do.
pub fn pprof(samples: &Samples, caption: &Caption, lasted: Duration) -> io::Result<Vec<u8>> {
    let bytes = profile(samples, caption, lasted).encode_to_vec();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&bytes)?;
    encoder.finish()
}

fn profile(samples: &Samples, caption: &Caption, lasted: Duration) -> Profile {
    let mut texts = Texts::default();
    let mut profile = Profile::default();
    let value = ValueType { kind: texts.of(&caption.unit), unit: texts.of("count") };
    profile.sample_type.push(value);
    for (index, function) in samples.functions.iter().enumerate() {
        let name = texts.of(&function.name);
        profile.function.push(Function {
            id: index as u64 + 1,
            name,
            system_name: name,
            filename: texts.of(function.file.as_deref().unwrap_or_default()),
            start_line: 0,
        });
    }
    let mut modules: HashMap<&str, u64> = HashMap::new();
    for (index, place) in samples.places.iter().enumerate() {
        let module = place.module.as_deref().unwrap_or_default();
        let mapping_id = *modules.entry(module).or_insert_with(|| {
            let id = profile.mapping.len() as u64 + 1;
            let filename = texts.of(if module.is_empty() { "[unknown]" } else { module });
            // Everything has its name already: pprof needs not look for files.
            let (functions, lines) = (true, true);
            profile.mapping.push(Mapping {
                id,
                filename,
                has_functions: functions,
                has_filenames: lines,
                has_line_numbers: lines,
                has_inline_frames: lines,
            });
            id
        });
        let line = place.lines.iter().rev().map(|line| Line {
            function_id: line.function as u64 + 1,
            line: line.number.unwrap_or_default().into(),
        });
        profile.location.push(Location {
            id: index as u64 + 1,
            mapping_id,
            address: place.address,
            line: line.collect(),
        });
    }
    profile.sample =
        samples.entries.iter().map(|entry| sample(entry, caption, &mut texts)).collect();
    profile.duration_nanos = lasted.as_nanos() as i64;
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    profile.time_nanos = since_epoch.saturating_sub(lasted).as_nanos() as i64;
    profile.comment.push(texts.of(&caption.title));
    profile.string_table = texts.list;
    profile
}

fn sample(entry: &Sample, caption: &Caption, texts: &mut Texts) -> ProfileSample {
    let label = |(index, text): (usize, &String)| Label {
        key: texts.of(&caption.label(index)),
        str: texts.of(text),
    };
    ProfileSample {
        // The innermost comes first.
        location_id: entry.stack.iter().rev().map(|place| *place as u64 + 1).collect(),
        value: vec![i64::try_from(entry.value).unwrap_or(i64::MAX)],
        label: entry.labels.iter().enumerate().map(label).collect(),
    }
}

/// Every text once, with the number by which it is meant; 0 is the empty one.
struct Texts {
    list: Vec<String>,
    numbers: HashMap<String, i64>,
}

impl Default for Texts {
    fn default() -> Self {
        Self { list: vec![String::new()], numbers: HashMap::from([(String::new(), 0)]) }
    }
}

impl Texts {
    fn of(&mut self, text: &str) -> i64 {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = self.list.len() as i64;
        self.list.push(text.to_owned());
        self.numbers.insert(text.to_owned(), number);
        number
    }
}

// What of `profile.proto` is written: numbers and meanings are pprof's.

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<ProfileSample>,
    #[prost(message, repeated, tag = "3")]
    mapping: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(int64, repeated, tag = "13")]
    comment: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct ProfileSample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
    #[prost(message, repeated, tag = "3")]
    label: Vec<Label>,
}

#[derive(Clone, PartialEq, Message)]
struct Label {
    #[prost(int64, tag = "1")]
    key: i64,
    #[prost(int64, tag = "2")]
    str: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Mapping {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "5")]
    filename: i64,
    #[prost(bool, tag = "7")]
    has_functions: bool,
    #[prost(bool, tag = "8")]
    has_filenames: bool,
    #[prost(bool, tag = "9")]
    has_line_numbers: bool,
    #[prost(bool, tag = "10")]
    has_inline_frames: bool,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    mapping_id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
    #[prost(int64, tag = "5")]
    start_line: i64,
}

#[cfg(test)]
mod tests {
    use std::{io::Read, time::Duration};

    use flate2::read::GzDecoder;
    use ir::Side;
    use prost::Message;

    use super::{Profile, pprof};
    use crate::pictures::{Caption, Function, Line, Place, Sample, Samples};

    /// `main` calls `middle`, in which `inner` is inlined.
    fn samples() -> Samples {
        let function = |name: &str, file: Option<&str>| Function {
            name: name.to_owned(),
            file: file.map(str::to_owned),
            side: Side::User,
        };
        let line = |function, number, inlined| Line { function, number, inlined };
        let place = |address, lines| Place { address, module: Some("/bin/a".into()), lines };
        Samples {
            functions: vec![
                function("main", Some("/src/a.c")),
                function("middle", Some("/src/b.c")),
                function("inner", None),
            ],
            places: vec![
                place(0x10, vec![line(0, Some(3), false)]),
                place(0x20, vec![line(1, Some(7), false), line(2, None, true)]),
            ],
            entries: vec![
                Sample { labels: vec!["cat".into()], stack: vec![0, 1], value: 5 },
                Sample { labels: vec!["dog".into()], stack: vec![0], value: u64::MAX },
            ],
            negative: 0,
        }
    }

    #[test]
    fn what_was_written_is_what_there_was() {
        let caption = Caption {
            title: "@[ustack, comm]".to_owned(),
            unit: "samples".to_owned(),
            labels: vec!["comm".to_owned()],
        };
        let bytes = pprof(&samples(), &caption, Duration::from_secs(2)).unwrap();
        let mut plain = Vec::new();
        GzDecoder::new(bytes.as_slice()).read_to_end(&mut plain).unwrap();
        let profile = Profile::decode(plain.as_slice()).unwrap();
        let text = |number: i64| profile.string_table[number as usize].as_str();
        assert_eq!(profile.string_table[0], "", "pprof asks for it");
        let function = |id: u64| {
            let function = profile.function.iter().find(|function| function.id == id).unwrap();
            (text(function.name), text(function.filename))
        };
        let read: Vec<_> = profile
            .sample
            .iter()
            .map(|sample| {
                let places = sample.location_id.iter().flat_map(|id| {
                    let place = profile.location.iter().find(|it| it.id == *id).unwrap();
                    place.line.iter().map(|line| (function(line.function_id), line.line))
                });
                let labels = sample.label.iter().map(|it| (text(it.key), text(it.str)));
                let labels = labels.collect::<Vec<_>>();
                (places.collect::<Vec<_>>(), sample.value.clone(), labels)
            })
            .collect();
        let main = (("main", "/src/a.c"), 3);
        let calls = vec![(("inner", ""), 0), (("middle", "/src/b.c"), 7), main];
        assert_eq!(
            read,
            [
                (calls, vec![5], vec![("comm", "cat")]),
                (vec![main], vec![i64::MAX], vec![("comm", "dog")]),
            ]
        );
        assert_eq!(profile.mapping.len(), 1);
        assert_eq!(text(profile.mapping[0].filename), "/bin/a");
        assert_eq!(profile.duration_nanos, 2_000_000_000);
        let types = profile.sample_type.iter().map(|it| (text(it.kind), text(it.unit)));
        assert_eq!(types.collect::<Vec<_>>(), [("samples", "count")]);
    }
}
