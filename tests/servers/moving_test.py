#!/usr/bin/python3
"""moving_test.py BUILD: the commands of docs/moving.md give what it shows."""
import os
import pathlib
import shutil
import subprocess
import sys
import unittest

from servers import Scene

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests" / "manual"))
from pages import NOT_RUN, blocks, pattern  # noqa: E402 pylint: disable=wrong-import-position
# The servers of the examples; both are the daemon of the test.
SERVERS = ("@ns-17.awsdns-02.com", "@ns1.example.net")


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
        for block in blocks("docs/moving.md"):
            for command, output in block.commands():
                with self.subTest(command):
                    if block.kind() == "commands":
                        self.assertIn(command, NOT_RUN)
                    else:
                        self.assertRegex(f"{self.run_shown(command)}\n", pattern(command, output))


unittest.main()
