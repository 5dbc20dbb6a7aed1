//! Runs programs on the running kernel with the built `hawk`: the files of `tests/corpus/run`, and
//! tests in Rust for what a file can't say. A test whose needs are not met is ignored and says
//! which; none is silently taken for passed.
//!
//! Environment: `HAWK` the command, `HAWK_PROGRAMS` the folder of the traced C programs
//! (`make programs`); `HAWK_VM` in a guest, `HAWK_VM_SAMPLE` for only the tests of the sample.

mod again;
mod alone;
mod arguments;
mod attaching;
mod chains;
mod commands;
mod compat;
mod counts;
mod dispatch;
mod ends;
mod exact;
mod files;
mod forms;
mod harness;
mod imports;
mod imports_of_c;
mod info;
mod instructions;
mod interrupts;
mod kinds;
mod led;
mod ledger;
mod lengths;
mod lines;
mod listing;
mod lists;
mod locals;
mod losses;
mod manual;
mod matrix;
mod needs;
mod outputs;
mod packed;
mod packets;
mod picture_options;
mod pictures;
mod pins;
mod programs;
mod refusals;
mod same_names;
mod scale;
mod schema;
mod separate;
mod sessions;
mod sheets;
mod sockets;
mod stacks;
mod symbols;
mod targets;
mod tools;
mod trees;
mod trials;
mod unwinding;
mod uprobes;
mod usdt;
mod values;
mod watchpoints;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Completion, Failed, Trial};

/// In which guests a test runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guests {
    /// Also where only a sample is run.
    Sample,
    /// Where everything is run.
    All,
    /// Nowhere: it needs times, or tools that guests lack.
    None,
}

/// One test.
pub(crate) struct Test {
    pub(crate) name: String,
    /// See [`needs::unmet`].
    pub(crate) needs: Vec<String>,
    pub(crate) guests: Guests,
    pub(crate) body: Box<dyn Fn() -> Result<(), Failed> + Send>,
}

impl Test {
    fn new(
        name: &str,
        needs: &str,
        guests: Guests,
        body: impl Fn() -> Result<(), Failed> + Send + 'static,
    ) -> Self {
        let needs = needs.split_whitespace().map(str::to_owned).collect();
        Self { name: name.to_owned(), needs, guests, body: Box::new(body) }
    }
}

fn main() -> ExitCode {
    let mut tests = files::all();
    for group in [
        alone::all,
        arguments::all,
        attaching::all,
        chains::all,
        commands::all,
        compat::all,
        counts::all,
        dispatch::all,
        ends::all,
        exact::all,
        forms::all,
        imports::all,
        imports_of_c::all,
        info::all,
        instructions::all,
        interrupts::all,
        kinds::all,
        ledger::all,
        lengths::all,
        listing::all,
        lines::all,
        locals::all,
        lists::all,
        losses::all,
        manual::all,
        matrix::all,
        outputs::all,
        packed::all,
        packets::all,
        picture_options::all,
        pictures::all,
        pins::all,
        programs::all,
        refusals::all,
        same_names::all,
        scale::all,
        schema::all,
        separate::all,
        sessions::all,
        sockets::all,
        stacks::all,
        symbols::all,
        targets::all,
        tools::all,
        trees::all,
        trials::all,
        unwinding::all,
        uprobes::all,
        usdt::all,
        values::all,
        watchpoints::all,
    ] {
        tests.extend(group());
    }
    let trials = tests.into_iter().filter(is_asked_for).map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn is_asked_for(test: &Test) -> bool {
    std::env::var_os("HAWK_VM_SAMPLE").is_none() || test.guests == Guests::Sample
}

fn trial(test: Test) -> Trial {
    let Test { name, needs, guests, body } = test;
    Trial::ignorable_test(name.clone(), move || {
        if harness::is_guest() && guests == Guests::None {
            return Ok(Completion::ignored_with("not for guests"));
        }
        if let Some(why) = needs::unmet(&needs) {
            return Ok(Completion::ignored_with(why));
        }
        again::steady(&name, &body).map(|()| Completion::Completed)
    })
}
