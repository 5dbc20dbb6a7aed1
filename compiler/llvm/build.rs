//! Links LLVM statically: the BPF back end and the pass pipeline, and nothing else of it.
//!
//! inkwell's own build script would also link Polly, z3 and xml2, ffi as a shared object, and every target.
#![expect(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "a build script is configured by the environment and fails by panicking"
)]

use std::{env, path::Path, process::Command};

/// The package that has the libraries, for messages.
const PACKAGE: &str = "llvm-22-dev";
/// `executionengine`, `interpreter` and `mcjit` because inkwell refers to them.
const COMPONENTS: &[&str] = &["bpf", "passes", "executionengine", "interpreter", "mcjit"];

fn main() {
    println!("cargo:rerun-if-env-changed=LLVM_CONFIG");
    println!("cargo:rerun-if-changed=build.rs");
    let config = env::var("LLVM_CONFIG").unwrap_or_else(|_| "llvm-config-22".to_owned());
    println!("cargo:rustc-link-search=native={}", ask(&config, &["--libdir"]).trim());
    let mut arguments = vec!["--link-static", "--libnames"];
    arguments.extend(COMPONENTS);
    for name in ask(&config, &arguments).split_whitespace() {
        let name = name.trim_start_matches("lib").trim_end_matches(".a");
        println!("cargo:rustc-link-lib=static:-bundle={name}");
    }
    for name in ["ffi", "stdc++", "zstd", "z"] {
        println!("cargo:rustc-link-search=native={}", folder_of(name));
        println!("cargo:rustc-link-lib=static:-bundle={name}");
    }
}

/// What `llvm-config` answers.
fn ask(config: &str, arguments: &[&str]) -> String {
    let output = match Command::new(config).args(arguments).output() {
        Ok(output) => output,
        Err(error) => panic!(
            "cannot run `{config}`: {error}; install the package `{PACKAGE}`, \
             or name another llvm-config in LLVM_CONFIG"
        ),
    };
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "`{config} {}` failed: {problem}; is the package `{PACKAGE}` complete?",
        arguments.join(" ")
    );
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The folder in which the C++ compiler finds `lib{name}.a`.
fn folder_of(name: &str) -> String {
    let compiler = env::var("CXX").unwrap_or_else(|_| "g++".to_owned());
    let file = ask(&compiler, &[&format!("-print-file-name=lib{name}.a")]);
    let path = Path::new(file.trim());
    match path.parent() {
        Some(folder) if path.is_absolute() => folder.display().to_string(),
        Some(_) | None => panic!(
            "`{compiler}` finds no lib{name}.a; install the packages `libstdc++-12-dev`, \
             `libffi-dev`, `libzstd-dev` and `zlib1g-dev`"
        ),
    }
}
