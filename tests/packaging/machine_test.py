#!/usr/bin/python3
"""machine_test.py BUILD: the packages on a clean Debian 12, from the first installation until they are purged."""
import contextlib
import json
import pathlib
import re
import shutil
import socket
import sys
import threading
import unittest

import dns.message

from machine import Machine, command, repacked, root_archive

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "netns"))
from lab import await_that, inside  # noqa: E402

BUILD = pathlib.Path(sys.argv.pop(1)).resolve()
PACKAGES = sorted((BUILD / "packages").glob("*.deb"))
CLIENT_NS = "tpackages-client"
SERVER, CLIENT = "10.54.0.2", "10.54.0.1"
# What vagrant/provision-client.sh installs.
CLIENT_TOOLS = ["bind9-dnsutils", "dnsperf"]
CONFIGURATION = f"""
interface = ["eth0"]
listen = ["{SERVER}", "127.0.0.1"]
health-commands = "/etc/signpost/health"
"""
ZONES = """
zones:
  - name: example.com
    name_servers: [ns1.example.net]
    record_sets: [{name: www, type: A, ttl: 60, records: [192.0.2.7]}]
"""
COMMAND_CHECK = """
health_checks: [{id: who, command: {command: [capabilities], timeout_seconds: 5}, request_interval: 1}]
"""
WHO_AM_I = """#!/bin/sh
exec grep ^CapEff: /proc/self/status >/run/signpost/capabilities
"""
# Bits of capabilities(7).
NET_BIND_SERVICE, NET_ADMIN, PERFMON, BPF = (1 << bit for bit in (10, 12, 38, 39))


def dependencies() -> list:
    """What the packages depend on, other than each other."""
    listed = ", ".join(command("dpkg-deb", "--field", package, "Depends") for package in PACKAGES)
    names = {re.split(r"[ (|]", each.strip())[0] for each in listed.split(",")}
    return sorted(names - {""} - {command("dpkg-deb", "--field", package, "Package").strip() for package in PACKAGES})


def ask(client: socket.socket, name: str = "www.example.com") -> list:
    """The addresses that the server answers."""
    client.send(dns.message.make_query(name, "A").to_wire())
    reply = dns.message.from_wire(client.recv(4096))
    return [item.address for rrset in reply.answer for item in rrset]


class Questions(threading.Thread):
    """Asks without a pause while it is used as a context; counts the questions, and those without the right answer."""

    def __init__(self):
        super().__init__()
        self.asked = self.lost = 0
        self._enough = threading.Event()

    def run(self):
        with client_socket() as client:
            while not self._enough.is_set():
                self.asked += 1
                try:
                    self.lost += ask(client) != ["192.0.2.7"]
                except TimeoutError:
                    self.lost += 1

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self._enough.set()
        self.join()


@contextlib.contextmanager
def client_socket():
    with inside(CLIENT_NS):
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with client:
        client.settimeout(2)
        client.connect((SERVER, 53))
        yield client


