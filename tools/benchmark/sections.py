"""The tables of docs/performance.md, each made of what was measured."""
from figures import PERCENTILES, median, spread
from marks import beside_better, loss, middle, quotient
from tables import table

NONE = "–"  # not measured
MIB = 1 << 20


def heading(title: str, *charts) -> str:
    return f"\n## {title}\n\n" + "".join(f"![{title}](performance/{chart}.svg)\n\n" for chart in charts)


def or_none(value: float | None, digits: int = 0) -> str:
    return NONE if value is None else f"{value:,.{digits}f}"


def how(part: str, work: str, about: dict) -> str:
    """How a part came about that can be measured again alone."""
    return (f"{work}, {about['date']}, {about['cpu']}, Signpost {about['commit']}, {about['load']:.1f} processes wanted a core when it began; "
            f"`tools/bench --only {part}` measures it alone.\n\n")


def judged(marks: list) -> str:
    said = {True: "holds", False: "**missed**", None: "not measured"}
    held = sum(mark.holds is True for mark in marks)
    return heading("Marks") + f"{held} of {len(marks)} hold.\n\n" + table(
        ["what", "wanted", "measured", ""], [[mark.what, mark.wanted, mark.found, said[mark.holds]] for mark in marks])


def fastest_first(results: dict) -> list:
    """(key, what was measured) of the contenders, by their replies a second."""
    return sorted(results["servers"].items(), key=lambda item: -(middle(item[1], "replies") or 0))


def one_name(results: dict) -> str:
    base = middle(results, "servers", "reflector", "replies")
    rows = []
    for key, server in fastest_first(results):
        share = quotient(middle(server, "replies"), base)
        rows.append([server["title"], spread(server["replies"]) if server["replies"] else NONE,
                     NONE if share is None else f"{share:.3g}"])
    return heading("One name: replies", "replies") + table(["server", "replies/s", "of the reflector's"], rows)


def processor_time(results: dict) -> str:
    found = results["processor"]
    measured = [server for server in found["servers"].values() if server["nanoseconds"]]
    rows = [[server["title"], spread(server["nanoseconds"]), f"{server['rate']:,}"]
            for server in sorted(measured, key=lambda server: median(server["nanoseconds"]))]
    rounds = f"{found['rounds']} rounds of {found['seconds']} s"
    return heading("Processor time of one answer", "processor") + how("processor", rounds, found["about"]) + table(
        ["server", "ns of a core per answer beyond the reflector's", "at queries/s"], rows)


def latency(results: dict) -> str:
    if not results["latency"]:
        return ""
    rows = [[results["servers"][key]["title"], f"{found['rate']:,.0f}", *(f"{found[str(each)]:,.0f}" for each in PERCENTILES),
             f"{found['lost']} of {found['asked']}"] for key, found in results["latency"].items()]
    return heading("Latency at half of what each answers when flooded", "latency") + table(
        ["server", "replies/s", *(f"{each} %, µs" for each in PERCENTILES), "without reply"], rows)


def run_time(results: dict) -> str:
    base = middle(results, "servers", "reflector", "nanoseconds")
    rows = [(server["title"], server["nanoseconds"]) for server in results["servers"].values() if server["nanoseconds"]]
    floods = results["sizes"].get("signpost", {}).get("floods", {})
    rows += [(f"Signpost, XDP, 1,000,000 names, {how}", floods[key]["nanoseconds"])
             for key, how in (("zipf", "by Zipf's law"), ("uniform", "uniformly")) if key in floods]
    return heading("Run time of the XDP program per packet") + table(
        ["program", "ns", "of the reflector's"],
        [[title, spread(values), f"{median(values) / base:.2f}"] for title, values in rows])


def by_size(results: dict, title: str, chart: str, text: str, value) -> str:
    """A table with a column for each number of names; `value`: what a server has at one of them -> text."""
    servers = results["sizes"].values()
    sizes = sorted({size for server in servers for size in server["sizes"]}, key=int)
    rows = [[server["title"], *(value(server["sizes"][size]) if size in server["sizes"] else NONE for size in sizes)]
            for server in servers]
    return heading(title, chart) + text + table(["server", *(f"{int(size):,} names" for size in sizes)], rows)


