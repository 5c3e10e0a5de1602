"""Runs the blocks of a section of the manual in a room, and compares what they show."""
import difflib
import functools
import pathlib
import re
import sys
import unittest

from pages import NOT_RUN, ROOT, Block, blocks, pattern
from room import Room

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()

# What commands besides 0 say of what they found.
EXIT_CODES = {"signpost plan": (0, 3)}

# (page, heading) of all that is told.
told = set()


def tells(page: str, *sections: str):
    """Marks a test that follows these sections of the page: it gets their blocks, in order."""
    told.update((page, section) for section in sections)

    def decorate(test):
        @functools.wraps(test)
        def run(self):
            found = [block for block in blocks(page) if block.section in sections]
            self.assertTrue(found, f"{page} has no such section with a block")
            test(self, found)
        return run
    return decorate


class Story(unittest.TestCase):
    """Each test has a room of its own."""

    def setUp(self):
        self.room = self.enterContext(Room(BUILD))

    def follow(self, found: list, before: dict = {}, instead: dict = {}, replace: dict = {}):
        """Runs the blocks. `before` has what happens before a command or a file that begins so, `instead` what is done with one that is not
        simply run, `replace` what takes the place of words that can't be as the page has them."""
        self.before, self.instead, self.replace, self.met = before, instead, replace, set()
        for block in found:
            if block.kind() in ("transcript", "commands"):
                for command, output in block.commands():
                    self.tell(block, command, output)
            else:
                text = "\n".join(block.lines) + "\n"
                self.meet(before, text, lambda _: None)
                self.meet(instead, text, getattr(self, f"take_{block.kind()}"))
        self.assertEqual(self.met, {*before, *instead}, "what was to be met in the page")

    def meet(self, actions: dict, text: str, otherwise):
        beginning = next((each for each in actions if text.startswith(each)), None)
        if beginning is None:
            return otherwise(text)
        self.met.add(beginning)
        return actions[beginning](text)

    def tell(self, block: Block, command: str, output: str):
        if block.kind() == "commands" and command in NOT_RUN:
            return
        self.meet(self.before, command, lambda _: None)
        for former, latter in self.replace.items():
            command = command.replace(former, latter)
        if output is None:
            self.meet(self.instead, command, self.run_silent)
        else:
            with self.subTest(command):
                self.compare(command, output, self.meet(self.instead, command, lambda words: self.room.attempt(words).stdout))

    def compare(self, command: str, output: str, told_now: str):
        if not re.match(pattern(command, output), f"{told_now}\n"):
            difference = difflib.unified_diff(output.splitlines(), told_now.splitlines(), "the page", "the command", lineterm="")
            self.fail("\n".join(difference))

    def run_silent(self, command: str):
        """A command of which the page shows no output."""
        if command.startswith("signpostd "):
            self.room.start_daemon(command)
            return
        done = self.room.attempt(command)
        codes = next((codes for program, codes in EXIT_CODES.items() if command.startswith(program)), (0,))
        self.assertIn(done.returncode, codes, f"{command}: {done.stdout}")

    def take_configuration(self, text: str):
        self.room.write("page.yaml", text)
        self.room.run("signpost apply -f page.yaml")

    def take_flags(self, text: str):
        """The daemon starts with these flags, and those before in the page, in its configuration file."""
        self.flags = getattr(self, "flags", 'listen = ["192.0.2.53"]\n') + text
        self.room.write("/etc/signpost/signpostd.toml", self.flags)
        self.room.start_daemon("signpostd")

    def take_unit(self, text: str):
        """systemd finds nothing wrong in what is added to the unit."""
        self.room.write("/etc/systemd/system/signpostd.service", (ROOT / "packaging" / "signpostd.service").read_text())
        self.room.write("/etc/systemd/system/signpostd.service.d/page.conf", text)
        self.assertEqual(self.room.run("systemd-analyze --man=no --generators=no --recursive-errors=no verify signpostd.service 2>&1 | "
                                       "grep -v 'not executable' || true"), "")
