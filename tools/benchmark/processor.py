"""Processor time per answer: what a spinner of idle priority on each core loses while a server answers.

The kernel's own accounting by ticks cannot tell: most of an answer is softirq time, in pieces shorter than a tick.
"""
import os
import pathlib
import struct
import subprocess
import sys
import time

from rig import NotMeasured, end_flood, kernel_setting, wait_for

SPINNER = pathlib.Path(__file__).parent / "spinner.py"
# Offered queries a second. A server is measured at the highest that is at most half of what it answers when flooded.
RATES = (100_000, 50_000, 20_000, 5_000, 1_000, 200)
# Of the time in which nothing is asked, the part that the spinners must get.
ALONE = 0.9
SECONDS = 1  # of each count
START = 10  # seconds for the spinners to get a turn, on a machine that others use
SETTLE = 0.2  # seconds from the generator's start to the first count, and from the last count to the generator's end


def rate_for(saturated: float) -> int:
    return next((rate for rate in RATES if rate <= saturated / 2), RATES[-1])


class Spinners:
    def __init__(self, folder: pathlib.Path):
        self.cores = sorted(os.sched_getaffinity(0))
        self.file = folder / "spins"
        self.file.write_bytes(bytes(8 * (self.cores[-1] + 1)))
        self.processes = []

    def __enter__(self):
        # In the group of a session a process of idle priority would have that session's whole share of a core.
        with kernel_setting("sched_autogroup_enabled", "0"):
            self.processes = [subprocess.Popen([sys.executable, SPINNER, str(core), self.file]) for core in self.cores]
        return self

    def __exit__(self, *_):
        for process in self.processes:
            process.kill()
            process.wait()

    def counts(self) -> list:
        words = self.file.read_bytes()
        return [struct.unpack_from("=Q", words, 8 * core)[0] for core in self.cores]

    def run_seconds(self) -> float:
        """For how long they have had a core, all together."""
        files = (pathlib.Path("/proc", str(process.pid), "schedstat") for process in self.processes)
        return sum(int(file.read_text(encoding="ascii").split()[0]) for file in files) / 1e9

    def idle_speed(self) -> float:
        """speed() while nothing is asked; not to be had on a machine that others use."""
        before, begin = self.run_seconds(), time.monotonic()
        speed = self.speed()
        share = (self.run_seconds() - before) / len(self.cores) / (time.monotonic() - begin)
        if share < ALONE:
            raise NotMeasured(f"other processes took {1 - share:.0%} of the cores while nothing was asked")
        return speed

    def speed(self) -> float:
        """Counts a second of all cores together, over SECONDS."""
        before, begin = sum(self.counts()), time.monotonic()
        time.sleep(SECONDS)  # What is measured is this time.
        return (sum(self.counts()) - before) / (time.monotonic() - begin)


def busy(spinners: Spinners, contender, queries: pathlib.Path, rate: int) -> dict:
    """Answers a second, and how many counts a second are left while the contender answers at this rate.

    Asked twice on end, as the reflector is where rates change, it may have the queue still taken for longer than begin_flood()
    looks, which beside spinners is long after its start: then it is asked once more.
    """
    try:
        return asked(spinners, contender, queries, rate)
    except NotMeasured:
        return asked(spinners, contender, queries, rate)


def asked(spinners: Spinners, contender, queries: pathlib.Path, rate: int) -> dict:
    generator = contender.rig.begin_flood(queries, SECONDS + 2 * SETTLE, rate)
    left = spinners.speed()
    answers = end_flood(generator)
    if not answers:
        raise NotMeasured(f"no answers at {rate:,} queries a second")
    return {"answers": answers, "left": left}


def beyond(idle: float, cores: int, before: dict, server: dict, after: dict) -> float:
    """Nanoseconds of processor time per answer that the server takes beyond the reflector, which was asked before and after.

    `idle`: the counts a second of `cores` cores that do nothing else.
    """
    taken = [cores * (1 - run["left"] / idle) / run["answers"] for run in (before, server, after)]
    return (taken[1] - (taken[0] + taken[2]) / 2) * 1e9


def one_round(spinners: Spinners, running: dict, rates: dict, queries: pathlib.Path, gaps) -> dict:
    """Key -> nanoseconds beyond the reflector's, which has its turn between any two servers: speeds drift."""
    result = {}
    idle = spinners.idle_speed()
    for rate in sorted(set(rates.values())):
        before = busy(spinners, running["reflector"], queries, rate)
        for key in (key for key in rates if rates[key] == rate):
            with gaps.noting(running[key].title, "processor time"):
                server = busy(spinners, running[key], queries, rate)
                after = busy(spinners, running["reflector"], queries, rate)
                result[key] = beyond(idle, len(spinners.cores), before, server, after)
                before = after
    return result


def measure(running: dict, saturated: dict, queries: pathlib.Path, rounds: int, gaps, progress) -> dict:
    """Of each server: its title, the rate at which it was asked, and one figure of nanoseconds a round.

    `saturated`: key -> replies a second when flooded, of those to measure.
    """
    rates = {key: rate_for(answered) for key, answered in saturated.items() if key != "reflector"}
    servers = {key: {"title": running[key].title, "rate": rate, "nanoseconds": []} for key, rate in rates.items()}
    with gaps.noting("every server", "processor time"), Spinners(queries.parent) as spinners:
        wait_for("a turn of every spinner", lambda: all(spinners.counts()), START)
        for number in range(rounds):
            progress.say(f"processor time, round {number + 1} of {rounds}")
            with gaps.noting("every server", f"processor time, round {number + 1}"):
                for key, found in one_round(spinners, running, rates, queries, gaps).items():
                    servers[key]["nanoseconds"].append(found)
    return {"servers": servers, "rounds": rounds, "seconds": SECONDS}
