#!/usr/bin/python3
"""crash_test.py BUILD: kill -9 of the daemon loses no query of the fast path and no change; a restart adopts."""
import re
import sys
import unittest

from lab import Lab, await_that

BUILD = sys.argv.pop(1)
FAST_NAMES = "api.example.com A\nwww.example.com A\nexample.com MX\nshop.example.com A\nnothing.example.com A\n"
QPS = 50_000


class Crash(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tcrash", BUILD))

    def test_fast_path_names_lose_no_query_while_the_daemon_is_killed_and_restarted(self):
        before, link = self.lab.fast_answers(), self.lab.pinned_link_id()
        flood = self.lab.flood(QPS, 6, FAST_NAMES)
        self.lab.crash_and_restart()
        sent, received = flood.end()
        self.assertGreater(sent, QPS * 4)
        self.assertEqual(received, sent)
        self.assertEqual(self.lab.pinned_link_id(), link)
        self.assertGreaterEqual(self.lab.fast_answers(), before + received)

    def test_an_acknowledged_change_and_the_counters_outlive_a_kill(self):
        for _ in range(10):
            self.lab.udp("www.example.com", "HTTPS")
        status = self.lab.status()
        counted = self.lab.fast_answers()
        self.lab.lab("daemon", "kill")
        self.lab.lab("daemon", "start")
        self.assertEqual(self.lab.status()["generation"], status["generation"])
        self.assertEqual(self.lab.fast_answers(), counted)
        self.lab.udp("www.example.com", "HTTPS")
        self.assertEqual(self.lab.fast_answers(), counted + 1)

    def restart_after_kill(self, *flags: str) -> None:
        self.lab.lab("daemon", "kill")
        self.lab.write_daemon_command([*self.lab.daemon_command(), *flags])
        self.lab.lab("daemon", "start")

    def answered(self) -> bool:
        try:
            return bool(self.lab.udp("www.example.com", "A").answer)
        except OSError:
            return False

    def unattended_seconds(self) -> float:
        metrics = self.lab.lab("server", "curl", "-s", "http://127.0.0.1:9153/metrics")
        return float(re.search(r"^signpost_fastpath_unattended_seconds (\S+)$", metrics, re.MULTILINE).group(1))

    def test_without_a_daemon_the_last_health_known_is_answered_by_and_status_says_for_how_long(self):
        await_that(lambda: {item.get("status") for item in self.lab.health()} == {"HEALTHY"}, "the first verdicts", 20)
        addresses, table = self.lab.addresses("failover.api.example.com"), self.lab.status()["table_generation"]
        self.lab.lab("daemon", "kill")
        for endpoint in (1, 2, 3):
            self.lab.lab("endpoint", "stop", endpoint)
        result = self.lab.attempt("server", "signpost", "status")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, rf"the last sign of the daemon is \d+ s old; at {self.lab.server_if} the fast path "
                                        rf"answers from table {table}, by the last health known")
        self.assertEqual(self.lab.addresses("failover.api.example.com"), addresses)
        self.lab.lab("daemon", "start")
        self.assertGreater(self.unattended_seconds(), 0)

    def test_queries_are_passed_once_the_daemon_has_been_gone_for_as_long_as_it_was_told(self):
        self.restart_after_kill("--pass-after", "5")
        self.lab.lab("daemon", "kill")
        self.assertTrue(self.answered())
        await_that(lambda: not self.answered(), "queries to be passed", 10)
        self.assertIn("queries are passed, as --pass-after of 5 s is over",
                      self.lab.attempt("server", "signpost", "status").stderr)
        self.lab.lab("daemon", "start")
        await_that(self.lab.answers_fast, "a fast answer", 5)
        self.assertGreater(self.lab.reasons()["stale"], 0)
        self.assertGreaterEqual(self.unattended_seconds(), 5)

    def test_detach_works_without_a_daemon(self):
        self.lab.lab("daemon", "kill")
        self.assertIsNotNone(self.lab.xdp_program())
        self.lab.lab("server", "signpost", "detach", self.lab.server_if)
        await_that(lambda: self.lab.xdp_program() is None, "the program to be gone", 5)

    def test_a_daemon_notices_that_it_was_detached_and_says_so(self):
        self.lab.lab("server", "signpost", "detach", self.lab.server_if)
        await_that(lambda: "was taken off" in self.lab.daemon_log(), "the daemon to notice", 20)
        fast_path = self.lab.status()["fast_path"]
        self.assertEqual(fast_path["mode"], "USERSPACE")
        self.assertIn("restart signpostd", fast_path["interfaces"][0]["mode_reason"])
        slow = self.lab.slow_queries()
        self.assertTrue(self.lab.udp("www.example.com", "A").answer)
        self.assertEqual(self.lab.slow_queries(), slow + 1)
        self.lab.lab("daemon", "stop")
        self.assertNotIn("could not be taken off", self.lab.daemon_log())
        self.lab.lab("daemon", "start")
        self.assertEqual(self.lab.status()["fast_path"]["mode"], "NATIVE")

    def test_stopping_the_daemon_detaches(self):
        self.assertIsNotNone(self.lab.xdp_program())
        self.lab.lab("daemon", "stop")
        await_that(lambda: self.lab.xdp_program() is None, "the program to be gone", 5)


unittest.main()
