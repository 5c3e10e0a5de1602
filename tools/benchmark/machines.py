"""Runs on other kinds of machines than the last one: their marks stay in the page."""
import marks
from marks import middle
from tables import table


def kept_of(results: dict) -> dict:
    """What stays of a run when a later one, on another kind of machine, takes its place."""
    about = results["about"]
    return {key: about[key] for key in ("cpu", "date", "commit")} | {
        "run_time": {key: middle(results, "servers", key, "nanoseconds") for key in ("reflector", "signpost")},
        "marks": {mark.what: {"found": mark.found, "holds": mark.holds} for mark in marks.judge(results)}}


def others(kept: dict, cpu: str) -> list:
    """The last run on each kind of machine but `cpu`, of what the page had."""
    runs = {run["cpu"]: run for run in [*kept.get("machines", []), kept_of(kept)]}
    return [run for run in runs.values() if run["cpu"] != cpu]


def found(mark: dict | None) -> str:
    if mark is None:
        return "–"
    return f"**{mark['found']}**" if mark["holds"] is False else mark["found"]


def section(results: dict) -> str:
    """A table of the marks on each kind of machine, of the runs that stayed."""
    runs = [kept_of(results), *results.get("machines", [])]
    if len(runs) == 1:
        return ""
    rows = [[f"run time, {what}", *("–" if run["run_time"][key] is None else f"{run['run_time'][key]:.0f} ns" for run in runs)]
            for what, key in (("the reflector", "reflector"), ("a weighted name", "signpost"))]
    rows += [[what, *(found(run["marks"].get(what)) for run in runs)] for what in runs[0]["marks"]]
    listed = "\n".join(f"- {run['cpu']}: Signpost {run['commit']}, {run['date']}" for run in runs)
    return ("\n### On other kinds of machines\n\nThe last run on each kind of processor, with what misses its mark in bold. Many marks are "
            "multiples of the reflector's time,\nwhich differs between machines in another proportion than Signpost's.\n\n" + listed + "\n\n" +
            table(["what", *(run["cpu"] for run in runs)], rows))
