//! How strict a program is held to what it says: attach points that nothing on this machine
//! matches are errors, or warnings, or nothing; old spellings are warnings or errors.

use diag::{Code, Diagnostic, Level};
use grammar::ast::AttachPoint;
use ir::{Attach, Cpus};
use stdlib::{Config, Missing};

use crate::expand::Head;

/// What becomes of the problems of one attach point's expansion.
pub(crate) fn judge(config: &Config, problems: Vec<Diagnostic>) -> Vec<Diagnostic> {
    match config.missing_probes {
        Missing::Error => problems,
        Missing::Warn => {
            let judge = |problem| if lacks(&problem) { skipped(problem) } else { problem };
            problems.into_iter().map(judge).collect()
        }
        Missing::Ignore => problems.into_iter().filter(|problem| !lacks(problem)).collect(),
    }
}

fn lacks(problem: &Diagnostic) -> bool {
    matches!(problem.code, Code::NoMatch | Code::MissingFeature)
        && problem.level == Level::Error
}

fn skipped(mut problem: Diagnostic) -> Diagnostic {
    problem.code = Code::Skipped;
    problem.title += "; it is skipped";
    problem.help = None;
    // Only what ends as a sentence goes on.
    problem.compat = problem.compat.map(|compat| {
        if compat.ends_with('.') { format!("{compat} Skipping.") } else { compat }
    });
    problem.warning()
}

/// Says that a probe is left out because nothing matches any of its attach points.
pub(crate) fn removed(config: &Config, points: &[AttachPoint]) -> Option<Diagnostic> {
    if config.missing_probes != Missing::Warn {
        return None;
    }
    let span = points.iter().map(|point| point.span).reduce(diag::Span::to)?;
    let title = "nothing is left of this probe";
    let compat = "Probe has no valid attach points. It is being removed which may cause issues \
                  with program behavior.";
    let problem = Diagnostic::new(Code::Skipped, span, title, "no attach point of it exists");
    Some(problem.help("maps that it would fill stay empty").compat(compat).warning())
}

/// The first of these that is left out in silence.
pub(crate) fn unsaid(config: &Config, problems: &[Diagnostic]) -> Option<Diagnostic> {
    let is_silent = config.missing_probes == Missing::Ignore && !config.compat;
    problems.iter().find(|problem| is_silent && lacks(problem)).cloned()
}

/// Says why a program that may lack probes would do nothing at all: all that is left of it happens
/// by itself. It is told by the first that it lacks.
pub(crate) fn idle(heads: &[Head], unsaid: Option<Diagnostic>) -> Option<Diagnostic> {
    let is_by_itself = |attach: &Attach| {
        matches!(attach, Attach::TestRun | Attach::Perf { cpus: Cpus::First, .. })
    };
    let mut sites = heads.iter().flat_map(|head| &head.groups).flat_map(|group| &group.sites);
    let mut problem = unsaid.filter(|_| sites.all(|(_, site)| is_by_itself(&site.attach)))?;
    problem.code = Code::Skipped;
    problem.title += "; nothing that the program waits for is left";
    Some(problem.warning().help("`missing_probes = ignore` leaves out what this kernel lacks"))
}

/// Programs from before missing attach points were errors counted on finding one of several. Such
/// a program is known by a spelling that was refused in the same release or later. A pattern beside
/// other attach points that are there was never an error: scripts have
/// `kprobe:lookup_fast, kprobe:lookup_fast.constprop.*` for what compilers make of a function.
pub(crate) fn forgive(config: &Config, heads: &[Head], problems: &mut [Diagnostic]) {
    let is_old = problems
        .iter()
        .any(|problem| problem.code == Code::Obsolete && problem.level == Level::Warning);
    if config.strict || config.is_set("missing_probes") {
        return;
    }
    for problem in problems {
        let span = problem.primary.span;
        let is_forgiven = |point: &AttachPoint| {
            let is_pattern = !config.compat && point.raw.contains('*');
            point.span.source == span.source
                && point.span.start <= span.start
                && span.end <= point.span.end
                && (is_old || is_pattern)
        };
        let has_others = heads
            .iter()
            .any(|head| !head.groups.is_empty() && head.probe.points.iter().any(is_forgiven));
        if problem.code == Code::NoMatch && problem.level == Level::Error && has_others {
            *problem = skipped(problem.clone())
                .help("say that it may be missing: `config = { missing_probes = warn }`");
        }
    }
}

/// Makes errors of the warnings of old spellings, if that is asked for.
pub(crate) fn refuse_old(config: &Config, problems: &mut [Diagnostic]) {
    let is_old =
        |problem: &&mut Diagnostic| matches!(problem.code, Code::OldSpelling | Code::Obsolete);
    if config.strict {
        problems.iter_mut().filter(is_old).for_each(|problem| problem.level = Level::Error);
    }
}
