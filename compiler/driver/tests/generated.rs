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
    ] {
        assert_eq!(offered(line)?, wanted, "{line}");
    }
    Ok(())
}
