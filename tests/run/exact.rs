//! Aggregations are what arithmetic says, to the last sample, however many threads make them: each
//! of the numbers 1 … N comes once, in any order, from eight threads.

use std::{collections::BTreeMap, time::Duration};

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, is_guest, programs},
};

pub(crate) fn all() -> Vec<Test> {
    let (tracepoint, uprobe) = ("root tracepoint programs unpreempted", "root uprobe programs");
    vec![
        Test::new("exact::tracepoint", tracepoint, Guests::All, || {
            matrix(&Events::Values, "", many(8_000_000, 80_000))
        }),
        Test::new("exact::tracepoint_on_one_cpu", tracepoint, Guests::All, || {
            matrix(&Events::Values, "--cpu 0", many(1_000_000, 80_000))
        }),
        Test::new("exact::raw_tracepoint_on_one_cpu", tracepoint, Guests::All, || {
            matrix(&Events::Raw, "--cpu 0", many(400_000, 40_000))
        }),
        // A uprobe takes some 30 µs where machines are emulated.
        Test::new("exact::uprobe", uprobe, Guests::All, || {
            matrix(&Events::Function, "", many(80_000, 16_000))
        }),
        Test::new("exact::uprobe_on_one_cpu", uprobe, Guests::Sample, || {
            matrix(&Events::Function, "--cpu 0", many(80_000, 16_000))
        }),
        // Where eight threads of one CPU preempt each other's programs: a minute or two.
        Test::new(
            "exact::uprobe_a_million_times_on_one_cpu",
            "root uprobe programs preempt-full",
            Guests::All,
            million,
        ),
        Test::new("exact::estimates", tracepoint, Guests::All, estimates),
        Test::new("exact::most_frequent", tracepoint, Guests::All, most_frequent),
    ]
}

/// So many events here, and so many in a guest, where each takes much longer.
fn many(here: i64, guest: i64) -> i64 {
    if is_guest() { guest } else { here }
}

/// What fires.
enum Events {
    /// `getpgid`, through its tracepoint.
    Values,
    /// The same, through the raw tracepoint of all system calls.
    Raw,
    /// A function of the program.
    Function,
}

impl Events {
    /// The option of `calls`, the probe and the sample.
    fn words(&self, calls: &str) -> (&'static str, String, &'static str) {
        match self {
            Self::Values => (
                "--values",
                "tracepoint:syscalls:sys_enter_getpgid /pid == cpid/".to_owned(),
                "(int64)args.pid",
            ),
            // 121: getpgid on x86-64; its argument is in the registers that the event shows.
            Self::Raw => (
                "--values",
                "rawtracepoint:sys_enter /pid == cpid && arg1 == 121/".to_owned(),
                "(int64)((struct pt_regs *)arg0)->di",
            ),
            Self::Function => ("--function", format!("uprobe:{calls}:counted"), "(int64)arg0"),
        }
    }
}

const BUCKETS: i64 = 10;

/// One of each, of the sample `$n`.
fn body(n: i64) -> String {
    let step = n / BUCKETS;
    format!(
        "@count = count(); @sum = sum($n); @min = min($n); @max = max($n); @low = min(-$n); \
         @avg = avg($n); @stats = stats($n); @hist = hist($n); @fine = hist($n, 3); \
         @lhist = lhist($n, 0, {n}, {step}); @step++; ++@prefix; @add += $n; @by[$n % 7] += 1; \
         @bystep[$n % 7]++; @bycount[$n % 7] = count(); @bysum[$n % 7] = sum($n); \
         @bystats[$n % 7] = stats($n); @byhist[$n % 7] = hist($n); @bymin[$n % 7] = min($n); "
    )
}

/// Time series of the same. 999 intervals are longer than any run.
const SERIES: &str = "@tsum = tseries($n, 1s, 999, \"sum\"); @tmax = tseries($n, 1s, 999, \"max\"); \
     @tmin = tseries($n, 1s, 999, \"min\"); @fast = tseries(1, 10ms, 99999, \"sum\"); \
     @top = tseries($n, 10ms, 99999, \"max\"); @least = tseries($n, 10ms, 99999, \"min\"); ";

fn matrix(events: &Events, options: &str, n: i64) -> Result<(), Failed> {
    if !cfg!(target_arch = "x86_64") && matches!(events, Events::Raw) {
        return Ok(());
    }
    count_to(n, events, (options, SERIES), harness::patience())
}

/// Only what the kernel updates by one step or a few: a time series takes several.
fn million() -> Result<(), Failed> {
    count_to(1_000_000, &Events::Function, ("--cpu 0", ""), Duration::from_secs(600))
}

