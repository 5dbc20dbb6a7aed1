//! Words that are written in the language itself: macros in `prelude/*.bt`, one word a file. A
//! text is parsed only when a program uses its word.

/// One word that is a macro.
#[derive(Debug, Clone, Copy)]
pub struct Prelude {
    /// How it is written.
    pub name: &'static str,
    /// Its file: lines `// usage: …`, `// summary: …` and `// example: …`, then the macros.
    pub text: &'static str,
}

impl Prelude {
    /// How it is called.
    pub fn usage(&self) -> &'static str {
        self.line("usage")
    }

    /// One sentence for the manual and for completion.
    pub fn summary(&self) -> &'static str {
        self.line("summary")
    }

    /// A program that shows it.
    pub fn example(&self) -> &'static str {
        self.line("example")
    }

    fn line(&self, key: &str) -> &'static str {
        let mut lines = self.text.lines().filter_map(|line| line.strip_prefix("// "));
        let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
        value.unwrap_or_default()
    }
}

macro_rules! words {
    ($( $name:literal )+) => {
        /// Every word of the prelude, sorted by name.
        pub const ALL: &[Prelude] = &[$(
            Prelude { name: $name, text: include_str!(concat!("../prelude/", $name, ".bt")) },
        )+];
    };
}

words! {
    "assert" "container_of" "find" "is_err" "leader_comm" "leader_tid" "pcomm" "ppid"
    "socket_cookie"
}

/// The word called `name`.
pub fn find(name: &str) -> Option<&'static Prelude> {
    ALL.iter().find(|word| word.name == name)
}
