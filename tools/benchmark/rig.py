"""A rig of one contender: two network namespaces joined by a veth pair, laid out as the lab, and the generator."""
import contextlib
import json
import pathlib
import re
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
BUILD = ROOT / "build" / "release"
SERVER_ADDRESS = "10.53.0.2"
# Far above what any contender answers: the generator sends as fast as it can.
FLOOD_QPS = 5_000_000
# A generator that has not ended after this many seconds is at work.
BUSY_PAUSE = 0.25
BUSY_TRIES = 20


class NotMeasured(Exception):
    """Something that the scoreboard has to go without; the message says why."""


def run(*command, **options) -> str:
    """The standard output of a command that must succeed."""
    try:
        result = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    except subprocess.TimeoutExpired as error:
        raise NotMeasured(f"{command[0]} took more than {error.timeout:.0f} s") from error
    if result.returncode != 0:
        raise NotMeasured(f"{' '.join(map(str, command))}: {result.stderr.strip() or result.stdout.strip()}")
    return result.stdout


def wait_for(what: str, condition, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise NotMeasured(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def has_ended(pid: int) -> bool:
    """Whether the process has ended, though its parent may not have noticed. While threads of it are left, it holds its files and locks."""
    process = pathlib.Path("/proc", str(pid))
    try:
        return "\nState:\tZ" in (process / "status").read_text(encoding="utf-8") and len(list((process / "task").iterdir())) == 1
    except FileNotFoundError:
        return True


class Rig:
    """Names as tools/lab gives them: SIGNPOST_LAB=NAME makes the same namespaces and interfaces."""

    def __init__(self, name: str):
        self.name = name
        self.server, self.client = f"{name}-server", f"{name}-client"
        self.server_if, self.client_if = f"{name}-srv", f"{name}-cli"
        self.generator_core = None  # any

    def lay(self) -> None:
        self.remove()
        for namespace in (self.server, self.client):
            run("ip", "netns", "add", namespace)
        run("ip", "link", "add", self.server_if, "netns", self.server, "type", "veth",
            "peer", "name", self.client_if, "netns", self.client)
        for namespace, interface, host in self.ends():
            run("ip", "-n", namespace, "address", "add", f"10.53.0.{host}/16", "dev", interface)
            run("ip", "-n", namespace, "link", "set", "lo", "up")
            run("ip", "-n", namespace, "link", "set", interface, "up")
        self.attach(self.client, self.client_if, "pass")

    def ends(self):
        return (self.server, self.server_if, 2), (self.client, self.client_if, 1)

    def attach(self, namespace: str, interface: str, program: str) -> None:
        run("ip", "-n", namespace, "link", "set", "dev", interface,
            "xdp", "obj", BUILD / "bpf" / f"{program}.bpf.o", "sec", "xdp")

    def remove(self) -> None:
        for namespace in (self.server, self.client):
            if pathlib.Path("/run/netns", namespace).exists():
                run("ip", "netns", "delete", namespace)

    def inside(self, namespace: str, *command) -> list:
        return ["nsenter", f"--net=/run/netns/{namespace}", "--", *map(str, command)]

    def start(self, log: pathlib.Path, *command) -> subprocess.Popen:
        """Starts a server; its output goes to `log`."""
        with open(log, "w", encoding="utf-8") as output:
            return subprocess.Popen(self.inside(self.server, *command), stdout=output, stderr=output,
                                    stdin=subprocess.DEVNULL, start_new_session=True)

    def answers(self, name: str) -> bool:
        """Whether the server gives an A record for `name`."""
        dig = self.inside(self.client, "dig", "+short", "+time=1", "+tries=1", f"@{SERVER_ADDRESS}", name, "A")
        return bool(re.match(r"\d+\.", subprocess.run(dig, capture_output=True, text=True).stdout))

    def generator(self) -> tuple:
        """What a generator's command begins with."""
        return () if self.generator_core is None else ("taskset", "-c", self.generator_core)

    def begin_flood(self, queries: pathlib.Path, seconds: float, rate: int) -> subprocess.Popen:
        """The generator at work; end_flood() waits for it. An earlier one may still hold the queue for a moment."""
        command = self.inside(self.client, *self.generator(), "kxdpgun", "-t", seconds, "-Q", rate, "-i", queries, SERVER_ADDRESS)
        for _ in range(BUSY_TRIES):
            generator = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                generator.wait(BUSY_PAUSE)
            except subprocess.TimeoutExpired:
                return generator
        raise NotMeasured(f"kxdpgun does not start: {generator.stderr.read().strip()}")

    def flood(self, queries: pathlib.Path, seconds: float) -> float:
        """Replies a second under a flood of these queries."""
        return end_flood(self.begin_flood(queries, seconds, FLOOD_QPS))

    def program_id(self) -> int:
        """The XDP program at the server's end."""
        (link,) = json.loads(run("ip", "-n", self.server, "-d", "-j", "link", "show", "dev", self.server_if))
        return link["xdp"]["prog"]["id"]

    def run_time(self) -> tuple:
        """(nanoseconds, packets) that the program at the server's end has run; needs kernel.bpf_stats_enabled."""
        program = json.loads(run("bpftool", "-j", "prog", "show", "id", self.program_id()))
        return program.get("run_time_ns", 0), program.get("run_cnt", 0)

    def flood_timed(self, queries: pathlib.Path, seconds: float) -> float:
        """Nanoseconds of run time per packet under a flood of these queries."""
        with bpf_statistics():
            before = self.run_time()
            self.flood(queries, seconds)
            after = self.run_time()
        return (after[0] - before[0]) / max(1, after[1] - before[1])


def end_flood(generator: subprocess.Popen) -> float:
    """Replies a second that the generator received."""
    out, errors = generator.communicate()
    replies = re.search(r"total replies: +\d+ \((\d+) pps\)", out)
    if not replies:
        raise NotMeasured(f"kxdpgun told no replies: {errors.strip() or out.strip()}")
    return float(replies[1])


@contextlib.contextmanager
def kernel_setting(name: str, value: str):
    """The kernel's setting /proc/sys/kernel/NAME at this value for a while, where it has it."""
    switch = pathlib.Path("/proc/sys/kernel", name)
    before = switch.read_text(encoding="ascii") if switch.exists() else None
    if before is not None:
        switch.write_text(value, encoding="ascii")
    try:
        yield
    finally:
        if before is not None:
            switch.write_text(before, encoding="ascii")


def bpf_statistics():
    return kernel_setting("bpf_stats_enabled", "1")


def end(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
