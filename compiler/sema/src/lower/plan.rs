//! Which programs there will be, and what attaches them to what.

use ir::{Attach, Phase, ProbeId, Program, ProgramKind, Site, SiteId};
use stdlib::{Feature, Kernel, probes::Offers};

use crate::{Typed, expand::Group, typed::Body};

/// One body that becomes one program, and the sites that share it.
pub(super) struct Unit<'a> {
    pub(super) probe: ProbeId,
    pub(super) body: &'a Body,
    pub(super) offers: &'a Offers,
    pub(super) kind: ProgramKind,
    pub(super) phase: Phase,
    pub(super) sites: Vec<(SiteId, Attach)>,
    /// How the program knows which site fired.
    pub(super) site: SiteSource,
}

/// How a program knows which site fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SiteSource {
    /// There is only one, or nobody asks.
    Constant(SiteId),
    /// The link's cookie is the site's number.
    Cookie,
}

pub(super) fn units<'a>(
    typed: &'a Typed,
    kernel: &dyn Kernel,
    program: &mut Program,
) -> Vec<Unit<'a>> {
    let mut units = Vec::new();
    for (index, (head, bodies)) in typed.heads.iter().zip(&typed.bodies).enumerate() {
        let probe: ProbeId = ir::Id::from_index(index);
        let label = head.probe.label.as_ref().map(|label| label.text.as_str());
        for (group, body) in head.groups.iter().zip(bodies) {
            group_units((probe, label), group, body, kernel, (program, &mut units));
        }
    }
    units
}

fn group_units<'a>(
    (probe, label): (ProbeId, Option<&str>),
    group: &'a Group,
    body: &'a Body,
    kernel: &dyn Kernel,
    (program, units): (&mut Program, &mut Vec<Unit<'a>>),
) {
    let asks = body.uses.site && group.sites.len() > 1;
    let perf = group.sites.iter().all(|(_, site)| has_cookie(&site.attach));
    let by_cookie = asks && perf && kernel.has(Feature::PerfCookie);
    // The raw tracepoint has no cookie of its own before Linux 6.10.
    let cheaper = !body.uses.context
        && !by_cookie
        && group.sites.iter().all(|(_, site)| site.cheaper.is_some());
    let mut sites = Vec::new();
    for (span, site) in &group.sites {
        let name = label.unwrap_or(&site.name).to_owned();
        let id = program.sites.push(Site { name, span: *span, probe });
        let attach = match &site.cheaper {
            Some((_, attach)) if cheaper => attach,
            Some(_) | None => &site.attach,
        };
        sites.push((id, attach.clone()));
    }
    let Some((_, first)) = group.sites.first() else { return };
    let kind = match &first.cheaper {
        Some((kind, _)) if cheaper => *kind,
        Some(_) | None => first.offers.kind,
    };
    let unit = |sites: Vec<(SiteId, Attach)>, site| Unit {
        probe,
        body,
        offers: &first.offers,
        kind,
        phase: first.phase,
        sites,
        site,
    };
    if kind.is_bound() || (asks && !by_cookie) {
        // A program of its own for each site.
        units.extend(
            sites
                .into_iter()
                .map(|(id, attach)| unit(vec![(id, attach)], SiteSource::Constant(id))),
        );
        return;
    }
    let Some((id, _)) = sites.first() else { return };
    let source = if by_cookie { SiteSource::Cookie } else { SiteSource::Constant(*id) };
    units.push(unit(sites, source));
}

/// Whether links of this mechanism carry a cookie (5.15: perf links).
const fn has_cookie(attach: &Attach) -> bool {
    match attach {
        Attach::Tracepoint { .. }
        | Attach::Kprobe { .. }
        | Attach::Uprobe { .. }
        | Attach::Perf { .. } => true,
        Attach::TestRun | Attach::RawTracepoint { .. } | Attach::Trampoline { .. } => false,
    }
}
