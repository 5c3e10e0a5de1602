#!/usr/bin/python3
"""manual_test.py BUILD: the manual has every flag and command that there is, and no other."""
import functools
import pathlib
import re
import subprocess
import sys
import unittest

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1] / "manual"))
from pages import PAGES, ROOT, blocks, sections, spans  # noqa: E402 pylint: disable=wrong-import-position

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
SIGNPOST = BUILD / "tools" / "signpost" / "signpost"
# In the table of the options of every command.
COMMON = {"-h", "--help", "-o", "--output", "--version"}
# Whose options stand in the sections of others as well.
SHARED = {"plan": ["plan --pre-lower", "apply"]}


def output(*words) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout


def candidates(*words) -> list:
    """What signpost offers to a shell as the next word."""
    return [line.split("\t")[0] for line in output(SIGNPOST, "complete", *words, "").splitlines()]


@functools.cache
def commands() -> list:
    """Each as its words, such as ("override", "set")."""
    found = []
    for command in candidates():
        below = [word for word in candidates(command) if re.fullmatch(r"[a-z][a-z0-9-]*", word)]
        told = output(SIGNPOST, command, "--help")
        subcommands = [word for word in below if re.search(rf"^  {word} ", told.partition("Subcommands:")[2], re.MULTILINE)]
        found += [(command, word) for word in subcommands]
        if not subcommands or "[SUBCOMMAND]" in told:
            found.append((command,))
    return found


@functools.cache
def flags(*words) -> dict:
    """Every spelling of each flag of a command, by its long one; without those that all commands have."""
    told = output(SIGNPOST, *words, "--help")
    found = re.findall(r"^ +(?:(-[a-z]),)?(--[a-z-]+)", told, re.MULTILINE)
    return {long: {short, long} - {""} for short, long in found if long not in COMMON}


@functools.cache
def daemon_flags() -> set:
    return set(re.findall(r"(--[a-z-]+)", output(BUILD / "userspace" / "daemon" / "signpostd", "--help")))


def spellings(*words) -> set:
    return COMMON.union(*flags().values(), *flags(*words).values())


def command_in(line: str) -> tuple:
    """The command of such a line, which may begin with options of all commands; groups of commands, such as `get`, are one, too."""
    words = tuple(re.sub(r"^(--[a-z]+ \S+ )*", "", line).split())
    known = {command[:length] for command in commands() for length in (1, 2)} | {()}
    found = max((command for command in known if words[:len(command)] == command), key=len)
    if not found and re.match(r"[a-z]", line):
        raise AssertionError(f"signpost {line}: there is no such command")
    return found


def is_told_in(command: tuple, heading: str) -> bool:
    return any(tuple(each.split())[:len(command)] == command for each in heading.split(", "))


def anchors(page: pathlib.Path) -> set:
    """What links to a page's headings have behind "#", as GitHub makes it."""
    headings = re.findall(r"(?m)^#+ (.*)$", page.read_text())
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def told_of(command: tuple) -> str:
    """The sections of docs/cli.md that have the command in their heading, and those that they refer to for options."""
    texts = sections("docs/cli.md")
    return "".join(text + "".join(texts[other] for other in SHARED.get(heading, []))
                   for heading, text in texts.items() if is_told_in(command, heading))


def mentioned(text: str) -> set:
    """Flags in a command line, as a shell would part it from others."""
    own = re.split(r" (?:[|>]|&&) ", text)[0]
    return set(re.findall(r"(?<![\w/-])(--?[a-z][a-z-]*)", re.sub(r"\"[^\"]*\"|'[^']*'", "", own)))


