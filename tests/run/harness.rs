//! Starts `hawk`, follows what it prints, and ends it; every wait has an end.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{self, Receiver, RecvTimeoutError, Sender},
    },
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

/// Whether this runs in an emulated machine, which is slow.
pub(crate) fn is_guest() -> bool {
    std::env::var_os("HAWK_VM").is_some()
}

/// How long anything may take.
pub(crate) fn patience() -> Duration {
    Duration::from_secs(if is_guest() { 120 } else { 60 })
}

/// Times that something is done where more is better: `many`, but fewer where machines are slow.
pub(crate) fn times(many: u64) -> u64 {
    if is_guest() { many / 10 } else { many }
}

/// The target folder that this test was built in.
fn target() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    // target/debug/deps/run-…
    own.ancestors().nth(3).map(Path::to_path_buf)
}

/// The command to test.
pub(crate) fn hawk() -> Option<PathBuf> {
    if let Some(path) = std::env::var_os("HAWK") {
        return Some(path.into()).filter(|path: &PathBuf| path.exists());
    }
    let target = target()?;
    ["release/hawk", "debug/hawk"]
        .iter()
        .map(|name| target.join(name))
        .find(|path| path.exists())
}

/// The folder of the traced programs.
pub(crate) fn programs() -> PathBuf {
    match std::env::var_os("HAWK_PROGRAMS") {
        Some(path) => path.into(),
        None => target().unwrap_or_default().join("programs"),
    }
}

/// A folder of its own for each caller, removed when dropped.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Result<Self, Failed> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("hawk-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// A word that no other test has, short enough for a process's name.
    pub(crate) fn name(&self) -> String {
        let name = self.0.file_name().unwrap_or_default().to_string_lossy();
        name.trim_start_matches("hawk-test-").to_owned()
    }

    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A copy of a traced program: probes on it meet nobody else's.
    pub(crate) fn copy(&self, program: &str, name: &str) -> Result<PathBuf, Failed> {
        let to = self.join(name);
        std::fs::copy(programs().join(program), &to)?;
        Ok(to)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a finished process left.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    /// 128 + N for signal N, as shells have it.
    pub(crate) code: i32,
}

impl Outcome {
    /// Fails unless it ended with `code`.
    pub(crate) fn expect_code(self, code: i32) -> Result<Self, Failed> {
        if self.code == code {
            Ok(self)
        } else {
            Err(self.wrong(&format!("expected code {code}")))
        }
    }

    /// A failure that shows everything.
    pub(crate) fn wrong(&self, what: &str) -> Failed {
        let cut = |text: &str| text.chars().take(3000).collect::<String>();
        let (out, err) = (cut(&self.stdout), cut(&self.stderr));
        format!("{what}\ncode {}\n--- stdout ---\n{out}\n--- stderr ---\n{err}", self.code)
            .into()
    }
}

enum Event {
    Out(String),
    Err(String),
    Ended(ExitStatus),
}

/// Where a line is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stream {
    Out,
    Err,
}

/// A started process; killed when dropped before its end.
pub(crate) struct Running {
    pub(crate) pid: u32,
    events: Receiver<Event>,
    stdout: String,
    stderr: String,
    status: Option<ExitStatus>,
}

/// Starts `hawk`.
pub(crate) fn start<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
    words: I,
) -> Result<Running, Failed> {
    let mut command = Command::new(hawk().ok_or("no hawk")?);
    command.args(words);
    Running::start(&mut command, "")
}

/// Runs `hawk` to its end.
pub(crate) fn run<I: IntoIterator<Item = S>, S: AsRef<OsStr>>(
    words: I,
) -> Result<Outcome, Failed> {
    start(words)?.finish()
}

/// Runs any program to its end.
pub(crate) fn run_program(command: &mut Command) -> Result<Outcome, Failed> {
    Running::start(command, "")?.finish()
}

