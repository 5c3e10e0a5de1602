"""What one core of a server answers over sockets, by UDP and by TCP: Signpost's userspace path beside NSD and Knot DNS.

The server has one core and the generator another. By UDP that is kxdpgun in the client's namespace, as dnsperf can't ask as much
as they answer; by TCP it is dnsperf in the server's namespace, so that no interface comes between them.
"""
import dataclasses
import os
import pathlib
import re

import contenders
import memory
import rivals
import zones
from gaps import Gaps
from rig import SERVER_ADDRESS, NotMeasured, run

NAMES = 1000
# Of the queries of a flood, those that may be without a reply: the last ones are under way when it ends.
LOST_MAX = 0.01


@dataclasses.dataclass(frozen=True)
class Tcp:
    connections: int
    outstanding: int  # queries under way, on all connections together

    def text(self) -> str:
        return f"TCP, {self.connections:,} connection{'s' * (self.connections > 1)}"


class Udp:
    def text(self) -> str:
        return "UDP"


CASES = (Udp(), Tcp(1, 100), Tcp(10, 100), Tcp(100, 1000), Tcp(500, 1000))


def cores() -> tuple:
    """That of the generator and that of the servers."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise NotMeasured("a core for the server and another for the generator are needed")
    return usable[0], usable[1]


def pin(contender, core: int) -> None:
    """All threads, once they run: Knot DNS has chosen cores for its own when it started."""
    for pid in memory.session_of(contender.pid()):
        run("taskset", "--all-tasks", "--cpu-list", "--pid", core, pid)


class Knot(rivals.Knot):
    workers = 1


class Nsd(rivals.Nsd):
    workers = 1


class Signpost(contenders.SignpostUserspace):
    def flags(self) -> list:
        return ["--threads", 1]


CONTENDERS = {"userspace": Signpost, "knot": Knot, "nsd": Nsd}


def replies(output: str) -> float:
    """A second, as dnsperf tells them."""
    rate, lost = (re.search(pattern, output) for pattern in
                  (r"Queries per second: +([\d.]+)", r"Queries lost: +\d+ \(([\d.]+)%\)"))
    if not rate or not lost:
        raise NotMeasured(f"dnsperf told no replies: {output.strip()}")
    if float(lost[1]) > LOST_MAX * 100:
        raise NotMeasured(f"{lost[1]} % of the queries had no reply")
    return float(rate[1])


def flood(contender, queries: pathlib.Path, case: Udp | Tcp, seconds: float) -> float:
    rig = contender.rig
    if isinstance(case, Udp):
        return rig.flood(queries, seconds)
    dnsperf = ("dnsperf", "-m", "tcp", "-s", SERVER_ADDRESS, "-d", queries, "-T", 1, "-c", case.connections,
               "-q", case.outstanding, "-l", seconds)
    return replies(run(*rig.inside(rig.server, *rig.generator(), *dnsperf)))


def start(key: str, kind, folder: pathlib.Path):
    generator_core, server_core = cores()
    contender = kind(f"{key}core", folder, NAMES)
    contender.rig.generator_core = generator_core
    try:
        contender.start()
        pin(contender, server_core)
    except BaseException:
        contender.stop()
        raise
    return contender


def measure(folder: pathlib.Path, seconds: float, rounds: int, progress) -> dict:
    """Replies a second of each contender in each case, in turn; and what it had to go without."""
    gaps = Gaps()
    queries = zones.write_queries(folder / "sockets.txt", zones.uniform(NAMES))
    result = {"titles": {key: kind.title for key, kind in CONTENDERS.items()}, "seconds": seconds, "rounds": rounds,
              "cases": [{"case": case.text(), "replies": {key: [] for key in CONTENDERS}} for case in CASES]}
    running = {}
    try:
        for key, kind in CONTENDERS.items():
            progress.say(f"starting {kind.title} on one core")
            with gaps.noting(kind.title, "sockets, everything"):
                running[key] = start(key, kind, folder)
        for number in range(rounds):
            progress.say(f"over sockets, round {number + 1} of {rounds}")
            for case, measured in zip(CASES, result["cases"]):
                for key, each in running.items():
                    with gaps.noting(each.title, f"sockets, {case.text()}"):
                        measured["replies"][key].append(flood(each, queries, case, seconds))
    finally:
        for each in running.values():
            each.stop()
    return result | {"gaps": gaps.listed}
