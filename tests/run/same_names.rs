//! Names that several functions of the kernel have: a pattern means each of them, a name must say
//! which.

use std::{collections::BTreeMap, fs};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Outcome},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root kprobe";
    vec![
        Test::new("same_names::of_a_pattern", needs, Guests::All, of_a_pattern),
        Test::new("same_names::of_a_module", needs, Guests::All, of_a_module),
    ]
}

/// Where the kernel has its kprobes listed, each with its address.
const LIST: &str = "/sys/kernel/debug/kprobes/list";

/// The traced program looks at the list: all functions are in it, or the kernel takes the first
/// of a name and has never refused one (before 6.7).
fn of_a_pattern() -> Result<(), Failed> {
    let (name, starts) = ambiguous(false)?;
    let plain = probe(&name)?;
    let some = probe(&pattern(&name))?.expect_code(0)?;
    if plain.stderr.contains("Attached 1 probe") {
        return Ok(());
    }
    refused(&plain, &starts)?;
    attached(&some, &starts)
}

/// With its module a name is looked up there only, and was never refused.
fn of_a_module() -> Result<(), Failed> {
    let (name, starts) = ambiguous(true)?;
    refused(&probe(&name)?, &starts)?;
    let (module, function) = name.split_once(':').ok_or("no module")?;
    let some = probe(&format!("{module}:{}", pattern(function)))?.expect_code(0)?;
    attached(&some, &starts)
}

fn refused(outcome: &Outcome, starts: &[u64]) -> Result<(), Failed> {
    let told = format!("kprobe:{:#x}", starts[0]);
    let is_told = outcome.stderr.contains("are called so") && outcome.stderr.contains(&told);
    if is_told { Ok(()) } else { Err(outcome.wrong("which functions there are is not told")) }
}

fn attached(outcome: &Outcome, starts: &[u64]) -> Result<(), Failed> {
    for start in starts {
        if !outcome.stdout.contains(&format!("{start:016x} ")) {
            return Err(outcome.wrong(&format!("{start:#x} is not probed")));
        }
    }
    Ok(())
}

fn probe(target: &str) -> Result<Outcome, Failed> {
    let program = format!("kprobe:{target} {{ @ = count(); }}");
    let cat = format!("cat {LIST}");
    harness::run(["--no-feature", "kprobe_multi", "-e", &program, "-c", &cat])
}

/// One that matches this name and hardly any other.
fn pattern(name: &str) -> String {
    let (start, last) = name.split_at(name.len() - 1);
    format!("{start}*{last}")
}

/// A name of several functions that can be traced, all of the kernel proper or all of one module,
/// and where they start.
fn ambiguous(in_module: bool) -> Result<(String, Vec<u64>), Failed> {
    let mut traceable = BTreeMap::<_, usize>::new();
    let list = fs::read_to_string("/sys/kernel/tracing/available_filter_functions")?;
    for line in list.lines() {
        *traceable.entry(line).or_default() += 1;
    }
    let mut starts = BTreeMap::<_, Vec<u64>>::new();
    let mut names = BTreeMap::<_, usize>::new();
    let symbols = fs::read_to_string("/proc/kallsyms")?;
    for line in symbols.lines() {
        let mut words = line.split_whitespace();
        let (Some(address), Some(kind), Some(name)) =
            (words.next(), words.next(), words.next())
        else {
            continue;
        };
        if !kind.eq_ignore_ascii_case("t") {
            continue;
        }
        let place = words.next().map_or(name.to_owned(), |module| format!("{name} {module}"));
        starts.entry(place).or_default().push(u64::from_str_radix(address, 16)?);
        *names.entry(name).or_default() += 1;
    }
    let found = traceable.into_iter().find(|(place, count)| {
        let name = place.split(' ').next().unwrap_or_default();
        let all = starts.get(*place).map_or(0, Vec::len);
        // All of them can be traced, and no other function is called so.
        (2..4).contains(count)
            && all == *count
            && names.get(name) == Some(count)
            && place.contains('[') == in_module
            && !name.contains('.')
    });
    let (place, _) = found.ok_or("no name is that of several functions")?;
    let starts = starts.remove(place).unwrap_or_default();
    let name = match place.split_once(' ') {
        Some((name, module)) => format!("{}:{name}", module.trim_matches(['[', ']'])),
        None => place.to_owned(),
    };
    Ok((name, starts))
}
