//! The whole command line, with the words that are read before clap is asked.

use clap::{Arg, ArgAction, Command, CommandFactory, builder::PossibleValuesParser};
use diag::Code;

use crate::{
    cli::Cli,
    debug, fmt, help, restrict,
    tools::{self, Choice, Tool},
};

/// `hawk` with its subcommands.
pub(super) fn whole() -> Command {
    let words = help::entries().into_iter().map(|entry| entry.name);
    let codes = Code::ALL.iter().map(|code| code.id());
    Cli::command()
        .mut_arg("debug", |arg| arg.value_parser(PossibleValuesParser::new(debug::NAMES)))
        .mut_arg("no_feature", |arg| {
            arg.value_parser(PossibleValuesParser::new(restrict::names()))
        })
        .subcommand(
            Command::new("help")
                .about("What words of the language mean")
                .arg(values("word", words.chain(["settings"])).num_args(0..)),
        )
        .subcommand(
            Command::new("explain").about("What a diagnostic means").arg(values("code", codes)),
        )
        .subcommand(tools_command())
        .subcommand(fmt::command())
        .subcommand(super::ManWords::command())
        .subcommand(super::CompletionWords::command())
        .disable_help_subcommand(true)
}

fn tools_command() -> Command {
    let name = || values("name", tools::ALL.iter().map(|tool| tool.name));
    Command::new("tools")
        .about("Lists the ready tools, runs or shows one")
        .subcommand(
            Command::new("run")
                .about("Runs a tool")
                .subcommands(tools::ALL.iter().map(tool_command))
                .disable_help_subcommand(true),
        )
        .subcommand(Command::new("show").about("Prints a tool").arg(name()))
        .disable_help_subcommand(true)
}

/// A tool with its own options.
fn tool_command(tool: &Tool) -> Command {
    let option = |choice: Choice| {
        let action = if choice.is_flag() { ArgAction::SetTrue } else { ArgAction::Set };
        let option = Arg::new(choice.name).long(choice.name).action(action);
        option.help(choice.description)
    };
    let options = tools::options(tool).into_iter().map(option);
    Command::new(tool.name).about(tool.question()).args(options)
}

fn values(name: &'static str, all: impl Iterator<Item = &'static str>) -> Arg {
    let mut all: Vec<_> = all.collect();
    all.dedup();
    Arg::new(name).value_parser(PossibleValuesParser::new(all))
}
