//! What programs send and what they leave in maps, handed to the output.

use std::{
    collections::BTreeSet,
    io,
    os::fd::{OwnedFd, RawFd},
    path::Path,
    time::{Duration, Instant},
};

use ir::{Action, IdVec, LossKind, Piece, Place, Program, ProgramId, TableId};

use crate::{
    act, clock,
    decode::{self, Decoded},
    error::Error,
    format,
    ledger::Ledger,
    listing::Listing,
    load::Loaded,
    maps::{Entries, Maps},
    names::ProgramNames,
    output::{Limits, Message, MessageKind, Output, Style},
    pacing,
    packets::Packets,
    pictures::Recorder,
    ring::{Drained, Ring},
    session::RunOptions,
    state::Shared,
    value::Value,
    warnings::Warner,
};

/// The reader of the ring.
pub(crate) struct Events<'run> {
    ring: Option<Ring>,
    packets: Option<Packets>,
    sink: Sink<'run>,
    pub(crate) output: &'run mut dyn Output,
    interval: Duration,
    reported: u64,
    warner: Warner,
    told_of_signal: bool,
}

/// What records are handled with.
struct Sink<'run> {
    program: &'run Program,
    shared: Option<&'run Shared>,
    maps: Maps<'run>,
    programs: &'run IdVec<ProgramId, OwnedFd>,
    names: ProgramNames<'run>,
    /// Whether maps that lack something are marked.
    marks: bool,
    listing: &'run Listing,
    picture: Option<Recorder<'run>>,
    /// Addresses of watchpoints that are to be detached.
    unwatched: Vec<u64>,
}

impl<'run> Events<'run> {
    /// Reads `ring`, if there is one.
    pub(crate) fn new(
        (program, loaded): (&'run Program, &'run Loaded),
        ring: Option<Ring>,
        output: &'run mut dyn Output,
        options: &'run RunOptions,
    ) -> Result<Self, Error> {
        let packets = match options.dry_run {
            true => None,
            false => Packets::open(program, &loaded.maps)?,
        };
        let sink = Sink {
            program,
            shared: loaded.shared.as_ref(),
            maps: Maps::new(program, &loaded.maps),
            programs: &loaded.programs,
            names: ProgramNames::new(program, &loaded.maps)
                .with_debug_folders(&options.debug_folders),
            marks: !options.warnings.compat,
            listing: &options.listing,
            picture: options.picture.as_ref().map(|it| Recorder::new(it, program)),
            unwatched: Vec::new(),
        };
        let warner = Warner::new(options.warnings.clone(), program);
        Ok(Self {
            ring,
            packets,
            sink,
            output,
            interval: pacing::SLOWEST,
            reported: 0,
            warner,
            told_of_signal: false,
        })
    }

    /// Notes from now on what processes map, if the program needs it.
    pub(crate) fn watch_processes(&mut self, only: Option<u32>, program: Option<&Path>) {
        self.sink.names.watch_processes(only, program);
    }

    /// Everything is attached: times count from here.
    pub(crate) fn tracing_begins(&mut self) {
        if let Some(picture) = &mut self.sink.picture {
            picture.start();
        }
    }

    /// Readable when a drain has something to do besides the ring.
    pub(crate) fn descriptors(&self) -> impl Iterator<Item = RawFd> {
        let packets = self.packets.iter().flat_map(Packets::descriptors);
        self.sink.names.descriptors().chain(packets)
    }

