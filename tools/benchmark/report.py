"""Makes docs/performance.md, and what it shows, of what was measured."""
import datetime
import json
import pathlib
import platform
import re

import machines
import marks
import pictures
import sections
from rig import ROOT, run

FOLDER = ROOT / "docs" / "performance"
PACKAGES = ("bind9", "gdnsd", "knot", "nsd", "pdns-server")
HEAD = """# Performance

Written by `{command}` on {date}; do not edit. Absolute figures are those of one small machine and of a veth pair, which
always builds socket buffers: read the ratios. They were taken side by side in one run, of {minutes:.0f} minutes. All of
them are in [performance/results.json](performance/results.json).

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
  generator; those of one table run at the same time, idle unless asked. Server and generator share the {cores} cores.
- The generator is `kxdpgun` (one thread, as fast as it can), {seconds} s a flood; the contenders take turns, {rounds} rounds,
  of many names fewer.
  Replies per second are what it received. The reflector swaps addresses and ports and sends the query back: the ceiling
  of this rig.
- Processor time is what a spinner of idle priority (`SCHED_IDLE`) on each core loses while a server answers at a fixed
  rate, less what it loses while the reflector answers at the same rate just before and after. So it includes softirqs, and
  what the generator spends is not counted. The kernel's accounting by ticks cannot see it. Under zero: the noise.
- Over sockets, each server has one core, with one worker for each transport, and the generator another; the queries are for
  1,000 names. By UDP that is `kxdpgun` over the veth pair, as `dnsperf` can't ask what the servers can answer; by TCP it is
  `dnsperf` in the server's own namespace with 100 queries under way, 1,000 from 100 connections on.
- Latency is that of queries beside the flood, sent at random times by a process with real-time priority; the reply's time
  is the kernel's stamp.
- Run time per packet is the kernel's own (`kernel.bpf_stats_enabled`), in floods of their own, since it costs time
  itself. It includes the kernel's clock reads, for the reflector as well.
- Memory is the proportional set size of the server's processes, and what the kernel says of the BPF maps that they hold, as
  the first answer comes.
- Zones with many names are in `example.net`, which has an address for each; a server starts with it as its file, Signpost
  with it as its state. A change of such a file is not counted, its reading is.
- The weighted name is `api.example.com` of `examples/ecommerce`. NSD, BIND, PowerDNS and Knot DNS serve one address for
  it; gdnsd's weighted plugin and PowerDNS's Lua record have the same weights, and gdnsd's geoip plugin chooses between two
  addresses by the /8 block of the client.
- Everything in the tables is the median; the range is in brackets.

## What this does not show

A real network card, more cores than {cores}, IPv6, packets of many clients: the generator has one thread and one address.
Replies per second near the reflector's are the rig's ceiling, so the run time per packet tells more.

Signpost's generic mode, gdnsd's geoip plugin and PowerDNS's Lua records with many names: names without a policy take the
same way as in the server's other rows.

The best of Knot DNS's AF_XDP mode, perhaps: over veth pairs there were runs of this benchmark in which it answered less than a
tenth of what it did in others, the same all through each.
"""


def commit() -> str:
    """The commit of the sources; the page itself may differ from it."""
    changed = run("git", "-C", ROOT, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!docs/performance*")
    return run("git", "-C", ROOT, "describe", "--always").strip() + ("-dirty" if changed else "")


def machine() -> dict:
    processors = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"model name\s*: (.*)", processors)
    packages = run("dpkg-query", "-W", "-f", "${Package} ${Version}, ", *PACKAGES)
    return {"date": datetime.date.today().isoformat(), "cpu": model[1] if model else "unknown",
            "cores": len(re.findall(r"^processor", processors, re.M)),
            "kernel": platform.release(), "packages": packages.rstrip(", "),
            "commit": commit()}


def gaps(listed: list, quick: bool) -> str:
    lines = [f"- {gap['who']}, {gap['what']}: {gap['why']}" for gap in listed]
    if quick:
        lines.append("- Latency, the number of names, changes, answers by locality: `--quick` leaves them out.")
    return "\n## Could not be measured in this run\n\n" + ("\n".join(lines) or "Nothing of what is tried.") + "\n"


def gaps_alone(results: dict) -> list:
    """Those of the parts that may have been measured alone."""
    return [gap for part in PARTS for gap in results.get(part, {}).get("gaps", [])]


def page(results: dict) -> str:
    about = results["about"]
    return (HEAD.format(**about) + sections.judged(marks.judge(results)) + machines.section(results) + sections.all_sections(results) +
            gaps(results["gaps"] + gaps_alone(results), about["quick"]) + METHOD.format(**about))


def keep(results: dict) -> None:
    """The page, its charts and its figures in docs/."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    for name, drawing in pictures.draw(results).items():
        (FOLDER / f"{name}.svg").write_text(drawing, encoding="utf-8")
    (ROOT / "docs" / "performance.md").write_text(page(results), encoding="utf-8")


def write(results: dict) -> None:
    """Prints the page; a run that is not quick leaves it in docs/. What runs alone only stays as it was, as do other machines' marks."""
    kept = json.loads((FOLDER / "results.json").read_text(encoding="utf-8"))
    results = results | {"operations": kept.get("operations", {}), "machines": machines.others(kept, results["about"]["cpu"])}
    if not results["about"]["quick"]:
        keep(results)
    print(re.sub(r"!\[.*\n\n", "", page(results)))


# What can be measured again alone: its part of the page, and its marks.
PARTS = {"operations": (sections.operations, marks.operations), "processor": (sections.processor_time, marks.processor_time),
         "sockets": (sections.over_sockets, marks.sockets), "samples": (sections.dnstap, marks.samples)}


def write_part(part: str, found: dict, quick: bool) -> None:
    """Prints what was measured of one part alone; a run that is not quick puts it in the place of the page's."""
    alone = {part: found}
    section, judge = PARTS[part]
    print(section(alone) + sections.judged(judge(alone)) + gaps(found.get("gaps", []), False))
    if not quick:
        keep(json.loads((FOLDER / "results.json").read_text(encoding="utf-8")) | alone)