fn count_to(
    n: i64,
    events: &Events,
    (options, series): (&str, &str),
    patience: Duration,
) -> Result<(), Failed> {
    // A copy: what probes a function counts whoever calls it.
    let folder = Folder::new()?;
    let calls = folder.copy("calls", "calls")?.display().to_string();
    let (option, probe, sample) = events.words(&calls);
    let program = format!("{probe} {{ $n = {sample}; {}{series}}}", body(n));
    let command = format!("{calls} {options} {option} {n} 8");
    let words = ["-f", "json", "-e", &program, "-c", &command];
    let outcome = harness::start(words)?.finish_within(patience)?.expect_code(0)?;
    let maps = maps(&outcome)?;
    let mut wrong = check(&maps, n);
    if !series.is_empty() {
        wrong.extend(check_series(&maps, n));
    }
    if wrong.is_empty() {
        return Ok(());
    }
    let end = outcome.stdout.lines().last().unwrap_or_default();
    Err(format!("{}\n{}\n{end}", wrong.join("\n"), outcome.stderr).into())
}

type Maps = BTreeMap<String, Value>;

fn maps(outcome: &Outcome) -> Result<Maps, Failed> {
    let mut found = Maps::new();
    for line in outcome.stdout.lines() {
        let object: Value = serde_json::from_str(line)
            .map_err(|error| outcome.wrong(&format!("not JSON: {error}: {line}")))?;
        if let (
            "map" | "hist" | "stats" | "tseries" | "quantiles" | "topk",
            Value::Object(data),
        ) = (object["type"].as_str().unwrap_or_default(), &object["data"])
        {
            found.extend(data.clone());
        }
    }
    Ok(found)
}

/// Everything that is not as arithmetic has it.
fn check(maps: &Maps, n: i64) -> Vec<String> {
    let sum = n * (n + 1) / 2;
    let mut wrong = Vec::new();
    let mut same = |name: &str, found: Option<i64>, wanted: i64| {
        if found != Some(wanted) {
            wrong.push(format!("{name} is {found:?}, not {wanted}"));
        }
    };
    let number = |name: &str| maps.get(name).and_then(Value::as_i64);
    #[rustfmt::skip]
    let scalars = [
        ("@count", n), ("@sum", sum), ("@min", 1), ("@max", n), ("@low", -n), ("@avg", sum / n),
        ("@step", n), ("@prefix", n), ("@add", sum),
    ];
    for (name, wanted) in scalars {
        same(name, number(name), wanted);
    }
    let member = |value: &Value, name: &str| value[name].as_i64();
    let null = Value::Null;
    let of = |name: &str| maps.get(name).unwrap_or(&null);
    same("count of @stats", member(of("@stats"), "count"), n);
    same("total of @stats", member(of("@stats"), "total"), sum);
    for key in 0..7_i64 {
        let numbers = || (1..=n).skip_while(move |it| it % 7 != key).step_by(7);
        let (count, sum) = (numbers().count() as i64, numbers().sum::<i64>());
        let key = key.to_string();
        for (name, wanted) in
            [("@by", count), ("@bystep", count), ("@bycount", count), ("@bysum", sum)]
        {
            same(&format!("{name}[{key}]"), member(of(name), &key), wanted);
        }
        same("@bymin", member(of("@bymin"), &key), numbers().next().unwrap_or(0));
        let stats = &of("@bystats")[&key];
        same("count of @bystats", member(stats, "count"), count);
        same("total of @bystats", member(stats, "total"), sum);
        let buckets = of("@byhist")[&key].as_array();
        let total = buckets.map(|it| it.iter().filter_map(|it| member(it, "count")).sum());
        same("samples of @byhist", total, count);
    }
    for name in ["@hist", "@fine", "@lhist"] {
        let mut total = 0;
        for bucket in of(name).as_array().into_iter().flatten() {
            let first = member(bucket, "min").unwrap_or(i64::MIN).max(1);
            let last = member(bucket, "max").unwrap_or(i64::MAX).min(n);
            let count = member(bucket, "count");
            same(&format!("{name} from {first} to {last}"), count, (last - first + 1).max(0));
            total += count.unwrap_or(0);
        }
        same(&format!("samples of {name}"), Some(total), n);
    }
    wrong
}

fn check_series(maps: &Maps, n: i64) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, fold, wanted) in series(n, n * (n + 1) / 2) {
        let points = maps.get(name).and_then(Value::as_array).into_iter().flatten();
        let found = points.filter_map(|point| point["value"].as_i64()).reduce(fold);
        if found != Some(wanted) {
            wrong.push(format!("{name} is {found:?}, not {wanted}"));
        }
    }
    wrong
}

type Fold = fn(i64, i64) -> i64;

