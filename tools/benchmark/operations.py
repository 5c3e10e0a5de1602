"""What it costs to watch the daemon and what it watches, and how soon a flip of health is on the wire."""
import json

from rig import BUILD, ROOT, run

SCRAPE = ("/usr/bin/python3", "-B", ROOT / "tests" / "benchmark" / "metrics_scrape.py", BUILD)
PROBES = ("/usr/bin/python3", "-B", ROOT / "tests" / "benchmark" / "daemon_probes.py", BUILD)
FLIPS = ("/usr/bin/python3", "-B", ROOT / "tests" / "netns" / "flips.py", BUILD)
BENCH = BUILD / "tests" / "benchmark" / "probes_bench"
COMMANDS = {
    "scrape": ("scrapes of the metrics of 100,000 names", *SCRAPE),
    "http": ("10,000 HTTP health checks", *PROBES, "http"),
    "https": ("10,000 HTTPS health checks", *PROBES, "https"),
    "flips": ("1,000 flips of health a second", *FLIPS),
    "spread": ("how evenly 10,000 health checks are spread", BENCH, "http"),
    "hostile": ("health checks beside hostile targets", BENCH, "hostile")}


def measure(gaps, progress) -> dict:
    """What each of the commands tells, which is JSON, by the names above."""
    found = {}
    for key, (what, *command) in COMMANDS.items():
        progress.say(what)
        with gaps.noting("Signpost", what):
            found[key] = json.loads(run(*command))
    return found
