//! Every form of a static probe, on a program that passes each a known number of times.

use libtest_mimic::Failed;
use serde_json::json;

use crate::{
    Guests, Test,
    harness::Folder,
    uprobes::{Waiting, beside, expect, renamed, words},
};

pub(crate) fn all() -> Vec<Test> {
    let needs = "root uprobe programs languages";
    vec![
        Test::new("usdt::by_name_provider_and_glob", needs, Guests::All, names),
        Test::new("usdt::operands_of_every_form", needs, Guests::All, operands),
        Test::new("usdt::of_cpp_and_rust", needs, Guests::All, languages),
        Test::new("usdt::semaphores", needs, Guests::All, semaphores),
        Test::new("usdt::of_a_process", needs, Guests::All, process),
        Test::new("usdt::of_all_that_is_mapped", needs, Guests::All, mapped),
    ]
}

/// A name at several places fires at each; one that two providers have, for both.
fn names() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("usdt_target", &folder.name())?.display().to_string();
    let name = folder.name();
    for binary in [path.clone(), format!("./{name}"), name] {
        let script = format!(
            "usdt:{binary}:hawk:twice {{ @twice = count(); }}
            usdt:{binary}:numbers {{ @numbers = count(); }}
            usdt:{binary}:other:numbers {{ @other = sum(arg0); }}
            usdt:{binary}:*:*b* {{ @glob = count(); }}
            usdt:{binary}:ha*:n* {{ @[probe] = count(); }}"
        );
        let wanted = json!({
            "@twice": 8, "@numbers": 8, "@other": 406, "@glob": 8,
            "@": {format!("usdt:{path}:hawk:numbers"): 4},
        });
        expect(&folder, &script, &format!("{path} 4"), &wanted)?;
    }
    Ok(())
}

fn operands() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("usdt_target", "target")?.display().to_string();
    let script = format!(
        "usdt:{path}:hawk:numbers {{ @numbers[arg0, arg1, (int32)arg2, (int8)arg3] = count(); }}
        usdt:{path}:hawk:twice {{ @twice[arg0] = count(); }}
        usdt:{path}:operands {{
            @registers[(int64)arg0, (int32)arg1, (int16)arg2, arg3, arg4] = count();
            @memory[arg5, arg6, arg7] = count();
            @names[(int32)arg8, (int16)arg9, (int64)arg10] = count();
        }}"
    );
    let wanted = json!({
        "@numbers": {"0,42,-7,-3": 1, "1,42,-7,-3": 1}, "@twice": {"0": 1, "1": 1, "9": 2},
        // -0x1234 is 0x…edcc.
        "@registers": {"0,-4660,-4660,204,237": 1, "-1,-4660,-4660,204,237": 1},
        "@memory": {"20,30,10": 1, "20,30,20": 1},
        "@names": {"-11,-22,-77": 2},
    });
    expect(&folder, &script, &format!("{path} 2"), &wanted)
}

/// The program passes such a probe only while somebody listens.
fn semaphores() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("usdt_target", "target")?.display().to_string();
    let script = format!("usdt:{path}:indexed {{ @[arg0, arg1] = count(); }}");
    let wanted = json!({"@": {"10,20": 2, "20,20": 1, "30,20": 1, "40,20": 1}});
    expect(&folder, &script, &format!("{path} 5"), &wanted)
}

/// Each hits as often as the program passed, with its operands, whatever language wrote it. (Go has
/// none: its compiler writes no such notes.)
fn languages() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("usdt_cpp_target", "cpp")?.display().to_string();
    let script = format!(
        "usdt:{path}:cpp:loaded {{ @loaded[arg0, (int32)arg1] = count(); }}
        usdt:{path}:thrown {{ @thrown[arg0] = count(); }}
        usdt:{path}:cpp:* {{ @all[probe] = count(); }}
        usdt:{path}:cpp:guarded {{ @guarded[arg0, arg1] = count(); }}"
    );
    let name = |probe: &str| format!("usdt:{path}:{probe}");
    let wanted = json!({
        "@loaded": {"4,0": 1, "4,-1": 1, "4,-2": 1, "8,0": 1, "8,-1": 1, "8,-2": 1},
        "@thrown": {"0": 1, "1": 1, "2": 1},
        "@all": {name("cpp:loaded"): 6, name("cpp:thrown"): 3, name("cpp:guarded"): 3},
        "@guarded": {"0,7": 1, "1,7": 1, "2,7": 1},
    });
    expect(&folder, &script, &format!("{path} 3"), &wanted)?;
    let path = folder.copy("usdt_rust_target", "rust")?.display().to_string();
    let script = format!(
        "usdt:{path}:rust:weighed {{ @weighed[arg0, arg1, (int32)arg2] = count(); }}
        usdt:{path}:guarded {{ @guarded[arg0, arg1] = count(); }}"
    );
    let wanted = json!({
        "@weighed": {"1,0,0": 1, "1,1,-1": 1, "8,0,0": 1, "8,1,-1": 1},
        "@guarded": {"0,7": 1, "1,7": 1},
    });
    expect(&folder, &script, &format!("{path} 2"), &wanted)
}

/// With `-p`, another process that runs the same file does not count.
fn process() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = folder.copy("usdt_target", "target")?;
    let binary = path.display().to_string();
    for (script, calls) in [
        ("usdt::hawk:twice { @ = count(); }".to_owned(), 14),
        ("usdt:*:hawk:tw* { @ = count(); }".to_owned(), 14),
        (format!("usdt:{binary}:indexed {{ @ = count(); }}"), 7),
    ] {
        let waiting = Waiting::start(&path, 7)?;
        let other = Waiting::start(&path, 5)?;
        let mut words = words(&folder)?;
        words.args(["-f", "json", "-p", &waiting.pid(), "-e", &script]);
        beside(words, [other, waiting], &json!({"@": calls}))?;
    }
    Ok(())
}

fn mapped() -> Result<(), Failed> {
    let folder = Folder::new()?;
    let path = renamed(&folder, "usdt_target", ("twice", "2fold"))?;
    let waiting = Waiting::start(&path, 6)?;
    let script = format!("usdt:*:hawk:2fold /pid == {}/ {{ @ = count(); }}", waiting.pid());
    let mut words = words(&folder)?;
    words.args(["-f", "json", "-e", &script]);
    beside(words, [waiting], &json!({"@": 12}))
}
