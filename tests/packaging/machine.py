"""A clean Debian 12 with systemd, in namespaces of its own, that shares nothing with the host but the kernel."""
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

# What a small machine has, besides what apt needs.
BASE = ["systemd", "systemd-sysv", "iproute2"]
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
BOOT_SECONDS = 60

# Becomes the machine's init, in fresh namespaces; $1 is its root. /dev has what a container has.
BOOT = r"""
root=$1
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t bpf bpf "$root/sys/fs/bpf"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
cd "$root"
pivot_root . mnt
umount --lazy /mnt
exec env -i container=signpost-test PATH="$2" /sbin/init
"""


def command(*words, **options) -> str:
    result = subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)
    if result.returncode != 0:
        raise AssertionError(f"{words}: exit code {result.returncode}: {result.stdout}{result.stderr}")
    return result.stdout


def apt_options() -> list:
    """Options of the host's apt without which its mirror can't be used."""
    wanted = r"^(Acquire::(?:https?::Proxy|Check-[A-Za-z-]+|https?::[^ ]*Proxy)[^ ]* .*;)$"
    return [f"--aptopt={line}" for line in re.findall(wanted, command("apt-config", "dump"), re.MULTILINE)]


def debian_sources() -> pathlib.Path:
    """The host's list of Debian's own packages."""
    for path in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"):
        if os.path.exists(path):
            return pathlib.Path(path)
    raise AssertionError("neither /etc/apt/sources.list.d/debian.sources nor /etc/apt/sources.list is there")


def root_archive(folder: pathlib.Path, packages: list) -> pathlib.Path:
    """An archive of the root of a clean machine that has these packages besides; made once."""
    wanted = sorted({*BASE, *packages})
    digest = hashlib.sha256("\n".join([*wanted, debian_sources().read_text()]).encode()).hexdigest()
    archive = folder / f"bookworm-{digest[:16]}.tar"
    if not archive.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = archive.with_suffix(".unfinished.tar")
        command("mmdebstrap", "--variant=apt", f"--include={','.join(wanted)}", *apt_options(),
                "bookworm", unfinished, debian_sources())
        unfinished.rename(archive)
    return archive


class Machine:
    """Use as a context: the machine has booted inside."""

    def __init__(self, archive: pathlib.Path):
        self.archive = archive
        self.init = 0  # as the host numbers it

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="signpost-machine-")))
            self.root = self.folder / "root"
            self.root.mkdir()
            command("tar", "-C", self.root, "--numeric-owner", "-xf", self.archive)
            self._enter_cgroup_by(stack)
            stack.callback(self._end)
            self._boot()
            self._cleanup = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._cleanup.close()

    def run(self, *words) -> str:
        return command(*self._inside(words))

    def attempt(self, *words) -> subprocess.CompletedProcess:
        return subprocess.run(self._inside(words), capture_output=True, text=True)

    def path(self, inside: str) -> pathlib.Path:
        """A file of the machine, where the host sees it; not of what is mounted inside."""
        return self.root / inside.lstrip("/")

    def _inside(self, words) -> list:
        return ["nsenter", f"--target={self.init}", "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--",
                "env", "-i", f"PATH={PATH}", "LC_ALL=C.UTF-8", "DEBIAN_FRONTEND=noninteractive", *map(str, words)]

    def _enter_cgroup_by(self, stack):
        """A cgroup in which the machine's systemd can make its own, wherever the host has mounted what."""
        mount = self.folder / "cgroup"
        mount.mkdir()
        command("mount", "-t", "cgroup2", "cgroup2", mount)
        stack.callback(command, "umount", "--lazy", mount)
        self.cgroup = mount / self.folder.name
        self.cgroup.mkdir()

    def _boot(self):
        shell = 'echo $$ > "$1/cgroup.procs"; shift; exec unshare --mount --pid --fork --cgroup --net --uts --ipc -- "$@"'
        with open(self.folder / "console", "wb") as console:
            self.process = subprocess.Popen(
                ["bash", "-ec", shell, "bash", self.cgroup, "bash", "-ec", BOOT, "bash", self.root, PATH],
                stdin=subprocess.DEVNULL, stdout=console, stderr=console)
        deadline = time.monotonic() + BOOT_SECONDS
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        while True:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"the machine did not boot: {(self.folder / 'console').read_text()}")
            self.init = int((children.read_text().split() or ["0"])[0])
            if self.init and pathlib.Path(f"/proc/{self.init}/comm").read_text().strip() == "systemd":
                break
            time.sleep(0.05)
        while self.attempt("systemctl", "is-system-running", "--wait").stdout.strip() != "running":
            if time.monotonic() > deadline:
                raise AssertionError(f"units of the machine failed: {self.attempt('systemctl', '--failed').stdout}")
            time.sleep(0.05)

    def _end(self):
        if self.init:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.init, 9)
        self.process.kill()
        self.process.wait()
        # A cgroup can be removed once the kernel is done with its processes.
        deadline = time.monotonic() + 10
        while self.cgroup.exists() and time.monotonic() < deadline:
            for folder, _, _ in os.walk(self.cgroup, topdown=False):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
            time.sleep(0.05)


def repacked(package: pathlib.Path, version: str, folder: pathlib.Path) -> pathlib.Path:
    """The same package with another version, in `folder`."""
    content = folder / package.stem
    command("dpkg-deb", "--raw-extract", package, content)
    control = content / "DEBIAN" / "control"
    old = command("dpkg-deb", "--field", package, "Version").strip()
    control.write_text(control.read_text().replace(old, version))
    made = folder / f"{package.stem}-{version}.deb"
    command("dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "--build", content, made)
    shutil.rmtree(content)
    return made