def memory(size: dict) -> str:
    processes, maps = (size["memory"][part] / MIB for part in ("processes", "maps"))
    return f"{processes + maps:,.0f}" + (f" ({maps:,.0f} of maps)" if round(maps) else "")


def number_of_names(results: dict) -> str:
    if not results["sizes"]:
        return ""
    text = by_size(results, "Memory, MiB", "memory", ROOM + "\n\n", memory)
    text += by_size(results, "From the start of the server to the first answer, s", "start", "",
                    lambda size: f"{size['start']:.2f}")
    text += by_size(results, "From a change to the wire, ms", "change", CHANGED + "\n\n",
                    lambda size: spread(size["change"], 1) if size["change"] else NONE)
    return text + popular(results)


ROOM = """Signpost's maps have the room that `--max-nodes` and `--max-cells` give them, whatever is in it: the default's for 262,144
names, and for a million names 1,100,000."""
CHANGED = """One address is changed, by what each server has for it: Signpost by `signpost record set`, Knot DNS by a
transaction of `knotc`, BIND by a dynamic update, the others by their command that reads the zone's file again."""


def popular(results: dict) -> str:
    rows = []
    for key, server in results["sizes"].items():
        rates = [middle(server, "floods", which, "replies") for which in ("few", "zipf", "uniform")]
        lost = loss(results, key)
        rows.append([server["title"], *map(or_none, rates), NONE if lost is None else f"{lost:.1%}"])
    return heading("Replies per second by what is asked", "names") + table(
        ["server", "10 names", "1,000,000 by Zipf's law", "1,000,000 uniformly", "lost from 10 to 1,000,000"], rows)


def beside_reflector(measured: dict, rows: list) -> str:
    """Run times of programs by what `measured` calls them, each row a title and its key."""
    base = median(measured["reflector"])
    return table(["program", "ns", "of the reflector's"],
                 [[title, spread(measured[key]), f"{median(measured[key]) / base:.2f}"] for title, key in rows])


def guards(results: dict) -> str:
    guard = results["guard"]
    if not guard:
        return ""
    rows = [("reflector", "reflector"), ("Signpost without guards, a weighted name", "unguarded"),
            ("Signpost with cookies and a rate limit, a client's first query: counted, and given a cookie", "first"),
            ("Signpost with cookies and a rate limit, a client with a cookie: checked", "returning")]
    return heading("Guards: queries with EDNS Client Subnet and a cookie") + beside_reflector(guard, rows)


def dnstap(results: dict) -> str:
    measured = results.get("samples")
    if not measured:
        return ""
    rows = [("without dnstap", "plain"), ("with dnstap of one answer in a hundred", "sampled")]
    floods = f"{measured['daemons']} daemons of each kind in turn, {measured['rounds']} rounds of {measured['seconds']} s"
    return heading("Samples for dnstap") + how("samples", floods, measured["about"]) + table(
        ["Signpost, XDP", "replies/s", "ns per packet"],
        [[title, spread(measured[key]["replies"]), spread(measured[key]["nanoseconds"])] for title, key in rows])


def by_locality(results: dict) -> str:
    world = results["world"]
    if not world:
        return ""
    rows = [("reflector", "reflector"), ("Signpost, a weighted name", "weighted"),
            ("Signpost, a geolocation name, one client", "near"),
            ("Signpost, a geolocation name, clients all over the world", "world")]
    return (heading("Answers by locality: EDNS Client Subnet, city data of the world") +
            f"The daemon answered {world['start']:.1f} s after its start, the data loaded.\n\n" +
            beside_reflector(world, rows))


def to_the_wire(results: dict) -> str:
    million = results["sizes"].get("signpost", {})
    if "flip" not in million:
        return ""
    rows = [("one record changed, from the start of `signpost record set`", million["change"]),
            ("a health check flips, from its verdict", million["flip"])]
    return (heading("Signpost: to the wire, beside 1,000,000 names") +
            f"The zone of 1,000,000 names was imported in {million['import']:.1f} s.\n\n" +
            table(["what", "ms", "slowest of"], [[title, spread(values, 1), len(values)] for title, values in rows]))


