"""Measures Signpost beside a reflector and other servers; writes docs/performance.md. Started by tools/bench."""
import json
import os
import pathlib
import random
import signal
import sys
import tempfile
import time

import contenders
import guard
import latency
import report
import world
from rig import BUILD, run

CONTENDERS = {"reflector": contenders.Reflector, "signpost": contenders.Signpost, "knotxdp": contenders.KnotXdp,
              "knot": contenders.Knot, "nsd": contenders.Nsd, "gdnsd": contenders.Gdnsd}
NAMES = 1_000_000
ZONE = "example.net"


class Progress:
    def __init__(self):
        self.start = time.monotonic()

    def say(self, text: str) -> None:
        print(f"[{time.monotonic() - self.start:4.0f} s] {text}", flush=True)


def compare(folder: pathlib.Path, seconds: float, rounds: int, progress: Progress) -> dict:
    """Floods the contenders in turn; key -> title, replies a second, nanoseconds per packet."""
    queries = folder / "weighted.txt"
    queries.write_text(f"{contenders.WEIGHTED} A\n", encoding="ascii")
    running = {key: kind(key, folder) for key, kind in CONTENDERS.items()}
    results = {key: {"title": each.title, "replies": [], "nanoseconds": []} for key, each in running.items()}
    try:
        for key, each in running.items():
            progress.say(f"starting {each.title}")
            each.start()
        for number in range(rounds):
            progress.say(f"round {number + 1} of {rounds}")
            for key, each in running.items():
                results[key]["replies"].append(each.rig.flood(queries, seconds))
                if each.timed:
                    results[key]["nanoseconds"].append(each.rig.flood_timed(queries, seconds))
    finally:
        for each in running.values():
            each.stop()
    return results


class Million(contenders.Signpost):
    """A zone of a million names beside examples/ecommerce."""

    title = f"Signpost ({NAMES:,} names)"

    def flags(self) -> list:
        return ["--max-nodes", 1_500_000, "--max-cells", 1 << 18]

    def configure(self) -> None:
        super().configure()
        zone = self.folder / "million.zone"
        with open(zone, "w", encoding="ascii") as out:
            out.write(f"$ORIGIN {ZONE}.\n$TTL 60\n@ SOA ns1 hostmaster 1 7200 900 1209600 300\n@ NS ns1\n"
                      "ns1 A 192.0.2.53\nchanging A 192.0.2.1\n")
            out.writelines(f"n{n} A 10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}\n" for n in range(NAMES))
        start = time.monotonic()
        self.lab("client", "signpost", "zone", "import", zone)
        self.import_seconds = time.monotonic() - start


def measure_million(folder: pathlib.Path, seconds: float, rounds: int, progress: Progress) -> dict:
    queries = folder / "million.txt"
    names = random.Random(1).sample(range(NAMES), NAMES)
    queries.write_text("".join(f"n{n}.{ZONE} A\n" for n in names), encoding="ascii")
    million = Million("million", folder)
    try:
        progress.say(f"importing a zone of {NAMES:,} names")
        million.start()
        progress.say("asking them at random")
        nanoseconds = [million.rig.flood_timed(queries, seconds) for _ in range(rounds)]
        progress.say("changing a record")
        change = latency.change_to_wire(million, ZONE, "changing", 20)
        progress.say("flipping a health check")
        flip = latency.flip_to_wire(million, "failover.api.example.com", "primary", 6)
    finally:
        million.stop()
    return {"import": million.import_seconds, "nanoseconds": nanoseconds, "change": change, "flip": flip}


def main() -> int:
    if sys.argv[1:] not in ([], ["--quick"]):
        print("usage: tools/bench [--quick]", file=sys.stderr)
        return 2
    quick = sys.argv[1:] == ["--quick"]
    seconds, rounds = (1, 3) if quick else (3, 5)
    progress, load = Progress(), os.getloadavg()[0]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    with tempfile.TemporaryDirectory(prefix="signpost-bench-") as name:
        folder = pathlib.Path(name)
        results = compare(folder, seconds, rounds, progress)
        guarded = guard.measure(folder, seconds, rounds, progress)
        million = {} if quick else measure_million(folder, seconds, rounds, progress)
        places = {} if quick else world.measure(folder, seconds, rounds, progress)
        progress.say("compiling 100,000 record sets")
        compiled = json.loads(run(BUILD / "tests" / "benchmark" / "compile_bench"))
    report.write("tools/bench" + " --quick" * quick, load, seconds, rounds,
                 {"servers": results, "million": million, "world": places, "guard": guarded, "compiler": compiled})
    return 0


sys.exit(main())