class Packages(unittest.TestCase):
    """Each test starts from a machine on which the packages are installed and configured."""

    @classmethod
    def setUpClass(cls):
        archive = root_archive(BUILD / "tests" / "packaging", dependencies() + CLIENT_TOOLS)
        cls.machine = cls.enterClassContext(Machine(archive))
        for package in PACKAGES:
            shutil.copy(package, cls.machine.path("/root"))
        cls.lay_network()

    @classmethod
    def lay_network(cls):
        command("ip", "netns", "add", CLIENT_NS)
        cls.addClassCleanup(command, "ip", "netns", "del", CLIENT_NS)
        command("ip", "link", "add", "eth0", "netns", cls.machine.init, "type", "veth",
                "peer", "name", "eth0", "netns", CLIENT_NS)
        command("ip", "-n", CLIENT_NS, "address", "add", f"{CLIENT}/24", "dev", "eth0")
        command("ip", "-n", CLIENT_NS, "link", "set", "eth0", "up")
        # Without a program at its end a veth does not take what the other end's program sends.
        command("ip", "-n", CLIENT_NS, "link", "set", "dev", "eth0", "xdp", "obj", BUILD / "bpf" / "pass.bpf.o",
                "sec", "xdp")
        cls.machine.run("ip", "address", "add", f"{SERVER}/24", "dev", "eth0")
        cls.machine.run("ip", "link", "set", "eth0", "up")

    def setUp(self):
        if not self.exists("/usr/sbin/signpostd"):
            self.install(PACKAGES)
        self.machine.path("/etc/signpost/signpostd.toml").write_text(CONFIGURATION)
        self.machine.run("systemctl", "restart", "signpostd")
        self.apply(ZONES)

    def install(self, packages: list):
        self.machine.run("apt-get", "--quiet", "--yes", "install", *(f"/root/{package.name}" for package in packages))

    def purge(self):
        self.machine.run("dpkg", "--purge", "signpostd", "signpost", "signpost-doc")

    def apply(self, configuration: str):
        self.machine.path("/root/zones.yaml").write_text(configuration)
        self.machine.run("signpost", "apply", "--prune", "-f", "/root/zones.yaml")

    def property(self, name: str) -> str:
        return self.machine.run("systemctl", "show", "--value", "--property", name, "signpostd").strip()

    def answers(self) -> list:
        with client_socket() as client:
            return ask(client)

    def link(self) -> str:
        """What tells the pinned link, which holds the program at the interface, from one that was made anew."""
        pinned = self.machine.run("find", "/sys/fs/bpf/signpost/links", "-type", "f", "-printf", "%f %i")
        self.assertNotEqual(pinned, "")
        return pinned

    def xdp_program(self):
        (link,) = json.loads(self.machine.run("ip", "-d", "-j", "link", "show", "dev", "eth0"))
        return link.get("xdp", {}).get("prog", {}).get("id")

    def exists(self, path: str) -> bool:
        return self.machine.attempt("test", "-e", path).returncode == 0

    def test_an_unconfigured_daemon_runs_on_loopback_alone_from_its_installation_on(self):
        self.purge()
        self.install(PACKAGES)
        self.assertEqual(self.machine.run("systemctl", "is-enabled", "signpostd").strip(), "enabled")
        status = json.loads(self.machine.run("signpost", "status", "-o", "json"))
        self.assertEqual(status["listen"], ["127.0.0.1:53"])

    def test_it_answers_at_the_interface_with_the_four_capabilities_of_its_unit(self):
        self.assertEqual(self.answers(), ["192.0.2.7"])
        status = json.loads(self.machine.run("signpost", "status", "-o", "json"))
        answered = {each["reason"]: int(each.get("packets", 0)) for each in status["fast_path"]["reasons"]}
        self.assertGreater(answered["answered"], 0)
        own = self.machine.run("cat", f"/proc/{self.property('MainPID')}/status")
        for kind in ("CapPrm", "CapEff", "CapBnd"):
            (mask,) = re.findall(rf"^{kind}:\s+(\S+)$", own, re.MULTILINE)
            self.assertEqual(int(mask, 16), NET_BIND_SERVICE | NET_ADMIN | PERFMON | BPF, kind)

    def test_the_commands_of_health_checks_have_no_capability(self):
        script = self.machine.path("/etc/signpost/health/capabilities")
        script.parent.mkdir()
        self.addCleanup(shutil.rmtree, script.parent)
        script.write_text(WHO_AM_I)
        script.chmod(0o755)
        self.apply(ZONES + COMMAND_CHECK)
        await_that(lambda: self.exists("/run/signpost/capabilities"), "the check to run its command", 20)
        await_that(lambda: self.machine.run("cat", "/run/signpost/capabilities"), "it to write", 20)
        self.assertEqual(int(self.machine.run("cat", "/run/signpost/capabilities").split()[1], 16), 0)

    def test_a_reload_keeps_the_daemon(self):
        before = self.property("MainPID")
        self.machine.run("systemctl", "reload", "signpostd")
        self.assertEqual(self.property("MainPID"), before)
        self.assertEqual(self.answers(), ["192.0.2.7"])

    def test_a_stop_takes_the_program_off(self):
        self.machine.run("systemctl", "stop", "signpostd")
        self.assertIsNone(self.xdp_program())

    def test_the_watchdog_restarts_a_daemon_that_hangs(self):
        drop_in = self.machine.path("/etc/systemd/system/signpostd.service.d/soon.conf")
        drop_in.parent.mkdir()
        self.addCleanup(self.machine.run, "systemctl", "daemon-reload")
        self.addCleanup(shutil.rmtree, drop_in.parent)
        drop_in.write_text("[Service]\nWatchdogSec=2s\n")
        self.machine.run("systemctl", "daemon-reload")
        self.machine.run("systemctl", "restart", "signpostd")
        hung = self.property("MainPID")
        link = self.link()
        self.machine.run("kill", "-STOP", hung)
        self.assertEqual(self.answers(), ["192.0.2.7"])
        await_that(lambda: self.property("NRestarts") != "0" and self.property("ActiveState") == "active",
                   "systemd to restart the daemon", 60)
        self.assertNotEqual(self.property("MainPID"), hung)
        self.assertIn("watchdog", self.machine.run("journalctl", "--unit", "signpostd", "--output", "cat").lower())
        self.assertEqual(self.link(), link)

    def test_an_upgrade_loses_no_query_that_the_fast_path_answers_and_keeps_what_was_configured(self):
        version = command("dpkg-deb", "--field", PACKAGES[0], "Version").strip()
        upgrades = [repacked(package, f"{version}+upgrade", self.machine.path("/root")) for package in PACKAGES]
        self.addCleanup(self.purge)
        before, link = self.property("MainPID"), self.link()
        with Questions() as questions:
            self.install(upgrades)
        self.assertGreater(questions.asked, 100)
        self.assertEqual(questions.lost, 0)
        self.assertNotEqual(self.property("MainPID"), before)
        self.assertEqual(self.link(), link)
        self.assertEqual(self.machine.path("/etc/signpost/signpostd.toml").read_text(), CONFIGURATION)
        self.assertIn("www", self.machine.run("signpost", "get", "records", "example.com"))

    def test_a_removal_takes_the_program_off_and_keeps_the_state_for_the_next_installation(self):
        self.machine.run("apt-get", "--quiet", "--yes", "remove", "signpostd")
        self.assertIsNone(self.xdp_program())
        self.assertFalse(self.exists("/sys/fs/bpf/signpost"))
        self.assertFalse(self.exists("/usr/sbin/signpostd"))
        self.assertTrue(self.exists("/var/lib/signpost/state.db"))
        self.install(PACKAGES)
        self.assertEqual(self.answers(), ["192.0.2.7"])

    def test_the_provisioning_scripts_make_a_server_and_a_client(self):
        self.purge()
        self.addCleanup(self.purge)  # of a configuration that the others do not expect
        self.machine.path("/packages").mkdir()
        for package in PACKAGES:
            shutil.copy(package, self.machine.path("/packages"))
        for script in ("provision-server.sh", "provision-client.sh"):
            shutil.copy(ROOT / "vagrant" / script, self.machine.path("/root"))
        told = self.machine.run("/root/provision-server.sh", "/packages", SERVER)
        self.assertIn(f"listens on        {SERVER}:53", told)
        self.assertIsNotNone(self.xdp_program())
        addresses = sorted(self.answers())
        self.assertEqual(len(addresses), 2)
        asked = self.machine.run("/root/provision-client.sh", SERVER).splitlines()
        self.assertEqual(sorted(asked[-3:-1]), addresses)
        measured = self.machine.run("bash", "-c", asked[-1].removeprefix("try: ").replace("-l 10", "-l 1"))
        self.assertRegex(measured, r"Queries lost: +0 ")
        self.assertRegex(measured, r"Response codes: +NOERROR \d+ .*, NXDOMAIN \d+ ")

    def test_a_purge_leaves_nothing_but_what_the_administrator_made(self):
        secret = self.machine.path("/etc/signpost/secrets/pager")
        secret.parent.mkdir()
        self.addCleanup(shutil.rmtree, secret.parent.parent)
        secret.write_text("key")
        self.machine.run("apt-get", "--quiet", "--yes", "purge", "signpostd")
        for path in ("/var/lib/signpost", "/var/log/signpost", "/etc/signpost/signpostd.toml", "/run/signpost",
                     "/lib/systemd/system/signpostd.service",
                     "/etc/systemd/system/multi-user.target.wants/signpostd.service"):
            self.assertFalse(self.exists(path), path)
        self.assertTrue(self.exists("/etc/signpost/secrets/pager"))
        self.assertEqual(self.machine.run("systemctl", "--failed", "--plain", "--no-legend").strip(), "")


unittest.main()
