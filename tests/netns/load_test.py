#!/usr/bin/python3
"""load_test.py BUILD [TEST]: the fast path while everything is replaced, and while others take the cores."""
import subprocess
import sys
import time
import unittest

from lab import Lab, await_that

BUILD = sys.argv.pop(1)
FAST_NAMES = "api.example.com A\nwww.example.com A\nexample.com MX\nshop.example.com A\nnothing.example.com A\n"
RECORDS = 100_000
QPS = 30_000
STARVED_SECONDS = 60
SPINNERS = 8  # four for each of two cores


class Load(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tload", BUILD))
        await_that(lambda: {item.get("status") for item in self.lab.health()} == {"HEALTHY"}, "the first verdicts", 20)

    def test_a_large_apply_loses_no_query(self):
        flood = self.lab.flood(QPS, 40, FAST_NAMES + "n99999.large.example A\n")
        for third in (1, 2):
            self.lab.signpost("zone", "import", self.lab.large_zone(RECORDS, third))
            self.assertEqual(self.lab.status().get("last_publish_error", ""), "")
        sent, received = flood.end()
        self.assertEqual(received, sent)
        self.assertEqual(self.lab.addresses("n99999.large.example"), ["10.2.134.159"])

    def test_a_starved_host_answers_and_no_check_flaps(self):
        flips = self.lab.flips()
        spinners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(SPINNERS)]
        try:
            flood = self.lab.flood(5_000, STARVED_SECONDS, FAST_NAMES)
            time.sleep(STARVED_SECONDS)  # What is tested: a minute without a core to itself.
            sent, received = flood.end()
        finally:
            for spinner in spinners:
                spinner.kill()
                spinner.wait()
        self.assertGreaterEqual(received, 0.99 * sent)
        self.assertEqual(self.lab.flips(), flips)


if __name__ == "__main__":
    unittest.main()
