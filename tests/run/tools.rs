//! The tools of `examples/`: a file for each in `tests/tools` says how to make its event happen
//! and what the tool must then print, and that it prints nothing when asked about another process.
//!
//! ```text
//! needs: tracepoint perl            as in a test's header; `root` always
//! guests: sample                    sample, all (the default) or none
//! options: --pid={pid}              of the tool; a word without dashes is a parameter
//! silent: --pid={idle}              the same for the run that must print nothing
//! hawk: -p {pid}                    hawk's own options; in the silent run {pid} is {idle}
//! ready: yes                        the code itself waits for standard input, when it has made
//!                                   the file `ready`; the tool ends by itself or with the process
//! ends: 9                           the signal that ends the code
//! perl:                             or sh: what is run once the tool is attached
//! for (1..7) { open my $file, "<", "/etc/hostname" }
//! expect:
//! 7 /etc/hostname                   so many lines have this text; `+`: at least one; `-`: none
//! =7 @opens[perl]                   the number behind this text, or what the histogram below it
//!                                   adds up to, is 7; `>=7`: at least 7, where others add to it
//! quiet:                            lines that the silent run may print
//! ```
//!
//! `NAME.CASE.test` is another test of the same tool. `{pid}` is the process that runs the code, `{idle}` one that does nothing, `{port}` a port of
//! the first one's (20000 + pid % 10000), `{folder}` where it runs, `{name}` a word that no other test has, `{programs}` the folder of the C programs.

mod loads;

use std::{
    fs,
    io::Write,
    os::unix::process::ExitStatusExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use tests::{folder, kernels};

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, patience, programs},
};

pub(crate) fn all() -> Vec<Test> {
    let mut tests = Vec::new();
    for name in cases() {
        let plan = match Plan::of(&name) {
            Ok(plan) => plan,
            Err(wrong) => {
                let body = move || Err(Failed::from(wrong.clone()));
                tests.push(Test::new(&format!("tools::{name}"), "", Guests::None, body));
                continue;
            }
        };
        let (needs, guests) = (plan.needs.clone(), plan.guests);
        tests.push(Test {
            name: format!("tools::{name}"),
            needs,
            guests,
            body: Box::new(move || plan.run()),
        });
    }
    // Some minutes in an emulated machine.
    tests.push(Test::new("tools::all_load_here", "root programs", Guests::All, loads::all));
    tests
}

/// Every tool, and what other tests there are of it: `NAME` and `NAME.CASE`.
fn cases() -> Vec<String> {
    let entries = fs::read_dir(folder().join("tools")).into_iter().flatten();
    let files = entries.filter_map(Result::ok).map(|entry| entry.file_name());
    let cases = files.filter_map(|file| Some(file.to_str()?.strip_suffix(".test")?.to_owned()));
    let mut names: Vec<_> = kernels::tools().into_iter().chain(cases).collect();
    names.sort();
    names.dedup();
    names
}

/// A file of `tests/tools`.
#[derive(Debug, Clone)]
struct Plan {
    tool: String,
    needs: Vec<String>,
    guests: Guests,
    options: Vec<String>,
    silent: Vec<String>,
    hawk: Vec<String>,
    waits: bool,
    signal: Option<i32>,
    shell: &'static str,
    code: String,
    expect: Vec<String>,
    quiet: Vec<String>,
}

impl Plan {
    fn of(case: &str) -> Result<Self, String> {
        let path = folder().join(format!("tools/{case}.test"));
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        Self::read(case.split('.').next().unwrap_or(case), &text)
    }

