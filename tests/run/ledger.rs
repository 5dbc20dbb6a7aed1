//! The ledger of losses: for each kind that can be forced, how often, at which place of the script,
//! as JSON and as text, and which maps are marked as lower bounds.

use libtest_mimic::Failed;
use serde_json::Value;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, Stream, programs, run_program},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root tracepoint programs";
    vec![
        Test::new("ledger::map_full", needs, Guests::All, map_full),
        Test::new("ledger::ring_full", needs, Guests::None, ring_full),
        Test::new("ledger::fault", needs, Guests::All, fault),
        Test::new("ledger::cut_text", needs, Guests::None, cut_text),
        Test::new("ledger::recursion", "root linux-5.15", Guests::Sample, recursion),
        // Only where programs preempt one another can more than four of them be on their way on
        // one CPU.
        Test::new(
            "ledger::no_scratch",
            "root uprobe programs preempt-full",
            Guests::Sample,
            no_scratch,
        ),
        Test::new("ledger::trails", "root", Guests::All, trails),
    ]
}

/// What a run said: its ledger, and of each map what it shows and whether it is marked.
struct Said {
    outcome: Outcome,
    ledger: Vec<Value>,
    maps: Vec<(String, Value, bool)>,
}

fn json(program: &str, command: Option<&str>) -> Result<Said, Failed> {
    let mut words = vec!["-f", "json", "-e", program];
    words.extend(command.into_iter().flat_map(|it| ["-c", it]));
    said(harness::run(words)?.expect_code(0)?)
}

fn said(outcome: Outcome) -> Result<Said, Failed> {
    let (mut ledger, mut maps) = (Vec::new(), Vec::new());
    for line in outcome.stdout.lines() {
        let object: Value = serde_json::from_str(line)
            .map_err(|error| outcome.wrong(&format!("not JSON: {error}: {line}")))?;
        match (object["type"].as_str(), &object["data"]) {
            (Some("ledger"), Value::Array(lines)) => ledger.extend(lines.iter().cloned()),
            (Some("map" | "stats" | "hist"), Value::Object(data)) => {
                let marked = object["lower_bound"] == true;
                maps.extend(data.iter().map(|(name, it)| (name.clone(), it.clone(), marked)));
            }
            _ => {}
        }
    }
    Ok(Said { outcome, ledger, maps })
}

impl Said {
    /// The only line of that kind: its count, with everything else as it should be.
    fn count(&self, lost: &str, probe: &str, place: Option<(u64, u64)>) -> Result<u64, Failed> {
        let mut lines = self.ledger.iter().filter(|line| line["lost"] == lost);
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err(self.outcome.wrong(&format!("expected one line of {lost}")));
        };
        let found = line["line"].as_u64().zip(line["col"].as_u64());
        let named = line["filename"] == "stdin" || place.is_none();
        if line["probe"] != probe || found != place || !named {
            return Err(self.outcome.wrong(&format!("expected {probe} at {place:?}: {line}")));
        }
        line["count"].as_u64().ok_or_else(|| self.outcome.wrong("no count"))
    }

    fn same(&self, what: &str, found: u64, wanted: u64) -> Result<(), Failed> {
        if found == wanted {
            return Ok(());
        }
        Err(self.outcome.wrong(&format!("{what}: {found}, not {wanted}")))
    }

    /// The names of the marked maps, in order.
    fn marked(&self, wanted: &[&str]) -> Result<(), Failed> {
        let marked = self.maps.iter().filter(|(_, _, marked)| *marked);
        let mut marked: Vec<_> = marked.map(|(name, _, _)| name.as_str()).collect();
        marked.sort_unstable();
        if marked == wanted {
            return Ok(());
        }
        Err(self.outcome.wrong(&format!("marked are {marked:?}, not {wanted:?}")))
    }

    fn number(&self, map: &str) -> u64 {
        let found = self.maps.iter().find(|(name, _, _)| name == map);
        found.and_then(|(_, value, _)| value.as_u64()).unwrap_or(0)
    }
}

/// The same run as text: these sentences go to standard error.
fn text(program: &str, command: Option<&str>, wanted: &[&str]) -> Result<(), Failed> {
    let mut words = vec!["-e", program];
    words.extend(command.into_iter().flat_map(|it| ["-c", it]));
    let outcome = harness::run(words)?.expect_code(0)?;
    for sentence in wanted {
        if !outcome.stderr.contains(sentence) {
            return Err(outcome.wrong(&format!("it should say: {sentence}")));
        }
    }
    Ok(())
}

