"""Measures Signpost beside a reflector and other servers; writes docs/performance.md. Started by tools/bench."""
import argparse
import contextlib
import json
import os
import pathlib
import signal
import sys
import tempfile
import time

import contenders
import delay
import guard
import operations
import processor
import report
import rivals
import samples
import sizes
import sockets
import world
import zones
from figures import median
from gaps import Gaps
from rig import BUILD, NotMeasured, run

CONTENDERS = {
    "reflector": contenders.Reflector, "signpost": contenders.Signpost, "generic": contenders.SignpostGeneric,
    "userspace": contenders.SignpostUserspace, "knotxdp": rivals.KnotXdp, "knot": rivals.Knot, "nsd": rivals.Nsd,
    "bind": rivals.Bind, "gdnsd": rivals.Gdnsd, "gdnsdgeoip": rivals.GdnsdGeoip, "powerdns": rivals.PowerDns,
    "powerdnslua": rivals.PowerDnsLua}
# Those that are measured with many names; the others take the same way to such a name as one of these.
LARGE = ("signpost", "userspace", "knotxdp", "knot", "nsd", "bind", "gdnsd", "powerdns")
LATENCY_SECONDS = 4
LONG_ROUNDS = 2  # of floods of many names, which take long
PROCESSOR_ROUNDS = 4


class Progress:
    def __init__(self):
        self.start = time.monotonic()

    def elapsed(self) -> float:
        return time.monotonic() - self.start

    def say(self, text: str) -> None:
        print(f"[{self.elapsed():4.0f} s] {text}", flush=True)


@contextlib.contextmanager
def all_running(folder: pathlib.Path, gaps: Gaps, progress: Progress):
    """Those that start, by key; the reflector among them."""
    running = start_all(folder, gaps, progress)
    try:
        if "reflector" not in running:
            raise NotMeasured("without the reflector there is nothing to compare with")
        yield running
    finally:
        for each in running.values():
            each.stop()


def start_all(folder: pathlib.Path, gaps: Gaps, progress: Progress) -> dict:
    """Those that start, by key."""
    running = {}
    for key, kind in CONTENDERS.items():
        progress.say(f"starting {kind.title}")
        each = kind(key, folder)
        try:
            with gaps.noting(kind.title, "everything"):
                each.start()
                running[key] = each
        finally:
            if key not in running:
                each.stop()
    return running


def flood_all(running: dict, queries: pathlib.Path, times: tuple, gaps: Gaps, progress: Progress) -> dict:
    """Floods the contenders in turn; key -> title, replies a second, nanoseconds per packet."""
    seconds, rounds = times
    results = {key: {"title": kind.title, "replies": [], "nanoseconds": []} for key, kind in CONTENDERS.items()}
    for number in range(rounds):
        progress.say(f"floods, round {number + 1} of {rounds}")
        for key, each in running.items():
            with gaps.noting(each.title, "a flood"):
                results[key]["replies"].append(each.rig.flood(queries, seconds))
                if each.timed:
                    results[key]["nanoseconds"].append(each.rig.flood_timed(queries, seconds))
    return results


def rates_of(servers: dict) -> dict:
    """Replies a second when flooded, of those that gave any; `servers` as from flood_all()."""
    return {key: median(server["replies"]) for key, server in servers.items() if server["replies"]}


def delays(running: dict, saturated: dict, queries: pathlib.Path, gaps: Gaps, progress: Progress) -> dict:
    progress.say("latency at half load")
    found = {}
    for key, rate in saturated.items():
        with gaps.noting(running[key].title, "latency"):
            found[key] = delay.measure(running[key], rate, queries, LATENCY_SECONDS)
    return found


def compare(folder: pathlib.Path, quick: bool, times: tuple, gaps: Gaps, progress: Progress) -> dict:
    """All that is measured with one name."""
    queries = zones.weighted_queries(folder)
    with all_running(folder, gaps, progress) as running:
        servers = flood_all(running, queries, times, gaps, progress)
        saturated = rates_of(servers)
        taken = processor.measure(running, saturated, queries, 1 if quick else PROCESSOR_ROUNDS, gaps, progress) | {
            "about": measured_on()}
        latency = {} if quick else delays(running, saturated, queries, gaps, progress)
    return {"servers": servers, "processor": taken, "latency": latency}


