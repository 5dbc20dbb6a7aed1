//! Matches attach points against this machine.

use std::{
    collections::{BTreeMap, HashSet},
    rc::Rc,
};

use diag::{Code, Diagnostic, SourceId, Span};
use grammar::ast::{AttachPoint, Expr, ExprKind, Probe, Separator};
use stdlib::{
    Kernel,
    probes::{self, Expand, Expanded, Part, Request},
};

use crate::{
    Declared, Functions, Resolved, c::Declarations, limits, missing, pinned, purpose::LeftOut,
    walk,
};

/// The probes of a script with the attach points of this machine.
#[derive(Debug)]
pub struct Expansion {
    /// One for each probe of the script, in order.
    pub heads: Vec<Head>,
    /// The settings.
    pub config: stdlib::Config,
    /// Maps whose kind and size the script declares.
    pub declared: BTreeMap<String, Declared>,
    /// What the script's C defines.
    pub(crate) own: Rc<Declarations>,
    /// The script's functions.
    pub functions: Functions,
    /// Texts that macros brought once more, and what they are copies of.
    pub(crate) copies: BTreeMap<SourceId, SourceId>,
}

/// One probe of the script.
#[derive(Debug)]
pub struct Head {
    /// As it is written.
    pub probe: Probe,
    /// Its attach points, those that offer the same side by side.
    pub groups: Vec<Group>,
}

/// Attach points that offer a body the same, so that one program can serve them.
#[derive(Debug)]
pub struct Group {
    /// Never empty; in script order.
    pub sites: Vec<(Span, Expanded)>,
}

/// Expands every attach point; what is wrong goes to `problems`.
pub fn expand(
    resolved: Resolved,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Expansion {
    let mut x = Expand { kernel, config: &resolved.config, problems: Vec::new() };
    let mut heads = Vec::new();
    let mut count = 0;
    let mut left_out = LeftOut::default();
    let mut unsaid = None;
    for probe in resolved.probes {
        let mut sites: Vec<(Span, Expanded)> = Vec::new();
        // The same place named twice in one probe fires twice, as it does in bpftrace; a place
        // that two globs of one probe match fires once.
        let mut seen = HashSet::new();
        let mut refused = Vec::new();
        let points = probe.points.iter();
        let points: Vec<_> =
            points.filter(|point| !left_out.takes(&resolved.config, point)).collect();
        for point in &points {
            let found = expand_point(&mut x, point);
            refused.append(&mut x.problems);
            let single = found.len() == 1;
            let new = found
                .into_iter()
                .filter(|site| seen.insert((site.name.clone(), site.attach.clone())) || single);
            sites.extend(new.map(|site| (point.span, site)));
        }
        unsaid = unsaid.or_else(|| missing::unsaid(&resolved.config, &refused));
        problems.append(&mut missing::judge(&resolved.config, refused));
        if sites.is_empty() && !points.is_empty() {
            problems.extend(missing::removed(&resolved.config, &probe.points));
        }
        count += sites.len();
        let mentions_args = mentions_args(&probe, &resolved.functions);
        heads.push(Head { groups: group(sites, mentions_args), probe });
    }
    left_out.judge(&resolved.config, &heads, problems);
    problems.extend(missing::idle(&heads, unsaid));
    pinned::judge(&heads, problems);
    limits::filter(&resolved.config, &mut heads, problems);
    if resolved.config.probe_filter.is_some() {
        count = heads.iter().flat_map(|head| &head.groups).map(|group| group.sites.len()).sum();
    }
    if count > resolved.config.max_probes as usize {
        problems.push(too_many(count, &heads, resolved.config.max_probes));
    }
    let (config, declared, own) = (resolved.config, resolved.declared, resolved.own);
    Expansion {
        heads,
        config,
        declared,
        own,
        functions: resolved.functions,
        copies: resolved.copies,
    }
}

fn too_many(count: usize, heads: &[Head], limit: u32) -> Diagnostic {
    let most = heads
        .iter()
        .max_by_key(|head| head.groups.iter().map(|g| g.sites.len()).sum::<usize>());
    let span = most.and_then(|head| head.probe.points.first()).map(|point| point.span);
    let title = format!("{count} attach points, {limit} at most");
    let problem = Diagnostic::new(
        Code::TooManyProbes,
        span.unwrap_or_default(),
        title,
        "most are from here",
    );
    let compat = format!(
        "Can't attach to {count} probes because it exceeds the current limit of {limit} probes."
    );
    problem
        .help(format!(
            "narrow the pattern, or allow them: `config = {{ max_probes = {count} }}`"
        ))
        .compat(compat)
}

fn expand_point(x: &mut Expand<'_>, point: &AttachPoint) -> Vec<Expanded> {
    let Some(row) = probes::find(point.probe_type()) else {
        return x.refuse(unknown_type(point));
    };
    let parts: Vec<_> = point.targets().iter().map(part).collect();
    let parts = probes::join_names(parts);
    let (least, most) = row.parts;
    if parts.len() < least || parts.len() > most {
        return x.refuse(wrong_parts(point, row, parts.len()));
    }
    (row.expand)(x, &Request { row, span: point.span, parts: &parts })
}

fn part(part: &grammar::ast::Part) -> Part {
    let source = part.separator == Separator::At;
    Part { text: part.text.clone(), span: part.span, source }
}

fn unknown_type(point: &AttachPoint) -> Diagnostic {
    let name = point.probe_type();
    let names =
        probes::ALL.iter().flat_map(|row| std::iter::once(&row.name).chain(row.aliases));
    let near = stdlib::nearest(name, names.copied().filter(|known| known.len() > 2));
    let help = match near.or(stdlib::tracepoint_of_call(name).as_deref()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let names: Vec<_> = probes::ALL.iter().map(|row| row.name).collect();
            format!("probe types are {}", names.join(", "))
        }
    };
    let span = point.parts.first().map_or(point.span, |part| part.span);
    Diagnostic::new(
        Code::UnknownProbeType,
        span,
        format!("unknown probe type `{name}`"),
        "not known",
    )
    .help(help)
    .compat(format!("Invalid probe type: {name}"))
}

