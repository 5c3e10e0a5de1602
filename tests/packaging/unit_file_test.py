#!/usr/bin/python3
"""unit_file_test.py BUILD: how much the systemd unit leaves to the daemon."""
import pathlib
import re
import subprocess
import sys
import unittest

del sys.argv[1]  # The unit is not built.
UNIT = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "signpostd.service"
EXPOSURE_MAX = 3.0


def settings(name: str) -> list:
    return re.findall(rf"^{name}=(.*)$", UNIT.read_text(), re.MULTILINE)


class UnitFile(unittest.TestCase):
    def test_the_daemon_is_exposed_by_no_more_than_three(self):
        result = subprocess.run(["systemd-analyze", "security", "--offline=true", UNIT],
                                check=True, capture_output=True, text=True)
        (exposure,) = re.findall(r"Overall exposure level for signpostd\.service: ([0-9.]+)", result.stdout)
        self.assertLessEqual(float(exposure), EXPOSURE_MAX)

    def test_there_are_the_four_capabilities_and_no_more(self):
        four = {"CAP_BPF", "CAP_NET_ADMIN", "CAP_PERFMON", "CAP_NET_BIND_SERVICE"}
        for name in ("CapabilityBoundingSet", "AmbientCapabilities"):
            (words,) = settings(name)
            self.assertEqual(set(words.split()), four)


unittest.main()
