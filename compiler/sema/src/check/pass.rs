//! One pass over every body: those of probes, and those of functions as the probes call them.

use diag::{Code, Diagnostic, Span};
use ir::ProgramKind;
use stdlib::{Kernel, probes::Offers};

use super::{Checker, Known};
use crate::{Expansion, Head, pinned, typed::Body, walk};

/// Which body is meant: that of a probe, or of a function as the probe calls it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) head: usize,
    pub(super) group: usize,
    pub(super) function: Option<usize>,
}

impl Place {
    /// That of a function which this one calls.
    pub(super) const fn of(self, function: usize) -> Self {
        Self { function: Some(function), ..self }
    }
}

/// Checks all bodies once.
pub(super) fn pass(
    expansion: &Expansion,
    kernel: &dyn Kernel,
    known: &mut Known,
    found: &mut Vec<Diagnostic>,
) -> Vec<Vec<Body>> {
    let mut bodies = Vec::new();
    let mut called = vec![false; expansion.functions.indices().len()];
    for (head_index, head) in expansion.heads.iter().enumerate() {
        let mut of_head = Vec::new();
        let functions = expansion.functions.called_by(&head.probe);
        functions.iter().for_each(|index| called[*index] = true);
        if head.groups.is_empty() {
            left_out(expansion, head, &functions, known);
        }
        for (group_index, group) in head.groups.iter().enumerate() {
            let Some((_, first)) = group.sites.first() else { continue };
            let place = Place { head: head_index, group: group_index, function: None };
            let mut checker = Checker::new(expansion, &first.offers, kernel, known, place);
            checker.probe(&head.probe);
            found.append(&mut checker.c.problems);
            let mut body = checker.finish();
            for index in &functions {
                let place = place.of(*index);
                let mut checker = Checker::new(expansion, &first.offers, kernel, known, place);
                checker.c.uses = body.uses;
                let (function, problems) = checker.function(*index);
                found.extend(problems.into_iter().map(|it| called_from(it, head)));
                body.uses = function.body.uses;
                body.functions.push(function);
            }
            found.extend(pinned::check(&first.offers, body.uses, head.probe.span));
            of_head.push(body);
        }
        bodies.push(of_head);
    }
    for index in expansion.functions.indices().filter(|index| !called[*index]) {
        uncalled(expansion, index, kernel, known, found);
    }
    bodies
}

/// Notes the maps of a probe that is left out, as nothing matches it: they are no mistakes elsewhere.
fn left_out(expansion: &Expansion, head: &Head, functions: &[usize], known: &mut Known) {
    known.skip(|look| walk::probe(&mut head.probe.clone(), look));
    for index in functions {
        let mut body = expansion.functions.get(*index).body.clone();
        known.skip(|look| walk::block_exprs(&mut body, look));
    }
}

/// Says from which probe a function is called that uses what the probe does not have.
fn called_from(problem: Diagnostic, head: &Head) -> Diagnostic {
    let points = head.probe.points.iter().map(|point| point.span).reduce(Span::to);
    match points {
        Some(points) if problem.code == Code::NotAvailableHere => {
            problem.related(points, "this probe calls the function")
        }
        Some(_) | None => problem,
    }
}

/// Checks a function that no probe calls, but for what only probes offer.
fn uncalled(
    expansion: &Expansion,
    index: usize,
    kernel: &dyn Kernel,
    known: &mut Known,
    found: &mut Vec<Diagnostic>,
) {
    let offers = Offers::plain(ProgramKind::TestRun, "fn");
    let place = Place { head: usize::MAX, group: 0, function: Some(index) };
    let checker = Checker::new(expansion, &offers, kernel, known, place);
    let (_, problems) = checker.function(index);
    found.extend(problems.into_iter().filter(|it| it.code != Code::NotAvailableHere));
}
