//! Which probes a run is for: those that trace, tests or benchmarks. The others are left out, so
//! that tests run where what the program traces is missing.

use std::collections::BTreeMap;

use diag::{Code, Diagnostic, Span};
use grammar::ast::AttachPoint;
use ir::Phase;
use stdlib::{Config, Purpose, probes};

use crate::expand::Head;

/// The attach points that the run is not for.
#[derive(Debug, Default)]
pub(crate) struct LeftOut(Vec<(&'static str, Span)>);

impl LeftOut {
    /// Whether an attach point is left out; notes it.
    pub(crate) fn takes(&mut self, config: &Config, point: &AttachPoint) -> bool {
        let row = probes::find(point.probe_type());
        let other = row.filter(|row| !row.runs_for(config.purpose));
        self.0.extend(other.map(|row| (row.name, point.span)));
        other.is_some()
    }

    /// Complains if nothing is left that the run is for, and of names that are there twice.
    pub(crate) fn judge(
        &self,
        config: &Config,
        heads: &[Head],
        problems: &mut Vec<Diagnostic>,
    ) {
        problems.extend(named_twice(heads));
        if diag::any_error(problems) {
            return;
        }
        let sites =
            || heads.iter().flat_map(|head| &head.groups).flat_map(|group| &group.sites);
        let start = heads.first().map(|head| head.probe.span).unwrap_or_default();
        let has = |phase| sites().any(|(_, site)| site.phase == phase);
        let problem = match config.purpose {
            Purpose::Trace if sites().next().is_none() => self.only_other(),
            Purpose::Test if !has(Phase::Test) => Some(none(start, "test")),
            Purpose::Bench if !has(Phase::Bench) => Some(none(start, "bench")),
            Purpose::Trace | Purpose::Test | Purpose::Bench => None,
        };
        problems.extend(problem);
    }

    /// Nothing traces: the program is for something else.
    fn only_other(&self) -> Option<Diagnostic> {
        let (name, span) = self.0.first()?;
        let title = format!("nothing to trace: the program has only `{name}` probes");
        let problem = Diagnostic::new(Code::NothingToRun, *span, title, "left out");
        let what = if *name == "bench" { "benchmark" } else { name };
        let compat = format!("No probes attached; use --{name} to run {what} probes.");
        Some(problem.help(format!("run them with `--{name}`")).compat(compat))
    }
}

fn none(span: Span, name: &str) -> Diagnostic {
    let title = format!("the program has no `{name}:NAME` probes, which `--{name}` runs");
    let problem = Diagnostic::new(Code::NothingToRun, span, title, "the program starts here");
    problem.help(format!("write one: `{name}:sum {{ … }}`")).compat("No probes attached")
}

fn named_twice(heads: &[Head]) -> Vec<Diagnostic> {
    let mut known: BTreeMap<&str, Span> = BTreeMap::new();
    let mut problems = Vec::new();
    let sites = heads.iter().flat_map(|head| &head.groups).flat_map(|group| &group.sites);
    for (span, site) in sites.filter(|(_, it)| matches!(it.phase, Phase::Test | Phase::Bench)) {
        if let Some(first) = known.insert(&site.name, *span) {
            let title = format!("there are two probes `{}`", site.name);
            let (kind, name) = site.name.split_once(':').unwrap_or_default();
            let compat = format!(
                "\"{name}\" was used as the name for more than one {} probe",
                kind.to_uppercase()
            );
            let problem = Diagnostic::new(Code::BadAttachPoint, *span, title, "the second");
            let problem = problem.related(first, "the first");
            problems.push(
                problem
                    .related_compat("this is the other instance")
                    .help("results have the probe's name: give each its own")
                    .compat(compat),
            );
        }
    }
    problems
}
