//! The ledger of losses: what was lost, how often, where, and which maps miss it.

use std::{
    collections::{BTreeMap, BTreeSet},
    os::fd::{AsFd, OwnedFd},
};

use ir::{
    FunctionId, Id, IdVec, Inst, Loss, LossKind, MapId, Program, ProgramId, ProgramKind,
    TableId,
};

use crate::{
    ffi,
    output::{LossLine, Lost, Position},
    state::Shared,
};

/// Where losses are looked up.
pub(crate) struct Ledger<'run> {
    pub(crate) program: &'run Program,
    pub(crate) shared: Option<&'run Shared>,
    pub(crate) programs: &'run IdVec<ProgramId, OwnedFd>,
}

impl<'run> Ledger<'run> {
    /// What was lost, by kind, probe, table and place, in the order of the script.
    pub(crate) fn lines(&self) -> Vec<LossLine<'run>> {
        let Some(shared) = self.shared else { return Vec::new() };
        let mut counts: BTreeMap<usize, (&Loss, u64)> = BTreeMap::new();
        for (id, loss) in self.program.losses.iter() {
            let count = shared.loss(id);
            if count == 0 {
                continue;
            }
            // Copies of one body lose at the same place.
            let same = counts.values_mut().find(|(known, _)| *known == loss);
            match same {
                Some((_, sum)) => *sum += count,
                None => {
                    counts.insert(id.index(), (loss, count));
                }
            }
        }
        let places = counts.into_values().map(|(loss, count)| self.line(loss, count));
        places.chain(self.missed()).collect()
    }

    /// Hits that the kernel did not run a program for, because one was already running on that
    /// CPU: another task's that was preempted, or one that this one interrupted.
    fn missed(&self) -> impl Iterator<Item = LossLine<'run>> {
        let programs = self.program.programs.iter();
        let events = programs.filter(|(_, program)| program.kind != ProgramKind::TestRun);
        events.filter_map(|(id, _)| {
            let misses = ffi::recursion_misses(self.programs.get(id)?.as_fd());
            if misses == Some(0) {
                return None;
            }
            // Before 5.12 the kernel does not count them.
            let count = Some(misses?);
            let link = self.program.links.iter().find(|link| link.program == id)?;
            let site = &self.program.sites[*link.sites.first()?];
            let (probe, position) = (site.name.as_str(), None);
            Some(LossLine { lost: Lost::Recursion, count, probe, table: None, position })
        })
    }

    fn line(&self, loss: &Loss, count: u64) -> LossLine<'run> {
        let mut sites = self.program.sites.values();
        let probe = sites.find(|site| site.probe == loss.probe);
        LossLine {
            lost: Lost::Place(loss.kind),
            count: Some(count),
            probe: probe.map_or("", |site| site.name.as_str()),
            table: loss.table.map(|table| self.program.tables[table].name.as_str()),
            position: Some(Position::of(&self.program.sources, loss.span)),
        }
    }

    /// Tables that lack something that was lost: there is at least what they show.
    pub(crate) fn lower_bounds(&self) -> BTreeSet<TableId> {
        let mut bounds = BTreeSet::new();
        for (id, loss) in self.program.losses.iter() {
            if self.shared.map_or(0, |shared| shared.loss(id)) == 0 {
                continue;
            }
            match (loss.kind, loss.table) {
                (LossKind::MapFull | LossKind::StacksFull, Some(table)) => {
                    bounds.insert(table);
                }
                // What comes after it in the probe did not happen.
                (LossKind::NoScratch | LossKind::Turns, _) => {
                    let programs = self.program.programs.iter();
                    let of_probe = programs.filter(|(_, it)| it.probes.contains(&loss.probe));
                    of_probe.for_each(|(id, _)| bounds.extend(self.tables_of(id)));
                }
                (LossKind::Unfollowed, _) => bounds.extend(self.program.tables.ids()),
                _ => {}
            }
            let touched = self.program.touched.iter().filter(|(loss, _)| *loss == id);
            bounds.extend(touched.map(|(_, table)| *table));
        }
        for (id, program) in self.program.programs.iter() {
            if program.kind != ProgramKind::TestRun && self.misses(id) > 0 {
                bounds.extend(self.tables_of(id));
            }
        }
        bounds
    }

    fn misses(&self, id: ProgramId) -> u64 {
        let fd = self.programs.get(id);
        fd.and_then(|fd| ffi::recursion_misses(fd.as_fd())).unwrap_or(0)
    }

    /// The tables that a program uses.
    fn tables_of(&self, id: ProgramId) -> BTreeSet<TableId> {
        let mut maps = BTreeSet::new();
        let mut seen = BTreeSet::new();
        self.maps_of(self.program.programs[id].function, &mut maps, &mut seen);
        let tables = self.program.tables.iter();
        let used = tables.filter(|(_, table)| maps.iter().any(|map| table.is_in(*map)));
        used.map(|(id, _)| id).collect()
    }

    fn maps_of(
        &self,
        id: FunctionId,
        maps: &mut BTreeSet<MapId>,
        seen: &mut BTreeSet<FunctionId>,
    ) {
        let Some(function) = self.program.functions.get(id).filter(|_| seen.insert(id)) else {
            return;
        };
        for inst in function.insts.values() {
            if let Inst::Map(map) = inst {
                maps.insert(*map);
            } else if let Inst::Function(called) | Inst::CallFunction(called, _) = inst {
                self.maps_of(*called, maps, seen);
            }
        }
    }
}
