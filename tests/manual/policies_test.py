#!/usr/bin/python3
"""policies_test.py BUILD: the zones of docs/policies.md are answered as it shows, and its trees are those of what is served. As root."""
import functools
import re
import textwrap
import unittest

from pages import blocks
from room import await_true
from story import Story, tells
import nsd  # of tests/servers, which room.py makes known
from trees import picture

PAGE = "docs/policies.md"
tells_policies = functools.partial(tells, PAGE)

ELSEWHERE = """$ORIGIN example.net.
$TTL 120
@ SOA ns1 host 1 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.1
status A 198.51.100.80
"""


def columns(text: str) -> list:
    """Columns are as wide as what is in them."""
    return [re.sub(r"(?<=\w) {2,}", "  ", line) for line in text.splitlines()]


def follows(*sections: str):
    """A test that follows them as they are."""
    @tells_policies(*sections)
    def test(self, found):
        self.begin()
        self.follow(found)
    return test


class Policies(Story):
    """Each section goes on from the first zone and from what the examples share, in the folder that the page has them in."""

    def begin(self):
        self.zone = self.first_file("The first zone")
        self.files = 0
        self.room.start_daemon("signpostd --interface eth0 --listen 192.0.2.53")
        self.room.write("shop/zone.yaml", self.zone)
        self.take_configuration(self.first_file("What the examples share"))

    def first_file(self, section: str) -> str:
        return next("\n".join(block.lines) + "\n" for block in blocks(PAGE) if block.section == section and block.kind() == "configuration")

    def take_configuration(self, text: str):
        """Record sets are added to the first zone; what else there is lies in a file of its own beside it."""
        if text.startswith("- {"):
            self.zone += textwrap.indent(text, 6 * " ")
            self.room.write("shop/zone.yaml", self.zone)
        else:
            self.files += 1
            self.room.write(f"shop/{self.files}.yaml", text)
        self.room.run("signpost apply -f shop")

    def take_tree(self, text: str):
        name = text.splitlines()[0]
        with self.subTest(name):
            self.assertEqual(columns(text), columns(picture(self.room.run, name)))

    @tells_policies("The first zone")
    def test_first_zone(self, found):
        self.follow(found, instead={"zones:": functools.partial(self.room.write, "shop/zone.yaml")})

    @tells_policies("What the examples share")
    def test_what_the_examples_share(self, found):
        """Every example begins with it."""
        self.begin()
        self.assertEqual([block.kind() for block in found], ["configuration"])

    test_simple = follows("Simple")
    test_weighted = follows("Weighted", "Exact, random, sticky")
    test_failover = follows("Failover")
    test_latency = follows("Latency")
    test_geolocation = follows("Geolocation")
    test_geoproximity = follows("Geoproximity")
    test_ip_based = follows("IP-based")
    test_multivalue = follows("Multivalue answer")
    test_trees = follows("Trees")
    test_traffic_policies = follows("Traffic policies")
    test_nothing_healthy = follows("When nothing is healthy")

    @tells_policies("Alias")
    def test_alias(self, found):
        """The resolver is an NSD that holds the name elsewhere."""
        self.room.write("nsd/zone", ELSEWHERE)
        command = nsd.write_configuration(self.room.folder / "nsd", 53, "zone:\n  name: example.net\n  zonefile: zone\n", address="192.0.2.1")
        self.room.begin(" ".join(map(str, command)))
        self.begin()
        self.follow(found, before={"signpost explain status.example.com": lambda _: await_true(
            lambda: "resolved" in self.room.run("signpost get aliases"), "the answer of the resolver")})

    @tells_policies("Warnings")
    def test_warnings(self, found):
        self.begin()
        self.follow(found, instead={"zones:": functools.partial(self.room.write, "doubtful.yaml")})


if __name__ == "__main__":
    unittest.main()
