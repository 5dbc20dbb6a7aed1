"""The guest's initramfs: busybox, the modules that mounting the root needs, and
init.sh.  Written by hand (cpio "newc"), uncompressed: a few MB, in milliseconds.
"""

import contextlib
import lzma
import os
import pathlib
import re
import shutil

from kernels import Failure, run

HERE = pathlib.Path(__file__).resolve().parent

# What the initramfs loads, besides what each of these depends on.  A module
# that is built into the kernel, or that the kernel does not know, is skipped.
MODULES = ["virtio_pci", "virtio_console", "overlay", "9pnet_virtio", "9p"]


def cpio(entries):
    """A newc archive of (name, mode, content) entries."""
    out = bytearray()
    for ino, (name, mode, data) in enumerate([*entries, ("TRAILER!!!", 0, b"")], 1):
        name = name.encode() + b"\0"
        fields = (ino, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
        out += b"070701" + b"".join(b"%08X" % f for f in fields) + name
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return bytes(out)


def needed_modules(kernel, names):
    """Paths of the modules called names and what they depend on, in order."""
    deps = {}
    for line in (kernel / "modules/modules.dep").read_text().splitlines():
        path, _, rest = line.partition(":")
        deps[path] = rest.split()
    by_name = {re.sub(r"\.ko.*", "", p.rpartition("/")[2]).replace("-", "_"): p for p in deps}
    order = []

    def add(path):
        for d in deps[path]:
            add(d)
        if path not in order:
            order.append(path)

    for n in names:
        if n in by_name:
            add(by_name[n])
    return order


def read_module(path):
    data = path.read_bytes()
    if path.suffix == ".xz":
        return lzma.decompress(data)
    if path.suffix == ".zst":
        return run("zstd", "-dcq", input=data)
    return data


def base_initramfs(kernel):
    """The initramfs without what differs from run to run; made once.  Its name
    has the time of init.sh in it, so that an edited one takes effect."""
    made = max(os.stat(HERE / f).st_mtime_ns for f in ("init.sh", "initramfs.py"))
    out = kernel / f"initramfs-{made}"
    with contextlib.suppress(FileNotFoundError):
        return out.read_bytes()
    mods = needed_modules(kernel, MODULES)
    busybox = shutil.which("busybox")
    if not busybox:
        raise Failure("busybox: not found (package busybox-static)")
    entries = [("bin", 0o40755, b""), ("dev", 0o40755, b""), ("modules", 0o40755, b""),
               ("bin/busybox", 0o100755, pathlib.Path(busybox).read_bytes()),
               ("init", 0o100755, (HERE / "init.sh").read_bytes())]
    for i, m in enumerate(mods):
        entries.append((f"modules/{i:02}-" + re.sub(r"\.ko.*", ".ko", m.rpartition("/")[2]),
                        0o100644, read_module(kernel / "modules" / m)))
    data = cpio(entries)
    for old in kernel.glob("initramfs-*"):
        old.unlink(missing_ok=True)
    tmp = out.with_name(f"new-{out.name}.{os.getpid()}")
    tmp.write_bytes(data)
    tmp.rename(out)
    return data
