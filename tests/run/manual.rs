//! The examples of the manuals in `docs/`: every fenced block that is marked `hawk` or
//! `console run` is a test, so that what a reader copies works.
//!
//! A `hawk` block is a program. Followed by an `output` block, it is run and prints that;
//! followed by an `error` block, it is refused with that (patterns of `tests::matches`); alone,
//! it is compiled, loaded and attached (`--dry-run`). The first line of the fence may say more:
//! `needs=kprobe` as in a test's header, `file=NAME` to write the block to a file that later
//! blocks of the same manual find where they run, `cmd=calls` for `-c`. In a `console run`
//! block each line that starts with `# ` is a command of the shell, and the lines up to the next
//! are what it prints on standard output.

use std::{fs, path::PathBuf, process::Command};

use libtest_mimic::Failed;
use tests::{folder, matches};

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, hawk, programs},
};

/// A fenced block of a manual.
#[derive(Debug, Clone)]
struct Block {
    info: String,
    text: String,
    /// Line of the fence, from 1.
    line: usize,
}

impl Block {
    fn word(&self) -> &str {
        self.info.split(' ').next().unwrap_or_default()
    }

    fn option(&self, name: &str) -> Option<&str> {
        let mut words = self.info.split(' ');
        words.find_map(|word| word.strip_prefix(name)?.strip_prefix('='))
    }

    fn is_tested(&self) -> bool {
        self.word() == "hawk" || self.info == "console run"
    }
}

/// A block to test, what follows it, and the files that the manual has before it.
struct Example {
    block: Block,
    next: Option<Block>,
    files: Vec<Block>,
}

pub(crate) fn all() -> Vec<Test> {
    let docs = folder().join("../docs");
    let Ok(entries) = fs::read_dir(docs) else { return Vec::new() };
    let mut paths: Vec<PathBuf> =
        entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.sort();
    paths.iter().flat_map(|path| manual(path)).collect()
}

fn manual(path: &std::path::Path) -> Vec<Test> {
    let text = fs::read_to_string(path).unwrap_or_default();
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let blocks = blocks(&text);
    let mut tests = Vec::new();
    for (index, block) in blocks.iter().enumerate().filter(|(_, block)| block.is_tested()) {
        if block.option("file").is_some() {
            continue;
        }
        let files: Vec<_> =
            blocks[..index].iter().filter(|it| it.option("file").is_some()).cloned().collect();
        let next =
            blocks.get(index + 1).filter(|next| ["output", "error"].contains(&next.word()));
        let mut needs: Vec<_> =
            block.option("needs").into_iter().flat_map(|it| it.split(',')).collect();
        needs.push("root");
        if block.option("cmd").is_some() {
            needs.push("programs");
        }
        let needs = needs.into_iter().map(str::to_owned).collect();
        let example = Example { block: block.clone(), next: next.cloned(), files };
        tests.push(Test {
            name: format!("docs::{name}::line_{}", block.line),
            needs,
            guests: Guests::None,
            body: Box::new(move || example.run()),
        });
    }
    tests
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_open = false;
    for (number, line) in text.lines().enumerate() {
        match (line.strip_prefix("```"), is_open) {
            (Some(info), false) => {
                let info = info.trim().to_owned();
                blocks.push(Block { info, text: String::new(), line: number + 1 });
                is_open = true;
            }
            (Some(_), true) => is_open = false,
            (None, true) => {
                if let Some(block) = blocks.last_mut() {
                    block.text += line;
                    block.text.push('\n');
                }
            }
            (None, false) => {}
        }
    }
    blocks
}

impl Example {
    fn run(&self) -> Result<(), Failed> {
        let folder = Folder::new()?;
        for file in &self.files {
            fs::write(folder.join(file.option("file").unwrap_or_default()), &file.text)?;
        }
        if self.block.word() == "console" { self.shell(&folder) } else { self.program(&folder) }
    }

    fn program(&self, folder: &Folder) -> Result<(), Failed> {
        let script = folder.join("example.bt");
        fs::write(&script, &self.block.text)?;
        let mut command = Command::new(hawk().unwrap_or_default());
        if let Some(traced) = self.block.option("cmd") {
            command.arg("-c").arg(programs().join(traced.replace(',', " ")));
        }
        if self.next.is_none() {
            command.arg("--dry-run");
        }
        let outcome = finish(command.arg("example.bt"), folder)?;
        let (wanted, code) = match &self.next {
            Some(next) if next.word() == "error" => (Some((&next.text, &outcome.stderr)), 1),
            Some(next) => (Some((&next.text, &outcome.stdout)), 0),
            None => (None, 0),
        };
        if outcome.code != code {
            return Err(outcome.wrong(&format!("expected code {code}")));
        }
        match wanted.map(|(expected, found)| matches(expected, found)) {
            Some(Err(line)) => Err(outcome.wrong(&format!("differs at line {line}"))),
            Some(Ok(())) | None => Ok(()),
        }
    }

    fn shell(&self, folder: &Folder) -> Result<(), Failed> {
        for step in steps(&self.block.text) {
            let outcome = finish(Command::new("sh").args(["-c", &step.command]), folder)?;
            if let Err(line) = matches(&step.output, &outcome.stdout) {
                let what = format!("`{}` differs at line {line}", step.command.trim_end());
                return Err(outcome.wrong(&what));
            }
        }
        Ok(())
    }
}

/// A command of a `console run` block and what it prints.
#[derive(Debug, Default)]
struct Step {
    command: String,
    output: String,
}

/// A line that starts with `# ` begins a command; while its quotes are open, it goes on.
fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in text.split_inclusive('\n') {
        let is_open = |step: &Step| step.command.matches('\'').count() % 2 == 1;
        match (line.strip_prefix("# "), steps.last_mut()) {
            (_, Some(step)) if is_open(step) => step.command += line,
            (Some(command), _) => {
                steps.push(Step { command: command.to_owned(), output: String::new() });
            }
            (None, Some(step)) => step.output += line,
            (None, None) => {}
        }
    }
    steps
}

fn finish(command: &mut Command, folder: &Folder) -> Result<Outcome, Failed> {
    let own = hawk().unwrap_or_default();
    let mut path = own.parent().unwrap_or(&own).as_os_str().to_owned();
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    harness::run_program(command.current_dir(folder.join("")).env("PATH", path))
}
