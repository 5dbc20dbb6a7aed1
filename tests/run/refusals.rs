//! Why a function of the kernel can't be probed, as it is said before anything is attached. The
//! functions are found in what the kernel tells of itself.

use std::{collections::HashSet, fs};

use libtest_mimic::Failed;

use crate::{Guests, Test, harness};

pub(crate) fn all() -> Vec<Test> {
    let test = |name: &str, body: fn() -> Result<(), Failed>| {
        Test::new(&format!("refusals::{name}"), "root kprobe tracepoint", Guests::All, body)
    };
    vec![
        test("of_a_mistyped_function", mistyped),
        test("of_a_function_that_the_compiler_changed", changed),
        test("of_a_function_that_probes_need", blacklisted),
        test("of_a_function_that_is_not_to_be_traced", not_traced),
        test("of_a_module_that_is_not_loaded", module),
        test("of_more_places_than_are_allowed", too_many),
        Test::new(
            "refusals::where_nothing_sees_functions",
            "root tracepoint",
            Guests::All,
            neither,
        ),
    ]
}

/// A probe on `target` is refused with these words, in both of the probe types.
fn refused(target: &str, wanted: &[&str]) -> Result<(), Failed> {
    for kind in ["kprobe", "kretprobe"] {
        let program = format!("{kind}:{target} {{ }}");
        let outcome = harness::run(["-e", &program])?.expect_code(1)?;
        for words in wanted {
            if !outcome.stderr.contains(words) {
                return Err(outcome.wrong(&format!("{program}: it should say `{words}`")));
            }
        }
    }
    Ok(())
}

/// Neither kprobes nor fentry: each type is refused, with the tracepoints that would serve.
fn neither() -> Result<(), Failed> {
    for (kind, why) in [
        ("kprobe", "has no kprobes"),
        ("kretprobe", "has no kprobes"),
        ("fentry", "loads no fentry programs"),
        ("fexit", "loads no fexit programs"),
    ] {
        let program = format!("{kind}:vfs_read {{ }}");
        let words = ["--no-feature", "kprobe,fentry", "-e", &program];
        let outcome = harness::run(words)?.expect_code(1)?;
        for said in ["[E0306]", why, "tracepoint:syscalls:sys_enter_read"] {
            if !outcome.stderr.contains(said) {
                return Err(outcome.wrong(&format!("{program}: it should say `{said}`")));
            }
        }
    }
    Ok(())
}

fn mistyped() -> Result<(), Failed> {
    refused(
        "vfs_raed",
        &["no traceable kernel function matches `vfs_raed`", "probe:vfs_read`?"],
    )?;
    refused("no_such_function_at_all", &["no traceable kernel function", "hawk -l"])
}

/// Names of functions that can be traced.
fn traceable() -> Result<HashSet<String>, Failed> {
    let text = fs::read_to_string("/sys/kernel/tracing/available_filter_functions")?;
    Ok(text.lines().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect())
}

/// Names of the functions of the kernel proper.
fn functions() -> Result<Vec<String>, Failed> {
    let text = fs::read_to_string("/proc/kallsyms")?;
    let name = |line: &str| {
        let mut words = line.split_ascii_whitespace().skip(1);
        let (kind, name) = (words.next()?, words.next()?);
        (matches!(kind, "t" | "T") && words.next().is_none()).then(|| name.to_owned())
    };
    Ok(text.lines().filter_map(name).collect())
}

fn changed() -> Result<(), Failed> {
    let traceable = traceable()?;
    let all: HashSet<_> = functions()?.into_iter().collect();
    let changed = traceable.iter().filter_map(|name| name.strip_suffix(".isra.0"));
    let Some(name) = changed.filter(|name| !all.contains(*name)).min() else { return Ok(()) };
    let copy = format!("{name}.isra.0");
    refused(name, &["the compiler made other functions of it", &copy])
}

fn blacklisted() -> Result<(), Failed> {
    let traceable = traceable()?;
    let list = fs::read_to_string("/sys/kernel/debug/kprobes/blacklist")?;
    let names = list.lines().filter_map(|line| line.split_ascii_whitespace().nth(1));
    let name = names.filter(|name| !traceable.contains(*name)).min();
    let name = name.ok_or("the list is empty")?;
    refused(name, &["the kernel forbids probes on it", "probe a function that calls it"])
}

fn not_traced() -> Result<(), Failed> {
    let traceable = traceable()?;
    let list = fs::read_to_string("/sys/kernel/debug/kprobes/blacklist")?;
    let all = functions()?;
    let is_plain = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let copies: HashSet<&str> =
        all.iter().filter_map(|name| name.split_once('.')).map(|it| it.0).collect();
    let name = all.iter().find(|name| {
        is_plain(name)
            && !traceable.contains(*name)
            && !copies.contains(name.as_str())
            && !list.contains(name.as_str())
    });
    let name = name.ok_or("all functions can be traced")?;
    refused(name, &["the kernel marks it as not to be traced"])
}

fn module() -> Result<(), Failed> {
    let words = ["module `no_such_module` is not loaded", "modprobe no_such_module"];
    refused("no_such_module:some_function", &words)
}

/// Nothing is attached, and the way out is said.
fn too_many() -> Result<(), Failed> {
    let program = "config = { max_probes = 3 } kprobe:vfs_* { }";
    let outcome = harness::run(["-e", program])?.expect_code(1)?;
    if outcome.stderr.contains("attach points, 3 at most")
        && outcome.stderr.contains("config = { max_probes = ")
    {
        return Ok(());
    }
    Err(outcome.wrong("it should name max_probes"))
}
