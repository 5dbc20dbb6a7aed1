//! Which programs there will be, and what attaches them to what.

use std::collections::HashSet;

use ir::{
    Attach, FilePlace, GlobalId, Linking, MapId, Phase, ProbeId, Program, ProgramKind, Site,
    SiteId, When,
};
use stdlib::{Feature, Kernel, probes::Offers};

use super::{
    dispatch::{Call, Dispatch},
    namesakes::Namesakes,
};
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
    /// Whether one link serves many sites.
    pub(super) linking: Linking,
    /// What it must know of system calls if it serves them by the one raw tracepoint of all.
    pub(super) call: Option<Call>,
    /// The table of the programs that go on where it ends.
    pub(super) next: Option<MapId>,
}

/// How a program knows which site fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SiteSource {
    /// There is only one, or nobody asks.
    Constant(SiteId),
    /// The link's cookie is the site's number.
    Cookie,
    /// It is in this table, by the number of the system call.
    Table(GlobalId),
}

pub(super) fn units<'a>(
    typed: &'a Typed,
    kernel: &dyn Kernel,
    program: &mut Program,
) -> Vec<Unit<'a>> {
    let mut units = Vec::new();
    let dispatch = Dispatch::new(typed, kernel);
    let mut names = Namesakes::default();
    for (index, (head, bodies)) in typed.heads.iter().zip(&typed.bodies).enumerate() {
        let probe: ProbeId = ir::Id::from_index(index);
        let label = head.probe.label.as_ref().map(|label| label.text.as_str());
        for (group, body) in head.groups.iter().zip(bodies) {
            group_units(
                (probe, label),
                (group, body),
                (kernel, &dispatch),
                (program, &mut names, &mut units),
            );
        }
    }
    units
}

fn group_units<'a>(
    (probe, label): (ProbeId, Option<&str>),
    (group, body): (&'a Group, &'a Body),
    (kernel, dispatch): (&dyn Kernel, &Dispatch),
    (program, names, units): (&mut Program, &mut Namesakes, &mut Vec<Unit<'a>>),
) {
    let asks = body.uses.site && group.sites.len() > 1;
    let perf = group.sites.iter().all(|(_, site)| has_cookie(&site.attach));
    let linking = linking(group, body, kernel);
    let may_be_cheaper = !body.uses.context
        && !body.uses.fields
        && group.sites.iter().all(|(_, site)| site.cheaper.is_some());
    let raw_cookie = asks && may_be_cheaper && kernel.has(Feature::RawCookie);
    let by_cookie = raw_cookie
        || asks && perf && (linking == Linking::Many || kernel.has(Feature::PerfCookie));
    let cheaper = may_be_cheaper && (raw_cookie || !by_cookie);
    let mut sites = Vec::new();
    for (span, site) in &group.sites {
        let name = label.unwrap_or(&site.name).to_owned();
        let first = ir::Id::from_index(0);
        let site_of = Site { name, span: *span, probe, first };
        let id = names.push(site_of, &mut program.sites);
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
        linking,
        call: None,
        next: None,
    };
    for (call, sites) in dispatch.take(body, &mut sites) {
        let site = call.site(asks, &sites, program);
        let kind = ProgramKind::RawTracepoint;
        units.push(Unit { kind, call: Some(call), ..unit(sites, site) });
    }
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

/// Whether one link can serve all sites: attached and detached at once, however many there are.
fn linking(group: &Group, body: &Body, kernel: &dyn Kernel) -> Linking {
    let all =
        |fits: fn(&Attach) -> bool| group.sites.iter().all(|(_, site)| fits(&site.attach));
    // By name, in the kernel proper; a name of two functions is found once.
    let kernel_function = |attach: &Attach| {
        matches!(attach, Attach::Kprobe { function, offset: 0, .. }
            if !function.is_empty() && !function.contains(':'))
    };
    let many = if all(|attach| matches!(attach, Attach::Uprobe { .. })) {
        // Even a single one is attached ten times faster so.
        kernel.has(Feature::UprobeMulti)
    } else {
        // The registers that such a program sees are those of a call, not all.
        group.sites.len() > 1
            && !body.uses.registers
            && all(kernel_function)
            && kernel.has(Feature::KprobeMulti)
    };
    if many { Linking::Many } else { Linking::Each }
}

/// Links of a unit: one for each site, or one for those that can share it.
pub(super) fn links(unit: &Unit<'_>) -> Vec<(Attach, Vec<SiteId>)> {
    if unit.call.is_some() {
        return Vec::new();
    }
    if unit.linking == Linking::Each {
        return unit.sites.iter().map(|(id, attach)| (attach.clone(), vec![*id])).collect();
    }
    let mut links: Vec<Shared> = Vec::new();
    for (id, attach) in &unit.sites {
        let Some(place) = Place::of(attach) else { continue };
        let joined = links.iter_mut().any(|link| link.join(*id, &place));
        if !joined {
            links.push(Shared::new(*id, place));
        }
    }
    links.into_iter().filter_map(Shared::finish).collect()
}

/// A link to many, as it grows.
struct Shared<'a> {
    sites: Vec<SiteId>,
    places: Vec<Place<'a>>,
    /// The same, to be found by hash: there may be all functions of a kernel.
    known: HashSet<Place<'a>>,
}

