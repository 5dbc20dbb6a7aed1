//! Tracepoints of many system calls by one raw tracepoint: the same numbers, arguments and order
//! as with a perf event for each (`--no-feature syscall_dispatch`).

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Guests, Test,
    counts::maps,
    harness::{self, Folder, Outcome},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root tracepoint programs int80 dispatch";
    vec![
        Test::new("dispatch::where_it_pays", needs, Guests::None, mechanism),
        Test::new("dispatch::same_counts", needs, Guests::Sample, counts),
        Test::new("dispatch::same_arguments", needs, Guests::All, arguments),
        Test::new("dispatch::same_order", needs, Guests::All, order),
        Test::new("dispatch::exit_ends_all", needs, Guests::All, exit),
    ]
}

/// How many rounds of calls the traced program makes.
const ROUNDS: u64 = 7;
const ALL: &str = "tracepoint:syscalls:sys_enter_*";
/// What stands for the name of the traced program, which no other test has.
const OURS: &str = "/comm == \"OURS\"/";

/// What the maps hold after `program` has watched our calls, with these options.
pub(crate) fn watch(
    program: &str,
    options: &[&str],
) -> Result<(BTreeMap<String, Value>, Outcome), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    let command = format!("{} {ROUNDS}", folder.copy("syscalls", &name)?.display());
    let program = program.replace("OURS", &name);
    let mut words = vec!["-f", "json", "-e", &program, "-c", &command];
    words.extend(options);
    let outcome = harness::run(words)?.expect_code(0)?;
    let mut maps = maps(&outcome)?;
    maps.retain(|name, _| name.starts_with('@'));
    Ok((maps, outcome))
}

/// Runs `program` in both ways; what its maps hold, which must be the same.
fn both(program: &str) -> Result<(BTreeMap<String, Value>, Outcome), Failed> {
    let (one, outcome) = watch(program, &[])?;
    if harness::is_guest() {
        // There, perf events by the hundred take minutes.
        return Ok((one, outcome));
    }
    let (each, other) = watch(program, &["--no-feature", "syscall_dispatch"])?;
    if one != each {
        return Err(outcome.wrong(&format!("perf events give\n{}", other.stdout)));
    }
    Ok((one, outcome))
}

/// An entry of a map.
fn entry(maps: &BTreeMap<String, Value>, map: &str, key: &str) -> Option<u64> {
    maps.get(map)?.get(key)?.as_u64()
}

/// What is attached for `program`, as `-v` says it.
fn attached(program: &str, options: &[&str]) -> Result<String, Failed> {
    let words = ["-v", "--dry-run", "-e", program].into_iter().chain(options.iter().copied());
    Ok(harness::run(words)?.expect_code(0)?.stderr)
}

/// Many calls are dispatched; few, those that need more than registers give, and those that share
/// a tracepoint with such are not.
fn mechanism() -> Result<(), Failed> {
    let (raw, perf) = ("raw tracepoint sys_enter for", "tracepoint perf event syscalls:");
    let stack = "tracepoint:syscalls:sys_enter_getppid { @[kstack] = count(); }";
    let few = "tracepoint:syscalls:sys_enter_set* { @few = count(); }";
    let all = format!("{ALL} {{ @all = count(); }}");
    for (program, options, dispatched, events) in [
        (all.clone(), &[] as &[&str], true, 0),
        (all.clone(), &["--no-feature", "syscall_dispatch"], false, 300),
        (few.to_owned(), &[], false, 10),
        (format!("{all} {stack}"), &[], true, 2),
        (format!("{ALL} {{ @[kstack] = count(); }}"), &[], false, 300),
    ] {
        let said = attached(&program, options)?;
        let count = said.matches(perf).count();
        let enough = if events < 10 { count == events } else { count >= events };
        if said.contains(raw) != dispatched || !enough {
            return Err(format!("{program}: {count} perf events\n{said}").into());
        }
    }
    Ok(())
}