class Manual(unittest.TestCase):
    def test_it_has_the_flags_of_the_daemon_with_their_defaults(self):
        told = output(BUILD / "userspace" / "daemon" / "signpostd", "--help")
        flags = dict(re.findall(r"^ +(?:-h,)?(--[a-z-]+)(?: [^=\s]+(?: in \[[^]]*\])?(?:=(\S+))?)?", told, re.MULTILINE))
        manual = (ROOT / "docs" / "signpostd.md").read_text()
        rows = re.findall(r"^\| `(--[a-z-]+)[^|]*\|\s*([^|]*?)\s*\|", manual, re.MULTILINE)
        listed = {flag: default.strip("`") for flag, default in rows}
        self.assertEqual(set(listed) | {"--help"}, set(flags))
        for flag, default in flags.items():
            # Where the manual has words, the default is that of the machine or of other flags.
            if default and " " not in listed[flag]:
                self.assertEqual(listed[flag], default, flag)

    def test_it_tells_of_every_command(self):
        for command in commands():
            self.assertTrue(told_of(command), command)

    def test_it_tells_of_the_flags_of_all_commands(self):
        head = sections("docs/cli.md")["The command line"]
        for flag in flags():
            self.assertRegex(head, rf"(?<![\w-]){flag}(?![\w-])")

    def test_it_tells_of_every_flag_of_each_command(self):
        for command in commands():
            for flag, written in flags(*command).items():
                spelt = "|".join(written)
                self.assertTrue(re.search(rf"(?<![\w-])(?:{spelt})(?![\w-])", told_of(command)), f"{command} {flag}")

    def test_flags_in_a_section_are_those_of_its_commands(self):
        for heading, text in sections("docs/cli.md").items():
            own = [command for command in commands() if is_told_in(command, heading)] or commands()
            allowed = daemon_flags().union(*(spellings(*command) for command in own))
            for span in re.findall(r"`(-[^`]*)`", text):
                self.assertEqual(mentioned(span) - allowed, set(), f"{heading}: {span}")

    def test_links_lead_to_what_is_there(self):
        for page in PAGES:
            for file, heading in re.findall(r"\]\((?!https?:)([^)#]*)#?([^)]*)\)", (ROOT / page).read_text()):
                target = (ROOT / page).parent / file if file else ROOT / page
                self.assertTrue(target.exists(), f"{page}: {file}")
                if heading:
                    self.assertIn(heading, anchors(target), f"{page}: {file}")

    def test_flags_in_other_pages_are_those_of_one_of_the_programs(self):
        every = daemon_flags().union(*(spellings(*command) for command in commands()))
        for page in PAGES:
            for span in spans(page):
                if re.match(r"--[a-z]", span):
                    self.assertEqual(mentioned(span) - every, set(), f"{page}: {span}")

    def test_command_lines_in_the_manual_have_flags_that_there_are(self):
        for page in PAGES:
            shown = [line for block in blocks(page) if block.kind() in ("transcript", "commands") for line, _ in block.commands()]
            for line in [*shown, *spans(page)]:
                program, _, rest = line.partition(" ")
                if program == "signpostd":
                    self.assertEqual(mentioned(rest) - daemon_flags(), set(), f"{page}: {line}")
                elif program == "signpost" and rest:
                    self.assertEqual(mentioned(rest) - spellings(*command_in(rest)), set(), f"{page}: {line}")

    def test_the_tests_and_tools_that_a_page_names_are_there(self):
        targets = "".join(file.read_text() for file in (ROOT / "tests").glob("**/CMakeLists.txt"))
        for page in PAGES:
            for span in spans(page):
                for name in re.findall(r"\b\w+_(?:test|bench)\b(?:\.\w+)?|\bmetrics_scrape\.py|\bdaemon_probes\.py", span):
                    self.assertTrue(list((ROOT / "tests").glob(f"**/{name}")) or re.search(rf"\b{name}\b", targets), f"{page}: {span}")
                for tool, word in re.findall(r"^(tools/[\w-]+)(?: ([a-z]+)$)?", span):
                    self.assertTrue((ROOT / tool).exists() and (not word or re.search(rf"\b{word}\b", (ROOT / tool).read_text())), f"{page}: {span}")


unittest.main()
