//! Which number has the system call that a tracepoint tells of, and where its arguments are.

use crate::functions::names::syscalls::SYSCALLS;

/// Calls whose tracepoints are named after the kernel's function, which is called otherwise than
/// the call: call and tracepoint.
const RENAMED: &[(&str, &str)] = &[
    ("fstat", "newfstat"),
    ("lstat", "newlstat"),
    ("sendfile", "sendfile64"),
    ("stat", "newstat"),
    ("umount2", "umount"),
    ("uname", "newuname"),
];

/// Registers of the arguments of a system call, in order.
pub const SYSCALL_ARGUMENTS: [&str; 6] = ["di", "si", "dx", "r10", "r8", "r9"];
/// The register of its number, which the kernel leaves alone.
pub const SYSCALL_NUMBER: &str = "orig_ax";

/// The whole name of a system call's tracepoint, from its last part: `sys_enter_openat`.
pub fn tracepoint_of_call(name: &str) -> Option<String> {
    let call = name.strip_prefix("sys_enter_").or_else(|| name.strip_prefix("sys_exit_"))?;
    syscall_number(call).map(|_| format!("tracepoint:syscalls:{name}"))
}

/// The number of the call whose tracepoints are `sys_enter_NAME` and `sys_exit_NAME`; none for
/// one that is newer than this table.
pub fn syscall_number(name: &str) -> Option<u16> {
    if RENAMED.iter().any(|(call, _)| *call == name) {
        return None;
    }
    let renamed = RENAMED.iter().find(|(_, event)| *event == name);
    let call = renamed.map_or(name, |(call, _)| *call);
    SYSCALLS.iter().find(|(_, known)| *known == call).map(|(number, _)| *number)
}

#[cfg(test)]
#[cfg(target_arch = "x86_64")]
mod tests {
    use super::syscall_number;

    #[test]
    fn tracepoints_have_the_numbers_of_their_calls() {
        assert_eq!(syscall_number("openat"), Some(257));
        assert_eq!(syscall_number("newuname"), Some(63));
        // An event of this name would be of another function than the call.
        assert_eq!(syscall_number("uname"), None);
        assert_eq!(syscall_number("no_such_call"), None);
    }
}
