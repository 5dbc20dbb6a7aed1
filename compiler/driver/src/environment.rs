//! Settings from the environment: `HAWK_MAX_STRLEN` and the like; `BPFTRACE_…` does as well.

use std::ffi::OsString;

use stdlib::{
    Config,
    settings::{self, From, Given, Taken, Unset},
};

use crate::cli::Cli;

/// Prefixes of variables; a later one wins.
const PREFIXES: &[&str] = &["BPFTRACE_", "HAWK_"];

/// What the environment says under `name`, with one of the prefixes.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    let read = |prefix: &&str| std::env::var_os(format!("{prefix}{name}"));
    PREFIXES.iter().rev().find_map(read).filter(|value| !value.is_empty())
}

/// Where headers are: `-I`, then what C compilers take from the environment.
pub(crate) fn include_directories(cli: &Cli) -> Vec<String> {
    let mut folders = cli.include_directories.clone();
    for variable in ["CPATH", "C_INCLUDE_PATH"] {
        let Ok(text) = std::env::var(variable) else { continue };
        // An empty part is the current directory.
        let part = |part: &str| if part.is_empty() { "." } else { part }.to_owned();
        folders.extend(text.split(':').map(part));
    }
    folders
}

/// Reads the settings of this process's environment.
pub(crate) fn settings(config: &mut Config) -> Result<Vec<String>, String> {
    config.clock_map = variable("DUMMY_TS_MAP").and_then(|name| name.into_string().ok());
    let variables = std::env::vars_os();
    let text = |(name, value): (OsString, OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    read(config, &variables.filter_map(text).collect::<Vec<_>>())
}

/// Reads every setting that the environment has; gives what there is to warn of.
///
/// # Errors
///
/// Returns a sentence about the first value that is wrong, in bpftrace's words if `config` asks
/// for them.
fn read(config: &mut Config, variables: &[(String, String)]) -> Result<Vec<String>, String> {
    let mut warnings = Vec::new();
    for prefix in PREFIXES {
        for (variable, text) in variables {
            let Some(name) = variable.strip_prefix(prefix) else { continue };
            // What no setting is called is somebody else's, unless it is nearly one.
            match config.set(name, Given::Text(text), From::Outside) {
                Ok(Taken::Set | Taken::Pinned) => {}
                Ok(Taken::OldName(new)) => warnings
                    .push(format!("{variable} is now called {prefix}{}", new.to_uppercase())),
                Ok(Taken::NoEffect) => warnings.push(format!("{variable} has no effect")),
                Err(Unset::Wrong(row)) if config.compat => {
                    return Err(row.compat(variable, Given::Text(text)));
                }
                Err(Unset::Wrong(row)) => {
                    return Err(format!("{variable} takes {}, not `{text}`", row.takes()));
                }
                Err(Unset::Unknown | Unset::EnvironmentOnly) => {
                    warnings.extend(mistyped(variable, prefix, name));
                }
            }
        }
    }
    Ok(warnings)
}

fn mistyped(variable: &str, prefix: &str, name: &str) -> Option<String> {
    let near = stdlib::nearest(name, settings::names())?;
    Some(format!("{variable} is no setting; did you mean {prefix}{}?", near.to_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::read;
    use stdlib::Config;

    fn variables(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn both_prefixes_do_and_ours_wins() {
        let mut config = Config::default();
        let given = [("HAWK_MAX_STRLEN", "32"), ("BPFTRACE_MAX_STRLEN", "64"), ("HOME", "/")];
        assert_eq!(read(&mut config, &variables(&given)), Ok(Vec::new()));
        assert_eq!(config.max_strlen, 32);
    }

    #[test]
    fn what_is_wrong_is_said() {
        let given = variables(&[("BPFTRACE_MAX_STRLEN", "x")]);
        let mut config = Config::default();
        assert_eq!(
            read(&mut config, &given),
            Err("BPFTRACE_MAX_STRLEN takes a number from 1 to 1048576, not `x`".to_owned())
        );
        config.compat = true;
        assert_eq!(
            read(&mut config, &given),
            Err("BPFTRACE_MAX_STRLEN: expecting a number, got x".to_owned())
        );
        let warnings = |pairs: &[(&str, &str)]| read(&mut Config::default(), &variables(pairs));
        assert_eq!(
            warnings(&[("HAWK_MAX_STRLN", "1"), ("HAWK_PROGRAMS", "/x"), ("HAWK_VM", "1")]),
            Ok(vec!["HAWK_MAX_STRLN is no setting; did you mean HAWK_MAX_STRLEN?".to_owned()])
        );
        assert_eq!(
            warnings(&[("BPFTRACE_STRLEN", "32")]),
            Ok(vec!["BPFTRACE_STRLEN is now called BPFTRACE_MAX_STRLEN".to_owned()])
        );
    }
}
