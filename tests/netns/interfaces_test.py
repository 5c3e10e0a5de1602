#!/usr/bin/python3
"""interfaces_test.py BUILD: several interfaces; one that flaps, changes, goes and comes back."""
import json
import pathlib
import sys
import time
import unittest

import dns.message

from lab import EXAMPLE, Lab, await_that, command

BUILD = sys.argv.pop(1)
PASS = pathlib.Path(BUILD, "bpf", "pass.bpf.o")


class Interfaces(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tifs", BUILD))
        self.client_if = "tifs-cli"

    def lay(self, server_if: str, client_if: str, net: str) -> None:
        """A link between the namespaces, with addresses NET.0.2 and NET.0.1."""
        command("ip", "link", "add", server_if, "netns", self.lab.server_ns, "type", "veth", "peer", "name", client_if,
                "netns", self.lab.client_ns)
        for namespace, interface, host in ((self.lab.server_ns, server_if, 2), (self.lab.client_ns, client_if, 1)):
            command("ip", "-n", namespace, "address", "add", f"{net}.0.{host}/16", "dev", interface)
            command("ip", "-n", namespace, "link", "set", interface, "up")
        command("ip", "-n", self.lab.client_ns, "link", "set", "dev", client_if, "xdp", "obj", PASS, "sec", "xdp")

    def link(self) -> dict:
        (found,) = json.loads(command("ip", "-n", self.lab.server_ns, "-j", "link", "show", "dev", self.lab.server_if))
        return found

    def interfaces(self) -> dict:
        """Mode by name."""
        return {each["name"]: each["mode"] for each in self.lab.status()["fast_path"]["interfaces"]}

    def ask(self, server: str = "10.53.0.2") -> dns.message.Message:
        return dns.message.from_wire(self.lab.octets(dns.message.make_query("www.example.com", "A").to_wire(), server))

    def answers_fast(self, server: str = "10.53.0.2") -> bool:
        before = self.lab.fast_answers()
        return bool(self.ask(server).answer) and self.lab.fast_answers() == before + 1

    def test_a_link_that_flaps_keeps_the_program(self):
        program = self.lab.xdp_program()
        for _ in range(50):
            for state in ("down", "up"):
                command("ip", "-n", self.lab.server_ns, "link", "set", self.lab.server_if, state)
        await_that(lambda: self.link()["operstate"] == "UP", "the link", 10)
        command("ip", "-n", self.lab.server_ns, "link", "set", self.lab.server_if, "mtu", "1400")
        await_that(self.answers_fast, "a fast answer", 10)
        self.assertEqual(self.lab.xdp_program(), program)

    def test_an_interface_that_goes_and_comes_back_has_the_program_within_a_second(self):
        command("ip", "-n", self.lab.server_ns, "link", "del", self.lab.server_if)
        await_that(lambda: self.interfaces()[self.lab.server_if] == "USERSPACE", "the daemon to notice", 10)
        self.assertIn("is gone; the XDP program will be attached when it is back", self.lab.daemon_log())
        self.lay(self.lab.server_if, self.client_if, "10.53")
        back = time.monotonic()
        await_that(lambda: self.lab.xdp_program() is not None, "the program", 10)
        self.assertLess(time.monotonic() - back, 1)
        await_that(self.answers_fast, "a fast answer", 10)
        self.assertEqual(self.interfaces(), {self.lab.server_if: "NATIVE"})

    def with_second(self) -> None:
        """Starts the daemon anew with a second interface, tifs-two, at 10.54.0.2."""
        self.lab.lab("daemon", "stop")
        self.lay("tifs-two", "tifs-cli2", "10.54")
        words = self.lab.daemon_command()
        words[1:1] = ["--interface", "tifs-two", "--listen", "10.54.0.2"]
        self.lab.write_daemon_command(words)
        self.lab.lab("daemon", "start")

    def test_several_interfaces_answer_each_by_its_own_guard(self):
        self.with_second()
        self.assertEqual(self.interfaces(), {"tifs-two": "NATIVE", self.lab.server_if: "NATIVE"})
        for server in ("10.53.0.2", "10.54.0.2"):
            self.assertTrue(self.answers_fast(server))
        guards = self.lab.run_dir / "guards.yaml"
        guards.write_text("guards: [{interface: tifs-two, amplification_limit: {ratio: 1, enforce: true}}]\n")
        self.lab.signpost("apply", "-f", EXAMPLE, "-f", guards)
        self.assertFalse(self.ask("10.54.0.2").answer)
        self.assertTrue(self.ask("10.53.0.2").answer)
        self.lab.lab("server", "signpost", "detach", "tifs-two")
        await_that(lambda: self.interfaces()["tifs-two"] == "USERSPACE", "the daemon to notice", 10)
        self.assertTrue(self.ask("10.54.0.2").answer)
        self.assertTrue(self.answers_fast("10.53.0.2"))
        self.lab.lab("daemon", "stop")
        links = json.loads(command("ip", "-n", self.lab.server_ns, "-d", "-j", "link", "show"))
        self.assertFalse([link for link in links if "xdp" in link])


if __name__ == "__main__":
    unittest.main()
