"""The blocks of a page of the manual: what kind each is, its commands, and what may differ in their output from what the page shows."""
import dataclasses
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]

# What differs from run to run. Besides, how much space is between words (the page wraps lines, columns are as wide as what is in them), and
# a line "…" stands for any lines.
TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?Z"
VARIES = (
    TIME,
    r"(?:under )?[\d.,]+ (?:ms|µs)\b",       # durations
    r"after [\d.]+ s\b",
    r"(?<=is )[\d.]+ s(?= old)",
    r"(?<=resolved )\d+ s(?= ago)",
    r"(?<=table )\d+",                       # generations of the answer table, of which flips of health make more or less
)
# A number that is no part of an address, and the bar that stands for one.
NUMBER = r"(?<![\w.:-])\d[\d,]*(?:\.\d+)?(?![\w.:-]|\.\d)|█+"
# What differs besides in the output of commands that begin so.
OF_THE_MOMENT = {
    "signpost health": NUMBER,
    "signpost top": NUMBER,
    "signpost status": NUMBER,
    "signpost get notice-receivers": NUMBER,
    "signpost geo": NUMBER,
    "tail -n 1 /var/log/signpost/audit.log": r"(?<=192\.0\.2\.)\d+:\d+",
    "tools/quickstart": r"\d[\d,]{3,}(?= (?:queries a second|answered|of \d|answers,))|\d+\.\d\d%\s+[\d,]+(?=\s|$)",
}

PAGES = ["README.md", *(f"docs/{each.name}" for each in sorted((ROOT / "docs").glob("*.md")))]

# Commands of the pages that these tests can't run: (the test that tries them otherwise, or none; what that does, or why nobody can).
NOT_RUN = {
    "tools/quickstart": ("tests/manual/pages_test.py", "what it prints is in the block after, and compared"),
    "tools/test": (None, "runs this test"),
    "tools/install-packages build package": (None, "installs packages on this host; tools/test begins with it"),
    "cmake --preset release && cmake --build --preset release --target packages":
        ("tests/packaging/CMakeLists.txt", "packaging.build makes the packages for the tests of them"),
    "apt-get install ./signpostd_*.deb ./signpost_*.deb ./signpost-doc_*.deb":
        ("tests/packaging/machine_test.py", "installs them on a clean machine"),
    "editor /etc/signpost/signpostd.toml": ("tests/packaging/machine_test.py", "writes that file"),
    "systemctl restart signpostd": ("tests/packaging/machine_test.py", "restarts the service"),
    **{command: (None, "asks Amazon; examples/moving/route53 has what it prints") for command in (
        "aws route53 get-hosted-zone --id Z0123456EXAMPLE > hosted-zone.json",
        "aws route53 list-resource-record-sets --hosted-zone-id Z0123456EXAMPLE > record-sets.json",
        "aws route53 list-health-checks > health-checks.json",
        "aws route53 list-cidr-blocks --collection-id ID > ID.json",
        "aws route53 list-traffic-policy-instances > instances.json",
        "aws route53 get-traffic-policy --id ID --traffic-policy-version 1 > policy.json")},
}


@dataclasses.dataclass
class Block:
    section: str
    lines: list

    def kind(self) -> str:
        """What is not known as something else is commands, so that none is left out."""
        first = self.lines[0]
        if first.startswith("$ "):
            return "transcript"
        if re.match(r"# /etc/\S+\.toml$|[a-z-]+ = ", first):
            return "flags"
        if re.match(r"# /etc/\S+\.yml$|[a-z_]+:$| *- \{", first):
            return "configuration"
        if any(re.match(r"[│ ]*[├└]─ ", line) for line in self.lines):
            return "tree"
        return "unit" if re.match(r"\[[A-Z]\w+\]$", first) else "commands"

    def commands(self) -> list:
        """(command, what the page shows of its output). Three spaces or "#" part a command from what the page says of it."""
        if self.kind() == "transcript":
            return transcript(self.lines)
        return [(re.split(r" {3,}| +# ", line)[0], None) for line in self.lines]


def transcript(lines: list) -> list:
    """A command follows "$ ", and goes on behind "> "."""
    found = []
    for line in lines:
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.startswith("> ") and not found[-1][1]:
            found[-1] = (f"{found[-1][0]}\n{line[2:]}", [])
        else:
            found[-1][1].append(line)
    return [(command, "\n".join(output).rstrip("\n")) for command, output in found]


def blocks(page: str) -> list:
    """Of ROOT/page, in order; each with the heading that it is under."""
    found = []
    section = ""
    text = (ROOT / page).read_text()
    for heading, block in re.findall(r"(?m)^#+ (.*)$|((?:^    .*\n|^\n(?=    ))+)", text):
        section = heading or section
        if block:
            found.append(Block(section, [line[4:] for line in block.strip("\n").splitlines()]))
    return found


def sections(page: str) -> dict:
    """The text below each heading."""
    parts = re.split(r"(?m)^#+ (.*)$", (ROOT / page).read_text())
    return dict(zip(parts[1::2], parts[2::2]))


def spans(page: str) -> list:
    """What stands between backticks in the text."""
    text = re.sub(r"(?m)^    .*\n", "", (ROOT / page).read_text())
    return [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", text)]


def pattern(command: str, output: str) -> str:
    """What matches the whole of an output like this one."""
    rules = [*VARIES, *(rule for beginning, rule in OF_THE_MOMENT.items() if command.startswith(beginning))]
    lines = [line.strip() for line in output.splitlines()]
    parts = [r"(?:.*\n)*?\s*" if line == "…" else line_pattern(line, rules) + r"\s+" for line in lines if line]
    return r"\A\s*" + "".join(parts) + r"\Z"


def line_pattern(line: str, rules: tuple) -> str:
    made, at = "", 0
    for varying in re.finditer("|".join(f"({rule})" for rule in rules), line):
        made += exact(line[at:varying.start()]) + f"(?:{rules[varying.lastindex - 1]})"
        at = varying.end()
    return made + exact(line[at:])


def exact(text: str) -> str:
    return re.sub(r"(?:\\ )+", r"\\s+", re.escape(text))
