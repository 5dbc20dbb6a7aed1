//! The released command needs no file beside it: it runs in a root folder that has nothing else,
//! so also where the C library is older than the one that it was built with.

use std::{path::Path, process::Command};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder},
};

pub(crate) fn all() -> Vec<Test> {
    vec![Test::new("alone::in_an_empty_root", "root release chroot", Guests::All, empty_root)]
}

fn empty_root() -> Result<(), Failed> {
    let hawk = harness::hawk().ok_or("no hawk")?;
    let folder = Folder::new()?;
    std::fs::copy(&hawk, folder.join("hawk"))?;
    std::fs::write(folder.join("program.bt"), "begin { exit(); }\n")?;
    let root = folder.join("");
    let checked = inside(&root, &["/hawk", "fmt", "--check", "/program.bt"])?;
    let listed = inside(&root, &["/hawk", "tools"])?;
    if !checked.is_empty() || !listed.contains("opensnoop") {
        return Err(format!("fmt said {checked:?}, tools {listed:?}").into());
    }
    Ok(())
}

fn inside(root: &Path, command: &[&str]) -> Result<String, Failed> {
    let output = Command::new("chroot").arg(root).args(command).output()?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(format!("{command:?} ended with {}: {said}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