    /// Addresses of watchpoints that the script wants to be rid of.
    pub(crate) fn take_unwatched(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.sink.unwatched)
    }

    /// How long to wait before the next drain.
    pub(crate) const fn interval(&self) -> Duration {
        self.interval
    }

    /// Prints what has come, and says what was lost.
    pub(crate) fn drain(&mut self) -> io::Result<Drained> {
        self.sink.names.update_processes();
        if let Some(shared) = self.sink.shared {
            self.warner.say(self.sink.program, shared, &mut *self.output)?;
        }
        self.sink.look()?;
        self.sink.names.note_clocks();
        if let Some(packets) = &mut self.packets {
            packets.drain(|moment| self.sink.names.since_epoch(moment))?;
        }
        let Some(ring) = &mut self.ring else { return Ok(Drained::All) };
        let filled = ring.filled();
        self.interval = pacing::next(self.interval, filled, ring.size());
        let (sink, output) = (&mut self.sink, &mut *self.output);
        let drained = ring.drain(|record| sink.record(record, output))?;
        let lost = sink.lost_events();
        if lost > self.reported {
            output.lost(lost - self.reported)?;
            self.reported = lost;
        }
        if filled > 0 {
            output.drained()?;
        }
        Ok(drained)
    }

    /// Says what can't be watched or attached.
    pub(crate) fn report(&mut self, unwatched: Vec<String>) -> io::Result<()> {
        for text in unwatched {
            let kind = MessageKind::Warning;
            self.output.message(&Message { kind, text: &text, position: None })?;
        }
        Ok(())
    }

    /// Prints all maps because of a signal, as bpftrace did before 0.22.
    pub(crate) fn print_maps_by_signal(&mut self) -> io::Result<()> {
        if !std::mem::replace(&mut self.told_of_signal, true) {
            let text = "SIGUSR1 prints all maps, as it once did in bpftrace; to choose what it \
                        does, write `self:signal:SIGUSR1 { print(@map); }`";
            let kind = MessageKind::Warning;
            self.output.message(&Message { kind, text, position: None })?;
        }
        for table in self.sink.program.tables.ids() {
            self.sink.table_at_end(table, &mut *self.output)?;
        }
        self.output.drained()
    }

    /// Writes the picture that is wanted, if one is.
    pub(crate) fn draw(&mut self) -> io::Result<()> {
        let Some(text) = self.sink.draw()? else { return Ok(()) };
        let kind = MessageKind::Warning;
        self.output.message(&Message { kind, text: &text, position: None })
    }

    /// Prints the maps and everything that was lost.
    pub(crate) fn finish(&mut self, options: &RunOptions) -> io::Result<()> {
        self.packets.as_mut().map_or(Ok(()), Packets::finish)?;
        let output = &mut *self.output;
        output.end_of_tracing()?;
        let drawn = self.sink.picture.as_ref().map(Recorder::table);
        if !options.keep_maps {
            let tables = self.sink.program.tables.ids();
            for table in tables.filter(|table| Some(*table) != drawn) {
                self.sink.table_at_end(table, output)?;
            }
        }
        self.draw()?;
        let output = &mut *self.output;
        let lost = self.sink.lost_events();
        if lost > self.reported {
            output.lost(lost - self.reported)?;
        }
        if lost > 0 {
            output.lost_in_all(lost)?;
        }
        if !options.no_ledger {
            let bounds = self.sink.lower_bounds();
            let tables = bounds.iter().map(|id| self.sink.program.tables[*id].name.as_str());
            let tables: Vec<_> = tables.collect();
            output.ledger(&self.sink.ledger().lines(), &tables)?;
        }
        output.flush()
    }
}