    fn read(tool: &str, text: &str) -> Result<Self, String> {
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let mut plan = Self {
            tool: tool.to_owned(),
            needs: vec!["root".to_owned()],
            guests: Guests::All,
            options: words("--pid={pid}"),
            silent: words("--pid={idle}"),
            hawk: Vec::new(),
            waits: false,
            signal: None,
            shell: "perl",
            code: String::new(),
            expect: Vec::new(),
            quiet: Vec::new(),
        };
        let mut section = "";
        for line in text.lines() {
            match (line, section) {
                ("perl:" | "sh:" | "expect:" | "quiet:", _) => section = line,
                ("", "") => {}
                (_, "") => plan.header(line)?,
                (_, "expect:") => plan.expect.push(line.to_owned()),
                (_, "quiet:") => plan.quiet.push(line.to_owned()),
                (_, code) => {
                    plan.shell = if code == "sh:" { "sh" } else { "perl" };
                    plan.code.push_str(line);
                    plan.code.push('\n');
                }
            }
        }
        plan.needs.push(plan.shell.to_owned());
        if plan.code.contains("{programs}") {
            plan.needs.push("programs".to_owned());
        }
        if plan.expect.is_empty() { Err("it expects nothing".to_owned()) } else { Ok(plan) }
    }

    fn header(&mut self, line: &str) -> Result<(), String> {
        let (key, value) = line.split_once(':').ok_or(format!("`{line}` is no header"))?;
        let words: Vec<_> = value.split_whitespace().map(str::to_owned).collect();
        match (key, value.trim()) {
            ("needs", _) => self.needs.extend(words),
            ("guests", "sample") => self.guests = Guests::Sample,
            ("guests", "all") => self.guests = Guests::All,
            ("guests", "none") => self.guests = Guests::None,
            ("options", _) => self.options = words,
            ("silent", _) => self.silent = words,
            ("hawk", _) => self.hawk = words,
            ("ready", "yes") => self.waits = true,
            ("ends", number) => self.signal = number.parse().ok(),
            _ => return Err(format!("`{line}` is no header")),
        }
        Ok(())
    }

    fn run(&self) -> Result<(), Failed> {
        let (outcome, expect) = self.trace(&self.options, "{pid}")?;
        for line in &expect {
            let (found, is_met) = met(&outcome.stdout, line)?;
            if !is_met {
                return Err(outcome.wrong(&format!("`{line}`, and it is {found}")));
            }
        }
        let (outcome, _) = self.trace(&self.silent, "{idle}")?;
        let mut lines = outcome.stdout.lines().filter(|line| !line.trim().is_empty());
        if lines.any(|line| !self.quiet.iter().any(|quiet| has(line, quiet))) {
            return Err(outcome.wrong("the silent run prints something"));
        }
        Ok(())
    }

    /// Runs the tool with these options while the code runs. What it left, and what it must print.
    fn trace(
        &self,
        options: &[String],
        traced: &str,
    ) -> Result<(Outcome, Vec<String>), Failed> {
        let folder = Folder::new()?;
        let mut idle = Workload::start(Command::new("cat").stdout(Stdio::null()))?;
        idle.sleeps()?;
        let mut workload = Workload::start(&mut self.command(&folder)?)?;
        let pids = (workload.0.id(), idle.0.id());
        let fill = |text: &String| self.fill(text, &folder, pids);
        let (named, parameters): (Vec<_>, Vec<_>) =
            options.iter().map(fill).partition(|word| word.starts_with("--"));
        let mut words: Vec<_> = ["tools", "run"].map(str::to_owned).to_vec();
        words.extend(self.hawk.iter().map(|word| fill(&word.replace("{pid}", traced))));
        words.push(self.tool.clone());
        words.extend(parameters);
        words.push("--".to_owned());
        words.extend(named);
        if self.waits {
            wait_until("it is not ready", || folder.join("ready").exists())?;
        }
        let mut running = harness::start(words)?;
        running.attached()?;
        workload.go(self.signal)?;
        if self.waits {
            // Such a tool ends by itself, or with the process.
            idle.go(None)?;
        } else {
            running.signal("INT")?;
        }
        let outcome = running.finish()?;
        Ok((outcome.expect_code(0)?, self.expect.iter().map(fill).collect()))
    }

