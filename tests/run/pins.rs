//! Kernel iterators: those that outlive hawk at a path, and all that this kernel has.

use std::{collections::BTreeSet, fs, process::Command};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder},
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new(
            "pins::a_pinned_iterator_is_read_as_a_file",
            "root btf",
            Guests::Sample,
            read,
        ),
        Test::new("pins::what_is_in_the_way_is_named", "root btf", Guests::All, refused),
        Test::new("pins::every_iterator_of_the_kernel_opens", "root btf", Guests::All, each),
    ]
}

/// A file system of BPF objects, gone when dropped.
pub(crate) struct Mounted(Folder);

impl Mounted {
    pub(crate) fn new() -> Result<Self, Failed> {
        let folder = Folder::new()?;
        let status =
            Command::new("mount").args(["-t", "bpf", "none"]).arg(folder.join("")).status()?;
        if status.success() { Ok(Self(folder)) } else { Err("cannot mount".into()) }
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.0.join("")).status();
    }
}

/// This process and its numbers, read by two readers after hawk has gone.
fn read() -> Result<(), Failed> {
    let mounted = Mounted::new()?;
    let path = mounted.path("tasks");
    let own = std::process::id();
    let script = format!(
        "iter:task:{path} /ctx.task.tgid == {own} && ctx.task.pid == {own}/ {{
            printf(\"%d|%8u|%-8d|%x|100%%|%s\\n\", ctx.task.tgid, ctx.task.pid, ctx.task.pid, 255, \"text\");
        }}"
    );
    let outcome = harness::run(["-e", &script])?.expect_code(0)?;
    if outcome.stdout != format!("Program pinned to {path}\n") || !outcome.stderr.is_empty() {
        return Err(outcome.wrong("it says where it is pinned and nothing else"));
    }
    let wanted = format!("{own}|{own:8}|{own:<8}|ff|100%|text\n");
    for _ in 0..2 {
        let found = fs::read_to_string(&path)?;
        if found != wanted {
            return Err(format!("{found:?} was read, not {wanted:?}").into());
        }
    }
    Ok(())
}

fn refused() -> Result<(), Failed> {
    let mounted = Mounted::new()?;
    let folder = Folder::new()?;
    let taken = mounted.path("taken");
    harness::run(["-e", &format!("iter:task:{taken} {{ }}")])?.expect_code(0)?;
    for (path, wanted) in [
        (taken.clone(), format!("rm {taken}")),
        (mounted.path("no/folder"), format!("mkdir -p {}", mounted.path("no"))),
        (folder.join("elsewhere").display().to_string(), "mount -t bpf".to_owned()),
    ] {
        let outcome = harness::run(["-e", &format!("iter:task:{path} {{ }}")])?;
        let outcome = outcome.expect_code(255)?;
        if !outcome.stderr.contains(&wanted) {
            return Err(outcome.wrong(&format!("it should say `{wanted}`")));
        }
    }
    Ok(())
}

/// All in one program, without those that go over one map: hawk has no way to name the map, and
/// says so of the first.
fn each() -> Result<(), Failed> {
    let listed = harness::run(["-l", "iter:*"])?.expect_code(0)?;
    let mut names: BTreeSet<_> = listed.stdout.lines().collect();
    if !["iter:task", "iter:task_file", "iter:bpf_map"].iter().all(|it| names.contains(it)) {
        return Err(listed.wrong("the iterators of every kernel are listed"));
    }
    loop {
        let probes: Vec<_> =
            names.iter().map(|name| format!("{name} {{ @ = count(); }}")).collect();
        let outcome = harness::run(["-q", "--dry-run", "-e", &probes.join(" ")])?;
        if outcome.code == 0 {
            break;
        }
        let over_map =
            |name: &&&str| outcome.stderr.contains(&format!("no map for `{name}`, which"));
        let Some(name) = names.iter().find(over_map).copied() else {
            return Err(outcome.wrong("an iterator does not open"));
        };
        names.remove(name);
    }
    if names.len() < 3 { Err("too few of them open".into()) } else { Ok(()) }
}
