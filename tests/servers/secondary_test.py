#!/usr/bin/python3
"""secondary_test.py BUILD: zones come from Knot and NSD as they are there, change by change, and go when the primary is gone."""
import json
import os
import shutil
import signal
import subprocess
import sys
import unittest

import dns.message
import dns.query
import dns.rcode
import dns.zone

import nsd
from servers import Scene, await_true, free_port
from zones import KEY, OTHER, SECRET, ZONE, keep_secret, records, serial, transferred

BUILD = sys.argv.pop(1)

CHANGED = ZONE.replace("hostmaster 1 ", "hostmaster 2 ").replace("www A 192.0.2.2", "www A 192.0.2.7").replace(
    "old 86400", "new 3600")
# Refresh, retry, expire: 2, 1 and 4 seconds.
SHORT = ZONE.replace("7200 900 1209600", "2 1 4")


def program(name: str) -> str:
    return shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")


def expected(zone: str) -> set:
    return records(dns.zone.from_text(zone, origin="example.com", relativize=False))


def rcode(port: int, name: str = "www.example.com") -> dns.rcode.Rcode:
    return dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", port=port, timeout=5).rcode()


class Knot:
    """A primary whose zone is a file."""

    def __init__(self, scene: Scene, zone: str):
        self.scene = scene
        self.port = free_port()
        self.folder = scene.folder / "knot"
        self.folder.mkdir()
        self.config = self.folder / "knot.conf"
        self.write(zone)
        self.config.write_text(f"""
server:
  listen: 127.0.0.1@{self.port}
  rundir: {self.folder}
  tcp-io-timeout: 0
log:
  - target: {self.folder}/knot.log
    any: info
database:
  storage: {self.folder}
key:
  - id: {KEY}
    algorithm: hmac-sha256
    secret: {SECRET}
remote:
  - id: secondary
    address: 127.0.0.1@{scene.port}
    key: {KEY}
acl:
  - id: asked
    key: {KEY}
    action: transfer
zone:
  - domain: example.com
    storage: {self.folder}
    file: zone
    zonefile-load: difference
    journal-content: changes
    notify: secondary
    acl: asked
""")

    def write(self, zone: str):
        (self.folder / "zone").write_text(zone)

    def start(self):
        self.process = self.scene.spawn(program("knotd"), "-c", self.config)
        await_true(lambda: serial(self.port), "the start of Knot")

    def change(self, zone: str):
        self.write(zone)
        subprocess.run([program("knotc"), "-c", self.config, "zone-reload", "example.com"], check=True, capture_output=True)

    def stop(self):
        self.scene.end(self.process)


class Nsd:
    """The same with NSD."""

    def __init__(self, scene: Scene, zone: str):
        self.scene = scene
        self.port = free_port()
        self.folder = scene.folder / "nsd"
        self.folder.mkdir()
        self.write(zone)

    def write(self, zone: str):
        (self.folder / "zone").write_text(zone)

    def start(self):
        self.process = nsd.start(self.scene, self.port, f"""
zone:
  name: "example.com"
  zonefile: "zone"
  notify: 127.0.0.1@{self.scene.port} {KEY}
  provide-xfr: 127.0.0.1 {KEY}
""")
        await_true(lambda: serial(self.port), "the start of NSD")

    def change(self, zone: str):
        self.write(zone)
        self.process.send_signal(signal.SIGHUP)


