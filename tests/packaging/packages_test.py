#!/usr/bin/python3
"""packages_test.py BUILD: what lintian and man say of the packages."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
PACKAGES = sorted((BUILD / "packages").glob("*.deb"))


class Packages(unittest.TestCase):
    def setUp(self):
        self.assertEqual([package.name.split("_")[0] for package in PACKAGES],
                         ["signpost-doc", "signpost", "signpostd"], "the target `packages` writes them")

    def test_lintian_has_neither_errors_nor_warnings(self):
        # The suppressed one is for what is uploaded to Debian.
        result = subprocess.run(["lintian", "--allow-root", "--fail-on=error,warning",
                                 "--suppress-tags=initial-upload-closes-no-bugs", *PACKAGES],
                                capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stdout), (0, ""))

    def test_man_shows_every_page_without_a_warning(self):
        with tempfile.TemporaryDirectory() as folder:
            for package in PACKAGES:
                subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
            pages = sorted(pathlib.Path(folder).glob("usr/share/man/man*/*.gz"))
            self.assertEqual([page.name for page in pages],
                             ["signpost.1.gz", "signpost-architecture.7.gz", "signpost-moving.7.gz",
                              "signpost-operations.7.gz", "signpost-policies.7.gz", "signpost-security.7.gz",
                              "signpost-zones.7.gz", "signpostd.8.gz"])
            for page in pages:
                shown = subprocess.run(["man", "--warnings", "--no-justification", "--encoding=UTF-8",
                                        "--local-file", page],
                                       check=True, capture_output=True, text=True)
                self.assertEqual(shown.stderr, "", page.name)
                self.assertIn("NAME", shown.stdout)


unittest.main()
