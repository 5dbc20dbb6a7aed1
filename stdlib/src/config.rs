//! The settings that change what a program means, as the compiler and the runtime read them. How
//! they are called and what they take is in `settings`.

/// What becomes of something that is missing on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The program is refused.
    Error,
    /// It runs without, and that is said.
    Warn,
    /// It runs without.
    Ignore,
}

/// Whether a word that may yet change can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unstable {
    /// It is refused.
    Error,
    /// It works, with a warning.
    Warn,
    /// It works.
    Enable,
}

/// For how long the symbols of processes are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserSymbols {
    /// For each process.
    PerPid,
    /// For each executable: right where its addresses are the same in all processes.
    PerProgram,
    /// Not at all.
    None,
}

/// What is done with a read that failed or a map entry that was not there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Watch {
    /// It is counted.
    #[default]
    Count,
    /// It is also said as it happens (`-k`).
    Warn,
}

/// What a run is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Purpose {
    /// To trace.
    #[default]
    Trace,
    /// To run the program's tests.
    Test,
    /// To run its benchmarks.
    Bench,
}

/// Configuration variables, and what the command line sets for the whole program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Bytes of a string that `str()` reads, the final NUL included.
    pub max_strlen: u32,
    /// Entries of a hash map.
    pub max_map_keys: u32,
    /// Largest value that is kept on the BPF stack, in bytes.
    pub on_stack_limit: u32,
    /// Most attach points.
    pub max_probes: u32,
    /// Most BPF programs.
    pub max_bpf_progs: u32,
    /// Most bytes of a file that `cat()` prints.
    pub max_cat_bytes: u32,
    /// Bytes of the verifier's log that are kept.
    pub log_size: u32,
    /// Pages of the event ring; 0 where its size follows from the program.
    pub perf_rb_pages: u32,
    /// Whether maps are printed at the end.
    pub print_maps_on_exit: bool,
    /// What becomes of attach points that nothing on this machine matches.
    pub missing_probes: Missing,
    /// What the kernel is told.
    pub license: &'static str,
    /// What follows text that was cut.
    pub str_trunc_trailer: String,
    /// How stacks are shown.
    pub stack_mode: ir::StackMode,
    /// For how long the symbols of processes are kept; none: as fits.
    pub cache_user_symbols: Option<UserSymbols>,
    /// Whether names of C++ symbols are shown as they are written.
    pub cpp_demangle: bool,
    /// Whether symbols of processes are looked up only when they are printed.
    pub lazy_symbolication: bool,
    /// Whether stacks show file and line.
    pub show_debug_info: bool,
    /// Whether symbols come with inlined functions, as blazesym gives them.
    pub use_blazesym: bool,
    /// Whether `import` may stand in a block.
    pub unstable_import_statement: Unstable,
    /// Whether `tseries()` can be used.
    pub unstable_tseries: Unstable,
    /// Whether `typeinfo()` can be used.
    pub unstable_typeinfo: Unstable,
    /// Whether `dw_ustack` can be used.
    pub unstable_dw_ustack: Unstable,
    /// Whether bpftrace's own behaviour is wanted where ours differs.
    pub compat: bool,
    /// Whether old spellings are refused.
    pub strict: bool,
    /// Whether division and remainder take negative numbers for large ones.
    pub unsigned_division: bool,
    /// Whether `>>` shifts zeros into negative numbers.
    pub logical_shift: bool,
    /// Whether `%d` and the like print 32 bits.
    pub narrow_formats: bool,
    /// Whether words that can change the system are allowed.
    pub allow_unsafe: bool,
    /// What the run is for.
    pub purpose: Purpose,
    /// A regular expression that full names of attach points must match.
    pub probe_filter: Option<String>,
    /// What is done with failed reads and missing entries.
    pub watch: Watch,
    /// Directories in which headers are looked for before those that are known.
    pub include_directories: Vec<String>,
    /// Headers that are included before everything else.
    pub include_headers: Vec<String>,
    /// The map, with its `@`, that time series take for their clock: for tests.
    pub clock_map: Option<String>,
    /// Who set what.
    pub origins: Origins,
}

/// Who set what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins {
    /// Settings that come from outside of the script, which can't change them.
    pub(crate) pinned: Vec<&'static str>,
    /// Settings that anybody gave a value.
    pub(crate) given: Vec<&'static str>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_strlen: 1024,
            max_map_keys: 4096,
            on_stack_limit: 128,
            max_probes: 1024,
            max_bpf_progs: 1024,
            max_cat_bytes: 10240,
            log_size: 1_000_000,
            perf_rb_pages: 0,
            print_maps_on_exit: true,
            missing_probes: Missing::Error,
            license: "GPL",
            str_trunc_trailer: "..".to_owned(),
            stack_mode: ir::StackMode::Bpftrace,
            cache_user_symbols: None,
            cpp_demangle: true,
            lazy_symbolication: true,
            show_debug_info: true,
            use_blazesym: true,
            unstable_import_statement: Unstable::Error,
            unstable_tseries: Unstable::Warn,
            unstable_typeinfo: Unstable::Error,
            unstable_dw_ustack: Unstable::Warn,
            compat: false,
            include_directories: Vec::new(),
            include_headers: Vec::new(),
            strict: false,
            unsigned_division: false,
            logical_shift: false,
            narrow_formats: false,
            allow_unsafe: false,
            purpose: Purpose::Trace,
            probe_filter: None,
            watch: Watch::Count,
            origins: Origins::default(),
            clock_map: None,
        }
    }
}

impl Config {
    /// Whether division and remainder are unsigned, as bpftrace's are.
    pub const fn divides_unsigned(&self) -> bool {
        self.compat || self.unsigned_division
    }

    /// Whether `>>` is logical, as bpftrace's is.
    pub const fn shifts_logically(&self) -> bool {
        self.compat || self.logical_shift
    }

    /// Whether `%d` prints 32 bits, as bpftrace's does.
    pub const fn formats_narrowly(&self) -> bool {
        self.compat || self.narrow_formats
    }

    /// Whether anybody gave the setting called `name` a value.
    pub fn is_set(&self, name: &str) -> bool {
        self.origins.given.contains(&name)
    }

    /// Bytes of the event ring, where its size is asked for: a power of two, as the kernel wants.
    pub fn ring_bytes(&self) -> Option<u32> {
        // bpftrace counts in pages of 4 KiB wherever anybody set this.
        let pages = (self.perf_rb_pages > 0).then(|| self.perf_rb_pages.next_power_of_two())?;
        Some(pages.saturating_mul(4096))
    }
}
