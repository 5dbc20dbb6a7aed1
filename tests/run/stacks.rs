//! Stacks of programs that nobody can look at any more when they are printed: they ran for some
//! time (a file that is gone after a millisecond can't be opened in time), and ended.

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder},
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new(
            "stacks::of_a_binary_that_was_deleted",
            "root tracepoint programs",
            Guests::All,
            || named_in("{program} 3 & sleep 0.4; kill $!; rm {program}; sleep 0.5"),
        ),
        Test::new(
            "stacks::of_a_binary_that_was_replaced",
            "root tracepoint programs",
            Guests::All,
            || {
                named_in(
                    "{program} 3 & sleep 0.4; cp {other} {program}.new; mv {program}.new {program}; kill $!; sleep 0.5",
                )
            },
        ),
        Test::new(
            "stacks::of_a_binary_in_other_namespaces",
            "root tracepoint programs unshare",
            Guests::None,
            || {
                named_in(
                    "unshare -m -p -f sh -c \"mount -t tmpfs none {folder}; cp {original} {program}; ({program} 3 & sleep 0.4; kill \\$!)\"; sleep 0.5",
                )
            },
        ),
    ]
}

/// Runs a copy of the program whose stack is known as part of `script`; its stacks must be whole.
fn named_in(script: &str) -> Result<(), Failed> {
    let folder = Folder::new()?;
    let name = folder.name();
    let program = folder.copy("stacks", &name)?;
    let script = script
        .replace("{program}", &program.display().to_string())
        .replace("{folder}", &folder.join("").display().to_string())
        .replace("{other}", &harness::programs().join("uprobe_target").display().to_string())
        .replace("{original}", &harness::programs().join("stacks").display().to_string());
    let probe = format!(
        "tracepoint:syscalls:sys_enter_getppid /comm == \"{name}\"/ {{ @[ustack(4)] = count(); }}"
    );
    let command = format!("sh -c '{script}'");
    let outcome = harness::run(["-e", &probe, "-c", &command])?.expect_code(0)?;
    let functions: Vec<_> = outcome
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("        ")?.split('+').next())
        .collect();
    if functions != ["inner", "middle", "outer", "main"] || !outcome.stdout.contains("]: 3") {
        return Err(
            outcome.wrong("the stack is not main → outer → middle → inner, three times")
        );
    }
    Ok(())
}
