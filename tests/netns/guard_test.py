#!/usr/bin/python3
"""guard_test.py BUILD: cookies, NSID and limits on both paths; a spoofed flood is limited, and nobody else."""
import json
import sys
import time
import unittest

import dns.edns
import dns.flags
import dns.message

from lab import EXAMPLE, Lab, command

BUILD = sys.argv.pop(1)
CLIENT_COOKIE = b"\x01\x02\x03\x04\x05\x06\x07\x08"
RATE = 200
SPOOFED = "10.53.128.0/17"  # 128 prefixes of 24 bits
PREFIXES = 128
# Each a class of its own: an answer and NODATA of a name count apart.
HONEST_NAMES = "".join(f"{name}.example.com {rtype}\n" for name in ("www", "shop", "failover.api", "api")
                       for rtype in ("A", "SRV"))


class Guard(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tguard", BUILD))

    def guard(self, text: str) -> None:
        file = self.lab.run_dir / "guards.yaml"
        file.write_text(f"guards:\n  - {text}\n", encoding="ascii")
        self.lab.signpost("apply", "-f", EXAMPLE, "-f", file)

    def events(self) -> dict:
        """By name, of the fast and the slow path."""
        return {item["event"]: (int(item.get("fast_path", 0)), int(item.get("slow_path", 0)))
                for item in self.lab.status()["guard_events"]}

    def ask(self, options: list, tcp: bool = False) -> dns.message.Message:
        query = dns.message.make_query("www.example.com", "A", use_edns=0, options=options)
        return dns.message.from_wire(self.lab.octets(query.to_wire(), tcp=tcp))

    def option(self, reply: dns.message.Message, code: int) -> bytes:
        (found,) = [option for option in reply.options if option.otype == code]
        return found.to_wire()

    def test_both_paths_tell_the_nsid_and_take_each_others_cookies(self):
        self.assertEqual(self.ask([dns.edns.GenericOption(3, b"")]).options, ())
        self.guard("{nsid: pop-7, cookies: {}}")
        for tcp in (False, True):
            self.assertEqual(self.option(self.ask([dns.edns.GenericOption(3, b"")], tcp), 3), b"pop-7")
        cookie = self.option(self.ask([dns.edns.GenericOption(10, CLIENT_COOKIE)]), 10)
        self.assertEqual(len(cookie), 24)
        self.assertEqual(cookie[:8], CLIENT_COOKIE)
        self.assertLess(abs(int.from_bytes(cookie[12:16], "big") - time.time()), 5)
        self.assertEqual(self.option(self.ask([dns.edns.GenericOption(10, cookie)], tcp=True), 10), cookie)
        self.assertEqual(self.option(self.ask([dns.edns.GenericOption(10, cookie)]), 10), cookie)
        self.assertEqual(self.events()["cookie_valid"], (1, 1))

    def test_a_cookie_outlives_a_restart_and_lifts_the_rate_limit(self):
        self.guard("{cookies: {}, rate_limit: {replies_per_second: 1, burst: 1, slip: 1, enforce: true}}")
        cookie = self.option(self.ask([dns.edns.GenericOption(10, CLIENT_COOKIE)]), 10)
        self.lab.lab("daemon", "kill")
        self.lab.lab("daemon", "start")
        for _ in range(20):
            self.assertFalse(self.ask([dns.edns.GenericOption(10, cookie)]).flags & dns.flags.TC)
        self.assertTrue(any(self.ask([]).flags & dns.flags.TC for _ in range(5)))

    def test_a_dry_run_limits_nothing_and_counts(self):
        self.guard("{rate_limit: {replies_per_second: 1, burst: 1}, amplification_limit: {ratio: 1}}")
        for _ in range(10):
            self.assertFalse(self.ask([]).flags & dns.flags.TC)
        events = self.events()
        self.assertGreaterEqual(events["limit_dry_run"][0], 8)
        self.assertEqual(events["amplify_dry_run"][0], 10)

    def octets_of_interface(self) -> tuple:
        """Received and sent."""
        (link,) = json.loads(command("ip", "-n", self.lab.server_ns, "-s", "-j", "link", "show", "dev", self.lab.server_if))
        return link["stats64"]["rx"]["bytes"], link["stats64"]["tx"]["bytes"]

    def test_a_spoofed_flood_is_limited_and_an_honest_client_is_served(self):
        self.guard(f"{{rate_limit: {{replies_per_second: {RATE}, slip: 2, enforce: true}}}}")
        before, octets = self.lab.reasons(), self.octets_of_interface()
        seconds = 5
        flood = self.spoof("api.example.com A\n", 60_000, seconds)
        lost = self.honest(seconds - 1)
        sent, _ = flood.end()
        after, octets_after = self.lab.reasons(), self.octets_of_interface()
        self.assertGreater(sent, 20_000 * seconds)
        self.assertLessEqual(lost, 0.001)
        answered = sum(after[reason] - before[reason] for reason in ("answered", "nodata", "nxdomain"))
        # Of each prefix a second's worth at once, and then so many a second; 10 % for CPUs that count at
        # the same instant. Besides, the honest client's.
        allowed = PREFIXES * RATE * (seconds + 1) * 1.1 + HONEST_QPS * seconds
        self.assertLessEqual(answered, allowed)
        dropped, cut = (after[reason] - before[reason] for reason in ("limited", "cut"))
        self.assertGreater(dropped, 10_000)
        self.assertAlmostEqual(cut / (cut + dropped), 0.5, delta=0.01)
        self.assertLessEqual((octets_after[1] - octets[1]) / (octets_after[0] - octets[0]), 1.2)

    def spoof(self, queries: str, qps: int, seconds: int):
        return self.lab.flood(qps, seconds, queries, "-l", SPOOFED)

    def honest(self, seconds: int) -> float:
        """The part of an honest client's queries that is lost."""
        file = self.lab.run_dir / "honest.txt"
        file.write_text(HONEST_NAMES, encoding="ascii")
        text = command("ip", "netns", "exec", self.lab.client_ns, "dnsperf", "-s", "10.53.0.2", "-d", file, "-l",
                       seconds, "-Q", HONEST_QPS, "-c", "1", "-T", "1", "-q", "60000", "-x", "1500")
        words = dict(line.strip().split(":", 1) for line in text.splitlines() if line.strip().startswith("Queries"))
        words = {name: value.split()[0] for name, value in words.items() if value.strip()}
        self.assertGreater(int(words["Queries sent"]), HONEST_QPS * (seconds - 1))
        return int(words["Queries lost"]) / int(words["Queries sent"])


HONEST_QPS = 1000  # over eight names, each within the limit

if __name__ == "__main__":
    unittest.main()
