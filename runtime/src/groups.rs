//! Which control group `--cgroup` and `--container` mean.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::names::hierarchies;

/// Fewest digits of a container's number that are taken for one.
const SHORTEST: usize = 12;
/// What stands before the number or the name of a container in the names of its group.
const PREFIXES: &[&str] = &[
    "docker-",
    "libpod-",
    "crio-",
    "cri-containerd-",
    "nerdctl-",
    "lxc.payload.",
    "machine-",
    "systemd-nspawn@",
];

/// Why there is no such group, and what to do.
type Trouble = (String, String);

/// The control group at `path`: absolute, or from the root of the hierarchy.
///
/// # Errors
///
/// Returns what is wrong with it.
pub fn control_group(path: &str) -> Result<PathBuf, (String, String)> {
    let root = unified()?;
    // `/proc/PID/cgroup` shows paths from the root as absolute ones.
    let from_root = root.join(path.trim_start_matches('/'));
    let given = Path::new(path);
    let is_group = |path: &Path| path.join("cgroup.procs").is_file();
    if given.is_absolute() && given.starts_with(&root) && is_group(given) {
        return Ok(given.to_path_buf());
    }
    if is_group(&from_root) {
        return Ok(from_root);
    }
    let title = if given.join("cgroup.procs").is_file() {
        format!("`{path}` is a control group of version 1, of which the kernel can't tell")
    } else {
        format!("there is no control group `{path}`")
    };
    Err((title, format!("give a directory below {}", root.display())))
}

/// The control group of the container whose number begins with `wanted`, or that is called so.
///
/// # Errors
///
/// Returns that there is none, or several.
pub fn container(wanted: &str) -> Result<PathBuf, (String, String)> {
    let root = unified()?;
    let mut all = Vec::new();
    walk(&root, &mut all).map_err(|error| {
        let title = format!("{} cannot be read: {error}", root.display());
        (title, "run as root".to_owned())
    })?;
    let exact: Vec<_> = all.iter().filter(|(name, _)| name == wanted).collect();
    let fitting: Vec<_> = if exact.is_empty() {
        let begins = |name: &str| is_number(name) && !wanted.is_empty();
        all.iter().filter(|(name, _)| begins(name) && name.starts_with(wanted)).collect()
    } else {
        exact
    };
    let names = |found: &[&(String, PathBuf)]| {
        let names: Vec<_> = found
            .iter()
            .take(5)
            .map(|(name, _)| name.get(..SHORTEST).unwrap_or(name))
            .collect();
        names.join(", ")
    };
    match fitting.as_slice() {
        [(_, path)] => Ok(path.clone()),
        [] => {
            let all: Vec<_> = all.iter().collect();
            let help = if all.is_empty() {
                "no container runs here".to_owned()
            } else {
                format!(
                    "give the number that `docker ps` or `crictl ps` shows: there are {}",
                    names(&all)
                )
            };
            Err((format!("there is no container `{wanted}`"), help))
        }
        several => Err((
            format!("{} containers begin with `{wanted}`", several.len()),
            format!("give more of its number: there are {}", names(several)),
        )),
    }
}

fn unified() -> Result<PathBuf, Trouble> {
    let found = hierarchies().into_iter().find(|it| it.name == "unified");
    found.map(|it| it.root).ok_or_else(|| {
        let title = "control groups of version 2 are not mounted".to_owned();
        (title, "mount them: `mount -t cgroup2 none /sys/fs/cgroup`".to_owned())
    })
}

/// Containers below a folder, each with its group; those inside of others are not looked for.
fn walk(folder: &Path, found: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    let mut entries: Vec<_> = fs::read_dir(folder)?.flatten().collect();
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        match container_of(&entry.file_name().to_string_lossy(), folder) {
            Some(name) => found.push((name.to_owned(), entry.path())),
            // A group that went away meanwhile.
            None => walk(&entry.path(), found).unwrap_or_default(),
        }
    }
    Ok(())
}

/// The container that a group of this name is of.
fn container_of<'a>(group: &'a str, parent: &Path) -> Option<&'a str> {
    let bare = group.trim_end_matches(".scope").trim_end_matches(".service");
    let stripped = PREFIXES.iter().find_map(|prefix| bare.strip_prefix(prefix));
    // What watches over a container has a group of its own.
    let name = stripped.filter(|name| !name.starts_with("conmon-"));
    let in_lxc = parent.file_name().is_some_and(|it| it == "lxc" || it == "lxc.payload");
    name.or_else(|| (stripped.is_none() && (is_number(bare) || in_lxc)).then_some(bare))
}

fn is_number(name: &str) -> bool {
    name.len() >= SHORTEST && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::container_of;

    #[test]
    fn groups_of_containers_are_known_by_their_names() {
        let number = "3f29ab04c1d27788";
        for (parent, group, expected) in [
            ("/docker", number.to_owned(), Some(number)),
            ("/system.slice", format!("docker-{number}.scope"), Some(number)),
            ("/kubepods.slice", format!("cri-containerd-{number}.scope"), Some(number)),
            ("/machine.slice", format!("libpod-{number}.scope"), Some(number)),
            ("/machine.slice", format!("libpod-conmon-{number}.scope"), None),
            ("/machine.slice", "machine-web.scope".to_owned(), Some("web")),
            ("/", "lxc.payload.web".to_owned(), Some("web")),
            ("/lxc", "web".to_owned(), Some("web")),
            ("/system.slice", "cron.service".to_owned(), None),
            ("/", "abc".to_owned(), None),
        ] {
            assert_eq!(container_of(&group, Path::new(parent)), expected, "{group}");
        }
    }
}
