//! `-d STAGE`: what is printed on the way.

use runtime::Collect;

use crate::cli::{Cli, StageName};

/// Names that `-d` takes.
pub(crate) const NAMES: &[&str] =
    &["ast", "parse", "types", "codegen", "codegen-opt", "dis", "libbpf", "verifier", "all"];

/// What `-d` asks for.
#[derive(Debug)]
pub(crate) struct Debug {
    /// What comes out of these stages.
    pub(crate) stages: Vec<StageName>,
    /// What is collected while loading.
    pub(crate) collect: Collect,
}

/// Reads the values of `-d`.
///
/// # Errors
///
/// Returns one that there is not.
pub(crate) fn read(cli: &Cli) -> Result<Debug, String> {
    let mut debug = Debug { stages: Vec::new(), collect: Collect::default() };
    for name in &cli.debug {
        match name.as_str() {
            "ast" | "parse" => debug.stages.push(StageName::Parse),
            "types" => debug.stages.push(StageName::Check),
            "codegen" => debug.stages.push(StageName::Emit),
            "codegen-opt" => debug.stages.push(StageName::Optimize),
            "dis" => debug.stages.push(StageName::Object),
            "libbpf" if debug.collect == Collect::Verifier => {}
            "libbpf" => debug.collect = Collect::Libbpf,
            "verifier" => debug.collect = Collect::Verifier,
            "all" => {
                debug.stages = vec![
                    StageName::Parse,
                    StageName::Check,
                    StageName::Lower,
                    StageName::Emit,
                    StageName::Optimize,
                    StageName::Object,
                ];
                debug.collect = Collect::Verifier;
            }
            other => {
                return Err(other.to_owned());
            }
        }
    }
    Ok(debug)
}
