//! Iterators that are pinned: hawk is gone when they run.

use diag::{Code, Diagnostic, Span};
use stdlib::{Uses, probes::Offers};

use crate::expand::Head;

/// Complains if there are other probes beside one that is pinned.
pub(crate) fn judge(heads: &[Head], problems: &mut Vec<Diagnostic>) {
    let sites = || heads.iter().flat_map(|head| &head.groups).flat_map(|group| &group.sites);
    let pinned = sites().find(|(_, site)| site.offers.to_file);
    let other = sites().find(|(_, site)| !site.offers.to_file);
    let Some((at, _)) = pinned else { return };
    if let Some((span, site)) = other {
        let title = format!("`{}` beside an iterator that is pinned", site.name);
        let label = "nothing runs it when hawk is gone";
        let problem = Diagnostic::new(Code::BadAttachPoint, *span, title, label);
        problems.push(problem.related(*at, "pinned here").help("leave only that iterator"));
    } else if sites().count() > 1 {
        let title = "two iterators that are pinned in one program";
        let problem = Diagnostic::new(Code::BadAttachPoint, *at, title, "the first");
        problems.push(problem.help("pin each by a program of its own"));
    }
}

/// Complains of a body that sends what nobody reads.
pub(crate) fn check(offers: &Offers, uses: Uses, span: Span) -> Option<Diagnostic> {
    if !offers.to_file || !(uses.events || uses.prints) {
        return None;
    }
    let title = "a pinned iterator prints by `printf` and nothing else";
    let problem = Diagnostic::new(Code::NotAvailableHere, span, title, "sends other things");
    Some(problem.help("leave out `print`, `time`, `exit` and the like, or the path"))
}
