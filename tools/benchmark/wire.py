"""How long a start, a change and a flip of a health check take to the wire."""
import datetime
import json
import os
import pathlib
import select
import subprocess
import sys
import time

import zones
from contenders import LARGE_TIME, Contender, Signpost
from rig import NotMeasured

WATCH = pathlib.Path(__file__).parent / "watch.py"


class Watch:
    """The answers of one name, as watch.py sees them in the client's namespace."""

    def __init__(self, contender: Contender, name: str):
        command = contender.rig.inside(contender.rig.client, sys.executable, WATCH, name)
        self.name = name
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, bufsize=0)

    def next(self) -> tuple:
        """(wall clock in seconds, address) of the next change; the first is the first answer."""
        if not select.select([self.process.stdout], [], [], LARGE_TIME)[0]:
            raise NotMeasured(f"nothing new of {self.name} within {LARGE_TIME} s")
        line = self.process.stdout.readline().split()
        if not line:
            raise SystemExit("bench: watch.py ended")
        return int(line[0]) / 1e9, line[1].decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(5)
        self.process.stdout.close()


def birth(pid: int) -> float:
    """When the process was started, in seconds of the wall clock, to 10 ms."""
    stat = pathlib.Path("/proc", str(pid), "stat").read_text(encoding="utf-8")
    since_boot = int(stat.rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
    return time.time() - (time.clock_gettime(time.CLOCK_BOOTTIME) - since_boot)


def start_to_wire(contender: Contender) -> float:
    """Launches it; seconds from its start to the first reply with the last of its names."""
    with Watch(contender, zones.name_of(contender.names - 1)) as watch:
        contender.launch()
        seen, _ = watch.next()
    taken = seen - birth(contender.pid())
    if taken < 0:
        raise NotMeasured("something answered before the server had started")
    return taken


def change_to_wire(contender: Contender, repeats: int) -> list:
    """Milliseconds from the start of the command that changes a record to the first reply with the new address."""
    taken = []
    with Watch(contender, zones.CHANGING) as watch:
        watch.next()
        for number in range(1, repeats + 1):
            start = contender.change(number)
            seen, got = watch.next()
            while got != zones.address_of(number):  # a process that the change has not reached yet answers in between
                seen, got = watch.next()
            taken.append((seen - start) * 1e3)
    return taken


def flip_to_wire(signpost: Signpost, name: str, check: str, repeats: int) -> list:
    """Milliseconds from the verdict of a check on endpoint 1 to the first reply that shows it."""
    taken = []
    with Watch(signpost, name) as watch:
        watch.next()
        for number in range(repeats):
            signpost.lab("endpoint", "start" if number % 2 else "stop", "1")
            seen, _ = watch.next()
            taken.append((seen - verdict_time(signpost, check)) * 1e3)
    return taken


def verdict_time(signpost: Signpost, check: str) -> float:
    """When the check's health last changed, as the daemon tells, in seconds."""
    listed = json.loads(signpost.lab("client", "signpost", "health", "-o", "json"))
    (item,) = [item for item in listed["items"] if item["id"] == check]
    return datetime.datetime.fromisoformat(item["since"].replace("Z", "+00:00")[:26] + "+00:00").timestamp()
