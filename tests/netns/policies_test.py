#!/usr/bin/python3
"""policies_test.py BUILD: every policy for clients in several places, by the XDP program and by the slow path."""
import json
import pathlib
import sys
import unittest

import dns.edns
import dns.message
import dns.rcode

from lab import Lab, await_that, command

BUILD = sys.argv.pop(1)
CONFIG = pathlib.Path(__file__).resolve().parent / "policies"
VIRGINIA, SYDNEY, BERLIN = ("198.51.100.0", 24), ("203.0.113.0", 24), ("2001:db8:fa::", 48)

# Name, client, the addresses that share the answers: route53-semantics 1.0 (T1 to T6).
WALK_THROUGHS = [
    ("t1", VIRGINIA, {"192.0.2.3", "192.0.2.4"}), ("t1", SYDNEY, {"192.0.2.3", "192.0.2.4"}),
    ("t2", VIRGINIA, {"192.0.2.6"}),
    ("t3", VIRGINIA, {"192.0.2.6"}), ("t3", SYDNEY, {"192.0.2.3", "192.0.2.4"}),
    ("t4", VIRGINIA, {"192.0.2.1", "192.0.2.2"}), ("t4", SYDNEY, {"192.0.2.3", "192.0.2.4"}),
    ("t5", VIRGINIA, {"192.0.2.11", "192.0.2.12"}),
    ("t6", VIRGINIA, {"192.0.2.6"}), ("t6-down", SYDNEY, {"192.0.2.3", "192.0.2.4"}),
]
# route53-semantics 1.12.
ALL_UNHEALTHY = [
    ("all-down", VIRGINIA, {"192.0.2.1", "192.0.2.2"}), ("all-down", SYDNEY, {"192.0.2.7"}),
    ("geo-down", SYDNEY, {"192.0.2.21"}), ("geo-down", VIRGINIA, {"192.0.2.23"}),
    ("near-down", SYDNEY, {"192.0.2.31"}), ("near-down", VIRGINIA, {"192.0.2.32"}),
    ("failover-down", SYDNEY, {"192.0.2.41"}),
    ("ip-down", SYDNEY, {"192.0.2.61"}), ("ip-down", VIRGINIA, {"192.0.2.62"}),
]
HEALTHY = [
    ("geo", SYDNEY, {"192.0.2.71"}), ("geo", VIRGINIA, {"192.0.2.72"}), ("geo", BERLIN, set()),
    ("near", SYDNEY, {"192.0.2.81"}), ("near", BERLIN, {"192.0.2.82"}),
    ("ip", SYDNEY, {"192.0.2.91"}), ("ip", BERLIN, {"192.0.2.92"}),
]
# route53-semantics 1.2.
ZERO_WEIGHTS = [
    ("zero", SYDNEY, {"192.0.2.102"}), ("all-zero", SYDNEY, {"192.0.2.111"}), ("zero-down", SYDNEY, {"192.0.2.121"}),
]
# Names whose answer is the same for everybody have scope 0.
FOR_EVERYBODY = {"t1", "t2", "t5", "t6", "t6-down", "failover-down", "zero", "all-zero", "zero-down"}

STICKY = """zones:
- name: example.com
  name_servers: [ns1.example.com.]
  record_sets:
  - {name: ns1, type: A, records: [192.0.2.53]}
  - {name: cart, type: A, ttl: 60, set_identifier: a, weighted: {weight: 1}, distribution: sticky, records: [192.0.2.1]}
  - {name: cart, type: A, ttl: 60, set_identifier: b, weighted: {weight: 1}, distribution: sticky, records: [192.0.2.2]}
"""


def question(name: str, client) -> dns.message.Message:
    subnet = dns.edns.ECSOption(*client)
    return dns.message.make_query(f"{name}.example.com", "A", use_edns=0, options=[subnet])