const GETPGID: &str = "tracepoint:syscalls:sys_enter_getpgid";

fn values(n: u64) -> String {
    format!("{} --values {n}", programs().join("calls").display())
}

fn map_full() -> Result<(), Failed> {
    let n = 2_000;
    let program = format!(
        "config = {{ max_map_keys = 1000 }}\n{GETPGID} /pid == cpid/ {{\n  @all = count();\n  \
         @keys[args.pid] = count();\n}}"
    );
    let said = json(&program, Some(&values(n)))?;
    let kept = said.maps.iter().find(|(name, _, _)| name == "@keys");
    let kept = kept.and_then(|(_, it, _)| it.as_object()).map_or(0, serde_json::Map::len);
    let lost = said.count("map_full", GETPGID, Some((4, 3)))?;
    said.same("kept and lost", kept as u64 + lost, n)?;
    said.same("all", said.number("@all"), n)?;
    said.marked(&["@keys"])?;
    let sentences = [
        "updates of @keys: the map was full, at stdin:4:3 in tracepoint:syscalls:sys_enter_getpgid",
        "so there is at least what is shown of @keys, perhaps more",
    ];
    text(&program, Some(&values(n)), &sentences)
}

/// A stopped reader: what does not fit into the ring is counted, and what was counted besides is
/// whole.
fn ring_full() -> Result<(), Failed> {
    let n = 1_000_000;
    let folder = Folder::new()?;
    let name = folder.name();
    let path = folder.copy("calls", &name)?;
    let program = format!(
        "{GETPGID} /comm == \"{name}\"/ {{\n  @all = count();\n  printf(\"%d %s\\n\", nsecs, comm);\n}}"
    );
    let mut hawk = harness::start(["-f", "json", "-e", &program])?;
    hawk.until(Stream::Out, "attached_probes")?;
    hawk.signal("STOP")?;
    let mut calls = std::process::Command::new(path);
    let called = run_program(calls.args(["--values", &n.to_string()]));
    hawk.signal("CONT")?;
    called?.expect_code(0)?;
    hawk.signal("INT")?;
    let said = said(hawk.finish()?.expect_code(0)?)?;
    let received = said.outcome.stdout.matches("{\"type\": \"printf\"").count() as u64;
    let lost = said.count("ring_full", GETPGID, Some((3, 3)))?;
    said.same("received and lost", received + lost, n)?;
    said.same("all", said.number("@all"), n)?;
    said.marked(&[])
}

/// The first page of a process is never there.
fn fault() -> Result<(), Failed> {
    let n = 1_000;
    let program = format!(
        "{GETPGID} /pid == cpid/ {{\n  @all = count();\n  @read[str(args.pid)] = count();\n}}"
    );
    let said = json(&program, Some(&values(n)))?;
    let lost = said.count("read_fault", GETPGID, Some((3, 9)))?;
    said.same("faults", lost, n)?;
    said.same("all", said.number("@all"), n)?;
    said.marked(&["@read"])?;
    let sentences = [
        "1000 reads: the memory could not be read, at stdin:3:9 in tracepoint:syscalls:sys_enter_getpgid",
        "so there is at least what is shown of @read, perhaps more",
    ];
    text(&program, Some(&values(n)), &sentences)
}

fn cut_text() -> Result<(), Failed> {
    let flood = programs().join("flood").display().to_string();
    let path = format!("/{}", "x".repeat(99));
    let command = format!("{flood} --syscall openat --path {path} --out /dev/null 5");
    // The loader opens files too, before the program has its name.
    let probe = "tracepoint:syscalls:sys_enter_openat";
    let program = format!(
        "config = {{ max_strlen = 64 }}\n{probe} /pid == cpid && strcontains(str(args.filename, 3), \"/x\")/ {{\n  \
         @all = count();\n  @names[str(args.filename)] = count();\n}}"
    );
    let said = json(&program, Some(&command))?;
    let cut = said.ledger.iter().filter(|it| it["line"] == 4 && it["lost"] == "truncated");
    let cut: u64 = cut.filter_map(|line| line["count"].as_u64()).sum();
    said.same("cut", cut, said.number("@all"))?;
    if cut < 5 {
        return Err(said.outcome.wrong("five names were to be cut"));
    }
    Ok(())
}

