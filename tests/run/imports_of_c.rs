//! `import "x.bpf.c"`: functions in C that clang compiles, called with values and with addresses of
//! the script's own memory; and what is said where that can't be.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use libtest_mimic::Failed;

use crate::{
    Guests, Test,
    harness::{self, Folder, Outcome, run_program},
};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new("imports_of_c::functions_in_c", "root clang-22", Guests::None, functions),
        Test::new("imports_of_c::maps_and_globals_of_c", "root clang-22", Guests::None, maps),
        Test::new("imports_of_c::without_clang", "", Guests::None, without_clang),
        Test::new("imports_of_c::wrong_c", "clang-22", Guests::None, wrong_c),
        Test::new("imports_of_c::bitcode_of_another_version", "clang-22", Guests::None, newer),
        Test::new("imports_of_c::wrong_calls", "clang-22", Guests::None, wrong_calls),
    ]
}

const C: &str = "
struct pair { int a; long long b; };
int add(int a, int b) { return a + b; }
unsigned long long twice(unsigned long long x) { return 2 * x; }
signed char narrow(signed char x) { return x - 1; }
_Bool is_even(int x) { return x % 2 == 0; }
int length(const char *text) { for (int i = 0; i < 16; i++) if (!text[i]) return i; return 16; }
void increase(long long *p) { if (p) *p += 1; }
long long sum(struct pair *p) { return p->a + p->b; }
long long first(void *context) { return context != 0; }
int by_value(struct pair p) { return p.a; }
char _license[] __attribute__((section(\"license\"))) = \"GPL\";
";

/// Runs a script beside a file of C, with the command's own environment but for `path`.
fn run(c: &str, script: &str, path: Option<&str>) -> Result<Outcome, Failed> {
    let folder = Folder::new()?;
    fs::write(folder.join("x.bpf.c"), c)?;
    let file = folder.join("script.bt");
    fs::write(&file, format!("import \"x.bpf.c\";\n{script}"))?;
    let mut command = Command::new(harness::hawk().ok_or("there is no hawk")?);
    if let Some(path) = path {
        command.env("PATH", path);
    }
    run_program(command.arg("-q").arg(file))
}

fn functions() -> Result<(), Failed> {
    let script = "
        fn through($x : int64) : int64 { return add((int32)$x, 1); }
        begin {
            let $x : int64 = 20;
            increase(&$x);
            increase(&$x);
            @m[1] = (int64)5;
            increase(&@m[1]);
            increase(&@m[2]);
            printf(\"%d %d %d %d\\n\", add(1, 2), add(-5, 2), twice(21), narrow(-128));
            printf(\"%d %d %d\\n\", $x, length(\"hello\"), length(comm));
            printf(\"%d %d %d %d\\n\", is_even(4), is_even(5), @m[1], through(8));
            for ($i : 0..3) { printf(\"%d \", add((int32)$i, 1)); }
            clear(@m);
            exit();
        }";
    let outcome = run(C, script, None)?.expect_code(0)?;
    if outcome.stdout.trim() == "3 -3 42 127\n22 5 4\n1 0 6 9\n1 2 3" {
        return Ok(());
    }
    Err(outcome.wrong("these values"))
}

const WITH_A_MAP: &str = "
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
static int calls;
int started = 5;
const volatile int limit = 3;
struct {
    __uint(type, BPF_MAP_TYPE_HASH);
    __uint(max_entries, 8);
    __type(key, int);
    __type(value, long);
} own SEC(\".maps\");
int count(void) {
    int key = 1;
    long one = 1, *value = bpf_map_lookup_elem(&own, &key);
    if (value) { (*value)++; return *value; }
    bpf_map_update_elem(&own, &key, &one, 0);
    calls++;
    return calls + started * limit;
}
SEC(\"kprobe/vfs_read\") int no_program(void *context) { return 0; }
char _license[] SEC(\"license\") = \"GPL\";
";

fn maps() -> Result<(), Failed> {
    if !std::path::Path::new("/usr/include/bpf/bpf_helpers.h").exists() {
        return Ok(());
    }
    let script = "interval:ms:20 { printf(\"%d\\n\", count()); @n++; if (@n == 3) { exit(); } }
        end { clear(@n); }";
    let outcome = run(WITH_A_MAP, script, None)?.expect_code(0)?;
    if outcome.stdout.trim() == "16\n2\n3" { Ok(()) } else { Err(outcome.wrong("the counts")) }
}

/// Runs it and looks for words in what it says.
fn says(outcome: &Outcome, words: &[&str]) -> Result<(), Failed> {
    let missing = words.iter().find(|word| !outcome.stderr.contains(**word));
    missing.map_or(Ok(()), |word| Err(outcome.wrong(&format!("`{word}` in the message"))))
}

fn without_clang() -> Result<(), Failed> {
    let outcome = run(C, "begin { add(1, 2); }", Some("/nowhere"))?.expect_code(1)?;
    says(&outcome, &["there is no clang", "apt install clang"])
}

fn wrong_c() -> Result<(), Failed> {
    let outcome = run("int f( { }", "begin { f(); }", None)?.expect_code(1)?;
    says(&outcome, &["clang refuses it: expected parameter declarator", "x.bpf.c:1:8 ]"])
}

/// A clang whose bitcode is not what this LLVM reads.
fn newer() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let (clang, source) = (folder.join("clang"), folder.join("own.c"));
    fs::write(&source, C)?;
    let text = format!(
        "#!/bin/sh\ncase \"$*\" in\n*-emit-llvm*) printf 'BC\\300\\336no bitcode' ;;\n\
         *) clang-22 -target bpf -O2 -g -c {} -o - ;;\nesac\n",
        source.display()
    );
    fs::write(&clang, text)?;
    fs::set_permissions(&clang, fs::Permissions::from_mode(0o755))?;
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.join("").display());
    let outcome = run(C, "begin { add(1, 2); }", Some(&path))?.expect_code(1)?;
    says(&outcome, &["cannot be used, perhaps because its clang is newer", "clang-22"])
}

fn wrong_calls() -> Result<(), Failed> {
    let script = "begin { add(1); add(1, \"x\"); $x = increase(0); by_value(1); }";
    let outcome = run(C, script, None)?.expect_code(1)?;
    says(
        &outcome,
        &[
            "`add` takes 2 arguments, 1 given",
            "`add` takes an `int32` for `b`, not a `string[2]`",
            "`increase` returns nothing",
            "a struct by value",
        ],
    )
}