/// Time series, how the intervals are put together, and what they come to.
fn series(n: i64, sum: i64) -> [(&'static str, Fold, i64); 6] {
    let (add, max, min): (Fold, Fold, Fold) = (|a, b| a + b, i64::max, i64::min);
    [
        ("@tsum", add, sum),
        ("@tmax", max, n),
        ("@tmin", min, 1),
        ("@fast", add, n),
        ("@top", max, n),
        ("@least", min, 1),
    ]
}

/// `quantiles` within 1 %, `distinct` within three times its standard error of 1.6 %: of numbers
/// that are all different, of numbers of which few are most (N / 1, N / 2, …: of each k there are
/// N / k (k + 1), Zipf's law), and of one number only.
fn estimates() -> Result<(), Failed> {
    let n = many(1_000_000, 100_000);
    let calls = programs().join("calls").display().to_string();
    let program = format!(
        "tracepoint:syscalls:sys_enter_getpgid /pid == cpid/ {{ $n = (uint64)args.pid; \
         $zipf = {n} / $n; @uniform = quantiles($n); @zipf = quantiles($zipf); \
         @one = quantiles($n * 0 + 7); @duniform = distinct($n); @dzipf = distinct($zipf); \
         @done = distinct($n * 0 + 7); @few = distinct($n % 100); }}"
    );
    let command = format!("{calls} --values {n} 8");
    let words = ["-f", "json", "-e", &program, "-c", &command];
    let outcome = harness::run(words)?.expect_code(0)?;
    let maps = maps(&outcome)?;
    let mut zipf: Vec<i64> = (1..=n).map(|it| n / it).collect();
    zipf.sort_unstable();
    let uniform: Vec<i64> = (1..=n).collect();
    let one = vec![7; n as usize];
    let mut wrong = Vec::new();
    for (name, samples) in [("@uniform", &uniform), ("@zipf", &zipf), ("@one", &one)] {
        for (rank, per_mille) in [("p50", 500), ("p90", 900), ("p99", 990), ("p99.9", 999)] {
            let at = (n * per_mille).div_euclid(1000).max(1) as usize - 1;
            let (found, truth) = (maps[name][rank].as_i64().unwrap_or(-1), samples[at]);
            if (found - truth).abs() * 100 > truth.max(1) {
                wrong.push(format!("{rank} of {name} is {found}, not about {truth}"));
            }
        }
        let (found, truth) =
            (maps[name]["max"].as_i64().unwrap_or(-1), samples[n as usize - 1]);
        if (found - truth).abs() * 100 > truth {
            wrong.push(format!("greatest of {name} is {found}, not about {truth}"));
        }
        if maps[name]["count"] != n {
            wrong.push(format!("{name} has not {n} samples"));
        }
    }
    zipf.dedup();
    for (name, truth) in
        [("@duniform", n), ("@dzipf", zipf.len() as i64), ("@done", 1), ("@few", 100)]
    {
        let found = maps[name].as_i64().unwrap_or(-1);
        if (found - truth).abs() * 1000 > 3 * 16 * truth {
            wrong.push(format!("{name} is {found}, not about {truth}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(outcome.wrong(&wrong.join("\n"))) }
}

/// `topk` of the same inputs: each count is between the bounds that are printed, an item that is
/// not printed is not more frequent than is said of those, and no bounds are further apart than an
/// eighth of the samples.
fn most_frequent() -> Result<(), Failed> {
    let n = many(1_000_000, 100_000);
    let calls = programs().join("calls").display().to_string();
    let program = format!(
        "tracepoint:syscalls:sys_enter_getpgid /pid == cpid/ {{ $n = (uint64)args.pid; \
         @uniform = topk($n, 10); @zipf = topk({n} / $n, 10); @one = topk($n * 0 + 7, 10); }}"
    );
    let command = format!("{calls} --values {n} 8");
    let words = ["-f", "json", "-e", &program, "-c", &command];
    let outcome = harness::run(words)?.expect_code(0)?;
    let maps = maps(&outcome)?;
    let counts = |item: fn(i64, i64) -> i64| {
        let mut counts = BTreeMap::new();
        (1..=n).for_each(|it| *counts.entry(item(n, it).to_string()).or_insert(0) += 1);
        counts
    };
    for (name, mut truth) in [
        ("@uniform", counts(|_, it| it)),
        ("@zipf", counts(|n, it| n / it)),
        ("@one", counts(|_, _| 7)),
    ] {
        let number = |value: &Value| value.as_i64().unwrap_or(-1);
        let most = truth.iter().max_by_key(|(_, count)| **count).map(|(item, _)| item.clone());
        let top = maps[name]["top"].as_array().cloned().unwrap_or_default();
        let others = number(&maps[name]["others"]);
        for item in &top {
            let count = truth.remove(item["key"].as_str().unwrap_or_default()).unwrap_or(0);
            let (least, most) = (number(&item["least"]), number(&item["most"]));
            if !(least..=most).contains(&count) || most - least > n / 8 {
                return Err(outcome.wrong(&format!("{name}: {item} is {count}")));
            }
        }
        let left = truth.values().max().copied().unwrap_or(0);
        // Of equally frequent ones none is the most frequent.
        let first =
            name == "@uniform" || top.iter().any(|it| it["key"].as_str() == most.as_deref());
        if maps[name]["total"] != n || !(left..=n / 8).contains(&others) || !first {
            return Err(outcome.wrong(&format!("{name}: {left} of one that is not shown")));
        }
    }
    Ok(())
}
