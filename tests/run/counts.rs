//! Counts are exact, however many threads make them: N calls and 2N calls differ by exactly N.

use std::collections::BTreeMap;

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, programs, times},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root tracepoint programs";
    let unpreempted = "root tracepoint programs unpreempted";
    let uprobes = "root uprobe programs";
    vec![
        Test::new("counts::one_thread", needs, Guests::Sample, || calls(&["1"])),
        Test::new("counts::eight_threads", needs, Guests::Sample, || calls(&["8"])),
        Test::new("counts::eight_threads_on_one_cpu", needs, Guests::All, || {
            calls(&["8", "--cpu", "0"])
        }),
        Test::new("counts::eight_processes", needs, Guests::All, || calls(&["8", "--fork"])),
        Test::new("counts::raw_tracepoint", needs, Guests::All, raw_tracepoint),
        Test::new("counts::samples", needs, Guests::All, samples),
        Test::new("counts::uprobes_of_one_process", uprobes, Guests::Sample, || target(1)),
        Test::new("counts::uprobes_of_eight_processes", uprobes, Guests::All, || target(8)),
        Test::new("counts::most_frequent", unpreempted, Guests::All, || frequent(&["8"])),
        Test::new("counts::most_frequent_on_one_cpu", uprobes, Guests::All, frequent_uprobes),
        Test::new(
            "counts::int80_is_not_counted",
            "root tracepoint programs int80",
            Guests::All,
            int80,
        ),
    ]
}