/// Every call there is, entered or not; 32-bit ones, unknown ones, `execve` and `rt_sigreturn`.
fn counts() -> Result<(), Failed> {
    let program =
        format!("{ALL}, tracepoint:syscalls:sys_exit_* {OURS} {{ @[probe] = count(); }}");
    let (maps, outcome) = both(&program)?;
    let count = |event: &str| entry(&maps, "@", &format!("tracepoint:syscalls:{event}"));
    // Of other tables: semget of 64 bits is getppid of 32 bits. It is refused once.
    let refused = count("sys_exit_semget") == Some(1) && count("sys_enter_semget").is_none();
    let known = count("sys_enter_getppid") == Some(3 * ROUNDS)
        && count("sys_exit_getppid") == Some(3 * ROUNDS + 1)
        && count("sys_enter_execve") == Some(ROUNDS)
        && count("sys_enter_rt_sigreturn") == Some(ROUNDS)
        && count("sys_exit_rt_sigreturn") == Some(1);
    let many = maps.get("@").and_then(Value::as_object).is_some_and(|map| map.len() > 300);
    if refused && known && many {
        Ok(())
    } else {
        Err(outcome.wrong("not the calls that were made"))
    }
}

fn arguments() -> Result<(), Failed> {
    let start = "tracepoint:syscalls:sys_enter_";
    let program = format!(
        "{ALL} {OURS} {{ @nr[args.__syscall_nr] = count(); }}
         {start}openat {OURS}
         {{ @open[str(args.filename), args.dfd, args.flags, args.mode] = count(); }}
         {start}fcntl {OURS} {{ @fcntl[(int32)args.fd, args.cmd, args.arg] = count(); }}
         fn six($a : uint64, $b : uint64, $c : uint64, $d : uint64, $e : int64, $f : uint64)
         {{ @six[$a, $b, $c, $d, $e, $f] = count(); }}
         {start}mmap /comm == \"OURS\" && args.addr == 0x1001/
         {{ for ($i : 0..2) {{
              six(args.addr, args.len, args.prot, args.flags, args.fd, args.off); }} }}
         tracepoint:syscalls:sys_exit_* /comm == \"OURS\" && args.ret < 0/
         {{ @failed[probe, args.ret, args.__syscall_nr] = count(); }}"
    );
    let (maps, outcome) = both(&program)?;
    let twice = Some(2 * ROUNDS);
    let right = entry(&maps, "@open", "/no/such/file,11,22,33") == Some(ROUNDS)
        && entry(&maps, "@fcntl", "-1,1234567,7654321") == Some(ROUNDS)
        && entry(&maps, "@six", "4097,2,3,2147418116,-5,24576") == twice
        && entry(&maps, "@nr", "110") == Some(3 * ROUNDS)
        && entry(&maps, "@failed", "tracepoint:syscalls:sys_exit_openat,-2,257").is_some();
    if right { Ok(()) } else { Err(outcome.wrong("not the arguments that were given")) }
}

/// Three bodies on one call run in the order of the script, whatever the others do.
fn order() -> Result<(), Failed> {
    let one = "tracepoint:syscalls:sys_enter_getppid";
    let program = format!(
        "{ALL} {OURS} {{ @at[tid] = 1; if (pid) {{ return; }} @never = count(); }}
         {one} /@at[tid] == 1/ {{ @second = count(); @at[tid] = 2; return; }}
         {ALL} /@at[tid] == 2/ {{ @third[probe] = count(); @at[tid] = 3; }}
         end {{ clear(@at); }}"
    );
    let (maps, outcome) = both(&program)?;
    let number = |name: &str| maps.get(name).and_then(Value::as_u64);
    let right = number("@second") == Some(3 * ROUNDS)
        && entry(&maps, "@third", one) == Some(3 * ROUNDS)
        && !maps.contains_key("@never");
    if right { Ok(()) } else { Err(outcome.wrong("not in the order of the script")) }
}

/// `exit()` in one body ends what comes after it.
fn exit() -> Result<(), Failed> {
    let program = format!(
        "{ALL} {OURS} {{ @first = count(); exit(); }} {ALL} {OURS} {{ @after = count(); }}"
    );
    let ways = [&[] as &[&str], &["--no-feature", "syscall_dispatch"]];
    for options in ways.into_iter().take(if harness::is_guest() { 1 } else { 2 }) {
        let (maps, outcome) = watch(&program, options)?;
        let first = maps.get("@first").and_then(Value::as_u64);
        if first != Some(1) || maps.contains_key("@after") {
            return Err(outcome.wrong("something happened after exit()"));
        }
    }
    Ok(())
}
