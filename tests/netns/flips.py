#!/usr/bin/python3
"""flips.py BUILD [SECONDS]: 1,000 flips of health checks a second while queries flow; as root, in a lab of its own.

1,000 checks probe every second an nginx that is up in even seconds and down in odd ones, so that each flips once a second by a
verdict of its own. Three names follow each check: www1 is a CNAME of up1 or down1, which have an address for either state, so
that a reply which mixes two states has an address that no other reply has. A flood counts what is lost, a client looks
into the replies, and how long a verdict takes to the wire is the time from its line in the daemon's log to the first reply
that shows it to the client."""
import datetime
import json
import pathlib
import re
import socket
import statistics
import sys
import threading
import time

import dns.message

from lab import SERVER4, Lab, await_that, inside

CHECKS = 1000
WATCHED = 5  # of the checks, whose names the client asks for in turn
TARGET = "10.53.1.1"
PORTS = range(8080, 8084)  # A port each for so many checks that a minute of connections does not use up the ports at our end.
PAUSE = 0.0002  # seconds between two queries of the client, so that it leaves its core to others
FLOOD_QPS = 10_000  # so that a generator which has to wait for a core has room for the replies
RIGHT = {True: ("up", "192.0.2.1"), False: ("down", "198.51.100.1")}
VERDICT = re.compile(r"^(\S+) info health changed check=(\d+) health=(healthy|unhealthy)")


def record(name: str, rtype: str, healthy: str, unhealthy: str, check: str) -> list:
    common = {"name": name, "type": rtype, "ttl": 1}
    return [common | {"records": [healthy], "set_identifier": "healthy", "failover": {"role": "primary"}, "health_check_id": check},
            common | {"records": [unhealthy], "set_identifier": "unhealthy", "failover": {"role": "secondary"}}]


def configuration() -> dict:
    sets = [{"name": "@", "type": "SOA", "ttl": 300, "records": ["ns.flip.example. host.flip.example. 1 7200 900 1209600 300"]},
            {"name": "@", "type": "NS", "ttl": 300, "records": ["ns.flip.example."]}]
    for number in map(str, range(CHECKS)):
        sets += record(f"www{number}", "CNAME", f"up{number}.flip.example.", f"down{number}.flip.example.", number)
        sets += record(f"up{number}", "A", "192.0.2.1", "192.0.2.99", number)
        sets += record(f"down{number}", "A", "198.51.100.99", "198.51.100.1", number)
    checks = [{"id": str(number), "request_interval": 1, "failure_threshold": 1,
               "http": {"ip_address": TARGET, "port": PORTS[number % len(PORTS)]}} for number in range(CHECKS)]
    return {"zones": [{"name": "flip.example.", "record_sets": sets}], "health_checks": checks}


LISTEN = "".join(f"listen {TARGET}:{port}; " for port in PORTS)
NGINX = f"""
daemon off; user root; worker_processes 1; pid FOLDER/nginx.pid; error_log FOLDER/nginx-error.log;
events {{ worker_connections 4000; }}
http {{
  access_log off;
  map $msec $down {{ default 1; "~[02468]\\." 0; }}
  server {{ {LISTEN} if ($down) {{ return 503; }} return 200; }}
}}
"""


