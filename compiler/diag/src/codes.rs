//! The registry: one row per diagnostic code.

macro_rules! codes {
    ($( $(#[doc = $doc:expr])+ $name:ident = $id:literal, $summary:literal; )+) => {
        /// A stable name for one rule of the language.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $( $(#[doc = $doc])+ $name, )+ }

        impl Code {
            /// Every code, in the order of the registry.
            pub const ALL: &[Code] = &[$( Code::$name, )+];

            /// The identifier that is printed and searched for, e.g. `E0101`.
            pub const fn id(self) -> &'static str {
                match self { $( Code::$name => $id, )+ }
            }

            /// One line for the manual's index.
            pub const fn summary(self) -> &'static str {
                match self { $( Code::$name => $summary, )+ }
            }

            /// The long explanation, in Markdown.
            pub const fn explain(self) -> &'static str {
                match self { $( Code::$name => concat!($($doc, "\n"),+), )+ }
            }
        }
    };
}

// E00xx text and shape · E01xx names · E02xx calls and types · E03xx probes · W0xxx warnings.
codes! {
    /// The parser met a token that cannot continue the program.
    UnexpectedToken = "E0001", "unexpected token";
    /// A character that starts no token of the language.
    UnknownCharacter = "E0002", "unknown character";
    /// A string literal has no closing quote on its line.
    UnterminatedString = "E0003", "unterminated string";
    /// A block comment has no closing `*/`.
    UnterminatedComment = "E0004", "unterminated comment";
    /// A backslash in a string is followed by a character that makes no escape.
    UnknownEscape = "E0005", "unknown escape";
    /// An integer literal is malformed or does not fit 64 bits.
    BadInteger = "E0006", "malformed integer";
    /// A `{`, `(` or `[` is never closed.
    Unclosed = "E0007", "unclosed bracket";
    /// The program has no probe, so nothing would run.
    EmptyProgram = "E0008", "empty program";
    /// The program is not text: it has bytes that are not UTF-8.
    NotText = "E0009", "not text";
    /// Something is written where the language does not allow it.
    Misplaced = "E0010", "misplaced construct";
    /// The construct is read but this version cannot compile it yet.
    NotSupported = "E0011", "not supported yet";
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn ids_are_unique_and_ascending() {
        let ids: Vec<_> = Code::ALL.iter().map(|code| code.id()).collect();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
    }
}
