#!/usr/bin/python3
"""tls_test.py BUILD: DNS over TLS to kdig and Python's TLS, zones over TLS to kdig and NSD, and certificates that are renewed."""
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import unittest

import nsd
from servers import Scene, await_true, free_port
from zones import KEY, SECRET, ZONE, keep_secret, records, serial, transferred

BUILD = sys.argv.pop(1)
NAME = "ns1.example.com"


class DnsOverTls(unittest.TestCase):
    def setUp(self):
        self.scene = self.enterContext(Scene(BUILD))
        self.certificate, self.key = self.scene.certificate(NAME, 30)
        self.tls_port, self.nsd_port = free_port(), free_port()
        secrets = keep_secret(self.scene.folder)
        self.daemon = self.scene.start_daemon("--secrets", secrets, "--tls-cert", self.certificate, "--tls-key", self.key,
                                              "--tls-port", self.tls_port)
        zone_file = self.scene.folder / "example.com.zone"
        zone_file.write_text(ZONE)
        self.scene.signpost("zone", "import", zone_file)

    def kdig(self, *arguments, authority=None) -> str:
        """What kdig says over TLS; it asks nothing of a server whose certificate it does not accept."""
        command = ["kdig", "@127.0.0.1", "-p", self.tls_port, f"+tls-ca={authority or self.certificate}",
                   f"+tls-hostname={NAME}", "+retry=0", *arguments]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
        return done.stdout + done.stderr

    def allow(self, rule: dict):
        target = {"address": f"127.0.0.1:{self.nsd_port}", "key": KEY}
        self.scene.apply({"tsig_keys": [{"name": KEY}],
                          "zone_access": [{"zone": "example.com", "transfer": [rule], "notify": [target]}]})

    def shown(self) -> str:
        """The certificate that the server shows, in PEM."""
        return ssl.get_server_certificate(("127.0.0.1", self.tls_port))

    def renew(self) -> str:
        """Puts another certificate in the place of the first; returns the file of the first."""
        former = shutil.copy(self.certificate, self.scene.folder / "former.pem")
        self.scene.certificate(NAME, 60)
        return former

    def test_kdig_accepts_the_certificate_and_gets_a_padded_reply(self):
        said = self.kdig("www.example.com", "A")
        self.assertIn(";; TLS session (TLS1.3)", said)
        self.assertRegex(said, r"www\.example\.com\.\s+300\s+IN\s+A\s+192\.0\.2\.1\b")
        self.assertIn("Received 468 B", said)

    def test_queries_go_over_one_connection_in_order(self):
        said = self.kdig("+keepopen", "www.example.com", "A", "mail.example.com", "A", "none.example.com", "A")
        self.assertEqual([line.split("status: ")[1].split(";")[0] for line in said.splitlines() if "status: " in line],
                         ["NOERROR", "NOERROR", "NXDOMAIN"])
        self.assertRegex(self.scene.signpost("status"), r"3 by TLS")

    def test_a_silent_client_does_not_hold_up_others(self):
        with socket.create_connection(("127.0.0.1", self.tls_port)):
            self.assertIn("NOERROR", self.kdig("www.example.com", "A"))

    def test_a_renewed_certificate_is_shown_after_a_reload(self):
        former = self.renew()
        self.daemon.send_signal(signal.SIGHUP)
        await_true(lambda: self.shown() == self.certificate.read_text(), "the new certificate")
        self.assertIn("NOERROR", self.kdig("www.example.com", "A"))
        self.assertNotIn("NOERROR", self.kdig("www.example.com", "A", authority=former))

    def test_a_certificate_that_is_of_no_use_leaves_the_one_before(self):
        before = self.shown()
        self.certificate.write_text("no certificate\n")
        self.daemon.send_signal(signal.SIGHUP)
        await_true(lambda: "DNS over TLS goes on with the certificate before" in self.scene.log(), "the reason in the log")
        self.assertEqual(self.shown(), before)

    def test_a_zone_goes_out_over_tls_alone_if_its_rule_says_so(self):
        self.allow({"key": KEY, "tls": True})
        signed = ["-y", f"hmac-sha256:{KEY}:{SECRET}", "example.com", "AXFR"]
        refused = subprocess.run(["kdig", "@127.0.0.1", "-p", str(self.scene.port), "+edns", *signed],
                                 capture_output=True, text=True, timeout=60)
        over_tcp = refused.stdout + refused.stderr
        self.assertIn("REFUSED", over_tcp)
        self.assertNotIn("192.0.2.25", over_tcp)
        over_tls = self.kdig(*signed)
        self.assertRegex(over_tls, r"mail\.example\.com\.\s+300\s+IN\s+A\s+192\.0\.2\.25\b")

    def test_nsd_takes_the_zone_and_each_change_of_it_over_tls(self):
        self.allow({"prefix": "127.0.0.0/8"})
        expected = records(transferred(self.scene.port))
        self.allow({"key": KEY, "tls": True})
        authority = f'tls-auth:\n  name: "primary"\n  auth-domain-name: "{NAME}"\n'
        nsd.start(self.scene, self.nsd_port, authority + nsd.copied_from(f"127.0.0.1@{self.tls_port} {KEY} primary"),
                  f'tls-cert-bundle: "{self.certificate}"')
        await_true(lambda: serial(self.nsd_port) == 1, "the first transfer")
        self.assertEqual(records(transferred(self.nsd_port)), expected)
        self.scene.signpost("record", "set", "example.com", "new", "TXT", "300", '"here"')
        await_true(lambda: serial(self.nsd_port) == 2, "the change")
        self.assertEqual(records(transferred(self.nsd_port)) - expected,
                         {'example.com. 300 SOA ns1.example.com. hostmaster.example.com. 2 7200 900 1209600 300',
                          'new.example.com. 300 TXT "here"'})
        self.assertIn("incremental=true", self.scene.log())


if __name__ == "__main__":
    unittest.main()
