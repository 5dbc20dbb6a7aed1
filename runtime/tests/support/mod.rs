//! Programs built by hand, as the compiler would build them.

use diag::{Sources, Span};
use ir::{
    Action, Attach, BpfProgram, Builder, Conversion, Cpus, Event, EventField, EventId, Flags,
    Global, GlobalId, Helper, Id, Letter, Link, Map, MapKind, Mutability, Phase, Piece, Place,
    Probe, Program, ProgramKind, Rate, Reduce, Role, Sign, Site, State, Table, Ty, ValueId,
    Width,
};

/// The text that the programs claim to come from.
pub(crate) const SCRIPT: &str =
    "begin { printf() }\ninterval:ms:20 { @n++ }\nend { printf() }\n";

/// A script under construction.
pub(crate) struct Script {
    pub(crate) program: Program,
    state: GlobalId,
}

impl Script {
    /// With the shared state, a ring of `ring` bytes and two tables: a counter `@n` for each CPU
    /// and `@c[comm]`, a count.
    pub(crate) fn new(ring: u32) -> Self {
        let sources = Sources::new("trial.bt", SCRIPT);
        let mut program = Program { sources, license: "GPL".to_owned(), ..Program::default() };
        let mut content = vec![0; State::LOSSES as usize + 8 * 4];
        content[0] = 1;
        let state = Global {
            name: "state".to_owned(),
            content,
            align: 8,
            mutability: Mutability::Variable,
        };
        let state = program.globals.push(state);
        program.state = Some(State { global: state });
        let map = |name: &str, kind, key_size, value_size, max_entries| Map {
            name: name.to_owned(),
            kind,
            key_size,
            value_size,
            max_entries,
            flags: 0,
        };
        program.ring = Some(program.maps.push(map("ring", MapKind::RingBuf, 0, 0, ring)));
        let count = |name: &str, key, map| Table {
            name: name.to_owned(),
            key,
            value: Ty::Reduced(Reduce::Count),
            item: None,
            map,
            present: None,
            bucket_keys: false,
            short: None,
            span: Span::default(),
        };
        let by_comm = program.maps.push(map("m_c", MapKind::PerCpuHash, 16, 8, 100));
        program.tables.push(count("@c", Some(Ty::Str(16)), by_comm));
        let cell = program.maps.push(map("m_n", MapKind::PerCpuArray, 4, 8, 1));
        program.tables.push(count("@n", None, cell));
        Self { program, state }
    }

    /// Adds a probe whose body is `body`. Bodies of traced probes run only while tracing.
    pub(crate) fn probe(
        &mut self,
        name: &str,
        kind: ProgramKind,
        (phase, attach): (Phase, Attach),
        body: impl FnOnce(&mut Self, &mut Builder),
    ) {
        let line = SCRIPT.lines().position(|line| line.starts_with(name)).unwrap_or(1);
        let start: usize = SCRIPT.split_inclusive('\n').take(line).map(str::len).sum();
        let span = Span { start: start as u32, end: start as u32 + 5, ..Span::default() };
        let probe = self.program.probes.push(Probe { label: None, span });
        let index = self.program.programs.len();
        let function = format!("p{index}");
        let mut builder = Builder::new(function.clone(), Role::Program(kind), span);
        if phase == Phase::Trace {
            let state = self.state(&mut builder);
            let running = builder.load64(state, State::RUNNING);
            let (go, stop) = (builder.block(), builder.block());
            builder.branch(running, go, stop);
            builder.switch_to(stop);
            let zero = builder.constant(0);
            builder.ret(zero);
            builder.switch_to(go);
        }
        body(self, &mut builder);
        let body = self.program.functions.push(builder.finish());
        let program = self.program.programs.push(BpfProgram {
            linking: ir::Linking::Each,
            name: function,
            kind,
            function: body,
            probes: vec![probe],
        });
        let first = ir::SiteId::from_index(self.program.sites.len());
        let site = self.program.sites.push(Site { name: name.to_owned(), span, probe, first });
        self.program.links.push(Link { phase, program, attach, sites: vec![site] });
    }

    fn state(&self, builder: &mut Builder) -> ValueId {
        builder.global(self.state)
    }

    /// `@n++`, as a count; the old value of this CPU.
    pub(crate) fn count(&self, builder: &mut Builder) -> ValueId {
        let key = builder.slot(4, 4);
        builder.zero(key, 0, 4, 4);
        let map = builder.map(Id::from_index(2));
        let cell = builder.call(Helper::MAP_LOOKUP_ELEM, &[map, key]);
        let old = builder.slot(8, 8);
        builder.zero(old, 0, 8, 8);
        let (hit, next) = (builder.block(), builder.block());
        let is_null = builder.is_null(cell);
        builder.branch(is_null, next, hit);
        builder.switch_to(hit);
        let value = builder.load64(cell, 0);
        builder.store64(old, 0, value);
        let more = builder.bin_const(ir::Bin::Add, value, 1);
        builder.store64(cell, 0, more);
        builder.jump(next);
        builder.switch_to(next);
        builder.load64(old, 0)
    }

