#!/usr/bin/python3
"""start_test.py BUILD: what keeps signpostd from starting, and what it says then."""
import socket
import sys
import unittest

from lab import SERVER4, Lab, inside

BUILD = sys.argv.pop(1)


def sentence(text: str) -> str:
    """The last line that a daemon which did not start wrote."""
    return text.strip().splitlines()[-1]


class Start(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tstart", BUILD, apply=False))

    def test_a_second_daemon_is_refused_and_the_first_goes_on(self):
        result = self.lab.attempt("server", *self.lab.daemon_command())
        self.assertEqual(result.returncode, 1)
        self.assertRegex(sentence(result.stderr + result.stdout), "another|already")
        self.assertIn("version", self.lab.status())

    def test_a_port_in_use_is_told_in_one_sentence(self):
        self.lab.lab("daemon", "stop")
        with inside(self.lab.server_ns):
            taken = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        with taken:
            taken.bind((SERVER4, 53))
            result = self.lab.attempt("server", *self.lab.daemon_command())
        self.assertEqual(result.returncode, 1)
        self.assertIn(f"{SERVER4}", sentence(result.stderr + result.stdout))
        self.assertIn("53", sentence(result.stderr + result.stdout))
        self.assertIsNone(self.lab.xdp_program())


unittest.main()