    fn fill(&self, text: &str, folder: &Folder, (pid, idle): (u32, u32)) -> String {
        text.replace("{pid}", &pid.to_string())
            .replace("{idle}", &idle.to_string())
            .replace("{port}", &(20000 + pid % 10000).to_string())
            .replace("{folder}", folder.join("").to_string_lossy().trim_end_matches('/'))
            .replace("{name}", &folder.name())
            .replace("{programs}", &programs().to_string_lossy())
    }

    /// What makes the event happen, after a line on its standard input.
    fn command(&self, folder: &Folder) -> Result<Command, Failed> {
        let start = match self.shell {
            _ if self.waits => "",
            "sh" => "read go\n",
            _ => "$| = 1; <STDIN>;\n",
        };
        let code = self.fill(&self.code, folder, (0, 0));
        let script = folder.join("workload");
        fs::write(&script, format!("{start}{code}"))?;
        let mut command = Command::new(self.shell);
        command.arg(script).current_dir(folder.join("")).stdout(Stdio::null());
        Ok(command)
    }
}

/// What is found of a line of `expect:`, and whether it is what the line says.
fn met(printed: &str, line: &str) -> Result<(usize, bool), Failed> {
    let (number, text) = line.split_once(' ').unwrap_or((line, ""));
    let found = printed.lines().filter(|line| has(line, text)).count();
    Ok(match number.strip_prefix(">=").or_else(|| number.strip_prefix('=')) {
        Some(wanted) => {
            let (sum, wanted) = (sum(printed, text), wanted.parse::<usize>()?);
            (sum, sum == wanted || number.starts_with('>') && sum > wanted)
        }
        None if number == "+" => (found, found > 0),
        None if number == "-" => (found, found == 0),
        None => (found, found == number.parse::<usize>()?),
    })
}

/// What stands behind a text, or in the histogram below it, of all lines that have it.
fn sum(printed: &str, text: &str) -> usize {
    let mut total = 0;
    let mut lines = printed.lines().peekable();
    while let Some(line) = lines.next() {
        if !has(line, text) {
            continue;
        }
        if !line.ends_with(':') {
            total += line.rsplit(' ').next().and_then(|it| it.parse().ok()).unwrap_or(0);
        }
        // `[8, 16)    5 |@@@@     |`
        while let Some(bucket) = lines.next_if(|line| line.contains('|')) {
            let before = bucket.split('|').next().unwrap_or_default();
            let count = before.split_whitespace().last();
            total += count.and_then(|it| it.parse::<usize>().ok()).unwrap_or(0);
        }
    }
    total
}

/// Whether a line has a text; blanks count as one blank.
fn has(line: &str, text: &str) -> bool {
    let joined = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    joined(line).contains(&joined(text))
}

/// A process that waits for a line before it does anything; killed when dropped.
struct Workload(Child);

impl Workload {
    fn start(command: &mut Command) -> Result<Self, Failed> {
        Ok(Self(command.stdin(Stdio::piped()).spawn()?))
    }

    /// Waits until it does nothing but read (system call 0) its standard input.
    fn sleeps(&self) -> Result<(), Failed> {
        let path = format!("/proc/{}/syscall", self.0.id());
        wait_until("it does not come to rest", || {
            fs::read_to_string(&path).is_ok_and(|call| call.starts_with("0 0x0 "))
        })
    }

    /// Lets it go and waits for its end, which is success or this signal.
    fn go(&mut self, signal: Option<i32>) -> Result<(), Failed> {
        if let Some(mut pipe) = self.0.stdin.take() {
            pipe.write_all(b"go\n")?;
        }
        wait_until("the workload hangs", || !matches!(self.0.try_wait(), Ok(None)))?;
        let status = self.0.wait()?;
        if status.signal() == signal && (status.success() || signal.is_some()) {
            Ok(())
        } else {
            Err(format!("the workload ended with {status}").into())
        }
    }
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) -> Result<(), Failed> {
    let deadline = Instant::now() + patience();
    while !is_so() {
        if Instant::now() > deadline {
            return Err(what.into());
        }
        std::thread::park_timeout(Duration::from_millis(2));
    }
    Ok(())
}

impl Drop for Workload {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
