"""How long a change, and a flip of a health check, take to the wire."""
import datetime
import json
import pathlib

from contenders import Signpost

WATCH = pathlib.Path(__file__).parent / "watch.py"
# Tells the time (nanoseconds, wall clock) and becomes a command: so tools/lab's own start does not count.
FROM_ITS_START = 'date +%s%N; exec "$@"'


class Watch:
    """The answers of one name, as watch.py sees them in the client's namespace."""

    def __init__(self, signpost: Signpost, name: str):
        self.process = signpost.popen("/usr/bin/python3", WATCH, name)
        self.address = self.next()[1]

    def next(self) -> tuple:
        """(wall clock in seconds, address) of the next change."""
        line = self.process.stdout.readline().split()
        if not line:
            raise SystemExit("bench: watch.py ended")
        self.address = line[1]
        return int(line[0]) / 1e9, line[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait(5)


def change_to_wire(signpost: Signpost, zone: str, label: str, repeats: int) -> list:
    """Milliseconds from the start of `signpost record set` to the first reply with the new address."""
    taken = []
    with Watch(signpost, f"{label}.{zone}") as watch:
        for number in range(repeats):
            address = f"203.0.113.{number % 200 + 1}"
            output = signpost.lab("client", "sh", "-c", FROM_ITS_START, "sh", "signpost", "record", "set", zone, label,
                                  "A", "60", address)
            start = int(output.split()[0]) / 1e9
            seen, got = watch.next()
            if got != address:
                raise SystemExit(f"bench: {label}.{zone} became {got} instead of {address}")
            taken.append((seen - start) * 1e3)
    return taken


def flip_to_wire(signpost: Signpost, name: str, check: str, repeats: int) -> list:
    """Milliseconds from the verdict of a check on endpoint 1 to the first reply that shows it."""
    taken = []
    with Watch(signpost, name) as watch:
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