class Secondary(unittest.TestCase):
    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.secrets = keep_secret(self.scene.folder)
        self.scene.start_daemon("--secrets", self.secrets)

    def copy(self, *ports: int):
        primaries = [{"address": f"127.0.0.1:{port}", "key": KEY} for port in ports]
        self.scene.apply({"tsig_keys": [{"name": KEY}],
                          "zone_access": [{"transfer": [{"key": KEY}]}],
                          "secondary_zones": [{"name": "example.com", "primaries": primaries}]})

    def ours(self) -> set:
        return records(transferred(self.scene.port, key=True))

    def state(self) -> dict:
        return json.loads(self.scene.signpost("get", "secondary-zones", "-o", "json"))["items"][0]

    def await_serial(self, number: int):
        await_true(lambda: serial(self.scene.port) == number, f"serial {number}")

    def follow(self, primary):
        """Takes the zone, and its next state once the primary tells of it."""
        primary.start()
        self.copy(primary.port)
        self.await_serial(1)
        self.assertEqual(self.ours(), expected(ZONE))
        primary.change(CHANGED)
        self.await_serial(2)
        self.assertEqual(self.ours(), expected(CHANGED))
        self.assertEqual(rcode(self.scene.port), dns.rcode.NOERROR)

    def test_takes_the_zone_from_knot_and_each_change_of_it(self):
        self.follow(Knot(self.scene, ZONE))
        self.assertRegex(self.scene.log(), r"a zone was transferred .*kind=whole")
        self.assertRegex(self.scene.log(), r"a zone was transferred .*kind=incremental")
        history = self.scene.signpost("history")
        self.assertRegex(history, r"transfer from 127\.0\.0\.1 +serial 1, whole zone")
        self.assertRegex(history, r"transfer from 127\.0\.0\.1 +serial 2\n")

    def test_takes_the_zone_from_nsd_and_each_change_of_it(self):
        self.follow(Nsd(self.scene, ZONE))

    def test_a_restart_keeps_the_zone_and_what_is_known_of_it(self):
        knot = Knot(self.scene, ZONE)
        knot.start()
        self.copy(knot.port)
        self.await_serial(1)
        before = await_true(lambda: self.state().get("last_contact"), "the contact")
        knot.stop()
        self.scene.restart_daemon("--secrets", self.secrets)
        self.assertEqual(self.ours(), expected(ZONE))
        await_true(lambda: self.state().get("last_error"), "a failing refresh")
        self.assertEqual(self.state()["last_contact"], before)
        self.assertEqual(self.ours(), expected(ZONE))

    def test_a_zone_whose_primary_is_gone_expires_and_comes_back_with_it(self):
        knot = Knot(self.scene, SHORT)
        knot.start()
        self.copy(knot.port)
        self.await_serial(1)
        knot.stop()
        await_true(lambda: rcode(self.scene.port) == dns.rcode.SERVFAIL, "the expiry")
        self.assertEqual(rcode(self.scene.port, "no.example.com"), dns.rcode.SERVFAIL)
        self.assertIn("without records", self.scene.signpost("status"))
        self.scene.restart_daemon("--secrets", self.secrets)
        self.assertEqual(rcode(self.scene.port), dns.rcode.SERVFAIL)
        knot.start()
        self.await_serial(1)
        self.assertEqual(self.ours(), expected(SHORT))

    def test_a_primary_that_answers_keeps_the_zone_beyond_its_expiry(self):
        knot = Knot(self.scene, SHORT)
        knot.start()
        self.copy(knot.port)
        self.await_serial(1)
        seen = set()

        def contacts() -> int:
            seen.add(self.state().get("last_contact"))
            self.assertEqual(rcode(self.scene.port), dns.rcode.NOERROR)
            return len(seen) >= 4  # refreshes of 2 seconds each
        await_true(contacts, "four refreshes")

    def test_a_large_zone_comes_in_seconds(self):
        many = 100_000
        lines = "".join(f"n{i} A 192.0.2.{i % 250}\n" for i in range(many))
        knot = Knot(self.scene, ZONE + lines)
        knot.start()
        self.copy(knot.port)
        self.await_serial(1)
        self.assertEqual(rcode(self.scene.port, f"n{many - 1}.example.com"), dns.rcode.NOERROR)

    def test_the_next_primary_is_asked_if_one_is_gone(self):
        knot = Knot(self.scene, ZONE)
        knot.start()
        self.copy(free_port(), knot.port)
        self.await_serial(1)

    def test_a_key_with_another_secret_brings_nothing(self):
        (self.secrets / KEY).write_text(OTHER + "\n")
        self.scene.restart_daemon("--secrets", self.secrets)
        knot = Knot(self.scene, ZONE)
        knot.start()
        self.copy(knot.port)
        await_true(lambda: "TSIG key" in self.scene.signpost("get", "secondary-zones"), "the refusal")
        self.assertEqual(rcode(self.scene.port), dns.rcode.SERVFAIL)
        self.assertIn("SERVFAIL", self.scene.signpost("explain", "www.example.com", "A"))

    def test_it_is_changed_at_its_primary_alone(self):
        knot = Knot(self.scene, ZONE)
        knot.start()
        self.copy(knot.port)
        self.await_serial(1)
        refused = self.scene.attempt("record", "set", "example.com", "www", "A", "60", "192.0.2.7")
        self.assertIn("is copied from its primaries; change it there", refused.stderr)
        path = self.scene.folder / "zone.json"
        path.write_text(json.dumps({"zones": [{"name": "example.com", "name_servers": ["ns1.example.net"]}]}))
        refused = self.scene.attempt("apply", "-f", path)
        self.assertIn("is managed by its primaries", refused.stderr)
        # It may be taken over as it is.
        exported = json.loads(self.scene.signpost("export", "example.com", "-o", "json"))
        path.write_text(json.dumps({"zones": exported["zones"]}))
        self.scene.signpost("apply", "-f", path, "--adopt", "--prune")
        self.assertEqual(rcode(self.scene.port), dns.rcode.NOERROR)
        self.assertIn("no zones are copied", self.scene.signpost("get", "secondary-zones"))


if __name__ == "__main__":
    unittest.main()