def measure(folder: pathlib.Path, quick: bool, times: tuple, progress: Progress) -> dict:
    gaps = Gaps()
    results = compare(folder, quick, times, gaps, progress) | {"guard": {}, "samples": {}, "sizes": {}, "world": {}, "compiler": {}}
    with gaps.noting("Signpost", "guards"):
        results["guard"] = guard.measure(folder, *times, progress)
    with gaps.noting("Signpost", "samples for dnstap"):
        results["samples"] = measure_samples(folder, *times, progress)
    if not quick:
        large = {key: CONTENDERS[key] for key in LARGE if results["servers"][key]["replies"]}
        results["sizes"] = sizes.measure(large, folder, times[0], LONG_ROUNDS, gaps, progress)
        with gaps.noting("Signpost", "answers by locality"):
            results["world"] = world.measure(folder, *times, progress)
    with gaps.noting("every server", "sockets"):
        results["sockets"] = measure_sockets(folder, *times, progress)
    progress.say("compiling 100,000 record sets")
    with gaps.noting("Signpost", "the table compiler"):
        results["compiler"] = json.loads(run(BUILD / "tests" / "benchmark" / "compile_bench"))
    return results | {"gaps": gaps.listed}


def measure_sockets(folder: pathlib.Path, seconds: float, rounds: int, progress: Progress) -> dict:
    """With what it was measured on, as it may be measured again alone."""
    about = measured_on()
    return sockets.measure(folder, seconds, rounds, progress) | {"about": about}


def measure_samples(folder: pathlib.Path, _, rounds: int, progress: Progress) -> dict:
    """Likewise."""
    about = measured_on()
    return samples.measure(folder, rounds, progress) | {"about": about}


def measure_processor(folder: pathlib.Path, _, rounds: int, progress: Progress) -> dict:
    """Likewise; what each answers when flooded is asked first."""
    about, gaps = measured_on(), Gaps()
    queries = zones.weighted_queries(folder)
    with all_running(folder, gaps, progress) as running:
        saturated = rates_of(flood_all(running, queries, (1, 1), gaps, progress))
        taken = processor.measure(running, saturated, queries, 2 * rounds, gaps, progress)
    return taken | {"about": about, "gaps": gaps.listed}


def measure_operations(_, __, ___, progress: Progress) -> dict:
    """Likewise; it takes minutes, and runs alone only."""
    about, gaps = measured_on(), Gaps()
    return operations.measure(gaps, progress) | {"about": about, "gaps": gaps.listed}


def measured_on() -> dict:
    return report.machine() | {"load": os.getloadavg()[0]}


# By the names of report.PARTS.
ALONE = {"operations": measure_operations, "processor": measure_processor, "sockets": measure_sockets,
         "samples": measure_samples}


def measure_all(folder: pathlib.Path, quick: bool, progress: Progress) -> None:
    seconds, rounds = (1, 2) if quick else (2, 3)
    load = os.getloadavg()[0]
    results = measure(folder, quick, (seconds, rounds), progress)
    results["about"] = report.machine() | {
        "command": "tools/bench" + " --quick" * quick, "quick": quick, "load": load, "seconds": seconds, "rounds": rounds,
        "minutes": progress.elapsed() / 60}
    report.write(results)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tools/bench")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", choices=list(ALONE))
    arguments = parser.parse_args()
    progress = Progress()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    try:
        with tempfile.TemporaryDirectory(prefix="signpost-bench-") as name:
            folder = pathlib.Path(name)
            if arguments.only:
                # Alone it has the time for more rounds, so that what else the machine does matters less.
                found = ALONE[arguments.only](folder, 2, 2 if arguments.quick else 5, progress)
                report.write_part(arguments.only, found, arguments.quick)
            else:
                measure_all(folder, arguments.quick, progress)
    except NotMeasured as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    return 0


sys.exit(main())
