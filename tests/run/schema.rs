//! All that is printed with `-f json` is what docs/output.schema.json says.

use std::fs;

use libtest_mimic::Failed;
use serde_json::Value;
use tests::{Case, files, folder};

use crate::{
    Guests, Test,
    files::execute,
    harness::{Folder, Outcome},
};

pub(crate) fn all() -> Vec<Test> {
    vec![Test::new(
        "schema::of_every_program",
        "root tracepoint programs",
        Guests::None,
        programs,
    )]
}

pub(crate) fn schema() -> Result<jsonschema::Validator, Failed> {
    let path = folder().join("../docs/output.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    jsonschema::draft202012::meta::validate(&schema)
        .map_err(|error| format!("no schema: {error}"))?;
    Ok(jsonschema::validator_for(&schema).map_err(|error| error.to_string())?)
}

/// Every program of tests/corpus/run that this machine can run, once more with `-f json`.
fn programs() -> Result<(), Failed> {
    let schema = schema()?;
    let (mut lines, mut kinds) = (0, std::collections::BTreeSet::new());
    for path in files(&folder().join("corpus/run")) {
        let case = Case::read(&path)?;
        let here = ["root", "tracepoint"];
        let elsewhere = case.words("needs").iter().any(|need| !here.contains(need));
        if elsewhere || case.header("args").is_some() {
            continue;
        }
        let outcome = execute(&case, &Folder::new()?, &["-f", "json"])?;
        for line in outcome.stdout.lines() {
            let object = check(&schema, &outcome, line)?;
            kinds.extend(object["type"].as_str().map(str::to_owned));
            lines += 1;
        }
    }
    // It looked at something.
    let seen = ["printf", "value", "map", "hist", "stats", "tseries", "topk", "ledger"];
    if lines < 100 || seen.iter().any(|kind| !kinds.contains(*kind)) {
        return Err(format!("only {lines} lines, of kinds {kinds:?}").into());
    }
    Ok(())
}

pub(crate) fn check(
    schema: &jsonschema::Validator,
    outcome: &Outcome,
    line: &str,
) -> Result<Value, Failed> {
    let object: Value = serde_json::from_str(line)
        .map_err(|error| outcome.wrong(&format!("not JSON: {error}: {line}")))?;
    match schema.validate(&object) {
        Ok(()) => Ok(object),
        Err(error) => Err(outcome.wrong(&format!("not by the schema: {error}: {line}"))),
    }
}
