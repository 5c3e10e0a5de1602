#!/usr/bin/python3
"""views_test.py BUILD: clients of different networks see their private zones, by the XDP program and by the slow path."""
import collections
import json
import pathlib
import sys
import unittest

import dns.edns
import dns.message
import dns.rcode

from lab import SERVER6, Lab, command

BUILD = sys.argv.pop(1)
CONFIG = pathlib.Path(__file__).resolve().parent / "views"
PUBLIC, OFFICE, LAB = "10.53.0.1", "10.53.8.1", "10.53.9.1"
PUBLIC6, OFFICE6 = "fd53::1", "fd53::8:1"
NXDOMAIN, REFUSED = "NXDOMAIN", "REFUSED"

# Name, client, the address or the rcode, and whether the XDP program gives it.
SEEN = [
    ("www.example.com", PUBLIC, "192.0.2.1", True), ("www.example.com", OFFICE, "10.0.0.1", True),
    ("www.example.com", LAB, "192.0.2.1", True),
    ("only.example.com", PUBLIC, "192.0.2.2", True), ("only.example.com", OFFICE, NXDOMAIN, True),
    ("only.example.com", LAB, "192.0.2.2", True),
    ("home.example.com", OFFICE, "10.0.0.1", True), ("home.example.com", PUBLIC, NXDOMAIN, True),
    ("db.corp.test", LAB, "10.1.0.1", True), ("db.corp.test", OFFICE, REFUSED, False),
    ("db.corp.test", PUBLIC, REFUSED, False),
    ("www.example.com", PUBLIC6, "192.0.2.1", True), ("www.example.com", OFFICE6, "10.0.0.1", True),
]


def outcome(reply: dns.message.Message) -> str:
    addresses = [item.address for rrset in reply.answer for item in rrset if item.rdtype == 1]
    return addresses[0] if addresses else dns.rcode.to_text(reply.rcode())


class Views(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tviews", BUILD, apply=False))
        for address in (f"{OFFICE}/16", f"{LAB}/16", f"{OFFICE6}/64"):
            command("ip", "-n", self.lab.client_ns, "addr", "add", address, "dev", "tviews-cli", "nodad")
        self.lab.signpost("apply", "-f", CONFIG)

    def ask(self, name: str, source: str, tcp: bool = False, **options) -> dns.message.Message:
        query = dns.message.make_query(name, "A", **options).to_wire()
        server = {"server": SERVER6} if ":" in source else {}
        return dns.message.from_wire(self.lab.octets(query, tcp=tcp, source=source, **server))

    def test_each_client_gets_what_its_view_has_by_both_paths(self):
        for name, source, expected, by_xdp in SEEN:
            with self.subTest(name=name, source=source):
                before = self.lab.fast_answers()
                self.assertEqual(outcome(self.ask(name, source)), expected)
                self.assertEqual(self.lab.fast_answers() - before, by_xdp)
                self.assertEqual(outcome(self.ask(name, source, tcp=True)), expected)

    def test_a_client_subnet_opens_no_view(self):
        office = dns.edns.ECSOption("10.53.8.0", 24)
        for tcp in (False, True):
            reply = self.ask("www.example.com", PUBLIC, tcp, use_edns=0, options=[office])
            self.assertEqual(outcome(reply), "192.0.2.1")

    def test_shares_of_a_private_name_are_exact(self):
        given = collections.Counter(outcome(self.ask("ring.example.com", OFFICE)) for _ in range(80))
        # Cursors are per CPU, and each is off by less than a turn of the ring.
        self.assertAlmostEqual(given["10.0.0.2"], 20, delta=4)
        self.assertEqual(given["10.0.0.2"] + given["10.0.0.3"], 80)

    def test_another_network_moves_its_clients_at_once(self):
        moved = self.lab.run_dir / "moved.yaml"
        moved.write_text("views: [{name: office, networks: [10.53.9.0/24]}, {name: lab, networks: [10.53.8.0/24]}]\n")
        self.lab.signpost("apply", "-f", moved)
        self.assertEqual(outcome(self.ask("www.example.com", LAB)), "10.0.0.1")
        self.assertEqual(outcome(self.ask("db.corp.test", OFFICE)), "10.1.0.1")
        self.assertEqual(outcome(self.ask("www.example.com", OFFICE6)), "192.0.2.1")

    def test_views_outlive_a_killed_daemon(self):
        self.lab.lab("daemon", "kill")
        self.assertEqual(outcome(self.ask("www.example.com", OFFICE)), "10.0.0.1")
        self.assertEqual(outcome(self.ask("www.example.com", PUBLIC)), "192.0.2.1")
        self.lab.lab("daemon", "start")
        self.assertEqual(outcome(self.ask("www.example.com", OFFICE)), "10.0.0.1")
        self.assertEqual(outcome(self.ask("www.example.com", OFFICE, tcp=True)), "10.0.0.1")

    def test_explain_says_which_view_a_client_is_in(self):
        explained = json.loads(self.lab.signpost("explain", "www.example.com", "A", "--client", OFFICE, "-o", "json"))
        self.assertEqual(explained["view"], "office")
        self.assertEqual(explained["zone"], "example.com.@office")
        self.assertTrue(explained["fast_path"])

    def test_a_zone_file_becomes_a_private_zone_and_comes_back(self):
        file = self.lab.run_dir / "corp.zone"
        file.write_text("$ORIGIN corp.test.\n@ 60 SOA ns1 host 1 7200 900 1209600 300\n@ 60 NS ns1\n"
                        "imported 60 A 10.0.0.7\n", encoding="ascii")
        self.lab.signpost("zone", "import", "--view", "office", file)
        self.assertEqual(outcome(self.ask("imported.corp.test", OFFICE)), "10.0.0.7")
        self.assertEqual(outcome(self.ask("imported.corp.test", PUBLIC)), REFUSED)
        exported = self.lab.signpost("zone", "export", "corp.test@office")
        self.assertIn("imported.corp.test.", exported)
        self.assertNotIn("@office", exported)


unittest.main()
