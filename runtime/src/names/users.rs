//! Names of users, as `/etc/passwd` has them.

use std::{collections::BTreeMap, fs};

/// Every user that the system names.
#[derive(Debug, Default)]
pub struct Users(BTreeMap<u32, String>);

impl Users {
    /// Reads `/etc/passwd`. Where it is unreadable, nobody has a name.
    pub fn read() -> Self {
        fs::read_to_string("/etc/passwd").map(|text| Self::parse(&text)).unwrap_or_default()
    }

    /// Reads text in the form of `/etc/passwd`: name, password, id, … between colons.
    pub fn parse(text: &str) -> Self {
        let mut users = BTreeMap::new();
        for line in text.lines() {
            let mut parts = line.split(':');
            let (Some(name), Some(id)) = (parts.next(), parts.nth(1)) else { continue };
            if let Ok(id) = id.parse() {
                // The first of several names is the one that the C library gives.
                users.entry(id).or_insert_with(|| name.to_owned());
            }
        }
        Self(users)
    }

    /// The name of user `id`.
    pub fn name(&self, id: u32) -> Option<&str> {
        self.0.get(&id).map(String::as_str)
    }
}
