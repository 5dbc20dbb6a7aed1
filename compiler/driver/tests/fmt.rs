//! `hawk fmt` and `--fmt` as commands: what they print, what they write, how they end.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{
    fs,
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
    path::PathBuf,
    process::{Command, Output},
};

const LOOSE: &str = "kprobe:f{@[comm]=count()} // c\n";
const NEAT: &str = "kprobe:f { @[comm] = count(); } // c\n";

/// A folder of its own for each test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hawk-fmt-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn hawk(&self, words: &[&str]) -> (i32, String, String) {
        let command =
            Command::new(env!("CARGO_BIN_EXE_hawk")).args(words).current_dir(&self.0).output();
        told(command.unwrap())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn told(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn prints() {
    let folder = Folder::new("prints");
    folder.write("a.bt", LOOSE);
    let (code, out, errors) = folder.hawk(&["fmt", "a.bt"]);
    assert_eq!((code, out.as_str(), errors.as_str()), (0, NEAT, ""));
    assert_eq!(folder.hawk(&["--fmt", "a.bt"]).1, NEAT);
    assert_eq!(folder.hawk(&["--mode", "format", "-e", LOOSE]).1, NEAT);
    assert_eq!(
        folder.hawk(&["--fmt", "a.bt", "-o", "b.bt"]),
        (0, String::new(), String::new())
    );
    assert_eq!(fs::read_to_string(folder.0.join("b.bt")).unwrap(), NEAT);
}

#[test]
fn checks() {
    let folder = Folder::new("checks");
    folder.write("loose.bt", LOOSE);
    folder.write("neat.bt", NEAT);
    let (code, out, _) = folder.hawk(&["fmt", "--check", "loose.bt", "neat.bt"]);
    assert_eq!((code, out.as_str()), (1, "loose.bt\n"));
    assert_eq!(folder.hawk(&["fmt", "--check", "neat.bt"]).0, 0);
    assert_eq!(fs::read_to_string(folder.0.join("loose.bt")).unwrap(), LOOSE);
}

#[test]
fn rewrites_the_file_behind_a_link_and_keeps_its_mode() {
    let folder = Folder::new("rewrites");
    let path = folder.write("a.bt", LOOSE);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o750)).unwrap();
    symlink("a.bt", folder.0.join("link.bt")).unwrap();
    assert_eq!(folder.hawk(&["fmt", "-i", "link.bt"]), (0, String::new(), String::new()));
    assert!(folder.0.join("link.bt").is_symlink());
    assert_eq!(fs::read_to_string(&path).unwrap(), NEAT);
    let before = fs::metadata(&path).unwrap();
    assert_eq!(before.permissions().mode() & 0o7777, 0o750);
    // What is neat is not written again.
    assert_eq!(folder.hawk(&["fmt", "-i", "a.bt"]).0, 0);
    assert_eq!(fs::metadata(&path).unwrap().ino(), before.ino());
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 2);
}

#[test]
fn refuses_wrong_programs_and_goes_on() {
    let folder = Folder::new("refuses");
    folder.write("bad.bt", "begin { print( }\n");
    folder.write("a.bt", LOOSE);
    let (code, out, errors) = folder.hawk(&["fmt", "-i", "bad.bt", "none.bt", "a.bt"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(errors.contains("unclosed `(`") && errors.contains("none.bt"), "{errors}");
    assert_eq!(fs::read_to_string(folder.0.join("bad.bt")).unwrap(), "begin { print( }\n");
    assert_eq!(fs::read_to_string(folder.0.join("a.bt")).unwrap(), NEAT);
    let (code, out, errors) = folder.hawk(&["--fmt", "bad.bt"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(errors.contains("unclosed `(`"), "{errors}");
}

#[test]
fn is_a_file_under_the_other_name() {
    let folder = Folder::new("name");
    folder.write("a.bt", LOOSE);
    let name = folder.0.join("bpftrace");
    symlink(env!("CARGO_BIN_EXE_hawk"), &name).unwrap();
    let run = |words: &[&str]| {
        told(Command::new(&name).args(words).current_dir(&folder.0).output().unwrap())
    };
    assert_eq!(run(&["--fmt", "a.bt"]).1, NEAT);
    let (code, out, errors) = run(&["fmt", "a.bt"]);
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(errors.contains("failed to open file 'fmt'"), "{errors}");
    folder.write("fmt", LOOSE);
    assert_eq!(folder.hawk(&["--fmt", "./fmt"]).1, NEAT);
}
