//! The picture of a run: what must be looked at while tracing, and the file at the end.

use std::{
    io::{self, Write},
    time::{Duration, Instant},
};

use ir::{Action, Program, Table, TableId};

use super::{
    Caption, Form, HeatMap, Picture, Samples, Timeline, draw_heat_map, file, flame, folded,
    pace::Pace, perfetto, pprof,
};
use crate::{decode, ffi, maps::Entries, names::Names, output::TableView};

/// Makes one picture.
pub(crate) struct Recorder<'run> {
    picture: &'run Picture,
    caption: Caption,
    heat: HeatMap,
    timeline: Timeline,
    pace: Pace,
    /// Whether what it holds at the end is not enough.
    watches: bool,
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
            timeline: Timeline::default(),
            pace: Pace::default(),
            watches: picture.form.is_over_time(&program.tables[picture.table]),
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
        self.watches && !self.by_script && self.pace.is_due(self.started.elapsed())
    }

    /// The map was looked at because it was due; what it holds, and how long looking took.
    pub(crate) fn look(&mut self, view: &TableView<'_>, cost: Duration) {
        let now = self.started.elapsed();
        self.take(view, now);
        let merged = self.heat.merged().max(self.timeline.merged());
        self.pace.looked(now, cost, merged);
    }

    /// The script prints a map.
    pub(crate) fn printed(&mut self, table: TableId, view: &TableView<'_>) {
        if self.watches && self.by_script && table == self.picture.table {
            self.take(view, self.started.elapsed());
        }
    }

    fn take(&mut self, view: &TableView<'_>, now: Duration) {
        if self.picture.form == Form::HeatMap {
            self.heat.take(view, now);
        } else {
            self.timeline.take(view, now);
        }
    }

    /// The script empties a map.
    pub(crate) fn emptied(&mut self, table: TableId) {
        if table == self.picture.table {
            self.heat.clear();
        }
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
        let started = ffi::boot_time().saturating_sub(lasted.as_nanos() as u64);
        if self.watches {
            let view = decode::table(table, entries.iter(), names);
            self.timeline.take(&view, lasted);
            self.write(&perfetto::counters(&self.timeline, caption, started))?;
            let most = self.timeline.keys.len();
            return Ok(self.timeline.left_out.then(|| {
                format!("only the first {most} keys of {} are in the trace", table.name)
            }));
        }
        let samples = Samples::of(table, entries.iter(), names);
        let bytes = match self.picture.form {
            Form::Flame => flame(&samples, caption)?,
            Form::Folded => folded(&samples).into_bytes(),
            Form::Pprof => pprof(&samples, caption, lasted)?,
            Form::Perfetto => perfetto::slices(&samples, caption, started),
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
