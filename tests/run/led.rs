//! Traced programs that do one thing for each byte that they are given: nobody waits for a time.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc::{self, Receiver},
    time::{Duration, Instant},
};

use libtest_mimic::Failed;

use crate::harness::{Running, Stream, patience};

/// What stands at the end of a stack that could not be followed.
pub(crate) const BROKEN: &str = "<unwind failure>";

/// A program that makes its chains once more for each byte.
pub(crate) struct Led {
    child: Child,
    stdin: Option<ChildStdin>,
    turns: Receiver<()>,
}

impl Led {
    /// Starts it; the first turn is made at once.
    pub(crate) fn start(command: &mut Command) -> Result<Self, Failed> {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or("no output")?;
        let (sender, turns) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(stdout).lines().map_while(Result::ok);
            lines.take_while(|_| sender.send(()).is_ok()).for_each(drop);
        });
        Ok(Self { child, stdin, turns })
    }

    /// Leads it until all `chains` of a turn have been followed to their ends, of which `hawk` prints
    /// each as `…over`: the tables of a file are made when it is first met.
    pub(crate) fn until_whole(
        &mut self,
        hawk: &mut Running,
        chains: usize,
    ) -> Result<(), Failed> {
        let deadline = Instant::now() + patience();
        loop {
            let before = hawk.printed(Stream::Out).len();
            self.turns.recv_timeout(patience())?;
            for _ in 0..chains {
                hawk.until(Stream::Out, "over")?;
            }
            if !hawk.printed(Stream::Out)[before..].contains(BROKEN) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err("its stacks stay cut".into());
            }
            self.stdin.as_mut().ok_or("it has ended")?.write_all(b"\n")?;
        }
    }

    /// It has nothing to read any more, and ends.
    pub(crate) fn end(&mut self) -> Result<(), Failed> {
        self.stdin = None;
        let deadline = Instant::now() + patience();
        while self.child.try_wait()?.is_none() {
            if Instant::now() > deadline {
                return Err("it does not end".into());
            }
            std::thread::park_timeout(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Led {
    fn drop(&mut self) {
        self.stdin = None;
        // In a namespace it is the child of `unshare`, and ends by itself.
        let _ = self.child.wait();
        // What only one of them leaves: its names.
        let _ = fs::remove_file(format!("/tmp/perf-{}.map", self.child.id()));
    }
}
