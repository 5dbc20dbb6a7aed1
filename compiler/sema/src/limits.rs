//! Limits on what a script may become, and the filter that makes it become less.

use diag::{Code, Diagnostic};
use ir::{Phase, Program};
use regex::Regex;
use stdlib::Config;

use crate::expand::Head;

/// Complains of more programs than the settings allow.
pub fn too_many_programs(config: &Config, program: &Program) -> Option<Diagnostic> {
    let (count, limit) = (program.programs.len(), config.max_bpf_progs);
    if count <= limit as usize {
        return None;
    }
    let made =
        |probe| program.programs.values().filter(|it| it.probes.contains(&probe)).count();
    let span =
        program.probes.ids().max_by_key(|id| made(*id)).map(|id| program.probes[id].span);
    let title = format!("{count} BPF programs, {limit} at most");
    let compat = format!(
        "Your program is trying to generate more than {limit} BPF programs, which exceeds the \
         current limit of {limit}"
    );
    let span = span.unwrap_or_default();
    let problem = Diagnostic::new(Code::TooManyProbes, span, title, "most are from here");
    let help =
        format!("narrow the pattern, or allow them: `config = {{ max_bpf_progs = {count} }}`");
    // It says nothing of the script's own settings.
    let theirs =
        "You can increase the limit through the BPFTRACE_MAX_BPF_PROGS environment variable.";
    Some(problem.help(help).compat(compat).compat_help(theirs))
}

/// Keeps only the attach points that the filter of the settings matches; those that belong to no
/// event stay.
pub(crate) fn filter(config: &Config, heads: &mut [Head], problems: &mut Vec<Diagnostic>) {
    let Some(pattern) = &config.probe_filter else { return };
    let place = heads.first().map(|head| head.probe.span).unwrap_or_default();
    let regex = match Regex::new(pattern) {
        Ok(regex) => regex,
        Err(error) => {
            let last = error.to_string();
            let last = last.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let title =
                format!("`{pattern}` of --probe-filter is no regular expression: {last}");
            let problem =
                Diagnostic::new(Code::BadFilter, place, title, "nothing to filter by");
            return problems.push(problem.help("`.*` matches anything, `^kprobe:` a start"));
        }
    };
    let (mut before, mut after) = (0, 0);
    for head in &mut *heads {
        for group in &mut head.groups {
            let events = |site: &stdlib::probes::Expanded| {
                matches!(site.phase, Phase::Trace | Phase::Test | Phase::Bench)
            };
            before += group.sites.iter().filter(|(_, site)| events(site)).count();
            group.sites.retain(|(_, site)| !events(site) || regex.is_match(&site.name));
            after += group.sites.iter().filter(|(_, site)| events(site)).count();
        }
        head.groups.retain(|group| !group.sites.is_empty());
    }
    if before > 0 && after == 0 {
        let title = format!("no attach point matches `{pattern}` of --probe-filter");
        let problem =
            Diagnostic::new(Code::BadFilter, place, title, "nothing is left to attach");
        let help = "it is matched with full names, as `probe` shows them: `--emit expand`";
        problems.push(problem.help(help).compat("No probes to attach"));
    }
}
