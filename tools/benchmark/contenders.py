"""What is measured beside the rivals: the reflector, and Signpost in each of its ways to answer."""
import itertools
import os
import pathlib
import signal
import time

import zones
from rig import ROOT, Rig, end, has_ended, run, wait_for

# Tells the time (nanoseconds, wall clock) and becomes a command: so what starts it does not count.
FROM_ITS_START = 'date +%s%N; exec "$@"'
SMALL_TIME = 60  # seconds
LARGE_TIME = 120  # for anything with the names of the large zone
# Rigs are numbered, because the kernel has room for 15 characters of an interface's name.
RIGS = itertools.count(1)


class Contender:
    """A server in a rig of its own, with example.com and, if it is given `names`, that many in example.net.

    `timed`: it runs an XDP program of ours at the server's end, whose run time counts.
    """

    title = ""
    timed = False

    def __init__(self, name: str, folder: pathlib.Path, names: int = 0):
        self.rig = Rig(f"bench{next(RIGS)}")
        self.folder = folder / name
        self.names = names
        self.process = None

    def start(self) -> None:
        self.prepare()
        self.launch()
        wait_for(f"an answer of {self.title}", lambda: self.rig.answers(zones.WEIGHTED), SMALL_TIME)

    def prepare(self) -> None:
        """All that comes before the server's own start."""
        for folder in ("zones", "run", "state"):
            (self.folder / folder).mkdir(parents=True)
        self.rig.lay()
        if self.names:
            zones.write_large(self.large_file(), self.names)

    def launch(self) -> None:
        self.process = self.rig.start(self.folder / "log", *self.command())

    def stop(self) -> None:
        if self.process:
            end(self.process)
        self.rig.remove()

    def pid(self) -> int:
        """The leader of the session of the server's processes."""
        return self.process.pid

    def large_file(self) -> pathlib.Path:
        return self.folder / "zones" / zones.LARGE

    def write(self, name: str, text: str) -> pathlib.Path:
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return file

    def command(self) -> list:
        raise NotImplementedError

    def change(self, number: int) -> float:
        """Makes the next address the one of `changing` in example.net; seconds, wall clock, when the command for it began."""
        raise NotImplementedError

    def began(self, *command, namespace: str = "") -> float:
        """Runs a command and tells when it began."""
        inside = self.rig.inside(namespace or self.rig.server, "sh", "-c", FROM_ITS_START, "sh", *command)
        return int(run(*inside, timeout=LARGE_TIME).split()[0]) / 1e9


class Reflector(Contender):
    """Swaps the addresses and ports and sends the query back: what the rig itself can do."""

    title = "reflector (XDP, no look-up)"
    timed = True

    def start(self) -> None:
        self.rig.lay()
        self.rig.attach(self.rig.server, self.rig.server_if, "reflector")


class Signpost(Contender):
    title = "Signpost, XDP"
    timed = True
    mode = "native"

    def start(self) -> None:
        self.install()
        wait_for(f"an answer of {self.title}", lambda: self.rig.answers(zones.WEIGHTED), SMALL_TIME)

    def prepare(self) -> None:
        """Ends the daemon in its own time: one that tools/lab kills leaves its program behind, which goes on to answer."""
        self.install()
        os.kill(self.pid(), signal.SIGTERM)
        wait_for(f"the end of {self.title}", lambda: has_ended(self.pid()), LARGE_TIME)

    def install(self) -> None:
        """Starts a daemon and brings the configuration in, which then is its state."""
        self.folder.mkdir(parents=True)
        self.lab("up", "--data", self.folder / "state", "--mode", self.mode, *self.flags())
        self.configure()
        if self.names:
            zone = zones.write_large(self.folder / "large.zone", self.names)
            begin = time.monotonic()
            self.lab("client", "signpost", "zone", "import", zone, timeout=LARGE_TIME)
            self.import_seconds = time.monotonic() - begin

    def launch(self) -> None:
        self.lab("daemon", "start", timeout=LARGE_TIME)

    def flags(self) -> list:
        return ["--max-nodes", 11 * self.names // 10, "--max-cells", 1 << 18] if self.names > 100_000 else []

    def configure(self) -> None:
        self.lab("client", "signpost", "apply", "-f", ROOT / "examples" / "ecommerce")

    def stop(self) -> None:
        self.lab("down")

    def pid(self) -> int:
        return int(pathlib.Path("/run/signpost-lab", self.rig.name, "signpostd.pid").read_text(encoding="ascii"))

    def change(self, number: int) -> float:
        output = self.lab("client", "sh", "-c", FROM_ITS_START, "sh", "signpost", "record", "set", zones.LARGE, "changing",
                          "A", "60", zones.address_of(number))
        return int(output.split()[0]) / 1e9

    def lab(self, *arguments, **options) -> str:
        return run(ROOT / "tools" / "lab", *arguments, env=self.environment(), **options)

    def environment(self) -> dict:
        return os.environ | {"SIGNPOST_LAB": self.rig.name, "SIGNPOST_BUILD": str(ROOT / "build" / "release")}


class SignpostGeneric(Signpost):
    title = "Signpost, generic XDP"
    mode = "generic"


class SignpostUserspace(Signpost):
    title = "Signpost, userspace"
    timed = False
    mode = "userspace"
