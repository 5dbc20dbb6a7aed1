//! `hawk explain CODE` and `hawk help settings`: pages of the manual.

use std::ffi::OsString;

use diag::Code;
use stdlib::{Config, settings};

use crate::messages::{show, tell};

/// Whether the words of the command line ask for a page.
pub(crate) fn is_asked(words: &[OsString]) -> bool {
    let word = |at: usize| words.get(at).and_then(|word| word.to_str()).unwrap_or_default();
    word(1) == "explain" || (word(1) == "help" && word(2) == "settings")
}

/// Shows a page; the exit code.
pub(crate) fn show_page(words: &[OsString]) -> i32 {
    let topic = words.get(2).map(|word| word.to_string_lossy()).unwrap_or_default();
    let explains = words.get(1).is_some_and(|word| word == "explain");
    let page = match topic.as_ref() {
        "settings" if !explains => Some(setting_list()),
        "" if explains => Some(code_list()),
        topic => code(topic),
    };
    let Some(page) = page else {
        let codes = Code::ALL.iter().map(|code| code.id());
        let help = match stdlib::nearest(&topic, codes) {
            Some(near) => format!("did you mean `hawk explain {near}`?"),
            None => {
                "`hawk explain` lists the codes, `hawk help settings` the settings".to_owned()
            }
        };
        tell(&format!("hawk: there is no page about `{topic}`\n  help: {help}\n"));
        return 1;
    };
    show(&page);
    0
}

fn code(topic: &str) -> Option<String> {
    let found = Code::ALL.iter().find(|code| code.id().eq_ignore_ascii_case(topic))?;
    Some(format!("# {}: {}\n\n{}", found.id(), found.summary(), found.explain()))
}

fn code_list() -> String {
    let line = |code: &Code| format!("{}  {}\n", code.id(), code.summary());
    Code::ALL.iter().map(line).collect()
}

fn setting_list() -> String {
    let config = Config::default();
    let mut out =
        "Set them in a script, `config = { max_strlen = 64 }`, or in the environment, \
                   `HAWK_MAX_STRLEN=64`, which wins.\n"
            .to_owned();
    for row in settings::ALL {
        let (name, takes, default) = (row.name, row.takes(), row.value(&config));
        out += &format!("\n{name}\n    {}\n    {takes}; default: {default}\n", row.summary);
    }
    out
}
