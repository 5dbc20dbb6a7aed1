//! Headers that need not be on the machine: the kernel's types come from its BTF, and the
//! constants of both the kernel and the C library from [`crate::constants`].

/// Folders of the kernel's headers.
const FOLDERS: &[&str] = &[
    "acpi",
    "arch",
    "asm",
    "asm-generic",
    "block",
    "clocksource",
    "crypto",
    "drivers",
    "drm",
    "dt-bindings",
    "fs",
    "generated",
    "keys",
    "kernel",
    "kunit",
    "kvm",
    "linux",
    "math-emu",
    "media",
    "memory",
    "misc",
    "mm",
    "mtd",
    "net",
    "pcmcia",
    "ras",
    "rdma",
    "rv",
    "scsi",
    "soc",
    "sound",
    "target",
    "trace",
    "uapi",
    "ufs",
    "vdso",
    "video",
    "xen",
];

/// Headers of the C library without a folder, and headers that name all of the kernel's types.
const FILES: &[&str] = &[
    "assert.h",
    "ctype.h",
    "dirent.h",
    "elf.h",
    "endian.h",
    "errno.h",
    "fcntl.h",
    "float.h",
    "grp.h",
    "inttypes.h",
    "limits.h",
    "locale.h",
    "math.h",
    "memory.h",
    "netdb.h",
    "poll.h",
    "pthread.h",
    "pwd.h",
    "regex.h",
    "sched.h",
    "semaphore.h",
    "setjmp.h",
    "signal.h",
    "stdalign.h",
    "stdarg.h",
    "stdatomic.h",
    "stdbool.h",
    "stddef.h",
    "stdint.h",
    "stdio.h",
    "stdlib.h",
    "string.h",
    "strings.h",
    "syscall.h",
    "termios.h",
    "time.h",
    "ucontext.h",
    "unistd.h",
    "vmlinux.h",
    "wait.h",
    "wchar.h",
];

/// Folders of the C library.
const LIBRARY: &[&str] = &["arpa", "bits", "netinet", "sys"];

/// A folder with this file in it is one of the kernel's own or of its copies: types of what is in
/// it come from BTF, which has them as the running kernel was built.
pub const MARK: &str = "linux/types.h";

/// Whether `path`, as it stands between the quotes of an `#include`, lies in one of the kernel's
/// own folders.
pub fn is_kernel(path: &str) -> bool {
    FOLDERS.contains(&folder(path))
}

/// Whether a program may do without the header at `path`.
pub fn is_known(path: &str) -> bool {
    is_kernel(path) || LIBRARY.contains(&folder(path)) || FILES.contains(&path)
}

/// Defined as the kernel's version, which `linux/version.h` has.
pub const VERSION: &str = "LINUX_VERSION_CODE";

/// What a known header defines that is neither a type nor a constant, in C.
pub fn text(path: &str) -> Option<&'static str> {
    (folder(path) == "linux").then_some(MACROS)
}

fn folder(path: &str) -> &str {
    path.split_once('/').map_or("", |(folder, _)| folder)
}

/// `linux/kdev_t.h`, which is behind most of the kernel's headers: numbers of devices in the
/// kernel have 12 bits for the driver and 20 for its device. And `linux/version.h`.
const MACROS: &str = "\
#ifndef KERNEL_VERSION
#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))
#endif
#ifndef MAJOR
#define MAJOR(dev) ((unsigned int)((dev) >> 20))
#define MINOR(dev) ((unsigned int)((dev) & 0xfffff))
#define MKDEV(major, minor) (((major) << 20) | (minor))
#endif
";
