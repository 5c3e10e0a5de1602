#!/usr/bin/python3
"""health_test.py BUILD: answers leave an endpoint that fails, and come back."""
import collections
import sys
import unittest

from lab import Lab, await_that

BUILD = sys.argv.pop(1)


class Health(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab("thealth", BUILD))
        cls.lab.await_addresses("failover.api.example.com", ["1.2.3.4"])

    def setUp(self):
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

    def override(self, *arguments) -> str:
        """Sets an override until the end of the test, and gives its number."""
        number = self.lab.signpost("override", "set", *arguments).split(":")[0].split()[1]
        self.addCleanup(self.lab.attempt, "client", "signpost", "override", "clear", number, "--now")
        return number

    def test_an_override_takes_an_endpoint_out_and_outlives_a_crash(self):
        number = self.override("down", "--endpoint", "1.2.3.4", "--reason", "disk is full")
        before = self.lab.fast_answers()
        self.assertEqual(set(self.shares(100)), {"5.6.7.8", "9.10.11.12"})
        self.assertEqual(self.lab.fast_answers(), before + 100)
        self.lab.lab("daemon", "kill")
        self.lab.lab("daemon", "start")
        self.assertEqual(set(self.shares(100)), {"5.6.7.8", "9.10.11.12"})
        explained = self.lab.signpost("explain", "api.example.com", "A")
        self.assertIn(f"down by override {number} of root until cleared: disk is full", explained)
        self.assertRegex(self.lab.signpost("override", "list"), rf"{number}  down +endpoint 1.2.3.4 +root ")
        self.lab.signpost("override", "clear", number)
        self.assertEqual(set(self.shares(100)), {"1.2.3.4", "5.6.7.8", "9.10.11.12"})
        self.assertIn(f"override {number} cleared\n", self.lab.signpost("override", "history", "-n", "1"))

    def test_a_drain_takes_the_weight_step_by_step_and_gives_it_back(self):
        number = self.override("drain", "--check", "primary", "--over", "4s")
        first = self.shares(100)["1.2.3.4"]
        self.assertGreater(first, 20)
        await_that(lambda: 0 < self.shares(100)["1.2.3.4"] < first, "half of the weight", 10)
        await_that(lambda: not self.shares(100)["1.2.3.4"], "no weight", 10)
        self.lab.signpost("override", "clear", number, "--now")
        self.assertEqual(self.shares(100)["1.2.3.4"], 50)

    def test_a_safety_rule_keeps_the_last_endpoint_in_service(self):
        self.lab.signpost("safety-rule", "set", "some", "--at-least", "2", "--check", "primary",
                          "--check", "secondary")
        refused = self.lab.attempt("client", "signpost", "override", "set", "down", "--check",
                                   "primary")
        self.assertEqual(refused.returncode, 1)
        self.assertIn("safety rule some wants at least 2 of 2 checks on, and 1 would remain: "
                      "secondary", refused.stderr)
        self.assertRegex(self.lab.signpost("safety-rule", "list"), r"some +2 +2 +2  primary, secondary")
        self.lab.signpost("safety-rule", "delete", "some")
        self.assertNotIn("some", self.lab.signpost("safety-rule", "list"))


unittest.main()
