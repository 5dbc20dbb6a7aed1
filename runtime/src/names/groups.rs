//! Paths of control groups, found by their ids.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

/// One mounted hierarchy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hierarchy {
    /// `unified` for version 2, else the last part of where it is mounted.
    pub name: String,
    /// Where it is mounted.
    pub root: PathBuf,
}

/// The hierarchies that are mounted, in the order of the mounts.
pub fn hierarchies() -> Vec<Hierarchy> {
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    parse(&mounts)
}

/// Reads text in the form of `/proc/mounts`: device, place, type, …
fn parse(mounts: &str) -> Vec<Hierarchy> {
    let hierarchy = |line: &str| {
        let mut words = line.split(' ').skip(1);
        let root = PathBuf::from(words.next()?);
        let name = match words.next()? {
            "cgroup2" => "unified".to_owned(),
            "cgroup" => root.file_name()?.to_string_lossy().into_owned(),
            _ => return None,
        };
        Some(Hierarchy { name, root })
    };
    mounts.lines().filter_map(hierarchy).collect()
}

/// Paths by id, read when they are asked for.
#[derive(Debug, Default)]
pub(super) struct Groups {
    hierarchies: Vec<Hierarchy>,
    /// By id: number of the hierarchy, and path from its root.
    paths: BTreeMap<u64, Vec<(usize, String)>>,
}

impl Groups {
    /// `name:/path` for each of the hierarchies in `wanted` that has a group `id`, separated by
    /// commas; none if no group has it.
    pub(super) fn path(&mut self, id: u64, wanted: u32) -> Option<String> {
        if !self.paths.contains_key(&id) {
            self.read();
        }
        // One that isn't there is not looked for again.
        let places = self.paths.entry(id).or_default();
        let chosen = places.iter().filter(|(number, _)| {
            u32::try_from(*number)
                .is_ok_and(|bit| wanted.checked_shr(bit).unwrap_or(0) & 1 == 1)
        });
        let named: Vec<_> = chosen
            .map(|(number, path)| format!("{}:{path}", self.hierarchies[*number].name))
            .collect();
        (!named.is_empty()).then(|| named.join(","))
    }

    fn read(&mut self) {
        self.hierarchies = hierarchies();
        self.paths.clear();
        for number in 0..self.hierarchies.len() {
            let root = self.hierarchies[number].root.clone();
            self.walk(number, &root, "/");
        }
    }

    fn walk(&mut self, number: usize, folder: &Path, path: &str) {
        let Ok(found) = fs::metadata(folder) else { return };
        self.paths.entry(found.ino()).or_default().push((number, path.to_owned()));
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                let name = entry.file_name().to_string_lossy().into_owned();
                let below = format!("{}/{name}", path.trim_end_matches('/'));
                self.walk(number, &entry.path(), &below);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn hierarchies_are_named_by_their_place() {
        let mounts = "proc /proc proc rw 0 0\n\
                      cgroup /sys/fs/cgroup/cpu,cpuacct cgroup rw,cpu 0 0\n\
                      cgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
        let found = parse(mounts);
        let names: Vec<_> = found.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["cpu,cpuacct", "unified"]);
    }
}
