#!/usr/bin/python3
"""completion_test.py BUILD: each shell offers what signpost says may come next."""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "packaging" / "completion"
ENVIRONMENT = os.environ | {"PATH": f"{BUILD / 'tools' / 'signpost'}:{os.environ['PATH']}", "LC_ALL": "C.UTF-8"}

BASH = """
. "$0"
compopt() { echo ":files"; }
COMP_WORDS=(signpost "$@") COMP_CWORD=$#
_signpost signpost "${!#}"
[[ ${#COMPREPLY[@]} -eq 0 ]] || printf '%s\\n' "${COMPREPLY[@]}"
"""
ZSH = """
fpath=(${0:h} $fpath)
autoload -Uz _signpost
_describe() { print -rl -- ${(P)3} }
_files() { print :files }
words=(signpost "$@") CURRENT=$(($# + 1)) PREFIX=${@[-1]}
_signpost
"""
FISH = "source {script}; complete --do-complete 'signpost {typed}'"

LINES = [
    ["ex"],
    ["override", ""],
    ["override", "set", "d"],
    ["status", "-o", ""],
    ["explain", "www.example.com", "A", "--"],
    ["--timeout", "5", "get", ""],
    ["nonsense", "nonsense", ""],
]


def run(*words, cwd=None) -> list:
    result = subprocess.run(words, check=True, capture_output=True, text=True, env=ENVIRONMENT, cwd=cwd)
    return result.stdout.splitlines()


def offered(*typed) -> list:
    """(word, help) of each candidate."""
    return [tuple(line.split("\t")) for line in run("signpost", "complete", *typed)]


class Completion(unittest.TestCase):
    def setUp(self):
        self.assertEqual(len(offered("override", "")), 4)
        self.assertEqual(offered("apply", "-f", ""), [(":files",)])

    def test_bash(self):
        for typed in LINES:
            self.assertEqual(run("bash", "-c", BASH, SCRIPTS / "signpost.bash", *typed),
                             [word for word, _ in offered(*typed)], typed)
        self.assertEqual(run("bash", "-c", BASH, SCRIPTS / "signpost.bash", "apply", "-f", ""), [":files"])

    def test_zsh(self):
        for typed in LINES:
            self.assertEqual(run("zsh", "-fc", ZSH, SCRIPTS / "_signpost", *typed),
                             [f"{word}:{told}" for word, told in offered(*typed)], typed)
        self.assertEqual(run("zsh", "-fc", ZSH, SCRIPTS / "_signpost", "apply", "-f", ""), [":files"])

    @staticmethod
    def fish(*typed, cwd=None) -> list:
        line = FISH.format(script=SCRIPTS / "signpost.fish", typed=" ".join(typed))
        return run("fish", "--no-config", "-c", line, cwd=cwd)

    def test_fish(self):
        for typed in LINES:
            got = self.fish(*typed)
            self.assertEqual(sorted(tuple(line.split("\t")) for line in got), sorted(offered(*typed)), typed)
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, "zones.yaml").touch()
            got = self.fish("apply", "-f", "zo", cwd=folder)
        self.assertEqual([line.split("\t")[0] for line in got], ["zones.yaml"])


unittest.main()
