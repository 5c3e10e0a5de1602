#!/usr/bin/python3
"""manual_test.py BUILD: the manual has every flag and command that there is, and no other."""
import pathlib
import re
import subprocess
import sys
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"
SIGNPOST = BUILD / "tools" / "signpost" / "signpost"


def output(*words) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def candidates(*words) -> list:
    """What signpost offers to a shell as the next word."""
    return [line.split("\t")[0] for line in output(SIGNPOST, "complete", *words, "").splitlines()]


class Manual(unittest.TestCase):
    def test_it_has_the_flags_of_the_daemon_with_their_defaults(self):
        told = output(BUILD / "userspace" / "daemon" / "signpostd", "--help")
        flags = dict(re.findall(r"^ +(?:-h,)?(--[a-z-]+)(?: [^=\s]+(?: in \[[^]]*\])?(?:=(\S+))?)?", told, re.MULTILINE))
        manual = (DOCS / "signpostd.md").read_text()
        rows = re.findall(r"^\| `(--[a-z-]+)[^|]*\|\s*([^|]*?)\s*\|", manual, re.MULTILINE)
        listed = {flag: default.strip("`") for flag, default in rows}
        self.assertEqual(set(listed) | {"--help"}, set(flags))
        for flag, default in flags.items():
            # Where the manual has words, the default is that of the machine or of other flags.
            if default and " " not in listed[flag]:
                self.assertEqual(listed[flag], default, flag)

    def test_it_tells_of_every_command(self):
        manual = (DOCS / "cli.md").read_text()
        headings = ", ".join(re.findall(r"^## (.*)$", manual, re.MULTILINE))
        for command in candidates():
            below = [f"{command} {word}" for word in candidates(command) if re.fullmatch(r"[a-z-]+", word)]
            for words in below or [command]:
                self.assertTrue(re.search(rf"(^|, |signpost ){words}\b", f"{headings}\n{manual}"), words)


unittest.main()
