"""Makes docs/performance.md of what was measured."""
import datetime
import platform
import re
import statistics

from rig import ROOT, run

HEAD = """# Performance

Written by `{command}` on {date}; do not edit. Absolute figures are those of one small machine and of a veth pair, which
always builds socket buffers: read the ratios. They were taken side by side in one run.

| | |
|---|---|
| machine | {cpu}, {cores} cores |
| kernel | {kernel} |
| Signpost | {commit} |
| beside it | {packages} |
| other load | {load:.1f} processes wanted a core when it began |
"""

METHOD = """
## Method

- Every server runs in a network namespace of its own, joined by a veth pair to a namespace of its own for the
  generator; all run at the same time, idle unless asked. Server and generator share the {cores} cores.
- The generator is `kxdpgun` (one thread, as fast as it can), {seconds} s a flood; the contenders take turns, {rounds} rounds.
  Replies per second are what it received. The reflector swaps addresses and ports and sends the query back: the ceiling
  of this rig.
- Run time per packet is the kernel's own (`kernel.bpf_stats_enabled`), in floods of their own, since it costs time
  itself. It includes the kernel's clock reads, for the reflector as well.
- The weighted name is `api.example.com` of `examples/ecommerce`. NSD and Knot DNS have no weights and serve one address;
  gdnsd has the same weights in its weighted plugin.
- Everything in the tables is the median; the range is in brackets.

## What this does not show

A real network card, more cores than {cores}, IPv6, packets of many clients: the generator has one thread and one address.
Replies per second near the reflector's are the rig's ceiling, so the run time per packet tells more.

The best of Knot DNS's AF_XDP mode: over veth pairs it answered 266,000 queries a second in one run of this benchmark and
20,000 in another, the same all through each.
"""


def median(values) -> float:
    return statistics.median(values)


def spread(values, digits: int = 0) -> str:
    """Median and range."""
    low, mid, high = (f"{value:,.{digits}f}" for value in (min(values), median(values), max(values)))
    return f"{mid} [{low}–{high}]"


def verdict(holds: bool) -> str:
    return "holds" if holds else "**missed**"


def throughput(results: dict) -> str:
    base = median(results["reflector"]["replies"])
    lines = ["", "## Replies per second, one name", "",
             "| server | replies/s | of the reflector's |", "|---|---:|---:|"]
    for result in sorted(results.values(), key=lambda result: -median(result["replies"])):
        rate = result["replies"]
        lines.append(f"| {result['title']} | {spread(rate)} | {median(rate) / base:.2f} |")
    ours = median(results["signpost"]["replies"])
    others = [result for key, result in results.items() if key not in ("reflector", "signpost", "knot")]
    best = max(others, key=lambda result: median(result["replies"]))
    lines += ["", f"- At least 0.93 of the reflector's: {ours / base:.2f}, {verdict(ours >= 0.93 * base)}.",
              f"- More than every other server: {ours / median(best['replies']):.1f} times {best['title']}, "
              f"{verdict(ours > median(best['replies']))}."]
    return "\n".join(lines) + "\n"


def run_time(results: dict, million: dict) -> str:
    base = median(results["reflector"]["nanoseconds"])
    rows = [("reflector", results["reflector"]["nanoseconds"], None),
            ("Signpost, one weighted name", results["signpost"]["nanoseconds"], 3.3)]
    if million:
        rows.append(("Signpost, 1,000,000 names, asked uniformly", million["nanoseconds"], 15))
    lines = ["", "## Run time of the XDP program per packet", "",
             "| program | ns | of the reflector's | at most | |", "|---|---:|---:|---:|---|"]
    for title, values, bound in rows:
        ratio = median(values) / base
        end = f"{bound} | {verdict(ratio <= bound)} |" if bound else "| |"
        lines.append(f"| {title} | {spread(values)} | {ratio:.2f} | {end}")
    return "\n".join(lines) + "\n"


def latency(million: dict) -> str:
    if not million:
        return "\nNot measured in this run (`--quick`): 1,000,000 names, and the latency of changes.\n"
    rows = [("one record changed, from the start of `signpost record set`", million["change"], 50),
            ("a health check flips, from its verdict", million["flip"], 20)]
    lines = ["", "## To the wire, beside 1,000,000 names", "",
             f"The zone of 1,000,000 names was imported in {million['import']:.1f} s.", "",
             "| what | ms | slowest of | at most | |", "|---|---:|---:|---:|---|"]
    for title, values, bound in rows:
        lines.append(f"| {title} | {spread(values, 1)} | {len(values)} | {bound} | {verdict(max(values) <= bound)} |")
    return "\n".join(lines) + "\n"


