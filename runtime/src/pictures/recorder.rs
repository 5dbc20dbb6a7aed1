//! The picture of a run: what must be looked at while tracing, and the file at the end.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use ir::{Action, Program, Table, TableId};

use super::{
    Caption, Form, HeatMap, Picture, Samples, draw_heat_map, file, flame, folded, pprof,
};
use crate::{decode, maps::Entries, names::Names, output::TableView};

/// Makes one picture.
pub(crate) struct Recorder<'run> {
    picture: &'run Picture,
    caption: Caption,
    heat: HeatMap,
    /// Whether the script says when a column ends, by printing the map.
    by_script: bool,
    started: Instant,
}

impl<'run> Recorder<'run> {
    /// Begins now.
    pub(crate) fn new(picture: &'run Picture, program: &Program) -> Self {
        let prints =
            |action: &Action| matches!(action, Action::Table(table) if *table == picture.table);
        Self {
            picture,
            caption: Caption::of(program, picture.table),
            heat: HeatMap::default(),
            by_script: program.events.values().any(|event| prints(&event.action)),
            started: Instant::now(),
        }
    }

    /// Tracing begins.
    pub(crate) fn start(&mut self) {
        self.started = Instant::now();
    }

    /// Which map is drawn.
    pub(crate) const fn table(&self) -> TableId {
        self.picture.table
    }

    /// Whether the map must be looked at now, by itself.
    pub(crate) fn is_due(&self) -> bool {
        self.watches() && !self.by_script && self.heat.is_due(self.started.elapsed())
    }

    /// The map was looked at because it was due; what it holds, and how long looking took.
    pub(crate) fn look(&mut self, view: &TableView<'_>, cost: Duration) {
        let now = self.started.elapsed();
        self.heat.take(view, now);
        self.heat.took(now, cost);
    }

    /// The script prints a map.
    pub(crate) fn printed(&mut self, table: TableId, view: &TableView<'_>) {
        if self.watches() && self.by_script && table == self.picture.table {
            self.heat.take(view, self.started.elapsed());
        }
    }

    /// The script empties a map.
    pub(crate) fn emptied(&mut self, table: TableId) {
        if table == self.picture.table {
            self.heat.clear();
        }
    }

    fn watches(&self) -> bool {
        self.picture.form == Form::HeatMap
    }

    /// Draws what the map holds at the end, and writes it; says what is not in it.
    pub(crate) fn finish(
        &mut self,
        table: &Table,
        entries: &Entries,
        names: &dyn Names,
    ) -> io::Result<Option<String>> {
        let (caption, lasted) = (&self.caption, self.started.elapsed());
        if self.picture.form == Form::HeatMap {
            let view = decode::table(table, entries.iter(), names);
            self.heat.take_rest(&view, lasted);
            self.write(&draw_heat_map(&self.heat, caption))?;
            return Ok(None);
        }
        let samples = Samples::of(table, entries.iter(), names);
        let bytes = match self.picture.form {
            Form::Flame => flame(&samples, caption)?,
            Form::Folded => folded(&samples).into_bytes(),
            Form::Pprof => pprof(&samples, caption, lasted)?,
            Form::HeatMap => Vec::new(),
        };
        self.write(&bytes)?;
        Ok((samples.negative > 0).then(|| {
            let (count, name) = (samples.negative, &table.name);
            format!("{count} negative values of {name} can't be drawn")
        }))
    }

    fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match &self.picture.file {
            Some(path) => file::write(path, bytes).map_err(|error| {
                let path = path.display();
                io::Error::new(error.kind(), format!("failed to write '{path}': {error}"))
            }),
            None => {
                let mut out = io::stdout().lock();
                out.write_all(bytes)?;
                out.flush()
            }
        }
    }
}
