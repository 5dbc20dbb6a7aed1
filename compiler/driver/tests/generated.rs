//! Manual pages and completions in `docs` are what the command line and the vocabulary make them.

use std::{env, fs, io, path::Path, process::Command};

#[test]
fn pages_are_fresh() -> io::Result<()> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for (name, made) in driver::pages::generated() {
        let path = docs.join(name);
        if env::var_os("UPDATE").is_some() {
            fs::create_dir_all(path.parent().unwrap_or(&docs))?;
            fs::write(&path, &made)?;
        }
        let stale = format!("docs/{name} is stale: run it with UPDATE=1");
        assert!(fs::read_to_string(&path).unwrap_or_default() == made, "{stale}");
    }
    Ok(())
}

/// What bash offers for a line that ends in a word to be completed.
fn offered(line: &str) -> io::Result<String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let script = "set -- $0; . completion/hawk.bash; COMP_WORDS=(\"$@\"); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); \
        _hawk hawk \"${COMP_WORDS[COMP_CWORD]}\" \"${COMP_WORDS[COMP_CWORD - 1]}\"; echo \"${COMPREPLY[@]}\"";
    let mut bash = Command::new("bash");
    let output = bash.args(["-c", script, line]).current_dir(docs).output()?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[test]
fn bash_completes_options_words_and_codes() -> io::Result<()> {
    for (line, wanted) in [
        ("hawk --so", "--sort"),
        ("hawk -f js", "json"),
        ("hawk help quant", "quantiles"),
        ("hawk explain E0101", "E0101"),
        ("hawk fm", "fmt"),
        ("hawk completion zs", "zsh"),
        ("hawk tools ru", "run"),
        ("hawk tools show opens", "opensnoop"),
        ("hawk tools run opensn", "opensnoop"),
        ("hawk tools run opensnoop -- --fa", "--failed"),
        ("hawk tools run -p 1 opensnoop --fa", "--failed"),
    ] {
        assert_eq!(offered(line)?, wanted, "{line}");
    }
    Ok(())
}

/// Zsh and fish aren't there to be asked.
#[test]
fn each_shell_is_told_of_the_tools() {
    for (file, line) in [
        ("completion/_hawk", "'--failed[only those that fail]'"),
        ("completion/hawk.fish", "from opensnoop\" -l failed -d 'only those that fail'"),
    ] {
        let mut all = driver::pages::generated().into_iter();
        let (_, text) = all.find(|(name, _)| *name == file).unwrap_or_default();
        assert!(text.contains(line), "{file} has no {line}");
    }
}
