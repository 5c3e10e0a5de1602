#!/usr/bin/python3
"""update_test.py BUILD: nsupdate and knsupdate change zones, as external-dns and cert-manager do."""
import json
import subprocess
import sys
import unittest

import dns.message
import dns.query

from servers import Scene
from zones import OTHER, SECRET, keep_secret

BUILD = sys.argv.pop(1)
KEY = "update.example"
ZONE = """$ORIGIN example.com.
$TTL 300
@ SOA ns1 hostmaster 1 7200 900 1209600 300
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.1
"""


class Updates(unittest.TestCase):
    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.scene.start_daemon("--secrets", keep_secret(self.scene.folder, KEY))
        zone_file = self.scene.folder / "example.com.zone"
        zone_file.write_text(ZONE)
        self.scene.apply({"tsig_keys": [{"name": KEY}], "zone_access": [{"update": [{"key": KEY}]}]})
        self.scene.signpost("zone", "import", zone_file)

    def run_tool(self, tool: str, commands: str, *flags, secret: str = SECRET) -> subprocess.CompletedProcess:
        script = f"server 127.0.0.1 {self.scene.port}\nzone example.com\n{commands}\nsend\n"
        return subprocess.run([tool, "-y", f"hmac-sha256:{KEY}:{secret}", *flags], input=script, capture_output=True,
                              text=True, timeout=60)

    def answers(self, name: str, rdtype: str) -> set:
        reply = dns.query.udp(dns.message.make_query(name, rdtype), "127.0.0.1", port=self.scene.port, timeout=5)
        return {str(data) for rrset in reply.answer for data in rrset}

    def test_each_tool_adds_changes_and_removes_records(self):
        for tool, flags in (("nsupdate", ()), ("nsupdate", ("-v",)), ("knsupdate", ())):
            done = self.run_tool(tool, 'update add new.example.com 60 A 192.0.2.9\n'
                                       'update add _acme-challenge.example.com 60 TXT "token"', *flags)
            self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
            self.assertEqual(self.answers("new.example.com", "A"), {"192.0.2.9"})
            self.assertEqual(self.answers("_acme-challenge.example.com", "TXT"), {'"token"'})
            done = self.run_tool(tool, "update delete new.example.com A 192.0.2.9\n"
                                       "update delete _acme-challenge.example.com", *flags)
            self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
            self.assertEqual(self.answers("new.example.com", "A"), set())

    def test_an_update_is_one_row_of_the_history_and_can_be_undone(self):
        self.run_tool("nsupdate", "update add one.example.com 60 A 192.0.2.9\nupdate add two.example.com 60 A 192.0.2.9")
        newest = json.loads(self.scene.signpost("history", "-o", "json"))["items"][0]
        self.assertEqual((newest["author"], newest["comment"]), (f"key {KEY}.", "dynamic update"))
        self.assertEqual(newest["summary"]["added"], 2)
        self.scene.signpost("rollback", str(int(newest["generation"]) - 1))
        self.assertEqual(self.answers("one.example.com", "A"), set())

    def test_a_prerequisite_that_is_not_met_changes_nothing(self):
        done = self.run_tool("nsupdate", "prereq nxdomain www.example.com\nupdate add www.example.com 60 A 192.0.2.9")
        self.assertIn("YXDOMAIN", done.stderr)
        self.assertEqual(self.answers("www.example.com", "A"), {"192.0.2.1"})
        done = self.run_tool("nsupdate", "prereq yxrrset www.example.com A 192.0.2.1\n"
                                         "update add www.example.com 60 A 192.0.2.9")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.answers("www.example.com", "A"), {"192.0.2.1", "192.0.2.9"})

    def test_a_wrong_secret_changes_nothing(self):
        done = self.run_tool("nsupdate", "update add new.example.com 60 A 192.0.2.9", secret=OTHER)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(self.answers("new.example.com", "A"), set())


if __name__ == "__main__":
    unittest.main()
