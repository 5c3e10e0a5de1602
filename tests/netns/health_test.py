#!/usr/bin/python3
"""health_test.py BUILD: answers leave an endpoint that fails, and come back."""
import collections
import sys
import unittest

from lab import Lab

BUILD = sys.argv.pop(1)


class Health(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab("thealth", BUILD))
        cls.lab.await_addresses("failover.api.example.com", ["1.2.3.4"])

    def tearDown(self):
        for number in (1, 2, 3):
            self.lab.lab("endpoint", "start", number)
        self.lab.await_addresses("failover.api.example.com", ["1.2.3.4"])

    def shares(self, count: int) -> collections.Counter:
        return collections.Counter(self.lab.addresses("api.example.com")[0] for _ in range(count))

    def test_failover_and_weighted_answers_leave_a_failed_endpoint_and_come_back(self):
        self.lab.lab("endpoint", "stop", 1)
        self.lab.await_addresses("failover.api.example.com", ["5.6.7.8"])
        self.assertEqual(set(self.shares(100)), {"5.6.7.8", "9.10.11.12"})
        self.lab.lab("endpoint", "start", 1)
        self.lab.await_addresses("failover.api.example.com", ["1.2.3.4"])
        self.assertEqual(set(self.shares(100)), {"1.2.3.4", "5.6.7.8", "9.10.11.12"})

    def test_shares_are_those_of_the_weights(self):
        got = self.shares(1000)
        for address, share in (("1.2.3.4", 500), ("5.6.7.8", 300), ("9.10.11.12", 200)):
            self.assertAlmostEqual(got[address], share, delta=20)


unittest.main()
