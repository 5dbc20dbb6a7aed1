//! What is said about mistakes, and where: one thing about each.

use super::read;

/// Code, marked text and title of what is said.
fn said(text: &str) -> Vec<String> {
    let (_, problems) = read(text);
    let show = |problem: &diag::Diagnostic| {
        let span = problem.primary.span;
        let at = text.get(span.start as usize..span.end as usize).unwrap_or("outside");
        format!("{} `{at}` {}", problem.code.id(), problem.title)
    };
    problems.iter().map(show).collect()
}

#[track_caller]
fn one(text: &str, wanted: &str) {
    assert_eq!(said(text), [wanted], "{text}");
}

#[test]
fn declarations() {
    one("struct pair { int x int y; };", "E0501 `int` expected `;`, found `int`");
    one(
        "struct s { no_such_t x; }; struct t { int y; };",
        "E0502 `no_such_t` unknown type `no_such_t`",
    );
    one("struct s { struct unseen x; };", "E0502 `x` `struct unseen` is not defined");
    one("struct s { struct s x; };", "E0502 `x` `struct s` is not defined");
    one("struct s { int x; }; struct s { int y; };", "E0501 `s` `struct s` is defined twice");
    one("struct s { void x; };", "E0501 `x` a void member");
    one("struct s { int x; ", "E0501 `{` unclosed C definition");
    one("struct s { int x : 33; };", "E0501 `33` the bit-field has room for 0 to 32 bits");
    one("struct s { int x[-1]; };", "E0501 `-1` an array has no negative size");
    one("struct s { int x[1 / 0]; };", "E0501 `/` division by zero");
    one("struct s { int x[SIZE]; };", "E0501 `SIZE` `SIZE` is no constant");
    one("struct s { float x : 3; };", "E0501 `3` a bit-field is an integer");
    one(
        "struct s { int x; } __attribute__((aligned(3)));",
        "E0501 `3` an alignment is a power of two",
    );
    one(
        "struct s { int x __attribute__((mode(byte))); };",
        "E0503 `mode` attribute `mode` is not supported",
    );
    one("struct s { typeof(1) x; };", "E0503 `typeof` `typeof` is not supported");
    one("struct s { int x[0x40000000]; };", "E0503 `0x40000000` the array is too large");
    one("unsigned float x;", "E0501 `float` these words make no type together");
}

#[test]
fn directives() {
    one("#if 1\nint x;", "E0501 `if` a condition without `#endif`");
    one("#endif\n", "E0501 `endif` `#endif` without `#if`");
    one("#if 1\n#else\n#else\n#endif\n", "E0501 `else` `#else` without `#if`");
    one("#define\n", "E0501 `define` `#define` needs a name");
    one("#inclued <x>\n", "E0501 `inclued` unknown directive `#inclued`");
    one("#include x\n", "E0501 `include` an include names no file");
    one("#error too old\n", "E0501 `error` `#error too old`");
    one("#if 1 +\n#endif\n", "E0501 `` expected a constant");
    one("#if F(1)\n#endif\n", "E0501 `F` `F` is not defined as a macro");
    one("#if 1 / 0\n#endif\n", "E0501 `/` division by zero");
    one("int x; /* no end", "E0501 `/*` unterminated comment");
    one("#define F(a) a\nint x[F(1, 2)];", "E0501 `F` macro `F` takes 1 argument(s)");
    one("#define F(a) a##1\nint x[F(1)];", "E0503 `F` `##` in a macro is not supported");
}

#[test]
fn it_goes_on_behind_a_mistake() {
    let (found, problems) = read(
        "struct a { int x; };\nstruct b { wrong x; };\nint f(void) { return }{; }\n\
         typedef int c;\nstruct d { int y; } e;\n",
    );
    assert!(!problems.is_empty());
    for name in ["struct a", "c", "struct d"] {
        assert!(found.types.contains_key(name), "{name}");
    }
}
