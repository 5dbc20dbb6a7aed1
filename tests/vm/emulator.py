"""The emulator: the system's QEMU, or a newer one from backports, unpacked and kept.

QEMU before 8.1 is not fit for emulating a kernel with kprobes on more than one CPU: it
can translate an int3 while another CPU patches it away, and keep what it translated.
The guest, which patches its code whenever a first probe comes or a last one goes, then
dies at an int3 that is not there, or meets it for ever (seen with Debian 12's 7.2: 6.12
in sched_clock_tick before init was started and in syscall_trace_enter; 6.1 with all CPUs
at once).  8.1 locks pages differently, and none of this was seen with 10.0.
"""

import fcntl
import pathlib
import re
import subprocess
import tempfile
import time

from kernels import Failure, apt_setup, cache_dir, env, run

NAME = "qemu-system-x86_64"
FIT = (8, 1)
# The libraries that it needs are those of the release's own QEMU, which setup installs.
PACKAGES = ("qemu-system-x86", "qemu-system-common", "qemu-system-data", "seabios")


def version(program):
    """What `program --version` says, as numbers; None if it can't be run."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    except OSError:
        return None
    found = re.search(r"version (\d+)\.(\d+)", said)
    return tuple(map(int, found.groups())) if found else None


def codename():
    """This Debian's name, such as bookworm."""
    release = pathlib.Path("/etc/os-release").read_text()
    found = re.search(r"^VERSION_CODENAME=(\w+)$", release, re.MULTILINE)
    if not found:
        raise Failure("/etc/os-release names no release")
    return found[1]


def download(dest):
    """Unpack the QEMU of this release's backports in dest."""
    cache = dest.parent
    aptenv = apt_setup(cache)
    subprocess.run(["apt-get", "update"], env=aptenv, capture_output=True)
    suite = f"{codename()}-backports"
    with tempfile.TemporaryDirectory(dir=cache, prefix="unpack.") as tmp:
        tmp = pathlib.Path(tmp)
        run("apt-get", "download", *(f"{name}/{suite}" for name in PACKAGES), env=aptenv, cwd=tmp)
        for deb in tmp.glob("*.deb"):
            run("dpkg-deb", "-x", deb, tmp / "root")
        if (version(tmp / "root/usr/bin" / NAME) or (0, 0)) < FIT:
            raise Failure(f"{suite} has no QEMU that is newer and runs here")
        (tmp / "root").rename(dest)


def get_emulator():
    """The QEMU to use: VM_BOOT_QEMU, or the system's if it is fit, or one of backports.
    And why it is not fit, or None: a guest of an old QEMU runs, but may die."""
    system = env("QEMU", NAME)
    have = version(system)
    if env("QEMU", "") or not have or have >= FIT:
        return system, None
    dest, missing = cache_dir() / "qemu", cache_dir() / "qemu.missing"
    ours = dest / "usr/bin" / NAME
    try:
        with open(cache_dir() / "lock", "w") as lock:   # one download at a time
            fcntl.flock(lock, fcntl.LOCK_EX)
            # A mirror that does not answer is not asked again for each guest.
            if missing.exists() and time.time() - missing.stat().st_mtime < 3600:
                raise Failure(missing.read_text())
            if not ours.exists():
                download(dest)
    except (Failure, OSError) as e:
        missing.write_text(str(e))
        return system, f"QEMU {have[0]}.{have[1]} is older than 8.1, and no newer one can be had: {e}"
    return str(ours), None