/// Each run of the first probe fires itself once more, which the kernel prevents.
fn recursion() -> Result<(), Failed> {
    let program = "rawtracepoint:bpf_trace_printk { @seen = count(); debugf(\"again\"); } \
        begin { @other = 1; } \
        interval:ms:10 { debugf(\"once\"); @n++; if (@n == 20) { exit(); } }";
    let said = json(program, None)?;
    let lost = said.count("recursion", "rawtracepoint:bpf_trace_printk", None)?;
    said.same("hits in hits", lost, said.number("@seen"))?;
    if lost == 0 {
        return Err(said.outcome.wrong("nothing was lost: the test does not test"));
    }
    said.marked(&["@seen"])?;
    let sentences = [
        "the program was already running on that CPU in rawtracepoint:bpf_trace_printk",
        "so there is at least what is shown of @seen, perhaps more",
    ];
    text(program, None, &sentences)
}

/// Eight threads on one CPU, each for much longer than a time slice in a program that has a frame:
/// there are four.
fn no_scratch() -> Result<(), Failed> {
    let calls = programs().join("calls").display().to_string();
    let probe = format!("uprobe:{calls}:counted");
    let long = "x".repeat(200);
    let program = format!(
        "begin {{ @other = 1; }}\n{probe} {{\n  $text = \"{long}\";\n  for ($i : 0..arg0 * 0 + 1000000) {{ \
         $text = \"{long}\"; }}\n  @done++;\n  @texts[$text] = count();\n}}"
    );
    let n = 16;
    let command = format!("{calls} --cpu 0 --function {n} 8");
    let said = json(&program, Some(&command))?;
    let lines = said.ledger.iter().filter(|line| line["lost"] == "no_scratch");
    let lines: Vec<_> = lines.collect();
    let lost: u64 = lines.iter().filter_map(|line| line["count"].as_u64()).sum();
    said.same("done and lost", said.number("@done") + lost, n)?;
    let [line] = lines.as_slice() else {
        return Err(said.outcome.wrong("expected one line of no_scratch"));
    };
    if line["line"] != 2 || line["probe"] != probe.as_str() || lost == 0 {
        return Err(said.outcome.wrong(&format!("another place: {line}")));
    }
    said.marked(&["@done", "@texts"])?;
    let place = format!(
        ": no scratch memory was free, so the probe did nothing, at stdin:2:1 in {probe}"
    );
    let sentences =
        [&*place, "so there is at least what is shown of @done, @texts, perhaps more"];
    text(&program, Some(&command), &sentences)
}

/// Maps are marked that a lost value went to by way of variables, conditions and functions; others
/// are not.
fn trails() -> Result<(), Failed> {
    let read = "fn f($a : int64) : uint64 { return *(uint64 *)$a; }";
    let prints = "fn f($a : int64) : int64 { print(str($a)); return 5; }";
    let keeps = "fn f($a : int64) : void { @a = $a; } fn g() : void { @b = 1; }";
    for (functions, body, marked) in [
        ("", "@a[str(123)] = 1; @b = 2;", &["@a"][..]),
        ("", "$s = str(123); $t = $s; @a[$t] = 1; @b = 2;", &["@a"]),
        ("", "$s = str(123); @a = 1; if ($s == \"x\") { @b = 2; } else { @c++; }", &["@c"]),
        ("", "$s = str(123); print($s); @a = 1;", &[]),
        ("", "$s = str(123); @a[$s == \"x\" ? 1 : 2]++; @b++;", &["@a"]),
        ("", "$n = 1; for ($i : 0..3) { @a[$n]++; $n = *(uint64 *)123; @b = $i; }", &["@a"]),
        ("", "@a = *(uint64 *)123; @b = strlen(str(123)); @c = 1;", &["@a", "@b"]),
        ("", "@a = stats(*(uint64 *)123); @b += *(uint64 *)124; @c = 1;", &["@a", "@b"]),
        (read, "@a = f(123); @b = 1;", &["@a"]),
        (prints, "@a = f(123); @b = 1;", &[]),
        (keeps, "f(*(uint64 *)123); g(); @c = 1;", &["@a"]),
    ] {
        let program = format!("{functions} begin {{ {body} exit(); }}");
        let said = json(&program, None)?;
        if said.ledger.is_empty() {
            return Err(said.outcome.wrong("nothing was lost"));
        }
        said.marked(marked).map_err(|why| format!("{body}: {why:?}"))?;
    }
    Ok(())
}
