#!/usr/bin/python3
"""upgrade_test.py BUILD [ROUNDS]: a daemon that is replaced, also by one with other maps, loses no query."""
import sys
import unittest

from lab import Lab, await_that

BUILD = sys.argv.pop(1)
ROUNDS = int(sys.argv.pop(1)) if len(sys.argv) > 1 else 1
FAST_NAMES = "api.example.com A\nwww.example.com A\nexample.com MX\nshop.example.com A\nnothing.example.com A\n"
QPS = 30_000
SECONDS_A_RESTART = 10  # More than one takes on a busy machine.


class Upgrade(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tupgrade", BUILD, "--keep-attached"))
        self.command = self.lab.daemon_command()
        # A name with a check that has no verdict yet gets SERVFAIL, by the slow path.
        await_that(lambda: {item.get("status") for item in self.lab.health()} == {"HEALTHY"}, "the first verdicts", 20)

    def restart(self, *flags: str) -> None:
        self.lab.lab("daemon", "stop")
        self.lab.write_daemon_command([*self.command, *flags])
        self.lab.lab("daemon", "start")

    def test_restarts_under_load_lose_no_query_whether_the_maps_are_taken_over_or_replaced(self):
        before = self.lab.fast_answers()
        link, program = self.lab.pinned_link_id(), self.lab.xdp_program()
        flood = self.lab.flood(QPS, SECONDS_A_RESTART * 3 * ROUNDS, FAST_NAMES)
        for _ in range(ROUNDS):
            self.restart()
            self.assertGreaterEqual(self.lab.fast_answers(), before)  # taken over, with their counts
            self.restart("--max-nodes", "100000")
            self.restart()
        sent, received = flood.stop()
        self.assertGreater(sent, QPS * ROUNDS // 2)  # A round has three restarts of a quarter of a second and more.
        self.assertEqual(received, sent)
        self.assertEqual(self.lab.pinned_link_id(), link)
        self.assertNotEqual(self.lab.xdp_program(), program)
        self.assertTrue(self.lab.udp("www.example.com", "A").answer)


if __name__ == "__main__":
    unittest.main()
