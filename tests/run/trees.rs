//! Whom a run traces: a process and its descendants (`--follow`, `progenyof`), a control group or
//! a container, and nobody else. A script waits inside of the traced tree until a program outside
//! of it has done the same while tracing was on.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use libtest_mimic::Failed;
use serde_json::json;

use crate::{
    Guests, Test,
    counts::maps,
    harness::{self, Folder, Outcome, Running},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root tracepoint uprobe programs program=thread_exec";
    vec![
        Test::new(
            "trees::follow_traces_the_command_and_its_descendants",
            needs,
            Guests::Sample,
            command,
        ),
        Test::new(
            "trees::follow_traces_a_process_and_its_descendants",
            needs,
            Guests::All,
            process,
        ),
        Test::new("trees::follow_needs_no_btf", needs, Guests::All, without_types),
        Test::new(
            "trees::progenyof_tells_descendants_from_others",
            needs,
            Guests::All,
            progeny,
        ),
        Test::new(
            "trees::a_control_group_is_traced_with_those_below",
            &format!("{needs} cgroup2"),
            Guests::All,
            group,
        ),
        Test::new(
            "trees::a_container_is_traced_by_its_number",
            &format!("{needs} cgroup2"),
            Guests::None,
            container,
        ),
        Test::new(
            "trees::of_one_process_its_children_are_not_traced",
            needs,
            Guests::All,
            alone,
        ),
        Test::new("trees::what_is_not_there_is_named", "root", Guests::None, errors),
    ]
}

/// The tree: a shell that waits for `done`, then starts children, threads, grandchildren, one that
/// outlives its parent, and one that becomes another program by its second thread.
struct Tree {
    folder: Folder,
    script: PathBuf,
    /// What the programs are called that run in the tree and out of it.
    inside: String,
    outside: String,
}

/// What all of the tree calls.
fn calls() -> u64 {
    50 + 30 + 20 + 7 + 13 + long()
}

/// What one of its programs calls, long enough for samples to meet it.
fn long() -> u64 {
    harness::times(300_000)
}

/// How often it starts the program.
const STARTS: u64 = 6;

impl Tree {
    /// `first` is what the shell does when it starts.
    fn new(first: &str) -> Result<Self, Failed> {
        let folder = Folder::new()?;
        // Names that no other test has. The same file under two: probes on it are met by both.
        let (inside, outside) =
            (format!("in-{}", folder.name()), format!("out-{}", folder.name()));
        fs::hard_link(folder.copy("calls", &inside)?, folder.join(&outside))?;
        folder.copy("thread_exec", "thread_exec")?;
        let script = folder.join("tree.sh");
        let at = folder.join("");
        let (at, long) = (at.display(), long());
        let text = format!(
            "{first}\n\
             (while [ ! -e {at}done ]; do sleep 0.02; done; {at}{inside} 50; touch {at}early) &\n\
             touch {at}go\n\
             while [ ! -e {at}done ]; do sleep 0.02; done\n\
             {at}{inside} {long}\n\
             ({at}{inside} 30; {at}{inside} --fork 20 2) &\n\
             sh -c '({at}{inside} 7; touch {at}orphan) &'\n\
             {at}thread_exec {at}{inside} 13\n\
             wait\n\
             while [ ! -e {at}early ] || [ ! -e {at}orphan ]; do sleep 0.02; done\n"
        );
        fs::write(&script, text)?;
        Ok(Self { folder, script, inside, outside })
    }

    fn command(&self) -> String {
        format!("sh {}", self.script.display())
    }

    fn program(&self, predicate: &str) -> String {
        let inside = self.folder.join(&self.inside);
        format!(
            "tracepoint:syscalls:sys_enter_getppid {predicate} {{ @calls[comm] = count(); }}
             tracepoint:syscalls:sys_exit_getppid {predicate} {{ @returns[comm, args.ret > 0] = count(); }}
             uprobe:{}:main {predicate} {{ @starts[comm] = count(); }}
             profile:hz:997 {predicate} {{ @samples[comm] = count(); }}
             software:task-clock:1000000 {predicate} {{ @ticks[comm] = count(); }}",
            inside.display()
        )
    }

