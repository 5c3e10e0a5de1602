#!/usr/bin/python3
"""zonemaster_test.py BUILD: what registries ask of a zone and its servers before they delegate to it. Zonemaster tests the zone
undelegated: it is told the servers in place of asking the parent. Exit code 77 if zonemaster-cli is not installed."""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from lab import SERVER4, SERVER6, Lab, command

BUILD = sys.argv.pop(1)
ZONE = "ex.test"
# Zonemaster wants two servers, each with an address of both families.
SERVERS = {"ns1": (SERVER4, SERVER6), "ns2": ("10.53.0.3", "fd53::3")}
MASTER_FILE = """$ORIGIN ex.test.
$TTL 3600
@   SOA ns1 hostmaster 2026010101 14400 3600 1209600 3600
    NS  ns1
    NS  ns2
    MX  10 mail
    A   192.0.2.1
    TXT "v=spf1 -all"
""" + "".join(f"{name} A {v4}\n{name} AAAA {v6}\n" for name, (v4, v6) in SERVERS.items()) + "mail A 192.0.2.25\n"
# What it is right about: the lab's addresses are private and have no names, and nothing is signed.
EXPECTED = {"NAMESERVER_IP_PRIVATE_NETWORK", "NO_RESPONSE_PTR_QUERY", "NEITHER_DNSKEY_NOR_DS", "NOT_SIGNED"}
# What it says of servers that pass; that it says so tells that it has asked.
PASSED = {"ARE_AUTHORITATIVE", "CASE_QUERIES_RESULTS_OK", "EDNS0_SUPPORT", "NO_RECURSOR", "NO_UPWARD_REFERRAL", "ONE_NS_SET",
          "ONE_SOA", "QNAME_CASE_SENSITIVE", "REFERRAL_SIZE_OK", "SAME_SOURCE_IP"}


class Zonemaster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = cls.enterClassContext(Lab("tzonem", BUILD, apply=False))
        listen = []
        for address in SERVERS["ns2"]:
            prefix, nodad = ("64", ["nodad"]) if ":" in address else ("16", [])
            command("ip", "-n", cls.lab.server_ns, "address", "add", f"{address}/{prefix}", "dev", cls.lab.server_if, *nodad)
            listen += ["--listen", address]
        cls.lab.write_daemon_command([*cls.lab.daemon_command(), *listen])
        cls.lab.lab("daemon", "stop")
        cls.lab.lab("daemon", "start")
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, ZONE)
            file.write_text(MASTER_FILE, encoding="ascii")
            cls.lab.signpost("zone", "import", file)

    def findings(self) -> list:
        servers = [word for name, addresses in SERVERS.items() for address in addresses
                   for word in ("--ns", f"{name}.{ZONE}/{address}")]
        return json.loads(self.lab.lab("client", "zonemaster-cli", ZONE, *servers, "--level", "INFO", "--json"))

    def test_it_finds_nothing_wrong(self):
        before = self.lab.fast_answers()
        findings = self.findings()
        wrong = [found for found in findings if found["level"] != "INFO" and found["tag"] not in EXPECTED]
        self.assertEqual(wrong, [])
        self.assertLessEqual(PASSED, {found["tag"] for found in findings})
        self.assertGreater(self.lab.fast_answers(), before)


if not shutil.which("zonemaster-cli"):
    print("zonemaster: not run, zonemaster-cli is not installed")
    sys.exit(77)
unittest.main()
