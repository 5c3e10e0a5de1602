"""What the number of names costs: start, memory, a change, and answers when all names or a favoured few are asked."""
import contextlib
import pathlib

import memory
import wire
import zones
from contenders import Signpost
from gaps import Gaps

SIZES = (100, 10_000)
LARGE = 1_000_000
FEW = 10
CHANGES = {100: 5, 10_000: 5, LARGE: 3}


@contextlib.contextmanager
def serving(kind, name: str, folder: pathlib.Path, names: int):
    """A contender with so many names, and how many seconds it took to its first answer."""
    contender = kind(name, folder, names)
    try:
        contender.prepare()
        yield contender, wire.start_to_wire(contender)
    finally:
        contender.stop()


def attributes(contender, start: float, gaps: Gaps) -> dict:
    found = {"start": start, "memory": memory.measure(contender.pid()), "change": []}
    with gaps.noting(contender.title, f"a change beside {contender.names:,} names"):
        found["change"] = wire.change_to_wire(contender, CHANGES[contender.names])
    return found


def write_queries(folder: pathlib.Path) -> dict:
    numbers = {"few": zones.uniform(FEW), "uniform": zones.uniform(LARGE), "zipf": zones.zipf(LARGE, zones.QUERIES)}
    return {key: zones.write_queries(folder / f"{key}.txt", drawn) for key, drawn in numbers.items()}


def floods(few, many, queries: dict, seconds: float, rounds: int) -> dict:
    """Replies a second, and nanoseconds where a program of ours runs, for each of the queries."""
    result = {key: {"replies": [], "nanoseconds": []} for key in queries}
    for _ in range(rounds):
        for key, file in queries.items():
            rig = (few if key == "few" else many).rig
            result[key]["replies"].append(rig.flood(file, seconds))
            if many.timed:
                result[key]["nanoseconds"].append(rig.flood_timed(file, seconds))
    return result


def of_signpost(million: Signpost) -> dict:
    """What only Signpost has."""
    return {"import": million.import_seconds, "change": wire.change_to_wire(million, 20),
            "flip": wire.flip_to_wire(million, "failover.api.example.com", "primary", 6)}


def measure_one(key: str, kind, folder: pathlib.Path, queries: dict, times: tuple, gaps: Gaps, progress) -> dict:
    result = {"title": kind.title, "sizes": {}, "floods": {}}
    for names in SIZES:
        progress.say(f"{kind.title}: {names:,} names")
        with gaps.noting(kind.title, f"{names:,} names"), serving(kind, f"{key}{names}", folder, names) as (small, start):
            result["sizes"][str(names)] = attributes(small, start, gaps)
    progress.say(f"{kind.title}: {LARGE:,} names")
    with gaps.noting(kind.title, f"{LARGE:,} names"), \
            serving(kind, f"{key}few", folder, FEW) as (few, _), serving(kind, f"{key}all", folder, LARGE) as (many, start):
        result["sizes"][str(LARGE)] = attributes(many, start, gaps)
        result["floods"] = floods(few, many, queries, *times)
        if kind is Signpost:
            result |= of_signpost(many)
    return result


def measure(kinds: dict, folder: pathlib.Path, seconds: float, rounds: int, gaps: Gaps, progress) -> dict:
    progress.say(f"drawing queries for {LARGE:,} names")
    queries = write_queries(folder)
    return {key: measure_one(key, kind, folder, queries, (seconds, rounds), gaps, progress) for key, kind in kinds.items()}
