//! The registry: one row per diagnostic code. Each has a page, `pages/CODE.md`, which
//! `hawk explain CODE` shows.

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

            /// What it means, with examples and what to write instead: its file in `pages/`.
            /// Programs that get it stand, indented, below `Wrong:`, others below `Right:`.
            pub const fn explain(self) -> &'static str {
                match self {
                    $( Code::$name => include_str!(concat!("../pages/", $id, ".md")), )+
                }
            }
        }
    };
}

// E00xx text and shape · E01xx names · E02xx calls and types · E03xx probes · E05xx C · E06xx settings and options · W0xxx warnings.
codes! {
    /// The parser met something that cannot continue the program: often a `;`, an operator or a
    /// name is missing just before it.
    UnexpectedToken = "E0001", "unexpected token";
    /// A character starts no token of the language. Quotes and dashes that a word processor made
    /// “nice” are the usual cause.
    UnknownCharacter = "E0002", "unknown character";
    /// A string has no closing quote on its line. A line break inside of a string is written `\n`.
    UnterminatedString = "E0003", "unterminated string";
    /// A block comment has no closing `*/`, so it would swallow the rest of the program.
    UnterminatedComment = "E0004", "unterminated comment";
    /// A backslash in a string is followed by a character that makes no escape. The escapes are
    /// `\n`, `\t`, `\r`, `\"`, `\\`, `\ooo` (octal, up to 377) and `\xHH`.
    UnknownEscape = "E0005", "unknown escape";
    /// An integer is malformed or does not fit its type: at most 64 bits, an octal number has no 8
    /// or 9, a suffix is one of `u ul ull l ll` or a unit of time, and there are no fractions.
    BadInteger = "E0006", "malformed integer";
    /// A `{`, `(` or `[`, or the `/` of a predicate, is never closed. The message points at the
    /// opening one, and at the place where the closing one was missed.
    Unclosed = "E0007", "unclosed bracket";
    /// The program has no probe, so nothing would run.
    EmptyProgram = "E0008", "empty program";
    /// The program has bytes that are not UTF-8. Perhaps the file is a binary, or its text is in an
    /// older encoding; in strings, write such bytes as `\xHH`.
    NotText = "E0009", "not text";
    /// Something is written where the language does not allow it: a statement outside of a probe,
    /// C text or the `config` block behind one.
    Misplaced = "E0010", "misplaced construct";
    /// The construct is read, but this version cannot compile it yet.
    NotSupported = "E0011", "not supported yet";
    /// Expressions or blocks contain each other more deeply than the compiler follows. Store a part
    /// in a variable first.
    TooDeep = "E0012", "too deeply nested";
    /// Only variables, maps and map entries can be assigned to, counted up or down, or have their
    /// address taken. Tuples, records and what pointers point at do not change.
    NotAssignable = "E0013", "not assignable";
    /// A record gives one field two values.
    DuplicateField = "E0014", "duplicate field";
    /// An attribute in a C definition is not written as C wants it, with double parentheses.
    BadAttribute = "E0015", "malformed attribute";
    /// The text of the program is larger than any program is. Perhaps the file is not a program.
    TooLarge = "E0016", "program too large";
    /// A call names a function that the language does not have.
    UnknownFunction = "E0101", "unknown function";
    /// A name stands for neither a builtin nor a constant.
    UnknownName = "E0102", "unknown name";
    /// A probe has a type that the language does not have.
    UnknownProbeType = "E0103", "unknown probe type";
    /// A record or struct has no field of that name.
    UnknownField = "E0104", "unknown field";
    /// A variable is read before anything was assigned to it.
    UnknownVariable = "E0105", "unknown variable";
    /// A name stands for no type.
    UnknownType = "E0106", "unknown type";
    /// A map is read but never assigned anywhere in the program.
    UnknownMap = "E0107", "undefined map";
    /// A positional parameter that was not given.
    MissingParameter = "E0108", "missing parameter";
    /// A call has too few or too many arguments.
    WrongArity = "E0201", "wrong number of arguments";
    /// An aggregation such as `count()` can only be assigned to a map.
    AggregationOutsideMap = "E0202", "aggregation outside a map assignment";
    /// An argument has a type that the function does not take.
    WrongArgument = "E0203", "wrong argument";
    /// Two values that have to go together have types that do not.
    TypeMismatch = "E0204", "type mismatch";
    /// A map is used both with and without a key.
    MixedMap = "E0205", "map used with and without a key";
    /// A map is used with keys of types that do not go together.
    KeyMismatch = "E0206", "key of another type";
    /// A format has a conversion that does not exist or does not fit its argument.
    BadFormat = "E0207", "bad format";
    /// The word means nothing in this type of probe.
    NotAvailableHere = "E0208", "not available in this probe";
    /// A value of this type cannot become a value of that type.
    BadCast = "E0209", "impossible cast";
    /// A division by a constant zero.
    DivisionByZero = "E0210", "division by zero";
    /// A constant is outside the range that is allowed here.
    OutOfRange = "E0211", "value out of range";
    /// The word can change the system and needs `--unsafe`.
    NeedsUnsafe = "E0212", "needs --unsafe";
    /// A variable is declared twice.
    Redeclared = "E0213", "declared twice";
    /// The value of this expression cannot be used here.
    NotAValue = "E0214", "not a value";
    /// `comptime` takes what is known before the program runs: literals, parameters of the command
    /// line, and what is made of them and of types. A builtin such as `pid` is known only when a
    /// probe fires.
    NotConstant = "E0215", "not known before the program runs";
    /// The word may still change from one version to the next, and the settings do not allow it.
    Unstable = "E0216", "not settled yet";
    /// The program itself says that it must not run like this: a `static_assert` that does not
    /// hold, or a `fail` that is reached.
    Asserted = "E0217", "refused by the program";
    /// What is pointed to is in each CPU's own memory, which this address alone does not tell.
    PerCpuPointer = "E0218", "pointer into each CPU's memory";
    /// The attach point has too few or too many parts, or parts of the wrong form.
    BadAttachPoint = "E0301", "malformed attach point";
    /// Nothing on this machine matches the attach point.
    NoMatch = "E0302", "nothing matches";
    /// A rate or period is malformed or out of range.
    BadRate = "E0303", "malformed rate";
    /// The program would attach to more places than allowed.
    TooManyProbes = "E0304", "too many attach points";
    /// The machine cannot tell what is needed to compile the program.
    CannotAsk = "E0305", "the machine does not tell";
    /// This kernel lacks what the probe needs.
    MissingFeature = "E0306", "missing kernel feature";
    /// The kernel's verifier refused what the compiler made: a bug of the compiler.
    Refused = "E0401", "refused by the verifier";
    /// The attach point exists, but attaching to it failed.
    CannotAttach = "E0402", "cannot attach";
    /// C text that breaks C's own rules, or a directive of its preprocessor that does.
    CSyntax = "E0501", "malformed C declaration";
    /// A C declaration needs the size of a type that neither the program nor the kernel defines.
    /// Pointers need no size: `struct unseen *` is always possible.
    CUnknownType = "E0502", "unknown C type";
    /// C that is right, but that the compiler does not read: some attributes, types without
    /// integers to hold them, declarations of a size that no program has.
    CUnsupported = "E0503", "unsupported C declaration";
    /// What `import` names can't be read, or is no script (`.bt`), header (`.h`) or directory of
    /// them. Directories to which everybody may write are refused: what is in them runs as root.
    CannotImport = "E0504", "cannot import";
    /// A header is neither on the machine nor one that can be done without. Types of the kernel's
    /// headers come from its BTF, and well-known constants need no header at all.
    UnknownHeader = "E0505", "unknown header";
    /// The `config` block names a setting that there is not.
    UnknownSetting = "E0601", "unknown setting";
    /// A setting is given a value that it does not take.
    WrongSetting = "E0602", "wrong value of a setting";
    /// A setting stands in the program that is read before the program is.
    EnvironmentOnly = "E0603", "only for the environment";
    /// An option of the script has a value of the wrong type.
    WrongOption = "E0604", "wrong value of an option";
    /// `--probe-filter` is malformed, or leaves nothing.
    BadFilter = "E0605", "filter that leaves nothing";
    /// The program has no probes of the kind that is to be run: it only has tests, and `--test` is
    /// not given, or it is given and there are none.
    NothingToRun = "E0606", "nothing to run";
    /// A warning: the result of an expression goes nowhere.
    Discarded = "W0101", "result discarded";
    /// A warning: a parameter of the command line is missing.
    EmptyParameter = "W0102", "missing parameter";
    /// A warning: an old spelling.
    OldSpelling = "W0103", "old spelling";
    /// A warning: something is declared and never used.
    Unused = "W0104", "never used";
    /// A warning: a spelling that bpftrace no longer takes.
    Obsolete = "W0105", "obsolete spelling";
    /// A warning: a statement that never runs, because the one before it always goes elsewhere.
    Unreachable = "W0106", "never runs";
    /// A warning: a `%` in a format that is only text.
    OddFormat = "W0107", "percent sign as text";
    /// A warning: a word that is meant for finding faults is in the program.
    Debugging = "W0108", "meant for finding faults";
    /// A warning: a cast to the type that the value has already.
    NeedlessCast = "W0111", "needless cast";
    /// A warning: addresses of the kernel and of a process in one expression.
    AddressSpaces = "W0112", "addresses of two kinds";
    /// A warning: a number with a sign and one without, where that can matter.
    MixedSigns = "W0113", "signed and unsigned";
    /// A warning: addresses of things of two types are compared.
    PointerTypes = "W0114", "pointers to two types";
    /// A warning: a declared variable is read before anything is assigned to it.
    UnsetVariable = "W0115", "read before assigned";
    /// A warning: a text is asked for that is longer than texts can be.
    CutText = "W0116", "length above the longest";
    /// A warning: a word that is 0 in this run, whatever happens.
    AlwaysZero = "W0201", "always zero";
    /// A warning: an attach point that nothing on this machine matches is left out.
    Skipped = "W0301", "attach point skipped";
    /// A warning: a setting that means nothing any more.
    NoEffect = "W0601", "no effect";
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