class Watcher(threading.Thread):
    """Asks for the watched names in turn, and notes when a reply first shows a state, and replies that are wrong."""

    def __init__(self, lab: Lab):
        super().__init__()
        self.lab = lab
        self.wrong, self.lost, self.replies = [], 0, 0
        self.seen = [[] for _ in range(WATCHED)]  # (time of day, state) of each change
        self.ending = threading.Event()

    def run(self):
        queries = [dns.message.make_query(f"www{number}.flip.example", "A").to_wire() for number in range(WATCHED)]
        with inside(self.lab.client_ns), socket.socket(type=socket.SOCK_DGRAM) as sock:
            sock.settimeout(2)
            sock.bind(("", 1053))  # kxdpgun takes what comes to port 2000 and above
            sock.connect((SERVER4, 53))
            while not self.ending.is_set():
                for number, query in enumerate(queries):
                    sock.send(query)
                    try:
                        self.note(number, sock.recv(4096))
                    except TimeoutError:
                        self.lost += 1
                    time.sleep(PAUSE)

    def note(self, number: int, octets: bytes):
        now = time.time()
        self.replies += 1
        states = [state for state, (label, address) in RIGHT.items()
                  if octets[3] & 15 == 0 and octets[6:8] == b"\0\2" and octets.endswith(socket.inet_aton(address))
                  and bytes([len(f"{label}{number}")]) + f"{label}{number}".encode() in octets]
        if len(states) != 1:
            self.wrong.append(octets)
        elif not self.seen[number] or self.seen[number][-1][1] != states[0]:
            self.seen[number].append((now, states[0]))

    def end(self):
        self.ending.set()
        self.join()


class Flips:
    """What came of flips for some seconds."""

    def __init__(self, build: str, seconds: int):
        with Lab("tflips", build, apply=False) as lab:
            folder = lab.run_dir / "flips"
            folder.mkdir()
            try:
                self.start(lab, folder)
                self.observe(lab, seconds)
            finally:
                lab.lab("client", "nginx", "-c", folder / "nginx.conf", "-s", "quit")

    def observe(self, lab: Lab, seconds: int):
        queries = "".join(f"www{number}.flip.example A\n" for number in range(CHECKS))
        self.watcher = Watcher(lab)
        before, began = len(self.verdicts(lab)), time.monotonic()
        flood = lab.flood(FLOOD_QPS, seconds, queries)
        self.watcher.start()
        self.sent, self.received = flood.end()
        self.watcher.end()
        verdicts = self.verdicts(lab)
        self.count = len(verdicts) - before
        self.per_second = self.count / (time.monotonic() - began)
        self.rcodes = flood.rcodes
        self.delays = list(self.delays_of(verdicts))

    @staticmethod
    def start(lab: Lab, folder: pathlib.Path):
        (folder / "nginx.conf").write_text(NGINX.replace("FOLDER", str(folder)))
        (folder / "config.json").write_text(json.dumps(configuration()))
        lab.lab("client", "sh", "-c", f"nginx -c {folder}/nginx.conf >{folder}/log 2>&1 & exec true")
        lab.signpost("apply", "-f", folder / "config.json")
        await_that(lambda: len({check for _, check, _ in Flips.verdicts(lab)}) == CHECKS, "a verdict of each check", 30)

    @staticmethod
    def verdicts(lab: Lab) -> list:
        """(time of day, check, state) of each line of the daemon's log that tells one."""
        found = (VERDICT.match(line) for line in lab.daemon_log().splitlines())
        return [(datetime.datetime.fromisoformat(match[1].replace("Z", "+00:00")).timestamp(), int(match[2]),
                 match[3] == "healthy") for match in found if match]

    def delays_of(self, verdicts: list):
        """Seconds from each verdict to the reply that shows it; the log has milliseconds."""
        for time_of_day, check, state in verdicts:
            seen = self.watcher.seen[check] if check < WATCHED else []
            shown = next((at for at, shows in seen[1:] if shows == state and at >= time_of_day), None)
            if shown is not None and time_of_day > seen[0][0]:
                yield shown - time_of_day


def main(build: str, seconds: str = "60"):
    flips = Flips(build, int(seconds))
    delays = sorted(1000 * delay for delay in flips.delays)
    print(json.dumps({
        "flips_per_second": round(flips.per_second), "seconds": int(seconds),
        "flood": {"queries": flips.sent, "replies": flips.received, "rcodes": flips.rcodes},
        "client": {"replies": flips.watcher.replies, "lost": flips.watcher.lost, "wrong": len(flips.watcher.wrong)},
        "verdict_to_wire_ms": {"times": len(delays), "median": round(statistics.median(delays), 1),
                               "percentile_99": round(delays[len(delays) * 99 // 100], 1), "most": round(delays[-1], 1)}}))


if __name__ == "__main__":
    main(*sys.argv[1:])
