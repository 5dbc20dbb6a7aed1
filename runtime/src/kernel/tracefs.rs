//! What tracefs tells: events, their formats, raw tracepoints. It does not know what they are
//! used for.

use std::{fs, io, path::Path};

use stdlib::{Answer, TracepointField, TracepointFormat, Unanswered};

use super::{btf::KernelBtf, kallsyms::Kallsyms, matches};
use crate::ffi;

const PLACES: [&str; 2] = ["/sys/kernel/tracing", "/sys/kernel/debug/tracing"];

/// Finds tracefs, and mounts it if it is not there.
pub(super) fn find() -> Answer<String> {
    for place in PLACES {
        match fs::read_dir(format!("{place}/events")) {
            Ok(_) => return Ok(place.to_owned()),
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(not_readable());
            }
            Err(_) => {}
        }
    }
    let place = PLACES[0];
    if !Path::new(place).is_dir() {
        return Err(Unanswered {
            problem: "the kernel has no tracefs".to_owned(),
            help: Some(
                "tracepoints need a kernel with CONFIG_FTRACE; the other probes work \
                        without it"
                    .to_owned(),
            ),
        });
    }
    match ffi::mount_tracefs(place) {
        Ok(()) if Path::new(place).join("events").is_dir() => Ok(place.to_owned()),
        // A directory that others may not enter looks like one where nothing is mounted.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && !ffi::is_root() => {
            Err(not_readable())
        }
        Ok(()) | Err(_) => Err(Unanswered {
            problem: "tracefs is not mounted, and mounting it failed".to_owned(),
            help: Some(format!("run `sudo mount -t tracefs tracefs {place}`")),
        }),
    }
}

fn not_readable() -> Unanswered {
    Unanswered {
        problem: "tracefs may not be read by this user".to_owned(),
        help: Some(
            "run `sudo hawk …`, or give it CAP_DAC_READ_SEARCH by \
             `sudo setcap cap_bpf,cap_perfmon,cap_dac_read_search+ep $(command -v hawk)`"
                .to_owned(),
        ),
    }
}

fn failed(what: &str, error: &io::Error) -> Unanswered {
    Unanswered { problem: format!("{what} cannot be read: {error}"), help: None }
}

/// The events of one category whose names match, sorted.
pub(super) fn events_of(root: &str, category: &str, pattern: &str) -> Vec<(String, String)> {
    if !is_file_name(category) {
        return Vec::new();
    }
    let directory = format!("{root}/events/{category}");
    let named = |event: String| (category.to_owned(), event);
    if !pattern.contains('*') {
        // Events without a number can't be attached to (those of the function tracer).
        let found = is_file_name(pattern) && has_number(&directory, pattern);
        return found.then(|| named(pattern.to_owned())).into_iter().collect();
    }
    let Ok(entries) = fs::read_dir(&directory) else { return Vec::new() };
    let mut events: Vec<_> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|event| matches(pattern, event))
        .filter(|event| category != "ftrace" || has_number(&directory, event))
        .map(named)
        .collect();
    events.sort_unstable();
    events
}

fn has_number(directory: &str, event: &str) -> bool {
    Path::new(directory).join(event).join("id").exists()
}

/// A name from a script must not lead out of tracefs.
fn is_file_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('/') && name != "." && name != ".."
}

/// Every event that can be enabled, sorted.
pub(super) fn available_events(root: &str) -> Answer<Vec<(String, String)>> {
    let path = format!("{root}/available_events");
    let text = fs::read_to_string(&path).map_err(|error| failed(&path, &error))?;
    let mut events: Vec<_> = text
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(category, event)| (category.to_owned(), event.to_owned()))
        .collect();
    events.sort_unstable();
    Ok(events)
}

/// The events that users made: kprobe, uprobe, synthetic, event and user events. A line is
/// `KIND:CATEGORY/EVENT …`.
pub(super) fn dynamic_events(root: &str) -> Vec<(String, String)> {
    let text = fs::read_to_string(format!("{root}/dynamic_events")).unwrap_or_default();
    let name = |line: &str| {
        let (_, rest) = line.split_once(':')?;
        let word = rest.split_whitespace().next()?;
        let (category, event) = word.split_once('/')?;
        Some((category.to_owned(), event.to_owned()))
    };
    text.lines().filter_map(name).collect()
}

