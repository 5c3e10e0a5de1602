#!/usr/bin/python3
"""metrics_scrape.py BUILD [NAMES [ENDPOINTS]]: how long a scrape of /metrics takes.

A daemon in userspace mode holds NAMES (100,000) names, each weighted over 2 of ENDPOINTS (10,000) addresses, and a switch as health
check for each endpoint. Timed are the first scrape, those that follow, and those right after a flip of health, over loopback, in
milliseconds. Prints JSON; run by `tools/bench --only operations`."""
import http.client
import json
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "servers"))
from servers import Scene, free_port  # pylint: disable=wrong-import-position

SCRAPES = 20
NAMES_OF_A_ZONE = 10_000


def address(endpoint: int) -> str:
    return f"10.{endpoint >> 16 & 255}.{endpoint >> 8 & 255}.{endpoint & 255}"


def record_sets(name: int, endpoints: int) -> list:
    chosen = [(2 * name + side) % endpoints for side in (0, 1)]
    return [{"name": f"n{name}", "type": "A", "ttl": 60, "set_identifier": str(side), "weighted": {"weight": 1},
             "health_check_id": f"endpoint-{endpoint}", "records": [address(endpoint)]} for side, endpoint in enumerate(chosen)]


def zone(number: int, names: range, endpoints: int) -> dict:
    fixed = [{"name": "@", "type": "SOA", "ttl": 900, "records": ["ns1.example.net. hostmaster.example.net. 1 7200 900 1209600 300"]},
             {"name": "@", "type": "NS", "ttl": 900, "records": ["ns1.example.net."]}]
    return {"name": f"zone{number}.example.", "record_sets": fixed + [record for name in names for record in record_sets(name, endpoints)]}


def scrape(port: int) -> tuple:
    """(milliseconds, the text)"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    begin = time.monotonic()
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    return 1000 * (time.monotonic() - begin), text


def main(build: str, names: int = 100_000, endpoints: int = 10_000) -> None:
    with Scene(build) as scene:
        port = free_port()
        scene.start_daemon(http=f"127.0.0.1:{port}")
        scene.apply({"health_checks": [{"id": f"endpoint-{number}", "recovery_control": {}} for number in range(endpoints)]})
        for number, first in enumerate(range(0, names, NAMES_OF_A_ZONE)):
            scene.apply({"zones": [zone(number, range(first, min(first + NAMES_OF_A_ZONE, names)), endpoints)]})
        first, text = scrape(port)
        following = [scrape(port)[0] for _ in range(SCRAPES)]
        flipped = []
        for number in range(SCRAPES):
            scene.signpost("health", "switch", f"endpoint-{number}", "off", "--reason", "benchmark")
            flipped.append(scrape(port)[0])
        series = sum(not line.startswith("#") for line in text.splitlines())
        print(json.dumps({"names": names, "endpoints": endpoints, "series": series, "octets": len(text), "first_ms": round(first, 1),
                          "following_median_ms": round(statistics.median(following), 1), "following_max_ms": round(max(following), 1),
                          "after_flip_median_ms": round(statistics.median(flipped), 1), "after_flip_max_ms": round(max(flipped), 1)}))


main(sys.argv[1], *map(int, sys.argv[2:]))
