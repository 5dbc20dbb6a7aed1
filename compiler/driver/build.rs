//! Writes the list of the tools in `examples/`, whose texts become part of the command.
#![expect(
    clippy::unwrap_used,
    reason = "a build script fails by panicking, with the file's name in the error"
)]

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() {
    let examples =
        Path::new(&env::var_os("CARGO_MANIFEST_DIR").unwrap()).join("../../examples");
    let mut rows = String::from("&[\n");
    for folder in entries(&examples) {
        println!("cargo:rerun-if-changed={}", folder.display());
        for path in entries(&folder) {
            let (group, name) = (stem(&folder), stem(&path));
            let path = path.canonicalize().unwrap();
            // Writing to a string cannot fail.
            writeln!(
                rows,
                "    Tool {{ group: {group:?}, name: {name:?}, text: include_str!({path:?}) }},"
            )
            .unwrap();
        }
    }
    rows.push_str("]\n");
    println!("cargo:rerun-if-changed={}", examples.display());
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap()).join("tools.rs"), rows).unwrap();
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_string_lossy().into_owned()
}