    /// When the tree is there, does from outside what it will do, then lets it go on.
    fn let_go(&self) -> Result<(), Failed> {
        let deadline = Instant::now() + harness::patience();
        while !self.folder.join("go").exists() {
            if Instant::now() > deadline {
                return Err("the tree does not begin".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let outside =
            Command::new(self.folder.join(&self.outside)).arg(long().to_string()).status()?;
        if !outside.success() {
            return Err("the program outside of the tree failed".into());
        }
        fs::write(self.folder.join("done"), "")?;
        Ok(())
    }

    /// Runs `hawk` with these words and the tree as its command.
    fn run(&self, words: &[&str]) -> Result<Outcome, Failed> {
        let command = self.command();
        let words = ["-f", "json"].iter().chain(words).copied().chain(["-c", &command]);
        let mut hawk = harness::start(words)?;
        hawk.until(harness::Stream::Out, "attached_probes")?;
        self.let_go()?;
        hawk.finish()?.expect_code(0)
    }
}

/// That the tree was counted so often, and what is outside of it never.
fn expect(tree: &Tree, outcome: &Outcome, calls: u64, starts: u64) -> Result<(), Failed> {
    let maps = maps(outcome)?;
    for (map, suffix, wanted) in
        [("@calls", "", calls), ("@returns", ",true", calls), ("@starts", "", starts)]
    {
        let map = maps.get(map).cloned().unwrap_or(json!({}));
        let count = |name: &str| map[format!("{name}{suffix}")].as_u64().unwrap_or(0);
        if (count(&tree.inside), count(&tree.outside)) != (wanted, 0) {
            return Err(outcome.wrong(&format!("{wanted} expected: {map}")));
        }
    }
    for map in ["@samples", "@ticks"] {
        let found = |name: &String| maps.get(map).is_some_and(|map| map.get(name).is_some());
        if found(&tree.inside) != (calls > 0) || found(&tree.outside) {
            return Err(outcome.wrong(&format!("{map} is not that of the tree")));
        }
    }
    Ok(())
}

fn command() -> Result<(), Failed> {
    let tree = Tree::new("")?;
    let outcome = tree.run(&["--follow", "-e", &tree.program("")])?;
    expect(&tree, &outcome, calls(), STARTS)
}

/// The process is there with a child when tracing begins.
fn process() -> Result<(), Failed> {
    let tree = Tree::new("")?;
    let shell = Running::start(Command::new("sh").arg(&tree.script), "")?;
    let pid = shell.pid.to_string();
    let program = tree.program("");
    let mut hawk = harness::start(["-f", "json", "--follow", "-p", &pid, "-e", &program])?;
    hawk.until(harness::Stream::Out, "attached_probes")?;
    tree.let_go()?;
    shell.finish()?.expect_code(0)?;
    expect(&tree, &hawk.finish()?.expect_code(0)?, calls(), STARTS)
}

fn without_types() -> Result<(), Failed> {
    let tree = Tree::new("")?;
    let outcome = tree.run(&["--no-feature", "btf", "--follow", "-e", &tree.program("")])?;
    expect(&tree, &outcome, calls(), STARTS)
}

/// The predicate says it of each probe; the others count everybody.
fn progeny() -> Result<(), Failed> {
    let tree = Tree::new("")?;
    let everybody = "tracepoint:syscalls:sys_enter_getppid { @all[comm] = count(); }
        tracepoint:syscalls:sys_enter_getppid /progenyof(1)/ { @init[comm] = count(); }";
    let program = format!("{} {everybody}", tree.program("/progenyof(cpid)/"));
    let outcome = tree.run(&["-e", &program])?;
    expect(&tree, &outcome, calls(), STARTS)?;
    let maps = maps(&outcome)?;
    for map in ["@all", "@init"] {
        let found =
            maps.get(map).map(|map| (map[&tree.inside].as_u64(), map[&tree.outside].as_u64()));
        if found != Some((Some(calls()), Some(long()))) {
            return Err(outcome.wrong(&format!("{map} is not that of everybody")));
        }
    }
    Ok(())
}

/// Without `--follow`, `-p` is one process: the shell itself, whose children do the work.
fn alone() -> Result<(), Failed> {
    let tree = Tree::new("")?;
    let shell = Running::start(Command::new("sh").arg(&tree.script), "")?;
    let pid = shell.pid.to_string();
    let program = tree.program("");
    let mut hawk = harness::start(["-f", "json", "-p", &pid, "-e", &program])?;
    hawk.until(harness::Stream::Out, "attached_probes")?;
    tree.let_go()?;
    shell.finish()?.expect_code(0)?;
    expect(&tree, &hawk.finish()?.expect_code(0)?, 0, 0)
}

/// A control group that is removed when dropped.
struct Group(PathBuf);

impl Group {
    fn new(path: PathBuf) -> Result<Self, Failed> {
        fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // What ran in it may end a moment later.
        for _ in 0..100 {
            if fs::remove_dir(&self.0).is_ok() {
                break;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn hierarchy() -> Result<PathBuf, Failed> {
    let found = runtime::names::hierarchies().into_iter().find(|it| it.name == "unified");
    Ok(found.ok_or("no control groups of version 2")?.root)
}

/// Moves the shell that runs it.
fn enter(group: &Path) -> String {
    format!("echo $$ > {}/cgroup.procs", group.display())
}

fn group() -> Result<(), Failed> {
    let name = format!("hawk-test-{}", Folder::new()?.name());
    let outer = Group::new(hierarchy()?.join(&name))?;
    let inner = Group::new(outer.0.join("inner"))?;
    let tree = Tree::new(&enter(&inner.0))?;
    let program = tree.program("");
    expect(&tree, &tree.run(&["--cgroup", &name, "-e", &program])?, calls(), STARTS)?;
    // With its whole path, and one in which nothing runs.
    let tree = Tree::new(&enter(&inner.0))?;
    let empty = Group::new(outer.0.join("empty"))?;
    let path = empty.0.display().to_string();
    expect(&tree, &tree.run(&["--cgroup", &path, "-e", &tree.program("")])?, 0, 0)
}

fn container() -> Result<(), Failed> {
    let number = format!("{:0>20}", Folder::new()?.name().replace('-', "f"));
    let number = format!("abcdef{number}");
    let group = Group::new(hierarchy()?.join(format!("docker-{number}.scope")))?;
    let tree = Tree::new(&enter(&group.0))?;
    let program = tree.program("");
    expect(&tree, &tree.run(&["--container", &number[..24], "-e", &program])?, calls(), STARTS)
}

fn errors() -> Result<(), Failed> {
    let empty = "begin { }";
    for (words, wanted) in [
        (vec!["--follow"], "`--follow` has no process to follow"),
        (vec!["--cgroup", "no/such/group"], "no/such/group"),
        (vec!["--container", "no-such-one"], "no-such-one"),
        (vec!["--container", "a", "--cgroup", "b"], "cannot be used with"),
        (vec!["-p", "4194304", "--follow"], "there is no process 4194304"),
    ] {
        let words = words.into_iter().chain(["-e", empty]);
        let outcome = harness::run(words)?.expect_code(1)?;
        if !outcome.stderr.contains(wanted) {
            return Err(outcome.wrong(&format!("it should say `{wanted}`")));
        }
    }
    Ok(())
}
