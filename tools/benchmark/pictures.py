"""The charts beside docs/performance.md, each made of what was measured."""
import charts
from figures import PERCENTILES, median
from marks import middle
from sections import MIB, fastest_first


def replies(results: dict) -> str:
    values = [(server["title"], median(server["replies"])) for _, server in fastest_first(results) if server["replies"]]
    return charts.bars("Replies per second, one name", "flooded; longer is better", values)


def processor(results: dict) -> str:
    series = [(server["title"], [median(server["nanoseconds"])]) for server in results["processor"]["servers"].values()
              if server["nanoseconds"]]
    return charts.dots("Processor time per answer beyond the reflector's, ns", "left is better; none: in the noise", series)


def latency(results: dict) -> str:
    series = [(results["servers"][key]["title"], [found[str(each)] for each in PERCENTILES])
              for key, found in results["latency"].items()]
    note = f"{', '.join(map(str, PERCENTILES))} % of the replies came within"
    return charts.dots("Latency at half load, microseconds", note, series)


def by_size(results: dict, title: str, note: str, value) -> str:
    series = [(server["title"], [value(size) for size in server["sizes"].values()]) for server in results["sizes"].values()]
    return charts.dots(title, f"{note}; a dot for each of 100, 10,000 and 1,000,000 names, as far as measured", series)


def names(results: dict) -> str:
    values = []
    for server in results["sizes"].values():
        for which, what in (("few", "10 names"), ("zipf", "10⁶, Zipf"), ("uniform", "10⁶, uniform")):
            found = middle(server, "floods", which, "replies")
            values += [] if found is None else [(f"{server['title']}: {what}", found)]
    return charts.bars("Replies per second by what is asked", "flooded; longer is better", values)


def draw(results: dict) -> dict:
    """Name of the chart -> SVG."""
    drawn = {"replies": replies(results), "processor": processor(results)}
    if results["latency"]:
        drawn["latency"] = latency(results)
    if results["sizes"]:
        drawn |= {
            "memory": by_size(results, "Memory, MiB", "processes and BPF maps",
                              lambda size: sum(size["memory"].values()) / MIB),
            "start": by_size(results, "Start to the first answer, s", "left is better", lambda size: size["start"]),
            "change": by_size(results, "A change to the wire, ms", "left is better; medians",
                              lambda size: median(size["change"]) if size["change"] else 0),
            "names": names(results)}
    return drawn
