#!/usr/bin/python3
"""daemon_probes.py BUILD http|https [TARGETS [SECONDS]]: what 10,000 health checks cost signpostd.

TARGETS on loopback, which `probes_bench serve-…` plays, are probed every 10 s by a daemon in userspace mode. Figures are of
the daemon alone, over SECONDS (60) after two rounds: its share of a core and its memory. Prints JSON; run by
`tools/bench --only operations`."""
import json
import os
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "servers"))
from servers import Scene  # pylint: disable=wrong-import-position

INTERVAL = 10
STEADY_WITHIN = 120


def cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def check(number: int, kind: str, port: int) -> dict:
    return {"id": f"target-{number}", "request_interval": INTERVAL,
            kind: {"ip_address": f"127.1.{number // 250}.{number % 250 + 1}", "port": port, "resource_path": "/health",
                   "fully_qualified_domain_name": "target.example"}}


def count(scene: Scene, what: str) -> int:
    return sum(int(state.get(what, 0)) for state in scene.health().values())


def main(build: str, kind: str, targets: int = 10_000, seconds: int = 60):
    with Scene(build) as scene:
        server = scene.spawn(f"{build}/tests/benchmark/probes_bench", f"serve-{kind}", stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        port = int(server.stdout.readline())
        daemon = scene.start_daemon()
        scene.apply({"health_checks": [check(number, kind, port) for number in range(targets)]})
        # What is measured is the steady state. The first handshakes take a while: the two share the cores.
        for _ in range(STEADY_WITHIN // INTERVAL):
            time.sleep(INTERVAL)
            states = scene.health().values()
            if all(state["status"] == "HEALTHY" for state in states):
                break
        time.sleep(INTERVAL)
        probes, failures = count(scene, "probes"), count(scene, "failures")
        time.sleep(1)  # the list of states was made by the daemon
        before, began = cpu_seconds(daemon.pid), time.monotonic()
        time.sleep(seconds)
        used, elapsed = cpu_seconds(daemon.pid) - before, time.monotonic() - began
        memory = resident_mib(daemon.pid)
        rate = (count(scene, "probes") - probes) / (elapsed + 1)
        failures = count(scene, "failures") - failures
        print(json.dumps({"targets": targets, "probes_per_second": round(rate), "failures": failures,
                          "core_percent": round(100 * used / elapsed, 1), "mib": round(memory)}))


main(sys.argv[1], sys.argv[2], *map(int, sys.argv[3:]))
