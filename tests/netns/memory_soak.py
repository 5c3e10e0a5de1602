#!/usr/bin/python3
"""memory_soak.py BUILD [SECONDS]: random operations under load leave the daemon's memory and its maps as they were.

The first third of the time is for warming up; memory is compared between the second third and the last.
"""
import os
import random
import statistics
import sys
import time
import unittest

from lab import Lab

BUILD = sys.argv.pop(1)
SECONDS = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 180
FAST_NAMES = "api.example.com A\nwww.example.com A\nexample.com MX\nshop.example.com A\nnothing.example.com A\n"
QPS = 20_000
NAMES = 200
GROWTH_KIB_AN_HOUR = 1024
# What an allocator keeps at one time and not at another.
NOISE_KIB = 2048


class MemorySoak(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tsoak", BUILD))
        self.random = random.Random(1)
        self.zone = self.lab.run_dir / "soak.zone"
        self.stopped = set()

    def import_zone(self) -> None:
        third = self.random.randrange(1, 255)
        lines = (f"n{number} A 10.{third}.0.{number}\n" for number in range(NAMES))
        head = "$ORIGIN soak.example.\n$TTL 60\n@ SOA ns1 host 1 7200 900 1209600 300\n@ NS ns1\nns1 A 192.0.2.1\n"
        self.zone.write_text(head + "".join(lines), encoding="ascii")
        self.lab.signpost("zone", "import", self.zone)

    def set_record(self) -> None:
        number = self.random.randrange(NAMES)
        self.lab.signpost("record", "set", "soak.example", f"n{number}", "A", 60, f"192.0.2.{number}")

    def roll_back(self) -> None:
        self.lab.signpost("rollback", int(self.lab.status()["generation"]) - 1)

    def override(self) -> None:
        self.lab.signpost("override", "set", "down", "--endpoint", "10.53.1.2", "--expires", "2s", "--reason", "soak")

    def switch_endpoint(self) -> None:
        number = self.random.randrange(1, 4)
        self.lab.lab("endpoint", "start" if number in self.stopped else "stop", number)
        self.stopped ^= {number}

    def be_refused(self) -> None:
        result = self.lab.attempt("client", "signpost", "record", "set", "soak.example", "bad", "A", 60, "no-address")
        self.assertEqual(result.returncode, 1)

    def ask_the_daemon(self) -> None:
        self.lab.signpost("explain", "api.example.com", "A")
        for rtype in ("ANY", "HTTPS"):
            self.lab.tcp("www.example.com", rtype)

    def maps(self) -> int:
        """BPF maps that the daemon holds."""
        folder = f"/proc/{self.lab.daemon_pid()}/fd"
        links = []
        for descriptor in os.listdir(folder):
            try:
                links.append(os.readlink(f"{folder}/{descriptor}"))
            except FileNotFoundError:
                pass  # closed meanwhile
        return links.count("anon_inode:bpf-map")

    def test_random_operations_leave_memory_and_maps_as_they_were(self):
        operations = [self.import_zone, self.set_record, self.roll_back, self.override, self.switch_endpoint,
                      self.be_refused, self.ask_the_daemon]
        self.import_zone()
        self.set_record()
        maps, pid = self.maps(), self.lab.daemon_pid()
        flood = self.lab.flood(QPS, SECONDS + 60, FAST_NAMES)
        samples = []
        try:
            begin = time.monotonic()
            while (passed := time.monotonic() - begin) < SECONDS:
                self.random.choice(operations)()
                samples.append((passed, self.lab.resident_kib()))
        finally:
            sent, received = flood.stop()
        middle, last = (statistics.median(kib for passed, kib in samples if part <= 3 * passed / SECONDS < part + 1)
                        for part in (1, 2))
        print(f"{len(samples)} operations, {sent} queries, {sent - received} lost; {middle:.0f} KiB, then {last:.0f} KiB")
        self.assertEqual(received, sent)
        self.assertEqual(self.maps(), maps)
        self.assertEqual(self.lab.daemon_pid(), pid)
        self.assertLess(last - middle, NOISE_KIB + GROWTH_KIB_AN_HOUR * SECONDS / 3 / 3600)


if __name__ == "__main__":
    unittest.main()