/// One of the places of a link to many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Place<'a> {
    Kernel(&'a str, When),
    File(&'a str, FilePlace, When, Option<u32>),
}

impl<'a> Place<'a> {
    fn of(attach: &'a Attach) -> Option<Self> {
        if let Attach::Kprobe { function, when, .. } = attach {
            return Some(Self::Kernel(function, *when));
        }
        let Attach::Uprobe { binary, place, when, pid, .. } = attach else { return None };
        Some(Self::File(binary, *place, *when, *pid))
    }

    /// Whether one link can be to both.
    fn goes_with(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Kernel(_, when), Self::Kernel(_, other)) => when == other,
            (Self::File(binary, _, when, pid), Self::File(other, _, same_when, same_pid)) => {
                binary == other && when == same_when && pid == same_pid
            }
            (Self::Kernel(..), Self::File(..)) | (Self::File(..), Self::Kernel(..)) => false,
        }
    }
}

impl<'a> Shared<'a> {
    fn new(site: SiteId, place: Place<'a>) -> Self {
        Self { sites: vec![site], places: vec![place], known: HashSet::from([place]) }
    }

    /// Adds a place, if it goes together with those that there are. The same place twice does
    /// not: it fires twice.
    fn join(&mut self, site: SiteId, place: &Place<'a>) -> bool {
        let joins = self.places.first().is_some_and(|first| first.goes_with(place))
            && self.known.insert(*place);
        if joins {
            self.sites.push(site);
            self.places.push(*place);
        }
        joins
    }

    /// None for a link to nothing, which is never made.
    fn finish(self) -> Option<(Attach, Vec<SiteId>)> {
        let functions = self.places.iter().filter_map(|place| match place {
            Place::Kernel(function, _) => Some((*function).to_owned()),
            Place::File(..) => None,
        });
        let places = self.places.iter().filter_map(|place| match place {
            Place::Kernel(..) => None,
            Place::File(_, place, ..) => Some(*place),
        });
        let attach = match *self.places.first()? {
            Place::Kernel(_, when) => {
                Attach::KprobeMulti { functions: functions.collect(), when }
            }
            Place::File(binary, _, when, pid) => {
                let (binary, places) = (binary.to_owned(), places.collect());
                Attach::UprobeMulti { binary, places, when, pid }
            }
        };
        Some((attach, self.sites))
    }
}

/// Whether links of this mechanism carry a cookie (5.15: perf links).
const fn has_cookie(attach: &Attach) -> bool {
    match attach {
        Attach::Tracepoint { .. }
        | Attach::Kprobe { .. }
        | Attach::Uprobe { .. }
        | Attach::Breakpoint { .. }
        | Attach::WatchGiven(_)
        | Attach::Perf { .. } => true,
        Attach::TestRun
        | Attach::Iter { .. }
        | Attach::RawTracepoint { .. }
        | Attach::SystemCalls { .. }
        | Attach::Trampoline { .. }
        // What sites are written as before they are joined has one.
        | Attach::KprobeMulti { .. }
        | Attach::UprobeMulti { .. }
        | Attach::KprobeSession { .. }
        | Attach::UprobeSession { .. } => false,
    }
}
