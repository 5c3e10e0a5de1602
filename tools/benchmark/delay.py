"""How long replies take while a server answers half of what it can."""
import json
import pathlib
import sys

import zones
from figures import PERCENTILES, percentile
from rig import NotMeasured, end_flood, run

PROBE = pathlib.Path(__file__).parent / "probe.py"
PROBES = 3_000  # a second, a part of the load, so that the last per mille of a few seconds is more than one query
SETTLE = 1  # seconds for which the generator goes on at either end


def measure(contender, saturated: float, queries: pathlib.Path, seconds: float) -> dict:
    """Percentile -> microseconds; besides `rate`, the load, and `lost`, how many of the queries had no reply."""
    load = int(saturated / 2)
    probes = min(PROBES, max(1, load // 2))
    generator = contender.rig.begin_flood(queries, seconds + 2 * SETTLE, max(1, load - probes))
    probe = contender.rig.inside(contender.rig.client, sys.executable, PROBE, zones.WEIGHTED, probes, seconds)
    found = json.loads(run(*probe, timeout=seconds + 30))
    answered = end_flood(generator)
    if not found["microseconds"]:
        raise NotMeasured(f"no reply to any of {found['lost']} queries at half load")
    return {str(percent): percentile(found["microseconds"], percent) for percent in PERCENTILES} | {
        "rate": answered, "lost": found["lost"], "asked": found["lost"] + len(found["microseconds"])}
