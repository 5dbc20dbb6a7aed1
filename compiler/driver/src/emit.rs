//! `--emit` and `-d`: what flows along the arrows of the pipeline.

use diag::{Diagnostic, SourceId};
use sema::{Expansion, Typed};
use stdlib::Kernel;

use crate::{
    cli::StageName,
    pipeline::{self, Failure, Input},
};

/// The text of one stage.
pub fn stage(
    stage: StageName,
    input: &mut Input,
    kernel: &dyn Kernel,
    problems: &mut Vec<Diagnostic>,
) -> Result<String, Failure> {
    if stage == StageName::Lex {
        return Ok(grammar::dump_tokens(&input.sources, SourceId(0)));
    }
    let parsed = pipeline::parse(input, problems)?;
    if stage == StageName::Parse {
        return Ok(grammar::dump(&parsed.program));
    }
    let imported = pipeline::import(input, &parsed, kernel, problems)?;
    let resolved = pipeline::resolve(input, &imported, problems)?;
    let expansion = pipeline::expand(resolved, kernel, problems);
    if stage == StageName::Expand {
        return Ok(sites(&expansion));
    }
    let typed = pipeline::check(expansion, kernel, problems)?;
    if stage == StageName::Check {
        return Ok(types(&typed));
    }
    if stage == StageName::Object {
        let (program, object) = pipeline::build(input, &typed, kernel, problems)?;
        return runtime::disassemble_object(&program, &object).map_err(Failure::Bug);
    }
    let program = pipeline::lower(input, &typed, kernel, problems)?;
    match stage {
        StageName::Emit => pipeline::llvm_text(input, &program, llvm::Stage::Emit),
        StageName::Optimize => pipeline::llvm_text(input, &program, llvm::Stage::Optimize),
        StageName::Lex
        | StageName::Parse
        | StageName::Expand
        | StageName::Check
        | StageName::Lower
        | StageName::Object => Ok(program.to_string()),
    }
}

fn sites(expansion: &Expansion) -> String {
    let mut out = String::new();
    for (index, head) in expansion.heads.iter().enumerate() {
        for (group, sites) in head.groups.iter().enumerate() {
            for (_, site) in &sites.sites {
                out += &format!("probe {index} group {group} {}: {}\n", site.name, site.attach);
            }
        }
    }
    out
}

fn types(typed: &Typed) -> String {
    let mut out = String::new();
    for map in &typed.maps {
        let key = map.key.as_ref().map(|key| format!("[{key}]")).unwrap_or_default();
        out += &format!("@{}{key} : {}\n", map.name, map.value);
    }
    for (head, bodies) in typed.heads.iter().zip(&typed.bodies) {
        for (group, body) in head.groups.iter().zip(bodies) {
            let name = group.sites.first().map_or("", |(_, site)| &site.name);
            out += &format!("{name}\n");
            for expr in &body.exprs {
                out += &format!("  {}..{} : {}\n", expr.span.start, expr.span.end, expr.ty);
            }
        }
    }
    out
}
