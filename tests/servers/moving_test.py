#!/usr/bin/python3
"""moving_test.py BUILD: the commands of docs/moving.md give what it shows."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

from servers import Scene

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
# The servers of the examples; both are the daemon of the test.
SERVERS = ("@ns-17.awsdns-02.com", "@ns1.example.net")


def shown(page: str) -> list:
    """(command, output) of each command in the page's blocks: it follows "$ ", and goes on behind "> "."""
    found = []
    for block in re.findall(r"(?m)(?:^    .*\n|^\n(?=    ))+", page):
        own = []
        for line in (each[4:] for each in block.splitlines()):
            if line.startswith("$ "):
                own.append((line[2:], []))
            elif own and line.startswith("> ") and not own[-1][1]:
                own[-1] = (f"{own[-1][0]}\n{line[2:]}", [])
            elif own:
                own[-1][1].append(line)
        found += [(command, "\n".join(output).rstrip("\n")) for command, output in own]
    return found


def pattern(output: str) -> str:
    """What matches such an output: durations differ, and "…" stands for lines that are left out."""
    lines = [r"(?:.*\n)*?" if line == "…" else re.sub(r"\d+\\ ms", r"\\d+\\ ms", re.escape(line)) + r"\n"
             for line in output.splitlines()]
    return "".join(lines)


class Moving(unittest.TestCase):
    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.scene.start_daemon()
        shutil.copytree(ROOT / "examples" / "moving", self.scene.folder / "examples" / "moving")

    def run_shown(self, command: str) -> str:
        for server in SERVERS:
            command = command.replace(server, f"@127.0.0.1 -p {self.scene.port}")
        environment = os.environ | {"PATH": f"{BUILD / 'tools' / 'signpost'}:{os.environ['PATH']}",
                                    "SIGNPOST_SERVER": f"unix://{self.scene.socket}", "LC_ALL": "C.UTF-8"}
        done = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              cwd=self.scene.folder, env=environment, timeout=60)
        return done.stdout

    def test_every_command_gives_what_the_page_shows(self):
        commands = shown((ROOT / "docs" / "moving.md").read_text())
        self.assertGreater(len(commands), 8)
        for command, output in commands:
            with self.subTest(command):
                told = self.run_shown(command).rstrip("\n")
                self.assertRegex(f"{told}\n" if told else "", rf"\A{pattern(output)}\Z")


unittest.main()
