#!/usr/bin/python3
"""transfer_test.py BUILD: zones go to NSD and Knot as they are: by AXFR, by NOTIFY and IXFR; kdig with good and bad keys."""
import json
import os
import shutil
import subprocess
import sys
import unittest

import dns.message
import dns.query
import dns.rcode
import dns.xfr
import dns.zone

import nsd
from servers import Scene, await_true, free_port
from zones import KEY, OTHER, SECRET, ZONE, keep_secret, records, serial, transferred

BUILD = sys.argv.pop(1)


def copied(port: int) -> set:
    """The records that a secondary gives. None, or old ones, while a process of NSD answers by TCP that its reload is about to replace."""
    try:
        return records(transferred(port))
    except dns.xfr.TransferError:
        return set()


class Transfers(unittest.TestCase):
    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.secrets = keep_secret(self.scene.folder)
        self.scene.start_daemon("--secrets", self.secrets)
        self.nsd_port, self.knot_port = free_port(), free_port()
        self.zone_file = self.scene.folder / "example.com.zone"
        self.zone_file.write_text(ZONE)
        self.allow([{"key": KEY}])
        self.scene.signpost("zone", "import", self.zone_file)

    def allow(self, rules: list, **settings):
        targets = [{"address": f"127.0.0.1:{port}", "key": KEY} for port in (self.nsd_port, self.knot_port)]
        self.scene.apply({"tsig_keys": [{"name": KEY}],
                          "zone_access": [{"zone": "example.com", "transfer": rules, "notify": targets} | settings]})

    def start_knot(self):
        folder = self.scene.folder / "knot"
        folder.mkdir()
        config = folder / "knot.conf"
        config.write_text(f"""
server:
  listen: 127.0.0.1@{self.knot_port}
  rundir: {folder}
log:
  - target: {folder}/knot.log
    any: info
database:
  storage: {folder}
key:
  - id: {KEY}
    algorithm: hmac-sha256
    secret: {SECRET}
remote:
  - id: primary
    address: 127.0.0.1@{self.scene.port}
    key: {KEY}
acl:
  - id: told
    address: 127.0.0.1
    key: {KEY}
    action: notify
  - id: asked
    address: 127.0.0.1
    action: transfer
zone:
  - domain: example.com
    storage: {folder}
    master: primary
    acl: [told, asked]
""")
        knotd = shutil.which("knotd", path=f"{os.environ['PATH']}:/usr/sbin")
        self.scene.spawn(knotd, "-c", config)

    def kdig(self, *arguments, secret: str = SECRET, key: str = KEY, shift: str = "") -> str:
        command = ["kdig", "@127.0.0.1", "-p", str(self.scene.port), "-y", f"hmac-sha256:{key}:{secret}", *arguments]
        shifted = ["faketime", "-f", shift, *command] if shift else command
        done = subprocess.run(shifted, capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def test_nsd_and_knot_take_the_zone_and_each_change_of_it(self):
        nsd.start(self.scene, self.nsd_port, nsd.copied_from(f"127.0.0.1@{self.scene.port} {KEY}"))
        self.start_knot()
        expected = records(dns.zone.from_text(ZONE, origin="example.com", relativize=False))
        ours = records(transferred(self.scene.port, key=True))
        self.assertEqual(ours, expected)
        for port in (self.nsd_port, self.knot_port):
            await_true(lambda: serial(port) == 1, "the first transfer")
            await_true(lambda: copied(port) == ours, "an equal copy")
        self.scene.signpost("record", "set", "example.com", "www", "A", "60", "192.0.2.7")
        self.scene.signpost("record", "delete", "example.com", "old", "TXT")
        self.scene.signpost("record", "set", "example.com", "new", "TXT", "300", '"here"')
        ours = records(transferred(self.scene.port, key=True))
        self.assertIn("new.example.com. 300 TXT \"here\"", ours)
        for port in (self.nsd_port, self.knot_port):
            await_true(lambda: serial(port) == 4, "the last change")
            await_true(lambda: copied(port) == ours, "an equal copy")
        self.assertIn("incremental=true", self.scene.log())

    def test_the_history_outlives_a_restart(self):
        self.scene.signpost("record", "set", "example.com", "www", "A", "60", "192.0.2.7")
        self.scene.restart_daemon("--secrets", self.secrets)
        answer = self.kdig("example.com", "IXFR=1", "+noall", "+answer")
        self.assertRegex(answer, r"www\.example\.com\.\s+300\s+IN\s+A\s+192\.0\.2\.1\b")
        self.assertRegex(answer, r"www\.example\.com\.\s+60\s+IN\s+A\s+192\.0\.2\.7\b")
        self.assertNotIn("mail.example.com", answer)

    def test_keys_that_are_wrong_are_told_apart(self):
        self.assertIn("status: NOERROR", self.kdig("www.example.com"))
        self.assertRegex(self.kdig("www.example.com", key="unknown.example"), "NOTAUTH|BADKEY")
        self.assertRegex(self.kdig("www.example.com", secret=OTHER), "NOTAUTH|BADSIG")
        for shift in ("-301s", "+301s"):
            self.assertRegex(self.kdig("www.example.com", shift=shift), "BADTIME|NOTAUTH")
        self.assertIn("status: NOERROR", self.kdig("www.example.com", shift="-200s"))

    def test_transfers_are_refused_without_the_key_and_outside_the_prefix(self):
        without = dns.query.tcp(dns.message.make_query("example.com", "AXFR"), "127.0.0.1", port=self.scene.port)
        self.assertEqual(without.rcode(), dns.rcode.REFUSED)
        self.allow([{"prefix": "192.0.2.0/24"}])
        self.assertIn("REFUSED", self.kdig("example.com", "AXFR"))
        self.allow([{"prefix": "127.0.0.0/8"}])
        self.assertEqual(records(transferred(self.scene.port)), records(transferred(self.scene.port, key=True)))

    def test_policies_are_transferred_by_first_choice_or_not_at_all(self):
        zone = json.loads(self.scene.signpost("export", "example.com", "-o", "json"))
        zone["zones"][0]["record_sets"] += [
            {"name": "api", "type": "A", "ttl": 60, "records": ["192.0.2.30"], "set_identifier": "one",
             "weighted": {"weight": 3}},
            {"name": "api", "type": "A", "ttl": 60, "records": ["192.0.2.10"], "set_identifier": "two",
             "weighted": {"weight": 1}}]
        path = self.scene.folder / "policies.json"
        path.write_text(json.dumps(zone))
        self.scene.signpost("apply", "-f", path, "--adopt")
        self.assertIn("REFUSED", self.kdig("example.com", "AXFR"))
        await_true(lambda: "api.example.com. A is answered by a policy" in self.scene.log(), "the reason in the log")
        self.allow([{"key": KEY}], policy_records="first_choice")
        self.assertRegex(self.kdig("example.com", "AXFR"), r"api\.example\.com\.\s+60\s+IN\s+A\s+192\.0\.2\.30\b")

    def test_secrets_are_shown_nowhere(self):
        shown = self.scene.signpost("export") + self.scene.signpost("history", "-o", "json") + self.scene.log()
        self.assertIn(KEY, shown)
        self.assertNotIn(SECRET[:20], shown)


if __name__ == "__main__":
    unittest.main()