    /// `@c[comm] = count()`
    pub(crate) fn count_comm(&self, builder: &mut Builder) {
        let key = builder.slot(16, 8);
        let one = builder.slot(8, 8);
        builder.zero(key, 0, 16, 8);
        let size = builder.constant(16);
        builder.call(Helper::GET_CURRENT_COMM, &[key, size]);
        let map = builder.map(Id::from_index(1));
        let cell = builder.call(Helper::MAP_LOOKUP_ELEM, &[map, key]);
        let (hit, miss, next) = (builder.block(), builder.block(), builder.block());
        let is_null = builder.is_null(cell);
        builder.branch(is_null, miss, hit);
        builder.switch_to(hit);
        let value = builder.load64(cell, 0);
        let more = builder.bin_const(ir::Bin::Add, value, 1);
        builder.store64(cell, 0, more);
        builder.jump(next);
        builder.switch_to(miss);
        let first = builder.constant(1);
        builder.store64(one, 0, first);
        let flags = builder.constant(0);
        builder.call(Helper::MAP_UPDATE_ELEM, &[map, key, one, flags]);
        builder.jump(next);
        builder.switch_to(next);
    }

    /// `printf(text, value)`; a full ring is counted as loss 0.
    pub(crate) fn print(&mut self, builder: &mut Builder, text: &str, value: ValueId) {
        let convert = Conversion {
            flags: Flags::default(),
            width: None,
            precision: None,
            length: None,
            letter: Letter::Signed,
        };
        let action = Action::Text {
            kind: "printf".to_owned(),
            pieces: vec![
                Piece::Text(text.to_owned()),
                Piece::Convert(convert),
                Piece::Text("\n".to_owned()),
            ],
        };
        let ty = Ty::Int(Width::W64, Sign::Signed);
        let fields = vec![EventField { ty, place: Place::Fixed(8) }];
        let event = self.event(action, fields, 16);
        self.send(builder, event, Some(value), 1);
    }

    /// `exit(code)`
    pub(crate) fn exit(&mut self, builder: &mut Builder, code: i64) {
        let state = self.state(builder);
        let word = builder.constant(1 + code);
        builder.store64(state, State::EXIT, word);
        let zero = builder.constant(0);
        builder.store64(state, State::RUNNING, zero);
        let event = self.event(Action::Wake, Vec::new(), 8);
        self.send(builder, event, None, 2);
    }

    fn event(&mut self, action: Action, fields: Vec<EventField>, size: u32) -> EventId {
        self.program.events.push(Event { action, fields, size, span: Span::default() })
    }

    fn send(&self, builder: &mut Builder, event: EventId, value: Option<ValueId>, flags: i64) {
        let ring = builder.map(Id::from_index(0));
        let size = i64::from(self.program.events[event].size);
        let (size, none) = (builder.constant(size), builder.constant(0));
        let record = builder.call(Helper::RINGBUF_RESERVE, &[ring, size, none]);
        let (hit, miss, next) = (builder.block(), builder.block(), builder.block());
        let is_null = builder.is_null(record);
        builder.branch(is_null, miss, hit);
        builder.switch_to(hit);
        let id = builder.constant(event.index() as i64);
        builder.store64(record, 0, id);
        if let Some(value) = value {
            builder.store64(record, 8, value);
        }
        let flags = builder.constant(flags);
        builder.call(Helper::RINGBUF_SUBMIT, &[record, flags]);
        builder.jump(next);
        builder.switch_to(miss);
        let state = self.state(builder);
        let one = builder.constant(1);
        builder.atomic_add(state, State::LOSSES, one);
        builder.jump(next);
        builder.switch_to(next);
    }

    /// Counts losses of the ring in the first counter.
    pub(crate) fn with_loss(mut self) -> Self {
        self.program.losses.push(ir::Loss {
            kind: ir::LossKind::RingFull,
            span: Span::default(),
            probe: Id::from_index(0),
            table: None,
        });
        self
    }
}

/// A clock on the first CPU.
pub(crate) fn every_ms(ms: u64) -> (Phase, Attach) {
    let rate = Rate::Period(ms * 1_000_000);
    let attach = Attach::Perf { kind: 1, config: 0, rate, cpus: Cpus::First, pid: None };
    (Phase::Trace, attach)
}

/// Run once, at the start or the end.
pub(crate) fn once(phase: Phase) -> (Phase, Attach) {
    (phase, Attach::TestRun)
}
