//! What names stand for, and what is made of types.

use ir::{Sign, Space, Ty};

use super::{Declarations, read};

fn good(text: &str) -> Declarations {
    let (found, problems) = read(text);
    let titles: Vec<_> = problems.iter().map(|problem| &problem.title).collect();
    assert!(titles.is_empty(), "{text}: {titles:?}");
    found
}

fn ty(found: &Declarations, name: &str) -> String {
    found.types.get(name).map_or_else(|| format!("no {name}"), Ty::to_string)
}

fn fields(found: &Declarations, name: &str) -> Vec<String> {
    let Some(Ty::Record(record)) = found.types.get(name) else { panic!("no {name}") };
    record.fields.iter().map(|it| format!("{} {} @{}", it.name, it.ty, it.offset)).collect()
}

#[test]
fn types_by_name() {
    let found = good(
        "typedef unsigned long word_t, *pointer_t, table_t[4];
         typedef struct { int x; } pair_t;
         typedef struct later later_t;
         struct later { char name[16]; };
         typedef enum { ONE = 1 } number_t;
         typedef int (*call_t)(int, char *);
         typedef kernel_t own_t;
         extern int variable; static inline int function(int x) { return x; }
         int prototype(struct later *);",
    );
    let names = ["word_t", "pointer_t", "table_t", "pair_t", "later_t", "number_t", "call_t"];
    let shown: Vec<_> = names.iter().map(|name| ty(&found, name)).collect();
    let wanted = [
        "uint64",
        "uint64 *",
        "uint64[4]",
        "pair_t",
        "struct later",
        "enum number_t",
        "void *",
    ];
    assert_eq!(shown, wanted);
    assert_eq!(ty(&found, "own_t"), "uint32");
    assert_eq!(ty(&found, "variable"), "no variable");
    assert_eq!(found.enumerators.get("ONE"), Some(&1));
}

#[test]
fn members() {
    let found = good(
        "struct s {
            const char *name; char text[8]; signed char bytes[2]; struct s *next;
            union { int a; struct { short b, c; }; };
            struct kernel inside; struct unseen *far; kernel_t flags : 3; char tail[];
         };",
    );
    let wanted = [
        "name int8 * @0",
        "text string[8] @8",
        "bytes int8[2] @16",
        "next struct s * @24",
        "a int32 @32",
        "b int16 @32",
        "c int16 @34",
        "inside struct kernel @40",
        "far struct unseen * @64",
        "flags uint32 @72",
        "tail int8[0] @73",
    ];
    assert_eq!(fields(&found, "struct s"), wanted);
}

#[test]
fn pointers_into_memory_of_processes() {
    let found = good(
        "struct s { char __user *a; int __attribute__((btf_type_tag(\"percpu\"))) *b; int *c; };",
    );
    let Some(Ty::Record(record)) = found.types.get("struct s") else { panic!("no struct s") };
    let space = |index: usize| {
        if let Ty::Ptr(_, space) = &record.fields[index].ty { Some(*space) } else { None }
    };
    assert_eq!(space(0), Some(Space::User));
    assert_eq!(space(1), Some(Space::PerCpu));
    assert_eq!(space(2), Some(Space::Unknown));
}

const MACROS: &str = "#define PLAIN 42 // the answer
         #define SUM (PLAIN + \\
             0x10)
         #define BIG 0xffffffffffffffff
         #define TEXT \"hello\"
         #define CODE a + b
         #define EMPTY
         #define CALL(x) (x)
         #define SHIFT (1 << 31)
         #define UNSIGNED (1u << 31)
         #define GONE 1
         #undef GONE
         #define OF_ENUM (SECOND * 2)
         #define OF_SIZE sizeof(struct s)
         #define BY_CALL CALL(PLAIN) + 1
         #include \"own.h\"
         #include <linux/sched.h>
         enum e { FIRST = 3, SECOND };
         struct s { int x; };";

