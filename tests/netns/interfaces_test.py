#!/usr/bin/python3
"""interfaces_test.py BUILD: several interfaces; one that flaps, changes, goes and comes back."""
import json
import sys
import time
import unittest

import dns.message

from lab import EXAMPLE, Lab, await_that, command

BUILD = sys.argv.pop(1)


class Interfaces(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("tifs", BUILD))

    def link(self) -> dict:
        (found,) = json.loads(command("ip", "-n", self.lab.server_ns, "-j", "link", "show", "dev", self.lab.server_if))
        return found

    def interfaces(self) -> dict:
        """Mode by name."""
        return {each["name"]: each["mode"] for each in self.lab.status()["fast_path"]["interfaces"]}

    def ask(self, server: str = "10.53.0.2") -> dns.message.Message:
        return dns.message.from_wire(self.lab.octets(dns.message.make_query("www.example.com", "A").to_wire(), server))

    def test_a_link_that_flaps_keeps_the_program(self):
        program = self.lab.xdp_program()
        for _ in range(50):
            for state in ("down", "up"):
                command("ip", "-n", self.lab.server_ns, "link", "set", self.lab.server_if, state)
        await_that(lambda: self.link()["operstate"] == "UP", "the link", 10)
        await_that(self.lab.answers_fast, "a fast answer", 10)
        self.assertEqual(self.lab.xdp_program(), program)

    def test_other_mtus_keep_the_program(self):
        program = self.lab.xdp_program()
        for octets in (1400, 3000, 9000):  # Beyond 3,500 a veth with a program at its far end refuses.
            self.lab.attempt("server", "ip", "link", "set", self.lab.server_if, "mtu", octets)
            await_that(self.lab.answers_fast, "a fast answer", 10)
        self.assertEqual(self.link()["mtu"], 3000)
        self.assertEqual(self.lab.xdp_program(), program)

    def test_a_renamed_interface_is_answered_at_and_known_again_under_its_name(self):
        program = self.lab.pinned_link_id()
        self.rename(self.lab.server_if, "tifs-other")
        await_that(lambda: self.interfaces()[self.lab.server_if] == "USERSPACE", "the daemon to notice", 10)
        await_that(self.lab.answers_fast, "a fast answer", 10)
        self.rename("tifs-other", self.lab.server_if)
        await_that(lambda: self.interfaces()[self.lab.server_if] == "NATIVE", "the daemon to notice", 10)
        await_that(self.lab.answers_fast, "a fast answer", 10)
        self.assertEqual(self.lab.pinned_link_id(), program)

    def rename(self, name: str, other: str) -> None:
        for words in (("down",), ("name", other)):
            command("ip", "-n", self.lab.server_ns, "link", "set", name, *words)
        command("ip", "-n", self.lab.server_ns, "link", "set", other, "up")

    def readiness(self) -> str:
        return self.lab.lab("server", "curl", "-s", "-w", " %{http_code}", "http://127.0.0.1:9153/health")

    def test_an_interface_that_goes_and_comes_back_has_the_program_within_a_second(self):
        self.lab.remove_link()
        await_that(lambda: self.interfaces()[self.lab.server_if] == "USERSPACE", "the daemon to notice", 10)
        self.assertIn("is not there; the XDP program will be attached when it is", self.lab.daemon_log())
        self.assertIn("is not there", self.readiness())
        self.assertTrue(self.readiness().endswith(" 503"))
        self.lab.lay_link()
        back = time.monotonic()
        await_that(lambda: self.lab.xdp_program() is not None, "the program", 10)
        self.assertLess(time.monotonic() - back, 1)
        await_that(self.lab.answers_fast, "a fast answer", 10)
        self.assertEqual(self.interfaces(), {self.lab.server_if: "NATIVE"})
        self.assertTrue(self.readiness().endswith(" 200"))

    def with_second(self) -> None:
        """Starts the daemon anew with a second interface, tifs-two, at 10.54.0.2."""
        self.lab.lab("daemon", "stop")
        self.lab.lay_link("tifs-two", "tifs-cli2", "10.54")
        words = self.lab.daemon_command()
        words[1:1] = ["--interface", "tifs-two", "--listen", "10.54.0.2"]
        self.lab.write_daemon_command(words)
        self.lab.lab("daemon", "start")

    def test_several_interfaces_answer_each_by_its_own_guard(self):
        self.with_second()
        self.assertEqual(self.interfaces(), {"tifs-two": "NATIVE", self.lab.server_if: "NATIVE"})
        for server in ("10.53.0.2", "10.54.0.2"):
            self.assertTrue(self.lab.answers_fast(server))
        guards = self.lab.run_dir / "guards.yaml"
        guards.write_text("guards: [{interface: tifs-two, amplification_limit: {ratio: 1, enforce: true}}]\n")
        self.lab.signpost("apply", "-f", EXAMPLE, "-f", guards)
        self.assertFalse(self.ask("10.54.0.2").answer)
        self.assertTrue(self.ask("10.53.0.2").answer)
        self.lab.lab("server", "signpost", "detach", "tifs-two")
        await_that(lambda: self.interfaces()["tifs-two"] == "USERSPACE", "the daemon to notice", 10)
        self.assertTrue(self.ask("10.54.0.2").answer)
        self.assertTrue(self.lab.answers_fast("10.53.0.2"))
        self.lab.lab("daemon", "stop")
        links = json.loads(command("ip", "-n", self.lab.server_ns, "-d", "-j", "link", "show"))
        self.assertFalse([link for link in links if "xdp" in link])


if __name__ == "__main__":
    unittest.main()
