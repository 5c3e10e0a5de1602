#!/usr/bin/python3
"""conformance_test.py BUILD: answers of real servers as the measure (FerretDataset), through the XDP program and what it passes.
Exit code 77 if the sample does not lie in ../shared/conformance beside the repository."""
import pathlib
import re
import sys
import tempfile
import unittest

from lab import ROOT, SERVER4, SERVER6, Lab

BUILD = sys.argv.pop(1)
FERRET = ROOT.parent / "shared" / "conformance" / "ferret.py"
# Most of the sample is referrals, DNAMEs and what else the XDP program passes; a quarter of it is not.
FAST_SHARE_MIN = 0.25


class Conformance(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab("tconform", BUILD, apply=False))
        folder = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="signpost-conformance-"))
        cls.ferret("build", folder)
        cls.lab.signpost("zone", "import", pathlib.Path(folder) / "zones")

    @classmethod
    def ferret(cls, *arguments) -> str:
        return cls.lab.lab("client", "/usr/bin/python3", "-B", FERRET, *arguments)

    def expect_no_miss(self, server: str, *options: str):
        before = self.lab.fast_answers()
        said = self.ferret("run", "--server", server, "--level", 3, "--minimal", *options)
        passed, failed = map(int, re.search(r"(\d+) passed, (\d+) failed", said).groups())
        self.assertEqual(failed, 0, said)
        self.assertGreater(self.lab.fast_answers() - before, FAST_SHARE_MIN * passed)

    def test_answers_on_which_all_recorded_servers_agree(self):
        for server in (SERVER4, SERVER6):
            with self.subTest(server=server):
                self.expect_no_miss(server)

    def test_every_answer_is_one_that_a_recorded_server_gave(self):
        self.expect_no_miss(SERVER4, "--all")


if not FERRET.is_file():
    print(f"conformance: not run, {FERRET} is not there")
    sys.exit(77)
unittest.main()
