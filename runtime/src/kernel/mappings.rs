//! What processes have mapped, as `/proc/PID/maps` says.

use std::{borrow::Cow, fmt, fs};

/// Part of the memory of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mapping<'t> {
    /// The first address.
    pub(crate) start: u64,
    /// The one behind the last.
    pub(crate) end: u64,
    /// Whether it can be executed.
    pub(crate) executable: bool,
    /// Where in the file it starts.
    pub(crate) offset: u64,
    /// The file system's, as the kernel counts it: `major << 20 | minor`.
    pub(crate) device: u32,
    /// The file's; 0 if there is none.
    pub(crate) inode: u64,
    /// The file's path as the process sees it, or a name like `[vdso]`; may be empty.
    pub(crate) path: Cow<'t, str>,
}

/// The text for process `id`, or for `self`; none if it has gone.
pub(crate) fn text(id: impl fmt::Display) -> Option<String> {
    let bytes = fs::read(format!("/proc/{id}/maps")).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The mappings of such a text.
pub(crate) fn parse(text: &str) -> impl Iterator<Item = Mapping<'_>> {
    text.lines().filter_map(line)
}

/// `7f0c10000000-7f0c10021000 r-xp 00001000 fe:01 1234   /usr/lib/libc.so.6`
fn line(line: &str) -> Option<Mapping<'_>> {
    let (range, rest) = line.split_once(' ')?;
    let (rights, rest) = rest.split_once(' ')?;
    let (offset, rest) = rest.split_once(' ')?;
    let (device, rest) = rest.split_once(' ')?;
    // The path is what is left: it may have blanks in it.
    let (inode, path) = rest.split_once(' ').unwrap_or((rest, ""));
    let (start, end) = range.split_once('-')?;
    let (major, minor) = device.split_once(':')?;
    let number = |text| u64::from_str_radix(text, 16).ok();
    let half = |text| u32::from_str_radix(text, 16).ok();
    let path = path.trim_start_matches(' ');
    Some(Mapping {
        start: number(start)?,
        end: number(end)?,
        executable: rights.contains('x'),
        offset: number(offset)?,
        device: half(major)? << 20 | half(minor)?,
        inode: inode.parse().ok()?,
        // The one character that the kernel does not print as it is.
        path: if path.contains(LINE_BREAK) {
            path.replace(LINE_BREAK, "\n").into()
        } else {
            path.into()
        },
    })
}

const LINE_BREAK: &str = "\\012";

#[cfg(test)]
mod tests {
    use super::{Mapping, parse, text};

    #[test]
    fn a_path_is_all_that_is_left() {
        let text = "55d0c1a00000-55d0c1a21000 r-xp 00001000 fe:01 1234       /a b/c  d (deleted)\n\
                    7ffd0-7ffd2 rw-p 00000000 00:00 0 \nnonsense\n\
                    7fff0-7fff2 r-xp 00000000 00:00 0                          [vdso]\n\
                    1000-2000 --xp 0 08:fff 7 /line\\012break\n";
        let all: Vec<_> = parse(text).collect();
        let first = Mapping {
            start: 0x55d0_c1a0_0000,
            end: 0x55d0_c1a2_1000,
            executable: true,
            offset: 0x1000,
            device: 0xfe << 20 | 1,
            inode: 1234,
            path: "/a b/c  d (deleted)".into(),
        };
        assert_eq!(all[0], first);
        assert_eq!((all[1].executable, &*all[1].path), (false, ""));
        assert_eq!(&*all[2].path, "[vdso]");
        assert_eq!((all[3].device, &*all[3].path), (8 << 20 | 0xfff, "/line\nbreak"));
        assert_eq!(all.len(), 4);
    }

    #[test]
    fn this_process_has_code() {
        let here = this_process_has_code as fn() as usize as u64;
        let text = text("self").unwrap();
        let found = parse(&text).find(|it| it.start <= here && here < it.end).unwrap();
        assert!(found.executable);
        assert_eq!(*found.path, *std::env::current_exe().unwrap().to_string_lossy());
    }
}
