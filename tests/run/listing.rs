//! `--sort` and `--top`: what is printed of maps, to the byte, as text and as JSON.

use libtest_mimic::Failed;

use crate::{Guests, Test, harness};

pub(crate) fn all() -> Vec<Test> {
    vec![
        Test::new("listing::orders", "root", Guests::None, orders),
        Test::new("listing::of_one_map", "root", Guests::None, of_one_map),
        Test::new("listing::json", "root", Guests::None, json),
        Test::new("listing::what_is_not_there", "root", Guests::None, refused),
    ]
}

const COUNTS: &str =
    "begin { @n[\"a\"] = 3; @n[\"b\"] = -1; @n[\"c\"] = 2; @n[\"d\"] = 3; exit(); }";

/// What is printed of the maps, without the lines that are empty.
fn printed(options: &[&str], program: &str) -> Result<String, Failed> {
    let words = [options, &["-q", "-e", program]].concat();
    let outcome = harness::run(words)?.expect_code(0)?;
    let lines = outcome.stdout.lines().filter(|line| !line.is_empty());
    Ok(lines.collect::<Vec<_>>().join(" "))
}

fn expect(options: &[&str], program: &str, wanted: &str) -> Result<(), Failed> {
    let found = printed(options, program)?;
    if found == wanted {
        return Ok(());
    }
    Err(format!("{options:?} of {program}:\nexpected {wanted}\nfound    {found}").into())
}

fn orders() -> Result<(), Failed> {
    for (options, wanted) in [
        (&["--sort", "value"][..], "@n[b]: -1 @n[c]: 2 @n[a]: 3 @n[d]: 3"),
        (&["--sort", "-value"], "@n[d]: 3 @n[a]: 3 @n[c]: 2 @n[b]: -1"),
        (&["--sort", "key"], "@n[a]: 3 @n[b]: -1 @n[c]: 2 @n[d]: 3"),
        (&["--sort=-key"], "@n[d]: 3 @n[c]: 2 @n[b]: -1 @n[a]: 3"),
        (&["--top", "2"], "@n[a]: 3 @n[d]: 3"),
        (&["--top", "9"], "@n[b]: -1 @n[c]: 2 @n[a]: 3 @n[d]: 3"),
        // The largest, in the order of their keys.
        (&["--top", "3", "--sort", "key"], "@n[a]: 3 @n[c]: 2 @n[d]: 3"),
        (&["--top", "3", "--sort", "-key"], "@n[d]: 3 @n[c]: 2 @n[a]: 3"),
        (&["--top", "1", "--sort", "-value"], "@n[d]: 3"),
    ] {
        expect(options, COUNTS, wanted)?;
    }
    let stats = "begin { @s[1] = stats(10); @s[1] = stats(20); @s[2] = stats(25); @s[3] = stats(4); \
        @s[3] = stats(4); @s[3] = stats(4); exit(); }";
    let rows = [
        "@s[1]: { .count = 2, .average = 15, .total = 30 }",
        "@s[2]: { .count = 1, .average = 25, .total = 25 }",
        "@s[3]: { .count = 3, .average = 4, .total = 12 }",
    ];
    for (column, order) in [
        ("value", [2, 0, 1]),
        ("average", [2, 0, 1]),
        ("count", [1, 0, 2]),
        ("total", [2, 1, 0]),
    ] {
        let wanted = order.map(|at| rows[at]);
        expect(&["--sort", column], stats, &wanted.join(" "))?;
        expect(&["--sort", column, "--top", "1"], stats, wanted[2])?;
    }
    // What a script prints itself: its order is the user's, its number of entries is its own.
    let own = "begin { @n[1] = 1; @n[2] = 2; @n[3] = 3; print(@n); print(@n, 1); clear(@n); exit(); }";
    expect(&["--top", "2", "--sort", "-value"], own, "@n[3]: 3 @n[2]: 2 @n[3]: 3")
}

fn of_one_map() -> Result<(), Failed> {
    let program = "begin { @a[1] = 1; @a[2] = 2; @b[1] = 1; @b[2] = 2; @q[1] = quantiles(7); \
        @q[2] = quantiles(1); @q[2] = quantiles(1); exit(); }";
    let quantiles = [
        "@q[1]: { .count = 1, .p50 = 7, .p90 = 7, .p99 = 7, .p99.9 = 7, .max = 7 }",
        "@q[2]: { .count = 2, .p50 = 1, .p90 = 1, .p99 = 1, .p99.9 = 1, .max = 1 }",
    ];
    let [seven, one] = quantiles;
    let all = |maps: &str, first: &str, last: &str| format!("{maps} {first} {last}");
    let (up, down) = ("@a[1]: 1 @a[2]: 2", "@a[2]: 2 @a[1]: 1");
    let (up_b, down_b) = ("@b[1]: 1 @b[2]: 2", "@b[2]: 2 @b[1]: 1");
    for (options, wanted) in [
        (&["--sort", "@b=-key"][..], all(&format!("{up} {down_b}"), seven, one)),
        // What is said of one map wins, wherever it stands.
        (&["--sort", "@a=key,-value"], all(&format!("{up} {down_b}"), one, seven)),
        (
            &["--sort", "-value,@a=key", "--sort", "@a=-key"],
            all(&format!("{down} {down_b}"), one, seven),
        ),
        // A column that only one of the maps has leaves the others as they are.
        (&["--sort", "p99"], all(&format!("{up} {up_b}"), one, seven)),
        (&["--top", "1,@a=0"], all(&format!("{up} @b[2]: 2"), "", one).replace("  ", " ")),
    ] {
        expect(options, program, &wanted)?;
    }
    Ok(())
}

fn json() -> Result<(), Failed> {
    let options = ["-f", "json", "--sort", "-value", "--top", "3"];
    let wanted = "{\"type\": \"map\", \"data\": {\"@n\": {\"d\": 3, \"a\": 3, \"c\": 2}}} \
        {\"type\": \"ledger\", \"data\": []}";
    expect(&options, COUNTS, wanted)
}

fn refused() -> Result<(), Failed> {
    for (option, wanted) in [
        ("--sort=size", "maps are sorted by one of value, key, count"),
        ("--sort=n=key", "maps are written with their @: @n=…"),
        ("--sort=@m=key", "this program has no map @m\n  help: did you mean @n?"),
        (
            "--sort=count",
            "no map of this program has a `count` to be sorted by\n  help: @n has value, key",
        ),
        ("--sort=@n=total", "@n has no `total` to be sorted by\n  help: @n has value, key"),
        ("--top=many", "how many entries?"),
        ("--top=@other=1", "this program has no map @other\n  help: it has @n"),
    ] {
        let outcome = harness::run([option, "-e", COUNTS])?.expect_code(1)?;
        if !outcome.stderr.contains(wanted) {
            return Err(outcome.wrong(&format!("{option}: it should say: {wanted}")));
        }
    }
    Ok(())
}
