#!/usr/bin/python3
"""alerts_test.py: the alert rules by promtool, and the document that says what to do about each."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import documents


def promtool(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)


def annotated(rules: str) -> dict:
    """(severity, action) by alert, of the text of a rules file in the form that ours has."""
    found = {}
    for part in rules.split("- alert: ")[1:]:
        name = part.split("\n", 1)[0]
        action = " ".join(part.split("action: >-\n", 1)[1].split())
        found[name] = (part.split("severity: ", 1)[1].split("}", 1)[0], action.replace("{{ $labels.check }}", "CHECK"))
    return found


class Alerts(unittest.TestCase):
    def test_promtool_accepts_the_rules(self):
        result = promtool("check", "rules", documents.RULES)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_each_illness_gives_its_alert_and_no_other(self):
        result = promtool("test", "rules", documents.RULES_TEST)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_an_alert_that_does_not_fire_any_more_is_noticed(self):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        shutil.copy(documents.RULES_TEST, folder)
        blunt = documents.RULES.read_text().replace("signpost_health_prober_blind == 1", "signpost_health_prober_blind == 2")
        (folder / documents.RULES.name).write_text(blunt)
        self.assertEqual(promtool("test", "rules", folder / documents.RULES_TEST.name).returncode, 1)

    def test_the_document_has_every_alert_and_says_what_its_annotation_does(self):
        self.assertEqual(documents.documented_alerts(), annotated(documents.RULES.read_text()))


unittest.main()