impl Sink<'_> {
    fn record(&mut self, bytes: &[u8], output: &mut dyn Output) -> io::Result<()> {
        let decoded = decode::event(self.program, bytes, &self.names)
            .map_err(|error| io::Error::other(error.to_string()))?;
        let Decoded { event, mut fields, .. } = decoded;
        match &event.action {
            Action::Text { kind, pieces } => output.printf(kind, pieces, &mut fields),
            Action::Value => fields.next().map_or(Ok(()), |value| output.value(&value)),
            Action::Table(table) => {
                let mut number = || fields.next().and_then(|value| value.bits()).unwrap_or(0);
                let (top, div) = (number(), number());
                let limits = Limits { top, div, order: None };
                self.table(*table, limits, output)
            }
            Action::Entry(table) => {
                let key = event.fields.first().map(|field| match field.place {
                    Place::Fixed(at) | Place::Tail(at) => {
                        let at = at as usize;
                        bytes.get(at..at + field.ty.size() as usize).unwrap_or_default()
                    }
                });
                self.entry(*table, key, output)
            }
            Action::Clear(table) => {
                let table = *table;
                self.emptied(table);
                self.maps.clear(table)
            }
            Action::Zero(table) => {
                let table = *table;
                self.emptied(table);
                self.maps.zero(table)
            }
            Action::Clock(format) => output.text("time", &clock::now(format)),
            Action::Report { severity, pieces } => {
                let text = self.text(pieces, &mut fields);
                act::report(*severity, &text, (&self.program.sources, event.span), output)
            }
            Action::Cat { pieces, most } => {
                let path = self.text(pieces, &mut fields);
                act::cat(&path, *most, output)
            }
            Action::Run { pieces } => {
                let command = self.text(pieces, &mut fields);
                act::run(&command, output)
            }
            Action::Join { separator } => {
                let line = fields.next().map(|texts| act::joined(&texts, separator));
                output.text("join", &line.unwrap_or_default())
            }
            Action::Unwatch => {
                self.unwatched.extend(fields.next().and_then(|address| address.bits()));
                Ok(())
            }
            // The reader looks at the state after each drain.
            Action::Wake => Ok(()),
        }
    }

    /// The text that a format makes of an event's fields.
    fn text<'a>(
        &self,
        pieces: &[Piece],
        fields: &mut dyn Iterator<Item = Value<'a>>,
    ) -> String {
        let mut text = Vec::new();
        format::write(&mut text, pieces, fields, &Style::default());
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Prints a table because the script says so.
    fn table(
        &mut self,
        id: TableId,
        limits: Limits,
        output: &mut dyn Output,
    ) -> io::Result<()> {
        let entries = self.maps.read(id)?;
        let table = &self.program.tables[id];
        let mut view = decode::table(table, entries.iter(), &self.names);
        view.written |= self.maps.was_zeroed(id);
        view.lower_bound = self.lower_bounds().contains(&id);
        if let Some(picture) = &mut self.picture {
            picture.printed(id, &view);
        }
        output.table(&view, self.listing.limits(id, limits))
    }

    fn emptied(&mut self, id: TableId) {
        if let Some(picture) = &mut self.picture {
            picture.emptied(id);
        }
    }

    /// Looks at the map that is drawn over time, if it is time to.
    fn look(&mut self) -> io::Result<()> {
        let Some(picture) = &mut self.picture else { return Ok(()) };
        if !picture.is_due() {
            return Ok(());
        }
        let before = Instant::now();
        let entries = self.maps.read(picture.table())?;
        let table = &self.program.tables[picture.table()];
        let view = decode::table(table, entries.iter(), &self.names);
        picture.look(&view, before.elapsed());
        Ok(())
    }

    /// Writes the picture; returns what must be said of it.
    fn draw(&mut self) -> io::Result<Option<String>> {
        let Some(mut picture) = self.picture.take() else { return Ok(None) };
        let id = picture.table();
        let table = &self.program.tables[id];
        let entries = self.maps.read(id)?;
        picture.finish(table, &entries, &self.names)
    }

    /// Prints a table at the end, unless nothing was ever put into it.
    fn table_at_end(&self, id: TableId, output: &mut dyn Output) -> io::Result<()> {
        let entries = self.maps.read(id)?;
        let mut view = decode::table(&self.program.tables[id], entries.iter(), &self.names);
        view.lower_bound = self.lower_bounds().contains(&id);
        if view.written || self.maps.was_zeroed(id) {
            output.table(&view, self.listing.limits(id, Limits::default()))?;
        }
        Ok(())
    }

    fn entry(
        &self,
        id: TableId,
        key: Option<&[u8]>,
        output: &mut dyn Output,
    ) -> io::Result<()> {
        let entries: Entries = self.maps.lookup(id, key)?;
        let table = &self.program.tables[id];
        let view = decode::table(table, entries.iter(), &self.names);
        match view.rows.first() {
            Some(row) => output.entry(&row.value),
            // What a missing entry holds is zero, as the language has it.
            None => output.entry(&decode::cell(table, &[], &self.names)),
        }
    }

    fn lower_bounds(&self) -> BTreeSet<TableId> {
        if self.marks { self.ledger().lower_bounds() } else { BTreeSet::new() }
    }

    const fn ledger(&self) -> Ledger<'_> {
        Ledger { program: self.program, shared: self.shared, programs: self.programs }
    }

    fn lost_events(&self) -> u64 {
        let losses = self.program.losses.iter();
        losses
            .filter(|(_, loss)| loss.kind == LossKind::RingFull)
            .map(|(id, _)| self.shared.map_or(0, |shared| shared.loss(id)))
            .sum()
    }
}
