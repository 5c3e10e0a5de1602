"""What Signpost has set itself, and whether it holds."""
import dataclasses

from figures import median

LARGE = "1000000"
# Each server that Signpost's saturated replies a second are compared with, and the least ratio.
THROUGHPUT = {"reflector": 0.95, "knotxdp": 1.6, "nsd": 1.8, "gdnsd": 2.3, "powerdnslua": 200}
OURS = ("signpost", "generic", "userspace")


@dataclasses.dataclass
class Mark:
    what: str
    wanted: str
    found: str
    holds: bool | None  # None: not measured


def mark(what: str, sign: str, bound: float, found: float | None, unit: str) -> Mark:
    wanted = f"{sign} {bound:,.4g}{unit}"
    if found is None:
        return Mark(what, wanted, "–", None)
    return Mark(what, wanted, f"{found:,.4g}{unit}", found <= bound if sign == "≤" else found >= bound)


def at_most(what: str, found: float | None, bound: float, unit: str = "") -> Mark:
    return mark(what, "≤", bound, found, unit)


def at_least(what: str, found: float | None, bound: float) -> Mark:
    return mark(what, "≥", bound, found, "")


def middle(results: dict, *path) -> float | None:
    """The median of the samples at this path, None if there are none."""
    for key in path:
        results = results.get(key, {})
    return median(results) if results else None


def quotient(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def loss(results: dict, key: str) -> float | None:
    """Which part of its replies a second a server loses from 10 names to a million that are asked uniformly."""
    left = quotient(middle(results, "sizes", key, "floods", "uniform", "replies"),
                    middle(results, "sizes", key, "floods", "few", "replies"))
    return None if left is None else 1 - left


def run_time(results: dict) -> list:
    base, guarded = middle(results, "servers", "reflector", "nanoseconds"), middle(results, "guard", "reflector")
    floods = ("sizes", "signpost", "floods")
    rows = [("run time, a weighted name, of the reflector's", ("servers", "signpost", "nanoseconds"), base, 2.5),
            ("run time with ECS, cookies and rate limit, a first query", ("guard", "first"), guarded, 5),
            ("run time with ECS, cookies and rate limit, a client with a cookie", ("guard", "returning"), guarded, 5),
            ("run time, 1,000,000 names by Zipf's law", (*floods, "zipf", "nanoseconds"), base, 6),
            ("run time, 1,000,000 names uniformly", (*floods, "uniform", "nanoseconds"), base, 10)]
    return [at_most(what, quotient(middle(results, *path), whole), bound) for what, path, whole, bound in rows]


def replies(results: dict) -> list:
    def rate(key: str) -> float | None:
        return middle(results, "servers", key, "replies")

    found = [at_least(f"replies/s, of {results['servers'][key]['title']}", quotient(rate("signpost"), rate(key)), bound)
             for key, bound in THROUGHPUT.items()]
    return found + [at_least(f"replies/s of the userspace path, of {results['servers'][key]['title']}",
                             quotient(rate("userspace"), rate(key)), 1) for key in ("nsd", "knot")]


def beside_better(case: dict) -> float | None:
    """Signpost's replies a second over sockets, of those of the rival that has more."""
    rates = {key: median(replies) for key, replies in case["replies"].items() if replies}
    return quotient(rates.pop("userspace", None), max(rates.values(), default=None))


def sockets(results: dict) -> list:
    return [at_least(f"replies/s of one core by {case['case']}, of the better of NSD and Knot DNS", beside_better(case), 1)
            for case in results.get("sockets", {}).get("cases", [])]


def processor_time(results: dict) -> list:
    servers = results.get("processor", {}).get("servers", {})
    taken = {key: middle(servers, key, "nanoseconds") for key in servers}
    taken = {key: value for key, value in taken.items() if value is not None and value > 0}  # else it is in the noise
    ours, others = taken.get("signpost"), [value for key, value in taken.items() if key not in OURS]
    return [at_most("processor time per answer beyond the reflector's, of Knot DNS's with AF_XDP",
                    quotient(ours, taken.get("knotxdp")), 0.2),
            at_most("processor time per answer beyond the reflector's, of the least of the others",
                    quotient(ours, min(others, default=None)), 1)]


def names(results: dict) -> list:
    large = results["sizes"].get("signpost", {}).get("sizes", {}).get(LARGE)
    octets = sum(large["memory"].values()) / int(LARGE) if large else None
    losses = [loss(results, key) for key in results["sizes"] if key not in OURS]
    least = min([value for value in losses if value is not None], default=None)
    ours = loss(results, "signpost")
    found = [at_most("memory for 1,000,000 names, each", octets, 1024, " octets"),
             at_most("from the start to the wire, 1,000,000 names", large and large["start"], 15, " s")]
    if least is None or ours is None:
        return found + [Mark("replies lost from 10 to 1,000,000 names", "the least", "–", None)]
    return found + [Mark("replies lost from 10 to 1,000,000 names", f"< {least:.1%}, the rivals' least", f"{ours:.1%}",
                         ours < least)]


def steering(results: dict) -> list:
    """Marks of the parts that rivals do not have."""
    world, million, compiler = results["world"], results["sizes"].get("signpost", {}), results["compiler"]
    return [
        at_most("run time, a geolocation name, one client, of a weighted name's",
                quotient(middle(world, "near"), middle(world, "weighted")), 1.4),
        at_most("run time, a geolocation name, clients all over the world, of the reflector's",
                quotient(middle(world, "world"), middle(world, "reflector")), 5),
        at_most("one record changed, 1,000,000 names, the slowest", max(million.get("change", []), default=None), 50, " ms"),
        at_most("a health check flips, 1,000,000 names, the slowest", max(million.get("flip", []), default=None), 20, " ms"),
        at_most("100,000 record sets over 1,000 localities compiled", compiler.get("compile_seconds"), 10, " s"),
        at_most("the compiler's peak", compiler.get("peak_mib"), 2048, " MiB"),
        at_most("one health flip in that table, the slowest", compiler.get("flip_slowest_ms"), 5, " ms")]


def samples(results: dict) -> list:
    """What is given up where dnstap is told of one answer in a hundred."""
    measured = results.get("samples", {})
    told = measured.get("told", 0) > 0  # else nothing was measured
    time, rate = (quotient(middle(measured, "sampled", what), middle(measured, "plain", what)) if told else None
                  for what in ("nanoseconds", "replies"))
    return [at_most("run time with dnstap of one answer in a hundred, of that without", time, 1.05),
            at_least("replies/s with dnstap of one answer in a hundred, of those without", rate, 0.95)]


def operations(results: dict) -> list:
    scrapes = results.get("operations", {}).get("scrape")
    slowest = scrapes and max(scrapes[key] for key in ("first_ms", "following_max_ms", "after_flip_max_ms"))
    return [at_most("the metrics of 100,000 names and 10,000 endpoints scraped, the slowest", slowest, 200, " ms")]


def of_one_machine(results: dict) -> dict:
    """Without parts that were measured alone on another kind of machine than the rest."""
    cpu = results["about"]["cpu"]
    return {key: part for key, part in results.items() if not isinstance(part, dict) or part.get("about", {}).get("cpu", cpu) == cpu}


def judge(results: dict) -> list:
    results = of_one_machine(results)
    return (run_time(results) + replies(results) + sockets(results) + processor_time(results) + names(results) + samples(results) +
            steering(results) + operations(results))