def by_guard(guard: dict) -> str:
    base = median(guard["reflector"])
    rows = [("reflector", guard["reflector"], None),
            ("Signpost without guards, a weighted name", guard["unguarded"], None),
            ("Signpost with cookies and a rate limit, a client's first query: counted, and given a cookie", guard["first"], 5),
            ("Signpost with cookies and a rate limit, a client with a cookie: checked", guard["returning"], 5)]
    lines = ["", "## Guards: queries with EDNS Client Subnet and a cookie", "",
             "| program | ns | of the reflector's | at most | |", "|---|---:|---:|---:|---|"]
    for title, values, bound in rows:
        ratio = median(values) / base
        end = f"{bound} | {verdict(ratio <= bound)} |" if bound else "| |"
        lines.append(f"| {title} | {spread(values)} | {ratio:.2f} | {end}")
    return "\n".join(lines) + "\n"


def by_locality(world: dict) -> str:
    if not world:
        return "\nNot measured in this run (`--quick`): answers by locality.\n"
    base, weighted = median(world["reflector"]), median(world["weighted"])
    rows = [("reflector", world["reflector"], base, None),
            ("Signpost, a weighted name", world["weighted"], base, None),
            ("Signpost, a geolocation name, one client", world["near"], weighted, 1.4),
            ("Signpost, a geolocation name, clients all over the world", world["world"], base, 5)]
    lines = ["", "## Answers by locality: EDNS Client Subnet, city data of the world", "",
             f"The daemon answered {world['start']:.1f} s after its start, the data loaded.", "",
             "| program | ns | times | at most | |", "|---|---:|---:|---:|---|"]
    for title, values, unit, bound in rows:
        ratio = median(values) / unit
        of = "the weighted name's" if unit is weighted and bound else "the reflector's"
        end = f"{bound} | {verdict(ratio <= bound)} |" if bound else "| |"
        lines.append(f"| {title} | {spread(values)} | {ratio:.2f} of {of} | {end}")
    return "\n".join(lines) + "\n"


def compiler(facts: dict) -> str:
    seconds, memory = facts["compile_seconds"], facts["peak_mib"]
    return (f"\n## The table compiler\n\n{facts['record_sets']:,} record sets over {facts['localities']:,} localities: "
            f"{seconds:.1f} s (at most 10: {verdict(seconds <= 10)}), {memory:,} MiB at the peak (at most 2,048: "
            f"{verdict(memory <= 2048)}). One health flip: {facts['flip_median_ms']:.2f} ms, the slowest of "
            f"{facts['flips']} {facts['flip_slowest_ms']:.1f} ms (at most 5: "
            f"{verdict(facts['flip_slowest_ms'] <= 5)}).\n")


def machine(command: str) -> dict:
    cpu = re.search(r"model name\s*: (.*)", open("/proc/cpuinfo", encoding="utf-8").read())
    packages = run("dpkg-query", "-W", "-f", "${Package} ${Version}, ", "gdnsd", "knot", "nsd")
    return {"command": command, "date": datetime.date.today().isoformat(), "cpu": cpu[1] if cpu else "unknown",
            "cores": len(re.findall(r"^processor", open("/proc/cpuinfo", encoding="utf-8").read(), re.M)),
            "kernel": platform.release(), "packages": packages.rstrip(", "),
            "commit": run("git", "-C", ROOT, "describe", "--always", "--dirty").strip()}


def write(command: str, load: float, seconds: float, rounds: int, results: dict) -> None:
    """`load`: the load average when the run began."""
    facts = machine(command) | {"load": load}
    servers, million = results["servers"], results["million"]
    text = HEAD.format(**facts) + throughput(servers) + run_time(servers, million) + by_guard(results["guard"])
    text += by_locality(results["world"])
    text += latency(million) + compiler(results["compiler"])
    text += METHOD.format(seconds=seconds, rounds=rounds, **facts)
    print(text)
    if million:
        (ROOT / "docs" / "performance.md").write_text(text, encoding="utf-8")
