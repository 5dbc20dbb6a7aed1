//! Imports and headers as files of a real machine: links, permissions, the environment.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::Path,
    process::Command,
};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome},
};

pub(crate) fn all() -> Vec<Test> {
    let test = |name: &str, body: fn() -> Result<(), Failed>| {
        Test::new(&format!("imports::{name}"), "root", Guests::All, body)
    };
    vec![
        test("a_script_is_imported_once_whatever_it_is_called", once),
        test("directories_of_everybody_are_refused", everybody),
        test("headers_are_found_through_the_environment", environment),
        test("what_is_no_text_is_said_to_be_none", binary),
    ]
}

fn write(folder: &Folder, name: &str, text: &str) -> Result<(), Failed> {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().unwrap_or(&path))?;
    Ok(fs::write(path, text)?)
}

/// Runs a script from another directory than its own.
fn run(folder: &Folder) -> Result<Outcome, Failed> {
    harness::run([folder.join("script.bt")])
}

fn expect(outcome: Outcome, stdout: &str) -> Result<(), Failed> {
    let outcome = outcome.expect_code(0)?;
    if outcome.stdout.trim() == stdout { Ok(()) } else { Err(outcome.wrong("other output")) }
}

fn once() -> Result<(), Failed> {
    let folder = Folder::new()?;
    write(&folder, "lib/one.bt", "import \"../script.bt\"; begin { printf(\"one \"); }")?;
    symlink("one.bt", folder.join("lib/link.bt"))?;
    symlink("lib", folder.join("other"))?;
    let script = "import \"lib\"; import \"other/one.bt\"; import \"lib/../lib/link.bt\";
        begin { printf(\"script\"); exit(); }";
    write(&folder, "script.bt", script)?;
    expect(run(&folder)?, "one script")
}

fn everybody() -> Result<(), Failed> {
    let folder = Folder::new()?;
    write(&folder, "lib/one.bt", "begin { printf(\"one\"); }")?;
    write(&folder, "script.bt", "import \"lib\"; begin { exit(); }")?;
    let permit =
        |mode| fs::set_permissions(folder.join("lib"), fs::Permissions::from_mode(mode));
    permit(0o1777)?;
    let outcome = run(&folder)?.expect_code(1)?;
    if !outcome.stderr.contains("everybody may write to this directory") {
        return Err(outcome.wrong("it should refuse the directory"));
    }
    permit(0o775)?;
    expect(run(&folder)?, "one")
}

fn environment() -> Result<(), Failed> {
    let folder = Folder::new()?;
    write(&folder, "first/mine.h", "#define MINE 1")?;
    write(&folder, "second/mine.h", "#define MINE 2")?;
    write(&folder, "second/deep/other.h", "#include \"../mine.h\"\n#define OTHER MINE + 10")?;
    let script =
        "#include <mine.h>\n#include <deep/other.h>\nbegin { print((MINE, OTHER)); exit(); }";
    write(&folder, "script.bt", script)?;
    let second = folder.join("second");
    let with = |variable: &str, path: &Path, words: &[&str]| {
        let mut command = Command::new(harness::hawk().ok_or("no hawk")?);
        let command = command.env_remove("CPATH").env_remove("C_INCLUDE_PATH");
        command.env(variable, path).args(words).arg(folder.join("script.bt"));
        harness::run_program(command)
    };
    expect(with("CPATH", &second, &[])?, "(2, 12)")?;
    expect(with("C_INCLUDE_PATH", &second, &[])?, "(2, 12)")?;
    // What is given on the command line comes first.
    let first = folder.join("first").display().to_string();
    write(&folder, "script.bt", "#include <mine.h>\nbegin { print(MINE); exit(); }")?;
    expect(with("CPATH", &second, &["-I", &first])?, "1")?;
    let outcome = with("HAWK_NOTHING", &second, &[])?.expect_code(1)?;
    if outcome.stderr.contains("there is no header `mine.h`") {
        Ok(())
    } else {
        Err(outcome.wrong("it should say that there is no header"))
    }
}

fn binary() -> Result<(), Failed> {
    let folder = Folder::new()?;
    fs::write(folder.join("lib.bt"), [0x7f, b'E', b'L', b'F', 0xff])?;
    write(&folder, "script.bt", "import \"lib.bt\"; begin { exit(); }")?;
    let outcome = run(&folder)?.expect_code(1)?;
    if outcome.stderr.contains("is not text") && outcome.stderr.contains("imported here") {
        Ok(())
    } else {
        Err(outcome.wrong("it should say that the import is no text"))
    }
}
