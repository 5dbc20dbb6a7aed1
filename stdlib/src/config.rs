//! The settings that change what a program means.

/// Configuration variables, as far as the compiler reads them.
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
    /// Size of the event ring in bytes, a power of two; without one it follows from the program.
    pub ring_bytes: Option<u32>,
    /// Whether words that can change the system are allowed.
    pub allow_unsafe: bool,
    /// Whether bpftrace's own behaviour is wanted where ours differs.
    pub compat: bool,
    /// What the kernel is told.
    pub license: String,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_strlen: 1024,
            max_map_keys: 4096,
            on_stack_limit: 32,
            max_probes: 1024,
            ring_bytes: None,
            allow_unsafe: false,
            compat: false,
            license: "GPL".to_owned(),
        }
    }
}

/// Settings that take a number: name in the script, and where it goes.
type Number = (&'static str, fn(&mut Config) -> &mut u32);

const NUMBERS: &[Number] = &[
    ("max_map_keys", |config| &mut config.max_map_keys),
    ("max_probes", |config| &mut config.max_probes),
    ("max_strlen", |config| &mut config.max_strlen),
    ("on_stack_limit", |config| &mut config.on_stack_limit),
];

/// Why a setting was not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unset {
    /// There is no setting of that name.
    Unknown,
    /// It takes a number from 1 on.
    NoNumber,
}

impl Config {
    /// Names of settings, for "did you mean".
    pub fn names() -> impl Iterator<Item = &'static str> {
        NUMBERS.iter().map(|(name, _)| *name)
    }

    /// Sets `name`, in any case and with or without `bpftrace_` before it.
    ///
    /// # Errors
    ///
    /// Says whether it is the name or the value that is wrong; then nothing has changed.
    pub fn set(&mut self, name: &str, value: Option<u64>) -> Result<(), Unset> {
        let name = name.to_lowercase();
        let name = name.strip_prefix("bpftrace_").unwrap_or(&name);
        let known = NUMBERS.iter().find(|(known, _)| *known == name);
        let (_, field) = known.ok_or(Unset::Unknown)?;
        let value = value.and_then(|value| u32::try_from(value).ok());
        *field(self) = value.filter(|value| *value > 0).ok_or(Unset::NoNumber)?;
        Ok(())
    }
}