def compiler(results: dict) -> str:
    facts = results["compiler"]
    if not facts:
        return ""
    return heading("The table compiler") + (
        f"{facts['record_sets']:,} record sets over {facts['localities']:,} localities: {facts['compile_seconds']:.1f} s, "
        f"{facts['peak_mib']:,} MiB at the peak. One health flip: {facts['flip_median_ms']:.2f} ms, the slowest of "
        f"{facts['flips']} {facts['flip_slowest_ms']:.1f} ms.\n")


def over_sockets(results: dict) -> str:
    found = results.get("sockets")
    if not found:
        return ""
    rows = []
    for measured in found["cases"]:
        share = beside_better(measured)
        rows.append([measured["case"], *(spread(measured["replies"][key]) if measured["replies"][key] else NONE
                                         for key in found["titles"]), NONE if share is None else f"{share:.2f}"])
    rounds = f"{found['rounds']} rounds of {found['seconds']} s"
    return heading("One core over sockets: replies/s") + how("sockets", rounds, found["about"]) + table(["asked by", *found["titles"].values(), "of the better of the others"], rows)


def scrape_rows(scrape: dict) -> list:
    return [[f"a scrape of {scrape['series']:,} series, {scrape['octets'] / 1e6:.1f} MB: {scrape['names']:,} names, "
             f"{scrape['endpoints']:,} endpoints", f"{scrape['following_median_ms']:.0f} ms, at most {scrape['following_max_ms']:.0f}"],
            ["the first one after these names came", f"{scrape['first_ms']:.0f} ms"],
            ["one right after a flip of health", f"{scrape['after_flip_median_ms']:.0f} ms, at most {scrape['after_flip_max_ms']:.0f}"]]


def probes_row(kind: str, cost: dict) -> list:
    return [f"{cost['targets']:,} {kind} targets every 10 s: {cost['probes_per_second']:,} probes/s, {cost['failures']} failed",
            f"{cost['core_percent']} % of a core, {cost['mib']} MiB of `signpostd`"]


def flip_rows(flips: dict) -> list:
    delays, flood, client = flips["verdict_to_wire_ms"], flips["flood"], flips["client"]
    lost = flood["queries"] - flood["replies"] + client["lost"]
    return [[f"{flips['flips_per_second']:,} flips of health a second for {flips['seconds']} s: from a verdict to the wire",
             f"{delays['median']} ms, 99 % within {delays['percentile_99']}, at most {delays['most']}"],
            [f"of {flood['queries'] + client['replies'] + client['lost']:,} queries meanwhile", f"{lost} lost"],
            [f"of {client['replies']:,} replies looked into", f"{client['wrong']} mixed two states"]]


def operations(results: dict) -> str:
    found = results.get("operations")
    if not found:
        return ""
    rows = {"scrape": scrape_rows, "http": lambda cost: [probes_row("HTTP", cost)], "https": lambda cost: [probes_row("HTTPS", cost)],
            "spread": lambda cost: [["probes of 10,000 targets that ended in 100 ms",
                                     f"{cost['in_100_ms']['mean']:.0f} in the mean, at most {cost['in_100_ms']['most']:.0f}"]],
            "hostile": lambda beside: [[f"{beside['good']} targets probed each second beside {beside['hostile']} that hang, drip or flood",
                                        f"at most {beside['worst_ms']:.0f} ms off"]],
            "flips": flip_rows}
    return heading("Watching, and being watched") + how("operations", "Once", found["about"]) + table(
        ["what", "measured"], [row for key, rows_of in rows.items() if key in found for row in rows_of(found[key])])


def all_sections(results: dict) -> str:
    return "".join(section(results) for section in (
        one_name, processor_time, over_sockets, latency, run_time, number_of_names, to_the_wire, guards, dnstap, by_locality, compiler, operations))
