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