#[test]
fn macros_and_their_values() {
    let found = good(MACROS);
    let values = [
        ("PLAIN", Some(42)),
        ("SUM", Some(58)),
        ("BIG", Some(-1)),
        ("SHIFT", Some(-0x8000_0000)),
        ("UNSIGNED", Some(0x8000_0000)),
        ("OF_ENUM", Some(8)),
        ("OF_SIZE", Some(4)),
        ("BY_CALL", Some(43)),
        ("FROM_HEADER", Some(7)),
        ("BPFTRACE_HAVE_BTF", Some(1)),
        ("TEXT", None),
        ("CODE", None),
        ("EMPTY", None),
    ];
    for (name, wanted) in values {
        assert_eq!(found.macros[name].value.map(|it| it.bits), wanted, "{name}");
    }
    assert_eq!(found.macros["BIG"].value.map(|it| it.sign), Some(Sign::Unsigned));
    assert_eq!(found.macros["TEXT"].text, "\"hello\"");
    assert_eq!(found.macros["CODE"].text, "a + b");
    assert!(!found.macros.contains_key("CALL") && !found.macros.contains_key("GONE"));
    let includes: Vec<_> =
        found.includes.iter().map(|it| (it.path.as_str(), it.system)).collect();
    assert_eq!(includes, [("own.h", false), ("linux/sched.h", true)]);
}

#[test]
fn conditions() {
    let taken = |text: &str| {
        let found = good(&format!("#define TWO 2\n#define ADD(a, b) ((a) + (b))\n{text}"));
        found.types.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    let either = |condition: &str| {
        let yes = format!("#if {condition}\ntypedef int y;\n#else\ntypedef int n;\n#endif\n");
        taken(&yes)
    };
    for yes in [
        "1",
        "TWO == 2 && !NOT_DEFINED",
        "defined(TWO) && defined TWO",
        "!defined TWOS",
        "ADD(TWO, 3) > 4",
        "1 ? 2 : 1 / 0",
        "0 || 1 || 1 / 0",
        "-1 < 0",
        "-1 > 0u",
        "'a' == 97 && '\\n' == 10",
        "(0xffffffff + 1) == 0x100000000",
        "TWO /* a comment */ - 1 // and one more",
        "7 % 4 == 3 && 1 << 4 == 020",
    ] {
        assert_eq!(either(yes), "y", "{yes}");
    }
    for no in ["0", "TWO - 2", "defined(NOT_DEFINED)", "~0 == 0xffffffff", "NOT_DEFINED"] {
        assert_eq!(either(no), "n", "{no}");
    }
    let text = "#ifdef NO\n#if 1\ntypedef int a;\n#else\n#error no\n#endif\n#elif TWO == 2\n\
                typedef int b;\n#elif 1 / 0\n#else\ntypedef int c;\n#endif\n";
    assert_eq!(taken(text), "b");
    let text =
        "#ifndef BPFTRACE_HAVE_BTF\n#include <linux/sched.h>\n#else\ntypedef int b;\n#endif";
    assert_eq!(taken(text), "b");
}

#[test]
fn enums() {
    let found = good(
        "enum plain { A, B, C = 10, D, E = A - 1 };
         enum far { F = 0xffffffff, G };
         enum tiny { H = 200 } __attribute__((packed));
         struct sized { char a[D]; enum tiny t; };",
    );
    let shape = |name: &str| match found.types.get(name) {
        Some(Ty::Enum(shape)) => (shape.width.bytes(), shape.sign, shape.variants.len()),
        other => panic!("{name}: {other:?}"),
    };
    assert_eq!(shape("enum plain"), (4, Sign::Signed, 5));
    assert_eq!(shape("enum far"), (8, Sign::Unsigned, 2));
    assert_eq!(shape("enum tiny"), (1, Sign::Unsigned, 1));
    let value = |name: &str| found.enumerators.get(name).copied();
    assert_eq!([value("D"), value("E"), value("G")], [Some(11), Some(-1), Some(1 << 32)]);
    assert_eq!(found.types["struct sized"].size(), 12);
}
