#!/usr/bin/python3
"""dnstap_test.py BUILD: a sample of what the fast path answers is told by dnstap, as BIND's dnstap-read reads it."""
import pathlib
import re
import sys
import unittest

import dns.message

from lab import SERVER4, SERVER6, Lab, await_that

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from dnstap_capture import Capture

BUILD = sys.argv.pop(1)
CLIENTS = {SERVER4: "10.53.0.1", SERVER6: "fd53::1"}


class Samples(unittest.TestCase):
    def lay(self, one_in: int) -> None:
        """The lab, with a reader that the daemon is connected to."""
        self.lab = self.enterContext(Lab("tdnstap", BUILD, "--dnstap", "/run/signpost-lab/tdnstap/dnstap.sock",
                                         "--dnstap-sample", str(one_in)))
        folder = self.lab.run_dir
        self.capture = self.enterContext(Capture(folder / "dnstap.sock", folder / "capture.dnstap"))
        await_that(lambda: self.capture.said("START"), "the daemon to connect", 20)

    def ask(self, name: str, rtype: str, server: str = SERVER4) -> None:
        self.lab.octets(dns.message.make_query(name, rtype).to_wire(), server)

    def messages(self) -> list:
        """All that the daemon has to tell, once it has ended."""
        self.lab.lab("daemon", "stop")
        await_that(lambda: self.capture.said("STOP"), "the end of the stream", 20)
        self.capture.end()
        return self.capture.messages()

    def samples(self, outcome: str) -> int:
        metrics = self.lab.lab("server", "curl", "-s", "http://127.0.0.1:9153/metrics")
        found = re.search(rf'^signpost_dnstap_samples_total{{outcome="{outcome}"}} (\S+)$', metrics, re.MULTILINE)
        return int(float(found.group(1)))

    def test_answers_of_both_families_are_told_with_who_asked_and_what(self):
        self.lay(1)
        before = self.lab.fast_answers()
        for server in (SERVER4, SERVER6):
            self.ask("www.example.com", "A", server)
            self.ask("no.example.com", "AAAA", server)
        self.assertEqual(self.lab.fast_answers(), before + 4)
        await_that(lambda: self.samples("read") == 4, "the samples", 10)
        told = self.messages()
        self.assertEqual([message[0] for message in told], ["AQ", "AR"] * 4)
        questions = ["www.example.com/IN/A", "no.example.com/IN/AAAA"] * 2
        for number, message in enumerate(told):
            server = SERVER4 if number < 4 else SERVER6
            self.assertRegex(message[1], rf"^{CLIENTS[server]}:\d+$")
            self.assertEqual(message[2:5], ["->" if message[0] == "AQ" else "<-", f"{server}:53", "UDP"])
            self.assertEqual(message[-1], questions[number // 2])

    # The gaps between samples are uniform on 1 … 199: n answers give n/100 samples, with a variance of n * 3300 / 100^3, of
    # which five deviations are allowed, and one more sample for each of two CPUs, whose first gap is not drawn.
    def test_one_answer_in_so_many_is_told_of_under_load_and_says_how_many_it_stands_for(self):
        self.lay(100)
        before = self.lab.fast_answers()
        self.lab.flood(20_000, 3, "www.example.com A\n").end()
        answers = self.lab.fast_answers() - before
        self.assertGreater(answers, 10_000)
        told = self.messages()
        expected, deviation = answers / 100, (answers * 3300 / 100 ** 3) ** 0.5
        self.assertAlmostEqual(len(told) / 2, expected, delta=5 * deviation + 2)
        self.assertEqual(self.capture.file.read_bytes().count(b"sample 1/100"), len(told))

    def test_samples_go_on_after_a_crash_of_the_daemon(self):
        self.lay(1)
        self.ask("www.example.com", "A")
        await_that(lambda: self.samples("read") == 1, "the first sample", 10)
        self.lab.lab("daemon", "kill")
        self.ask("www.example.com", "AAAA")  # which nobody reads
        self.lab.lab("daemon", "start")
        self.ask("no.example.com", "A")
        await_that(lambda: self.samples("read") == 1, "a sample after the restart", 10)
        self.assertEqual(self.samples("lost"), 0)

    def test_a_count_of_0_tells_of_what_the_daemon_answers_alone(self):
        self.lay(0)
        self.ask("www.example.com", "A")
        self.ask("www.example.com", "ANY")
        self.assertEqual([message[-1] for message in self.messages()], ["www.example.com/IN/ANY"] * 2)


if __name__ == "__main__":
    unittest.main()
