//! Fills the map of the threads that belong to followed processes: those that are there when
//! tracing begins. From then on programs in the kernel keep it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    os::fd::{AsFd, BorrowedFd},
    path::Path,
};

use ir::{Forest, Root};

use crate::{error::Error, ffi, load::Loaded};

/// Processes that begin while the others are noted may need another look; each has a parent that
/// was noted by then, unless that has ended as well.
const MOST_LOOKS: usize = 100;

/// Notes all threads of the roots and of their descendants.
pub(crate) fn fill(forest: &Forest, loaded: &Loaded, child: Option<u32>) -> Result<(), Error> {
    let map = loaded.maps[forest.map].as_fd();
    let roots: Vec<_> = forest
        .roots
        .iter()
        .enumerate()
        .filter_map(|(number, root)| match root {
            Root::Process(pid) => Some((1 << number, *pid)),
            Root::Child => child.map(|pid| (1 << number, pid)),
        })
        .collect();
    let mut noted: BTreeMap<u32, u64> = BTreeMap::new();
    for _ in 0..MOST_LOOKS {
        let children = children();
        let mut changed = false;
        for (bit, root) in &roots {
            for pid in family(*root, &children) {
                for thread in threads(pid) {
                    let trees = noted.entry(thread).or_default();
                    if *trees & bit == 0 {
                        *trees |= bit;
                        changed = true;
                        note(map, thread, *trees)?;
                    }
                }
            }
        }
        if !changed {
            break;
        }
    }
    // One that ended before it was noted would stay for ever.
    for thread in noted.keys() {
        if !Path::new(&format!("/proc/{thread}")).exists() {
            // Whoever kept the map was faster.
            let _ = ffi::map_delete(map, &thread.to_ne_bytes());
        }
    }
    Ok(())
}

fn note(map: BorrowedFd<'_>, thread: u32, trees: u64) -> Result<(), Error> {
    let key = thread.to_ne_bytes();
    let mut known = [0; 8];
    // None is known of it if that fails.
    let _ = ffi::map_lookup(map, &key, &mut known);
    let all = u64::from_ne_bytes(known) | trees;
    ffi::map_insert(map, &key, &all.to_ne_bytes()).map_err(|source| Error::Limit {
        what: "noting the threads of followed processes".to_owned(),
        source,
    })
}

/// The processes that each process started and that are there.
fn children() -> BTreeMap<u32, Vec<u32>> {
    let mut children: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for pid in numbers(Path::new("/proc")) {
        if let Some(parent) = parent(pid) {
            children.entry(parent).or_default().push(pid);
        }
    }
    children
}

fn parent(pid: u32) -> Option<u32> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // `pid (name) state parent …`, and the name may have anything in it.
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let rest = String::from_utf8_lossy(text.get(end + 1..)?).into_owned();
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// A process and all that descend from it.
fn family(root: u32, children: &BTreeMap<u32, Vec<u32>>) -> BTreeSet<u32> {
    let mut family = BTreeSet::new();
    let mut waiting = vec![root];
    while let Some(pid) = waiting.pop() {
        if family.insert(pid) {
            waiting.extend(children.get(&pid).into_iter().flatten());
        }
    }
    family
}

fn threads(pid: u32) -> Vec<u32> {
    numbers(Path::new(&format!("/proc/{pid}/task")))
}

fn numbers(folder: &Path) -> Vec<u32> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{children, family, parent, threads};

    #[test]
    fn families_are_whole() {
        let children = BTreeMap::from([(1, vec![2, 3]), (3, vec![4]), (5, vec![6])]);
        assert_eq!(family(1, &children).into_iter().collect::<Vec<_>>(), [1, 2, 3, 4]);
        assert_eq!(family(6, &children).into_iter().collect::<Vec<_>>(), [6]);
    }

    #[test]
    fn a_process_knows_its_parent_and_threads() {
        let own = std::process::id();
        let parent = parent(own);
        assert!(parent.is_some());
        assert!(
            children().get(&parent.unwrap_or_default()).is_some_and(|it| it.contains(&own))
        );
        assert!(threads(own).contains(&own));
    }
}
