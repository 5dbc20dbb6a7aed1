//! The reference manual says what the rows say.
#![expect(clippy::disallowed_methods, reason = "the test reads the file it checks")]

use std::{env, fs, io};

#[test]
fn reference_is_fresh() -> io::Result<()> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/REFERENCE.md");
    let made = stdlib::reference();
    if env::var_os("UPDATE").is_some() {
        return fs::write(path, made);
    }
    assert!(fs::read_to_string(path)? == made, "stale: run it with UPDATE=1");
    Ok(())
}
