#!/usr/bin/python3
"""exhaustion_test.py BUILD: too few file descriptors cost TCP connections, too little memory costs a change, and nothing else."""
import contextlib
import os
import pathlib
import re
import resource
import select
import socket
import sys
import unittest

from lab import SERVER4, Lab, await_that, inside

BUILD = sys.argv.pop(1)
DESCRIPTORS = 256
TCP_ROOM = 64  # userspace/daemon/descriptor_limit.cc
CLIENTS = 5_000
TOO_MANY_RECORDS = 400_000


def gone(group: pathlib.Path) -> bool:
    """Removes a control group, unless a process that was killed is still ending in it."""
    with contextlib.suppress(OSError):
        group.rmdir()
    return not group.exists()


class Exhaustion(unittest.TestCase):
    def setUp(self):
        self.lab = self.enterContext(Lab("texhaust", BUILD))
        self.command = self.lab.daemon_command()

    def restart_within(self, *limit: str) -> None:
        self.lab.lab("daemon", "stop")
        self.lab.write_daemon_command([*limit, *self.command])
        self.lab.lab("daemon", "start")

    def flood_of_connections(self, stack: contextlib.ExitStack) -> list:
        """So many clients that have begun to connect and then say nothing."""
        resource.setrlimit(resource.RLIMIT_NOFILE, (2 * CLIENTS, 2 * CLIENTS))
        clients = []
        with inside(self.lab.client_ns):
            for _ in range(CLIENTS):
                client = stack.enter_context(socket.socket())
                client.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    client.connect((SERVER4, 53))
                clients.append(client)
        return clients

    def test_a_limit_that_is_too_low_is_told_in_one_sentence(self):
        self.lab.lab("daemon", "stop")
        result = self.lab.attempt("server", "prlimit", "--nofile=64", "--", *self.command)
        self.assertEqual(result.returncode, 1)
        (sentence,) = result.stderr.splitlines()
        self.assertRegex(sentence, "only 64 files may be open, and signpostd needs 256; raise LimitNOFILE=")

    def test_a_soft_limit_is_raised(self):
        self.restart_within("prlimit", "--nofile=64:4096", "--")
        self.assertEqual(resource.prlimit(self.lab.daemon_pid(), resource.RLIMIT_NOFILE), (4096, 4096))

    def test_a_flood_of_tcp_clients_closes_the_oldest_and_holds_up_neither_udp_nor_control(self):
        self.restart_within("prlimit", f"--nofile={DESCRIPTORS}", "--")
        with contextlib.ExitStack() as stack:
            clients = self.flood_of_connections(stack)
            await_that(lambda: select.select(clients[:1], [], [], 0)[0], "the oldest idle client to be closed", 10)
            self.assertEqual(clients[0].recv(1), b"")
            slow = self.lab.slow_queries()
            for _ in range(100):
                self.assertTrue(self.lab.udp("www.example.com", "ANY").answer)
            self.assertEqual(self.lab.slow_queries(), slow + 100)
            self.assertTrue(self.lab.tcp("www.example.com", "A").answer)
            self.assertLess(len(os.listdir(f"/proc/{self.lab.daemon_pid()}/fd")), DESCRIPTORS - TCP_ROOM)
        told = [line for line in self.lab.daemon_log().splitlines() if "too many connections" in line]
        self.assertTrue(told)
        self.assertEqual(len({line.split(".")[0] for line in told}), len(told))  # each in a second of its own

    def nodes(self) -> tuple:
        """In use, and capacity, as metrics tell them."""
        metrics = self.lab.lab("server", "curl", "-s", "http://127.0.0.1:9153/metrics")
        return tuple(int(re.search(rf'^signpost_map_{what}{{map="nodes"}} (\d+)$', metrics, re.MULTILINE).group(1))
                     for what in ("entries", "capacity"))

    def test_a_change_that_does_not_fit_into_the_maps_is_refused_before_anything_changes(self):
        self.lab.lab("daemon", "stop")
        self.lab.write_daemon_command([*self.command, "--max-nodes", "1024"])
        self.lab.lab("daemon", "start")
        generation, used = self.lab.status()["generation"], self.nodes()
        result = self.lab.attempt("client", "signpost", "zone", "import", self.lab.large_zone(2_000))
        self.assertEqual(result.returncode, 1)
        self.assertIn("--max-nodes", result.stderr)
        self.assertEqual((self.lab.status()["generation"], self.nodes()), (generation, used))
        self.assertTrue(self.lab.answers_fast())
        self.lab.signpost("zone", "import", self.lab.large_zone(900))
        entries, capacity = self.nodes()
        self.assertGreater(entries / capacity, 0.8)

    def memory_group(self, limit: int) -> pathlib.Path:
        """A control group with this limit of memory, in whichever version of cgroups(7) this host has."""
        unified = pathlib.Path("/sys/fs/cgroup")
        if (unified / "cgroup.controllers").exists():
            (unified / "cgroup.subtree_control").write_text("+memory")
            group, name = unified / self.lab.name, "memory.max"
        else:
            group, name = unified / "memory" / self.lab.name, "memory.limit_in_bytes"
        group.mkdir()
        self.addCleanup(await_that, lambda: gone(group), "the control group to be empty", 10)
        (group / name).write_text(str(limit))
        return group

    def test_a_change_that_has_no_room_in_memory_is_refused_and_the_daemon_serves_on(self):
        self.lab.lab("daemon", "stop")
        group = self.memory_group(512 << 20)
        self.addCleanup(self.lab.lab, "daemon", "kill")
        self.lab.write_daemon_command(["sh", "-c", f'echo $$ >{group}/cgroup.procs; exec "$@"', "sh", *self.command])
        self.lab.lab("daemon", "start")
        pid = self.lab.daemon_pid()
        result = self.lab.attempt("client", "signpost", "zone", "import", self.lab.large_zone(TOO_MANY_RECORDS))
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"the change takes \d+ MiB of memory or more, and signpostd has \d+ MiB for it")
        self.lab.signpost("zone", "import", self.lab.large_zone(1_000))
        self.assertEqual(self.lab.addresses("n999.large.example"), ["10.1.3.231"])
        self.assertEqual(self.lab.daemon_pid(), pid)


if __name__ == "__main__":
    unittest.main()
