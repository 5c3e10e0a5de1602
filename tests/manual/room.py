"""Namespaces in which the commands of the manual are true to the letter: the daemon's default paths, eth0 with 192.0.2.53, a client."""
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests" / folder) for folder in ("netns", "servers")]
from servers import Scene, await_true  # noqa: E402 pylint: disable=wrong-import-position

# /etc and /var/lib are those of this host with a layer above, so that what is written there ends with the room. A veth needs a program at
# its far end for what the fast path sends. The room ends with its input, and so with the test, however that ends. $1: a folder for the
# layers; $2: the program.
BUILD_ROOM = """
set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs "$1"
for folder in etc var/lib var/log; do
  mkdir -p "$1/$folder/upper" "$1/$folder/work"
  mount -t overlay overlay -o "lowerdir=/$folder,upperdir=$1/$folder/upper,workdir=$1/$folder/work" "/$folder"
done
mount -t tmpfs -o mode=755 tmpfs /run
mount -t bpf bpf /sys/fs/bpf
rm -rf /etc/signpost /var/lib/signpost
mkdir -p /etc/signpost /run/signpost
echo "192.0.2.53 ns1.example.com" >>/etc/hosts
ip link set lo up
ip netns add client
ip link add eth0 type veth peer name eth0 netns client
for address in 192.0.2.53/24 192.0.2.1/24 192.0.2.2/24; do ip address add "$address" dev eth0; done
ip address add 2001:db8::53/64 dev eth0 nodad
ip -n client address add 192.0.2.99/24 dev eth0
ip link set eth0 up
ip -n client link set eth0 up
ip -n client link set dev eth0 xdp obj "$2" sec xdp
echo built
exec cat
"""


class Room(contextlib.ExitStack):
    """Use as a context. Commands run in `folder`, as root; the daemon is started by them."""

    def __init__(self, build: pathlib.Path):
        super().__init__()
        self.build = build
        path = f"{build / 'tools/signpost'}:{build / 'userspace/daemon'}:{os.environ['PATH']}:/usr/sbin:/sbin"
        own = {name: value for name, value in os.environ.items() if not name.startswith("SIGNPOST_")}
        self.environment = own | {"PATH": path, "LC_ALL": "C.UTF-8"}

    def __enter__(self):
        super().__enter__()
        self.folder = pathlib.Path(self.enter_context(tempfile.TemporaryDirectory(prefix="signpost-manual-")))
        layers = self.enter_context(tempfile.TemporaryDirectory(prefix="signpost-room-"))
        self.keeper = self.keep(subprocess.Popen(
            ["unshare", "--mount", "--net", "bash", "-c", BUILD_ROOM, "room", layers, self.build / "bpf" / "pass.bpf.o"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        if self.keeper.stdout.readline() != "built\n":
            raise AssertionError("the room could not be built")
        return self

    def keep(self, process: subprocess.Popen) -> subprocess.Popen:
        self.callback(Scene.end, process)
        return process

    def words(self, command: str) -> list:
        return ["nsenter", f"--mount=/proc/{self.keeper.pid}/ns/mnt", f"--net=/proc/{self.keeper.pid}/ns/net", f"--wd={self.folder}",
                "bash", "-c", command]

    def attempt(self, command: str) -> subprocess.CompletedProcess:
        """What it writes to both outputs is in stdout, in the order in which a terminal shows it."""
        return subprocess.run(self.words(command), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=60)

    def run(self, command: str) -> str:
        done = self.attempt(command)
        if done.returncode != 0:
            raise AssertionError(f"{command}: exit code {done.returncode}: {done.stdout}")
        return done.stdout

    def begin(self, command: str) -> subprocess.Popen:
        """Starts what goes on until the room ends; what it says is in the file `log`."""
        with open(self.folder / "log", "a", encoding="utf-8") as log:
            return self.keep(subprocess.Popen(self.words(f"exec {command}"), env=self.environment, stdout=log, stderr=log))

    def start_daemon(self, command: str = "signpostd --listen 192.0.2.53"):
        """A daemon that runs is ended first."""
        self.stop_daemon()
        self.daemon = self.begin(command)
        await_true(lambda: self.daemon.poll() is not None or self.attempt("signpost status").returncode == 0, "the daemon's start")
        if self.daemon.poll() is not None:
            raise AssertionError(f"{command}: {self.log()}")

    def stop_daemon(self, how: signal.Signals = signal.SIGTERM):
        daemon, self.daemon = getattr(self, "daemon", None), None
        if daemon:
            daemon.send_signal(how)
            daemon.wait(timeout=30)

    def log(self) -> str:
        return (self.folder / "log").read_text()

    def write(self, name: str, text: str, executable: bool = False):
        """Files of relative names are in the folder of the commands; others are the room's alone."""
        command = f"mkdir -p \"$(dirname '{name}')\" && cat > '{name}'" + (f" && chmod +x '{name}'" if executable else "")
        subprocess.run(self.words(command), input=text, text=True, check=True)

    def apply(self, text: str):
        self.write("applied.yaml", text)
        self.run("signpost apply --prune --force -f applied.yaml")

    def copy(self, folder: str):
        """A folder of the tree, under its own name."""
        shutil.copytree(ROOT / folder, self.folder / folder)

    def ask(self, *questions: str):
        """From the client, each once; on one processor, as the answers of a ring are exact for each."""
        for question in questions:
            self.run(f"ip netns exec client taskset --cpu-list 0 kdig @192.0.2.53 +retry=0 {question}")
