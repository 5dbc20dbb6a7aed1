"""Stock Debian kernels: find, download, unpack, keep.

All of it below one cache directory; the system's apt lists, sources and package
database are neither used nor changed.  Knows nothing of virtual machines.
"""

import fcntl
import lzma
import os
import pathlib
import re
import shlex
import struct
import subprocess
import tempfile

SUITES = "bullseye bookworm bookworm-backports trixie trixie-backports"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


class Failure(Exception):
    """Something that is not COMMAND's fault; ends vm-boot with EXIT_FAILED."""


def env(name, default):
    return os.environ.get("VM_BOOT_" + name) or default


def run(*cmd, **kw):
    """Run a tool quietly; return its stdout; raise Failure with its stderr."""
    try:
        p = subprocess.run(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **kw)
    except FileNotFoundError:
        raise Failure(f"{cmd[0]}: not found (packages needed: see vm-boot --help)")
    if p.returncode:
        raise Failure(f"{shlex.join(map(str, cmd))}: exit status {p.returncode}\n"
                      + p.stderr.decode(errors="replace")[-2000:])
    return p.stdout


def cache_dir():
    default = os.path.join(os.environ.get("XDG_CACHE_HOME")
                           or os.path.expanduser("~/.cache"), "hawktrace", "kernels")
    d = pathlib.Path(env("CACHE", default)).absolute()
    d.mkdir(parents=True, exist_ok=True)
    return d


def system_mirror():
    """The Debian mirror that this machine's apt uses, without the /debian at its end."""
    uris = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages")
    for uri in uris.decode().split():
        if uri.rstrip("/").endswith("/debian"):
            return uri.rstrip("/").removesuffix("/debian")
    raise Failure("apt knows no Debian mirror: set VM_BOOT_MIRROR")


def apt_setup(cache):
    """Write a private apt configuration; return the environment to use it."""
    apt = cache / "apt"
    for d in ("etc", "state/lists/partial", "cache/archives/partial"):
        (apt / d).mkdir(parents=True, exist_ok=True)
    mirror = env("MIRROR", "").rstrip("/") or system_mirror()
    lines = []
    for s in env("SUITES", SUITES).split():
        lines.append(f"deb [signed-by={KEYRING}] {mirror}/debian {s} main\n")
        if re.fullmatch(r"bullseye|bookworm|trixie|forky", s):
            lines.append(f"deb [signed-by={KEYRING}] {mirror}/debian-security {s}-security main\n")
    (apt / "sources.list").write_text("".join(lines))
    (apt / "apt.conf").write_text(f"""\
Dir::Etc "{apt}/etc";
Dir::Etc::Parts "{apt}/etc";
Dir::Etc::SourceList "{apt}/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State "{apt}/state";
Dir::State::Status "/dev/null";
Dir::Cache "{apt}/cache";
Dir::Cache::PkgCache "";
Dir::Cache::SrcPkgCache "";
Acquire::GzipIndexes "true";
Acquire::Languages "none";
APT::Architecture "amd64";
APT::Sandbox::User "root";
""")
    return {**os.environ, "APT_CONFIG": str(apt / "apt.conf"), "LC_ALL": "C"}


def find_release(spec, aptenv):
    """The newest kernel release (what uname -r says) that spec stands for."""
    names = run("apt-cache", "pkgnames", "linux-image-", env=aptenv).decode().split()
    # 6.1.0-56, 6.1.0-0.deb11.52, 6.12.117+deb12, 7.3; not 6.1.0-56-cloud: the
    # cloud flavour has no 9p
    pat = re.compile(r"linux-image-(\d[0-9a-z.+~]*(?:-\d[0-9a-z.]*)?)-amd64")
    found = [m[1] for m in map(pat.fullmatch, names)
             if m and re.match(re.escape(spec) + r"(?!\d)", m[1])]
    # Not the meta packages (6.12-amd64), where there is anything else.
    found = [v for v in found if re.match(r"\d+\.\d+\.", v)] or found
    if not found:
        raise Failure(f"no linux-image-{spec}*-amd64 in the suites {env('SUITES', SUITES)}")
    newest = max(found, key=lambda v: [int(n) for n in re.findall(r"\d+", v)])
    return f"{newest}-amd64"


