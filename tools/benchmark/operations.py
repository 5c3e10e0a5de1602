"""What it costs to watch the daemon and what it watches, and how soon a flip of health is on the wire."""
import json

from rig import BUILD, ROOT, run

SCRIPTS = {
    "scrape": ("scrapes of the metrics of 100,000 names", "tests/benchmark/metrics_scrape.py"),
    "http": ("10,000 HTTP health checks", "tests/benchmark/daemon_probes.py", "http"),
    "https": ("10,000 HTTPS health checks", "tests/benchmark/daemon_probes.py", "https"),
    "flips": ("1,000 flips of health a second", "tests/netns/flips.py")}
PROBES = {
    "spread": ("how evenly 10,000 health checks are spread", "http"),
    "hostile": ("health checks beside hostile targets", "hostile")}


def measure(gaps, progress) -> dict:
    """What each script and each mode of probes_bench tells, which is JSON, by the names above."""
    commands = {key: (what, ["/usr/bin/python3", "-B", ROOT / script, BUILD, *arguments])
                for key, (what, script, *arguments) in SCRIPTS.items()}
    commands |= {key: (what, [BUILD / "tests" / "benchmark" / "probes_bench", mode]) for key, (what, mode) in PROBES.items()}
    found = {}
    for key, (what, command) in commands.items():
        progress.say(what)
        with gaps.noting("Signpost", what):
            found[key] = json.loads(run(*command))
    return found
