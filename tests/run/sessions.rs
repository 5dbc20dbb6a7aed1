//! Probes on entries and returns of the same functions: one program where the kernel has sessions,
//! two otherwise, with the same results.

use libtest_mimic::Failed;
use runtime::{Machine, Target};
use serde_json::{Value, json};
use stdlib::{Feature, Kernel};

use crate::{
    Guests, Test,
    counts::maps,
    harness::{self, programs},
};

pub(crate) fn all() -> Vec<Test> {
    let user = "root uprobe programs";
    let kernel = "root kprobe programs";
    vec![
        Test::new("sessions::of_a_function_of_a_program", user, Guests::All, || {
            same(&USER, &["six"], &json!({"1": 7}), &json!({"21": 7}))
        }),
        Test::new("sessions::of_functions_of_a_program", user, Guests::All, || {
            // From 1 - 0 to 1 - 6.
            let (below, least) = (1u64.wrapping_sub(2), 1u64.wrapping_sub(6));
            let mut returned = json!({"21": 7, "1": 1, "0": 1});
            (least..=below).for_each(|it| returned[it.to_string()] = 1.into());
            same(&USER, &["s*"], &json!({"1": 14}), &returned)
        }),
        Test::new("sessions::of_a_function_of_the_kernel", kernel, Guests::Sample, || {
            same(&KERNEL, &["__x64_sys_getpgid"], &json!({"1": 7}), &json!({"1": 7}))
        }),
        Test::new("sessions::of_functions_of_the_kernel", kernel, Guests::All, || {
            let two = ["__x64_sys_getpg*"];
            same(&KERNEL, &two, &json!({"1": 7}), &json!({"1": 7}))
        }),
        Test::new("sessions::not_where_another_probe_is", user, Guests::All, others),
    ]
}

/// What differs between functions of programs and of the kernel.
struct Kind {
    types: [&'static str; 2],
    feature: Feature,
    switch: &'static str,
    mechanism: &'static str,
    command: fn() -> String,
    /// Of the function, in front of its name.
    place: fn() -> String,
    given: &'static str,
    returned: &'static str,
}

const USER: Kind = Kind {
    types: ["uprobe", "uretprobe"],
    feature: Feature::UprobeSession,
    switch: "uprobe_session",
    mechanism: "(uprobe session link",
    command: || format!("{} 7", programs().join("uprobe_target").display()),
    place: || format!("{}:", programs().join("uprobe_target").display()),
    given: "arg0",
    returned: "retval",
};

const KERNEL: Kind = Kind {
    types: ["kprobe", "kretprobe"],
    feature: Feature::KprobeSession,
    switch: "kprobe_session",
    mechanism: "(kprobe session link",
    command: || format!("{} --syscall getpgid 7", programs().join("flood").display()),
    place: String::new,
    given: "arg0 != 0",
    returned: "(int64)retval > -4096",
};

impl Kind {
    fn points(&self, index: usize, functions: &[&str]) -> String {
        let place = (self.place)();
        let point = |name: &&str| format!("{}:{place}{name}", self.types[index]);
        functions.iter().map(point).collect::<Vec<_>>().join(", ")
    }
}

/// Entries and returns are seen as often as there are calls, with what each offers, and returns
/// find what their entries left; also of calls whose entry's predicate does not hold.
fn same(
    kind: &Kind,
    functions: &[&str],
    given: &Value,
    returned: &Value,
) -> Result<(), Failed> {
    let script = format!(
        "{} /pid == cpid/ {{ @given[{}] = count(); @open[tid] = 1; }}
         {} /pid == cpid && @open[tid]/ {{ @returned[{}] = count(); @of[probe] = count(); delete(@open, tid); }}",
        kind.points(0, functions),
        kind.given,
        kind.points(1, functions),
        kind.returned,
    );
    let unseen = format!(
        "{} /0 == pid/ {{ @never = count(); }} {} /pid == cpid/ {{ @seen[{}] = count(); }}",
        kind.points(0, functions),
        kind.points(1, functions),
        kind.returned,
    );
    let has = Machine::new(Target::default()).has(kind.feature);
    for without in [&[][..], &["--no-feature", kind.switch]] {
        let outcome = traced(kind, without, &script)?;
        let is_session = outcome.1.contains(kind.mechanism);
        if is_session != (has && without.is_empty()) {
            return Err(format!("a session: {is_session}, {without:?}:\n{}", outcome.1).into());
        }
        let by_return = |value: &Value| Value::Object(keyed(value, kind.returned));
        let by_entry = Value::Object(keyed(given, kind.given));
        if outcome.0["@given"] != by_entry || outcome.0["@returned"] != by_return(returned) {
            return Err(format!("{without:?}: {}", outcome.0).into());
        }
        // Each by its own name: that of its return.
        let sum = |value: &Value| -> u64 {
            value.as_object().map_or(0, |it| it.values().filter_map(Value::as_u64).sum())
        };
        let of = &outcome.0["@of"];
        let named = of.as_object().is_some_and(|it| {
            it.keys().all(|name| name.starts_with(&format!("{}:", kind.types[1])))
        });
        if !named || sum(of) != sum(returned) {
            return Err(format!("{without:?}: not of each its own: {of}").into());
        }
        let (seen, _) = traced(kind, without, &unseen)?;
        if seen["@seen"] != by_return(returned) || seen.get("@never").is_some() {
            return Err(format!("{without:?}: {seen}").into());
        }
    }
    Ok(())
}

/// Comparisons are keys in words.
fn keyed(counts: &Value, what: &str) -> serde_json::Map<String, Value> {
    let is_comparison = what.contains(' ');
    let counts = counts.as_object().cloned().unwrap_or_default();
    let name = |key: String| if is_comparison { "true".to_owned() } else { key };
    counts.into_iter().map(|(key, count)| (name(key), count)).collect()
}

fn traced(kind: &Kind, options: &[&str], script: &str) -> Result<(Value, String), Failed> {
    let command = (kind.command)();
    let mut words = vec!["-v", "-f", "json", "-c", command.as_str()];
    words.extend_from_slice(options);
    words.extend_from_slice(&["-e", script]);
    let outcome = harness::run(words)?.expect_code(0)?;
    Ok((serde_json::to_value(maps(&outcome)?)?, outcome.stderr))
}

/// A third probe on the function: all three fire in the order of the script, as ever.
fn others() -> Result<(), Failed> {
    let [entry, ret] = [USER.points(0, &["six"]), USER.points(1, &["six"])];
    let script = format!(
        "{entry} /pid == cpid && !@n/ {{ @n = 1; @order[1] = 1; }}
         {ret} /pid == cpid && @n == 2/ {{ @n = 3; @order[3] = 1; }}
         {entry} /pid == cpid && @n == 1/ {{ @n = 2; @order[2] = 1; }}"
    );
    let (found, said) = traced(&USER, &[], &script)?;
    if said.contains("session link") {
        return Err(format!("a session with three probes:\n{said}").into());
    }
    if found["@order"] != json!({"1": 1, "2": 1, "3": 1}) {
        return Err(format!("not in order: {found}").into());
    }
    Ok(())
}