/// What the maps hold at the end, by name; `hist`, `stats` and plain ones alike.
pub(crate) fn maps(outcome: &Outcome) -> Result<BTreeMap<String, Value>, Failed> {
    let mut found = BTreeMap::new();
    for line in outcome.stdout.lines() {
        let object: Value = serde_json::from_str(line)
            .map_err(|error| outcome.wrong(&format!("not JSON: {error}: {line}")))?;
        let kind = object["type"].as_str().unwrap_or_default();
        if matches!(kind, "map" | "hist" | "stats" | "topk")
            && let Value::Object(maps) = &object["data"]
        {
            found.extend(maps.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
        if kind == "ledger"
            && let Value::Array(lines) = &object["data"]
        {
            let missed = lines.iter().filter(|line| line["lost"] == "recursion");
            let missed: u64 = missed.filter_map(|line| line["count"].as_u64()).sum();
            found.insert(MISSED.to_owned(), missed.into());
        }
    }
    Ok(found)
}

/// A number in a map: the value itself, or the sum of all its entries or buckets.
/// Where [`maps`] puts the hits that the kernel says it ran no program for.
pub(crate) const MISSED: &str = "missed";

fn total(maps: &BTreeMap<String, Value>, name: &str) -> i64 {
    fn sum(value: &Value) -> i64 {
        match value {
            Value::Number(number) => number.as_i64().unwrap_or(0),
            Value::Array(buckets) => buckets.iter().map(|it| sum(&it["count"])).sum(),
            Value::Object(entries) if entries.contains_key("count") => sum(&entries["count"]),
            Value::Object(entries) => entries.values().map(sum).sum(),
            Value::Null | Value::Bool(_) | Value::String(_) => 0,
        }
    }
    maps.get(name).map_or(0, sum)
}

const EVERY_KIND: &str = "{ @count = count(); @sum = sum(1); @step++; ++@prefix; @add += 1; @by[comm]++; \
     @bysum[comm] = sum(1); @bycount[comm] = count(); @stats = stats(3); @bystats[comm] = stats(3); \
     @hist = hist(5); @byhist[comm] = hist(5); @lhist = lhist(5, 0, 10, 2); @min = min(7); \
     @max = max(7); @avg = avg(7); @value = @old++; }";
const COUNTS: &[&str] = &[
    "@count", "@sum", "@step", "@prefix", "@add", "@by", "@bysum", "@bycount", "@stats",
    "@bystats", "@hist", "@byhist", "@lhist", "@old",
];

/// Runs `command` and checks that every kind of count is `n` more than with half as many.
fn difference(program: &str, command: impl Fn(u64) -> String, n: u64) -> Result<(), Failed> {
    let count = |n: u64| -> Result<_, Failed> {
        let words = ["-f", "json", "-e", program, "-c", &command(n)];
        let outcome = harness::run(words)?.expect_code(0)?;
        Ok((maps(&outcome)?, outcome))
    };
    let ((once, _), (twice, outcome)) = (count(n)?, count(2 * n)?);
    for name in COUNTS.iter().filter(|name| program.contains(**name)) {
        let counted = total(&twice, name) - total(&once, name);
        // From Linux 7.0 on a program in a tracepoint may be preempted, and the kernel does not
        // run it for the task that comes then. It counts those hits, and so do we; some are those
        // of processes that the predicate would have left out.
        let [missed_before, missed_then] = [total(&once, MISSED), total(&twice, MISSED)];
        let missed = missed_then - missed_before;
        let others = (missed_before + missed_then) / 50;
        if (counted + missed - n.cast_signed()).abs() > others {
            let what =
                format!("{name} counted {counted} of {n}, {missed} were reported missed");
            return Err(outcome.wrong(&what));
        }
    }
    for name in ["@min", "@max", "@avg"].iter().filter(|name| program.contains(**name)) {
        if total(&twice, name) != 7 {
            return Err(outcome.wrong(&format!("{name} is not 7")));
        }
    }
    Ok(())
}

fn calls(options: &[&str]) -> Result<(), Failed> {
    // The processes that --fork makes are not the child itself: they are told by a name that
    // nobody else has.
    let folder = Folder::new()?;
    let name = folder.name();
    let copy = folder.copy("calls", &name)?.display().to_string();
    let (threads, flags) = options.split_first().ok_or("how many?")?;
    let flags = flags.join(" ");
    let program =
        format!("tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {EVERY_KIND}");
    difference(&program, |n| format!("{copy} {flags} {n} {threads}"), times(50_000))
}

/// `sys_enter` of every system call, told apart by its number.
fn raw_tracepoint() -> Result<(), Failed> {
    let path = programs().join("calls").display().to_string();
    let program =
        "rawtracepoint:sys_enter /pid == cpid && arg1 == 110/ { @count = count(); @step++; }";
    // 110: getppid on x86-64; elsewhere the number differs.
    if !cfg!(target_arch = "x86_64") {
        return Ok(());
    }
    difference(program, |n| format!("{path} {n} 8"), times(50_000))
}

/// `getpgid(1)` … `getpgid(N)`: every sample is known.
fn samples() -> Result<(), Failed> {
    let n = times(20_000).cast_signed();
    let path = programs().join("flood").display().to_string();
    let command = format!("{path} --syscall getpgid --out /dev/null {n}");
    let program = "tracepoint:syscalls:sys_enter_getpgid /pid == cpid/ { $n = (int64)args.pid; \
        @min = min($n); @max = max($n); @sum = sum($n); @avg = avg($n); @stats = stats($n); \
        @hist = hist($n); @lhist = lhist($n, 0, 1000000, 1000); @low = min(-$n); @odd[$n % 2] = count(); }";
    let outcome =
        harness::run(["-f", "json", "-e", program, "-c", &command])?.expect_code(0)?;
    let maps = maps(&outcome)?;
    let sum = n * (n + 1) / 2;
    for (name, wanted) in [
        ("@min", 1),
        ("@max", n),
        ("@sum", sum),
        ("@avg", sum / n),
        ("@stats", n),
        ("@hist", n),
        ("@lhist", n),
        ("@low", -n),
        ("@odd", n),
    ] {
        let found = total(&maps, name);
        if found != wanted {
            return Err(outcome.wrong(&format!("{name} is {found}, not {wanted}")));
        }
    }
    let stats = &maps["@stats"];
    if stats["total"].as_i64() != Some(sum) || stats["average"].as_i64() != Some(sum / n) {
        return Err(outcome.wrong("the stats are wrong"));
    }
    Ok(())
}

/// Functions of a process: a copy of the program, so that nobody else calls them.
fn target(processes: u32) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("uprobe_target", "target")?.display().to_string();
    let program = format!(
        "uprobe:{path}:add {EVERY_KIND} uretprobe:{path}:add {{ @returns = count(); }}"
    );
    let n = times(2_000);
    let each =
        |n: u64| format!("sh -c 'for i in $(seq {processes}); do {path} {n} & done; wait'");
    difference(&program, |total| each(total / u64::from(processes)), n)
}

/// Checks a list of eight, each of which came `each` times.
fn eight(
    outcome: &Outcome,
    maps: &BTreeMap<String, Value>,
    name: &str,
    each: u64,
) -> Result<(), Failed> {
    let missed = total(maps, MISSED).cast_unsigned();
    let list = &maps[name];
    let number = |it: &Value, name: &str| it[name].as_u64().unwrap_or(u64::MAX);
    if number(list, "total") + missed != 8 * each || number(list, "others") > missed + each {
        return Err(outcome.wrong(&format!("{name} is not of {each} for each of eight")));
    }
    let items = list["top"].as_array().ok_or("no list")?;
    let right = |it: &&Value| {
        number(it, "least") <= each && each <= number(it, "most").saturating_add(missed)
    };
    if items.len() != 8 || items.iter().filter(right).count() != 8 {
        return Err(outcome.wrong(&format!("{name} has not {each} for each of eight")));
    }
    Ok(())
}

/// `topk` of threads that make as many calls each, and of as many keys as there are calls.
fn frequent(options: &[&str]) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    let copy = folder.copy("calls", &name)?.display().to_string();
    let each = times(50_000) / 8;
    let program = format!(
        "tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {{ @top = topk(tid, 10); \
         @many = topk(nsecs, 10); }}"
    );
    let command = format!("{copy} {} {}", each * 8, options.join(" "));
    let outcome =
        harness::run(["-f", "json", "-e", &program, "-c", &command])?.expect_code(0)?;
    let maps = maps(&outcome)?;
    eight(&outcome, &maps, "@top", each)?;
    let all = maps["@many"]["total"].as_u64().unwrap_or(0);
    if all + total(&maps, MISSED).cast_unsigned() != each * 8 {
        return Err(outcome.wrong("@many does not have all of them"));
    }
    Ok(())
}