/// Reads the format of one event; none if there is no such event.
pub(super) fn format(
    root: &str,
    category: &str,
    event: &str,
) -> Answer<Option<TracepointFormat>> {
    if !is_file_name(category) || !is_file_name(event) {
        return Ok(None);
    }
    let path = format!("{root}/events/{category}/{event}/format");
    match fs::read_to_string(&path) {
        Ok(text) => Ok(parse_format(&text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(not_readable()),
        Err(error) => Err(failed(&path, &error)),
    }
}

fn parse_format(text: &str) -> Option<TracepointFormat> {
    let id = text.lines().find_map(|line| line.strip_prefix("ID:"))?;
    let fields = text.lines().filter_map(|line| parse_field(line.trim())).collect();
    Some(TracepointFormat { id: id.trim().parse().ok()?, fields })
}

/// `field:const char * filename; offset:16; size:8; signed:0;`
fn parse_field(line: &str) -> Option<TracepointField> {
    let rest = line.strip_prefix("field:")?;
    let (declaration, rest) = rest.split_once(';')?;
    let number = |name: &str| -> Option<u32> {
        let part = rest.split(';').find_map(|part| part.trim().strip_prefix(name))?;
        part.parse().ok()
    };
    Some(TracepointField {
        declaration: declaration.trim().to_owned(),
        offset: number("offset:")?,
        size: number("size:")?,
        signed: number("signed:").unwrap_or(0) != 0,
    })
}

/// The names of every raw tracepoint, sorted: `TRACE_EVENT` and `DECLARE_TRACE` make a type
/// `btf_trace_NAME` beside each one's entry in the kernel's table, so BTF lists exactly those.
/// Without BTF, the function that walks a tracepoint's callees is called `__traceiter_NAME`
/// (5.10).
pub(super) fn raw_tracepoint_names(btf: &KernelBtf) -> Vec<String> {
    const PREFIX: &str = "btf_trace_";
    let mut names: Vec<String> = match btf.vmlinux() {
        Ok(vmlinux) => {
            let all = std::iter::once(&**vmlinux).chain(btf.modules().map(|(_, btf)| btf));
            all.flat_map(|btf| btf.names_after(PREFIX)).map(str::to_owned).collect()
        }
        Err(_) => Kallsyms::read().names_after("__traceiter_").map(str::to_owned).collect(),
    };
    names.sort_unstable();
    names.dedup();
    names
}

/// Events that may serve instead of a probe on `function`, as `tracepoint:CATEGORY:EVENT`: those
/// whose names share a word with it, the syscalls' own first.
pub(crate) fn events_near(machine: &super::Machine, function: &str) -> Vec<String> {
    let Ok(events) = machine.available_events() else { return Vec::new() };
    let words: Vec<&str> =
        function.split(['_', '.', ':']).filter(|word| !IDLE_WORDS.contains(word)).collect();
    let score = |category: &str, event: &str| {
        let name = event.strip_prefix("sys_enter_").unwrap_or(event);
        let parts: Vec<&str> = name.split('_').collect();
        let shared = words.iter().filter(|word| parts.contains(word)).count();
        let is_call = category == "syscalls" && event.starts_with("sys_enter_");
        let exact = words.len() == 1 && words.first() == Some(&name);
        (shared, usize::from(exact), usize::from(is_call))
    };
    let mut found: Vec<_> = events
        .iter()
        .filter(|(_, event)| !event.starts_with("sys_exit_"))
        .map(|(category, event)| (score(category, event), category, event))
        .filter(|((shared, ..), ..)| *shared > 0)
        .collect();
    found.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
    found
        .iter()
        .take(3)
        .map(|(_, category, event)| format!("tracepoint:{category}:{event}"))
        .collect()
}

/// Parts of function names that say nothing of what the function does.
const IDLE_WORDS: [&str; 14] = [
    "", "do", "vfs", "sys", "x64", "arm64", "se", "ksys", "kernel", "fast", "slow", "impl",
    "generic", "entry",
];

#[cfg(test)]
mod tests {
    use super::parse_format;

    #[test]
    fn reads_a_format() {
        let text = "name: x\nID: 310\nformat:\n\tfield:unsigned short common_type;\toffset:0;\t\
                    size:2;\tsigned:0;\n\n\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:1;\n\
                    \nprint fmt: \"field:%s;\", REC->comm\n";
        let format = parse_format(text).unwrap();
        assert_eq!((format.id, format.fields.len()), (310, 2));
        let comm = &format.fields[1];
        assert_eq!(comm.declaration, "char comm[16]");
        assert_eq!((comm.offset, comm.size, comm.signed), (8, 16, true));
    }
}
