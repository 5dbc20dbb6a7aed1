//! Every form of probe on this kernel, and every way of attaching it: the columns of
//! docs/kernels.md. A file of `tests/corpus/forms` for each form that the probe types name; see
//! [`trial`] for what a file can say.
//!
//! A cell is `works` where the program prints what it should; `needs …` where it is refused and
//! the machine lacks what `--info` says; `not verified` where this machine can't tell. `UPDATE=1`
//! writes the column of the running kernel.

mod trial;

use std::sync::{Mutex, PoisonError};

use libtest_mimic::Failed;
use runtime::{Machine, Target};
use stdlib::{
    Feature,
    needs::{self, Need, Requirement},
    probes::{self, Form, ProbeType},
};
use tests::{
    Case, files, folder,
    kernels::{FORMS, MECHANISMS},
    matches,
};

use crate::{Guests, Test, harness, sheets::keep};

pub(crate) fn all() -> Vec<Test> {
    let cases = files(&folder().join("corpus/forms"));
    let cases: Vec<_> = cases.iter().filter_map(|path| Case::read(path).ok()).collect();
    let mut tests = Vec::new();
    for (row, form) in
        probes::ALL.iter().flat_map(|row| row.forms.iter().map(move |it| (row, it)))
    {
        let case = cases.iter().find(|case| case.header("form") == Some(form.usage)).cloned();
        let guests = match case.as_ref().and_then(|case| case.header("vm")) {
            Some("sample") => Guests::Sample,
            Some(_) | None => Guests::All,
        };
        tests.push(Test {
            name: format!("forms::{}", form.usage),
            needs: vec!["root".to_owned(), "programs".to_owned()],
            guests,
            body: Box::new(move || {
                let case =
                    case.as_ref().ok_or("no file in tests/corpus/forms has this form")?;
                of_form(row, form, case)
            }),
        });
    }
    tests
}

/// The form as it is, then with each feature taken away that the file names.
fn of_form(row: &'static ProbeType, form: &'static Form, case: &Case) -> Result<(), Failed> {
    // A sample is of what users have.
    let is_sample = std::env::var_os("HAWK_VM_SAMPLE").is_some();
    let variations = case.header("without").filter(|_| !is_sample);
    let (cell, mechanism) = tried(row, form, case, variations.map(|_| ""))?;
    let name = format!("`{}`", form.usage);
    keep(FORMS, &name, &cell)?;
    let Some(variations) = variations else { return Ok(()) };
    keep(MECHANISMS, &name, &mechanism)?;
    for taken in variations.split(' ') {
        let (_, mechanism) = tried(row, form, case, Some(taken))?;
        keep(MECHANISMS, &format!("{name} `--no-feature {taken}`"), &mechanism)?;
    }
    Ok(())
}

/// Runs a form's program: what the cell says, and the mechanism in the words of `-v`, if it is
/// asked for by what is to be taken away.
fn tried(
    row: &ProbeType,
    form: &Form,
    case: &Case,
    taken: Option<&str>,
) -> Result<(String, String), Failed> {
    let both = |text: &str| Ok((text.to_owned(), text.to_owned()));
    let without = taken.unwrap_or_default();
    let lacked = lacked(row, form, without);
    if case.header("only") == Some("guests") && !harness::is_guest() {
        return both(&needs(lacked));
    }
    let outcome = match trial::run(case, taken) {
        // Places that only exist where the need is met.
        Err(_) if lacked.is_some() => return both(&needs(lacked)),
        outcome => outcome?,
    };
    let expected = case.section("stdout").ok_or("it expects nothing")?;
    let found =
        outcome.stdout.replace(&harness::programs().display().to_string(), "{programs}");
    let is_right = outcome.code == 0 && matches(expected, &found).is_ok();
    match lacked {
        None if is_right => {
            let line = outcome.stderr.lines().find(|line| line.starts_with("Attach point:"));
            let name = line.and_then(|line| line.rsplit_once(" ("));
            Ok(("works".to_owned(), mechanism(name.map_or("", |(_, name)| name)).to_owned()))
        }
        None => Err(outcome.wrong(&format!("--no-feature {without}: expected:\n{expected}"))),
        Some(row) if is_right => {
            Err(outcome
                .wrong(&format!("it works without what it is said to need: {}", row.name)))
        }
        // Refused in words, before anything is printed.
        Some(_) if outcome.code != 0 && found.is_empty() && !outcome.stderr.is_empty() => {
            both(&needs(lacked))
        }
        Some(_) => Err(outcome.wrong("it should have been refused")),
    }
}

/// `uprobe multi link` of `uprobe multi link /bin/x at …`.
fn mechanism(text: &str) -> &str {
    const WORDS: &[&str] = &[
        "kprobe",
        "kretprobe",
        "uretprobe",
        "hardware",
        "uprobe",
        "multi",
        "session",
        "link",
        "perf",
        "event",
        "raw",
        "tracepoint",
        "trampoline",
        "fentry",
        "fexit",
        "breakpoint",
        "iterator",
        "test",
        "run",
        "dispatcher",
    ];
    let mut end = 0;
    for word in text.split(' ') {
        if !WORDS.contains(&word.trim_end_matches(')')) {
            break;
        }
        end += word.len() + 1;
    }
    text.get(..end.saturating_sub(1)).unwrap_or(text).trim_end_matches(')')
}

/// The first need of a form that this machine does not meet, where `taken` is taken away.
fn lacked(row: &ProbeType, form: &Form, taken: &str) -> Option<&'static Requirement> {
    // Without the others, there is another way.
    let switches = [("kprobe", Feature::Kprobe), ("fentry", Feature::Fentry)];
    let is_taken = |need: Need| {
        let is = |name: &str| taken.split(',').any(|it| it == name);
        switches.iter().any(|(name, feature)| need == Need::Feature(*feature) && is(name))
    };
    let lacks = |need| is_taken(need) || machine_lacks(need);
    let of_type = needs::ALL.iter().filter(|it| it.words.contains(&row.name));
    let mut unmet = of_type.filter(|it| lacks(it.need) && it.or.is_none_or(lacks));
    unmet.next().or_else(|| {
        let need = form.needs.iter().find(|need| lacks(**need))?;
        needs::ALL.iter().find(|it| it.need == *need)
    })
}

/// Asks the machine, each need once: trying takes its time.
fn machine_lacks(need: Need) -> bool {
    static KNOWN: Mutex<Vec<(Need, bool)>> = Mutex::new(Vec::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, lacks)) = known.iter().find(|(it, _)| *it == need) {
        return *lacks;
    }
    let lacks = Machine::new(Target::default()).lacks(need).is_some();
    known.push((need, lacks));
    lacks
}

fn needs(lacked: Option<&Requirement>) -> String {
    match lacked {
        // Not a kernel's, and no machine here has them.
        Some(Requirement { need: Need::Counter, .. }) | None => "not verified".to_owned(),
        Some(row) => format!("needs {}", row.since),
    }
}
