#!/usr/bin/python3
"""answers_test.py BUILD: what the XDP program answers is what the slow path answers."""
import sys
import unittest

import dns.message
import dns.rcode

from lab import SERVER4, SERVER6, Lab

BUILD = sys.argv.pop(1)
# One answer each: no order to rotate, no weights.
QUESTIONS = [
    ("failover.api.example.com", "A"), ("failover.api.example.com", "AAAA"), ("mail1.example.com", "A"),
    ("example.com", "TXT"), ("example.com", "SOA"), ("www.example.com", "HTTPS"),
    ("_imaps._tcp.example.com", "SRV"), ("shop.example.com", "CNAME"), ("deep.below.stores.example.com", "AAAA"),
    ("WwW.eXaMpLe.CoM", "HTTPS"), ("mail1.example.com", "MX"), ("_tcp.example.com", "A"),
    ("nothing.example.com", "A"), ("a.b.nothing.example.com", "TYPE65280"),
]
# The order of the records is rotated.
ROTATED = [("www.example.com", "A"), ("www.example.com", "AAAA"), ("example.com", "MX"), ("example.com", "CAA"),
           ("example.com", "NS"), ("shop.example.com", "A")]
WEIGHTED = {"1.2.3.4", "5.6.7.8", "9.10.11.12"}


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab("tanswers", BUILD))

    def test_fast_and_slow_path_give_the_same_octets(self):
        variants = [{}, {"use_edns": 0, "payload": 1232}, {"use_edns": 0, "payload": 4096, "want_dnssec": True}]
        for name, rtype in QUESTIONS:
            for options in variants:
                for server in (SERVER4, SERVER6):
                    with self.subTest(name=name, type=rtype, server=server, options=options):
                        query = dns.message.make_query(name, rtype, **options).to_wire()
                        before = self.lab.fast_answers()
                        fast = self.lab.octets(query, server)
                        self.assertEqual(self.lab.fast_answers(), before + 1)
                        self.assertEqual(fast, self.lab.octets(query, server, tcp=True))

    def test_fast_and_slow_path_give_the_same_records_where_their_order_rotates(self):
        for name, rtype in ROTATED:
            with self.subTest(name=name, type=rtype):
                before = self.lab.fast_answers()
                fast = self.lab.udp(name, rtype)
                self.assertEqual(self.lab.fast_answers(), before + 1)
                slow = self.lab.tcp(name, rtype)
                self.assertEqual((fast.flags, fast.answer, fast.authority), (slow.flags, slow.answer, slow.authority))

    def test_a_weighted_name_is_answered_by_the_fast_path_with_one_of_its_addresses(self):
        before = self.lab.fast_answers()
        seen = [self.lab.addresses("api.example.com") for _ in range(40)]
        self.assertEqual(self.lab.fast_answers(), before + 40)
        self.assertTrue(all(len(answer) == 1 for answer in seen))
        self.assertEqual({answer[0] for answer in seen}, WEIGHTED)

    def test_a_name_outside_the_zones_is_refused_by_the_slow_path(self):
        before = self.lab.reasons()["out_of_zone"]
        reply = self.lab.udp("www.example.org", "A")
        self.assertEqual(reply.rcode(), dns.rcode.REFUSED)
        self.assertEqual(self.lab.reasons()["out_of_zone"], before + 1)


unittest.main()