/// The same where programs are preempted while they count.
fn frequent_uprobes() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("uprobe_target", "target")?.display().to_string();
    let each = times(4_000) / 8;
    let program =
        format!("uprobe:{path}:add {{ @top = topk(pid, 8); @many = topk((pid, arg0), 10); }}");
    let command = format!("sh -c 'for i in $(seq 8); do {path} {each} & done; wait'");
    let outcome =
        harness::run(["-f", "json", "-e", &program, "-c", &command])?.expect_code(0)?;
    let maps = maps(&outcome)?;
    eight(&outcome, &maps, "@top", each)?;
    if maps["@many"]["total"].as_u64() != Some(each * 8) {
        return Err(outcome.wrong("@many does not have all of them"));
    }
    Ok(())
}

/// getppid through the 32-bit table has the number of semget in the 64-bit one.
fn int80() -> Result<(), Failed> {
    let path = programs().join("int80").display().to_string();
    let program = "tracepoint:syscalls:sys_enter_semget, tracepoint:syscalls:sys_enter_getppid \
        /pid == cpid/ { @wrong = count(); } tracepoint:syscalls:sys_enter_rt_sigaction \
        /comm == \"int80\" && pid == cpid/ { @right = count(); }";
    let words = ["-f", "json", "-e", program, "-c", &format!("{path} 1000")];
    let outcome = harness::run(words)?.expect_code(0)?;
    let maps = maps(&outcome)?;
    if total(&maps, "@wrong") != 0 || total(&maps, "@right") != 1 {
        return Err(outcome.wrong("system calls of the other table are counted"));
    }
    Ok(())
}
