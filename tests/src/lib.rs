//! What the tests of the workspace have in common: a machine from a file, programs with their
//! expectations in one file, and texts with patterns. It knows no stage's inner functions.

mod case;
mod expect;
pub mod generate;
pub mod kernels;
mod places;
mod recorded;
mod recording;

pub use case::{Case, Section, difference, files};
pub use expect::matches;
pub use places::RecordedPlaces;
pub use recorded::RecordedKernel;
pub use recording::Recording;

use std::path::{Path, PathBuf};

/// The folder of this crate.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the workspace.
pub fn root() -> PathBuf {
    folder().parent().map(Path::to_path_buf).unwrap_or_default()
}

/// Whether expectations are to be rewritten.
pub fn is_update() -> bool {
    std::env::var_os("UPDATE").is_some()
}

/// The machine that was recorded under `name`.
///
/// # Errors
///
/// Returns a sentence about what is wrong with the file.
pub fn recorded_kernel(name: &str) -> Result<RecordedKernel, String> {
    let path = folder().join("recorded").join(format!("{name}.json"));
    let wrong = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| wrong(&error))?;
    let mut kernel: RecordedKernel =
        serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    if let Ok(text) = std::fs::read_to_string(path.with_extension("places.json")) {
        kernel.places = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
    }
    Ok(kernel)
}