def existing(*paths):
    for p in paths:
        if p.exists():
            return p
    raise Failure(f"not in the package: {paths[0].name}")


def extract_vmlinux(bzimage, out):
    """Unpack the ELF image from a bzImage: QEMU starts it by its PVH entry,
    which spares the guest the decompression (2 s of 4 under TCG)."""
    b = bzimage.read_bytes()
    start = (1 + (b[0x1F1] or 4)) * 512
    off, length = struct.unpack_from("<II", b, 0x248)
    data = b[start + off:start + off + length]
    if data.startswith(b"\xfd7zXZ"):
        elf = lzma.LZMADecompressor().decompress(data)
    else:
        for magic, tool in ((b"\x28\xb5\x2f\xfd", "zstd"), (b"\x02\x21\x4c\x18", "lz4"),
                            (b"\x1f\x8b", "gzip")):
            if data.startswith(magic):
                break
        else:
            raise Failure(f"{bzimage}: compressed in an unknown way")
        # The last 4 bytes are the length, not part of the compressed stream.
        cut = data if tool == "gzip" else data[:-4]
        elf = run(tool, "-dcq", input=cut)
    if not elf.startswith(b"\x7fELF"):
        raise Failure(f"{bzimage}: no ELF image inside")
    out.write_bytes(elf)


def download_kernel(spec, cache, aptenv):
    """Fetch and unpack a kernel; return the directory that holds it:
    vmlinux, config, and modules/ (the content of /lib/modules/RELEASE)."""
    # A suite that cannot be had (or whose index has expired) is no failure by
    # itself: whatever the others offer is looked at.
    update = subprocess.run(["apt-get", *shlex.split(env("APT_OPTS", "")), "update"],
                            env=aptenv, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        release = find_release(spec, aptenv)
    except Failure as e:
        raise Failure(f"{e}\n{update.stderr.decode(errors='replace')[-2000:]}")
    dest = cache / "kernels" / release
    if dest.is_dir():
        return dest
    with tempfile.TemporaryDirectory(dir=cache, prefix="unpack.") as tmp:
        tmp = pathlib.Path(tmp)
        # Since 7.0 linux-image-X is empty, and these three hold what it did.
        names = run("apt-cache", "pkgnames", "linux-", env=aptenv).decode().split()
        wanted = [f"linux-{part}-{release}" for part in ("image", "binary", "modules", "base")]
        run("apt-get", "download", *(set(wanted) & set(names)), env=aptenv, cwd=tmp)
        for deb in tmp.glob("*.deb"):
            run("dpkg-deb", "-x", deb, tmp / "root")
        root = tmp / "root"
        moddir = existing(root / "usr/lib/modules" / release, root / "lib/modules" / release)
        new = tmp / "new"
        new.mkdir()
        # In /boot, or since 7.0 with the modules.
        existing(moddir / "config", root / f"boot/config-{release}").rename(new / "config")
        extract_vmlinux(existing(moddir / "vmlinuz", root / f"boot/vmlinuz-{release}"),
                        new / "vmlinux")
        # depmod wants BASE/lib/modules/RELEASE.
        base = tmp / "base/lib/modules"
        base.mkdir(parents=True)
        (base / release).symlink_to(moddir)
        run("depmod", "-b", tmp / "base", release)
        moddir.rename(new / "modules")
        dest.parent.mkdir(exist_ok=True)
        new.rename(dest)
    return dest


def get_kernel(spec, refresh):
    """The directory of the kernel spec, downloaded if it is not there yet."""
    if not re.fullmatch(r"\d+\.\d+[0-9a-z.+~-]*", spec):
        raise Failure(f"--kernel {spec}: not a kernel version")
    cache = cache_dir()
    link = cache / f"{spec}-amd64"           # remembers what spec stood for
    if not refresh and (link / "vmlinux").exists():
        return link.resolve()
    with open(cache / "lock", "w") as lock:  # one download at a time
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not refresh and (link / "vmlinux").exists():
            return link.resolve()
        dest = download_kernel(spec, cache, apt_setup(cache))
        tmp = link.with_name(f"{link.name}.{os.getpid()}")
        tmp.symlink_to(dest.relative_to(cache))
        tmp.rename(link)
    return dest
