//! Words of bpftrace's language that have no row yet, so that a program with one is told so, and
//! not that there is no such word. A word that has got its row may stay here: rows come first.

/// Builtins, functions and aggregations.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "assert", "assert_str", "bswap", "buf", "cat", "cgroup", "cgroup_path", "cgroupid", "config",
    "container_of", "ctx", "debugf", "default_str_length", "errorf", "fail", "getopt",
    "is_array", "is_err", "is_integer", "is_literal", "is_ptr", "is_str", "is_unsigned_integer",
    "jiffies", "join", "kaddr", "kfunc_allowed", "kfunc_exist", "kptr", "kstack", "ksym",
    "leader_comm", "leader_tid", "macaddr", "memcmp", "ncpus", "ntop", "numaid", "offsetof",
    "override", "path", "pcomm", "percpu_kaddr", "ppid", "probetype", "pton", "reg", "signal",
    "signal_name", "signal_thread", "sizeof", "skboutput", "socket_cookie", "static_assert",
    "str_concat", "strcap", "strcontains", "strerror", "strftime", "strlen", "strncmp", "strstr",
    "syscall_name", "system", "tseries", "typeinfo", "typeof", "uaddr", "unwatch", "uptr",
    "usermode", "username", "ustack", "usym", "warnf", "write_user",
];

/// Probe types, with their short and old names.
#[rustfmt::skip]
const PROBES: &[&str] = &[
    "asyncwatchpoint", "aw", "bench", "f", "fentry", "fexit", "fr", "h", "hardware", "it", "iter",
    "kfunc", "kretfunc", "self", "test", "U", "usdt", "w", "watchpoint",
];

/// Whether `name` is a word of the language that is not there yet.
pub fn is_word(name: &str) -> bool {
    WORDS.binary_search(&name).is_ok()
}

/// Whether `name` is a probe type that is not there yet.
pub fn is_probe(name: &str) -> bool {
    PROBES.contains(&name)
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_are_sorted() {
        assert!(super::WORDS.is_sorted());
    }
}