class Policies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab("tpolicies", BUILD, apply=False))
        cls.lab.signpost("apply", "-f", CONFIG)
        await_that(cls.health_is_known, "the verdicts", 20)

    @classmethod
    def health_is_known(cls) -> bool:
        return cls.lab.udp("t5.example.com", "A").answer and "192.0.2.13" not in {
            address for _ in range(6) for address in cls.lab.addresses("t5.example.com")}

    def ask(self, name: str, client, tcp: bool) -> dns.message.Message:
        return dns.message.from_wire(self.lab.octets(question(name, client).to_wire(), tcp=tcp))

    def check(self, name: str, client, wanted: set) -> None:
        asked = 6
        before = self.lab.fast_answers()
        fast = [self.ask(name, client, tcp=False) for _ in range(asked)]
        self.assertEqual(self.lab.fast_answers(), before + asked)
        slow = [self.ask(name, client, tcp=True) for _ in range(asked)]
        for replies in (fast, slow):
            self.assertEqual({item.address for reply in replies for rrset in reply.answer for item in rrset}, wanted)
            for reply in replies:
                self.assertEqual(reply.rcode(), dns.rcode.NOERROR)
                (subnet,) = reply.options
                self.assertEqual(subnet.scopelen, 0 if name in FOR_EVERYBODY else client[1])

    def check_all(self, cases) -> None:
        for name, client, wanted in cases:
            with self.subTest(name=name, client=client):
                self.check(name, client, wanted)

    def test_the_documented_walk_throughs_hold_on_both_paths(self):
        self.check_all(WALK_THROUGHS)

    def test_where_all_are_unhealthy_both_paths_answer_as_route_53(self):
        self.check_all(ALL_UNHEALTHY)
        answers = self.ask("multi-down", SYDNEY, tcp=False).answer[0]
        self.assertEqual({item.address for item in answers}, {"192.0.2.51", "192.0.2.52", "192.0.2.53"})

    def test_clients_get_the_answer_of_their_place(self):
        self.check_all(HEALTHY)

    def test_zero_weights_follow_their_rules(self):
        self.check_all(ZERO_WEIGHTS)

    def test_a_client_without_subnet_option_is_located_by_its_address(self):
        before = self.lab.fast_answers()
        self.assertEqual(self.lab.addresses("ip.example.com"), ["192.0.2.92"])
        self.assertEqual(self.lab.fast_answers(), before + 1)

    def test_explain_tells_place_branches_and_scope(self):
        told = json.loads(self.lab.signpost("explain", "t1.example.com", "A", "--client", "198.51.100.7", "-o", "json"))
        text = json.dumps(told)
        for words in ("us-east-1", "has no healthy record", "ap-southeast-2", "192.0.2.3"):
            self.assertIn(words, text)


class Sticky(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tsticky", BUILD, apply=False))
        zone = self.lab.run_dir / "sticky.yaml"
        zone.write_text(STICKY, encoding="ascii")
        self.lab.signpost("apply", "-f", zone)

    def marked(self, client: str) -> list:
        """The addresses of the answers that `explain` says are this client's."""
        told = json.loads(self.lab.signpost("explain", "cart.example.com", "A", "--client", client, "-o", "json"))
        return [record.split()[-1] for variant in told["variants"] if variant.get("for_this_client") for record in variant["answer"]]

    def test_explain_marks_the_answer_that_a_client_gets_by_both_paths(self):
        query = dns.message.make_query("cart.example.com", "A").to_wire()
        seen = set()
        for number in range(20, 36):
            client = f"10.53.{number}.1"
            command("ip", "-n", self.lab.client_ns, "addr", "add", f"{client}/16", "dev", "tsticky-cli")
            before = self.lab.fast_answers()
            for tcp in (False, True):
                reply = dns.message.from_wire(self.lab.octets(query, source=client, tcp=tcp))
                self.assertEqual([item.address for item in reply.answer[0]], self.marked(client), client)
            self.assertEqual(self.lab.fast_answers(), before + 1)
            seen.update(self.marked(client))
        # Of 16 networks all have the same of two equal shares once in 2^15 times.
        self.assertEqual(seen, {"192.0.2.1", "192.0.2.2"})


unittest.main()
