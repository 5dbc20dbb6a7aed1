//! `--no-feature` and `--traceable-functions`: a machine that can less than it could.

use std::fs;

use runtime::Machine;
use stdlib::Feature;

use crate::cli::Cli;

/// Names that `--no-feature` takes, with what they stand for.
const FEATURES: &[(&str, &[Feature])] = &[
    ("kprobe", &[Feature::Kprobe]),
    // A session is a link to many, too.
    ("kprobe_multi", &[Feature::KprobeMulti, Feature::KprobeSession]),
    ("kprobe_session", &[Feature::KprobeSession]),
    ("uprobe_multi", &[Feature::UprobeMulti, Feature::UprobeSession]),
    ("uprobe_session", &[Feature::UprobeSession]),
    ("fentry", &[Feature::Fentry]),
    ("syscall_dispatch", &[Feature::SystemCalls]),
    ("cookie", &[Feature::PerfCookie, Feature::RawCookie]),
    ("raw_cookie", &[Feature::RawCookie]),
    ("loop", &[Feature::Loop]),
    ("perf_link", &[Feature::PerfLink, Feature::PerfCookie]),
];

/// The name of what is no feature of programs: that the kernel tells its types.
const TYPES: &str = "btf";

/// What `--no-feature` takes.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FEATURES.iter().map(|(name, _)| *name).chain([TYPES])
}

/// Takes away what `--no-feature` names, and the list of functions for another.
pub(crate) fn restrict(machine: &mut Machine, cli: &Cli) -> Result<(), String> {
    for name in &cli.no_feature {
        if name == TYPES {
            machine.hide_types();
            continue;
        }
        let found = FEATURES.iter().find(|(known, _)| known == name);
        let Some((_, features)) = found else {
            let known: Vec<_> = names().collect();
            return Err(format!(
                "there is no feature `{name}`: there are {}",
                known.join(", ")
            ));
        };
        for feature in *features {
            machine.without(*feature);
        }
    }
    if !cli.debuginfo.is_empty() {
        machine.set_debug_folders(&cli.debuginfo);
    }
    if let Some(file) = &cli.traceable_functions {
        fs::metadata(file)
            .map_err(|error| format!("`{}` cannot be read: {error}", file.display()))?;
        machine.set_traceable(file.clone());
    }
    Ok(())
}
