//! The tables of constants: sorted, without doubles, and as the headers of this machine say.

use std::{
    collections::BTreeSet,
    io::Write,
    process::{Command, Stdio},
};

use stdlib::constants;

/// Headers that the tables come from; those of the kernel and of the C library don't go together.
const HEADERS: &[&str] = &[
    "arpa/inet.h",
    "dirent.h",
    "errno.h",
    "fcntl.h",
    "limits.h",
    "linux/capability.h",
    "linux/falloc.h",
    "linux/fs.h",
    "linux/futex.h",
    "linux/icmp.h",
    "linux/icmpv6.h",
    "linux/if.h",
    "linux/if_arp.h",
    "linux/if_ether.h",
    "linux/if_packet.h",
    "linux/limits.h",
    "linux/magic.h",
    "linux/mempolicy.h",
    "linux/neighbour.h",
    "linux/net.h",
    "linux/netfilter.h",
    "linux/netlink.h",
    "linux/ptrace.h",
    "linux/rtnetlink.h",
    "linux/sched.h",
    "linux/seccomp.h",
    "linux/stat.h",
    "linux/udp.h",
    "netinet/in.h",
    "netinet/ip.h",
    "netinet/tcp.h",
    "poll.h",
    "sched.h",
    "signal.h",
    "stdint.h",
    "sys/epoll.h",
    "sys/eventfd.h",
    "sys/file.h",
    "sys/inotify.h",
    "sys/ipc.h",
    "sys/mman.h",
    "sys/mount.h",
    "sys/prctl.h",
    "sys/ptrace.h",
    "sys/resource.h",
    "sys/sem.h",
    "sys/shm.h",
    "sys/socket.h",
    "sys/stat.h",
    "sys/timerfd.h",
    "sys/wait.h",
    "time.h",
    "unistd.h",
];

/// Constants that headers define otherwise, and why ours is right.
const OTHERWISE: &[(&str, &str)] =
    &[("O_LARGEFILE", "glibc says 0, since it needs it for nothing; the kernel's flag is set")];

#[test]
fn each_name_has_one_value_and_is_found() {
    let mut seen = BTreeSet::new();
    for (name, value) in constants::all() {
        assert!(seen.insert(name), "{name} is there twice");
        assert_eq!(constants::find(name), Some(value), "{name}: its table is not sorted");
    }
    assert!(seen.len() > 2000);
    assert_eq!(constants::find("NO_SUCH_CONSTANT"), None);
}

#[test]
fn values_are_those_of_the_headers() -> std::io::Result<()> {
    let mut compared = 0;
    for header in HEADERS {
        let mut text =
            format!("#define _GNU_SOURCE\n#include <limits.h>\n#include <{header}>\n");
        for (name, value) in constants::all() {
            if OTHERWISE.iter().any(|(other, _)| *other == name) {
                continue;
            }
            text += &format!(
                "#ifdef {name}\n_Static_assert((long long)({name}) == (long long){}ull, \"{name}\");\n#endif\n",
                value as u64
            );
        }
        match compile(&text)? {
            None => return Ok(()),
            Some(said) if said.contains("No such file") => {}
            Some(said) => {
                assert!(said.is_empty(), "{header}: {said}");
                compared += 1;
            }
        }
    }
    assert!(compared > 0, "this machine has a compiler and none of the headers");
    Ok(())
}

/// What gcc says of a text; none, said on standard error, if there is no gcc.
fn compile(text: &str) -> std::io::Result<Option<String>> {
    let command = Command::new("gcc")
        .args(["-x", "c", "-fsyntax-only", "-w", "-"])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match command {
        Ok(child) => child,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let _ = writeln!(std::io::stderr(), "skipped: there is no gcc to compare with");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(text.as_bytes())?;
    }
    let output = child.wait_with_output()?;
    Ok(Some(String::from_utf8_lossy(&output.stderr).into_owned()))
}