impl Running {
    /// Starts a process that reads `stdin`.
    pub(crate) fn start(command: &mut Command, stdin: &str) -> Result<Self, Failed> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        if let Some(mut pipe) = child.stdin.take() {
            // Who doesn't read it needs none of it.
            let _ = pipe.write_all(stdin.as_bytes());
        }
        let (sender, events) = mpsc::channel();
        let pid = child.id();
        let readers = [
            follow(child.stdout.take(), Event::Out, &sender),
            follow(child.stderr.take(), Event::Err, &sender),
        ];
        std::thread::spawn(move || wait(child, readers, &sender));
        Ok(Self { pid, events, stdout: String::new(), stderr: String::new(), status: None })
    }

    /// Takes the next event in; whether the process goes on.
    fn next(&mut self, deadline: Instant) -> Result<(Option<Stream>, bool), Failed> {
        let left = deadline.saturating_duration_since(Instant::now());
        match self.events.recv_timeout(left) {
            Ok(Event::Out(line)) => {
                self.stdout += &line;
                Ok((Some(Stream::Out), true))
            }
            Ok(Event::Err(line)) => {
                self.stderr += &line;
                Ok((Some(Stream::Err), true))
            }
            Ok(Event::Ended(status)) => {
                self.status = Some(status);
                Ok((None, false))
            }
            Err(RecvTimeoutError::Timeout) => Err(self.so_far().wrong("it takes too long")),
            Err(RecvTimeoutError::Disconnected) => {
                Err(self.so_far().wrong("it cannot be followed"))
            }
        }
    }

    fn so_far(&self) -> Outcome {
        Outcome { stdout: self.stdout.clone(), stderr: self.stderr.clone(), code: -1 }
    }

    /// Waits until a line of `stream` has `text` in it; when that was.
    pub(crate) fn until(&mut self, stream: Stream, text: &str) -> Result<Instant, Failed> {
        let deadline = Instant::now() + patience();
        loop {
            let (from, goes_on) = self.next(deadline)?;
            let all = if stream == Stream::Out { &self.stdout } else { &self.stderr };
            let line = all.trim_end_matches('\n').rsplit('\n').next().unwrap_or_default();
            if from == Some(stream) && line.contains(text) {
                return Ok(Instant::now());
            }
            if !goes_on {
                return Err(self.so_far().wrong(&format!("it ended without saying `{text}`")));
            }
        }
    }

    /// What it has printed so far.
    pub(crate) fn printed(&self, stream: Stream) -> &str {
        if stream == Stream::Out { &self.stdout } else { &self.stderr }
    }

    /// Waits until everything is attached.
    pub(crate) fn attached(&mut self) -> Result<(), Failed> {
        self.until(Stream::Err, "Attached").map(|_| ())
    }

    /// Sends a signal: `INT`, `TERM`, `KILL`, `STOP`, `CONT`.
    pub(crate) fn signal(&self, name: &str) -> Result<(), Failed> {
        signal(self.pid, name)
    }

    /// Waits for the end.
    pub(crate) fn finish(self) -> Result<Outcome, Failed> {
        self.finish_within(patience())
    }

    /// The same, for what takes longer than others.
    pub(crate) fn finish_within(mut self, patience: Duration) -> Result<Outcome, Failed> {
        let deadline = Instant::now() + patience;
        while self.status.is_none() {
            self.next(deadline)?;
        }
        Ok(Outcome {
            stdout: std::mem::take(&mut self.stdout),
            stderr: std::mem::take(&mut self.stderr),
            code: self.status.map_or(-1, code),
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.status.is_none() {
            let _ = signal(self.pid, "KILL");
        }
    }
}

pub(crate) fn signal(pid: u32, name: &str) -> Result<(), Failed> {
    let status = Command::new("kill").args(["-s", name, &pid.to_string()]).status()?;
    if status.success() { Ok(()) } else { Err(format!("cannot send {name} to {pid}").into()) }
}

fn code(status: ExitStatus) -> i32 {
    use std::os::unix::process::ExitStatusExt;
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(-1)
}

/// Sends every line of `pipe`, the last even without a line break.
fn follow(
    pipe: Option<impl Read + Send + 'static>,
    event: fn(String) -> Event,
    sender: &Sender<Event>,
) -> std::thread::JoinHandle<()> {
    let sender = sender.clone();
    std::thread::spawn(move || {
        let Some(pipe) = pipe else { return };
        let mut reader = BufReader::new(pipe);
        let mut bytes = Vec::new();
        while reader.read_until(b'\n', &mut bytes).is_ok_and(|length| length > 0) {
            let line = String::from_utf8_lossy(&bytes).into_owned();
            if sender.send(event(line)).is_err() {
                return;
            }
            bytes.clear();
        }
    })
}

/// The end is told after the last line; a grandchild that keeps the pipes open is not waited for.
fn wait(mut child: Child, readers: [std::thread::JoinHandle<()>; 2], sender: &Sender<Event>) {
    let Ok(status) = child.wait() else { return };
    let deadline = Instant::now() + Duration::from_secs(2);
    for reader in readers {
        while !reader.is_finished() && Instant::now() < deadline {
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
    let _ = sender.send(Event::Ended(status));
}
