#!/usr/bin/python3
"""locations_test.py BUILD: new geographic data, and a crash with data loaded, lose no query that the place decides."""
import os
import pathlib
import sys
import tempfile
import time
import unittest

from lab import Lab
from mmdb import country_file

BUILD = sys.argv.pop(1)
CONFIG = pathlib.Path(__file__).resolve().parent / "locations"
CLIENTS = "10.53.0.0/24"
LOCATED_NAMES = "geo.example.com A\nshared.example.com A\n"
QPS = 50_000
GERMANY, FRANCE = ["192.0.2.1"], ["192.0.2.2"]


class Locations(unittest.TestCase):
    def setUp(self):
        self.file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), "countries.mmdb")
        self.place("DE")
        self.lab = self.enterContext(Lab("tlocations", BUILD, "--geo-data", str(self.file), apply=False))
        self.lab.signpost("apply", "-f", CONFIG)
        self.assertEqual(self.lab.addresses("geo.example.com"), GERMANY)

    def addresses_by_tcp(self) -> list:
        """While kxdpgun runs, it takes all UDP that comes to the client."""
        return [item.address for rrset in self.lab.tcp("geo.example.com", "A").answer for item in rrset]

    def place(self, country: str) -> None:
        """Says of all clients that they are in this country, from the next reload on."""
        new = self.file.with_suffix(".new")
        new.write_bytes(country_file(CLIENTS, country))
        os.replace(new, self.file)

    def test_a_reload_loses_no_query(self):
        before = self.lab.fast_answers()
        flood = self.lab.flood(QPS, 6, LOCATED_NAMES)
        time.sleep(1.5)  # The generator has no sign of having begun.
        for country, addresses in (("FR", FRANCE), ("DE", GERMANY), ("FR", FRANCE)):
            self.place(country)
            self.lab.signpost("geo", "reload")
            self.assertEqual(self.addresses_by_tcp(), addresses)
        self.assertIsNone(flood.process.poll(), "the reloads were to happen under load")
        sent, received = flood.end()
        self.assertGreater(sent, QPS * 4)
        self.assertEqual(received, sent)
        self.assertGreaterEqual(self.lab.fast_answers(), before + received)
        self.assertEqual(self.lab.addresses("geo.example.com"), FRANCE)

    def test_located_answers_go_on_while_the_daemon_is_killed_and_restarted(self):
        before, link = self.lab.fast_answers(), self.lab.pinned_link_id()
        flood = self.lab.flood(QPS, 6, LOCATED_NAMES)
        self.lab.crash_and_restart()
        self.assertIsNone(flood.process.poll(), "the restart was to happen under load")
        sent, received = flood.end()
        self.assertGreater(sent, QPS * 4)
        self.assertEqual(received, sent)
        self.assertEqual(self.lab.pinned_link_id(), link)
        self.assertGreaterEqual(self.lab.fast_answers(), before + received)
        self.assertEqual(self.lab.addresses("geo.example.com"), GERMANY)

    def test_a_corrupt_file_leaves_the_last_good_data_in_use(self):
        self.file.write_bytes(b"nonsense")
        refused = self.lab.attempt("client", "signpost", "geo", "reload")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("countries.mmdb", refused.stderr)
        self.assertEqual(self.lab.addresses("geo.example.com"), GERMANY)


unittest.main()