fn wrong_parts(point: &AttachPoint, row: &probes::ProbeType, given: usize) -> Diagnostic {
    let (least, most) = row.parts;
    let wanted = match (least, most) {
        (0, 0) => "no parts".to_owned(),
        (a, b) if a == b => format!("{a} part{}", if a == 1 { "" } else { "s" }),
        (a, b) if b > a + 1 => format!("{a} to {b} parts"),
        (a, b) => format!("{a} or {b} parts"),
    };
    let title = format!("`{}` takes {wanted} after its name, {given} given", row.name);
    let compat = if most == 0 && given == 1 {
        "begin/end probes should not have a target".to_owned()
    } else if least == most {
        format!("{} probe type requires {least} arguments, found {given}", row.name)
    } else {
        let wanted = row.compat_parts();
        format!("{} probe type requires {wanted} arguments, found {given}", row.name)
    };
    Diagnostic::new(Code::BadAttachPoint, point.span, title, "this attach point")
        .help(format!("write `{}`", row.usage))
        .compat(compat)
}

/// Whether a body speaks of `args`, so that fields matter for what sites have in common.
fn mentions_args(probe: &Probe, functions: &Functions) -> bool {
    let mut found = false;
    let mut look = |expr: &mut Expr| {
        let name = if let ExprKind::Name(name) = &expr.kind {
            name
        } else if let ExprKind::Call(call) = &expr.kind {
            &call.name.text
        } else {
            return;
        };
        found |= stdlib::builtins::names_fields(name);
    };
    walk::probe(&mut probe.clone(), &mut look);
    for index in functions.called_by(probe) {
        walk::block_exprs(&mut functions.get(index).body.clone(), &mut look);
    }
    found
}

fn group(sites: Vec<(Span, Expanded)>, mentions_args: bool) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (span, site) in sites {
        let same = |group: &&mut Group| {
            let Some((_, first)) = group.sites.first() else { return false };
            if mentions_args {
                return first.offers == site.offers && first.phase == site.phase;
            }
            let (mut a, mut b) = (first.offers.clone(), site.offers.clone());
            (a.args, b.args) = (None, None);
            a == b
                && first.phase == site.phase
                && first.cheaper.is_some() == site.cheaper.is_some()
        };
        match groups.iter_mut().rev().take(8).find(same) {
            Some(group) => group.sites.push((span, site)),
            None => groups.push(Group { sites: vec![(span, site)] }),
        }
    }
    groups
}
